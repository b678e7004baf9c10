/* The overview: each figure counted a second time from the facts; what was reported, what was seen and what was confirmed never mixed. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { assertProblem, openBrowser, wordsOf } from './ask.mjs';
import { people, startVeha, stopCluster } from './harness.mjs';

let veha;
const by = {};
const id = {};

before(async () => {
    veha = await startVeha({ config: { region: { networks: 'vk telegram', networks_required: 2 } } });
    veha.command('migrate');
    for (const login of Object.keys(people)) by[login] = await veha.signIn(login);
    for (const [name, words] of Object.entries({ education: 'Министерство просвещения', health: 'Министерство здравоохранения', school: '№ 1 имени', second: '№ 2 у дуба', gymnasium: 'Гимназия', museum: 'Музей' }))
        id[name] = (await by.curator.get(`/tenants?search=${encodeURIComponent(words)}`)).json.items[0].id;
    await live();
});

after(async () => {
    await veha?.stop();
    await stopCluster();
});

/* A little of everything: accounts seen and not seen, steps ticked, ticked and seen, confirmed, both, returned, contradicted. */
async function live() {
    const tick = (which, key, reader = by.specialist) => reader.post(`/tenants/${which}/steps/${key}/claim`, {});
    const decide = (which, key, word) => by.curator.post(`/tenants/${which}/steps/${key}/decision`, { word, reason: 'Смотрели' });
    sight('EXIST', 'passed', 'network in ($$vk$$, $$site$$) and tenant % 3 <> 0');
    sight('EXIST', 'failed', 'network = $$telegram$$ and tenant % 2 = 0');
    sight('NAME', 'passed', `tenant in (${id.school}, ${id.second})`);
    for (const key of ['appoint', 'train', 'name']) assert.equal((await tick(id.school, key)).status, 200);
    for (const key of ['appoint', 'inventory']) await tick(id.second, key);
    await tick(id.gymnasium, 'appoint');
    await tick(id.museum, 'appoint', by.curator);
    for (const [which, key, word] of [[id.school, 'appoint', 'confirmed'], [id.school, 'name', 'confirmed'], [id.second, 'appoint', 'returned'], [id.museum, 'train', 'confirmed']])
        assert.equal((await decide(which, key, word)).status, 200, key);
}

/* What two looks have shown, some days apart. */
function sight(check, result, where) {
    veha.sql(`insert into veha.sighting (tenant, place, account, "check", look, result, reason, facts, at, run_result, run_since, run_last, run_count, run_sure_at)
              select tenant, place, id, '${check}', 0, '${result}', 'as_required', '{}', now(), '${result}', now() - interval '3 days', now(), 3, now() - interval '2 days'
                from veha.account where upper_inf(valid) and ${where}`);
}

/* SQL for those who take part, in a subtree of the tree as its parents tell it, not as its places do. */
const members = (root) => `with recursive tree as (select id from tenant where ${root ? `id = ${root}` : 'parent is null'} union all select t.id from tenant t join tree on t.parent = tree.id),
    everybody as (select t.id, exists (select from exemption e where e.tenant = t.id and upper_inf(e.valid)) as exempt from tenant t join tree using (id)
                   where t.participates and t.closed_at is null and t.kind <> 'region'),
    asked as (select id from everybody where not exempt),
    present as (select distinct a.tenant, a.network, n.social, exists (select from sighting g where g.account = a.id and g."check" = 'EXIST' and g.run_result = 'passed') as seen
                  from account a join network n on n.code = a.network join asked on asked.id = a.tenant where upper_inf(a.valid)),
    step as (select c.tenant, c.step, (c.outcome).*, (c.facts).claimed, d.word from step_compute(array(select id from everybody)) c
               left join decision d on d.tenant = c.tenant and d.step = c.step and upper_inf(d.valid)) `;

/* Asks all at once: {name: what is counted} becomes {name: how many}. */
function countAll(root, questions) {
    const columns = Object.entries(questions).map(([name, what]) => `'${name}', (select count(*) from ${what})`);
    return JSON.parse(veha.sql(`set search_path = veha, public; ${members(root)} select jsonb_build_object(${columns.join(', ')})`));
}

function isRight(overview, root) {
    const having = (what, least) => `(select tenant from present where ${what} group by tenant having count(distinct network) >= ${least}) q`;
    const asked = "network in ('vk', 'telegram')";
    const told = countAll(root, {
        total: 'everybody', exempt: 'everybody where exempt', asked: 'asked',
        any: having('social', 1), any_seen: having('social and seen', 1), enough: having(asked, 2), enough_seen: having(`${asked} and seen`, 2),
        steps: "step where status <> 'not_applicable'", reported: "step where claimed and status <> 'not_applicable'", seen: "step where status = 'verified' and basis <> 'person'",
        confirmed: "step where status = 'verified' and word = 'confirmed'", overdue: 'step where overdue', every: 'step',
        verified: "step where status = 'verified'", contradicted: "step where status = 'contradicted'", unknown: 'step where unverifiable',
        accounts: "account a join asked on asked.id = a.tenant join network n on n.code = a.network and n.social where upper_inf(a.valid)",
        rated: 'account a join asked on asked.id = a.tenant where upper_inf(a.valid) and a.rating is not null',
    });
    const { any, enough } = overview.coverage;
    assert.deepEqual(overview.tenants, { total: told.total, exempt: told.exempt, asked: told.asked });
    assert.deepEqual([any.of, any.reported, any.seen], [told.asked, told.any, told.any_seen]);
    assert.deepEqual([enough.of, enough.reported, enough.seen], [told.asked, told.enough, told.enough_seen]);
    assert.equal(any.seen_share, any.of ? Math.round((any.seen / any.of) * 1e4) / 1e4 : null);
    const shareOf = (part) => (told.steps ? Math.round((part / told.steps) * 1e4) / 1e4 : null);
    assert.deepEqual(overview.steps, { total: told.steps, reported: told.reported, verified: told.verified, seen: told.seen, confirmed: told.confirmed, contradicted: told.contradicted,
        unknown: told.unknown, overdue: told.overdue, verified_share: shareOf(told.verified), reported_share: shareOf(told.reported) });
    assert.deepEqual([overview.rating.accounts, overview.rating.rated, overview.rating.zones.reduce((sum, { count }) => sum + count, 0)], [told.accounts, told.rated, told.rated]);

    const networks = countAll(root, Object.fromEntries(overview.networks.flatMap(({ code }) => [[code, `present where network = '${code}'`], [`${code} seen`, `present where network = '${code}' and seen`]])));
    for (const { code, of, reported, seen, asked: wanted } of overview.networks)
        assert.deepEqual([of, reported, seen, wanted], [told.asked, networks[code], networks[`${code} seen`], ['vk', 'telegram'].includes(code)], code);

    const statuses = countAll(root, Object.fromEntries(overview.statuses.map(({ status, basis }) => [`${status} ${basis}`, `step where status = '${status}' and basis is not distinct from ${basis ? `'${basis}'` : 'null'}`])));
    assert.deepEqual(Object.fromEntries(overview.statuses.map(({ status, basis, count }) => [`${status} ${basis}`, count])), statuses);
    assert.equal(Object.values(statuses).reduce((sum, one) => sum + one, 0), told.every);

    const counts = { overdue: 'overdue', total: "status <> 'not_applicable'", seen: "status = 'verified' and basis <> 'person'", confirmed: "status = 'verified' and basis <> 'account'" };
    const behind = countAll(root, Object.fromEntries(overview.behind.flatMap(({ id: which }) => Object.entries(counts).map(([name, what]) => [`${which} ${name}`, `step where ${what} and tenant = ${which}`]))));
    for (const { id: which, name, ...told } of overview.behind) assert.deepEqual(told, Object.fromEntries(Object.keys(counts).map((one) => [one, behind[`${which} ${one}`]])), name);
    assert.deepEqual(overview.behind.map(({ overdue }) => overdue), overview.behind.map(({ overdue }) => overdue).sort((one, two) => two - one));
    const today = overview.burnup.points.at(-1);
    assert.deepEqual([today.reported, today.verified, today.seen, today.confirmed, today.asked], [told.reported, told.verified, told.seen, told.confirmed, told.steps],
        'the curve ends where the counts are');
    for (const { id: which, verified, total } of overview.organisations) assert.deepEqual(countAll(root, { verified: `step where status = 'verified' and tenant = ${which}`, total: `step where status <> 'not_applicable' and tenant = ${which}` }), { verified, total });
}

async function overview(reader, query = '') {
    const { status, json, text } = await reader.get(`/overview${query}`);
    assert.equal(status, 200, text);
    return json;
}

test('every figure is what the facts say', async () => {
    const told = await overview(by.curator);
    isRight(told);
    assert.ok(told.coverage.any.seen > 0 && told.coverage.any.seen < told.coverage.any.reported, 'there is something to mix');
    assert.ok(told.coverage.enough.reported < told.coverage.any.reported);
    assert.deepEqual(told.statuses.map(({ status, basis }) => `${status} ${basis}`).filter((one) => one.startsWith('verified')), ['verified account', 'verified both', 'verified person']);
    assert.deepEqual(await overview(by.admin), told);
});

test('within a subtree, its figures; nothing of the neighbours', async () => {
    for (const name of ['education', 'health', 'school']) {
        const told = await overview(by.curator, `?within=${id[name]}`);
        isRight(told, id[name]);
        assert.equal(told.within.id, id[name]);
    }
    const [whole, part] = [await overview(by.curator), await overview(by.curator, `?within=${id.education}`)];
    const told = whole.parts.find((one) => one.id === id.education);
    assert.deepEqual([told.tenants, told.reported, told.seen], [part.coverage.any.of, part.coverage.any.reported, part.coverage.any.seen]);
});

test('each sees the figures of the own scope', async () => {
    const coordinator = await overview(by.coordinator);
    isRight(coordinator, id.education);
    /* Whose whole scope is one agency sees it as the curator does who went into it, but for the way there. */
    const way = ['within', 'parts', 'parts_any', 'organisations', 'organisations_any', 'organisations_more'];
    const figures = (told) => Object.fromEntries(Object.entries(told).filter(([name]) => !way.includes(name)));
    assert.deepEqual(figures(coordinator), figures(await overview(by.curator, `?within=${id.education}`)));
    isRight(await overview(by.observer), id.health);
    assertProblem(await by.specialist.get('/overview'), 403, 'forbidden');
    assertProblem(await by.coordinator.get(`/overview?within=${id.health}`), 404, 'not_found');
    assertProblem(await by.curator.get('/overview?within=everything'), 422, 'invalid_fields', ['within']);
});

test('the counts of one tenant are those of the overview within it', async () => {
    for (const which of [id.school, id.second, id.gymnasium, id.museum]) {
        const { counts } = (await by.curator.get(`/tenants/${which}`)).json;
        const { steps } = await overview(by.curator, `?within=${which}`);
        for (const name of ['total', 'reported', 'seen', 'confirmed', 'overdue']) assert.equal(counts[name], steps[name], `${which} ${name}`);
    }
    const { counts } = (await by.curator.get(`/tenants/${id.school}`)).json;
    assert.deepEqual([counts.reported, counts.seen, counts.confirmed], [3, 1, 2], 'three ticked; the name seen; two confirmed, the name among them');
});

test('a tick moves what is reported and nothing that is seen; a look moves what is seen and nothing that is reported', async () => {
    const figures = async () => (({ steps: { reported, seen, confirmed }, coverage: { any } }) => [reported, seen, confirmed, any.reported, any.seen])(await overview(by.curator));
    const before = await figures();
    await by.specialist.post(`/tenants/${id.gymnasium}/steps/train/claim`, {});
    const ticked = await figures();
    assert.deepEqual(ticked, [before[0] + 1, ...before.slice(1)]);
    await by.specialist.post(`/tenants/${id.gymnasium}/accounts`, { address: 'https://vk.com/lukomor98_gymnasium' });
    const registered = await figures();
    assert.deepEqual(registered, [...ticked.slice(0, 3), ticked[3] + 1, ticked[4]]);
    sight('EXIST', 'passed', `tenant = ${id.gymnasium}`);
    assert.deepEqual(await figures(), [registered[0], registered[1] + 1, ...registered.slice(2, 4), registered[4] + 1]);
});

test('a site is no page in a network: it fills no share and spares no step', async () => {
    const [dentist] = (await by.curator.get(`/tenants?search=${encodeURIComponent('Кощеев зуб')}`)).json.items;
    const { accounts, steps } = (await by.curator.get(`/tenants/${dentist.id}`)).json;
    assert.deepEqual(accounts.map(({ network }) => network), ['site']);
    assert.equal(steps.find(({ key }) => key === 'create_vk').status, 'not_started');
    const { coverage } = await overview(by.curator, `?within=${dentist.id}`);
    assert.deepEqual([coverage.any.reported, coverage.enough.reported, coverage.any.of], [0, 0, 1]);
});

test('enough networks spare the others, and not before', async () => {
    const creating = async (which) => Object.fromEntries((await by.curator.get(`/tenants/${which}`)).json.steps.filter(({ key }) => key.startsWith('create_')).map(({ key, status }) => [key, status]));
    const made = (await by.curator.post('/tenants', { parent: id.education, kind: 'organisation', name: 'Двухсетевая' })).json.id;
    assert.deepEqual(await creating(made), { create_vk: 'not_started', create_ok: 'not_applicable' }, 'the region does not ask for the second');
    await by.curator.post(`/tenants/${made}/accounts`, { address: 'https://t.me/lukomor98_two' });
    assert.equal((await creating(made)).create_vk, 'not_started', 'one of two is not enough');
    await by.curator.post(`/tenants/${made}/accounts`, { address: 'https://ok.ru/lukomor98.two' });
    assert.equal((await creating(made)).create_vk, 'not_started', 'nor is one that nobody asked for');
    await by.curator.post(`/tenants/${made}/accounts`, { address: 'https://vk.com/lukomor98_two' });
    assert.equal((await creating(made)).create_vk, 'not_started', 'what is there is a step to verify, not one to spare');
});

test('the page shows reported, seen and confirmed apart', async () => {
    const browser = await openBrowser(veha, 'curator');
    const { coverage: { any }, steps } = await overview(by.curator);
    const page = await browser.open('/overview');
    const words = wordsOf(page);
    for (const part of [`${any.seen} из ${any.of}`, `${any.reported} из ${any.of}`]) assert.ok(words.includes(part), part);
    assert.notEqual(any.seen, any.reported);
    for (const number of [steps.reported, steps.seen, steps.confirmed]) assert.ok(words.includes(String(number)));
    assert.equal((page.match(/<polyline/g) ?? []).length >= 3, true, 'one line each in the picture');
    const refused = await (await openBrowser(veha, 'specialist')).page('/overview');
    assert.equal(refused.status, 403);
    assert.match(refused.text, /<h1>[А-Я]/);
});

test('the workplace counts what was seen and what was confirmed apart, as the organisation itself does', async () => {
    const { tenants } = (await by.specialist.get('/')).json;
    const told = ({ total, reported, seen, confirmed, overdue }) => ({ total, reported, seen, confirmed, overdue });
    assert.ok(tenants.some(({ seen, confirmed }) => seen > 0 && confirmed > 0 && seen !== confirmed), 'there is something to mix');
    for (const tenant of tenants) {
        assert.deepEqual(told(tenant), told((await by.specialist.get(`/tenants/${tenant.id}`)).json.counts), tenant.name);
        assert.equal(tenant.verified, undefined, 'no sum of the two');
    }
});

/* The last, for it moves the region's past and its deadline. */
test('the curve ends where the counts are, however long ago all began and however far the deadline is', async () => {
    const last = ({ burnup: { points } }) => ['reported', 'seen', 'confirmed', 'asked'].map((name) => points.at(-1)?.[name]);
    const counts = ({ steps: { reported, seen, confirmed, total } }) => [reported, seen, confirmed, total];
    const moved = (statement) => veha.sql(`set search_path = veha, public; ${statement}`);
    moved('update region set deadline = today() + 200');
    const early = await overview(by.curator);
    assert.deepEqual(last(early), counts(early));
    assert.equal(early.burnup.points[0].on, early.burnup.from, 'a region that begins early has a curve from its first day');
    moved("update step_history set valid = tstzrange(lower(valid) - interval '200 days', upper(valid)); update step_day set day = day - 200; update region set deadline = today() + 10");
    const late = await overview(by.curator);
    assert.deepEqual(last(late), counts(late));
    assert.equal(late.burnup.points.length, 91, 'ninety days before today, and today');
    assert.ok(late.burnup.points[0].asked >= late.steps.total, 'what was asked of people before the curve begins is asked at its beginning');
});

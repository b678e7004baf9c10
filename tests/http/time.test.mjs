/* The past: what anybody asks of a day that is over is what was answered on that day; who rose and who fell; and the histories of steps and people. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { assertProblem, openBrowser, wordsOf } from './ask.mjs';
import { people, startVeha, stopCluster, Upload } from './harness.mjs';
import { picture } from './resources.mjs';

/* Four days of one week in January, a Monday first, and two of the next. */
const days = ['2031-01-13', '2031-01-14', '2031-01-15', '2031-01-16', '2031-01-20', '2031-01-23'];
let veha;
let id;
let by;
const kept = {};

before(async () => {
    veha = await startVeha({ clock: `${days[0]}T06:00:00Z`, config: { region: { networks: 'vk telegram', networks_required: 2, deadline: '2031-03-03' } } });
    veha.command('migrate');
    sql("update network set document = document, version = version; update region set deadline = '2031-03-03'; update session set seen_at = now()");
    await signIn();
    id = {};
    for (const [name, words] of Object.entries({ education: 'Министерство просвещения', health: 'Министерство здравоохранения', school: '№ 1 имени', second: '№ 2 у дуба', gymnasium: 'Гимназия', museum: 'Музей' }))
        id[name] = (await by.curator.get(`/tenants?search=${encodeURIComponent(words)}`)).json.items[0].id;
    for (const [number, day] of days.entries()) {
        veha.setClock(`${day}T09:00:00Z`);
        await signIn();
        await deeds[number]?.(day);
        veha.setClock(`${day}T10:00:00Z`);
        await signIn();
        at(`${day}T10:00:00Z`, 'select step_tick(1000)');
        kept[day] = await everything();
    }
});

after(async () => {
    await veha?.stop();
    await stopCluster();
});

/* Tokens last minutes, and the clock goes by days. */
async function signIn() {
    by = {};
    for (const login of Object.keys(people)) by[login] = await veha.signIn(login);
}

function sql(statement) {
    return veha.sql(`set search_path = veha, public; ${statement}`);
}

/* The same at another moment. */
function at(moment, statement) {
    return sql(`begin; select enter(null, null, null, null, '${moment}'); ${statement}; commit`);
}

/* Looks as the verifier records them: at the accounts on one network, or at all of a tenant's. */
function look(moment, tenant, network, state, results) {
    const verdicts = JSON.stringify(Object.entries(results).map(([check, result]) => ({ check, result, reason: 'as_required', facts: {} })));
    const rating = JSON.stringify({ rubric: 'traffic_light', version: 1, points: state === 'present' ? 90 : 10, possible: 100, zone: state === 'present' ? 'high' : 'low', parts: [] });
    const those = network ? `network = '${network}'` : 'true';
    at(moment, `insert into job (tenant, place, account) select tenant, place, id from account where tenant = ${tenant} and ${those} and upper_inf(valid) on conflict do nothing;
        select job_record((select jsonb_agg(jsonb_build_object('id', j.id, 'fence', j.fence, 'seen', jsonb_build_object('state', '${state}', 'rating', '${rating}'::jsonb, 'network_version', 1, 'rules_version', 1, 'verdicts', '${verdicts}'::jsonb)))
                             from job j join account a on a.tenant = j.tenant and a.id = j.account and ${those} where j.tenant = ${tenant} and j.finished_at is null))`);
}

async function done(answer) {
    const { status, text } = await answer;
    assert.ok(status < 300, text);
}

const claim = (which, key, reader = by.specialist) => done(reader.post(`/tenants/${which}/steps/${key}/claim`, {}));
const decide = (which, key, word) => done(by.curator.post(`/tenants/${which}/steps/${key}/decision`, { word, reason: 'Смотрели' }));
const dispute = (which, key) => done(by.specialist.post(`/tenants/${which}/steps/${key}/dispute`, { reason: 'Страница есть' }));
const call = (which, told) => done(by.curator.post(`/tenants/${which}/calls`, told));
const assign = (which, person) => done(by.curator.post('/calls/assign', { tenants: [which], ...(person && { person }) }));
const me = () => Number(sql("select id from person where login = 'curator'"));
const step = (which, key) => `/tenants/${which}/steps/${key}`;
let file;
const passed = { EXIST: 'passed', NAME: 'passed' };
const failed = { EXIST: 'failed', NAME: 'failed' };

/* What happens on each day. */
const deeds = [
    async (day) => {
        for (const key of ['appoint', 'name', 'site_links']) await claim(id.school, key);
        await claim(id.second, 'appoint');
        await claim(id.gymnasium, 'train');
        await call(id.second, { outcome: 'reached', note: 'Обещали начать' });
        await assign(id.second, me());
        ({ id: file } = (await by.specialist.post(`${step(id.school, 'appoint')}/files`, { file: new Upload(picture, 'приказ.png') })).json);
        await done(by.specialist.post(`${step(id.school, 'appoint')}/comments`, { comment: 'Приказ приложен' }));
        look(`${day}T09:10:00Z`, id.school, null, 'present', passed);
        look(`${day}T09:10:00Z`, id.second, null, 'present', passed);
    },
    async (day) => {
        await decide(id.school, 'appoint', 'confirmed');
        await decide(id.second, 'appoint', 'returned');
        await decide(id.gymnasium, 'train', 'confirmed');
        await call(id.gymnasium, { outcome: 'promised', again_on: days[4] });
        await done(by.specialist.post(`${step(id.school, 'appoint')}/files/${file}/remove`, {}));
        await done(by.curator.post('/calls/remind', { tenants: [id.second] }));
        look(`${day}T09:10:00Z`, id.second, null, 'missing', failed);
        await done(by.specialist.post(`/tenants/${id.gymnasium}/accounts`, { address: 'https://t.me/lukomor98_gymnasium' }));
    },
    async (day) => {
        await claim(id.second, 'appoint');
        await claim(id.second, 'look');
        look(`${day}T09:20:00Z`, id.second, null, 'missing', { ...failed, LOOK: 'failed' });
        look(`${day}T09:20:00Z`, id.school, 'vk', 'present', { EXIST: 'passed', NAME: 'failed' });
        await done(by.specialist.post(`/tenants/${id.second}/accounts`, { address: 'https://t.me/lukomor98_gymnasium' }));
        await done(by.curator.post(`/tenants/${id.museum}/rename`, { name: 'Музей сказок и былин', reason: 'Устав' }));
    },
    async (day) => {
        look(`${day}T09:25:00Z`, id.second, null, 'missing', { ...failed, LOOK: 'failed' });
        look(`${day}T09:30:00Z`, id.school, 'vk', 'present', { EXIST: 'passed', NAME: 'failed' });
        await dispute(id.school, 'name');
        at(`${day}T09:40:00Z`, "update network_state set outage_since = veha.now() where network = 'vk'");
    },
    async (day) => {
        at(`${day}T09:20:00Z`, "select breaker_resume('vk', outage_since) from network_state where network = 'vk'; update network_state set outage_since = null where network = 'vk'");
        await assign(id.second);
        const { accounts } = (await by.curator.get(`/tenants/${id.gymnasium}`)).json;
        await done(by.curator.post(`/tenants/${id.gymnasium}/accounts/${accounts[0].id}/remove`, { reason: 'Закрыта' }));
        await done(by.curator.post(`/tenants/${id.museum}/close`, { reason: 'Ликвидация' }));
    },
    async () => {
        await decide(id.school, 'name', 'confirmed');
    },
];

/* All that the past can be asked for, by who asks. */
const pages = () => ({
    overview: ['curator', '/overview'], 'overview of a part': ['curator', `/overview?within=${id.education}`], 'overview of one': ['curator', `/overview?within=${id.school}`],
    'overview of a coordinator': ['coordinator', '/overview'], ...Object.fromEntries(['school', 'second', 'gymnasium'].flatMap((name) => [[name, ['curator', `/tenants/${id[name]}`]], [`roadmap of ${name}`, ['specialist', `/tenants/${id[name]}/roadmap`]]])),
    ...Object.fromEntries(['keep', 'open'].flatMap((branch) => ['', '&overdue=true', '&status=verified', '&status=contradicted&step=look', `&within=${id.education}`].map((filter) => [`matrix ${branch}${filter}`, ['curator', `/matrix?limit=200&branch=${branch}${filter}`]]))),
    'matrix of a coordinator': ['coordinator', '/matrix?limit=200'],
    ...Object.fromEntries(['', '&standing=overdue', '&standing=contradicted', '&standing=contested', '&standing=without_account', '&network=vk', '&branch=keep', '&assigned=me', '&assigned=nobody&called=recently', '&called=not_recently', '&called=promised', `&within=${id.education}`].map((filter) => [`calls${filter}`, ['curator', `/calls?limit=200${filter}`]])),
    'calls of a coordinator': ['coordinator', '/calls?limit=200'],
    ...Object.fromEntries(['', '?queue=contradiction&network=vk', '?queue=dispute', '?queue=unknown', '?queue=answered', '?queue=returned'].map((query) => [`queue${query}`, ['curator', `/queue${query}`]])),
    ...Object.fromEntries([['school', 'appoint'], ['school', 'name'], ['second', 'appoint'], ['second', 'name'], ['gymnasium', 'train']].flatMap(([name, key]) => ['curator', 'specialist'].map((login) => [`step ${name} ${key} of ${login}`, [login, step(id[name], key)]]))),
    museum: ['curator', `/tenants/${id.museum}`], list: ['curator', '/tenants?limit=200'], overdue: ['curator', '/tenants?standing=overdue&limit=200'], closed: ['curator', '/tenants?closed=true'], contested: ['curator', '/tenants?standing=contested&limit=200'],
});

/* What tells of now alone: the right to change, versions, what is kept of an account's last look only, and the day of asking. */
const ofNow = new Set(['can', 'version', 'as_of', 'last', 'reliability', 'pending', 'title', 'audience', 'rating_of_account', 'looked_at', 'checks', 'list', 'undo', 'draft', 'typed', 'doing', 'fresh', 'others', 'files_removed', 'gone', 'forgotten', 'contact', 'audience', 'of_audience', 'decides', 'saved', 'participates', 'next', 'warnings', 'rivals', 'last_post', 'social']);

function told(value, key = '', inside = '') {
    if (Array.isArray(value)) return value.map((one) => told(one, key, inside));
    if (value === null || typeof value !== 'object') return value;
    const account = 'spelling' in value;
    return Object.fromEntries(Object.entries(value).filter(([name]) => !(ofNow.has(name) && !(['title', 'checks'].includes(name) && !account)) && !(account && name === 'rating')).map(([name, one]) => [name, told(one, name)]));
}

async function everything(day) {
    const found = {};
    for (const [name, [login, path]] of Object.entries(pages())) {
        const { status, json, text } = await by[login].get(day ? `${path}${path.includes('?') ? '&' : '?'}as_of=${day}` : path);
        assert.equal(status, 200, `${name}: ${text}`);
        json.items?.sort((one, two) => one.id - two.id); // lists go by the names of the day of asking
        found[name] = told(json);
    }
    return found;
}

for (const day of days.slice(0, -1)) {
    test(`what is asked of ${day} later is what was answered on it`, async () => {
        const later = await everything(day);
        for (const name of Object.keys(later)) assert.deepEqual(later[name], kept[day][name], name);
    });
}

test('the days differ, or nothing was compared', () => {
    const figures = days.map((day) => JSON.stringify([kept[day].overview.steps, kept[day].overview.coverage, kept[day].overview.rating]));
    assert.ok(new Set(figures).size >= 5);
    assert.notDeepEqual(kept[days[0]]['roadmap of second'], kept[days[1]]['roadmap of second']);
    const held = (name) => days.filter((day) => kept[day][name].items.length > 0);
    for (const name of ['contested', 'queue', 'queue?queue=contradiction&network=vk', 'queue?queue=dispute', 'queue?queue=answered', 'queue?queue=returned', 'queue?queue=unknown', 'calls&standing=overdue', 'calls&standing=contradicted', 'calls&standing=contested', 'calls&assigned=me', 'calls&assigned=nobody&called=recently',
        'calls&called=promised', 'calls&called=not_recently', 'calls&network=vk', 'matrix keep&status=contradicted&step=look', 'matrix keep&overdue=true', 'matrix open', 'matrix keep&status=verified']) assert.ok(held(name).length > 0, name);
    for (const name of ['queue', 'calls', 'matrix keep', 'step school name of curator', 'step second appoint of curator']) assert.ok(new Set(days.map((day) => JSON.stringify(kept[day][name]))).size >= 4, name);
    const week = (day) => (({ verified, contradicted, decayed, returned }) => ({ verified, contradicted, decayed, returned }))(kept[day].overview.week);
    assert.deepEqual(week(days[1]).returned, 1);
    assert.ok(week(days[0]).verified > 0);
    assert.equal(kept[days[4]].overview.week.since, '2031-01-20');
});

test('a day still to come, one before the region and what is no day are refused, each with its field', async () => {
    for (const path of ['/overview', '/tenants', `/tenants/${id.school}`, `/tenants/${id.school}/roadmap`, '/matrix', '/calls', '/queue', step(id.school, 'appoint')]) {
        const codes = {};
        for (const day of ['2031-01-27', '2020-01-01', 'вчера']) {
            const answer = await by.curator.get(`${path}?as_of=${encodeURIComponent(day)}`);
            assertProblem(answer, 422, 'invalid_fields', ['as_of']);
            codes[day] = answer.json.errors[0].code;
        }
        assert.deepEqual([codes['2031-01-27'], codes['2020-01-01']], ['date_ahead', 'date_before_region'], path);
    }
    for (const [query, field, code] of [['from=2031-01-15&to=2031-01-14', 'to', 'date_before_from'], ['to=2031-02-03', 'to', 'date_ahead'], ['from=2020-01-01', 'from', 'date_before_region']]) {
        const answer = await by.curator.get(`/difference?${query}`);
        assertProblem(answer, 422, 'invalid_fields', [field]);
        assert.equal(answer.json.errors[0].code, code);
    }
    assertProblem(await by.curator.get('/difference?direction=aside'), 422, 'invalid_fields', ['direction']);
});

test('today is now: nothing of it is over', async () => {
    const { json } = await by.curator.get(`/tenants/${id.school}?as_of=${days.at(-1)}`);
    assert.equal(json.as_of, null);
    assert.equal(json.can.change, true);
    const { json: open } = await by.curator.get(`${step(id.school, 'appoint')}?as_of=${days.at(-1)}`);
    assert.deepEqual([open.as_of ?? null, open.can.decide], [null, true]);
    for (const path of ['/matrix', '/calls', '/queue']) assert.equal((await by.curator.get(`${path}?as_of=${days.at(-1)}`)).json.as_of ?? null, null, path);
});

test('the past is read by who may read those organisations today', async () => {
    assertProblem(await by.coordinator.get(`/overview?within=${id.health}&as_of=${days[0]}`), 404, 'not_found');
    assertProblem(await by.coordinator.get(`/tenants/${id.museum}?as_of=${days[0]}`), 404, 'not_found');
    assertProblem(await by.specialist.get(`/overview?as_of=${days[0]}`), 403, 'forbidden');
    const then = `as_of=${days[0]}`;
    for (const path of [`/matrix?within=${id.health}&`, `/calls?within=${id.health}&`, `${step(id.museum, 'appoint')}?`, `/tenants/987654321/steps/appoint?`]) assertProblem(await by.coordinator.get(path + then), 404, 'not_found');
    assertProblem(await by.specialist.get(`${step(id.museum, 'appoint')}?${then}`), 404, 'not_found');
    for (const path of ['/matrix?', '/calls?', '/queue?']) assertProblem(await by.specialist.get(path + then), 403, 'forbidden');
    assertProblem(await by.coordinator.get(`/queue?${then}`), 403, 'forbidden');
    for (const path of ['/matrix?limit=200&', '/calls?limit=200&']) {
        const own = (await by.coordinator.get(path + then)).json.items.map((one) => one.id);
        assert.ok(own.length > 0 && !own.includes(id.museum), path);
        assert.ok((await by.curator.get(path + then)).json.items.some((one) => one.id === id.museum), path);
    }
    const names = async (reader) => (await reader.get(`/tenants?limit=200&as_of=${days[0]}`)).json.items.map((one) => one.id);
    assert.ok(!(await names(by.coordinator)).includes(id.museum));
    assert.ok((await names(by.curator)).includes(id.museum), 'what is closed today was there');
});

test('a page of the past says so, leads back, keeps its day in links, and has no form for a change', async () => {
    const browser = await openBrowser(veha, 'curator');
    for (const path of ['/overview', '/tenants', `/tenants/${id.school}`, `/tenants/${id.school}/roadmap`, '/matrix', '/calls', '/queue', step(id.school, 'appoint'), step(id.second, 'appoint'), step(id.second, 'name')]) {
        const page = await browser.open(`${path}?as_of=${days[1]}`);
        assert.match(wordsOf(page), /На 14 января 2031/, path);
        assert.match(page, new RegExp('Вернуться к\\sсегодняшнему дню'), path);
        const main = page.slice(page.indexOf('<main'), page.indexOf('</main>'));
        assert.doesNotMatch(main, /<form[^>]*method="post"/, path);
        const links = [...main.matchAll(/href="(\/(?:tenants|overview|matrix|calls|queue)[^"]*)"/g)].map(([, link]) => link).filter((link) => !/history|looks|audit|files|\d\/calls/.test(link));
        assert.deepEqual(links.filter((link) => !link.includes(`as_of=${days[1]}`)), [], path);
    }
});

test('a step of the past is shown with the evidence of that time, and nothing can be done to it', async () => {
    const then = async (day) => (await by.specialist.get(`${step(id.school, 'appoint')}?as_of=${day}`)).json;
    const first = await then(days[0]);
    assert.deepEqual(first.files.map(({ id: which, name, removed_at, gone }) => [which, name, removed_at, gone]), [[file, 'приказ.png', null, false]]);
    assert.equal((await by.specialist.get(`${step(id.school, 'appoint')}/files/${file}`)).status, 200, 'what was removed since can still be opened');
    assert.deepEqual([first.status, first.decision, first.comments.map(({ words }) => words)], ['claimed', null, ['Приказ приложен']]);
    const second = await then(days[1]);
    assert.deepEqual([second.status, second.decision.word, second.files], ['verified', 'confirmed', []]);
    assert.ok(Object.values(second.can).every((may) => may === false));
    assert.ok(first.events.every(({ at: when }) => when < '2031-01-13T21:00:00Z') && second.events.length > first.events.length);
    const disputed = (await by.specialist.get(`${step(id.school, 'name')}?as_of=${days[4]}`)).json;
    assert.deepEqual([disputed.dispute.open, disputed.dispute.ending, disputed.dispute.answer], [true, null, null], 'what was decided later is not known yet');
    veha.sql(`delete from veha.file_part where tenant = ${id.school}`);
    assert.deepEqual((await then(days[0])).files.map(({ gone, preview }) => [gone, preview]), [[true, false]]);
    const page = wordsOf(await (await openBrowser(veha, 'specialist')).open(`${step(id.school, 'appoint')}?as_of=${days[0]}`));
    assert.match(page, /сам файл уже не хранится/);
});

test('the calls of a past day say what is not kept of it, and invent nothing', async () => {
    const { json } = await by.curator.get(`/calls?limit=200&as_of=${days[0]}`);
    assert.ok(json.items.length > 0 && json.items.every(({ contact, why }) => contact === null && why.audience === null && why.of_audience === null));
    assert.deepEqual(json.items.filter(({ id: which }) => which === id.second).map(({ call: told, assigned }) => [told.note, assigned.me]), [['Обещали начать', true]]);
    assert.match(wordsOf(await (await openBrowser(veha, 'curator')).open(`/calls?as_of=${days[0]}`)), /Сколько подписчиков было в тот день/);
});

test('what nobody keeps any more of a look is said to be so', async () => {
    const target = `${step(id.second, 'name')}?as_of=${days[1]}`;
    assert.equal((await by.curator.get(target)).json.forgotten, false);
    veha.sql(`begin; create table veha.kept as select * from veha.verdict where tenant = ${id.second}; create table veha.seen as select * from veha.look where tenant = ${id.second};
        delete from veha.verdict where tenant = ${id.second}; delete from veha.look where tenant = ${id.second}; commit`);
    const { forgotten, status, checks } = (await by.curator.get(target)).json;
    const page = wordsOf(await (await openBrowser(veha, 'curator')).open(target));
    veha.sql(`begin; insert into veha.look overriding system value select * from veha.seen; insert into veha.verdict select * from veha.kept; drop table veha.kept, veha.seen; commit`);
    assert.deepEqual([forgotten, status, checks.flatMap(({ sights }) => sights).every(({ look: which }) => which === null)], [true, kept[days[1]]['step second name of curator'].status, true]);
    assert.match(page, /Проверки того времени уже не хранятся/);
});

test('the file of a matrix of the past holds what is filtered on that day', async () => {
    for (const query of ['branch=keep', 'branch=open&overdue=true', 'branch=keep&status=verified']) {
        const { items } = (await by.curator.get(`/matrix?limit=200&${query}&as_of=${days[1]}`)).json;
        const page = await (await openBrowser(veha, 'curator')).open(`/matrix?${query}&as_of=${days[1]}`);
        const [link] = [...page.matchAll(/href="([^"]*format=csv)"/g)].map(([, href]) => href.replaceAll('&amp;', '&'));
        const { status, text } = await by.curator.get(link);
        assert.equal(status, 200, link);
        assert.deepEqual(text.replace(/^\uFEFF/, '').trimEnd().split('\r\n').slice(1).map((line) => Number(line.split(';')[0])), items.map((one) => one.id), query);
    }
});

test('who rose and who fell between two days, as the days themselves tell', async () => {
    const [from, to] = [days[0], days[5]];
    const states = async (day) => Object.fromEntries((await by.curator.get(`/tenants?limit=200&as_of=${day}`)).json.items.map(({ id: which, steps }) => [which, steps]));
    const [then, now] = [await states(from), await states(to)];
    const rows = [];
    const { [id.museum]: closed, ...open } = then;
    assert.ok(closed && !now[id.museum]);
    for (const direction of ['risen', 'fallen']) {
        const { json } = await by.curator.get(`/difference?from=${from}&to=${to}&direction=${direction}`);
        for (const item of json.items) {
            assert.ok(direction === 'risen' ? item.change > 0 : item.change < 0);
            const change = (name) => now[item.id][name] - then[item.id][name];
            assert.deepEqual([item.verified, item.contradicted, item.overdue], [change('verified'), change('contradicted'), change('overdue')], item.name);
            assert.equal(item.change, item.verified - item.contradicted);
            rows.push(item.id);
        }
        assert.equal(json.counts[direction], json.items.length);
    }
    const moved = Object.keys(open).filter((which) => now[which].verified - now[which].contradicted !== then[which].verified - then[which].contradicted).map(Number);
    assert.deepEqual(rows.sort(), moved.sort());
    assert.ok(rows.includes(id.school) && rows.includes(id.second), 'one rose, another fell');
});

test('the difference goes on page by page, stays within a part, and is a table', async () => {
    const all = (await by.curator.get(`/difference?from=${days[0]}&to=${days[5]}`)).json.items.map((one) => one.id);
    const seen = [];
    for (let cursor = '', left = 20; cursor !== null && left > 0; left--) {
        const { json } = await by.curator.get(`/difference?from=${days[0]}&to=${days[5]}&limit=1${cursor && `&cursor=${cursor}`}`);
        seen.push(...json.items.map((one) => one.id));
        cursor = json.next;
    }
    assert.deepEqual(seen, all);
    const part = (await by.curator.get(`/difference?from=${days[0]}&to=${days[5]}&within=${id.health}`)).json;
    assert.ok(part.items.every((one) => ![id.school, id.second].includes(one.id)));
    assertProblem(await by.coordinator.get(`/difference?within=${id.health}`), 404, 'not_found');
    assertProblem(await by.specialist.get('/difference'), 403, 'forbidden');
    const table = await by.curator.get(`/difference?from=${days[0]}&to=${days[1]}`, { headers: { accept: 'text/csv' } });
    assert.equal(table.status, 200);
    assert.match(table.text.split('\r\n')[0], /"change".*"verified"|"verified".*"change"/);
});

test('the history of a step tells every status with its time, and what was said', async () => {
    const { status, json, text } = await by.specialist.get(`/tenants/${id.school}/steps/name/history`);
    assert.equal(status, 200, text);
    for (const [number, span] of json.statuses.entries()) if (number) assert.equal(span.until, json.statuses[number - 1].since, 'one begins where the other ends');
    assert.equal(json.statuses[0].until, null);
    assert.deepEqual([json.claims.length, json.decisions.length, json.disputes.length], [1, 1, 1]);
    assert.equal(json.disputes[0].ending, 'accepted');
    assert.deepEqual(json.verdicts.filter(({ network }) => network === 'vk').map(({ result }) => result), ['failed', 'passed'], 'two failures are one change');
    assertProblem(await by.specialist.get(`/tenants/${id.museum}/steps/appoint/history`), 404, 'not_found');
    assertProblem(await by.specialist.get(`/tenants/${id.school}/steps/nothing/history`), 404, 'not_found');
    const page = wordsOf(await (await openBrowser(veha, 'specialist')).open(`/tenants/${id.school}/steps/name/history`));
    for (const words of ['Статусы', 'Отметки', 'Возражение принято', 'Как менялись результаты проверок']) assert.ok(page.includes(words), words);
});

test('what a person did is read by who manages that person, where they do', async () => {
    const who = (await by.curator.get('/people?search=specialist')).json.items[0].id;
    const { json } = await by.curator.get(`/people/${who}/history`);
    assert.ok(json.items.some(({ kind, step, tenant }) => kind === 'step_claimed' && step === 'appoint' && tenant.id === id.second));
    assert.ok(json.items.every(({ id: event }, number) => !number || event < json.items[number - 1].id));
    assertProblem(await by.specialist.get(`/people/${who}/history`), 403, 'forbidden');
    const curator = Number(sql("select id from person where login = 'curator'"));
    assertProblem(await by.coordinator.get(`/people/${curator}/history`), 404, 'not_found');
});

/* Tenants found and listed in every way, and their life: made, renamed, mended, moved, merged, closed and opened again, with nothing lost. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { assertProblem, openBrowser, wordsOf } from './ask.mjs';
import { people, startVeha, stopCluster } from './harness.mjs';

let veha;
const by = {};
const id = {};
let browser;
let made = 0;

before(async () => {
    veha = await startVeha();
    for (const login of Object.keys(people)) by[login] = await veha.signIn(login);
    browser = await openBrowser(veha, 'curator');
    const wanted = { education: 'Министерство просвещения', health: 'Министерство здравоохранения', school: '№ 1 имени', gymnasium: 'Гимназия', hospital: 'Лукоморская областная больница',
        fish: 'Золотая рыбка', museum: 'Музей', store: 'Сусеки', dubrava: '9805010520' };
    for (const [name, words] of Object.entries(wanted)) [{ id: id[name] }] = await search(words);
});

after(async () => {
    await veha?.stop();
    await stopCluster();
});

async function list(query, reader = by.curator) {
    const { status, json, text } = await reader.get(`/tenants?${new URLSearchParams(query)}`);
    assert.equal(status, 200, text);
    return json;
}

const search = async (words, reader) => (await list({ search: words }, reader)).items;
const idsOf = (items) => items.map((item) => item.id).sort((one, two) => one - two);
const show = async (which, reader = by.curator) => (await reader.get(`/tenants/${which}`)).json;

async function change(which, verb, body, reader = by.curator, options = {}) {
    return reader.post(`/tenants/${which}/${verb}`, { reason: 'Приказ № 1', ...body }, options);
}

async function changed(...args) {
    const answer = await change(...args);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
}

/* An organisation that nobody has touched yet. */
async function fresh(more = {}) {
    const answer = await by.curator.post('/tenants', { parent: id.education, kind: 'organisation', name: `Подопытная № ${++made}`, ...more });
    assert.equal(answer.status, 201, answer.text);
    assert.equal(answer.headers.location, `/tenants/${answer.json.id}`);
    return answer.json.id;
}

const storyOf = async (which) => (await by.curator.get(`/tenants/${which}/history`)).json.items;
const rows = (statement) => veha.sql(`set search_path = veha, public; ${statement}`).split('\n').filter(Boolean).map(Number).sort((one, two) => one - two);

test('a name is found in any case, with е for ё, with any quotes, by some of its words', async () => {
    for (const words of ['имени Учёного Кота', 'ИМЕНИ УЧЕНОГО КОТА', '  учёного   кота ', 'ученого', 'школа учёного', 'Имени "Учёного'])
        assert.deepEqual(idsOf(await search(words)), [id.school], words);
    assert.equal((await search('дуба зеленого')).length, 1);
    assert.equal((await search('ДУБА ЗЕЛЁНОГО')).length, 1);
    assert.equal((await search('парк «кот и цепь»'))[0].id, (await search('парк "кот и цепь"'))[0].id);
});

test('words may stand in any order, and a small number is not looked for inside of others', async () => {
    for (const words of ['кота учёного', 'школа 1', 'школа №1', '№ 1, школа', 'школа-1']) assert.deepEqual(idsOf(await search(words)), [id.school], words);
    for (const words of ['-', '№', ' , ']) assert.deepEqual(await search(words), [], 'marks alone are no words');
});

test('a number is found by its beginning', async () => {
    for (const words of ['9807010780', '980701078', '1229800102223', '122980010222']) assert.deepEqual(idsOf(await search(words)), [id.school], words);
    assert.ok((await search('12298001')).length > 30);
});

test('an account is found by its address in any spelling', async () => {
    const spellings = ['lukomor98_school1', 'https://m.vk.com/lukomor98_school1?from=x', 'vk.ru/lukomor98_school1', 't.me/s/lukomor98_school1', '@lukomor98_school1', 'school1.lukomorye.example',
        'https://www.school1.lukomorye.example/'];
    for (const words of spellings) assert.deepEqual(idsOf(await search(words)), [id.school], words);
    assert.equal((await search('школа2.лукоморье.example')).length, 1);
});

test('signs that mean something to a database mean nothing in a search', async () => {
    for (const words of ['%', 'шк%ла', 'lukomor98%school1', 'lukomor98xschool1', 'учёного_кота', '\\', 'школа\\', "' or 1=1 --", '٣', '€']) assert.deepEqual(await search(words), [], words);
    assert.ok((await search('_')).length > 10, 'an underscore is one: addresses have it');
});

test('each filter shows those, and only those', async () => {
    const open = 't.closed_at is null';
    for (const kind of ['agency', 'municipality', 'organisation'])
        assert.deepEqual(idsOf((await list({ kind, limit: 200 })).items), rows(`select id from tenant t where kind = '${kind}' and ${open}`), kind);
    for (const branch of ['open', 'keep', 'exempt'])
        assert.deepEqual(idsOf((await list({ branch, limit: 200 })).items), rows(`select tenant from tenant_roadmap where branch = '${branch}' and upper_inf(valid)`), branch);
    for (const network of ['vk', 'telegram', 'site', 'ok'])
        assert.deepEqual(idsOf((await list({ network, limit: 200 })).items), rows(`select distinct tenant from account where network = '${network}' and upper_inf(valid)`), network);
    const below = rows(`select t.id from tenant t, tenant p where p.id = ${id.health} and t.place > p.place and t.place <= p.last and ${open}`);
    assert.deepEqual(idsOf((await list({ parent: id.health, limit: 200 })).items), below);
    assert.deepEqual((await list({ parent: id.health, branch: 'keep', network: 'telegram', search: 'больница', limit: 200 })).items.map(({ inn }) => inn).sort(), ['9807011952', '9808012081']);
    for (const query of [{ kind: 'region' }, { kind: 'school' }, { branch: 'closed' }, { network: 'VK?' }, { standing: 'good' }, { closed: 'maybe' }, { parent: 'x' }, { limit: 0 }, { limit: 201 }, { cursor: 'x' }]) {
        const answer = await by.curator.get(`/tenants?${new URLSearchParams(query)}`);
        assert.equal(answer.status, 422, JSON.stringify(query));
    }
});

test('each standing shows those, and only those', async () => {
    const [claimed, returned, contradicted, one, two] = [await fresh(), await fresh(), await fresh(), await fresh(), await fresh()];
    const claim = (which, key = 'appoint') => by.curator.post(`/tenants/${which}/steps/${key}/claim`, {});
    for (const which of [claimed, returned]) await claim(which);
    await by.curator.post(`/tenants/${returned}/steps/appoint/decision`, { word: 'returned', reason: 'Нет приказа' });
    for (const which of [one, two]) await by.curator.post(`/tenants/${which}/accounts`, { address: 'https://t.me/lukomor98_shared' });
    await by.curator.post(`/tenants/${contradicted}/accounts`, { address: 'https://vk.com/lukomor98_gone' });
    await claim(contradicted, 'create_vk');
    /* Two looks that found nothing, more than an hour apart, since the claim. */
    veha.sql(`insert into veha.sighting (tenant, place, account, "check", look, result, reason, facts, at, run_result, run_since, run_last, run_count)
              select tenant, place, id, 'EXIST', 0, 'failed', 'account_missing', '{}', now(), 'failed', now() - interval '1 day', now(), 3 from veha.account where tenant = ${contradicted};
              update veha.claim set valid = tstzrange(now() - interval '2 days', null) where tenant = ${contradicted}`);
    const standing = async (name) => idsOf((await list({ standing: name, limit: 200 })).items);
    assert.deepEqual(await standing('waiting'), [claimed]);
    assert.deepEqual(await standing('returned'), [returned]);
    assert.deepEqual(await standing('contradicted'), [contradicted]);
    assert.deepEqual(await standing('contested'), [one, two]);
    assert.deepEqual(await standing('overdue'), rows('select distinct tenant from step_state where due_on < today() and status not in ($$verified$$, $$not_applicable$$)'));
    const withSocial = 'select from account a where a.tenant = t.id and upper_inf(a.valid) and a.network <> $$site$$';
    assert.deepEqual(await standing('without_account'), rows(`select id from tenant t where participates and kind <> 'region' and closed_at is null and not exists (${withSocial})`));
});

test('pages hold every row once, in one order, whatever happens between them', async () => {
    const whole = (await list({ limit: 200 })).items;
    const seen = [];
    let cursor;
    for (;;) {
        const page = await list({ limit: 7, ...(cursor ? { cursor } : {}) });
        assert.ok(page.items.length === 7 || !page.next);
        seen.push(...page.items);
        if (!page.next) break;
        cursor = page.next;
        if (seen.length === 14) await fresh({ name: 'А в начале списка' });
    }
    assert.deepEqual(seen.map((item) => item.id), whole.map((item) => item.id));
    const exact = await list({ limit: whole.length + 1 });
    assert.deepEqual([exact.items.length, exact.next], [whole.length + 1, null]);
});

test('pages of the history hold every event once', async () => {
    const which = await fresh();
    for (let i = 0; i < 7; i++) await changed(which, 'rename', { name: `Имя ${i}` });
    const whole = await storyOf(which);
    const seen = [];
    for (let cursor = ''; cursor !== null;) {
        const { json } = await by.curator.get(`/tenants/${which}/history?limit=3${cursor && `&cursor=${cursor}`}`);
        seen.push(...json.items);
        cursor = json.next;
    }
    assert.deepEqual(seen, whole);
    assert.equal(whole.length, 9, 'added, given a roadmap, renamed seven times');
});

test('a list is a table for spreadsheets, which runs nothing', async () => {
    const names = ['=HYPERLINK("https://evil.example";"жми")', '+7 сентября', '-школа', '@имя', 'Обычная; с "кавычками"'];
    const parent = await fresh({ name: 'Родитель', kind: 'municipality' });
    for (const name of names) await fresh({ name, parent });
    const { status, headers, text } = await by.curator.get(`/tenants?parent=${parent}`, { headers: { accept: 'text/csv' } });
    assert.equal(status, 200);
    assert.match(headers['content-type'], /^text\/csv/);
    assert.match(headers['content-disposition'], /^attachment; filename="tenant_list\.csv"/);
    assert.ok(text.startsWith('\ufeff'));
    const lines = text.slice(1).split('\r\n');
    assert.equal(lines.length, names.length + 2, 'a title, the rows, and the last end of line');
    for (const cell of ["\"'=HYPERLINK(\"\"https://evil.example\"\";\"\"жми\"\")\"", '"\'+7 сентября"', '"\'-школа"', '"\'@имя"', '"Обычная; с ""кавычками"""']) assert.ok(text.includes(cell), cell);
    assert.doesNotMatch(text, /(^|[;\n])"?[=+@]/, 'no cell begins as a formula');
});

test('a list on a page tells the counts of its JSON, each in its own column', async () => {
    const which = await fresh({ name: 'Подсчитанная' });
    const decide = (key) => by.curator.post(`/tenants/${which}/steps/${key}/decision`, { word: 'confirmed', reason: 'Видели' });
    for (const key of ['appoint', 'train']) await decide(key);
    await by.curator.post(`/tenants/${which}/accounts`, { address: 'https://vk.com/lukomor98_counted' });
    veha.sql(`insert into veha.sighting (tenant, place, account, "check", look, result, reason, facts, at, run_result, run_since, run_last, run_count)
              select tenant, place, id, 'EXIST', 0, 'passed', 'as_required', '{}', now(), 'passed', now() - interval '1 day', now(), 3 from veha.account where tenant = ${which}`);
    const [item] = await search('Подсчитанная');
    assert.deepEqual([item.steps.reported, item.steps.seen, item.steps.confirmed, item.steps.verified], [0, 1, 2, 3]);
    const { counts } = await show(which);
    assert.deepEqual([counts.reported, counts.seen, counts.confirmed], [0, 1, 2]);
    const page = await browser.open(`/tenants?search=${encodeURIComponent('Подсчитанная')}`);
    const cells = [...page.matchAll(/<td class="number" data-label="([^"]*)">\s*(?:<span[^>]*><svg[^]*?<\/svg>)?(\d+)/g)].map(([, label, count]) => [label, Number(count)]);
    assert.deepEqual(cells, [['Отмечено', 0], ['Видно', 1], ['Подтверждено куратором', 2], ['Просрочено', item.steps.overdue]], page);
});

test('a new organisation has its roadmap at once', async () => {
    const which = await fresh({ name: 'Новая школа', short_name: 'НШ' });
    const tenant = await show(which);
    assert.deepEqual([tenant.branch, tenant.kind, tenant.short_name, tenant.path.at(-1).id], ['open', 'organisation', 'НШ', id.education]);
    assert.equal(tenant.steps.length, 16);
    const story = await storyOf(which);
    assert.deepEqual(story.map(({ kind }) => kind), ['roadmap_assigned', 'tenant_added']);
    assert.equal(story[1].who, people.curator.name);
});

test('a new organisation that makes no sense is refused field by field', async () => {
    const refused = async (body, status, code, fields) => assertProblem(await by.curator.post('/tenants', { parent: id.education, kind: 'organisation', name: 'Х', ...body }), status, code, fields);
    await refused({ kind: 'region' }, 422, 'invalid_fields', ['kind']);
    await refused({ kind: 'school', name: ' ', inn: '9807010781', ogrn: '1229800102224' }, 422, 'invalid_fields', ['kind', 'name', 'inn', 'ogrn']);
    await refused({ parent: 987654321 }, 422, 'parent_unknown');
    await refused({ ogrn: '1229800102223' }, 409, 'ogrn_taken');
});

test('a new organisation is added by a form', async () => {
    const answer = await browser.fill(`/tenants/${id.education}`, '/tenants', { kind: 'organisation', name: 'Из формы', short_name: '', inn: '', ogrn: '' });
    assert.equal(answer.status, 303, answer.text);
    assert.match(await browser.open(answer.headers.location), /<h1>Из\u00a0?\s?формы<\/h1>/);
});

test('a renamed organisation is found by its new name, and remembers the old one', async () => {
    const which = await fresh({ name: 'Старое имя' });
    const before = await show(which);
    const tenant = await changed(which, 'rename', { name: 'Новейшее имя', short_name: 'НИ', reason: 'Приказ № 5' });
    assert.deepEqual([tenant.name, tenant.short_name, tenant.version], ['Новейшее имя', 'НИ', before.version + 1]);
    assert.deepEqual(idsOf(await search('новейшее имя')), [which]);
    assert.deepEqual(await search('Старое имя'), []);
    assert.equal(tenant.past[0].name, 'Старое имя');
    const [event] = await storyOf(which);
    assert.deepEqual([event.kind, event.who, event.reason, event.detail.from, event.detail.to], ['tenant_renamed', people.curator.name, 'Приказ № 5', 'Старое имя', 'Новейшее имя']);
    assertProblem(await change(which, 'rename', { name: 'Без причины', reason: '' }), 422, 'invalid_fields', ['reason']);
});

test('two who change one organisation from one version: the second reads anew', async () => {
    const which = await fresh();
    const { headers: { etag }, json: { version } } = await by.curator.get(`/tenants/${which}`);
    const verbs = { rename: { name: 'Первая' }, mend: { inn: '9807010780' }, move: { parent: id.health }, merge: { into: id.health }, close: {} };
    await changed(which, 'rename', { name: 'Нулевая' }, by.admin);
    for (const [verb, body] of Object.entries(verbs)) {
        assertProblem(await change(which, verb, body, by.curator, { headers: { 'if-match': etag } }), 412, 'stale');
        assertProblem(await change(which, verb, { ...body, version }), 412, 'stale');
    }
    assert.equal((await show(which)).name, 'Нулевая');
});

test('a wrong number is mended; a wrong or taken one is not taken', async () => {
    const which = await fresh({ inn: '9807010780' });
    const ogrn = freeOgrn();
    const mended = await changed(which, 'mend', { ogrn, reason: 'Опечатка' });
    assert.equal(mended.inn, '9807010780', 'a number that is not given stays');
    assert.deepEqual(idsOf(await search(ogrn)), [which]);
    const [event] = await storyOf(which);
    assert.deepEqual([event.kind, event.reason, event.detail.ogrn_from, event.detail.ogrn_to], ['tenant_mended', 'Опечатка', null, ogrn]);
    assertProblem(await change(which, 'mend', { inn: '9807010781', ogrn: '1229800102224' }), 422, 'invalid_fields', ['inn', 'ogrn']);
    assertProblem(await change(which, 'mend', { ogrn: '1229800102223' }), 409, 'ogrn_taken');
    assertProblem(await change(which, 'mend', {}), 422, 'number_missing');
    assert.deepEqual([(await show(which)).inn, (await show(which)).ogrn], ['9807010780', ogrn]);
});

/* A state number with a right check digit that nobody has. */
function freeOgrn() {
    const stem = `12298009${String(++made).padStart(4, '0')}`;
    return `${stem}${(Number(BigInt(stem) % 11n)) % 10}`;
}

test('a form with a wrong number is shown again with all that was typed', async () => {
    const which = await fresh();
    const answer = await browser.fill(`/tenants/${which}/edit`, '/mend', { inn: '98070107 81', ogrn: '', reason: 'Справка из налоговой' });
    assert.equal(answer.status, 422);
    assert.match(answer.text, /id="inn-error">[А-Я][^<]+</);
    assert.match(answer.text, /value="98070107 81"/);
    assert.match(answer.text, /id="reason"[^>]*value="Справка из налоговой"/);
    const mended = await browser.fill(`/tenants/${which}/edit`, '/mend', { inn: '98070107 80', ogrn: '', reason: 'Справка из налоговой' });
    assert.equal(mended.status, 303, mended.text);
    assert.equal((await show(which)).inn, '9807010780', 'spaces that people put in are no matter');
});

test('a moved organisation is seen by those of its new place and no more by those of its old one', async () => {
    const which = await fresh({ name: 'Переезжающая' });
    const child = await fresh({ name: 'Филиал переезжающей', parent: which });
    await by.curator.post(`/tenants/${which}/accounts`, { address: 'https://t.me/lukomor98_moving' });
    await by.curator.post(`/tenants/${child}/steps/appoint/claim`, { note: 'до переезда' });
    const pages = (one) => ['', '/history', '/roadmap', '/looks', '/steps/appoint'].map((page) => `/tenants/${one}${page}`);
    const statuses = async (reader, one) => Promise.all(pages(one).map(async (page) => (await reader.get(page)).status));
    assert.deepEqual(new Set(await statuses(by.coordinator, child)), new Set([200]));
    assert.deepEqual(new Set(await statuses(by.observer, child)), new Set([404]));
    const moved = await changed(which, 'move', { parent: id.health, reason: 'Передана' });
    assert.equal(moved.path.at(-1).id, id.health);
    for (const one of [which, child]) {
        assert.deepEqual(new Set(await statuses(by.coordinator, one)), new Set([404]));
        assert.deepEqual(new Set(await statuses(by.observer, one)), new Set([200]));
    }
    assert.deepEqual([(await search('переезжающ', by.coordinator)).length, (await search('переезжающ', by.observer)).length], [0, 2]);
    const step = (await by.observer.get(`/tenants/${child}/steps/appoint`)).json;
    assert.equal(step.claim.note, 'до переезда', 'nothing is lost');
    const past = (await show(which)).past.at(-1);
    assert.equal(past.parent, (await show(id.education)).name, 'it is remembered where it was');
    assert.equal((await show(which, by.observer)).past.at(-1).parent, null, 'by those who may know of it');
    const [event] = await storyOf(which);
    assert.deepEqual([event.kind, event.reason, event.detail.from, event.detail.to], ['tenant_moved', 'Передана', id.education, id.health]);
});

test('nothing moves below itself, or to where nothing is', async () => {
    const above = await fresh();
    const below = await fresh({ parent: above });
    for (const parent of [above, below]) assertProblem(await change(above, 'move', { parent }), 409, 'tree_loop');
    assertProblem(await change(above, 'merge', { into: below }), 409, 'tree_loop');
    assertProblem(await change(above, 'merge', { into: above }), 409, 'tree_loop');
    assertProblem(await change(above, 'move', { parent: 987654321 }), 422, 'parent_unknown');
    assertProblem(await change(above, 'merge', { into: 987654321 }), 422, 'target_unknown');
    const closed = await fresh();
    await changed(closed, 'close', {});
    assertProblem(await change(above, 'move', { parent: closed }), 422, 'parent_unknown');
    assertProblem(await change(above, 'merge', { into: closed }), 422, 'target_unknown');
    const region = veha.sql("select id from veha.tenant where kind = 'region'");
    assertProblem(await change(region, 'move', { parent: id.health }), 409, 'tree_loop');
    assertProblem(await change(region, 'close', {}), 409, 'tenant_has_children');
    assert.equal((await change(above, 'move', { parent: id.education })).status, 200, 'where it is already');
    assert.equal((await storyOf(above)).filter(({ kind }) => kind === 'tenant_moved').length, 0);
});

test('a merged organisation hands on its accounts and children and keeps its story', async () => {
    const [from, into] = [await fresh({ name: 'Поглощённая' }), await fresh({ name: 'Преемник' })];
    const child = await fresh({ parent: from });
    for (const address of ['https://t.me/lukomor98_handed', 'https://handed.lukomorye.example']) await by.curator.post(`/tenants/${from}/accounts`, { address });
    await by.curator.post(`/tenants/${from}/steps/appoint/claim`, { note: 'сделано до слияния' });
    assert.equal((await by.curator.post(`/tenants/${from}/looks`, {})).status, 200);
    const successor = await changed(from, 'merge', { into, reason: 'Приказ о слиянии' });
    assert.equal(successor.id, from, 'the answer shows what was merged');
    const [gone, goes] = [await show(from), await show(into)];
    assert.ok(gone.closed_at);
    assert.deepEqual([gone.merged_into.id, gone.accounts, gone.site_host], [into, [], null]);
    assert.deepEqual(goes.accounts.map(({ address }) => address).sort(), ['handed.lukomorye.example', 'lukomor98_handed']);
    assert.equal(goes.site_host, 'handed.lukomorye.example');
    assert.deepEqual(goes.children.map((one) => one.id), [child]);
    assert.equal((await by.curator.get(`/tenants/${from}/steps/appoint`)).json.claim.note, 'сделано до слияния');
    assert.deepEqual((await storyOf(from))[0].kind, 'tenant_merged');
    assert.deepEqual((await storyOf(into)).filter(({ kind }) => kind === 'tenant_absorbed').map(({ reason }) => reason), ['Приказ о слиянии']);
    assert.deepEqual(await search('Поглощённая'), []);
    assert.deepEqual(idsOf((await list({ closed: true, search: 'Поглощённая' })).items), [from]);
    assert.equal(veha.sql(`select count(*) from veha.job where tenant = ${from} and finished_at is null`), '0', 'nobody looks for it any more');
    assert.match(wordsOf(await browser.open(`/tenants/${from}`)), /Преемник/);
});

test('a closed organisation changes in nothing until it is opened again', async () => {
    const which = await fresh();
    await by.curator.post(`/tenants/${which}/accounts`, { address: 'https://t.me/lukomor98_closed' });
    const closed = await changed(which, 'close', { reason: 'Ликвидирована' });
    assert.ok(closed.closed_at);
    assert.deepEqual([closed.can.change, closed.can.claim, closed.can.account, closed.can.look, closed.can.move], [false, false, false, false, true]);
    for (const [verb, body] of Object.entries({ rename: { name: 'Х' }, mend: { inn: '9807010780' }, move: { parent: id.health }, merge: { into: id.health }, close: {} }))
        assertProblem(await change(which, verb, body), 409, 'tenant_closed');
    for (const [path, body] of [['accounts', { address: 'https://t.me/other_name' }], ['looks', {}], ['steps/appoint/claim', {}], ['steps/appoint/decision', { word: 'confirmed', reason: 'х' }]])
        assert.equal((await by.curator.post(`/tenants/${which}/${path}`, body)).status, 404, path);
    assert.deepEqual((await list({ search: 'lukomor98_closed' })).items, []);
    assert.deepEqual(idsOf((await list({ search: 'lukomor98_closed', closed: true })).items), [which]);
    const answer = await browser.fill(`/tenants/${which}/edit`, '/reopen', { reason: 'Ошибка' });
    assert.equal(answer.status, 303, answer.text);
    const open = await show(which);
    assert.deepEqual([open.closed_at, open.accounts.length], [null, 1]);
    assertProblem(await change(which, 'reopen', {}), 409, 'tenant_open');
    assert.deepEqual((await storyOf(which)).filter(({ kind }) => /closed|reopened/.test(kind)).map(({ kind, reason }) => [kind, reason]), [['tenant_reopened', 'Ошибка'], ['tenant_closed', 'Ликвидирована']]);
});

test('what has somebody below it, or nobody above it, does not close or open alone', async () => {
    const above = await fresh();
    const below = await fresh({ parent: above });
    assertProblem(await change(above, 'close', {}), 409, 'tenant_has_children');
    await changed(below, 'close', {});
    await changed(above, 'close', {});
    assertProblem(await change(below, 'reopen', {}), 409, 'parent_closed');
    await changed(above, 'reopen', {});
    await changed(below, 'reopen', {});
});

test('a merged organisation opens again only while nobody has its number', async () => {
    const ogrn = freeOgrn();
    const [from, into] = [await fresh({ ogrn }), await fresh()];
    await changed(from, 'merge', { into });
    await changed(into, 'mend', { ogrn });
    assertProblem(await change(from, 'reopen', {}), 409, 'ogrn_taken');
    await changed(into, 'mend', { ogrn: freeOgrn() });
    const open = await changed(from, 'reopen', {});
    assert.deepEqual([open.merged_into, open.ogrn], [null, ogrn]);
});

test('what is merged or closed by a form goes on to where it is seen', async () => {
    const [from, into, last] = [await fresh(), await fresh(), await fresh()];
    const merged = await browser.fill(`/tenants/${from}/edit`, '/merge', { into: String(into), reason: 'Слияние' });
    assert.deepEqual([merged.status, merged.headers.location], [303, `/tenants/${from}`]);
    const closed = await browser.fill(`/tenants/${last}/edit`, '/close', { reason: '' });
    assert.equal(closed.status, 422);
    assert.equal((await browser.fill(`/tenants/${last}/edit`, '/close', { reason: 'Нет её' })).status, 303);
    assert.ok((await show(last)).closed_at);
});

/* Steps as their people work on them: ticked, drafted, withdrawn, confirmed, returned; each change told with who, when, what and why. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { assertProblem, openBrowser, tellings, wordsOf } from './ask.mjs';
import { people, startVeha, stopCluster } from './harness.mjs';

const centre = '1229800105182';
const agency = '1229800100375';
const master = 'Мастер на все руки';
let veha;
const by = {};
const browser = {};
let foreign;
let fresh = 0;

before(async () => {
    veha = await startVeha();
    for (const login of Object.keys(people)) by[login] = await veha.signIn(login);
    /* A specialist of a centre, below which each test gets an organisation of its own, and somebody who only looks on. */
    for (const [login, name, role, ogrn] of [['master', master, 'specialist', centre], ['onlooker', 'Наблюдатель', 'observer', agency]]) {
        const added = veha.command('user', 'add', '--login', login, '--name', name, '--role', role, '--tenant-ogrn', ogrn);
        const password = /^Password: (.+)$/m.exec(added)[1];
        by[login] = await veha.signIn(login, password);
        browser[login] = await openBrowser(veha, login, password);
    }
    for (const login of ['specialist', 'curator']) browser[login] = await openBrowser(veha, login);
    foreign = await find('Золотая рыбка');
});

after(async () => {
    await veha?.stop();
    await stopCluster();
});

async function find(words) {
    const { json } = await by.curator.get(`/tenants?search=${encodeURIComponent(words)}`);
    assert.equal(json.items.length, 1, words);
    return json.items[0];
}

const path = (step) => `/tenants/${step.tenant.id}/steps/${step.key}`;
const stepOf = async (step, reader = by.curator) => (await reader.get(path(step))).json;
const tenantOf = async (step) => (await by.curator.get(`/tenants/${step.tenant.id}`)).json;
const countsOf = async (step) => (await tenantOf(step)).counts;
const escaped = (text) => text.replaceAll('"', '&quot;');
const onlySteps = async () => (await by.curator.get('/overview')).json.steps;

/* A step that only people can tell of, of an organisation that nobody has touched yet. */
async function untouched(key = 'appoint') {
    const parent = (await find(centre)).id;
    const { status, json, text } = await by.curator.post('/tenants', { parent, kind: 'organisation', name: `Кружок № ${++fresh}` });
    assert.equal(status, 201, text);
    return stepOf({ tenant: json, key });
}

async function change(reader, step, verb, body, options) {
    return reader.post(`${path(step)}/${verb}`, body, options);
}

async function made(reader, step, verb, body) {
    const answer = await change(reader, step, verb, body);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
}

test('a specialist begins the day with the own tasks, the most urgent first', async () => {
    const { json } = await by.specialist.get('/');
    assert.equal(json.tenants.length, 5);
    const own = new Set(json.tenants.map(({ id }) => id));
    assert.deepEqual(json.groups.map(({ status }) => status), ['returned', 'contradicted', 'not_started', 'in_progress', 'claimed', 'verified', 'not_applicable']);
    assert.equal(json.groups.reduce((sum, { count }) => sum + count, 0), Number(veha.sql(`select count(*) from veha.step_state where tenant in (${[...own].join(', ')})`)));
    for (const { status, count, items, more } of json.groups) {
        assert.equal(items.length, Math.min(count, 5), status);
        assert.equal(more ?? false, count > 5, status);
        assert.ok(items.every((task) => own.has(task.tenant.id) && task.status === status));
        const order = items.map((task) => [!task.overdue, task.due_on]);
        assert.deepEqual(order, [...order].sort(([a, x], [b, y]) => a - b || (x < y ? -1 : x > y ? 1 : 0)), 'what is overdue comes first, then what is due first');
    }
    const open = json.groups.filter(({ status }) => ['returned', 'contradicted', 'not_started', 'in_progress'].includes(status));
    assert.equal(json.task_count, open.reduce((sum, { count }) => sum + count, 0));
    assert.deepEqual(json.next, open.find(({ count }) => count > 0).items[0]);
    const words = wordsOf(await browser.specialist.open('/'));
    for (const tenant of json.tenants) assert.ok(words.includes(escaped(tenant.name)), tenant.name);
    assert.match(words, new RegExp(`Сделайте сейчас: ${json.next.title} — .*?просрочено на \\d+ д`));
});

test('what is ticked is not what to do next, however late it is', async () => {
    const before = (await by.specialist.get('/')).json;
    assert.ok(before.next.overdue && before.next.due.late > 0, JSON.stringify(before.next));
    await made(by.specialist, before.next, 'claim', { note: 'Приказ издан' });
    const after = (await by.specialist.get('/')).json;
    assert.notDeepEqual([after.next.tenant.id, after.next.key], [before.next.tenant.id, before.next.key]);
    assert.equal(after.task_count, before.task_count - 1);
    const ticked = after.groups.find(({ status }) => status === 'claimed').items.find(({ tenant, key }) => tenant.id === before.next.tenant.id && key === before.next.key);
    assert.equal(ticked.due, null, 'nothing presses');
    const shown = await stepOf(before.next);
    assert.deepEqual([shown.overdue, shown.claim.late], [true, true], 'for who counts it is overdue as it was');
    const words = wordsOf(await browser.specialist.open(path(before.next)));
    assert.match(words, /Срок — [^·]*, отмечено позже срока/);
    assert.doesNotMatch(words, /просрочено на/, 'nothing more is wanted of the specialist');
    const listed = wordsOf(await browser.specialist.open(`/tenants/${before.next.tenant.id}`));
    assert.match(listed, /срок прошёл, ждёт проверки/);
    await made(by.specialist, before.next, 'withdraw', {});
    assert.deepEqual((await by.specialist.get('/')).json.next.key, before.next.key);
});

test('who has no organisation of their own has no tasks, and what waits for a word is shown to those who decide', async () => {
    const step = await untouched();
    await made(by.master, step, 'claim', { note: 'Приказ издан' });
    const curator = (await by.curator.get('/')).json;
    assert.deepEqual([curator.specialist, curator.decides, curator.task_count, curator.next], [false, true, 0, null]);
    assert.ok(curator.waiting.some((one) => one.tenant.id === step.tenant.id && one.key === step.key));
    const coordinator = (await by.coordinator.get('/')).json;
    assert.deepEqual([coordinator.decides, coordinator.waiting], [false, []]);
});

test('an opened step says why, how, what evidence and what will be checked', async () => {
    const step = await untouched('create_vk');
    for (const name of ['title', 'why', 'how', 'evidence']) assert.ok(step[name].length > 10, name);
    assert.deepEqual(step.checks.map((one) => one.check), ['EXIST']);
    assert.deepEqual(step.depends_on.map(({ key }) => key), ['appoint']);
    const words = wordsOf(await browser.master.open(path(step)));
    for (const told of [step.why, step.evidence]) assert.ok(words.includes(told.slice(0, 60)), told);
});

test('what is easier shown than told is drawn, in words for whoever sees no drawings, and once in spite of three checks', async () => {
    const tenant = (await find('Учёного Кота')).id;
    const drawings = async (key) => {
        const page = await browser.specialist.open(`/tenants/${tenant}/steps/${key}`);
        return [...page.matchAll(/<svg [^>]*role="img" aria-label="([^"]+)"><use href="([^"#]+)#(\w+)">/g)].map(([, words, file, name]) => ({ words, file, name }));
    };
    const [fields, ...others] = await drawings('describe');
    assert.deepEqual([fields.name, others], ['fields', []]);
    assert.match(fields.words, /^Рисунок: настройки страницы/);
    for (const key of ['appoint', 'hand_over']) assert.deepEqual(await drawings(key), [], key);
    const { text } = await by.specialist.get(fields.file);
    for (const name of veha.sql("select string_agg(distinct drawing, ' ') || ' poster' from veha.check_drawing").split(' ')) assert.ok(text.includes(`<symbol id="${name}"`), name);
});

test('a tick carries its note and link, and says who made it', async () => {
    const step = await untouched();
    const claimed = await made(by.master, step, 'claim', { note: 'Издан приказ № 7', link: 'https://school5.lukomorye.example/order?n=7' });
    assert.equal(claimed.status, 'claimed');
    assert.equal(claimed.basis, null, 'what is only said has no basis');
    assert.equal(claimed.claimed, true);
    const { who, mine, note, link, on_behalf: onBehalf } = claimed.claim;
    assert.deepEqual([who, mine, note, link, onBehalf],
        [master, true, 'Издан приказ № 7', 'https://school5.lukomorye.example/order?n=7', false]);
    assert.equal((await stepOf(step)).claim.mine, false, 'to another reader it is not the own');
    assert.deepEqual([claimed.can.claim, claimed.can.withdraw, claimed.can.decide], [false, true, false]);
});

test('a second tick is refused, and the first stays', async () => {
    const step = await untouched();
    await made(by.master, step, 'claim', { note: 'первая' });
    assertProblem(await change(by.master, step, 'claim', { note: 'вторая' }), 409, 'step_claimed');
    assertProblem(await change(by.curator, step, 'claim', { note: 'третья' }), 409, 'step_claimed');
    const now = await stepOf(step);
    assert.equal(now.claim.note, 'первая');
    assert.equal(now.events.filter(({ kind }) => kind === 'step_claimed').length, 1);
});

test('two ticks at once make one', async () => {
    const step = await untouched();
    const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => change(i % 2 ? by.master : by.curator, step, 'claim', { note: `${i}` })));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409, 409, 409, 409]);
    assert.equal((await stepOf(step)).events.filter(({ kind }) => kind === 'step_claimed').length, 1);
});

test('a draft is kept without being a tick, and the tick takes it up', async () => {
    const step = await untouched();
    const before = await countsOf(step);
    const drafted = await made(by.master, step, 'draft', { note: 'Нашли бланк', link: 'https://school5.lukomorye.example/blank' });
    assert.deepEqual([drafted.status, drafted.basis, drafted.claimed, drafted.claim], ['in_progress', null, false, null]);
    assert.deepEqual([drafted.draft.who, drafted.draft.note], [master, 'Нашли бланк']);
    assert.equal((await countsOf(step)).reported, before.reported, 'a draft is no report');
    const again = await made(by.master, step, 'draft', { note: 'Заполнили бланк' });
    assert.deepEqual([again.draft.note, again.draft.link], ['Заполнили бланк', null]);
    const claimed = await made(by.master, step, 'claim', { note: 'Отправили бланк' });
    assert.deepEqual([claimed.status, claimed.draft, claimed.claim.note], ['claimed', null, 'Отправили бланк']);
    assert.equal((await countsOf(step)).reported, before.reported + 1);
});

test('a withdrawn tick leaves a step as it was, with its story', async () => {
    const step = await untouched();
    const before = await countsOf(step);
    await made(by.master, step, 'claim', { note: 'поторопились' });
    const back = await made(by.master, step, 'withdraw', { reason: 'Приказ не подписан' });
    assert.deepEqual([back.status, back.claimed, back.claim], ['not_started', false, null]);
    assert.deepEqual(await countsOf(step), before);
    assertProblem(await change(by.master, step, 'withdraw', {}), 409, 'step_not_claimed');
    const story = back.events.map(({ kind }) => kind).reverse();
    assert.deepEqual(story.filter((kind) => kind !== 'step_changed'), ['step_claimed', 'step_withdrawn']);
    assert.equal(back.events.find(({ kind }) => kind === 'step_withdrawn').reason, 'Приказ не подписан');
});

test('a curator ticks on behalf, which is recorded and shown as such', async () => {
    const step = await untouched();
    const claimed = await made(by.curator, step, 'claim', { note: 'Сказали по телефону' });
    assert.deepEqual([claimed.status, claimed.basis, claimed.claim.on_behalf, claimed.claim.who], ['claimed', null, true, people.curator.name]);
    assert.equal(claimed.events.find(({ kind }) => kind === 'step_claimed').detail.on_behalf, true);
    assert.match(wordsOf(await browser.master.open(path(step))), /со слов/i);
});

test('a coordinator helps, which is nobody’s word on it', async () => {
    const step = await untouched();
    const claimed = await made(by.coordinator, step, 'claim', {});
    assert.deepEqual([claimed.status, claimed.claim.on_behalf, claimed.can.decide], ['claimed', false, false]);
});

test('a confirmation makes a step verified by a person, never by an account', async () => {
    const step = await untouched();
    await made(by.master, step, 'claim', { note: 'Готово' });
    const before = { counts: await countsOf(step), steps: await onlySteps() };
    const confirmed = await made(by.curator, step, 'decision', { word: 'confirmed', reason: 'Приказ видели' });
    assert.deepEqual([confirmed.status, confirmed.basis, confirmed.seen], ['verified', 'person', 'none']);
    assert.deepEqual([confirmed.decision.word, confirmed.decision.who, confirmed.decision.reason], ['confirmed', people.curator.name, 'Приказ видели']);
    const after = { counts: await countsOf(step), steps: await onlySteps() };
    for (const place of ['counts', 'steps']) {
        assert.equal(after[place].confirmed, before[place].confirmed + 1, place);
        assert.equal(after[place].seen, before[place].seen, `${place}: a word is not a look`);
        assert.equal(after[place].reported, before[place].reported, place);
    }
    const { statuses } = (await by.curator.get('/overview')).json;
    assert.ok(statuses.find((one) => one.status === 'verified' && one.basis === 'person').count >= 1);
    assert.match(await browser.master.open(path(step)), /status-verified basis-person/);
});

test('a confirmation without a tick reports nothing', async () => {
    const step = await untouched();
    const before = await countsOf(step);
    const confirmed = await made(by.curator, step, 'decision', { word: 'confirmed', reason: 'Видели сами' });
    assert.deepEqual([confirmed.status, confirmed.basis, confirmed.claimed], ['verified', 'person', false]);
    const { reported, confirmed: sure, seen } = await countsOf(step);
    assert.deepEqual([reported, sure, seen], [before.reported, before.confirmed + 1, before.seen]);
});

test('a confirmation holds until its last day', async () => {
    const step = await untouched();
    const confirmed = await made(by.curator, step, 'decision', { word: 'confirmed', reason: 'До проверки', until: '2099-05-31' });
    assert.equal(Date.parse(confirmed.decision.expires_at), Date.parse('2099-06-01T00:00:00+03:00'), 'the end of that day in the region');
    const again = await untouched();
    assertProblem(await change(by.curator, again, 'decision', { word: 'confirmed', reason: 'Поздно', until: '2022-05-31' }), 422, 'until_passed');
    assert.equal((await stepOf(again)).decision, null);
    assert.equal((await made(by.curator, again, 'decision', { word: 'returned', reason: 'Нет', until: '2099-05-31' })).decision.expires_at, null, 'a return has no end');
});

test('a decision wants a reason, and says so in a field', async () => {
    const step = await untouched();
    assertProblem(await change(by.curator, step, 'decision', { word: 'returned' }), 422, 'invalid_fields', ['reason']);
    assertProblem(await change(by.curator, step, 'decision', { word: 'returned', reason: ' \n ' }), 422, 'invalid_fields', ['reason']);
    assertProblem(await change(by.curator, step, 'decision', {}), 422, 'invalid_fields', ['word', 'reason']);
    assertProblem(await change(by.curator, step, 'decision', { word: 'maybe', reason: 'так', until: '31.05.2099' }), 422, 'invalid_fields', ['word', 'until']);
    const answer = await browser.curator.fill(path(step), '/decision', { word: 'returned', reason: '', until: '' });
    assert.equal(answer.status, 422);
    assert.match(answer.text, /id="reason-error">[А-Я][^<]+</);
    assert.match(answer.text, /value="returned" required checked/, 'the chosen word is kept');
    assert.equal((await stepOf(step)).status, 'not_started');
});

test('a returned step is ticked again, which answers the return', async () => {
    const step = await untouched();
    await made(by.master, step, 'claim', { note: 'Первый раз' });
    const returned = await made(by.curator, step, 'decision', { word: 'returned', reason: 'Нет подписи' });
    assert.deepEqual([returned.status, returned.basis, returned.claimed], ['returned', 'person', true]);
    const { next, groups } = (await by.master.get(`/?tenant=${step.tenant.id}`)).json;
    assert.equal(next.status, 'returned', 'it comes before all others');
    assert.deepEqual(groups[0].items.map(({ key, returned: { reason, who } }) => [key, reason, who]), [[step.key, 'Нет подписи', people.curator.name]]);
    const answer = await browser.master.tick(path(step), { note: 'С подписью', link: '' });
    assert.equal(answer.status, 303, answer.text);
    const again = await stepOf(step);
    assert.deepEqual([again.status, again.basis, again.claim.note, again.decision], ['claimed', null, 'С подписью', null]);
    const story = again.events.map(({ kind }) => kind).filter((kind) => kind !== 'step_changed').reverse();
    assert.deepEqual(story, ['step_claimed', 'step_returned', 'step_drafted', 'step_claimed']);
});

test('events tell who, when, what and why', async () => {
    const step = await untouched();
    const start = Date.now() - 1000;
    await made(by.master, step, 'claim', { note: 'Сделали' });
    const { events } = await made(by.curator, step, 'decision', { word: 'returned', reason: 'Покажите приказ' });
    const [claimed, returned] = ['step_claimed', 'step_returned'].map((kind) => events.find((event) => event.kind === kind));
    assert.deepEqual([claimed.who, claimed.actor, claimed.step, claimed.reason], [master, 'person', step.key, 'Сделали']);
    assert.deepEqual([returned.who, returned.reason], [people.curator.name, 'Покажите приказ']);
    for (const event of events) assert.ok(Date.parse(event.at) >= start && Date.parse(event.at) <= Date.now() + 1000, event.at);
    const turns = events.filter(({ kind }) => kind === 'step_changed').map(({ detail }) => `${detail.from} → ${detail.to}`).reverse();
    assert.deepEqual(turns, ['not_started → claimed', 'claimed → returned']);
    const { items } = (await by.master.get(`/tenants/${step.tenant.id}/history?limit=4`)).json;
    assert.deepEqual(items.map(({ id }) => id), events.slice(0, 4).map(({ id }) => id), 'the history of the tenant tells the same');
});

test('a step that a network not chosen asks for is refused', async () => {
    const spared = await untouched('create_ok');
    assert.deepEqual([spared.status, spared.basis], ['not_applicable', null]);
    for (const verb of ['claim', 'draft', 'withdraw']) assertProblem(await change(by.master, spared, verb, {}), 409, 'step_not_applicable');
    assertProblem(await change(by.curator, spared, 'decision', { word: 'confirmed', reason: 'всё равно' }), 409, 'step_not_applicable');
    const shown = await stepOf(spared);
    assert.deepEqual([shown.can.claim, shown.can.decide, shown.can.withdraw], [false, false, false]);
});

test('a step that is in no roadmap, or in no step’s spelling, is not there', async () => {
    const { tenant } = await untouched();
    for (const key of ['no_such_step', 'APPOINT', 'x'.repeat(41), '%D1%88', '1', 'appoint%20x']) assertProblem(await by.master.get(path({ tenant, key })), 404, 'not_found');
    const nowhere = { tenant, key: 'no_such_step' };
    for (const verb of ['claim', 'draft', 'withdraw']) assertProblem(await change(by.master, nowhere, verb, {}), 404, 'not_found');
    assertProblem(await change(by.curator, nowhere, 'decision', { word: 'confirmed', reason: 'так' }), 404, 'not_found');
});

test('a foreign tenant’s step answers exactly as one that is nowhere', async () => {
    const [there, nowhere] = [foreign, { id: 987654321 }].map((tenant) => ({ tenant, key: 'appoint' }));
    const asked = [['GET', ''], ['POST', '/claim', { note: 'чужое' }], ['POST', '/draft', { note: 'чужое' }], ['POST', '/withdraw', {}],
        ['POST', '/decision', { word: 'confirmed', reason: 'чужое' }]];
    for (const [method, verb, body] of asked) {
        for (const headers of [{}, { 'if-match': '"1.0123456789abcdef-j"' }, { 'idempotency-key': 'one-and-the-same' }]) {
            const answers = await Promise.all([there, nowhere].map((step) => by.master.request(method, path(step) + verb, body, { headers })));
            assert.deepEqual(tellings(answers[0]), tellings(answers[1]), `${method} ${verb}`);
            assert.equal(answers[0].status, verb === '/decision' ? 403 : 404);
        }
    }
    const pages = await Promise.all([there, nowhere].map((step) => browser.master.page(path(step))));
    assert.deepEqual(tellings(pages[0]), tellings(pages[1]));
    assert.equal((await stepOf(there)).events.some(({ reason }) => reason === 'чужое'), false);
});

test('whoever lacks the capability is refused, and nothing changes', async () => {
    const step = await untouched();
    for (const verb of ['claim', 'draft', 'withdraw']) assertProblem(await change(by.onlooker, step, verb, {}), 403, 'forbidden');
    const decision = { word: 'confirmed', reason: 'я сам' };
    for (const login of ['onlooker', 'master', 'coordinator']) assertProblem(await change(by[login], step, 'decision', decision), 403, 'forbidden');
    assertProblem(await change(veha.client(), step, 'claim', {}), 401, 'unsigned');
    const page = await browser.master.open(path(step));
    assert.doesNotMatch(page, /\/decision"/, 'no form that would be refused');
    assert.doesNotMatch(page, /on behalf|со слов/i);
    assert.deepEqual((await stepOf(step)).events, []);
});

test('a change from an old version is refused until it was read anew', async () => {
    const step = await untouched();
    const read = await by.master.get(path(step));
    const old = { 'if-match': read.headers.etag };
    assert.equal((await change(by.master, step, 'claim', { note: 'раз' }, { headers: old })).status, 200);
    for (const verb of ['withdraw', 'draft']) assertProblem(await change(by.master, step, verb, {}, { headers: old }), 412, 'stale');
    assertProblem(await change(by.curator, step, 'decision', { word: 'confirmed', reason: 'да' }, { headers: old }), 412, 'stale');
    assertProblem(await change(by.master, step, 'withdraw', { version: step.version }), 412, 'stale');
    for (const strange of ['"x"', 'W/"1"', '"99999999999999999999.0-j"', 'старое']) {
        const answer = await change(by.master, step, 'withdraw', {}, { headers: { 'if-match': strange } });
        assert.equal(answer.status, 412, strange);
    }
    const newest = (await by.master.get(path(step))).headers.etag;
    assert.equal((await change(by.master, step, 'withdraw', {}, { headers: { 'if-match': newest } })).status, 200);
});

test('a form that was opened before somebody else’s change is shown again with what was typed', async () => {
    const step = await untouched();
    const form = await browser.master.formOf(path(step), '/draft');
    await made(by.curator, step, 'decision', { word: 'returned', reason: 'Сначала приказ' });
    const headers = { referer: `${veha.url}${path(step)}`, origin: veha.url };
    const answer = await browser.master.submit(form.action, { ...form.fields, note: 'Печатали долго', link: '' }, { headers });
    assert.equal(answer.status, 412, answer.text);
    assert.match(answer.text, />Печатали долго<\/textarea>/);
    assert.match(wordsOf(answer.text), /Сначала приказ/);
    assert.equal((await stepOf(step)).claim, null);
});

test('one idempotency key has one effect and one answer, byte by byte', async () => {
    const step = await untouched();
    const headers = { 'idempotency-key': 'b1946ac9-2492-4d23-a6f9-0f0c2a4e9d10' };
    const body = { note: 'Связь рвётся', link: 'https://example.ru/1' };
    const first = await change(by.master, step, 'claim', body, { headers });
    assert.equal(first.status, 200, first.text);
    await made(by.curator, step, 'decision', { word: 'returned', reason: 'между делом' });
    const again = await change(by.master, step, 'claim', body, { headers });
    assert.deepEqual([again.status, again.text, again.headers['content-type']], [first.status, first.text, first.headers['content-type']]);
    assert.equal(again.headers['idempotency-replayed'], 'true');
    for (const other of [{ ...body, note: 'Другое' }, { note: body.note }, {}])
        assertProblem(await change(by.master, step, 'claim', other, { headers }), 409, 'idempotency_key_reused');
    assertProblem(await change(by.master, step, 'draft', body, { headers }), 409, 'idempotency_key_reused');
    assertProblem(await change(by.master, { ...step, key: 'train' }, 'claim', body, { headers }), 409, 'idempotency_key_reused');
    const events = (await stepOf(step)).events.filter(({ kind }) => kind === 'step_claimed');
    assert.equal(events.length, 1);
});

test('a key belongs to its person, and a refused change leaves it free', async () => {
    const step = await untouched();
    const headers = { 'idempotency-key': 'shared' };
    assertProblem(await change(by.master, step, 'withdraw', {}, { headers }), 409, 'step_not_claimed');
    assert.equal((await change(by.master, step, 'claim', {}, { headers })).status, 200);
    const other = await change(by.curator, step, 'decision', { word: 'confirmed', reason: 'да' }, { headers });
    assert.equal(other.status, 200, other.text);
});

test('a form sent twice ticks once', async () => {
    const step = await untouched();
    await made(by.master, step, 'draft', { note: 'Двойное нажатие' });
    const form = await browser.master.formOf(`${path(step)}/check`, '/check');
    const send = () => browser.master.submit(form.action, form.fields, { headers: { origin: veha.url } });
    const answers = await Promise.all([send(), send()]);
    assert.deepEqual(answers.map(({ status, headers }) => [status, headers.location]), [[303, path(step)], [303, path(step)]]);
    assert.equal((await stepOf(step)).events.filter(({ kind }) => kind === 'step_claimed').length, 1);
});

test('what was typed is shown as text, never as markup', async () => {
    const step = await untouched();
    const note = '<script>alert(1)</script> & "кавычки" \u202e';
    const claimed = await made(by.master, step, 'claim', { note });
    assert.equal(claimed.claim.note.startsWith('<script>alert(1)</script> & "кавычки"'), true);
    const page = await browser.curator.open(path(step));
    assert.doesNotMatch(page, /<script>alert/);
    assert.match(page, /&lt;script&gt;alert\(1\)/);
    for (const link of ['javascript:alert(1)', 'data:text/html,x', 'https://a:b@c.ru/', 'не ссылка'])
        assertProblem(await change(by.master, await untouched(), 'claim', { link }), 422, 'invalid_fields', ['link']);
});

test('what a draft would send is shown first, by itself, and sent as it is kept', async () => {
    const step = await untouched();
    assert.match(wordsOf(await browser.master.open(`${path(step)}/check`)), /Отправлять пока нечего/);
    assertProblem(await change(by.master, step, 'check', {}), 409, 'draft_missing');
    const kept = await browser.master.fill(path(step), '/draft', { note: 'Приказ № 7\nот 1 ноября', link: 'https://school5.lukomorye.example/7', then: 'check' });
    assert.deepEqual([kept.status, kept.headers.location], [303, `${path(step)}/check`], kept.text);
    const page = await browser.master.open(`${path(step)}/check`);
    assert.match(page, /Приказ №\u00a07\nот 1 ноября/);
    assert.match(page, /<a class="btn btn-outline-primary" href="[^"]*#tick">Изменить<\/a>/);
    const sent = await browser.master.fill(`${path(step)}/check`, '/check', {});
    assert.deepEqual([sent.status, sent.headers.location], [303, path(step)], sent.text);
    const { claim, draft, status } = await stepOf(step);
    assert.deepEqual([claim.note, claim.link, draft, status], ['Приказ № 7\nот 1 ноября', 'https://school5.lukomorye.example/7', null, 'claimed']);
    assert.match(wordsOf(await browser.master.open(`${path(step)}/check`)), /Этот шаг уже отмечен/);
});

test('what was looked through is what is sent: another draft meanwhile is shown before', async () => {
    const step = await untouched();
    await made(by.master, step, 'draft', { note: 'Мой текст' });
    const form = await browser.master.formOf(`${path(step)}/check`, '/check');
    await made(by.coordinator, step, 'draft', { note: 'Текст координатора' });
    const answer = await browser.master.submit(form.action, form.fields, { headers: { referer: `${veha.url}${path(step)}/check`, origin: veha.url } });
    assert.equal(answer.status, 412, answer.text);
    assert.match(wordsOf(answer.text), /Текст координатора/);
    assert.equal((await stepOf(step)).claim, null);
});

test('right after sending the tick can be undone from a notice, and the words are in the form again', async () => {
    const step = await untouched();
    await browser.master.tick(path(step), { note: 'Поспешили', link: '' });
    const page = await browser.master.open(path(step));
    assert.match(page, /<form class="notice notice-good" method="post" action="[^"]*\/withdraw">[^]*?Отменить отметку<\/button>/);
    assert.doesNotMatch(await browser.curator.open(path(step)), /Отменить отметку/, 'to nobody but who sent it');
    assert.equal((await browser.master.fill(path(step), '/withdraw', {})).status, 303);
    assert.equal((await stepOf(step)).status, 'not_started');
    assert.match(await browser.master.open(path(step)), />Поспешили<\/textarea>/);
    await browser.master.tick(path(step), { note: 'Теперь точно', link: '' });
    veha.sql(`update veha.claim set valid = tstzrange(lower(valid) - interval '20 minutes', null) where tenant = ${step.tenant.id} and upper_inf(valid)`);
    const later = await browser.master.open(path(step));
    assert.doesNotMatch(later, /Отменить отметку/);
    assert.match(later, /Взять отметку назад|Отозвать отметку|\/withdraw"/, 'it is still offered below');
});

test('a draft that is kept over and over while somebody types is told once, and each time makes a new version', async () => {
    const step = await untouched();
    let { version } = step;
    for (const note of ['П', 'При', 'Приказ']) {
        const kept = await made(by.master, step, 'draft', { note, version });
        assert.ok(kept.version > version);
        ({ version } = kept);
    }
    assert.equal((await stepOf(step)).events.filter(({ kind }) => kind === 'step_drafted').length, 1);
    await made(by.coordinator, step, 'draft', { note: 'Приказ, другими руками', version });
    assert.equal((await stepOf(step)).events.filter(({ kind }) => kind === 'step_drafted').length, 2, 'another person is told of');
});

test('tasks are of one organisation or one status when that is asked for, and of nobody else’s', async () => {
    const { homes, groups } = (await by.specialist.get('/')).json;
    const [{ id }] = homes;
    const one = (await by.specialist.get(`/?tenant=${id}`)).json;
    assert.ok(one.groups.flatMap(({ items }) => items).every(({ tenant }) => tenant.id === id));
    assert.deepEqual([one.tenants.length, one.filter.tenant.id, one.homes.length], [1, id, 5]);
    const whole = groups.find(({ more }) => more);
    const all = (await by.specialist.get(`/?status=${whole.status}`)).json;
    assert.deepEqual(all.groups.map(({ status, items }) => [status, items.length]), [[whole.status, whole.count]]);
    assertProblem(await by.specialist.get(`/?tenant=${foreign.id}`), 404, 'not_found');
    assertProblem(await by.specialist.get('/?tenant=987654321'), 404, 'not_found');
    assertProblem(await by.specialist.get('/?status=done'), 422, 'invalid_fields', ['status']);
    const page = await browser.specialist.open(`/?tenant=${id}`);
    assert.match(page, new RegExp(`<option value="${id}" selected>`));
    assert.equal((await browser.specialist.page('/?tenant=')).status, 200, 'all of them, by the form');
});

/* A curator takes back the word given last: soon, the own, and only while nothing came after it. What was before stands again, and the history tells of both. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { assertProblem, openBrowser, wordsOf } from './ask.mjs';
import { people, startVeha, stopCluster } from './harness.mjs';

let veha;
let browser;
const by = {};
let parent;

before(async () => {
    veha = await startVeha();
    for (const login of Object.keys(people)) by[login] = await veha.signIn(login);
    browser = await openBrowser(veha, 'curator');
    parent = Number(veha.sql("select id from veha.tenant where kind = 'region'"));
});

after(async () => {
    await veha?.stop();
    await stopCluster();
});

async function fresh() {
    const made = await by.admin.post('/tenants', { parent, kind: 'organisation', name: 'Подопытная' });
    assert.equal(made.status, 201, made.text);
    return made.json.id;
}

const stepOf = async (id, key = 'appoint') => (await by.admin.get(`/tenants/${id}/steps/${key}`)).json;
const decide = (id, word, reader = by.curator) => reader.post(`/tenants/${id}/steps/appoint/decision`, { word, reason: `слово ${word}` });
const undo = (id, reader = by.curator, body = {}) => reader.post(`/tenants/${id}/steps/appoint/decision/undo`, body);
const kindsOf = (id) => veha.sql(`select string_agg(kind, ' ' order by id) from veha.event where tenant = ${id} and step = 'appoint' and kind <> 'step_changed'`);

test('a decision taken back leaves the step as it was, and both events', async () => {
    const id = await fresh();
    await by.admin.post(`/tenants/${id}/steps/appoint/claim`, {});
    const before = await stepOf(id);
    assert.equal((await decide(id, 'returned')).status, 200);
    assert.equal((await stepOf(id)).status, 'returned');
    assert.equal(veha.sql(`select count(*) from veha.outbox where tenant = ${id} and kind = 'step_returned'`), '1');
    const undone = await undo(id);
    assert.equal(undone.status, 200, undone.text);
    const now = await stepOf(id);
    assert.deepEqual([now.status, now.decision], [before.status, before.decision]);
    assert.ok(now.version > before.version);
    assert.equal(veha.sql(`select count(*) from veha.outbox where tenant = ${id} and kind = 'step_returned'`), '0', 'what nobody read is not told any more');
    assert.equal(kindsOf(id), 'step_claimed step_returned decision_undone');
    assertProblem(await undo(id), 409, 'nothing_to_undo');
});

test('the word that stood before stands again, in the name of whoever gave it', async () => {
    const id = await fresh();
    await decide(id, 'confirmed', by.admin);
    await decide(id, 'returned');
    assert.equal((await undo(id)).status, 200);
    const { status, decision } = await stepOf(id);
    assert.deepEqual([status, decision.word, decision.reason, decision.who], ['verified', 'confirmed', 'слово confirmed', people.admin.name]);
});

test('not of others, not late, not after anything else, not of a version that is no more', async () => {
    const id = await fresh();
    await decide(id, 'confirmed', by.admin);
    assertProblem(await undo(id), 409, 'nothing_to_undo');
    await decide(id, 'returned');
    const { version } = await stepOf(id);
    assertProblem(await undo(id, by.curator, { version: version - 1 }), 412, 'stale');
    await by.admin.post(`/tenants/${id}/steps/appoint/draft`, { note: 'Начато' });
    assertProblem(await undo(id), 409, 'nothing_to_undo');

    const other = await fresh();
    await decide(other, 'confirmed');
    veha.sql(`update veha.event set at = at - interval '11 minutes' where tenant = ${other} and kind = 'step_confirmed'`);
    assertProblem(await undo(other), 409, 'nothing_to_undo');
    assert.equal((await undo(other, by.specialist)).status, 403);
});

test('the queue offers it on top after a decision, without script, and leads back to the same step', async () => {
    const id = await fresh();
    await decide(id, 'returned', by.admin);
    await by.admin.post(`/tenants/${id}/steps/appoint/claim`, {});
    const item = (await by.curator.get('/queue?queue=answered')).json.items.find(({ tenant }) => tenant.id === id);
    assert.ok(item);
    const target = `/queue?queue=answered${item.before ? `&cursor=${item.before}` : ''}`;
    const decided = await browser.fill(target, `/tenants/${id}/steps/appoint/decision`, {});
    assert.equal(decided.status, 303, decided.text);
    assert.equal((await stepOf(id)).status, 'verified', 'the first button confirms, with a reason of its own');
    assert.equal((await stepOf(id)).decision.reason, 'Посмотрели: сделано.');
    const page = await browser.open(decided.headers.location);
    assert.match(wordsOf(page), /Решение сохранено: Шаг подтверждён куратором .* Отменить/);
    const undone = await browser.fill(decided.headers.location, '/decision/undo', {});
    assert.equal(undone.status, 303, undone.text);
    const back = (await by.curator.get(undone.headers.location)).json;
    assert.deepEqual([back.queue, back.items[0].tenant.id, back.items[0].step.key], ['answered', id, 'appoint']);
    assert.equal(back.undo, null);
    assert.doesNotMatch(wordsOf(await browser.open(undone.headers.location)), /Решение сохранено/);
});

test('an answer to a sample is taken back by whoever gave it', async () => {
    const id = await fresh();
    await by.admin.post(`/tenants/${id}/accounts`, { address: 'https://vk.com/lukomor98_undo' });
    const sample = veha.sql(`insert into veha.sample (tenant, place, account, look, "check", result, reason, facts, state, at)
        select tenant, place, id, 7, 'EXIST', 'failed', 'account_missing', '{}', 'missing', now() from veha.account where tenant = ${id} returning id`);
    const target = `/tenants/${id}/samples/${sample}`;
    assertProblem(await by.curator.post(`${target}/undo`, {}), 409, 'nothing_to_undo');
    assert.equal((await by.curator.post(target, { answer: 'agreed' })).status, 200);
    assert.equal((await by.curator.get('/queue')).json.undo.sample, Number(sample));
    assertProblem(await by.admin.post(`${target}/undo`, {}), 409, 'nothing_to_undo');
    const undone = await by.curator.post(`${target}/undo`, {});
    assert.equal(undone.status, 200, undone.text);
    assert.equal(veha.sql(`select answer is null from veha.sample where id = ${sample}`), 't');
    assert.ok((await by.curator.get('/queue?queue=sample')).json.items.some((one) => one.sample.id === Number(sample)));
});

test('what was returned and not mended waits in a queue of its own', async () => {
    const id = await fresh();
    await decide(id, 'returned');
    const { counts, items } = (await by.curator.get('/queue?queue=returned')).json;
    assert.ok(counts.find(({ kind }) => kind === 'returned').count >= 1);
    const item = items.find(({ tenant }) => tenant.id === id);
    assert.equal(item.returned.reason, 'слово returned');
    await by.admin.post(`/tenants/${id}/steps/appoint/claim`, {});
    const later = (await by.curator.get('/queue?queue=returned')).json.items;
    assert.ok(!later.some(({ tenant }) => tenant.id === id), 'ticked again, it is in another');
});

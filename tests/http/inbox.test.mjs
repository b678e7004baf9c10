/* The inbox: what a person was told, and nobody else; the header counts what is unread. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { assertProblem, openBrowser, wordsOf } from './ask.mjs';
import { startVeha, stopCluster } from './harness.mjs';

const schools = ['1229800102223', '1229800102597'];
let veha, curator, specialist, tenants;

const one = (statement) => veha.sql(`set search_path = veha, public; ${statement}`);
const giveBack = async (tenant, reason) => {
    const answer = await curator.post(`/tenants/${tenant}/steps/appoint/decision`, { word: 'returned', reason });
    assert.equal(answer.status, 200, answer.text);
};

before(async () => {
    veha = await startVeha();
    curator = await veha.signIn('curator');
    specialist = await veha.signIn('specialist');
    tenants = schools.map((ogrn) => Number(one(`select id from tenant where ogrn = '${ogrn}'`)));
});
after(async () => {
    await veha?.stop();
    await stopCluster();
});

test('what was returned is told to the specialist with its reason, newest first', async () => {
    assert.deepEqual((await specialist.get('/inbox')).json, { email: 'specialist@lukomorye.example', unread: 0, items: [], next: null });
    await giveBack(tenants[0], 'Нет приказа');
    await giveBack(tenants[1], 'Нет подписи');
    const { json } = await specialist.get('/inbox');
    assert.equal(json.unread, 2);
    assert.deepEqual(json.items.map(({ kind, reason, tenant, step, path, read_at }) => [kind, reason, tenant.id, step.key, path, read_at]), [
        ['step_returned', 'Нет подписи', tenants[1], 'appoint', `/tenants/${tenants[1]}/steps/appoint`, null],
        ['step_returned', 'Нет приказа', tenants[0], 'appoint', `/tenants/${tenants[0]}/steps/appoint`, null],
    ]);
});

test('nobody else is told, and nobody marks what is not theirs', async () => {
    const [{ id }] = (await specialist.get('/inbox')).json.items;
    for (const login of ['admin', 'curator', 'coordinator', 'observer']) {
        const other = await veha.signIn(login);
        assert.deepEqual((await other.get('/inbox')).json.items, [], login);
        assertProblem(await other.post('/inbox/read', { notice: id }), 404, 'not_found');
    }
    assert.equal((await specialist.get('/inbox')).json.unread, 2);
});

test('the header counts, and a button reads', async () => {
    const reader = await openBrowser(veha, 'specialist');
    assert.match(wordsOf(await reader.open('/')), /Сообщения 2 непрочитанных/);
    const page = wordsOf(await reader.open('/inbox'));
    assert.match(page, /вернули на доработку/);
    assert.match(page, /Причина: Нет приказа/);
    assert.match(page, /То же приходит письмом на specialist@lukomorye\.example/);
    const answer = await reader.fill('/inbox', '/inbox/read', {});
    assert.equal(answer.status, 303);
    assert.equal(answer.headers.location, '/inbox');
    assert.equal(wordsOf(await reader.open('/')).includes('непрочитанных'), false);
});

test('one is read at a time, too, and pages follow one another', async () => {
    await giveBack(tenants[0], 'Раз');
    await giveBack(tenants[0], 'Два');
    const first = (await specialist.get('/inbox?limit=1')).json;
    assert.deepEqual([first.items.length, first.items[0].reason, first.unread], [1, 'Два', 2]);
    assert.equal((await specialist.post('/inbox/read', { notice: first.items[0].id })).json.unread, 1);
    assert.equal((await specialist.get(`/inbox?limit=1&cursor=${first.next}`)).json.items[0].reason, 'Раз');
});

test('whoever loses an organisation is told of it no more', async () => {
    one(`update membership set ended_at = veha.now() where tenant = ${tenants[0]} and person = (select id from person where login = 'specialist')`);
    const { json } = await specialist.get('/inbox');
    assert.deepEqual([...new Set(json.items.map(({ tenant }) => tenant.id))], [tenants[1]]);
    assert.equal(json.unread, 0);
});

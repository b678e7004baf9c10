/* The notice about personal data: acknowledged once before anything else, by people and by programs. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { assertProblem, wordsOf } from './ask.mjs';
import { startVeha, stopCluster } from './harness.mjs';

let veha, tenant;
const hidden = (text, name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1];
const add = (login, ...more) => /^Password: (.+)$/m.exec(veha.command('user', 'add', '--login', login, '--name', 'Новая Сотрудница', '--role', 'specialist', '--tenant-ogrn', '1229800102223', ...more))[1];

async function signIn(login, password) {
    const client = veha.client();
    const { status, json } = await client.post('/session', { login, password });
    assert.equal(status, 201);
    client.bearer = json.access_token;
    return client;
}

before(async () => {
    veha = await startVeha();
    tenant = Number(veha.sql("select id from veha.tenant where ogrn = '1229800102223'"));
});
after(async () => {
    await veha?.stop();
    await stopCluster();
});

test('a program is told what is missing, and may do nothing before', async () => {
    const client = await signIn('program', add('program', '--email', 'new@school.example'));
    for (const answer of [await client.get('/'), await client.get(`/tenants/${tenant}`), await client.post(`/tenants/${tenant}/steps/appoint/claim`, { note: 'готово' })]) assertProblem(answer, 403, 'privacy_unread');
    assert.equal(veha.sql(`select count(*) from veha.claim where tenant = ${tenant}`), '0');
    const notice = (await client.get('/privacy')).json;
    assert.deepEqual(notice.person, { login: 'program', name: 'Новая Сотрудница', email: 'new@school.example' });
    assert.deepEqual([notice.acknowledged_at, notice.memberships.length], [null, 1]);
    assertProblem(await client.post('/privacy', { notice: notice.version + 1 }), 409, 'privacy_changed');
    const accepted = await client.post('/privacy', { notice: notice.version });
    assert.equal(accepted.status, 200, accepted.text);
    assert.ok(accepted.json.acknowledged_at);
    assert.equal((await client.get('/')).status, 200);
    assert.equal((await client.post('/privacy', { notice: notice.version })).status, 200, 'once more changes nothing');
    assert.equal(veha.sql("select count(*) from veha.event where kind = 'privacy_acknowledged'"), '1');
});

test('a person sees the page before every other, signs out from it, and is asked once', async () => {
    const password = add('person');
    const browser = veha.client();
    const csrf = hidden((await browser.page('/session')).text, 'csrf');
    assert.equal((await browser.submit('/session', { login: 'person', password, csrf, next: '/inbox' })).headers.location, '/inbox');
    for (const target of ['/', '/inbox', `/tenants/${tenant}`]) {
        const answer = await browser.page(target);
        assert.deepEqual([answer.status, answer.headers.location], [303, `/privacy?next=${encodeURIComponent(target)}`], target);
    }
    assert.equal(hidden((await browser.page('/privacy?next=https%3A%2F%2Fevil.example')).text, 'next'), '/', 'it leads to no other site');
    const page = await browser.page('/privacy?next=%2Finbox');
    assert.equal(page.status, 200);
    assert.match(wordsOf(page.text), /152\u2011ФЗ[^]*Что хранится[^]*Новая Сотрудница[^]*Прочитано/);
    const accepted = await browser.submit('/privacy', { csrf: hidden(page.text, 'csrf'), idempotency_key: hidden(page.text, 'idempotency_key'), notice: hidden(page.text, 'notice'), next: hidden(page.text, 'next') }, { headers: { origin: veha.url } });
    assert.deepEqual([accepted.status, accepted.headers.location], [303, '/inbox']);
    assert.equal((await browser.page('/inbox')).status, 200);
    assert.match(wordsOf((await browser.page('/privacy')).text), /Вы прочитали это/);
});

test('whoever has not read it can sign out', async () => {
    const client = await signIn('leaver', add('leaver'));
    assert.equal((await client.post('/session/end', {})).status, 204);
    assertProblem(await client.get('/privacy'), 401, 'session_ended');
});

test('who signed it on paper is not asked, nor are the sample people', async () => {
    const client = await signIn('paper', add('paper', '--informed'));
    assert.equal((await client.get('/')).status, 200);
    assert.ok((await client.get('/privacy')).json.acknowledged_at);
});

/* Problems (RFC 9457): in the reader's language, and the same for what is not there and what cannot be. What is sent wrongly is in bad_input.test.mjs. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startVeha, stopCluster } from './harness.mjs';

let veha;
let admin;
let operations;

before(async () => {
    veha = await startVeha({ template: 'migrated' });
    veha.command('migrate');
    const password = /^Password: (.+)$/m.exec(veha.command('user', 'add', '--informed', '--login', 'anna', '--name', 'Anna', '--role', 'region_admin'))[1];
    admin = await veha.signIn('anna', password);
    const { json } = await veha.client().get('/openapi.json');
    operations = Object.entries(json.paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })));
});
after(async () => {
    await veha?.stop();
    await stopCluster();
});

const fill = (path, value) => path.replace('{key}', 'create').replace('{token}', 'A'.repeat(43)).replace('{branch}', 'open').replace(/\{\w+\}/g, value);

test('a foreign id and one that does not exist look the same', async () => {
    for (const { operationId, path } of operations.filter(({ path, method }) => path.includes('{') && method === 'GET')) {
        const answers = [];
        for (const id of ['424242', 'nothing', '-1', '0', '%27']) {
            const { status, headers, text } = await admin.get(fill(path, id));
            answers.push({ status, type: headers['content-type'], text: text.replaceAll(headers['x-request-id'], 'ID') });
        }
        assert.equal(answers[0].status, 404, operationId);
        for (const answer of answers) assert.deepEqual(answer, answers[0], operationId);
    }
});

test('problems speak the language that was asked for', async () => {
    const client = veha.client();
    const english = await client.get('/nowhere', { headers: { 'accept-language': 'en-GB, en;q=0.9, ru;q=0.1' } });
    assert.equal(english.headers['content-language'], 'en');
    assert.doesNotMatch(english.json.title, /[а-яё]/i);
    const russian = await client.get('/nowhere', { headers: { 'accept-language': 'de' } });
    assert.equal(russian.headers['content-language'], 'ru');
    assert.match(russian.json.title, /[а-яё]/i);
    const page = await client.page('/nowhere');
    assert.equal(page.status, 404);
    assert.ok(page.text.includes(russian.json.title));
});

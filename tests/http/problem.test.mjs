/* Bad input at every resource of the API's own description: each gets a clear problem (RFC 9457) in the reader's language, and none an error of ours. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startVeha, stopCluster } from './harness.mjs';
import { issue, openService } from './service.mjs';

let veha;
let admin;
let program;
let operations;

before(async () => {
    veha = await startVeha({ template: 'migrated' });
    veha.command('migrate');
    const password = /^Password: (.+)$/m.exec(veha.command('user', 'add', '--informed', '--login', 'anna', '--name', 'Anna', '--role', 'region_admin'))[1];
    admin = await veha.signIn('anna', password);
    program = await openService(veha, issue(veha, 'tester', ['job.take', 'job.record']));
    const { json } = await veha.client().get('/openapi.json');
    operations = Object.entries(json.paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })));
    operations = operations.filter(({ operationId }) => operationId !== 'session_end');
});
after(async () => {
    await veha?.stop();
    await stopCluster();
});

const fill = (path, value) => path.replace('{key}', 'create').replace('{token}', 'A'.repeat(43)).replace('{branch}', 'open').replace(/\{\w+\}/g, value);
const changes = () => operations.filter(({ method }) => method !== 'GET');
/* Whoever may: looks are taken by programs alone. */
const ask = (method, path, ...rest) => (path.startsWith('/jobs') ? program : admin).request(method, path, ...rest);

function isProblem({ status, headers, json, text }, what) {
    assert.ok(status >= 400 && status < 500, `${what}: ${status} ${text}`);
    assert.equal(headers['content-type'], 'application/problem+json', what);
    assert.equal(json.status, status, what);
    assert.match(json.type, /^\/problems\/[a-z-]+$/, what);
    assert.match(json.title, /[а-яё]/i, `${what}: ${text}`);
    assert.match(json.detail, /[а-яё]/i, `${what}: ${text}`);
    assert.match(json.code, /^[a-z0-9_]+$/, what);
    assert.equal(json.request_id, headers['x-request-id'], what);
    for (const error of json.errors ?? []) assert.match(error.detail, /[а-яё]/i, `${what}: ${error.field} ${error.code}`);
}

test('no body that is no JSON object gets anywhere', async () => {
    const bodies = ['{', '[]', 'null', '"text"', '{"a": 1, "a": 2}', '{"a": "\\u0000"}', '{"a": "\\ud800"}', '{"a": 1e400}', '{"a": 9223372036854775808}',
        '['.repeat(100000), `{"a": ${'{"a": '.repeat(64)}1${'}'.repeat(64)}}`, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])];
    for (const { operationId, method, path } of changes()) {
        for (const body of bodies) isProblem(await ask(method, fill(path, '1'), body), `${operationId} with ${String(body).slice(0, 30)}`);
    }
});

test('unknown members, wrong types and nothing at all are told field by field', async () => {
    const values = [null, true, -1, 0, 1.5, '', ' ', 'x'.repeat(100000), '\u202Eевил', '٣', [], [[]], {}, '=1+1', '9223372036854775808', '<b>', "' or 1=1 --"];
    for (const { operationId, method, path, requestBody } of changes()) {
        const schema = requestBody?.content['application/json'].schema;
        const unknown = await ask(method, fill(path, '1'), { surprise: 1 });
        isProblem(unknown, operationId);
        assert.ok(unknown.json.errors.some(({ field, code }) => field === 'surprise' && code === 'unknown_field'), operationId);
        for (const field of schema?.required ?? []) assert.ok(unknown.json.errors.some((error) => error.field === field), `${operationId}: ${field} is required`);
        for (const field of Object.keys(schema?.properties ?? {})) {
            for (const value of values) {
                const answer = await ask(method, fill(path, '9223372036854775807'), { surprise: 1, [field]: value });
                isProblem(answer, `${operationId}: ${field} = ${JSON.stringify(value)?.slice(0, 40)}`);
            }
        }
    }
});

test('another media type is refused', async () => {
    for (const { operationId, method, path, requestBody } of changes().filter((one) => one.requestBody)) {
        assert.ok(requestBody);
        for (const type of ['text/plain', 'application/xml', 'multipart/form-data; boundary=x', '']) {
            const answer = await ask(method, fill(path, '1'), '{}', { headers: { 'content-type': type } });
            isProblem(answer, `${operationId} as ${type}`);
            assert.equal(answer.status, 415, operationId);
        }
    }
});

test('wrong queries are told field by field', async () => {
    for (const { operationId, path, parameters = [] } of operations.filter(({ method, security }) => method === 'GET' && security.length > 0)) {
        const answer = await admin.get(`${fill(path, '1')}?surprise=1`);
        assert.ok([404, 422].includes(answer.status), `${operationId}: ${answer.status}`);
        isProblem(answer, operationId);
        for (const { name } of parameters.filter((one) => one.in === 'query')) {
            for (const query of [`${name}=%00`, `${name}=%ff`, `${name}=1&${name}=2`, `${name}=${'9'.repeat(3000)}`]) {
                isProblem(await admin.get(`${fill(path, '1')}?${query}`), `${operationId}?${query.slice(0, 40)}`);
            }
        }
        isProblem(await admin.get(`${fill(path, '1')}?a=%`), operationId);
    }
});

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

/* The API's description is a valid OpenAPI 3.1 document under a linter, and names every operation once. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { root } from '../support/build.mjs';
import { startVeha, stopCluster } from './harness.mjs';

const { createConfig, lintFromString } = createRequire(path.join(root, 'build/linter/'))('@redocly/openapi-core');

/* Rules that ask for what is not so here: a public licence, a server that is not localhost, and more words for tags that are plain nouns. */
const unwanted = { 'info-license': 'off', 'info-license-url': 'off', 'no-server-example.com': 'off', 'tag-description': 'off' };

let veha;
let description;
before(async () => {
    veha = await startVeha({ template: 'migrated' });
    description = await veha.client().get('/openapi.json');
});
after(async () => {
    await veha?.stop();
    await stopCluster();
});

test('the description is served to anyone', () => {
    assert.equal(description.status, 200);
    assert.match(description.json.openapi, /^3\.1\./);
});

test('a linter finds no fault in it', async () => {
    const config = await createConfig({ extends: ['recommended'], rules: unwanted });
    const problems = await lintFromString({ source: description.text, absoluteRef: 'openapi.json', config });
    const told = problems.map(({ ruleId, message, location }) => `${ruleId} at ${location[0]?.pointer}: ${message}`);
    assert.deepEqual(told, []);
});

test('every operation has a name of its own', () => {
    const names = Object.values(description.json.paths).flatMap((methods) => Object.values(methods).map((one) => one.operationId).filter(Boolean));
    assert.ok(names.length > 5);
    assert.equal(new Set(names).size, names.length);
});

test('every POST takes an Idempotency-Key, but for those that open, renew, end or mend the way in', () => {
    const posts = Object.entries(description.json.paths).filter(([, { post }]) => post);
    const keyless = posts.filter(([, { post }]) => !(post.parameters ?? []).some(({ $ref }) => $ref === '#/components/parameters/IdempotencyKey'));
    assert.ok(posts.length > keyless.length);
    assert.deepEqual(keyless.filter(([path]) => !/^\/session(\/|$)/.test(path)).map(([path]) => path), []);
});

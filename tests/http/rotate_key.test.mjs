/* Signing keys change on running nodes: published first, signing later, gone when their last token is; and weak ones stop the start. */
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { spawnSync } from 'node:child_process';

import { program } from '../support/build.mjs';
import { eventually, startBeside, startVeha, stopCluster } from './harness.mjs';

const start = Date.parse('2026-03-01T09:00:00Z');
const lead = 3600;
let veha;
let nodes;

before(async () => {
    veha = await startVeha({ clock: at(0) });
    nodes = [veha, await startBeside(veha)];
});

after(async () => {
    await nodes?.[1].stop();
    await veha?.stop();
    await stopCluster();
});

function at(seconds) {
    return new Date(start + seconds * 1000).toISOString().replace('.000', '');
}

const folder = () => path.join(veha.folder, 'keys');
const files = () => fs.readdirSync(folder()).filter((name) => name.endsWith('.pem')).map((name) => name.slice(0, -4)).sort();
const published = async (node) => JSON.parse((await node.client().get('/.well-known/jwks.json')).text).keys.map(({ kid }) => kid);
const kidOf = (token) => JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).kid;
const signer = async (node) => kidOf((await node.signIn('specialist')).bearer);

async function agreed(probe, expected, what) {
    for (const node of nodes) await eventually(async () => JSON.stringify(await probe(node)) === JSON.stringify(expected), what);
}

test('the next key is published, then signs, and the last one goes when its tokens are over, on every node and without a restart', async () => {
    const [first] = files();
    assert.equal(first, '20260301T090000Z');
    await agreed(published, [first], 'the first key');
    veha.setClock(at(60));
    const told = veha.command('token', 'rotate-key');
    assert.match(told, /is published from now on and signs access tokens from 2026-03-01T10:01:00Z: until then copy it to every host/);
    const second = '20260301T090100Z';
    assert.deepEqual(files(), [first, second]);
    await agreed(published, [first, second], 'both keys');
    await agreed(signer, first, 'the first key to sign');

    veha.setClock(at(60 + lead - 1));
    const old = await veha.signIn('specialist');
    assert.equal(kidOf(old.bearer), first);
    veha.setClock(at(60 + lead));
    await agreed(signer, second, 'the second key to sign');
    /* Forms opened and sessions begun under the first key go on. */
    for (const node of nodes) {
        const client = node.client();
        client.bearer = old.bearer;
        assert.equal((await client.get('/session')).status, 200);
    }
    assert.equal(kidOf((await veha.client().post('/session/refresh', { refresh_token: old.session.refresh_token })).json.access_token), second);

    veha.setClock(at(60 + lead + 659));
    assert.equal((await old.get('/session')).json.code, 'token_expired');
    await agreed(published, [first, second], 'the first key to be published as long as its tokens live');
    veha.setClock(at(60 + lead + 660));
    await agreed(published, [second], 'the first key to be gone');
    assert.deepEqual(files(), [first, second], 'its file stays until the next rotation');
    assert.match(veha.command('token', 'rotate-key'), new RegExp(`${first}.pem had its time and is removed`));
    assert.equal(files().length, 2);
    assert.equal(files()[0], second);
    assert.equal(fs.readdirSync(folder()).length, 3, 'nothing but keys is left');
});

test('a form opened before a rotation is good after it', async () => {
    const client = veha.client();
    const page = await client.page('/session');
    const csrf = /name="csrf" value="([^"]*)"/.exec(page.text)[1];
    veha.setClock(at(4 * lead));
    veha.command('token', 'rotate-key');
    await agreed(async (node) => (await published(node)).length, 2, 'another key');
    const answer = await client.submit('/session', { login: 'nobody', password: 'Xk29-fjw-Qpz1', csrf });
    assert.equal(answer.status, 401, 'not 403');
});

test('a key taken away by hand is refused at once, though its tokens were known already', async () => {
    veha.setClock(at(10 * lead));
    await agreed(async (node) => (await published(node)).length, 1, 'one key');
    const [stolen] = await published(veha);
    const client = await veha.signIn('specialist');
    const there = nodes[1].client();
    there.bearer = client.bearer;
    assert.equal((await client.get('/session')).status, 200);
    assert.equal((await there.get('/session')).status, 200);
    veha.setClock(at(10 * lead + 1));
    veha.command('token', 'rotate-key');
    fs.rmSync(path.join(folder(), `${stolen}.pem`));
    for (const one of [client, there]) await eventually(async () => (await one.get('/session')).json.code === 'token_key', 'the token to be refused');
    const [next] = files();
    await agreed(signer, next, 'the only key there is to sign at once');
});

test('a broken key in the folder is told in the log, and the keys there were go on', async () => {
    const [good] = await published(veha);
    const broken = path.join(folder(), '20990101T000000Z.pem');
    fs.writeFileSync(broken, 'no key', { mode: 0o600 });
    for (const node of nodes) await eventually(() => /keys_not_loaded code=key_unreadable/.test(node.log()), 'the log to tell');
    await agreed(published, [good], 'the keys there were');
    fs.rmSync(broken);
});

test('weak and exposed keys stop the start', () => {
    const file = path.join(folder(), '20990101T000000Z.pem');
    const pem = (type, options) => crypto.generateKeyPairSync(type, options).privateKey.export({ type: 'pkcs8', format: 'pem' });
    const good = pem('ec', { namedCurve: 'P-256' });
    const bad = [
        [pem('rsa', { modulusLength: 1024 }), 0o600, 'key_weak'], [pem('rsa', { modulusLength: 3072 }), 0o600, 'key_weak'], [pem('ec', { namedCurve: 'secp224r1' }), 0o600, 'key_weak'],
        [pem('ed25519'), 0o600, 'key_weak'], [good, 0o640, 'key_exposed'], [good, 0o604, 'key_exposed'], ['', 0o600, 'key_unreadable'],
    ];
    for (const [text, mode, code] of bad) {
        fs.writeFileSync(file, text);
        fs.chmodSync(file, mode);
        const ended = spawnSync(program, ['serve', '--config', veha.configFile], { env: veha.env, encoding: 'utf8', timeout: 20000 });
        assert.equal(ended.status, 1, ended.stderr);
        assert.match(ended.stderr, new RegExp(`^veha: the signing keys: ${code} `), code);
        fs.rmSync(file);
    }
});

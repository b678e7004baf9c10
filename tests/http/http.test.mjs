/* How the server speaks HTTP: protocols, headers, methods, representations, conditional requests, keys, files, reloading, draining. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import zlib from 'node:zlib';

import { root } from '../support/build.mjs';
import { signInByForm } from './ask.mjs';
import { eventually, startVeha, stopCluster } from './harness.mjs';

let veha;
let admin;
let region;

before(async () => {
    veha = await startVeha({ template: 'migrated' });
    veha.command('migrate');
    const password = /^Password: (.+)$/m.exec(veha.command('user', 'add', '--informed', '--login', 'anna', '--name', 'Anna', '--role', 'region_admin'))[1];
    admin = await veha.signIn('anna', password);
    region = veha.sql("select id from veha.tenant where kind = 'region'");
});
after(async () => {
    await veha?.stop();
    await stopCluster();
});

const hidden = (text, name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1];
let made = 0;
const newTenant = (more = {}) => ({ parent: Number(region), kind: 'agency', name: `Ведомство ${++made}`, ...more });

function connectTls(options) {
    return new Promise((resolve, reject) => {
        const socket = tls.connect({ host: '127.0.0.1', port: veha.port, servername: 'localhost', ca: veha.authority, ...options }, () => resolve(socket));
        socket.on('error', reject);
    });
}

test('TLS 1.3 with HTTP/2 or HTTP/1.1, and nothing older', async () => {
    const socket = await connectTls({ ALPNProtocols: ['h2', 'http/1.1'] });
    assert.equal(socket.getProtocol(), 'TLSv1.3');
    assert.equal(socket.alpnProtocol, 'h2');
    socket.destroy();
    await assert.rejects(connectTls({ maxVersion: 'TLSv1.2' }));
});

function getByHttp1(target, headers = {}) {
    return new Promise((resolve, reject) => {
        const options = { host: '127.0.0.1', port: veha.port, servername: 'localhost', path: target, headers, ca: veha.authority, agent: false };
        https.get(options, (answer) => {
            let text = '';
            answer.on('data', (part) => (text += part)).on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
        }).on('error', reject);
    });
}

test('HTTP/1.1 gets the same answers', async () => {
    const answer = await getByHttp1('/healthz', { accept: 'application/json' });
    assert.equal(answer.status, 200);
    assert.deepEqual(JSON.parse(answer.text), { status: 'alive' });
    assert.equal((await getByHttp1('/nowhere')).status, 404);
});

test('every answer carries the headers that keep browsers safe', async () => {
    const client = veha.client();
    const answers = [await client.get('/healthz'), await client.page('/session'), await client.page('/tenants'), await client.get('/nowhere'),
        await client.get('/tenants/'), await admin.get('/tenants'), await client.get('/assets/nothing.css')];
    for (const { headers } of answers) {
        assert.match(headers['content-security-policy'], /default-src 'none'.*frame-ancestors 'none'/);
        assert.doesNotMatch(headers['content-security-policy'], /unsafe/);
        assert.match(headers['strict-transport-security'], /max-age=\d{8}/);
        assert.equal(headers['x-content-type-options'], 'nosniff');
        assert.equal(headers['referrer-policy'], 'same-origin');
        assert.equal(headers['cache-control'], 'no-store');
        assert.match(headers.vary, /Accept.*HX-Request/);
        assert.match(headers['x-request-id'], /^[\w-]{16}$/);
    }
    assert.equal(new Set(answers.map(({ headers }) => headers['x-request-id'])).size, answers.length);
});

test('pages hold no inline script or style, which the policy would refuse', async () => {
    for (const page of [await admin.page('/'), await admin.page(`/tenants/${region}`), await veha.client().page('/session')]) {
        assert.equal(page.status, 200);
        assert.doesNotMatch(page.text.replace(/<style>[^<]*<\/style>/, ''), /<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|hx-on|javascript:/);
    }
});

test('HEAD is GET without its body', async () => {
    const [get, head] = [await admin.get('/tenants'), await admin.request('HEAD', '/tenants')];
    assert.equal(head.status, 200);
    assert.equal(head.text, '');
    for (const name of ['content-type', 'content-length', 'etag']) assert.equal(head.headers[name], get.headers[name]);
});

test('paths: not found, malformed, with a slash too many', async () => {
    for (const target of ['/nowhere', '/tenants//1', '/tenants/..', '/tenants/%2e%2e', '/Tenants', '/tenants/x', '/tenants/0', '/tenants/9223372036854775807']) {
        assert.equal((await admin.get(target)).status, 404, target);
    }
    for (const target of ['/tenants/%', '/tenants/%zz', '/tenants/%00', '/tenants/%ff']) assert.equal((await admin.get(target)).status, 400, target);
    const slash = await admin.get('/tenants/?search=%D1%8F');
    assert.equal(slash.status, 308);
    assert.equal(slash.headers.location, '/tenants?search=%D1%8F');
});

test('a wrong method is told the right ones', async () => {
    const answer = await admin.delete('/tenants');
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.allow, 'GET, HEAD, POST');
    assert.equal((await admin.request('OPTIONS', '*')).status, 400);
    assert.equal((await admin.post('/tenants/1', {})).headers.allow, 'GET, HEAD');
});

test('the client chooses among JSON, page and table', async () => {
    const as = (accept) => admin.get('/tenants', { headers: { accept } });
    assert.match((await as('*/*')).headers['content-type'], /^application\/json/);
    assert.match((await as('text/html,application/xhtml+xml,*/*;q=0.8')).headers['content-type'], /^text\/html; charset=utf-8/);
    assert.match((await as('application/json;q=0.5, text/html;q=0.4')).headers['content-type'], /^application\/json/);
    const none = await as('image/png');
    assert.equal(none.status, 406);
    assert.match(none.headers['content-type'], /^application\/problem\+json/);
});

test('a table is CSV that a spreadsheet opens and cannot be tricked by', async () => {
    assert.equal((await admin.post('/tenants', newTenant({ name: '=cmd|"calc"!A1' }))).status, 201);
    const table = await admin.get('/tenants', { headers: { accept: 'text/csv' } });
    assert.equal(table.status, 200);
    assert.match(table.headers['content-type'], /^text\/csv; charset=utf-8/);
    assert.match(table.headers['content-disposition'], /^attachment; filename="tenant_list\.csv"$/);
    assert.ok(table.text.startsWith('\uFEFF"'));
    assert.ok(table.text.includes(`;"'=cmd|""calc""!A1"`), table.text);
    assert.equal(table.text.split('\r\n').length, (await admin.get('/tenants')).json.items.length + 2);
});

test('an unchanged document is not sent again', async () => {
    const first = await admin.get(`/tenants/${region}`);
    const tag = first.headers.etag;
    assert.match(tag, /^"\d*\.[0-9a-f]{16}-j"$/);
    for (const header of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
        const again = await admin.get(`/tenants/${region}`, { headers: { 'if-none-match': header } });
        assert.equal(again.status, 304, header);
        assert.equal(again.text, '');
        assert.equal(again.headers.etag, tag);
    }
    assert.equal((await admin.get(`/tenants/${region}`, { headers: { 'if-none-match': '"other"' } })).status, 200);
    assert.equal((await admin.page(`/tenants/${region}`)).headers.etag, undefined);
});

test('who is nobody: a page leads to the sign-in form, a program is told to bring a token', async () => {
    const nobody = veha.client();
    const page = await nobody.page('/tenants?search=a%20b');
    assert.equal(page.status, 303);
    assert.equal(page.headers.location, `/session?next=${encodeURIComponent('/tenants?search=a%20b')}`);
    const program = await nobody.get('/tenants');
    assert.equal(program.status, 401);
    assert.match(program.headers['www-authenticate'], /^Bearer/);
    assert.equal((await nobody.post('/tenants', { not: 'read' })).status, 401);
});

test('a program that makes something is told where it is; a form is led there', async () => {
    const answer = await admin.post('/tenants', newTenant());
    assert.equal(answer.status, 201, answer.text);
    assert.equal(answer.headers.location, `/tenants/${answer.json.id}`);
    const form = await admin.submit('/tenants', newTenant());
    assert.equal(form.status, 303, form.text);
    assert.match(form.headers.location, /^\/tenants\/\d+$/);
});

test('one idempotency key, one effect', async () => {
    const headers = { 'idempotency-key': 'one-effect' };
    const body = newTenant();
    const first = await admin.post('/tenants', body, { headers });
    const again = await admin.post('/tenants', { ...body }, { headers });
    assert.equal(again.status, 201);
    assert.deepEqual(again.json, first.json);
    assert.equal(again.headers['idempotency-replayed'], 'true');
    const other = await admin.post('/tenants', newTenant(), { headers });
    assert.equal(other.status, 409);
    assert.equal(veha.sql(`select count(*) from veha.tenant where name = '${body.name}'`), '1');
});

test('a change based on an old version is refused', async () => {
    const { json } = await admin.post('/tenants', newTenant());
    const old = (await admin.get(`/tenants/${json.id}`)).headers.etag;
    const rename = (name, headers) => admin.post(`/tenants/${json.id}/rename`, { name, reason: 'проба' }, { headers });
    assert.equal((await rename('Второе имя', { 'if-match': old })).status, 200);
    const stale = await rename('Третье имя', { 'if-match': old });
    assert.equal(stale.status, 412, stale.text);
    assert.equal((await rename('Третье имя', { 'if-match': '"nonsense"' })).status, 412);
    assert.equal((await rename('Третье имя', { 'if-match': '*' })).status, 200);
});

/* A browser of somebody signed in by the form. */
async function browser() {
    const password = /^Password: (.+)$/m.exec(veha.command('user', 'add', '--informed', '--login', `bella${++made}`, '--name', 'Bella', '--role', 'region_admin'))[1];
    const client = veha.client();
    await signInByForm(veha, client, `bella${made}`, password);
    return client;
}

test('a failed form comes back with what was typed, and says all that is wrong', async () => {
    const client = await browser();
    const { json } = await admin.post('/tenants', newTenant());
    const target = `/tenants/${json.id}/edit`;
    const page = await client.page(target);
    assert.equal(page.status, 200, page.text);
    const fields = { csrf: hidden(page.text, 'csrf'), idempotency_key: hidden(page.text, 'idempotency_key'), name: 'Имя <набрано>', short_name: 'я'.repeat(501), reason: '' };
    const again = await client.submit(`/tenants/${json.id}/rename`, fields, { headers: { referer: `${veha.url}${target}` } });
    assert.equal(again.status, 422, again.text);
    assert.match(again.headers['content-type'], /^text\/html/);
    assert.ok(again.text.includes('value="Имя &lt;набрано&gt;"'), again.text);
    assert.match(again.text, /id="short_name-error">[^<]+</);
    assert.match(again.text, /id="rename-reason-error">[^<]+</);
    assert.notEqual(hidden(again.text, 'idempotency_key'), fields.idempotency_key);
    const elsewhere = await client.submit(`/tenants/${json.id}/rename`, fields, { headers: { referer: 'https://elsewhere.example/tenants' } });
    assert.equal(elsewhere.status, 422);
    assert.match(elsewhere.text, /<html lang="ru"/);
});

test('a form without its token changes nothing', async () => {
    const client = await browser();
    const refused = await client.submit('/tenants', newTenant({ name: 'Чужая форма' }));
    assert.equal(refused.status, 403);
    assert.equal(veha.sql("select count(*) from veha.tenant where name = 'Чужая форма'"), '0');
});

test('files of the browser are kept for ever and come compressed', async () => {
    const manifest = JSON.parse(fs.readFileSync(assetsManifest(), 'utf8'));
    const { file, type } = manifest['site.css'];
    const target = `/assets/${file}`;
    const plain = await getByHttp1(target);
    assert.equal(plain.status, 200);
    assert.equal(plain.headers['content-type'], type);
    assert.match(plain.headers['cache-control'], /immutable/);
    assert.equal(plain.headers.vary, 'Accept-Encoding');
    const codings = { br: zlib.brotliDecompressSync, gzip: zlib.gunzipSync };
    for (const [coding, decode] of Object.entries(codings)) {
        const answer = await veha.client().get(target, { headers: { 'accept-encoding': `deflate, ${coding}` } });
        assert.equal(answer.headers['content-encoding'], coding);
        assert.equal(decode(answer.bytes).toString(), plain.text);
    }
    assert.equal((await veha.client().get(target, { headers: { 'accept-encoding': 'br;q=0' } })).headers['content-encoding'], undefined);
    assert.equal((await veha.client().get('/assets/../veha.conf')).status, 404);
    assert.equal((await veha.client().post(target, {})).status, 405);
});

const assetsManifest = () => /^assets = (.*)$/m.exec(fs.readFileSync(veha.configFile, 'utf8'))[1] + '/manifest.json';

test('the log tells each request by its id, and no secret', async () => {
    const client = veha.client();
    const answer = await client.post('/session', { login: 'anna', password: 'not-her-password' });
    assert.equal(answer.status, 401);
    const id = answer.headers['x-request-id'];
    const line = await eventually(() => veha.log().split('\n').find((one) => one.includes(` request id=${id} `)), 'the line of the request');
    assert.match(line, /method=POST path=\/session resource=session_open status=401 bytes=\d+ ms=\d+ person=-/);
    assert.doesNotMatch(veha.log(), /not-her-password/);
    assert.ok(!veha.log().includes(admin.bearer));
});

const fingerprint = async () => {
    const socket = await connectTls({ ALPNProtocols: ['h2'] });
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
};

test('SIGHUP brings a new certificate, and drops nobody', async () => {
    const before = await fingerprint();
    assert.equal((await admin.get('/healthz')).status, 200);
    fs.rmSync(path.join(veha.folder, 'localhost.hosts'));
    execFileSync(path.join(root, 'deploy/certificate'), [veha.folder, 'localhost', 'localhost', '127.0.0.1', '::1']);
    veha.processes[0].child.kill('SIGHUP');
    await eventually(async () => (await fingerprint()) !== before, 'the new certificate');
    assert.equal((await admin.get('/tenants')).status, 200);
    assert.match(veha.log(), /reloaded certificate=new pages=new domain=new/);
});

test('SIGTERM lets what is under way come to its end', async () => {
    const other = await startVeha({ template: 'migrated' });
    const client = other.client();
    await client.get('/healthz');
    const waiting = Array.from({ length: 5 }, (unused, number) => client.post('/session', { login: `nobody${number}`, password: 'a-long-password' }));
    await eventually(() => other.sql("select count(*) from pg_stat_activity where application_name = 'veha serve' and query ilike '%attempt%'") !== '0', 'the first attempt');
    const { child } = other.processes[0];
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const statuses = (await Promise.all(waiting)).map(({ status }) => status);
    assert.deepEqual(statuses, [401, 401, 401, 401, 401]);
    assert.equal(await ended, 0);
    await other.stop();
});

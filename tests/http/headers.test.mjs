/*
 * What every answer tells browsers and caches: each resource of the table, asked by nobody, by a program and by a browser, rightly and wrongly. A new resource is asked by itself, for the
 * list comes from the API's own description.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { openBrowser } from './ask.mjs';
import { people, startVeha, stopCluster } from './harness.mjs';

/* What belongs to nobody, so that a cache may keep it. */
const common = ['key_list', 'openapi_show'];
/* What tells of its own reading; the clock stands still. */
const moving = ['audit_list', 'tenant_history'];
/* What everybody may read, and pages elsewhere may use. */
const isPublic = (name) => name.startsWith('public_');
const vary = 'Accept, Accept-Encoding, Accept-Language, Cookie, Authorization, HX-Request, HX-Request-Type, Sec-Fetch-Site';

let veha;
let operations;
let program;
let browser;
let values;

before(async () => {
    veha = await startVeha({ clock: '2030-06-19T09:00:00Z' });
    const { paths } = (await veha.client().get('/openapi.json')).json;
    operations = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods)
        .filter(([, { operationId }]) => operationId)
        .map(([method, told]) => ({ path, method: method.toUpperCase(), name: told.operationId, page: Boolean(told.responses[200]?.content?.['text/html']), table: Boolean(told.responses[200]?.content?.['text/csv']) })));
    program = await veha.signIn('admin');
    browser = await openBrowser(veha, 'admin');
    const tenant = (await program.get('/tenants?limit=100')).json.items.find(({ accounts, kind }) => kind === 'organisation' && accounts.length > 0);
    const { steps, accounts } = (await program.get(`/tenants/${tenant.id}`)).json;
    values = { id: tenant.id, key: steps[0].key, account: accounts[0].id, branch: 'open' };
});

after(async () => {
    await veha?.stop();
    await stopCluster();
});

const fill = (path) => path.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? 987654321);
const isSession = ({ path }) => path.startsWith('/session');

function assertSafe({ headers, status }, name) {
    const policy = Object.fromEntries(headers['content-security-policy'].split(';').map((part) => part.trim().split(/ (.*)/)));
    assert.equal(policy['default-src'], "'none'", name);
    if (isPublic(name) && [200, 304].includes(status)) {
        assertPublic(headers, name);
        return;
    }
    assert.equal(policy['frame-ancestors'], "'none'", name);
    assert.equal(policy['base-uri'], "'none'", name);
    assert.equal(policy['form-action'], "'self'", name);
    assert.equal(policy['script-src'], "'self'", `${name}: nothing inline`);
    assert.match(policy['style-src'], /^'self' 'sha256-[\w+/]{43}='$/, `${name}: one sheet inline`);
    assert.doesNotMatch(headers['content-security-policy'], /unsafe|\*|https?:/, name);
    assert.ok(Number(/^max-age=(\d+)/.exec(headers['strict-transport-security'])[1]) >= 31536000, name);
    assert.equal(headers['x-content-type-options'], 'nosniff', name);
    assert.equal(headers['referrer-policy'], 'same-origin', name);
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin', name);
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin', name);
    assert.equal(headers['access-control-allow-origin'], undefined, name);
    assert.equal(headers.vary, vary, `${name} (${status})`);
    assert.match(headers['x-request-id'], /^[\w-]{16}$/, name);
    for (const cookie of headers['set-cookie'] ?? []) assertCookie(cookie, name);
}

/* The page is as any other; data and pictures are for all. */
function assertPublic(headers, name) {
    const page = /^text\/html/.test(headers['content-type'] ?? '') || headers['content-security-policy'].includes('script-src') && !headers['access-control-allow-origin'];
    assert.equal(headers['x-content-type-options'], 'nosniff', name);
    assert.equal(headers['cross-origin-resource-policy'], page ? 'same-origin' : 'cross-origin', name);
    assert.equal(headers['access-control-allow-origin'], page ? undefined : '*', name);
    assert.equal(headers['access-control-allow-credentials'], undefined, name);
    if (name === 'public_badge') assert.equal(headers['content-security-policy'], "default-src 'none'; sandbox");
    if (headers['cache-control'] === 'public, max-age=60') assert.equal(headers['set-cookie'], undefined, name);
    if (headers['cache-control'] === 'public, max-age=60' && !page) assert.equal(headers.vary, 'Accept', name);
    else assert.equal(headers.vary, vary, name);
}

function assertCookie(cookie, name) {
    const [pair, ...attributes] = cookie.split('; ');
    assert.match(pair, /^__Host-[a-z]+=/, name);
    for (const wanted of ['Path=/', 'Secure', 'HttpOnly']) assert.ok(attributes.includes(wanted), `${name}: ${cookie}`);
    assert.ok(attributes.some((attribute) => /^SameSite=(Lax|Strict)$/.test(attribute)), `${name}: ${cookie}`);
    assert.ok(!attributes.some((attribute) => /^Domain/i.test(attribute)), `${name}: ${cookie}`);
}

test('every answer to nobody is safe, and kept by no cache but what is for all', async () => {
    const nobody = veha.client();
    for (const { path, method, name } of operations) {
        for (const html of [false, true]) {
            const answer = await nobody.request(method, fill(path), method === 'GET' ? undefined : {}, { html });
            assertSafe(answer, name);
            const kept = isPublic(name) && answer.status === 200 ? 'public, max-age=60' : 'no-store';
            if (!common.includes(name)) assert.equal(answer.headers['cache-control'], kept, `${name}: ${answer.status}`);
        }
    }
});

test('every answer to somebody is safe, and kept nowhere', async () => {
    for (const operation of operations.filter((one) => !isSession(one))) {
        const { path, method, name } = operation;
        const target = fill(path);
        const body = method === 'GET' ? undefined : {};
        const answers = [
            await program.request(method, target, body), await program.request(method, target, body, { headers: { accept: 'image/png' } }),
            await program.request(method, `${target}?none=such`, body), await program.request('DELETE', target),
            await browser.request(method, target, body, { html: true, form: method !== 'GET' }),
            ...(operation.table ? [await program.get(target, { headers: { accept: 'text/csv' } })] : []),
            ...(method === 'GET' ? [await program.request('HEAD', target)] : []),
        ];
        for (const answer of answers) {
            assertSafe(answer, name);
            if (!common.includes(name)) assert.equal(answer.headers['cache-control'], 'no-store', `${name}: ${answer.status}`);
            assert.ok(answer.status < 500, `${name}: ${answer.status} ${answer.text}`);
        }
    }
});

test('signing in, renewing and out: every cookie is of this host, over TLS, out of scripts and of other sites', async () => {
    const client = veha.client();
    const tokenOf = ({ text }) => /name="csrf" value="([^"]*)"/.exec(text)[1];
    const page = await client.page('/session');
    const asked = await client.submit('/session', { login: 'curator', password: people.curator.password, csrf: tokenOf(page) });
    assert.deepEqual([asked.status, asked.headers.location, asked.headers['set-cookie'].length], [303, '/session/factor', 1]);
    const code = await client.page('/session/factor');
    const signed = await client.submit('/session/factor', { code: veha.code('curator'), csrf: tokenOf(code) });
    assert.equal(signed.status, 303);
    const left = await client.submit('/session/end', { csrf: tokenOf(await client.page('/')) }, { headers: { origin: veha.url } });
    for (const answer of [page, asked, code, signed, left]) {
        assertSafe(answer, 'session');
        assert.equal(answer.headers['cache-control'], 'no-store');
    }
    assert.ok(signed.headers['set-cookie'].length >= 2 && left.headers['set-cookie'].length >= 2);
});

test('every document has a strong tag, and is not sent to whoever has it', async () => {
    for (const { path, name, table } of operations.filter((one) => one.method === 'GET' && !isSession(one))) {
        for (const accept of ['application/json', 'application/octet-stream', ...(table ? ['text/csv'] : [])]) {
            const first = await program.get(fill(path), { headers: { accept } });
            if ([404, 406].includes(first.status)) continue;
            assert.equal(first.status, 200, `${name}: ${first.text}`);
            assert.match(first.headers.etag ?? '', /^"\d*\.[0-9a-f]{16}-[a-z]"$/, name);
            const again = await program.get(fill(path), { headers: { accept, 'if-none-match': first.headers.etag } });
            if (again.headers.etag === first.headers.etag) assert.deepEqual([again.status, again.text], [304, ''], name);
            else assert.ok(moving.includes(name), `${name} differs each time it is read`);
            assertSafe(again, name);
        }
    }
});

/* What is sent again does no harm by itself there. */
const keyless = /action="\/session\b/;

test('every form of every page carries a key and the token of its session', async () => {
    let seen = 0;
    for (const { path, name, page } of operations.filter((one) => one.method === 'GET' && !isSession(one))) {
        if (!page) continue;
        const { status, text } = await browser.page(fill(path));
        if (status === 404) continue;
        assert.equal(status, 200, name);
        for (const [, attributes, inside] of text.matchAll(/<form([^>]*)>([^]*?)<\/form>/g)) {
            if (!/method="post"/.test(attributes)) continue;
            assert.match(inside, /name="csrf" value="[^"]{20,}"/, `${name}: ${attributes}`);
            if (!keyless.test(attributes)) assert.match(inside, /name="idempotency_key" value="[^"]{20,}"/, `${name}: ${attributes}`);
            seen++;
        }
        assert.doesNotMatch(text, /<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|hx-on|javascript:/, name);
    }
    assert.ok(seen > 10);
});

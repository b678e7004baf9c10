/* How a page gets to a browser soon: the sheet within the first one, and compressed where that tells no secret. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import zlib from 'node:zlib';

import { startVeha, stopCluster } from './harness.mjs';

let veha;
before(async () => { veha = await startVeha(); });
after(async () => {
    await veha?.stop();
    await stopCluster();
});

const led = (site, more) => ({ accept: 'text/html', 'accept-encoding': 'gzip, br', ...(site && { 'sec-fetch-site': site }), ...more });

/* By a client of its own each time: what one page leaves in the browser is told by hand. */
const get = (target, headers) => veha.client().get(target, { headers });

test('the first page brings its sheet along, and the policy allows exactly that one', async () => {
    const first = await get('/session', led('none', { 'accept-encoding': 'identity' }));
    const page = first.bytes.toString();
    const sheet = /<style>([^]*?)<\/style>/.exec(page)[1];
    const hash = createHash('sha256').update(sheet).digest('base64');
    assert.ok(first.headers['content-security-policy'].includes(`style-src 'self' 'sha256-${hash}';`));
    assert.match(page, /<link rel="stylesheet" href="\/assets\/site-\w+\.css" media="print">/);

    const cookie = first.headers['set-cookie'].find((text) => text.startsWith('__Host-sheet=')).split(';')[0];
    const next = (await get('/session', led('none', { 'accept-encoding': 'identity', cookie })));
    assert.doesNotMatch(next.bytes.toString(), /<style|media="print"/);
    assert.ok(!(next.headers['set-cookie'] ?? []).some((text) => text.startsWith('__Host-sheet=')));
    assert.match((await get('/session', led('none', { 'accept-encoding': 'identity', cookie: '__Host-sheet=site-0123456789ab.css' }))).bytes.toString(), /<style>/);
});

test('a page is compressed for who came by themselves or from a page of ours, and for nobody whom another site led', async () => {
    for (const site of ['none', 'same-origin']) {
        const { headers, bytes } = await get('/session', led(site));
        assert.equal(headers['content-encoding'], 'gzip', site);
        assert.equal(Number(headers['content-length']), bytes.length);
        assert.match(zlib.gunzipSync(bytes).toString(), /<\/html>\s*$/);
    }
    for (const site of ['cross-site', 'same-site', null]) {
        const { headers, bytes } = await get('/session', led(site));
        assert.equal(headers['content-encoding'], undefined, site);
        assert.match(bytes.toString(), /<\/html>\s*$/);
    }
    assert.equal((await get('/session', led('none', { 'accept-encoding': 'gzip;q=0, br' }))).headers['content-encoding'], undefined);
    assert.equal((await get('/nowhere', led('none'))).headers['content-encoding'], 'gzip', 'a problem, too');
});

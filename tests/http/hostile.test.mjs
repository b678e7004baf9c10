/*
 * Servers and pages that mean harm: each look ends within 20 s and 2 MB and is unknown with its reason, the worker stays small, others are looked at meanwhile, and a confined reader may die of it.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { startHostile } from '../standin/hostile.mjs';
import { root } from '../support/build.mjs';
import { run } from '../support/cluster.mjs';
import { eventually, startVeha, stopCluster } from './harness.mjs';

const folder = path.join(root, 'var', `test-hostile-${process.pid}`);
const zone = 'hostile.example';
const megabyte = 1 << 20;
const growthMost = 64;

/* What each look must end with: state and reason. Pages that are only large or odd may be read. */
const expected = {
    honest: 'present',
    gzip_bomb: 'unreachable body_too_large',
    brotli_bomb: 'unreachable body_too_large',
    zstd_bomb: 'unreachable body_too_large',
    twice_packed: 'unreachable body_too_large',
    broken_gzip: 'unreachable encoding',
    endless_body: 'unreachable body_too_large',
    endless_continue: 'unreachable headers_too_large',
    endless_headers: 'unreachable headers_too_large',
    one_long_header: 'unreachable transfer',
    drip: 'unreachable timeout',
    drip_headers: 'unreachable timeout',
    silence: 'unreachable timeout',
    cut_short: 'unreachable connection_lost',
    nothing: 'unreachable nothing_came',
    no_http: 'unreachable transfer',
    bad_chunks: 'unreachable connection_lost',
    deep: 'unfamiliar page_too_deep',
    attributes: 'unfamiliar reader_slow',
    attribute_long: 'present',
    many_links: 'present|unfamiliar reader_slow', // the machine decides
    many_entities: 'unfamiliar no_links',
    unclosed: 'unfamiliar page_too_deep',
    tls_stalled: 'unreachable timeout',
};

let veha;
let curator;
let far;
let parent;

before(async () => {
    run(path.join(root, 'deploy/certificate'), [folder, 'far', `*.${zone}`]);
    far = await startHostile({ certificate: path.join(folder, 'far.pem'), key: path.join(folder, 'far.key') });
    const verify = { ca_file: path.join(folder, 'ca.pem'), connect_to: far.connectTo(zone) };
    veha = await startVeha({ template: 'migrated', verify: true, scenario: {}, config: { verify } });
    veha.command('migrate');
    const password = /^Password: (.+)$/m.exec(veha.command('user', 'add', '--informed', '--login', 'anna', '--name', 'Анна Пробная', '--role', 'curator'))[1];
    curator = await veha.signIn('anna', password);
    parent = (await curator.post('/tenants', { parent: Number(veha.sql("select id from veha.tenant where kind = 'region'")), kind: 'agency', name: 'Министерство' })).json.id;
});

after(async () => {
    await veha?.stop();
    far?.stop();
    await stopCluster();
    fs.rmSync(folder, { recursive: true, force: true });
});

const verifier = () => veha.processes.find(({ name }) => name === 'verify').child.pid;
const readerOf = () => Number(fs.readFileSync(`/proc/${verifier()}/task/${verifier()}/children`, 'utf8').trim().split(' ')[0]);

/* Megabytes a process ever held. */
function peakOf(pid) {
    return Number(/^VmHWM:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}

/* Looks at a page of its own below the host of that name; resolves to that look. */
async function lookAt(name, seconds = 90) {
    const { json } = await curator.post('/tenants', { parent, kind: 'organisation', name: `Школа ${name}` });
    const answer = await curator.post(`/tenants/${json.id}/accounts`, { address: `https://${far.hostOf(name, zone)}/p${json.id}` });
    assert.equal(answer.status, 201, answer.text);
    await curator.post(`/tenants/${json.id}/looks`, {});
    const found = async () => (await curator.get(`/tenants/${json.id}/looks`)).json.items[0]; // over HTTP: the far end lives in this process, and nothing may hold that up
    return eventually(found, `a look at ${name}`, seconds);
}

const told = ({ state, reading }) => [state, reading.reason].filter(Boolean).join(' ');

/* What takes long goes together; of the others few at once, so that a small machine keeps its time limits. */
const slow = ['drip', 'drip_headers', 'silence', 'tls_stalled'];
const quick = Object.keys(expected).filter((name) => !slow.includes(name));

/* First, while the verifier has read little: a child begins with the free memory of its parent, and could do without more. */
test('a confined reader that dies, hangs or reaches its limits harms nobody: unknown with its reason, and another takes over', async () => {
    /* What is done to the reader, and the page it reads then: a limit is met by what needs much. */
    const harms = {
        killed: ['honest', () => process.kill(readerOf(), 'SIGKILL')],
        stopped: ['honest', () => process.kill(readerOf(), 'SIGSTOP')],
        'out of memory': ['many_links', () => execFileSync('prlimit', ['--pid', String(readerOf()), '--as=1000000:1000000'])],
        'out of processor time': ['attributes', () => execFileSync('prlimit', ['--pid', String(readerOf()), '--cpu=1:1'])],
    };
    if (process.env.SANITIZE) delete harms['out of memory']; // its sanitizer needs terabytes of addresses, and would speak
    for (const [kind, [name, harm]] of Object.entries(harms)) {
        harm();
        const look = await lookAt(name);
        assert.match(told(look), /^unfamiliar reader_(died|slow|limit)$/, `${kind}: ${told(look)}`);
        assert.deepEqual([...new Set(look.verdicts.map(({ result }) => result))], ['unknown'], kind);
        assert.equal(told(await lookAt('honest')), 'present', `after one that was ${kind}`);
    }
});

test('whatever a server does, a look ends in time, small, and as unknown with its reason', async (t) => {
    assert.deepEqual(Object.keys(expected).sort(), far.names.toSorted());
    assert.equal(told(await lookAt('honest')), 'present');
    const small = peakOf(verifier());
    const looks = {};
    const all = slow.map(async (name) => (looks[name] = await lookAt(name)));
    for (let at = 0; at < quick.length; at += 3) await Promise.all(quick.slice(at, at + 3).map(async (name) => (looks[name] = await lookAt(name))));
    await Promise.all(all);
    const grown = peakOf(verifier()) - small;
    const unexpected = Object.entries(looks).map(([name, look]) => [name, told(look)]).filter(([name, end]) => !expected[name].split('|').includes(end));
    assert.deepEqual(unexpected, []);
    for (const [name, { requests }] of Object.entries(looks)) {
        for (const { ms, bytes } of requests) {
            assert.ok(ms <= 20500, `${name}: ${ms} ms`);
            assert.ok(bytes <= 2 * megabyte, `${name}: ${bytes} bytes`);
        }
        const sent = far.sent(name) / Math.max(1, requests.length);
        assert.ok(sent <= 8 * megabyte, `${name} wrote ${sent} bytes a request, what lay in sockets included`);
    }
    t.diagnostic(`the worker grew by ${grown.toFixed(1)} MB from ${small.toFixed(1)} MB over ${Object.keys(looks).length} servers`);
    if (!process.env.SANITIZE) assert.ok(grown <= growthMost, `the worker grew by ${grown.toFixed(1)} MB`);
    assert.equal(told(await lookAt('honest')), 'present', 'and goes on');
});

/* What attackers do on the wire: ambiguous framing, floods, stalls and hang-ups. The server cuts them and goes on answering others. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import http2 from 'node:http2';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { promisify } from 'node:util';

import { root } from '../support/build.mjs';
import { assertProblem } from './ask.mjs';
import { eventually, startVeha, stopCluster } from './harness.mjs';

let veha;
let admin;

before(async () => {
    veha = await startVeha({ template: 'migrated' });
    veha.command('migrate');
    const password = /^Password: (.+)$/m.exec(veha.command('user', 'add', '--informed', '--login', 'anna', '--name', 'Anna', '--role', 'region_admin'))[1];
    admin = await veha.signIn('anna', password);
});
after(async () => {
    await veha?.stop();
    await stopCluster();
});

async function stillAnswers() {
    assert.equal((await admin.get('/tenants')).status, 200);
}

const cutFor = (reason) => eventually(() => veha.log().includes(`connection_cut reason=${reason}`), `a connection cut for ${reason}`, 40);

/* Sends bytes over TLS and HTTP/1.1 and gives what came until the server closed, or until it answered once. */
function raw(bytes) {
    return new Promise((resolve, reject) => {
        const socket = tls.connect({ host: '127.0.0.1', port: veha.port, servername: 'localhost', ca: veha.authority, ALPNProtocols: ['http/1.1'] }, () => socket.write(bytes));
        let text = '';
        socket.setEncoding('utf8');
        socket.on('data', (part) => (text += part)).on('error', reject).on('close', () => resolve(text));
    });
}

test('an HTTP/1.1 head that two readers could frame in two ways is refused, and the connection ends', async () => {
    const heads = {
        'both lengths': 'POST /session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        'the lengths in the other order': 'POST /session HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
        'two lengths': 'POST /session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}',
        'two encodings': 'POST /session HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        'no host': 'GET /healthz HTTP/1.1\r\nAccept: */*\r\n\r\n',
        'two hosts': 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: elsewhere.example\r\n\r\n',
        'a bare line feed': 'GET /healthz HTTP/1.1\nHost: localhost\n\n',
        'one bare line feed': 'GET /healthz HTTP/1.1\r\nHost: localhost\nAccept: */*\r\n\r\n',
        'a folded line': 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n , */*\r\n\r\n',
        'a space before the colon': 'GET /healthz HTTP/1.1\r\nHost : localhost\r\n\r\n',
        'no request at all': 'hello\r\n\r\n',
    };
    for (const [what, head] of Object.entries(heads)) assert.match(await raw(head), /^HTTP\/1\.1 400 /, what);
    await stillAnswers();
});

test('a request smuggled behind such a head is never answered', async () => {
    const text = await raw('POST /session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    assert.equal(text.match(/HTTP\/1\.1 /g).length, 1);
});

test('too many header fields are refused', async () => {
    const many = Object.fromEntries(Array.from({ length: 101 }, (unused, number) => [`x-field-${number}`, '1']));
    const answer = await admin.get('/healthz', { headers: many });
    assert.equal(answer.status, 400);
    assert.equal(answer.json.code, 'too_many_header_fields');
});

test('a body that is too large is refused', async () => {
    for (const size of [1024 * 1024 + 1, 4 * 1024 * 1024, 60 * 1024 * 1024]) assertProblem(await admin.post('/tenants', 'x'.repeat(size)), 413, 'body_too_large');
    const other = veha.client(); // the library refuses what is larger still, frame by frame, which no connection survives
    await assert.rejects(other.post('/tenants', 'x'.repeat(80 * 1024 * 1024)), /stream|REFUSED|closed|reset/i);
    await stillAnswers();
});

function attack() {
    return new Promise((resolve, reject) => {
        const session = http2.connect(veha.url, { ca: veha.authority });
        session.on('error', () => undefined);
        session.once('connect', () => resolve(session)).once('error', reject);
    });
}

test('rapid reset: who takes back a request after the other is cut', async () => {
    const session = await attack();
    const headers = { ':path': '/tenants', authorization: `Bearer ${admin.bearer}`, accept: 'application/json' };
    for (let sent = 0; sent < 2000 && !session.closed && !session.destroyed; sent++) {
        const stream = session.request(headers);
        stream.on('error', () => undefined);
        stream.close(http2.constants.NGHTTP2_CANCEL);
        if (sent % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await cutFor('resets');
    session.destroy();
    assert.ok(veha.log().split('status=gone').length < 200, 'what was asked after the cut is not worked on');
    await stillAnswers();
});

test('a reader that takes nothing is cut', async () => {
    const session = await attack();
    session.settings({ initialWindowSize: 0 });
    await new Promise((resolve) => session.once('localSettings', resolve));
    for (let i = 0; i < 3; i++) session.request({ ':path': '/openapi.json' }).on('error', () => undefined);
    await cutFor('reader_stalled');
    session.destroy();
    await stillAnswers();
});

test('a request that comes a byte at a time is cut', async () => {
    const socket = await new Promise((resolve) => {
        const made = tls.connect({ host: '127.0.0.1', port: veha.port, servername: 'localhost', ca: veha.authority, ALPNProtocols: ['http/1.1'] }, () => resolve(made));
    });
    let closed = false;
    socket.on('error', () => undefined).on('close', () => (closed = true));
    const head = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n'.padEnd(4000, 'X-Slow: 1\r\n');
    const drip = setInterval(() => socket.write(head[socket.bytesWritten % head.length]), 100);
    await eventually(() => closed, 'the slow connection to be closed', 40);
    clearInterval(drip);
    await cutFor('request_drips');
    await stillAnswers();
});

test('one address has no more than its share of connections', async () => {
    const sockets = [];
    let refused = 0;
    await Promise.all(Array.from({ length: 1100 }, () => new Promise((resolve) => {
        const socket = net.connect(veha.port, '127.0.0.1', resolve);
        socket.on('error', resolve).on('close', () => refused++);
        sockets.push(socket);
    })));
    await eventually(() => refused >= 70, 'connections over the budget to be closed');
    for (const socket of sockets) socket.destroy();
    await eventually(() => admin.get('/healthz').then(({ status }) => status === 200, () => false), 'the server to answer again');
});

test('clients that hang up in the middle leave nothing behind', async () => {
    const { stdout } = await promisify(execFile)(path.join(root, 'tests/load/hangup'), [`${veha.url}/tenants`, admin.bearer, '10']);
    assert.match(stdout, /^Hung up 10 times\./);
    assert.match(veha.log(), /status=gone/);
    assert.doesNotMatch(veha.log(), /child_died/);
    await stillAnswers();
});

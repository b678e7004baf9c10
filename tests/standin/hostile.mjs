/*
 * Servers at the far end that mean harm: each host name of behaviours answers in its own way, over plain HTTP and over TLS, on sockets, because no library of ours would send such things.
 *
 *   const far = await startHostile({ certificate, key });      far.connectTo(zone): pairs for [verify] connect_to; far.sent(name): bytes written to that host
 */
import fs from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import zlib from 'node:zlib';

/* Much, packed small; made once. */
const blanks = (megabytes) => Buffer.alloc(megabytes << 20, 32);
const gzipped = zlib.gzipSync(blanks(32));
const twice = zlib.gzipSync(zlib.gzipSync(blanks(64)));
const brotlied = zlib.brotliCompressSync(blanks(32), { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } });

/* name: what it does with a socket that has asked. */
export const behaviours = {
    honest: (socket) => socket.end(`${head()}${page('<a href="https://vk.com/school">ВКонтакте</a>')}`),
    gzip_bomb: (socket) => packed(socket, 'gzip', gzipped),
    brotli_bomb: (socket) => packed(socket, 'br', brotlied),
    zstd_bomb: (socket) => packed(socket, 'zstd', zstdOf(1024)),
    twice_packed: (socket) => packed(socket, 'gzip, gzip', twice),
    broken_gzip: (socket) => socket.end(`${head('Content-Encoding: gzip\r\n')}this is no gzip`),
    endless_body: (socket) => endless(socket, head(), '<p>0123456789</p>'.repeat(64)),
    endless_continue: (socket) => endless(socket, '', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(64)),
    endless_headers: (socket) => endless(socket, 'HTTP/1.1 200 OK\r\n', `X-More: ${'0'.repeat(200)}\r\n`.repeat(8)),
    one_long_header: (socket) => endless(socket, 'HTTP/1.1 200 OK\r\nX-More: ', '0'.repeat(4096)),
    drip: (socket) => drip(socket, head(), '<'),
    drip_headers: (socket) => drip(socket, 'HTTP/1.1 200 OK\r\nX-Slow: ', '0'),
    silence: () => undefined,
    cut_short: (socket) => socket.end(`HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n${page('half')}`),
    nothing: (socket) => socket.destroy(),
    no_http: (socket) => socket.end('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n'),
    bad_chunks: (socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nx\r\n'),
    deep: (socket) => socket.end(`${head()}${page('<div>'.repeat(200000))}`),
    attributes: (socket) => socket.end(`${head()}${page(`<a ${Array.from({ length: 120000 }, (_, number) => `a${number}=1`).join(' ')}>x</a>`)}`),
    attribute_long: (socket) => socket.end(`${head()}${page(`<a href="https://vk.com/${'x'.repeat(1900000)}">x</a>`)}`),
    many_links: (socket) => socket.end(`${head()}${page('<a href="//vk.com/a">x</a>'.repeat(75000))}`),
    many_entities: (socket) => socket.end(`${head()}${page('&amp;&lt;&#1071;'.repeat(120000))}`),
    unclosed: (socket) => socket.end(`${head()}${page('<table><tr><td><b><i><p>'.repeat(60000))}`),
};

/* Hosts whose TLS is stalled: the greeting is never answered, or never begun. */
const stalled = ['tls_stalled'];

function head(more = '') {
    return `HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n${more}\r\n`;
}

function page(body) {
    return `<!DOCTYPE html><html><head><title>Школа</title></head><body>${body}</body></html>`;
}

/* A frame of blocks that each say "this byte 128 K times" (RFC 8878, 3.1.1.2). */
function zstdOf(blocks) {
    const block = Buffer.from([0, 0, 0, 32]);
    block.writeUIntLE((0x20000 << 3) | (1 << 1), 0, 3);
    const last = Buffer.from(block);
    last[0] |= 1;
    return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]), ...Array(blocks - 1).fill(block), last]);
}

function packed(socket, encoding, bytes) {
    socket.end(Buffer.concat([Buffer.from(head(`Content-Encoding: ${encoding}\r\n`)), bytes]));
}

async function endless(socket, start, piece) {
    socket.write(start);
    let go = () => undefined;
    socket.on('drain', () => go()).once('close', () => go());
    while (!socket.destroyed) if (!socket.write(piece)) await new Promise((resolve) => (go = resolve));
}

function drip(socket, start, piece) {
    socket.write(start);
    const timer = setInterval(() => socket.write(piece), 200);
    socket.once('close', () => clearInterval(timer));
}

export async function startHostile({ certificate, key }) {
    const sockets = new Set();
    const sent = new Map();
    const onSocket = (socket) => {
        let asked = '';
        sockets.add(socket);
        socket.on('error', () => socket.destroy());
        socket.once('close', () => sockets.delete(socket));
        socket.on('data', (bytes) => {
            const before = asked;
            asked += bytes.toString('latin1');
            if (before.includes('\r\n\r\n') || !asked.includes('\r\n\r\n')) return;
            const name = /^host: *([a-z_]+)/im.exec(asked.replaceAll('-', '_'))?.[1];
            socket.once('close', () => sent.set(name, (sent.get(name) ?? 0) + socket.bytesWritten));
            behaviours[name]?.(socket);
        });
    };
    const servers = [net.createServer(onSocket), tls.createServer({ cert: fs.readFileSync(certificate), key: fs.readFileSync(key) }, onSocket), net.createServer((socket) => sockets.add(socket))];
    servers[1].on('connection', (socket) => sockets.add(socket));
    for (const server of servers) await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const [plain, secure, mute] = servers.map((server) => server.address().port);
    const names = [...Object.keys(behaviours), ...stalled];
    return {
        names,
        hostOf: (name, zone) => `${name.replaceAll('_', '-')}.${zone}`,
        connectTo: (zone) => names.flatMap((name) => {
            const host = `${name.replaceAll('_', '-')}.${zone}`;
            return [`${host}:443=127.0.0.1:${stalled.includes(name) ? mute : secure}`, `${host}:80=127.0.0.1:${stalled.includes(name) ? mute : plain}`];
        }),
        sent: (name) => sent.get(name) ?? 0,
        stop() {
            for (const socket of sockets) socket.destroy();
            for (const server of servers) server.close();
        },
    };
}

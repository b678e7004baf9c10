/*
 * Sends one answer with whatever is awkward about it.
 *
 * An answer: {status, headers, body | file, type, charset (of the bytes), label (the charset the header claims; null: none), location, gzip,
 * delay_ms, drip: {bytes, every_ms}, endless, close: "before" | "after_headers" | "half"}.
 */
import fs from 'node:fs';
import zlib from 'node:zlib';

import { encode, fillMoments } from './text.mjs';

export function html(body, more = {}) {
    return { status: 200, type: 'text/html', body, ...more };
}

export function json(value, more = {}) {
    return { status: 200, type: 'application/json', body: JSON.stringify(value), ...more };
}

export function redirect(location, status = 302) {
    return { status, type: 'text/html', body: '', location };
}

export async function send(answer, request, response) {
    if (answer.close === 'before') return void request.socket.destroy();
    if (answer.delay_ms) await pause(answer.delay_ms, response);
    if (response.destroyed) return;
    const body = bytes(answer);
    response.writeHead(answer.status ?? 200, headers(answer, body));
    if (request.method === 'HEAD') return void response.end();
    if (answer.close === 'after_headers') return void cut(response);
    if (answer.close === 'half') return void response.write(body.subarray(0, body.length >> 1), () => cut(response));
    if (answer.drip) await drip(answer.drip, body, response);
    else if (answer.endless) await repeat(body.length ? body : Buffer.alloc(1024, 32), response);
    else response.end(body);
}

function bytes(answer) {
    const text = answer.file ? fs.readFileSync(answer.file) : encode(fillMoments(answer.body ?? ''), answer.charset);
    return answer.gzip ? zlib.gzipSync(text) : text;
}

function headers(answer, body) {
    const type = answer.type ?? 'text/html';
    const label = answer.label === undefined ? (answer.charset ?? 'utf-8') : answer.label;
    const sent = { 'content-type': label ? `${type}; charset=${label}` : type };
    if (answer.location) sent.location = answer.location;
    if (answer.gzip) sent['content-encoding'] = 'gzip';
    if (!answer.endless) sent['content-length'] = body.length;
    return { ...sent, ...answer.headers };
}

function cut(response) {
    response.socket?.destroy();
}

function pause(milliseconds, response) {
    return new Promise((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        response.once('close', () => {
            clearTimeout(timer);
            resolve();
        });
    });
}

async function drip({ bytes: size = 1, every_ms: every = 500 }, body, response) {
    for (let at = 0; at < body.length && !response.destroyed; at += size) {
        response.write(body.subarray(at, at + size));
        await pause(every, response);
    }
    response.end();
}

async function repeat(piece, response) {
    while (!response.destroyed) {
        if (!response.write(piece)) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
    }
}

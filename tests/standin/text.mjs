/* Encodings and moments of the stand-in: windows-1251, escaped HTML, and times relative to now. */
import fs from 'node:fs';

const cp1251 = new Map();
for (let byte = 128; byte < 256; byte++) cp1251.set(new TextDecoder('windows-1251').decode(Uint8Array.of(byte)), byte);

export function encode(text, charset = 'utf-8') {
    if (charset !== 'windows-1251') return Buffer.from(text, charset);
    const bytes = Buffer.alloc(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i) < 128 ? text.charCodeAt(i) : (cp1251.get(text[i]) ?? 63);
    return bytes;
}

export function escapeHtml(text) {
    return String(text ?? '').replace(/[&<>"']/g, (mark) => `&#${mark.codePointAt(0)};`);
}

/* Milliseconds; the same set clock as the program's, when there is one. */
export function now() {
    const set = process.env.VEHA_CLOCK_FILE;
    if (set && fs.existsSync(set)) {
        const moment = Date.parse(fs.readFileSync(set, 'utf8').trim());
        if (!Number.isNaN(moment)) return moment;
    }
    return Date.now();
}

const units = { m: 60, h: 3600, d: 86400 };

/* "-2d", "-3h", "-10m" or ISO 8601 → whole seconds since 1970. */
export function seconds(moment) {
    const relative = /^([+-]\d+)([mhd])$/.exec(moment);
    const at = relative ? now() + Number(relative[1]) * units[relative[2]] * 1000 : Date.parse(moment);
    if (Number.isNaN(at)) throw new Error(`"${moment}" is neither "-2d" nor an ISO 8601 time`);
    return Math.floor(at / 1000);
}

/* The moment so long after another: "+3d", or "+3d12h". */
export function secondsAfter(start, span) {
    const parts = [...span.matchAll(/([+-]?\d+)([mhd])/g)];
    if (!parts.length) throw new Error(`"${span}" is no span of time like "+3d12h"`);
    return parts.reduce((at, [, number, unit]) => at + Number(number) * units[unit], Math.floor(Date.parse(start) / 1000));
}

export function iso(moment) {
    return new Date(seconds(moment) * 1000).toISOString().replace('.000Z', '+00:00');
}

/* @{-2d} becomes an ISO time, @{seconds -2d} a number. */
export function fillMoments(text) {
    return text.replace(/@\{(seconds )?([^}]+)\}/g, (_, number, moment) => (number ? String(seconds(moment)) : iso(moment)));
}

/*
 * A DNS server for one zone, as resolv.conf may name it: answers A, AAAA and CNAME with TTL 0.
 *
 * records: {label: {A: [address], AAAA: [address], CNAME: label}}; an array of arrays is answered a turn at a time, the last for ever after. "label-7" is "label" with turns of its own.
 * A label that is not there is every(label), or no such name.
 */
import dgram from 'node:dgram';

/* A record that is never answered. */
export const silence = 'silence';

const types = { 1: 'A', 5: 'CNAME', 28: 'AAAA' };

export async function serveNames({ zone, records, every = () => null, port = 53, address = '127.0.0.1' }) {
    const turns = new Map();
    const socket = dgram.createSocket('udp4');
    socket.on('message', (packet, from) => {
        if (records[readName(packet, 12)[0].split('.')[0]] !== silence) socket.send(answer(packet, { zone, records, every, turns }), from.port, from.address);
    });
    await new Promise((resolve) => socket.bind(port, address, resolve));
    return { stop: () => new Promise((resolve) => socket.close(resolve)) };
}

function answer(packet, { zone, records, every, turns }) {
    const [name, end] = readName(packet, 12);
    const type = types[packet.readUInt16BE(end)];
    const found = type && name.endsWith(`.${zone}`) ? walk(name.slice(0, -zone.length - 1), type) : null;
    const head = Buffer.from(packet.subarray(0, 12));
    head.writeUInt16BE(found ? 0x8580 : 0x8583, 2);
    head.writeUInt16BE(found?.length ?? 0, 6);
    head.fill(0, 8, 12);
    return Buffer.concat([head, packet.subarray(12, end + 4), ...(found ?? [])]);

    /* The records that answer, through as many aliases as it takes, though not for ever; null: no such name. */
    function walk(label, wanted, depth = 0) {
        const record = records[label] ?? records[label.replace(/-\d+$/, '')] ?? every(label);
        if (!record || depth > 8) return depth > 8 ? [] : null;
        if (record.CNAME) return [encode(`${label}.${zone}`, 5, writeName(`${record.CNAME}.${zone}`)), ...(walk(record.CNAME, wanted, depth + 1) ?? [])];
        return take(label, wanted, record[wanted] ?? []).map((address) => encode(`${label}.${zone}`, wanted === 'A' ? 1 : 28, wanted === 'A' ? bytes4(address) : bytes6(address)));
    }

    function take(label, wanted, told) {
        if (!Array.isArray(told[0])) return told;
        const turn = turns.get(`${label} ${wanted}`) ?? 0;
        turns.set(`${label} ${wanted}`, turn + 1);
        return told[Math.min(turn, told.length - 1)];
    }
}

function readName(packet, at) {
    const labels = [];
    for (; packet[at]; at += packet[at] + 1) labels.push(packet.subarray(at + 1, at + 1 + packet[at]).toString('latin1').toLowerCase());
    return [labels.join('.'), at + 1];
}

function writeName(name) {
    return Buffer.concat([...name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])), Buffer.from([0])]);
}

function encode(name, type, data) {
    const fixed = Buffer.alloc(10);
    fixed.writeUInt16BE(type, 0);
    fixed.writeUInt16BE(1, 2);
    fixed.writeUInt16BE(data.length, 8);
    return Buffer.concat([writeName(name), fixed, data]);
}

function bytes4(address) {
    return Buffer.from(address.split('.').map(Number));
}

/* Through the URL parser, which knows every spelling. */
function bytes6(address) {
    const [left, right] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
    const groups = (text) => (text ? text.split(':') : []);
    const [before, after] = [groups(left), groups(right)];
    const all = [...before, ...Array(right === undefined ? 0 : 8 - before.length - after.length).fill('0'), ...after];
    return Buffer.concat(all.map((group) => Buffer.from([parseInt(group, 16) >> 8, parseInt(group, 16) & 255])));
}

/*
 * No look sends a SYN to a denied range, however its address is spelt: counted by packets, in a network namespace where each range is routed to a listener.
 *
 * addresses.json lists ranges and spellings. Each range has a positive control (a plain connection is counted), and the program without its guard (no_guard.c) must be caught.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';

import { root } from '../support/build.mjs';

const folder = path.join(root, 'var', `test-guard-${process.pid}`);
const data = JSON.parse(fs.readFileSync(path.join(root, 'tests/hostile/addresses.json'), 'utf8'));
const isRoot = process.getuid() === 0;
const namespace = [...(isRoot ? [] : ['--user', '--map-root-user']), '--net', '--mount', '--propagation', 'private'];

/* Exit status of probe: the address is none; the look saw nothing; it did. */
const [refused, unknown, present] = [65, 4, 0];

after(() => fs.rmSync(folder, { recursive: true, force: true }));

function mayEnter() {
    return spawnSync('unshare', [...namespace, 'ip', 'link', 'set', 'lo', 'up']).status === 0;
}

function enter() {
    fs.mkdirSync(folder, { recursive: true });
    const ended = spawnSync('unshare', [...namespace, process.execPath, path.join(root, 'tests/hostile/inside.mjs'), folder], { cwd: root, encoding: 'utf8' });
    assert.equal(ended.status, 0, `${ended.stdout}${ended.stderr}`);
    return JSON.parse(fs.readFileSync(path.join(folder, 'seen.json'), 'utf8'));
}

const isPublic = (line) => data.public.some((address) => line === `${address} 80` || line === `${address} 443`);
const denied = (packets) => packets.filter((line) => !isPublic(line));

function sizeOf(network) {
    return Number(network.split('/')[1]);
}

function bitsOf(address) {
    if (!address.includes(':')) return address.split('.').map((part) => Number(part).toString(2).padStart(8, '0')).join('');
    const [left, right] = new URL(`http://[${address.replace(/%.*/, '')}]/`).hostname.slice(1, -1).split('::').map((half) => (half ? half.split(':') : []));
    const groups = right === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill('0'), ...right];
    return groups.map((group) => parseInt(group, 16).toString(2).padStart(16, '0')).join('');
}

function isWithin(address, network) {
    const [one, other] = [bitsOf(address), bitsOf(network.split('/')[0])];
    return one.length === other.length && one.startsWith(other.slice(0, sizeOf(network)));
}

if (!mayEnter()) {
    const why = 'this machine does not let us make network namespaces (unshare, ip), so nothing was counted';
    test('looks are counted by packets', { skip: process.env.CI ? false : why }, () => assert.fail(why));
} else {
    const { controls, guarded, unguarded, probed, reused, waited } = enter();

    test('there are at least 65 classes of spelling, each with its addresses', () => {
        assert.ok(data.classes.length >= 65, String(data.classes.length));
        assert.deepEqual(data.classes.filter(({ urls }) => urls.length === 0), []);
        assert.equal(new Set(data.classes.map((one) => one.class)).size, data.classes.length);
    });

    test('a connection to any range is counted, so that a count of nothing means something', () => {
        assert.deepEqual(Object.entries(controls).filter(([, count]) => count === 0), []);
    });

    test('with the guard no SYN goes to a denied range or port', (t) => {
        assert.deepEqual(denied(guarded.packets), []);
        assert.deepEqual(denied(probed.packets), []);
        t.diagnostic(`${guarded.outcomes.length} looks, ${guarded.packets.length} SYN, 0 of them denied; without the guard ${denied(unguarded.packets).length} of ${unguarded.packets.length} in ${unguarded.outcomes.length} looks`);
    });

    test('a connection that is kept is asked again where it leads', () => assert.ok(reused >= 2, String(reused)));

    test('a name that is never told keeps a look no longer than a connection may take', (t) => {
        assert.deepEqual(waited.ends, ['unreachable timeout', 'present']);
        t.diagnostic(`two requests of a host whose name is not told, and one of another host: ${waited.seconds} s`);
        assert.ok(waited.seconds < 17, String(waited.seconds)); // the resolver would take 9 s for each
    });

    for (const [range, , how] of data.ranges) {
        /* The kernel makes no TCP connection to multicast and broadcast: there the guard only is sooner. */
        test(`without the guard ${range} ${how === 'raw' ? 'is left to the kernel' : 'is reached, and that is seen'}`, () => {
            const reached = unguarded.packets.filter((line) => isWithin(line.split(' ')[0], range)).length;
            assert.equal(reached > 0, how === 'connect', `${reached} SYN`);
        });
    }

    for (const { class: name, reasons, urls } of data.classes) {
        test(`${name}: refused by the program, and at the end of each redirect`, () => {
            const outcomes = guarded.outcomes.filter((one) => one.class === name);
            assert.equal(outcomes.length, urls.length * (1 + data.codes.length));
            for (const { url, entrance, state, reason } of outcomes.filter((one) => one.state !== 'refused')) {
                assert.equal(state, reason === null ? 'present' : 'unreachable', url);
                assert.ok(reasons.includes(reason), `${entrance} ${url}: ${reason}`);
            }
            assert.equal(outcomes.some(({ state, entrance }) => state === 'refused' && entrance !== 'probe'), false);
            const { status } = probed.outcomes.find((one) => one.class === name);
            assert.ok([refused, ...reasons.map((reason) => (reason === null ? present : unknown))].includes(status), String(status));
        });
    }
}

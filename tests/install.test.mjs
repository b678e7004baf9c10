/* What deploy/install tells people, with stand-ins for Debian's tools. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { root } from './support/build.mjs';

/* Runs deploy/install where make alone is installed, and each tool does what its lines of sh say. */
function install(context, tools) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'veha-install-'));
    context.after(() => fs.rmSync(folder, { recursive: true }));
    const all = { 'dpkg-query': 'echo installed make; echo installed postgresql-common', node: 'exit 1', id: 'echo 0', sudo: '"$@"', ...tools };
    for (const [name, lines] of Object.entries(all)) fs.writeFileSync(path.join(folder, name), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, TMPDIR: folder };
    return spawnSync(path.join(root, 'deploy/install'), ['build', 'run'], { env, encoding: 'utf8' });
}

const lastLine = (text) => text.trimEnd().split('\n').at(-1);

test('packages that cannot be fetched are told in one sentence', (context) => {
    const answer = install(context, { 'apt-get': 'case "$*" in *update) exit 0 ;; esac; echo "E: Failed to fetch gcc: no route"; exit 100' });
    assert.equal(answer.status, 1);
    assert.match(answer.stderr, /^deploy\/install: \d+ packages could not be installed, gcc among them: E: Failed to fetch gcc: no route \(see .*\)\n$/);
});

test('lists that cannot be read are told in one sentence', (context) => {
    const answer = install(context, { 'apt-get': 'echo "E: no lists"; exit 100' });
    assert.equal(answer.status, 1);
    assert.match(answer.stderr, /^deploy\/install: the package lists cannot be read: E: no lists\n$/);
});

test('sudo asks only after it was said what for, and its refusal is told', (context) => {
    const answer = install(context, { id: 'case $1 in -u) echo 1000 ;; *) echo petr ;; esac', sudo: 'echo "sudo was asked"; exit 1', 'apt-get': 'exit 0' });
    assert.equal(answer.status, 1);
    assert.match(answer.stdout, /^Installing \d+ Debian packages for build run: [^\n]*\nsudo was asked\n$/);
    assert.match(lastLine(answer.stderr), /^deploy\/install: sudo does not let petr install them; as root: apt-get install --no-install-recommends gcc /);
});

test('it says how far it is', (context) => {
    const lines = 'case "$*" in *update) exit 0 ;; esac; echo "0 upgraded, 60 newly installed, 0 to remove and 0 not upgraded."; echo "Need to get 169 MB of archives."; '
        + 'for i in $(seq 60); do echo "Get:$i http://mirror p$i"; done; for i in $(seq 60); do echo "Setting up p$i ..."; done';
    const answer = install(context, { 'apt-get': lines });
    assert.match(answer.stdout, /\n {2}Need to get 169 MB of archives\n {2}fetched 50 of 60 packages\n {2}set up 50 of 60 packages\n$/);
});

/* What deploy/run-local takes for a service that runs. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { root } from './support/build.mjs';

/* The 22nd field of /proc/PID/stat, and the state before it. */
function stat(pid) {
    const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
    return { state: fields[0], started: fields[19] };
}

test('what has ended and was reaped by nobody does not run', async (context) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'veha-run-'));
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 600']);
    context.after(() => {
        parent.kill('SIGKILL');
        fs.rmSync(folder, { recursive: true });
    });
    fs.mkdirSync(path.join(folder, 'deploy'));
    fs.mkdirSync(path.join(folder, 'var/run'), { recursive: true });
    fs.copyFileSync(path.join(root, 'deploy/run-local'), path.join(folder, 'deploy/run-local'));
    const zombie = await new Promise((resolve) => parent.stdout.once('data', (text) => resolve(Number(text))));
    while (stat(zombie).state !== 'Z') await new Promise((resolve) => setTimeout(resolve, 10));
    fs.writeFileSync(path.join(folder, 'var/run/serve.pid'), `${zombie} ${stat(zombie).started}\n`);
    fs.writeFileSync(path.join(folder, 'var/run/verify.pid'), `${parent.pid} ${stat(parent.pid).started}\n`);
    fs.writeFileSync(path.join(folder, 'var/run/standin.pid'), `${parent.pid} 1\n`);
    const { stdout } = spawnSync(path.join(folder, 'deploy/run-local'), ['status'], { encoding: 'utf8' });
    assert.equal(stdout, `standin stopped\nverify ${parent.pid}\nnotify stopped\nserve stopped\n`);
});

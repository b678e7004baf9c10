/* The private PostgreSQL of deploy/postgres after a crash of the machine. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';

import { root } from './support/build.mjs';

const folder = path.join(root, 'var', `test-postgres-${process.pid}`);
const postgres = (...args) => spawnSync(path.join(root, 'deploy/postgres'), [folder, ...args], { encoding: 'utf8' });
const isRoot = process.getuid() === 0;

after(() => postgres('remove'));

/* A process of the user the cluster runs as; resolves once it is there. */
async function startStranger() {
    const command = ['sh', '-c', 'echo $$; exec sleep 600'];
    const child = isRoot ? spawn('runuser', ['-u', 'postgres', '--', ...command], { cwd: '/' }) : spawn(command[0], command.slice(1));
    const pid = await new Promise((resolve) => child.stdout.once('data', (text) => resolve(Number(text))));
    return { child, pid };
}

test('a pid file whose number is now a stranger\'s neither hurts the stranger nor stops the start', async () => {
    assert.equal(postgres('start', '--fast').status, 0);
    const link = path.join(folder, 'home');
    const data = path.join(fs.existsSync(link) ? fs.readlinkSync(link) : folder, 'data');
    const pidFile = path.join(data, 'postmaster.pid');
    const [pid, ...rest] = fs.readFileSync(pidFile, 'utf8').split('\n');
    process.kill(Number(pid), 'SIGKILL');
    const stranger = await startStranger();
    try {
        while (fs.existsSync(`/proc/${pid}`)) await new Promise((resolve) => setTimeout(resolve, 20));
        fs.writeFileSync(pidFile, [stranger.pid, ...rest].join('\n'));
        assert.equal(postgres('status').status, 3);
        assert.equal(postgres('stop').status, 0);
        assert.ok(fs.existsSync(`/proc/${stranger.pid}`), 'the stranger was ended');
        const again = postgres('start', '--fast');
        assert.equal(again.status, 0, again.stderr);
        assert.equal(postgres('status').status, 0);
    } finally {
        process.kill(stranger.pid, 'SIGKILL');
    }
});

/*
 * Verifiers that are killed anywhere lose no look and double none. CHAOS_KILLS (24) says how often; `make chaos` kills a thousand times.
 *
 * Three verifiers look at 300 accounts; again and again one of them, in the middle of whatever it does, is killed and another takes its place. When all are looked at, all are
 * due again, as long as there is killing to do.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';

import { program, root } from '../support/build.mjs';
import { templatesWithoutLimits } from '../support/networks.mjs';
import { eventually, startVeha, stopCluster } from './harness.mjs';

const kills = Number(process.env.CHAOS_KILLS ?? 24);
const accounts = 300;
const folder = path.join(root, 'var', `test-chaos-${process.pid}`);

after(async () => {
    await stopCluster();
    fs.rmSync(folder, { recursive: true, force: true });
});

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

test(`${kills} verifiers are killed, and each job has exactly one look`, async (t) => {
    const numbers = Array.from({ length: accounts }, (_, i) => i);
    const [clubs, channels, hosts] = [0, 1, 2].map((kind) => numbers.filter((n) => n % 3 === kind));
    const scenario = {
        vk: { usual: { name: 'Школа', posts: ['-1d'] }, communities: clubs.map((n) => ({ id: 1000 + n })) },
        telegram: channels.map((n) => ({ name: `channel_${n}`, title: 'Школа', posts: ['-1d'] })),
        sites: hosts.map((n) => ({ host: `site${n}.example`, title: 'Школа' })),
    };
    const veha = await startVeha({ template: 'migrated', scenario, config: { templates: { directory: templatesWithoutLimits(path.join(folder, 'templates')) }, verify: { lease_seconds: 3 }, vk: { token: 'one two' } } });
    const q = (statement) => veha.sql(`set search_path = veha, public; ${statement}`);
    q(`select enter(null, null, null, null, null);
       with made as (select n, tenant_add((select id from tenant where kind = 'region'), 'organisation', 'Школа ' || n, null, null, null) as id from generate_series(0, ${accounts - 1}) n)
       select roadmap_assign(id), account_add(id, (array['vk', 'telegram', 'site'])[n % 3 + 1],
                                              (array['club' || 1000 + n, 'channel_' || n, 'site' || n || '.example'])[n % 3 + 1], 'https://example.org/' || n, null) from made`);
    const workers = [];
    const start = () => {
        const child = spawn(program, ['verify', '--config', veha.configFile], { cwd: root, env: veha.env, stdio: 'ignore' });
        workers.push({ child, ended: new Promise((resolve) => child.once('exit', (status, signal) => resolve(signal ?? status))) });
    };
    const open = () => Number(q('select count(*) from job where finished_at is null'));
    const looked = () => Number(q('select count(*) from account where looked_at is not null'));
    try {
        for (let i = 0; i < 3; i++) start();
        let killed = 0;
        let seed = 1;
        while (killed < kills) {
            seed = (seed * 16807) % 2147483647;
            await sleep(50 + (seed % 900));
            const [victim] = workers.splice(seed % workers.length, 1);
            victim.child.kill('SIGKILL');
            assert.equal(await victim.ended, 'SIGKILL', 'it was at work until then');
            killed++;
            start();
            if (looked() === accounts && open() === 0) q("update account set looked_at = looked_at - interval '2 days'");
        }
        /* What a busy machine answered too late was put back for half a minute and more, which nobody waits for here. */
        const hurry = () => q('update job set due_at = veha.now() where finished_at is null and lease_until is null');
        await eventually(() => (hurry(), looked() === accounts && open() === 0), 'the rest', 240);
        const [jobs, looks] = q('select (select count(*) from job), (select count(*) from look)').split('|').map(Number);
        t.diagnostic(`${killed} kills, ${jobs} jobs, ${looks} looks, ${q('select sum(attempts - 1) from job')} leases ran out or were given back`);
        assert.ok(jobs >= accounts);
        assert.equal(looks, jobs, 'each job has its look');
        assert.equal(q('select count(*) from (select job from look group by job having count(*) > 1) q'), '0', 'and only one');
        assert.equal(q('select count(*) from look l where not exists (select from verdict v where v.tenant = l.tenant and v.look = l.id)'), '0', 'none is half recorded');
        assert.equal(q("select count(*) from event where kind = 'account_looked'"), String(looks), 'and none is told of twice');
        assert.equal(q(`select count(*) from look l join look e on e.tenant = l.tenant and e.account = l.account and e.id < l.id
                         where l.at < (select j.created_at from job j where j.tenant = l.tenant and j.id = l.job)
                            or (select j.created_at from job j where j.tenant = l.tenant and j.id = l.job) < e.at`), '0', 'no account had two jobs at once');
    } finally {
        const ends = await Promise.all(workers.map(({ child, ended }) => (child.kill('SIGTERM'), ended)));
        await veha.stop();
        assert.deepEqual(ends, [0, 0, 0]);
    }
});

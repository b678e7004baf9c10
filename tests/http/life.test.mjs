/*
 * Weeks of an account's life, each told by a scenario file of tests/standin/lives: the stand-in changes with the set clock, and what the program makes of it is asked at the moments of the
 * story: real fetches, the real verifier, the real database.
 *
 * story: [{at, do: "claim STEP", look: true (asked for; "by itself": the sweep's), and what must hold then: state of the look, checks: {CHECK: result}, unknown: true (nothing but unknown), steps: {STEP: "status basis decayed"},
 * seen: {STEP: what the run of verdicts means}}]. history: {STEP: ["+3d1h status", ...]}: all its statuses, and since when.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';

import { secondsAfter } from '../standin/text.mjs';
import { root } from '../support/build.mjs';
import { templatesWithoutLimits } from '../support/networks.mjs';
import { eventually, startVeha, stopCluster } from './harness.mjs';

const folder = path.join(root, 'var', `test-life-${process.pid}`);
const lives = path.join(root, 'tests/standin/lives');
const templates = { directory: templatesWithoutLimits(path.join(folder, 'templates')) };

after(async () => {
    await stopCluster();
    fs.rmSync(folder, { recursive: true, force: true });
});

const momentOf = (life, span) => new Date(secondsAfter(life.start, span) * 1000).toISOString();

/* Keeps the program from looking by itself, so that a story is the same each time it is told. */
const hold = (veha) => veha.sql('create policy held on veha.job as restrictive for insert to veha_verify with check (false)');
const release = (veha) => veha.sql('drop policy held on veha.job');

/* A server whose world lives that life, and a curator with one school. */
async function begin(life) {
    const config = { templates, region: { deadline: '2030-12-01' } };
    const veha = await startVeha({ template: 'migrated', verify: true, scenario: life, clock: life.start, config });
    veha.command('migrate');
    const password = /^Password: (.+)$/m.exec(veha.command('user', 'add', '--informed', '--login', 'anna', '--name', 'Анна Пробная', '--role', 'curator'))[1];
    const region = Number(veha.sql("select id from veha.tenant where kind = 'region'"));
    let curator = await veha.signIn('anna', password);
    const agency = (await curator.post('/tenants', { parent: region, kind: 'agency', name: 'Министерство' })).json.id;
    const tenant = (await curator.post('/tenants', { parent: agency, kind: 'organisation', name: life.school })).json.id;
    hold(veha);
    assert.equal((await curator.post(`/tenants/${tenant}/accounts`, { address: life.address })).status, 201);
    return {
        veha, tenant,
        get curator() {
            return curator;
        },
        /* Moves the clock, which no session outlives. */
        async pass(moment) {
            veha.setClock(moment);
            curator = await veha.signIn('anna', password);
        },
    };
}

/* A look that was asked for, or one that the program thinks of by itself. quiet: there may be none yet, for the network asked to be left alone. */
async function look({ veha, curator, tenant }, moment, byItself, quiet, told) {
    const last = Number(veha.sql(`select coalesce(max(id), 0) from veha.look where tenant = ${tenant}`));
    if (byItself) release(veha);
    else assert.equal((await curator.post(`/tenants/${tenant}/looks`, {})).status, 200);
    let asked = 0;
    const seen = await eventually(async () => {
        const { items, pending } = (await curator.get(`/tenants/${tenant}/looks`)).json;
        if (++asked % 20 === 0) veha.setClock(new Date(Date.parse(moment) + asked * 1500).toISOString()); // who was asked for a pause waits by this clock
        return pending.length === 0 && items.find(({ id }) => id > last);
    }, `the look ${told}`, quiet ? 10 : 60).catch((error) => (quiet ? null : Promise.reject(error)));
    if (byItself) hold(veha);
    return seen;
}

function assertLook(seen, { state, checks = {}, unknown = false }, told) {
    const results = Object.fromEntries(seen.verdicts.map(({ check, result }) => [check, result]));
    if (state) assert.equal(seen.state, state, told);
    for (const [check, result] of Object.entries(checks)) assert.equal(results[check], result, `${told} ${check} ${JSON.stringify(seen.verdicts)}`);
    if (unknown) assert.deepEqual([...new Set(Object.values(results))], ['unknown'], `${told} ${seen.state} ${JSON.stringify(results)}`);
}

async function assertSteps({ veha, curator, tenant }, { steps = {}, seen = {} }, told) {
    const known = (await curator.get(`/tenants/${tenant}`)).json.steps;
    for (const [key, words] of Object.entries(steps)) {
        const step = known.find((one) => one.key === key);
        assert.equal([step.status, step.basis, step.decayed && 'decayed'].filter(Boolean).join(' '), words, `${told} ${key}`);
    }
    for (const [key, means] of Object.entries(seen)) assert.equal(veha.sql(`select seen from veha.step_state where tenant = ${tenant} and step = '${key}'`), means, `${told} ${key}`);
}

/* Every status a step had, and since when. */
function historyOf({ veha, tenant }, step) {
    const rows = veha.sql(`select extract(epoch from lower(valid))::bigint, status from veha.step_history where tenant = ${tenant} and step = '${step}' order by valid`);
    const told = rows.split('\n').map((row) => row.split('|'));
    return told.filter(([, status], number) => number === 0 || status !== told[number - 1][1]).map(([at, status]) => ({ at: Number(at), status }));
}

for (const file of fs.readdirSync(lives).filter((name) => name.endsWith('.json')).sort()) {
    const life = JSON.parse(fs.readFileSync(path.join(lives, file), 'utf8'));
    test(`${path.basename(file, '.json')}: ${life.about}`, async () => {
        const world = await begin(life);
        try {
            for (const entry of life.story) {
                const told = `${file} ${entry.at}`;
                await world.pass(momentOf(life, entry.at));
                const [action, step] = (entry.do ?? '').split(' ');
                if (action === 'claim') assert.equal((await world.curator.post(`/tenants/${world.tenant}/steps/${step}/claim`, {})).status, 200, told);
                const seen = entry.look && (await look(world, momentOf(life, entry.at), entry.look === 'by itself', entry.unknown, told));
                if (seen) assertLook(seen, entry, told);
                await assertSteps(world, entry, told);
            }
            for (const [step, expected] of Object.entries(life.history)) {
                const told = historyOf(world, step);
                const wanted = expected.map((line) => line.split(' '));
                assert.deepEqual(told.map(({ status }) => status), wanted.map(([, status]) => status), step);
                for (const [number, [span]] of wanted.entries()) {
                    const late = told[number].at - secondsAfter(life.start, span);
                    assert.ok(late >= 0 && late < 1800, `${step}: ${told[number].status} ${late} s after ${span}`);
                }
            }
        } finally {
            await world.veha.stop();
        }
    });
}

/* Looks end to end: checked now and shown within seconds, never lost when a worker dies, never blamed on the organisation when a network is at fault. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';

import { program, root } from '../support/build.mjs';
import { templatesWithoutLimits } from '../support/networks.mjs';
import { eventually, startVeha, stopCluster } from './harness.mjs';

const folder = path.join(root, 'var', `test-verify-${process.pid}`);
const templates = { directory: templatesWithoutLimits(path.join(folder, 'templates')) };

after(async () => {
    await stopCluster();
    fs.rmSync(folder, { recursive: true, force: true });
});

const channel = (name, more = {}) => ({ name, title: 'Министерство просвещения Лукоморской области', posts: ['-1d', '-2d', '-3d'], ...more });
const one = (veha, statement) => veha.sql(`set search_path = veha, public; ${statement}`);
const tenantOf = (veha, network, address) => one(veha, `select tenant from account where network = '${network}' and address = '${address}' and upper_inf(valid)`);

test('"check now" shows its outcome within seconds', async () => {
    const veha = await startVeha({ verify: true, scenario: { telegram: [channel('lukomor98_edu')], vk: {}, sites: [] }, config: { templates } });
    try {
        const tenant = tenantOf(veha, 'telegram', 'lukomor98_edu');
        const looks = `select count(*) from look l join account a on a.tenant = l.tenant and a.id = l.account where a.tenant = ${tenant} and a.network = 'telegram'`;
        await eventually(() => one(veha, looks) === '1', 'the look nobody asked for', 40);
        const before = Number(one(veha, `select max(id) from look where tenant = ${tenant}`));
        const curator = await veha.signIn('curator');
        const asked = await curator.post(`/tenants/${tenant}/looks`, {}, { headers: { 'idempotency-key': 'look-1' } });
        assert.ok([200, 201, 202].includes(asked.status), asked.text);
        const shown = await eventually(async () => {
            const { json } = await curator.get(`/tenants/${tenant}/looks`);
            return json.items.find((look) => look.id > before && look.account.network === 'telegram');
        }, 'the outcome', 20);
        assert.equal(shown.state, 'present');
        const exist = shown.verdicts.find((verdict) => verdict.check === 'EXIST');
        assert.deepEqual([exist.result, exist.reason], ['passed', 'as_required']);
        assert.ok(shown.reading.facts.name.origin.startsWith('https://t.me/'));
        assert.equal(shown.requests[0].status, 200);
        assert.equal(JSON.stringify(shown).includes('stand-in'), false, 'the token must not be kept');
    } finally {
        await veha.stop();
    }
});

test('a worker that dies in the middle loses no look and doubles none', async () => {
    const veha = await startVeha({ scenario: { telegram: [], vk: {}, sites: [] }, config: { templates, verify: { lease_seconds: 2 } } });
    try {
        const accounts = Number(one(veha, "select count(*) from account a join tenant t on t.id = a.tenant and t.closed_at is null where upper_inf(a.valid)"));
        assert.ok(accounts > 20);
        for (let round = 0; round < 3; round++) {
            const worker = spawn(program, ['verify', '--config', veha.configFile], { cwd: root, env: veha.env, stdio: 'ignore' });
            const ended = new Promise((resolve) => worker.once('exit', resolve));
            await eventually(() => one(veha, 'select count(*) from job where lease_until is not null') !== '0', 'a look under way', 20);
            worker.kill('SIGKILL');
            await ended;
        }
        const worker = spawn(program, ['verify', '--config', veha.configFile], { cwd: root, env: veha.env, stdio: 'ignore' });
        const ended = new Promise((resolve) => worker.once('exit', resolve));
        const left = () => one(veha, 'select count(*) from job where finished_at is null and attempts = 0') === '0' && Number(one(veha, 'select count(*) from look')) > accounts / 3;
        await eventually(left, 'the looks to be taken up again', 60);
        worker.kill('SIGTERM');
        assert.equal(await ended, 0);
        assert.equal(one(veha, 'select count(*) from (select job from look group by job having count(*) > 1) q'), '0');
        assert.equal(one(veha, 'select count(*) from job j where finished_at is not null and not exists (select from look l where l.tenant = j.tenant and l.job = j.id)'), '0');
    } finally {
        await veha.stop();
    }
});

test('a network that throttles, and a token of ours that is refused, fail nobody', async () => {
    const veha = await startVeha({ verify: true, scenario: { vk: { error: { code: 28, text: 'App authorization failed' }, communities: [] }, telegram: [], sites: [], answers: [{ host: 't.me', path: '/s/lukomor98_edu', status: 429, body: 'slow down' }] }, config: { templates } });
    try {
        await eventually(() => /network_token_refused/.test(veha.log('verify')), 'the operator to be told', 40);
        assert.equal(one(veha, `select count(*) from verdict v join account a on a.id = v.account and a.tenant = v.tenant where a.network = 'telegram' and a.address = 'lukomor98_edu' and v.result = 'failed'`), '0');
    } finally {
        await veha.stop();
    }
});

test('a day that passes makes a step overdue, though nobody does anything', async () => {
    const morning = '2030-05-01T09:00:00Z';
    const veha = await startVeha({ verify: true, scenario: { telegram: [], vk: {}, sites: [] }, clock: morning, config: { templates } });
    try {
        one(veha, `select enter(null, null, null, null, '${morning}'), region_configure(to_jsonb(r) || '{"deadline": "2030-12-01"}') from region r`);
        const idle = 'select t.id from tenant t where t.closed_at is null and not exists (select from account a where a.tenant = t.id)';
        const [tenant, day] = one(veha, `select tenant, min(due_on) from step_state where tenant in (${idle}) and status <> 'not_applicable' group by tenant order by 2, 1 limit 1`).split('|');
        assert.match(day, /^2030-/, 'an organisation that no look will ever touch');
        const overdue = () => Number(one(veha, `select count(*) from step_state where tenant = ${tenant} and overdue`));
        assert.equal(overdue(), 0);
        veha.setClock(`${day}T12:00:00Z`);
        await eventually(() => one(veha, 'select count(*) from job where finished_at is not null') !== '0', 'the verifier to be at work', 60);
        assert.equal(overdue(), 0, 'on its day a step is in time');
        veha.setClock(new Date(Date.parse(day) + 2 * 86400e3).toISOString());
        await eventually(() => overdue() > 0, 'the step to become overdue', 40);
        await eventually(() => one(veha, `select count(*) from step_state where due_on <= '${day}' and not overdue and status not in ('verified', 'not_applicable')`) === '0', 'and every other whose day it was', 60);
    } finally {
        await veha.stop();
    }
});

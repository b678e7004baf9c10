/* How often the networks are asked: by two verifiers together never more than a network allows, in as few calls as will do, and not at all when it asks for a pause. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';

import { program, root } from '../support/build.mjs';
import { eventually, startVeha, stopCluster } from './harness.mjs';

const folder = path.join(root, 'var', `test-pace-${process.pid}`);
let copies = 0;

after(async () => {
    await stopCluster();
    fs.rmSync(folder, { recursive: true, force: true });
});

/* The templates, with these limits of one network. */
function templates(network, limits) {
    const copy = path.join(folder, String(++copies));
    fs.cpSync(path.join(root, 'templates'), copy, { recursive: true });
    const file = path.join(copy, 'networks', `${network}.json`);
    fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(fs.readFileSync(file, 'utf8')), limits }));
    return { directory: copy };
}

const q = (veha, statement) => veha.sql(`set search_path = veha, public; ${statement}`);
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/* Organisations of one account each: their addresses on one network. */
function settle(veha, network, addresses) {
    q(veha, `select enter(null, null, null, null, null);
             with made as (select tenant_add((select id from tenant where kind = 'region'), 'organisation', 'Школа ' || a, null, null, null) as id, a
                             from unnest('{${addresses.join(',')}}'::text[]) a)
             select roadmap_assign(id), account_add(id, '${network}', a, 'https://' || a, null) from made`);
}

function startWorker(veha) {
    const worker = spawn(program, ['verify', '--config', veha.configFile], { cwd: root, env: veha.env, stdio: ['ignore', 'ignore', fs.openSync(path.join(veha.folder, 'verify.log'), 'a')] });
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    return { stop: () => (worker.kill('SIGTERM'), ended) };
}

/* Starts Veha with two verifiers once the accounts are there; the callback gets {veha, looks, calls}. */
async function withTwo(options, network, addresses, body) {
    const veha = await startVeha({ template: 'migrated', ...options });
    settle(veha, network, addresses);
    const workers = [startWorker(veha), startWorker(veha)];
    const calls = (method) => veha.standin.requests().filter(({ path: asked }) => asked.endsWith(`/${method}`));
    const looks = () => Number(q(veha, 'select count(*) from look'));
    try {
        await body({ veha, looks, calls });
        assert.equal(q(veha, 'select count(*) from (select job from look group by job having count(*) > 1) q'), '0');
    } finally {
        const ends = await Promise.all(workers.map((one) => one.stop()));
        await veha.stop();
        assert.deepEqual(ends, [0, 0]);
    }
}

const numbers = (count, from = 1001) => Array.from({ length: count }, (_, i) => from + i);
const clubs = (ids) => ids.map((id) => `club${id}`);
const usual = { name: 'Школа', description: 'Страница', posts: ['-1h', '-1d'], is_closed: 0 };
const communities = (ids) => ids.map((id) => ({ id }));

/* The most that came within so many milliseconds. */
function most(requests, within) {
    const times = requests.map(({ at }) => at).sort((one, other) => one - other);
    return Math.max(0, ...times.map((from, i) => times.slice(i).filter((at) => at < from + within).length));
}

test('two verifiers together stay within the three requests a second of one token, and ask for many communities at once', async () => {
    const ids = numbers(36);
    const vk = { usual, communities: communities(ids.slice(1)) };
    await withTwo({ scenario: { vk }, config: { vk: { token: 'one' } } }, 'vk', clubs(ids), async ({ veha, looks, calls }) => {
        await eventually(() => looks() === ids.length, 'all looks', 60);
        const asked = [...calls('groups.getById'), ...calls('wall.get')];
        /* What leaves evenly may arrive in twos on a busy machine: five seconds tell the pace. Each by itself would have asked 30. */
        assert.ok(most(asked, 5000) <= 15 && most(asked, 10000) <= 30, `${most(asked, 5000)} within five seconds, ${most(asked, 10000)} within ten`);
        assert.equal(calls('wall.get').length, ids.length - 1, 'a wall for each that exists');
        assert.ok(calls('groups.getById').length <= 10, `${calls('groups.getById').length} calls for ${ids.length} communities`);
        assert.equal(q(veha, "select string_agg(distinct state, ' ') from account where address <> 'club1001'"), 'present', 'the one that does not exist spoils no other');
        assert.equal(q(veha, "select state from account where address = 'club1001'"), 'missing');
        assert.equal(q(veha, "select count(*) from look l join account a on a.id = l.account where l.reading->'facts'->'id'->>'value' is distinct from replace(a.address, 'club', '') and a.state = 'present'"), '0', 'each has its own');
        assert.ok(Number(q(veha, "select max((r->>'batch')::int) from look, jsonb_array_elements(requests) r")) > 8, 'the evidence says that it was a batch');
        assert.equal(q(veha, "select count(*) from look, jsonb_array_elements(requests) r where r::text like '%access_token%'"), '0');
        assert.equal(q(veha, "select used from quota where method = 'wall.get'"), String(ids.length - 1));
    });
});

test('a day\'s quota is never exceeded: looks go on without the wall, and its last tenth is for those who ask', async () => {
    const ids = numbers(30);
    const config = { templates: templates('vk', { per_second: 20, concurrent: 4, batch: 100, daily: { 'wall.get': 10 } }), vk: { token: 'one' } };
    await withTwo({ scenario: { vk: { usual, communities: communities(ids) } }, config, clock: '2026-03-02T10:00:00Z' }, 'vk', clubs(ids), async ({ veha, looks, calls }) => {
        await eventually(() => looks() === ids.length, 'all looks', 60);
        assert.equal(calls('wall.get').length, 9);
        assert.equal(q(veha, "select count(*) from look where state = 'present' and reading->>'posts_reason' = 'daily_quota'"), '21', 'all the rest is seen');
        assert.equal(q(veha, "select count(*) from verdict where \"check\" = 'FRESH' and result = 'unknown' and look in (select id from look where reading->>'posts_reason' = 'daily_quota')"), '21', 'and activity is unknown');
        assert.equal(q(veha, "select count(*) from account where standing = 'partial'"), '21');
        const ask = (address) => q(veha, `update job set finished_at = now() where finished_at is null; insert into job (tenant, place, account, on_demand, due_at) select tenant, place, id, true, '2026-03-02T10:00Z' from account where address = '${address}'`);
        ask('club1001');
        await eventually(() => looks() === ids.length + 1, 'the look that was asked for', 20);
        assert.equal(calls('wall.get').length, 10);
        ask('club1002');
        await eventually(() => looks() === ids.length + 2, 'another', 20);
        assert.equal(calls('wall.get').length, 10, 'not one more');
        await sleep(6); /* so long a verifier believes that nothing is left */
        veha.setClock('2026-03-03T06:00:00Z');
        await eventually(() => calls('wall.get').length === 19, 'the next day\'s', 90);
        assert.equal(q(veha, "select count(*) from look l where l.reading->>'posts_reason' is null and l.at > '2026-03-03' and l.account in (select account from look where at < '2026-03-03' and reading->>'posts_reason' is null)"), '0',
            'they went to those whose posts nobody had read');
    });
});

test('a token that is refused is set aside with an alarm, and the others go on', async () => {
    const ids = numbers(20);
    const refusal = { host: 'api.vk.com', query: { access_token: 'stale' }, type: 'application/json', body: JSON.stringify({ error: { error_code: 5, error_msg: 'User authorization failed: invalid access_token (4).' } }) };
    const scenario = { vk: { usual, communities: communities(ids) }, answers: [refusal] };
    await withTwo({ scenario, config: { vk: { token: 'stale good' } } }, 'vk', clubs(ids), async ({ veha, looks, calls }) => {
        await eventually(() => looks() === ids.length, 'all looks', 60);
        assert.equal(q(veha, "select count(*) from look where reading->>'source' = 'api' and state = 'present'"), String(ids.length), 'no look suffers');
        const stale = [...calls('groups.getById'), ...calls('wall.get')].filter(({ query }) => query.access_token === 'stale');
        assert.ok(stale.length >= 1 && stale.length <= 6, `${stale.length} requests with the stale one`);
        assert.match(veha.log('verify'), /network_token_refused/);
        assert.equal(q(veha, "select count(*) from budget where network = 'vk' and reason = 'token' and paused_until > now()"), '1');
        assert.equal(q(veha, "select count(*) from budget where holder ~ 'stale|good'"), '0', 'the database knows no token');
    });
});

test('without any token that is accepted the pages are read', async () => {
    const ids = numbers(6);
    const scenario = { vk: { usual, communities: communities(ids), error: { code: 27, text: 'Group authorization failed' } } };
    await withTwo({ scenario, config: { vk: { token: 'one two' }, templates: templates('vk', { per_second: 20, concurrent: 4, batch: 100 }) } }, 'vk', clubs(ids), async ({ veha, looks }) => {
        await eventually(() => looks() === ids.length, 'all looks', 60);
        assert.equal(q(veha, "select count(*) from look where reading->>'source' = 'page' and state = 'present'"), String(ids.length));
    });
});

test('Retry-After of a network is heeded by all verifiers', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `channel_${i}`);
    const telegram = names.map((name) => ({ name, title: 'Школа', posts: ['-1d'] }));
    const answers = [{ host: 't.me', path: '/s/channel_0', status: 429, headers: { 'retry-after': '60' }, body: 'Too Many Requests' }];
    const config = { templates: templates('telegram', { per_second: 4, concurrent: 2 }) };
    await withTwo({ scenario: { telegram, answers }, config }, 'telegram', names, async ({ veha, looks }) => {
        await eventually(() => q(veha, "select count(*) from budget where network = 'telegram' and paused_until > now() + interval '50 seconds'") === '1', 'the pause', 30);
        await sleep(4); /* what was on its way may still arrive on a busy machine */
        const before = veha.standin.requests().length;
        assert.ok(before < names.length, `${before} requests`);
        await sleep(4);
        assert.equal(veha.standin.requests().length, before, 'nobody asks any more');
        const waiting = names.length - looks();
        assert.equal(q(veha, "select count(*) from job where finished_at is null and first and due_at > now() + interval '20 seconds' and attempts <= 1"), String(waiting), 'the looks wait, and it was no attempt of theirs');
        veha.standin.setScenario({ telegram });
        q(veha, 'update budget set paused_until = null');
        await eventually(() => (q(veha, 'update job set due_at = now() where finished_at is null and lease_until is null'), looks() === names.length), 'the rest', 60);
    });
});

test('Retry-After of a site is heeded for its host, and for no other', async () => {
    const sites = [{ host: 'one.example', title: 'Школа' }, { host: 'two.example', title: 'Школа' }];
    const answers = [{ host: 'one.example', status: 503, headers: { 'retry-after': new Date(Date.now() + 300e3).toUTCString() }, body: 'Busy' }];
    await withTwo({ scenario: { sites, answers } }, 'site', ['one.example/first', 'two.example'], async ({ veha, looks }) => {
        await eventually(() => looks() >= 1, 'a look at the other host', 30);
        assert.equal(q(veha, "select holder from budget where network = 'site'"), 'one.example');
        settle(veha, 'site', ['one.example/second', 'two.example/second']);
        const before = veha.standin.requests().filter(({ host }) => host === 'one.example').length;
        await eventually(() => Number(q(veha, "select count(*) from look l join account a on a.id = l.account where a.address like 'two.%'")) === 2, 'the other host again', 30);
        await eventually(() => q(veha, "select count(*) from job j join account a on a.id = j.account where a.address = 'one.example/second' and j.due_at > now() + interval '1 minute'") === '1', 'the second site of the host to wait', 30);
        assert.equal(veha.standin.requests().filter(({ host }) => host === 'one.example').length, before);
    });
});

test('what people ask for is asked in the order in which they asked, with our name and where to reach us', async () => {
    const names = ['early_one', 'middle_one', 'late_one'];
    const telegram = names.map((name) => ({ name, title: 'Школа', posts: ['-1d'] }));
    const config = { templates: templates('telegram', { per_second: 1, concurrent: 1 }), verify: { contact: 'https://veha.example/about' } };
    const veha = await startVeha({ template: 'migrated', scenario: { telegram }, config });
    settle(veha, 'telegram', names);
    names.forEach((name, i) => q(veha, `insert into job (tenant, place, account, on_demand, due_at) select tenant, place, id, true, now() - interval '${10 - i} minutes' from account where address = '${name}'`));
    const worker = startWorker(veha);
    try {
        await eventually(() => q(veha, 'select count(*) from look') === '3', 'the looks', 30);
        const asked = veha.standin.requests().map(({ path: target }) => target.replace('/s/', ''));
        const order = [...new Set(asked)]; /* on a busy machine one may never arrive */
        assert.ok(order.length >= 2);
        assert.deepEqual(order, names.filter((name) => order.includes(name)));
        assert.deepEqual([...new Set(veha.standin.requests().map(({ agent }) => agent))], ['Veha/1 (+https://veha.example/about)']);
    } finally {
        assert.equal(await worker.stop(), 0);
        await veha.stop();
    }
});

/* A network that fails for all fails nobody, an operator is told when nobody looks, and what every page says of it comes and goes by itself. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';

import { program, root } from '../support/build.mjs';
import { templatesWithoutLimits } from '../support/networks.mjs';
import { openBrowser } from './ask.mjs';
import { eventually, startVeha, stopCluster } from './harness.mjs';

const folder = path.join(root, 'var', `test-outage-${process.pid}`);
const templates = { directory: templatesWithoutLimits(path.join(folder, 'templates')) };
const many = 60;

after(async () => {
    await stopCluster();
    fs.rmSync(folder, { recursive: true, force: true });
});

const one = (veha, statement) => veha.sql(`set search_path = veha, public; ${statement}`);
const names = Array.from({ length: many }, (_, number) => `outage_school_${number}`);
const working = { telegram: [], sites: [], vk: { communities: names.map((name, number) => ({ id: 7000 + number, screen_name: name, name: 'Школа' })) } };
/* A third each: answered by an error, by something unfamiliar, and as if no such page had ever been. */
const kinds = [{ status: 503 }, { status: 200, body: '<html><p>Hello</p></html>' }];
const broken = { telegram: [], sites: [], vk: {}, answers: names.flatMap((name, number) => (kinds[number % 3] ? [{ host: 'vk.com', path: `/${name}`, ...kinds[number % 3] }] : [])) };
/* Sessions end while days pass: everybody signs in anew. */
const see = async (veha, login, target = '/', options = {}) => (await openBrowser(veha, login)).page(target, options);
const ask = async (veha, target, body) => {
    const admin = await veha.signIn('admin');
    return body ? admin.post(target, body) : admin.get(target);
};
/* A clock that jumps by hours, and goes on by ten seconds while something is waited for: what a network did not answer is asked again half a minute later. */
function openClock(veha, start) {
    let now = Date.parse(start);
    const pass = (seconds) => veha.setClock(new Date((now += 1000 * seconds)).toISOString());
    return { pass, eventually: (probe, what) => eventually(() => probe() || void pass(10), what, 400) };
}
const shown = (veha, like) => one(veha, `select string_agg(distinct concat_ws('/', p.status, p.basis), ' ') from step_state p join account a on a.tenant = p.tenant where a.address like '${like}' and p.step = 'create_vk'`);

function register(veha, addresses) {
    one(veha, `select roadmap_assign(t), account_add(t, 'vk', name, 'https://vk.com/' || name, null) from (select tenant_add((select id from tenant where kind = 'region'), 'organisation', 'Школа ' || name, null, null, null) as t, name from unnest('{${addresses}}'::text[]) as name) made`);
}

test('a network that fails for all moves nobody, says so on every page, and is forgotten by itself', async () => {
    const veha = await startVeha({ verify: true, scenario: working, clock: '2030-05-01T09:00:00Z', config: { templates, vk: { token: '' }, verify: { every_hours: 12, later_hours: 12, lease_seconds: 86400 } } });
    try {
        const clock = openClock(veha, '2030-05-01T09:00:00Z');
        /* Nobody else is to be looked at. */
        one(veha, 'update account set valid = tstzrange(lower(valid), lower(valid) + $$1 second$$); update job set finished_at = created_at where finished_at is null');
        register(veha, [...names, 'lone_school']);
        await clock.eventually(() => shown(veha, 'outage_school%') === 'verified/account', `${many} pages in place`);

        /* Outside an outage one page that is not there is one page that is not there. */
        const lone = one(veha, "select tenant from account where address = 'lone_school'");
        const claimed = await ask(veha, `/tenants/${lone}/steps/create_vk/claim`, { note: 'готово' });
        assert.equal(claimed.status, 200, claimed.text);
        const looks = () => Number(one(veha, `select count(*) from look where tenant = ${lone}`));
        for (let hour = 0; hour < 4; hour += 2) {
            clock.pass(2 * 3600);
            const before = looks();
            await ask(veha, `/tenants/${lone}/looks`, {});
            await eventually(() => looks() > before, 'a look at the page that is not there', 30);
        }
        assert.equal(shown(veha, 'lone_school'), 'contradicted/account', 'two failures an hour apart contradict');
        assert.equal((await see(veha, 'specialist')).text.includes('Сбой площадки'), false);
        const changes = () => Number(one(veha, "select count(*) from event e join account a on a.tenant = e.tenant where e.kind = 'step_changed' and a.address like 'outage_school%'"));
        const changed = changes();

        veha.standin.setScenario(broken);
        clock.pass(24 * 3600);
        const out = "select count(*) from network_state where network = 'vk' and outage_since is not null";
        await clock.eventually(() => one(veha, out) === '1', 'the breaker to open');
        const reader = await openBrowser(veha, 'specialist');
        const page = await eventually(async () => {
            const answer = await reader.page('/', { headers: { 'if-none-match': '*' } });
            assert.equal(answer.status, 200, 'a page is never «not modified»: what it says of the network would be old');
            return answer.text.includes('Сбой площадки') && answer;
        }, 'the banner', 60);
        assert.match(page.text, /Сбой площадки «ВКонтакте» с 2\s+мая\s+2030[^<]*1\d:\d\d\. Пока он длится, отметки по ней не меняются\./);
        for (const target of ['/networks', '/tenants']) assert.ok((await reader.page(target)).text.includes('Сбой площадки «ВКонтакте»'), target);
        assert.equal((await veha.client().page('/session')).text.includes('Сбой площадки'), false, 'whoever is not signed in is told nothing');
        const unseen = "select count(*) from account where address like 'outage_school%' and looked_at < '2030-05-02'";
        await clock.eventually(() => one(veha, unseen) === '0', 'every page to be looked at');
        assert.equal(shown(veha, 'outage_school%'), 'verified/account', 'nobody lost anything');
        assert.equal(changes(), changed, 'not even for a moment');
        const told = await eventually(async () => {
            const { json } = await ask(veha, '/verification');
            return json.workers.some(({ alive }) => alive) && json;
        }, 'a worker to say that it lives', 60);
        assert.ok(told.troubles.some(({ code, network }) => code === 'network_out' && network === 'ВКонтакте'), JSON.stringify(told.troubles));

        /* Days later, still out: the clock of this network stands still. */
        clock.pass(96 * 3600);
        const again = "select count(*) from look l join account a on a.id = l.account where a.network = 'vk' and l.at >= '2030-05-06'";
        await clock.eventually(() => Number(one(veha, again)) > 12, 'looks to go on');
        assert.equal(shown(veha, 'outage_school%'), 'verified/account');
        assert.equal(one(veha, out), '1');

        veha.standin.setScenario(working);
        clock.pass(600);
        await clock.eventually(() => one(veha, out) === '0', 'the breaker to close');
        await eventually(async () => !(await see(veha, 'specialist')).text.includes('Сбой площадки'), 'the banner to go', 60);
        assert.equal(shown(veha, 'outage_school%'), 'verified/account');
        const doubted = "select count(*) from sighting s join account a on a.id = s.account where a.address like 'outage_school%' and s.\"check\" = 'EXIST' and s.result <> 'passed'";
        await clock.eventually(() => one(veha, doubted) === '0', 'all to be looked at again');
        assert.equal(shown(veha, 'outage_school%'), 'verified/account');
        assert.equal(changes(), changed);
        assert.equal(one(veha, "select string_agg(kind, ' ' order by id) from event where kind like 'network_outage%'"), 'network_outage_began network_outage_ended');
    } finally {
        await veha.stop();
    }
});

test('a layout that changes while the pages are there accuses nobody of what is no longer read', async () => {
    const channels = Array.from({ length: 40 }, (_, number) => ({ name: `layout_school_${number}`, title: `Школа № ${number + 1}`, description: '' }));
    const scenario = (title) => ({ vk: {}, sites: [], telegram: channels.map((channel) => ({ ...channel, title: title ?? channel.title })) });
    const veha = await startVeha({ verify: true, scenario: scenario(), clock: '2030-05-01T09:00:00Z', config: { templates, verify: { every_hours: 12, later_hours: 12, lease_seconds: 86400 } } });
    try {
        const clock = openClock(veha, '2030-05-01T09:00:00Z');
        one(veha, 'update account set valid = tstzrange(lower(valid), lower(valid) + $$1 second$$); update job set finished_at = created_at where finished_at is null');
        one(veha, `select roadmap_assign(t), account_add(t, 'telegram', 'layout_school_' || number, 'https://t.me/layout_school_' || number, null) from (select tenant_add((select id from tenant where kind = 'region'), 'organisation', 'Школа № ' || number + 1, null, null, null) as t, number from generate_series(0, 39) as number) made`);
        const naming = one(veha, "select string_agg(distinct key, ',') from roadmap_step where checks = '{NAME}'");
        const named = () => one(veha, `select string_agg(distinct concat_ws('/', p.status, p.seen), ' ') from step_state p join account a on a.tenant = p.tenant where a.address like 'layout_school%' and p.step = any ('{${naming}}')`);
        await clock.eventually(() => named() === 'verified/passed', 'forty names to be seen');

        /* The heading no longer says the name; the address answers as ever. */
        veha.standin.setScenario(scenario('Открыть канал'));
        clock.pass(24 * 3600);
        const out = "select count(*) from network_state where network = 'telegram' and outage_since is not null";
        await clock.eventually(() => one(veha, out) === '1', 'the breaker to open');
        assert.equal(one(veha, "select detail->>'check' from event where kind = 'network_outage_began'"), 'NAME');
        const unseen = "select count(*) from account where address like 'layout_school%' and looked_at < '2030-05-02'";
        await clock.eventually(() => one(veha, unseen) === '0', 'every page to be looked at');
        assert.equal(named(), 'verified/passed', 'what it began is undone');
        assert.equal(one(veha, "select string_agg(distinct state, ' ') from account where address like 'layout_school%'"), 'present');
        clock.pass(96 * 3600);
        const again = "select count(*) from look l join account a on a.id = l.account where a.network = 'telegram' and l.at >= '2030-05-06'";
        await clock.eventually(() => Number(one(veha, again)) > 24, 'looks to go on');
        assert.equal(named(), 'verified/passed', 'days later nobody has lost anything');
        assert.equal(one(veha, out), '1', 'that every page is there does not close it');

        veha.standin.setScenario(scenario());
        clock.pass(600);
        await clock.eventually(() => one(veha, out) === '0', 'the breaker to close');
        const doubted = "select count(*) from sighting s join account a on a.id = s.account where a.address like 'layout_school%' and s.\"check\" = 'NAME' and s.result <> 'passed'";
        await clock.eventually(() => one(veha, doubted) === '0', 'all to be looked at again');
        assert.equal(named(), 'verified/passed');
        assert.equal(one(veha, "select count(*) from event e join account a on a.tenant = e.tenant where e.kind = 'step_changed' and a.address like 'layout_school%' and e.detail->>'from' = 'verified'"), '0');
    } finally {
        await veha.stop();
    }
});

test('when every process of verification is dead the operator is told once, and nobody else', async () => {
    const veha = await startVeha({ scenario: { telegram: [], vk: {}, sites: [] }, clock: '2030-05-01T09:00:00Z', config: { templates, web: { workers: 2 } } });
    try {
        await eventually(() => /verification_stopped/.test(veha.log()), 'the alarm', 20);
        const line = veha.log().split('\n').find((one) => one.includes('verification_stopped'));
        assert.match(line, /error/, 'the log says it as an error');
        await eventually(async () => (await see(veha, 'curator')).text.includes('Проверки стоят с'), 'the banner', 60);
        assert.equal((await see(veha, 'specialist')).text.includes('Проверки стоят'), false, 'an operator’s fault is not shown to a specialist');
        const page = await see(veha, 'curator', '/verification');
        assert.equal(page.status, 200);
        assert.match(page.text, /Не работает ни один процесс проверки/);
        assert.equal((await see(veha, 'specialist', '/verification')).status, 403);
        veha.setClock('2030-05-03T09:00:00Z');
        await new Promise((resolve) => setTimeout(resolve, 7000)); /* nothing is to come of two more rounds of both web processes */
        const told = (kind) => one(veha, `select (select count(*) from event where kind = '${kind}') || ' ' || (select count(*) from outbox where kind = '${kind}')`);
        assert.equal(told('verification_stopped'), '1 1', 'once, not every few seconds');
        assert.equal(veha.log().split('\n').filter((one) => /verification_stopped/.test(one)).length, 1);

        const worker = spawn(program, ['verify', '--config', veha.configFile], { cwd: root, env: veha.env, stdio: 'ignore' });
        const ended = new Promise((resolve) => worker.once('exit', resolve));
        await eventually(async () => !(await see(veha, 'curator')).text.includes('Проверки стоят'), 'the alarm to end by itself', 150);
        assert.equal(told('verification_resumed'), '1 0');
        const seen = (await (await veha.signIn('admin')).get('/verification')).json;
        assert.equal(seen.workers.length, 1);
        assert.equal(seen.workers[0].alive, true);
        assert.equal(seen.stopped_since, null);
        worker.kill('SIGTERM');
        assert.equal(await ended, 0);
        assert.equal(one(veha, 'select count(*) from worker'), '0', 'a worker that leaves says so');
    } finally {
        await veha.stop();
    }
});

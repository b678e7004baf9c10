/* A network that fails for all fails nobody, an operator is told when nobody looks, and what every page says of it comes and goes by itself. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';

import { program, root } from '../support/build.mjs';
import { templatesWithoutLimits } from '../support/networks.mjs';
import { openBrowser } from './ask.mjs';
import { eventually, people, startVeha, stopCluster } from './harness.mjs';

const folder = path.join(root, 'var', `test-outage-${process.pid}`);
const templates = { directory: templatesWithoutLimits(path.join(folder, 'templates')) };
const many = 60;

after(async () => {
    await stopCluster();
    fs.rmSync(folder, { recursive: true, force: true });
});

const one = (veha, statement) => veha.sql(`set search_path = veha, public; ${statement}`);
const names = Array.from({ length: many }, (_, number) => `outage_school_${number}`);
const channel = (name) => ({ name, title: 'Школа', posts: ['-1d', '-2d', '-3d'] });
const working = { telegram: names.map(channel), vk: {}, sites: [] };
/* A third each: answered by an error, by something unfamiliar, and as if no such page had ever been. */
const broken = {
    telegram: [], vk: {}, sites: [],
    answers: names.flatMap((name, number) => [`/s/${name}`, `/${name}`].map((at) => ({ host: 't.me', path: at, ...[{ status: 503 }, { status: 200, body: '<html><p>Hello</p></html>' }, null][number % 3] })))
        .filter((answer) => answer.status),
};
const signIn = (veha, login) => openBrowser(veha, login, people[login].password);
const states = (veha, names) => one(veha, `select string_agg(state, ',' order by state) from (select distinct concat_ws('/', p.status, p.basis) as state from step_state p join account a on a.tenant = p.tenant and a.network = 'telegram' where a.address in (${names.map((name) => `'${name}'`)}) and p.step = 'create_telegram') s`);

function register(veha, names) {
    one(veha, `select roadmap_assign(t), account_add(t, 'telegram', name, 'https://t.me/' || name, null) from (select tenant_add((select id from tenant where kind = 'region'), 'organisation', 'Школа ' || name, null, null, null) as t, name from unnest('{${names}}'::text[]) as name) made`);
}

test('a network that fails for all moves nobody, says so on every page, and is forgotten by itself', async () => {
    const step = "select key from roadmap_step where network = 'telegram' limit 1";
    const veha = await startVeha({ verify: true, scenario: working, clock: '2030-05-01T09:00:00Z', config: { templates, verify: { concurrency: 16 } } });
    try {
        const key = one(veha, step);
        const shown = (list) => states(veha, list).replaceAll(' ', '');
        register(veha, [...names, 'outage_gone']);
        one(veha, `update step_state set step = step where step = '${key}' and false`);
        await eventually(() => shown(names) === 'verified/account', `${many} pages in place: ${shown(names)}`, 60);

        /* Outside an outage one page that is not there is one page that is not there. */
        const gone = one(veha, "select tenant from account where address = 'outage_gone'");
        const admin = await veha.signIn('admin');
        const claimed = await admin.post(`/tenants/${gone}/steps/${key}/claim`, { note: 'готово' });
        assert.equal(claimed.status, 200, claimed.text);
        for (const moment of ['2030-05-01T11:00:00Z', '2030-05-01T13:00:00Z']) {
            veha.setClock(moment);
            const before = Number(one(veha, `select count(*) from look where tenant = ${gone}`));
            await admin.post(`/tenants/${gone}/looks`, {});
            await eventually(() => Number(one(veha, `select count(*) from look where tenant = ${gone}`)) > before, 'a look at the page that is not there', 30);
        }
        assert.equal(shown(['outage_gone']), 'contradicted/account', 'two failures an hour apart contradict');

        const reader = await signIn(veha, 'specialist');
        assert.equal((await reader.page('/')).text.includes('Сбой площадки'), false);
        const changes = () => Number(one(veha, `select count(*) from event e join account a on a.tenant = e.tenant where e.kind = 'step_changed' and e.step = '${key}' and a.address like 'outage_school%'`));
        const changed = changes();

        veha.standin.setScenario(broken);
        veha.setClock('2030-05-02T14:05:00Z');
        await eventually(() => one(veha, "select outage_since from network_state where network = 'telegram' and outage_since is not null"), 'the breaker to open', 60);
        const page = await eventually(async () => {
            const answer = await reader.page('/', { headers: { 'if-none-match': '"any", *' } });
            assert.equal(answer.status, 200, 'a page is never «not modified»: what it says of the network would be old');
            return answer.text.includes('Сбой площадки «Telegram»') && answer;
        }, 'the banner', 20);
        assert.match(page.text, /Сбой площадки «Telegram» с 2 мая 2030[^<]*17:05\. Пока он длится, отметки по ней не меняются\./);
        for (const target of ['/networks', `/tenants?search=${encodeURIComponent('Школа')}`]) assert.ok((await reader.page(target)).text.includes('Сбой площадки «Telegram»'), target);
        assert.equal((await veha.client().page('/session')).text.includes('Сбой площадки'), false, 'whoever is not signed in is told nothing');
        await eventually(() => one(veha, "select count(*) from job where finished_at is null and due_at <= '2030-05-02T14:05:00Z'") === '0', 'every page to be looked at', 60);
        assert.equal(shown(names), 'verified/account', 'nobody lost anything');
        assert.equal(changes(), changed, 'not even for a moment');
        const told = (await admin.get('/verification')).json;
        assert.ok(told.troubles.some(({ code, network }) => code === 'network_out' && network === 'Telegram'), JSON.stringify(told.troubles));
        assert.ok(told.workers.some(({ alive }) => alive));

        /* Two days later, still out: the clock of this network stands still. */
        veha.setClock('2030-05-06T14:10:00Z');
        await eventually(() => one(veha, "select count(*) from look where at >= '2030-05-06'") > 12, 'looks to go on', 60);
        assert.equal(shown(names), 'verified/account');

        veha.standin.setScenario(working);
        veha.setClock('2030-05-06T14:20:00Z');
        await eventually(() => one(veha, "select count(*) from network_state where outage_since is not null") === '0', 'the breaker to close', 60);
        await eventually(async () => !(await reader.page('/')).text.includes('Сбой площадки'), 'the banner to go', 20);
        assert.equal(shown(names), 'verified/account');
        const doubted = "select count(*) from sighting s join account a on a.id = s.account where a.address like 'outage_school%' and s.\"check\" = 'EXIST' and s.result <> 'passed'";
        await eventually(() => one(veha, doubted) === '0', 'all to be looked at again', 60);
        assert.equal(shown(names), 'verified/account');
        assert.equal(one(veha, "select string_agg(kind, ' ' order by id) from event where kind like 'network_outage%'"), 'network_outage_began network_outage_ended');
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
        const [curator, specialist] = [await signIn(veha, 'curator'), await signIn(veha, 'specialist')];
        await eventually(async () => (await curator.page('/')).text.includes('Проверки стоят с'), 'the banner', 20);
        assert.equal((await specialist.page('/')).text.includes('Проверки стоят'), false, 'an operator’s fault is not shown to a specialist');
        const page = await curator.page('/verification');
        assert.equal(page.status, 200);
        assert.match(page.text, /Не работает ни один процесс проверки/);
        assert.equal((await specialist.page('/verification')).status, 403);
        veha.setClock('2030-05-03T09:00:00Z');
        await new Promise((resolve) => setTimeout(resolve, 7000)); /* two rounds of both web processes */
        const told = (kind) => one(veha, `select (select count(*) from event where kind = '${kind}') || ' ' || (select count(*) from outbox where kind = '${kind}')`);
        assert.equal(told('verification_stopped'), '1 1', 'once, not every few seconds');
        assert.equal(veha.log().split('"verification_stopped"').length + veha.log().split('verification_stopped').length > 0, true);

        const worker = spawn(program, ['verify', '--config', veha.configFile], { cwd: root, env: veha.env, stdio: 'ignore' });
        const ended = new Promise((resolve) => worker.once('exit', resolve));
        await eventually(async () => !(await curator.page('/')).text.includes('Проверки стоят'), 'the alarm to end by itself', 60);
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

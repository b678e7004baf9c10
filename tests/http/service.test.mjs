/* Callers that are programs: let in by a secret, held to a subtree and a few capabilities, and out at once on every node. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { program, root } from '../support/build.mjs';
import { assertProblem, tellings } from './ask.mjs';
import { eventually, freePort, openClient, startVeha, stopCluster } from './harness.mjs';
import { issue, openService } from './service.mjs';

const start = Date.parse('2030-03-01T09:00:00Z');
const at = (seconds) => new Date(start + seconds * 1000).toISOString().replace('.000', '');
const place = {};
let veha;
let admin;

before(async () => {
    veha = await startVeha({ clock: at(0) });
    admin = await veha.signIn('admin');
    for (const [name, kind] of [['просвещения', 'agency'], ['здравоохранения', 'agency']])
        place[name] = Number(veha.sql(`select id from veha.tenant where kind = '${kind}' and name like '%${name}%' order by id limit 1`));
    place.own = Number(veha.sql(`select id from veha.tenant where parent = ${place.просвещения} order by id limit 1`));
    place.foreign = Number(veha.sql(`select id from veha.tenant where parent = ${place.здравоохранения} order by id limit 1`));
});

after(async () => {
    await veha?.stop();
    await stopCluster();
});

async function later(seconds, work) {
    veha.setClock(at(seconds));
    try {
        return await work();
    } finally {
        veha.setClock(at(0));
    }
}

const refused = (...args) => {
    try {
        veha.command(...args);
    } catch (error) {
        return String(error.message ?? error);
    }
    throw new Error(`${args.join(' ')} was not refused`);
};

test('the secret is told once, and the database knows its hash alone', () => {
    const secret = issue(veha, 'told-once', ['tenant.read'], { tenant: place.просвещения });
    const rows = veha.sql("select to_jsonb(s)::text from veha.service s where name = 'told-once'");
    assert.equal(rows.includes(secret.slice('veha_service_'.length)), false);
    const line = veha.command('token', 'list').split('\n').find((one) => one.startsWith('told-once\t'));
    assert.match(line, /^told-once\tvalid\t.*просвещения.*\ttenant\.read\t2030-03-31T/);
    assert.equal(veha.command('token', 'list').includes(secret), false);
});

test('what a program may not have, and a name that is at work, are refused', () => {
    for (const capability of ['step.decide', 'tenant.move', 'account.change', 'nonsense'])
        assert.match(refused('token', 'issue', '--service', 'greedy', '--capability', capability, '--days', '1'), /a program can have/);
    assert.match(refused('token', 'issue', '--service', 'told-once', '--capability', 'tenant.read', '--days', '1'), /at work/);
    assert.match(refused('token', 'issue', '--service', 'lost', '--capability', 'tenant.read', '--days', '1', '--tenant', '987654321'), /no tenant/);
    for (const wrong of [['--days', '0'], ['--days', '-1'], ['--days', 'x'], ['--days', '1', '--service', 'Имя'], ['--days']])
        assert.match(refused('token', 'issue', '--service', 'wrong', '--capability', 'tenant.read', ...wrong), /usage/);
    assert.match(refused('token', 'revoke', '--service', 'nobody'), /no living service/);
    assert.throws(() => veha.sql(`insert into veha.service_capability (tenant, place, service, capability) select tenant, place, id, 'step.decide' from veha.service limit 1`), /foreign key/);
});

test('a program gets tokens of ten minutes and sees its subtree, and no more', async () => {
    const client = await openService(veha, issue(veha, 'reader', ['tenant.read', 'overview.read'], { tenant: place.просвещения }));
    assert.deepEqual([client.granted.token_type, client.granted.expires_in], ['Bearer', 600]);
    assert.deepEqual(client.granted.service.capabilities, ['overview.read', 'tenant.read']);
    const who = await client.get('/session');
    assert.deepEqual([who.status, who.json.service.name, who.json.expires_at], [200, 'reader', at(600)]);

    const { items } = (await client.get('/tenants?limit=200')).json;
    assert.equal(items.length, Number(veha.sql(`select count(*) from veha.tenant t, veha.tenant a where a.id = ${place.просвещения} and t.place between a.place and a.last and t.closed_at is null`)));
    assert.equal((await client.get(`/tenants/${place.own}`)).status, 200);
    assert.equal((await client.get('/overview')).status, 200);
    for (const target of ['', '/roadmap', '/looks', '/history', '/steps/appoint']) {
        const missing = tellings(await client.get(`/tenants/987654321${target}`));
        assert.equal(missing.status, 404);
        assert.deepEqual(tellings(await client.get(`/tenants/${place.foreign}${target}`)), missing, target);
    }
    for (const target of ['/', '/networks', '/queue', '/roadmaps', '/verification', `/tenants/${place.own}/edit`]) assert.equal((await client.get(target)).status, 403, target);
    for (const [target, body] of [[`/tenants/${place.own}/rename`, { name: 'Чужая', reason: 'так' }], [`/tenants/${place.own}/looks`, {}], [`/tenants/${place.own}/steps/appoint/claim`, {}], ['/jobs/take', {}], ['/jobs/1/result', { fence: 1, reading: {} }]])
        assert.equal((await client.post(target, body)).status, 403, target);
    assert.equal((await client.get('/tenants', { headers: { accept: 'text/csv' } })).status, 200, 'a table is for programs, too');
});

test('one service of a whole region reads all of it', async () => {
    const client = await openService(veha, issue(veha, 'region-reader', ['tenant.read']));
    assert.equal((await client.get(`/tenants/${place.foreign}`)).status, 200);
    assert.equal((await client.get(`/tenants/${place.own}`)).status, 200);
});

test('pages are for people', async () => {
    const client = await openService(veha, issue(veha, 'browsing', ['tenant.read']));
    assertProblem(await client.page('/tenants'), 401, 'service_on_page');
    assertProblem(await client.page(`/tenants/${place.own}`), 401, 'service_on_page');
    assertProblem(await client.submit(`/tenants/${place.own}/rename`, { name: 'x', reason: 'y' }), 401, 'service_on_page');
    assertProblem(await client.post(`/tenants/${place.own}/rename`, { name: 'x', reason: 'y' }, { form: true }), 401, 'service_on_page');
    const thief = veha.client();
    thief.cookies.set('__Host-access', client.bearer);
    assert.equal((await thief.page('/tenants')).status, 303, 'nor does a cookie make a person of it');
    assert.equal((await thief.get('/tenants')).status, 401);
    assert.equal((await client.post('/session/end', {})).status, 204, 'and it has no session to end');
    assert.equal((await client.get('/tenants')).status, 200);
});

test("a person's token opens nothing that is for programs", async () => {
    for (const login of ['admin', 'curator']) {
        const person = await veha.signIn(login);
        assertProblem(await person.post('/jobs/take', {}), 403, 'forbidden');
        assertProblem(await person.post('/jobs/1/result', { fence: 1, reading: {} }), 403, 'forbidden');
    }
});

test('a secret that is wrong, no secret at all, revoked or expired is refused alike', async () => {
    const revoked = issue(veha, 'gone', ['tenant.read']);
    veha.command('token', 'revoke', '--service', 'gone');
    const short = issue(veha, 'short', ['tenant.read'], { days: 1 });
    const wrong = short.replace(/.{43}$/, 'A'.repeat(43));
    const answers = [];
    for (const secret of [wrong, 'x', short.slice(0, -1), `${short}A`, short.replace('veha', 'Veha'), revoked]) answers.push(await veha.client().post('/session/service', { secret }));
    answers.push(await later(86400, () => veha.client().post('/session/service', { secret: short })));
    for (const answer of answers) assertProblem(answer, 401, 'service_refused');
    assert.equal((await veha.client().post('/session/service', {})).status, 422);
    const last = await later(86400 - 60, () => openService(veha, short));
    assert.equal(last.granted.expires_in, 60, 'no token outlives its service');
    veha.command('token', 'list');
    assert.match(veha.command('token', 'list'), /^gone\trevoked\t/m);
    assert.ok(issue(veha, 'gone', ['tenant.read']), 'a name that was revoked may be given again');
});

test('a revocation is effective at once, on two nodes', async () => {
    const port = await freePort();
    const config = path.join(veha.folder, 'second.conf');
    fs.writeFileSync(config, fs.readFileSync(veha.configFile, 'utf8').replace(`127.0.0.1:${veha.port}`, `127.0.0.1:${port}`));
    const second = spawn(program, ['serve', '--config', config], { cwd: root, env: veha.env, stdio: 'ignore' });
    const ended = new Promise((resolve) => second.once('exit', resolve));
    try {
        const secret = issue(veha, 'two-nodes', ['tenant.read']);
        const here = await openService(veha, secret);
        const there = openClient({ ...veha, url: `https://localhost:${port}` });
        there.bearer = here.bearer;
        await eventually(() => there.get('/readyz').then(({ status }) => status === 200, () => false), 'the second node');
        for (const client of [here, there]) assert.equal((await client.get('/tenants')).status, 200);
        veha.command('token', 'revoke', '--service', 'two-nodes');
        for (const client of [here, there]) {
            assertProblem(await client.get('/tenants'), 401, 'service_ended');
            assertProblem(await client.get('/session'), 401, 'service_ended');
        }
        there.close();
    } finally {
        second.kill('SIGTERM');
        assert.equal(await ended, 0);
    }
});

test('the last use is known, and written at most once a minute', async () => {
    const client = await openService(veha, issue(veha, 'used', ['tenant.read']));
    const seen = () => veha.sql("select seen_at = veha.now() or seen_at is not null, address from veha.service where name = 'used'");
    assert.equal(seen(), 't|127.0.0.1');
    const written = () => veha.sql("select xmin from veha.service where name = 'used'");
    const first = written();
    for (let i = 0; i < 20; i++) await client.get('/tenants');
    assert.equal(written(), first);
    assert.match(veha.command('token', 'list'), /^used\tvalid\t[^\t]*\ttenant\.read\t\S+\t2030-03-01T09:00/m);
});

test('what is done to a service is an event of its tenant', async () => {
    issue(veha, 'short-lived', ['tenant.read'], { tenant: place.просвещения });
    veha.command('token', 'revoke', '--service', 'short-lived');
    const { items } = (await admin.get(`/tenants/${place.просвещения}/history`)).json;
    const told = items.filter(({ detail }) => detail.name === 'short-lived').map(({ kind, actor }) => [kind, actor]);
    assert.deepEqual(told, [['service_revoked', 'operator'], ['service_issued', 'operator']]);
});

test("a service follows its tenant's place, and its rows are nobody's to read", async () => {
    const client = await openService(veha, issue(veha, 'moving', ['tenant.read'], { tenant: place.own }));
    const moved = await admin.post(`/tenants/${place.own}/move`, { parent: place.здравоохранения, reason: 'Передано' });
    assert.equal(moved.status, 200, moved.text);
    const { items } = (await client.get('/tenants')).json;
    assert.deepEqual(items.map(({ id }) => id), [place.own]);
    assert.equal((await admin.post(`/tenants/${place.own}/move`, { parent: place.просвещения, reason: 'Возвращено' })).status, 200);
});

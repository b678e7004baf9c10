/* Who read and who changed what, the proof that nobody touched it, and people who are erased from it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';

import { program } from '../support/build.mjs';
import { assertProblem, openBrowser, wordsOf } from './ask.mjs';
import { eventually, people, startVeha, stopCluster } from './harness.mjs';

let veha;
let tenant;
let step;
let visitor;
const by = {};

before(async () => {
    veha = await startVeha({ verify: true, config: { log: { level: 'notice' } } });
    for (const login of ['admin', 'curator', 'observer', 'specialist']) by[login] = await veha.signIn(login);
    const task = (await by.specialist.get('/')).json.next;
    tenant = task.tenant.id;
    step = task.key;
    visitor = await openBrowser(veha, 'specialist');
});

after(async () => {
    await veha?.stop();
    await stopCluster();
});

const idOf = (login) => Number(veha.sql(`select id from veha.person where login = '${login}'`));
const audit = (query = '', who = by.admin) => who.get(`/tenants/${tenant}/audit${query}`);
const reads = (where = 'true') => Number(veha.sql(`select count(*) from veha.access where tenant = ${tenant} and ${where}`));
const sealed = () => eventually(() => veha.sql('select count(*) from veha.unsealed') === '0', 'all events to be sealed', 60);

function run(...args) {
    const { status, stdout, stderr } = spawnSync(program, [...args, '--config', veha.configFile], { env: veha.env, encoding: 'utf8' });
    return { status, stdout, stderr };
}

test('what people read of a tenant is noted, once a second for each page', async () => {
    for (let i = 0; i < 20; i++) await by.specialist.get(`/tenants/${tenant}`);
    await visitor.open(`/tenants/${tenant}/roadmap`);
    await by.specialist.request('HEAD', `/tenants/${tenant}/looks`);
    assert.equal((await by.specialist.get(`/tenants/${tenant}/looks/987654321`)).status, 404);
    await eventually(() => reads("resource = 'look_list'") === 1, 'the reads to be noted');
    const who = idOf('specialist');
    assert.equal(veha.sql(`select string_agg(distinct resource, ' ' order by resource) from veha.access where tenant = ${tenant} and person = ${who}`), 'look_list roadmap_show tenant_show');
    assert.ok(reads("resource = 'tenant_show'") <= 5, 'twenty reads within a moment are not twenty rows');
    assert.equal(reads("address is null or address <> '127.0.0.1'"), 0);
});

test('who may ask sees who read and who changed, when and from where', async () => {
    assert.equal((await by.specialist.post(`/tenants/${tenant}/steps/${step}/draft`, { note: 'начато' })).status, 200);
    const { status, json } = await audit();
    assert.equal(status, 200);
    const read = json.items.find(({ deed, resource }) => deed === 'read' && resource === 'tenant_show');
    const change = json.items.find(({ kind }) => kind === 'step_drafted');
    for (const item of [read, change]) {
        assert.equal(item.who, people.specialist.name);
        assert.equal(item.address, '127.0.0.1');
        assert.ok(Math.abs(Date.parse(item.at) - Date.now()) < 60000);
    }
    assert.equal(change.step, step);
    assert.equal((await by.specialist.get(`/tenants/${tenant}/audit`)).status, 403);
    assert.equal((await by.observer.get(`/tenants/${tenant}/audit`)).status, 403);
    assert.doesNotMatch(JSON.stringify((await by.specialist.get(`/tenants/${tenant}/history`)).json), /127\.0\.0\.1|tenant_show/, 'the history of all tells neither');
});

test('who may ask elsewhere may not ask here', async () => {
    const other = veha.sql(`select id from veha.tenant where kind = 'organisation' and id <> ${tenant} order by id desc limit 1`);
    const added = veha.command('user', 'add', '--login', 'both', '--name', 'Двое в одном', '--role', 'curator', '--tenant', other);
    veha.sql(`insert into veha.membership (person, tenant, place, last, role) select ${idOf('both')}, id, place, last, 'specialist' from veha.tenant where id = ${tenant}`);
    const both = await veha.signIn('both', /^Password: (.+)$/m.exec(added)[1]);
    assert.equal((await both.get(`/tenants/${other}/audit`)).status, 200);
    assert.equal((await both.get(`/tenants/${tenant}`)).status, 200);
    assert.equal((await both.get(`/tenants/${tenant}/audit`)).status, 404);
});

test('whoever looks at that is noted, too', async () => {
    await audit();
    await eventually(() => reads(`resource = 'audit_list' and person = ${idOf('admin')}`) > 0, 'the reader of the audit to be noted');
});

test('it is filtered by person, time and what was done', async () => {
    const who = idOf('specialist');
    const of = async (query) => (await audit(`?limit=200&${query}`)).json.items;
    assert.ok((await of(`person=${who}`)).every(({ person }) => person === who));
    assert.ok((await of('deed=read')).every(({ deed }) => deed === 'read'));
    assert.ok((await of('deed=change')).every(({ deed }) => deed === 'change'));
    assert.equal((await of(`deed=change&person=${who}`)).some(({ kind }) => kind === 'step_drafted'), true);
    assert.deepEqual(await of('until=2020-01-01'), []);
    assert.deepEqual(await of('since=2120-01-01'), []);
    assert.ok((await of('since=2020-01-01&until=2120-01-01')).length > 0);
    assert.deepEqual((await audit('?person=987654321')).json.filter.who, null, 'a number tells no name');
    assertProblem(await audit('?deed=nothing'), 422, 'invalid_fields', ['deed']);
    assertProblem(await audit('?since=yesterday'), 422, 'invalid_fields', ['since']);
});

test('it goes on page by page, each deed once', async () => {
    const all = (await audit('?limit=200')).json.items;
    const kept = (items) => items.filter(({ resource }) => resource !== 'audit_list').map((item) => JSON.stringify(item));
    const found = [];
    for (let next = ''; next !== null;) {
        const { json } = await audit(`?limit=3${next && `&cursor=${next}`}`);
        found.push(...json.items);
        next = json.next;
    }
    assert.ok(all.length > 6);
    assert.deepEqual(kept(found).slice(-kept(all).length), kept(all));
    assertProblem(await audit('?cursor=bm9uc2Vuc2U'), 422, 'cursor_unreadable');
});

test('as a page it is whole, and leads from one person to what they did', async () => {
    const admin = await openBrowser(veha, 'admin');
    const page = await admin.open(`/tenants/${tenant}/audit`);
    assert.match(wordsOf(page), /Кто открывал и менял/);
    assert.match(wordsOf(page), /Открыто: организация/);
    assert.doesNotMatch(wordsOf(page), /\b[a-z]+_[a-z_]+\b(?!\.)/);
    const link = /href="(\/tenants\/\d+\/audit\?person=\d+)"/.exec(page)[1];
    assert.match(wordsOf(await admin.open(link)), /Только то, что делал один человек/);
    assert.match(await admin.open(`/tenants/${tenant}/history`), new RegExp(`href="/tenants/${tenant}/audit"`));
    assert.doesNotMatch(await visitor.open(`/tenants/${tenant}/history`), /\/audit"/, 'who may not ask is not led there');
});

test('people’s data that leaves as a table leaves an event', async () => {
    const exported = (detail) => veha.sql(`select count(*) from veha.event where kind = 'list_exported' and tenant = ${tenant} and person = ${idOf('admin')} and detail->>'resource' = '${detail}'`);
    for (const [resource, path] of [['tenant_history', 'history'], ['audit_list', 'audit']]) {
        const table = await by.admin.get(`/tenants/${tenant}/${path}`, { headers: { accept: 'text/csv' } });
        assert.equal(table.status, 200, table.text);
        assert.match(table.headers['content-type'], /^text\/csv/);
        assert.equal(exported(resource), '1');
    }
    assert.equal((await by.admin.get('/tenants/987654321/history', { headers: { accept: 'text/csv' } })).status, 404);
    await by.admin.get('/tenants', { headers: { accept: 'text/csv' } });
    assert.equal(veha.sql("select count(*) from veha.event where kind = 'list_exported'"), '2');
});

test('reads that the database could not take are handed over again', async () => {
    const holder = veha.session();
    await holder.say('begin; lock table veha.access in exclusive mode');
    await by.curator.get('/');
    const before = reads();
    await by.admin.get(`/tenants/${tenant}/edit`);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    assert.equal(reads(), before);
    await holder.say('commit');
    await holder.close();
    await eventually(() => reads("resource = 'tenant_edit'") > 0, 'the read to be noted after all');
});

test('events are sealed by themselves, and the proof says how long they waited', async () => {
    await sealed();
    const proof = run('audit', 'verify');
    assert.equal(proof.status, 0, proof.stderr);
    assert.match(proof.stdout, /^\d+ links fit\.\n/);
    assert.match(proof.stdout, /half waited at most \d+ ms, and none longer than \d+ ms/);
    const head = run('audit', 'head');
    assert.match(head.stdout, /^\d+:[0-9a-f]{64} \S+\n$/);
    assert.match(veha.log('verify'), /audit_head .*number=\d+ hash=[0-9a-f]{64}/, 'the log has a head that no database can change');
    assert.equal(run('audit', 'verify', '--from', head.stdout.split(' ')[0]).status, 0);
    for (const args of [[], ['verify', '--from'], ['verify', '--from', '12'], ['verify', '--from', 'x:y'], ['verify', 'all'], ['tail']]) assert.equal(run('audit', ...args).status, 64);
});

test('whatever is changed, removed or cut off is named', async () => {
    const head = run('audit', 'head').stdout.split(' ')[0];
    const [link, event] = veha.sql("select s.number, s.event from veha.seal s join veha.event e on e.id = s.event where e.kind = 'step_drafted' order by 1 desc limit 1").split('|');
    veha.sql(`create table public.saved as select * from veha.event where id = ${event}`);
    veha.sql(`update veha.event set detail = '{"forged": true}' where id = ${event}`);
    const changed = run('audit', 'verify');
    assert.equal(changed.status, 1);
    assert.equal(changed.stderr, `veha audit: link ${link} (event ${event}) is broken: its event is not what was sealed\n`);
    veha.sql(`delete from veha.event where id = ${event}`);
    assert.match(run('audit', 'verify').stderr, new RegExp(`^veha audit: link ${link} \\(event ${event}\\) is broken: its event is not there\n$`));
    veha.sql(`insert into veha.event overriding system value select * from public.saved; delete from veha.unsealed where event = ${event}`);
    assert.equal(run('audit', 'verify').status, 0, 'as it was, it fits again');
    const number = Number(head.split(':')[0]);
    assert.match(run('audit', 'verify', '--from', `${number + 100000}:${'0'.repeat(64)}`).stderr, /link \d+ is broken: it is not there/);
    assert.match(run('audit', 'verify', '--from', `${number}:${'0'.repeat(64)}`).stderr, /its hash is not the one you know/);
});

test('a person is erased: out at once, nameless in the history, and the chain holds', async () => {
    const added = veha.command('user', 'add', '--login', 'leaver@veha.example', '--name', 'Уходящая Вера', '--role', 'curator');
    const password = /^Password: (.+)$/m.exec(added)[1];
    const leaver = await veha.signIn('leaver@veha.example', password);
    const who = idOf('leaver@veha.example');
    assert.equal((await leaver.post(`/tenants/${tenant}/steps/${step}/draft`, { note: 'так' })).status, 200);
    await leaver.get(`/tenants/${tenant}`);
    await eventually(() => reads(`person = ${who}`) > 0, 'the read to be noted');
    await sealed();
    assert.equal(run('user', 'erase', 'leaver@veha.example').status, 64, 'never without a reason');
    assert.equal(run('user', 'erase', 'leaver@veha.example', '--reason', ' ').status, 1);
    assert.match(run('user', 'erase', 'nobody@veha.example', '--reason', 'просьба').stderr, /^veha user: nobody has that login\n$/);
    const erased = run('user', 'erase', 'leaver@veha.example', '--reason', 'просьба');
    assert.equal(erased.status, 0, erased.stderr);
    assert.match(erased.stdout, new RegExp(`удалённый пользователь №${who}\n$`));
    assert.equal((await leaver.get('/')).status, 401);
    assert.equal((await veha.client().post('/session', { login: 'leaver@veha.example', password })).status, 401);
    const { items } = (await audit(`?person=${who}`)).json;
    assert.ok(items.length >= 2);
    for (const item of items) assert.deepEqual([item.who, item.address], [`удалённый пользователь №${who}`, null]);
    const dump = veha.sql("select string_agg(t::text, ' ') from (select p::text as t from veha.person p union all select e::text from veha.event e union all select a::text from veha.access a union all select s::text from veha.session s) x");
    assert.doesNotMatch(dump, /leaver@veha|Уходящая/);
    await sealed();
    const proof = run('audit', 'verify');
    assert.equal(proof.status, 0, proof.stderr);
    assert.equal(veha.sql(`select count(*) from veha.event where kind = 'person_erased' and detail->>'person' = '${who}' and reason = 'просьба'`), '1');
});

test('no event names anybody: what is hashed cannot be forgotten', () => {
    assert.equal(veha.sql("select count(*) from veha.event e, veha.person p where position(p.name in e.detail::text) > 0"), '0');
    assert.equal(veha.sql("select count(*) from veha.event where detail::text ~ '[[:alnum:]]@[[:alnum:]]'"), '0');
});

test('whoever stops the server loses no read', async () => {
    assert.equal(reads("resource = 'step_show'"), 0);
    assert.equal((await by.admin.get(`/tenants/${tenant}/steps/${step}`)).status, 200);
    await veha.processes[0].end();
    assert.equal(reads("resource = 'step_show'"), 1);
});

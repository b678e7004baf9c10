/* Due dates that people move: first seen, then told with a reason, for the whole region or for one step of one organisation; and moved back. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { assertProblem, openBrowser, wordsOf } from './ask.mjs';
import { people, startVeha, stopCluster } from './harness.mjs';

const by = {};
const one = (statement) => veha.sql(`set search_path = veha, public; ${statement}`);
const later = (day, days) => new Date(Date.parse(day) + days * 86400e3).toISOString().slice(0, 10);
let veha;
let school;
let step;

before(async () => {
    veha = await startVeha({ clock: '2030-06-19T09:00:00Z' });
    one("select enter(null, null, null, null, '2030-06-19T09:00:00Z'), region_configure(to_jsonb(r) || '{\"deadline\": \"2030-06-30\"}') from region r");
    for (const login of Object.keys(people)) by[login] = await veha.signIn(login);
    school = (await by.curator.get(`/tenants?search=${encodeURIComponent('Учёного Кота')}`)).json.items[0].id;
    step = `/tenants/${school}/steps/appoint`;
});
after(async () => {
    await veha?.stop();
    await stopCluster();
});

/* What the clock says is what veha.now() said when it was written; every step is what the rules make of the facts. */
const differing = () => one(`
    select enter(null, null, null, null, '2030-06-19T09:00:00Z');
    select count(*) from (
        select tenant, step, due_on, (outcome).status, (outcome).overdue, changes_at from step_compute(array(select id from tenant))
        except select tenant, step, due_on, status, overdue, changes_at from step_state) d`).trim();

test('what another deadline moves is seen before it is moved, and is then what moves', async () => {
    const { json: now } = await by.admin.get('/deadline');
    assert.deepEqual([now.deadline, now.tried, now.can.change], ['2030-06-30', null, true]);
    const waiting = one("select count(*) from step_state p join tenant t on t.id = p.tenant and t.closed_at is null where status not in ('verified', 'not_applicable')");
    const { json: seen } = await by.admin.get('/deadline?deadline=2030-12-01');
    assert.deepEqual([seen.tried.good, seen.tried.later, seen.tried.distance], [true, true, 154]);
    assert.deepEqual([seen.tried.counts.begins, String(seen.tried.counts.steps)], [0, waiting]);
    assert.ok(seen.tried.counts.stops > 0, 'some were overdue');
    assert.ok(seen.tried.items.length > 0 && seen.tried.items.length <= 20);
    assert.equal(seen.tried.steps.reduce((sum, { tenants }) => sum + tenants, 0), seen.tried.counts.steps);
    assert.equal(one("select count(*) from step_state where due_on > '2030-07-15'"), '0', 'nothing has moved');

    const overdue = Number(one('select count(*) from step_state p join tenant t on t.id = p.tenant and t.closed_at is null where overdue'));
    const body = { deadline: '2030-12-01', reason: 'Перенос по распоряжению № 5', version: now.version };
    const key = { headers: { 'idempotency-key': 'deadline-1' } };
    const moved = await by.admin.post('/deadline', body, key);
    assert.equal(moved.status, 200, moved.text);
    assert.equal(moved.json.deadline, '2030-12-01');
    assert.equal((await by.admin.post('/deadline', body, key)).status, 200, 'once');
    assert.equal(one("select count(*) from event where kind = 'deadline_changed'"), '1');
    assert.equal(Number(one('select count(*) from step_state p join tenant t on t.id = p.tenant and t.closed_at is null where overdue')), overdue - seen.tried.counts.stops);
    assert.equal(differing(), '0', 'every step is what the rules say');
    assert.equal(one('select deadline, upper_inf(valid) from region_deadline order by valid').split('\n').at(-1), '2030-12-01|t');
    const [event] = (await by.admin.get('/deadline')).json.history;
    assert.deepEqual([event.kind, event.reason, event.detail.from, event.detail.to], ['deadline_changed', 'Перенос по распоряжению № 5', '2030-06-30', '2030-12-01']);

    assertProblem(await by.admin.post('/deadline', { ...body, deadline: '2030-11-01' }), 412, 'stale');
    assertProblem(await by.admin.post('/deadline', { ...body, version: undefined }), 409, 'due_same');
    assertProblem(await by.admin.post('/deadline', { deadline: '2030-06-18', reason: 'x' }), 422, 'due_passed');
    assertProblem(await by.admin.post('/deadline', { deadline: '2099-06-18', reason: 'x' }), 422, 'due_far');
    assertProblem(await by.admin.post('/deadline', { deadline: '2031-06-18' }), 422, 'invalid_fields', ['reason']);
    for (const login of ['curator', 'coordinator', 'specialist', 'observer']) {
        assertProblem(await by[login].get('/deadline'), 403, 'forbidden');
        assertProblem(await by[login].post('/deadline', body), 403, 'forbidden');
    }
});

test('those concerned are told, each once', async () => {
    const { json } = await by.specialist.get('/inbox');
    assert.deepEqual(json.items.filter(({ kind }) => kind === 'deadline_changed').map(({ reason, due, path }) => [reason, due, path]), [['Перенос по распоряжению № 5', '2030-12-01', '/']]);
    assert.match(wordsOf((await (await openBrowser(veha, 'specialist')).page('/inbox')).text), /Общий срок региона перенесён Причина: Перенос по распоряжению № 5 Срок — 1 декабря 2030/);
});

test('the file of the region counts again only when it says something new', () => {
    const configure = (day) => one(`select enter(null, null, null, null, '2030-06-19T09:00:00Z'); select region_configure(to_jsonb(r) || jsonb_build_object('deadline', '${day}'::date)) from region r; select deadline from region`).split('\n').pop();
    assert.equal(configure('2030-06-30'), '2030-12-01', 'what was set by hand stays');
    assert.equal(configure('2030-06-30'), '2030-12-01');
    assert.equal(configure('2030-10-01'), '2030-10-01', 'a new word of the file counts');
    assert.equal(configure('2030-12-01'), '2030-12-01');
    assert.equal(differing(), '0');
});

test('one step of one organisation gets a day of its own, which the deadline does not move, and gives it back', async () => {
    const { json: before } = await by.curator.get(`${step}/due`);
    assert.deepEqual([before.own, before.due_on, before.tried], [null, before.usual, null]);
    const day = later(before.due_on, 10);
    const { json: seen } = await by.curator.get(`${step}/due?due_on=${day}`);
    assert.deepEqual([seen.tried.good, seen.tried.days, seen.tried.begins, seen.tried.stops, seen.due_on], [true, 10, false, false, before.due_on]);
    const done = await by.curator.post(`${step}/due`, { due_on: day, reason: 'Директор в отпуске', version: before.version });
    assert.equal(done.status, 200, done.text);
    assert.equal(done.json.due_on, day);
    assert.equal(done.json.events[0].kind, 'step_due_changed');
    assertProblem(await by.curator.post(`${step}/due`, { due_on: later(day, 1), reason: 'ещё', version: before.version }), 412, 'stale');
    assertProblem(await by.curator.post(`${step}/due`, { due_on: day, reason: 'ещё' }), 409, 'due_same');
    assertProblem(await by.curator.post(`${step}/due`, { due_on: '2030-06-18', reason: 'ещё' }), 422, 'due_passed');
    assert.equal(differing(), '0');
    const [told] = (await by.specialist.get('/inbox')).json.items;
    assert.deepEqual([told.kind, told.reason, told.due, told.path], ['step_due_changed', 'Директор в отпуске', day, step]);

    const { json: region } = await by.admin.get('/deadline?deadline=2031-01-15');
    assert.equal(region.tried.counts.kept, 1);
    assert.equal((await by.admin.post('/deadline', { deadline: '2031-01-15', reason: 'Ещё раз' })).status, 200);
    assert.equal((await by.curator.get(step)).json.due_on, day, 'its own day stays');
    assert.equal(differing(), '0');

    const { json: again } = await by.curator.get(`${step}/due`);
    assert.deepEqual([again.own.reason, again.own.due_on], ['Директор в отпуске', day]);
    const back = await by.curator.post(`${step}/due`, { reason: 'Вернулся', version: again.version });
    assert.equal(back.json.due_on, again.usual);
    assert.equal(differing(), '0');
    assertProblem(await by.curator.post(`${step}/due`, { reason: 'Вернулся' }), 409, 'due_same');
    assert.deepEqual((await by.curator.get(`${step}/due`)).json.past.map(({ reason }) => reason), ['Директор в отпуске']);
});

test('only who decides on a step moves it, and strangers learn nothing', async () => {
    for (const login of ['coordinator', 'specialist', 'observer']) {
        assertProblem(await by[login].get(`${step}/due`), 403, 'forbidden');
        assertProblem(await by[login].post(`${step}/due`, { due_on: '2031-01-01', reason: 'хочу' }), 403, 'forbidden');
    }
    const added = veha.command('user', 'add', '--login', 'health', '--name', 'Куратор', '--role', 'region_admin', '--tenant-ogrn', '1229800100749');
    const health = await veha.signIn('health', /^Password: (.+)$/m.exec(added)[1]);
    assert.equal((await health.get(`${step}/due`)).status, 404);
    assertProblem(await health.post(`${step}/due`, { due_on: '2031-01-01', reason: 'хочу' }), 404, 'not_found');
    const { json } = await health.get('/deadline?deadline=2031-03-01');
    assert.deepEqual([json.can.change, json.tried, json.history], [false, null, []]);
    assertProblem(await health.post('/deadline', { deadline: '2031-03-01', reason: 'хочу' }), 403, 'forbidden');
});

test('on pages: tried, mended, moved', async () => {
    const reader = await openBrowser(veha, 'admin');
    const target = '/deadline?deadline=2031-02-01';
    assert.match(wordsOf(await reader.open(target)), /Все сроки сдвинутся на 17 дней вперёд/);
    /* The form that moves stands beside the one that tries, which has the same address. */
    const fill = async (from, fields) => {
        const [, action, body] = /<form[^>]*method="post" action="([^"]*(?:deadline|due))">([^]*?)<\/form>/.exec(await reader.open(from));
        const hidden = Object.fromEntries([...body.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(([, name, value]) => [name, value]));
        return reader.submit(action, { ...hidden, ...fields }, { headers: { referer: `${veha.url}${from}`, origin: veha.url } });
    };
    const blank = await fill(target, { reason: '' });
    assert.equal(blank.status, 422);
    assert.match(blank.text, /href="#reason"/);
    assert.match(blank.text, /name="deadline" value="2031-02-01"/, 'what was tried is still there');
    const moved = await fill(target, { reason: 'Приказ' });
    assert.deepEqual([moved.status, moved.headers.location], [303, '/deadline']);
    const one = await fill(`${step}/due?due_on=2031-03-03`, { reason: 'Приказ' });
    assert.deepEqual([one.status, one.headers.location], [303, step]);
    assert.match(wordsOf(await reader.open(step)), /Срок — 3 марта 2031/);
});

test('a region so large that to move its deadline takes longer than other changes may is moved all the same', async () => {
    one(`create function linger() returns trigger language plpgsql as $$ begin perform pg_sleep(10.5); return null; end $$;
         create trigger lingers after update on region for each statement execute function linger()`);
    const { status, text } = await by.admin.post('/deadline', { deadline: '2031-05-01', reason: 'Приказ' });
    one('drop trigger lingers on region; drop function linger()');
    assert.equal(status, 200, text);
    assert.equal(one('select deadline from region'), '2031-05-01');
});

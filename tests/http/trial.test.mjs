/* A roadmap is tried before it is published: asked by who may, told by the verifier in parts, and nothing changes. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { program, root } from '../support/build.mjs';
import { templatesWithoutLimits } from '../support/networks.mjs';
import { assertProblem, openBrowser, wordsOf } from './ask.mjs';
import { eventually, startVeha, stopCluster } from './harness.mjs';

const folder = path.join(root, 'var', `test-trial-${process.pid}`);
const templates = { directory: templatesWithoutLimits(path.join(folder, 'templates')) };
const roadmap = (branch) => JSON.parse(fs.readFileSync(path.join(root, 'templates/roadmaps', `${branch}.json`), 'utf8'));
const one = (statement) => veha.sql(`set search_path = veha, public; ${statement}`);

/* The branch of those who have accounts, asking for a post a day, with one step more and one less. */
function candidate() {
    const file = roadmap('keep');
    file.version = 900;
    for (const step of file.steps) for (const check of step.checks) if (check.check === 'FRESH') check.days_most = 1;
    const last = file.steps.at(-1);
    file.steps = [...file.steps.filter(({ key }) => key !== gone(file)), { ...last, key: 'extra_report', title: 'Отчёт', depends_on: [] }];
    return file;
}
/* A step on which no other depends. */
const gone = (file) => file.steps.findLast(({ key }) => !file.steps.some(({ depends_on: needs }) => needs?.includes(key))).key;

let veha;
let admin;
let tenant;

before(async () => {
    const words = 'Официальный канал министерства. Цели и задачи: рассказывать о деятельности. '.repeat(4).slice(0, 250);
    const scenario = { telegram: [{ name: 'lukomor98_edu', title: 'Министерство просвещения Лукоморской области', description: words, posts: [3, 4, 5, 9, 10, 11, 12, 40].map((days) => `-${days}d`) }], vk: { communities: [] }, sites: [] };
    veha = await startVeha({ scenario, clock: '2030-06-19T09:00:00Z', config: { templates, verify: { lease_seconds: 2 } } });
    tenant = one("select tenant from account where network = 'telegram' and address = 'lukomor98_edu' and upper_inf(valid)");
    one(`update account set valid = tstzrange(lower(valid), '2030-06-18T09:00:00Z') where tenant = ${tenant} and network <> 'telegram'`);
    await whileVerifying(() => eventually(() => one(`select count(*) from sighting where tenant = ${tenant} and "check" = 'FRESH' and result = 'passed'`) === '1', 'the account to be seen', 60));
    admin = await veha.signIn('admin');
});
after(async () => {
    await veha?.stop();
    await stopCluster();
    fs.rmSync(folder, { recursive: true, force: true });
});

function startVerifier() {
    const child = spawn(program, ['verify', '--config', veha.configFile], { cwd: root, env: veha.env, stdio: 'ignore' });
    return { child, ended: new Promise((resolve) => child.once('exit', (status) => resolve(status))) };
}

async function whileVerifying(work) {
    const { child, ended } = startVerifier();
    try {
        return await work();
    } finally {
        child.kill('SIGTERM');
        assert.equal(await ended, 0);
    }
}

const state = () => one(`select md5(string_agg(s::text, '' order by step)) from (select step, status, basis, seen, claimed, branch, version from step_state where tenant = ${tenant}) s`);

test('a trial is asked for, done by the verifier though one dies at it, and tells who would flip', async () => {
    const before = state();
    const asked = await admin.post('/roadmaps/keep/dry-run', { roadmap: candidate() }, { headers: { 'idempotency-key': 'trial-1' } });
    assert.equal(asked.status, 202, asked.text);
    assert.match(asked.headers.location, /^\/trials\/\d+$/);
    const again = await admin.post('/roadmaps/keep/dry-run', { roadmap: candidate() }, { headers: { 'idempotency-key': 'trial-1' } });
    assert.equal(again.headers.location, asked.headers.location, 'asked twice is asked once');
    const { location } = asked.headers;
    const waiting = (await admin.get(location)).json;
    assert.deepEqual([waiting.state, waiting.done, waiting.open], ['queued', 0, true]);

    /* The first to take it up dies at once, and leaves a lease behind. */
    one(`update trial set state = 'running', fence = 7, worker = 'dead', lease_until = '2030-06-19T08:59:00Z'`);
    const done = await whileVerifying(() => eventually(async () => {
        const { json } = await admin.get(location);
        return json.state === 'done' && json;
    }, 'the trial to be done', 40));
    const expected = Number(one("select count(*) from tenant t join tenant_roadmap r on r.tenant = t.id and upper_inf(r.valid) where r.branch = 'keep' and t.closed_at is null"));
    assert.deepEqual([done.total, done.done, done.open], [expected, expected, false]);

    const posting = roadmap('keep').steps.find(({ checks }) => checks.some(({ check }) => check === 'FRESH')).key;
    const changed = done.steps.filter(({ change }) => change === 'changed');
    assert.deepEqual([...new Set(changed.map(({ key }) => key))], [posting]);
    assert.deepEqual(done.items.map((item) => String(item.tenant.id)), [tenant]);
    assert.equal(done.flipped, 1);
    assert.equal(done.items[0].steps[0].key, posting);
    assert.notEqual(done.items[0].steps[0].was, done.items[0].steps[0].becomes);
    assert.ok(done.steps.some(({ change, key, tenants }) => change === 'added' && key === 'extra_report' && tenants === expected));
    assert.equal(done.steps.filter(({ change, key }) => change === 'removed' && key === gone(roadmap('keep'))).reduce((sum, { tenants }) => sum + tenants, 0), expected);
    assert.equal(state(), before, 'nothing has changed');
    assert.equal(one('select count(*) from roadmap where version = 900'), '0');

    const csv = await admin.get(location, { headers: { accept: 'text/csv' } });
    assert.equal(csv.status, 200);
});

test('all mistakes of a candidate are told at once, with their places', async () => {
    const file = candidate();
    file.steps[0].offset = 5;
    file.steps[1].checks = [{ check: 'NOPE' }];
    file.steps[2].key = file.steps[0].key;
    delete file.title;
    const answer = await admin.post('/roadmaps/keep/dry-run', { roadmap: file });
    assertProblem(answer, 422, 'invalid_fields');
    const told = answer.json.errors.map(({ pointer, code }) => `${pointer} ${code}`);
    for (const expected of ['#/roadmap/title required', '#/roadmap/steps/0/offset offset_out_of_range', '#/roadmap/steps/1/checks/0 check_unknown', '#/roadmap/steps/2/key step_key_repeated'])
        assert.ok(told.includes(expected), `${expected} in ${told}`);
    assertProblem(await admin.post('/roadmaps/open/dry-run', { roadmap: candidate() }), 422, 'invalid_fields');
    assertProblem(await admin.post('/roadmaps/keep/dry-run', { roadmap: 'text' }), 422, 'invalid_fields', ['roadmap']);
    assertProblem(await admin.post('/roadmaps/keep/dry-run', {}), 422, 'invalid_fields', ['roadmap']);
    assert.equal((await admin.post('/roadmaps/none/dry-run', { roadmap: candidate() })).status, 404);
    assertProblem(await admin.post('/roadmaps/keep/dry-run', { roadmap: { ...roadmap('keep'), title: 'Другая' } }), 409, 'roadmap_published');
});

test('only who may try roadmaps asks and sees', async () => {
    const trial = one('select min(id) from trial');
    for (const login of ['curator', 'coordinator', 'specialist', 'observer']) {
        const other = await veha.signIn(login);
        assertProblem(await other.post('/roadmaps/keep/dry-run', { roadmap: candidate() }), 403, 'forbidden');
        assertProblem(await other.get(`/trials/${trial}`), 403, 'forbidden');
        assertProblem(await other.get('/roadmaps'), 403, 'forbidden');
    }
    const added = veha.command('user', 'add', '--login', 'part_admin', '--name', 'Часть', '--role', 'region_admin', '--tenant-ogrn', '1229800100749');
    const part = await veha.signIn('part_admin', /^Password: (.+)$/m.exec(added)[1]);
    assert.equal((await part.get(`/trials/${trial}`)).status, 404, 'a trial of more than one may see is not there');
    assert.deepEqual((await part.get('/roadmaps')).json.trials, []);
    const asked = await part.post('/roadmaps/keep/dry-run', { roadmap: candidate() });
    assert.equal(asked.status, 202);
    const done = await whileVerifying(() => eventually(async () => {
        const { json } = await part.get(asked.headers.location);
        return json.state === 'done' && json;
    }, 'the trial of a part', 40));
    const inside = Number(one(`select count(*) from tenant t join tenant_roadmap r on r.tenant = t.id and upper_inf(r.valid) join tenant o on t.place between o.place and o.last where o.ogrn = '1229800100749' and r.branch = 'keep' and t.closed_at is null`));
    assert.deepEqual([done.total, done.items], [inside, []]);
    assert.equal((await part.post('/roadmaps/keep/dry-run', { roadmap: candidate(), within: Number(tenant) })).status, 404);
});

test('and people do the same on pages, without script', async () => {
    const reader = await openBrowser(veha, 'admin');
    const wrong = await reader.fill('/roadmaps', '/roadmaps/keep/dry-run', { roadmap: '{"branch": "keep"' });
    assert.equal(wrong.status, 422);
    assert.ok(wrong.text.includes('Дорожная карта'));
    assert.ok(wrong.text.includes('{&quot;branch&quot;: &quot;keep&quot;'), 'nothing typed is lost');
    const asked = await reader.fill('/roadmaps', '/roadmaps/keep/dry-run', { roadmap: JSON.stringify(candidate(), null, 2) });
    assert.equal(asked.status, 303, asked.text);
    const waiting = await reader.open(asked.headers.location);
    assert.ok(waiting.includes(`<a href="${asked.headers.location}">`) && wordsOf(waiting).includes('Ждёт очереди'));
    const text = await whileVerifying(() => eventually(async () => {
        const shown = await reader.open(asked.headers.location);
        return wordsOf(shown).includes('Готово') && shown;
    }, 'the page to be done', 40));
    assert.equal(text.includes('<progress'), false);
    for (const words of ['Что изменилось бы', 'Шаги стали бы другими у 1 организации', 'новый шаг', 'У кого шаги стали бы другими', 'Министерство просвещения'])
        assert.ok(wordsOf(text).includes(words), words);
    assert.ok((await reader.open('/roadmaps')).includes(asked.headers.location));
});

test('a replay tells which verdicts would be others, and changes nothing', () => {
    const before = one('select count(*), max(at) from verdict');
    const same = JSON.parse(veha.command('verify', '--replay', '--json'));
    assert.deepEqual([same.changes, same.counts, same.tenants], [0, [], []]);
    assert.ok(same.readings >= 1);
    one(`update verdict set result = 'failed' where tenant = ${tenant} and "check" = 'FRESH'; update look set rules_version = 1`);
    const told = JSON.parse(veha.command('verify', '--replay', '--json', '--network', 'telegram', '--tenant', tenant));
    assert.deepEqual(told.counts, [{ count: 1, network: 'telegram', check: 'FRESH', was: 'failed', becomes: 'passed' }]);
    assert.equal(told.judged_by_other_rules, told.readings);
    assert.equal(String(told.tenants[0].id), tenant);
    assert.match(veha.command('verify', '--replay'), /telegram FRESH failed passed: 1\n1 verdicts would change, of 1 tenants\n/);
    assert.equal(JSON.parse(veha.command('verify', '--replay', '--json', '--network', 'site')).changes, 0);
    assert.equal(JSON.parse(veha.command('verify', '--replay', '--json', '--from', '2099-01-01')).readings, 0);
    assert.throws(() => veha.command('verify', '--replay', '--network', 'nowhere'), /there is no network/);
    assert.throws(() => veha.command('verify', '--replay', '--from', 'yesterday'), /usage/);
    assert.throws(() => veha.command('verify', '--json'), /usage/);
    assert.equal(one('select count(*), max(at) from verdict'), before);
});

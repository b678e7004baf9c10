/* Looks made outside the house: leased and fenced, judged by the rules of the house, with exactly one result each. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import { assertProblem, openBrowser, tellings } from './ask.mjs';
import { startVeha, stopCluster } from './harness.mjs';
import { issue, openService, work } from './service.mjs';

const start = Date.parse('2030-03-01T09:00:00Z');
const at = (seconds) => new Date(start + seconds * 1000).toISOString().replace('.000', '');
const title = 'Министерство просвещения Лукоморской области';
const scenario = { telegram: [{ name: 'lukomor98_edu', title, posts: ['-1d', '-2d', '-3d'] }], vk: {}, sites: [] };
const agency = {};
let veha;
let admin;
let outside;
let other;
let moment = 0;

const q = (statement) => veha.sql(`set search_path = veha, public; ${statement}`);

before(async () => {
    veha = await startVeha({ scenario, clock: at(0) });
    admin = await veha.signIn('admin');
    for (const name of ['просвещения', 'здравоохранения']) agency[name] = Number(q(`select id from tenant where kind = 'agency' and name like '%${name}%' order by id limit 1`));
    outside = await openService(veha, issue(veha, 'outside', ['job.take', 'job.record'], { tenant: agency.просвещения }));
    other = await openService(veha, issue(veha, 'other', ['job.take', 'job.record'], { tenant: agency.просвещения }));
});

after(async () => {
    await veha?.stop();
    await stopCluster();
});

/* Nothing is queued but one look at each account, due for a minute. */
beforeEach(() => {
    q(`update job set finished_at = '${at(moment)}', lease_until = null where finished_at is null;
       insert into job (tenant, place, account, due_at) select a.tenant, a.place, a.id, '${at(moment - 60)}' from account a join tenant t on t.id = a.tenant where upper_inf(a.valid) and t.closed_at is null`);
});

/* The clock moves on for good: leases run out. */
function pass(seconds) {
    moment += seconds;
    veha.setClock(at(moment));
}

const take = async (client = outside, body = { network: ['telegram'], most: 1 }) => {
    const answer = await client.post('/jobs/take', body);
    assert.equal(answer.status, 200, answer.text);
    return answer.json.items;
};
const present = (more = {}) => ({ state: 'present', source: 'page', facts: { name: { value: title, origin: 'https://t.me/s/lukomor98_edu' } }, ...more });
const say = (job, reading = present(), { client = outside, fence = job.fence, key, requests } = {}) =>
    client.post(`/jobs/${job.id}/result`, { fence, reading, ...(requests ? { requests } : {}) }, { headers: key ? { 'idempotency-key': key } : {} });
const looksOf = (job) => Number(q(`select count(*) from look where job = ${job.id}`));
const state = () => q("select md5(string_agg(t, ' ')) from (select (select md5(coalesce(string_agg(l::text, ' ' order by id), '')) from look l) || (select md5(coalesce(string_agg(v::text, ' ' order by look, \"check\"), '')) from verdict v) || (select md5(coalesce(string_agg(s::text, ' ' order by account, \"check\"), '')) from sighting s) || (select md5(string_agg(j::text, ' ' order by id)) from job j) || (select count(*) from event) as t) x");

test('a worker outside looks at the pages itself, and the house judges what it read', async () => {
    const answers = await work(veha, outside);
    assert.ok(answers.length >= 2, 'channels of the subtree');
    for (const { status, text } of answers) assert.equal(status, 200, text);
    const inside = new Set(q(`select string_agg(x.id::text, ' ') from account x join tenant t on t.id = x.tenant, tenant a where a.id = ${agency.просвещения} and t.place between a.place and a.last and x.network = 'telegram' and upper_inf(x.valid) and t.closed_at is null`).split(' '));
    assert.equal(answers.length, inside.size, 'all of them, and none of others');
    const told = answers.find(({ job }) => job.address === 'lukomor98_edu');
    assert.equal(told.json.state, 'present');
    const verdicts = Object.fromEntries(told.json.verdicts.map(({ check, result }) => [check, result]));
    assert.deepEqual([verdicts.EXIST, verdicts.NAME, verdicts.FRESH, verdicts.DESC], ['passed', 'passed', 'passed', 'unknown']);
    const tenant = q(`select tenant from look where id = ${told.json.look}`);
    const shown = (await admin.get(`/tenants/${tenant}/looks/${told.json.look}`)).json;
    assert.deepEqual([shown.service, shown.requests[0].url, shown.requests[0].status], ['outside', 'https://t.me/s/lukomor98_edu', 200]);
    assert.equal(q(`select state || ' ' || (looked_at is not null) from account where tenant = ${tenant} and network = 'telegram'`), 'present true');
    const missing = answers.find(({ json }) => json.state === 'missing');
    assert.equal(missing.json.verdicts.find(({ check }) => check === 'EXIST').result, 'failed');
});

test('events name the program, and the page of a look says who looked', async () => {
    const [job] = await take();
    const { json } = await say(job);
    const tenant = q(`select tenant from look where id = ${json.look}`);
    const { items } = (await admin.get(`/tenants/${tenant}/history`)).json;
    const event = items.find(({ kind }) => kind === 'account_looked');
    assert.deepEqual([event.actor, event.who], ['service', 'outside']);
    const browser = await openBrowser(veha, 'admin');
    assert.match((await browser.page(`/tenants/${tenant}/looks/${json.look}`)).text, /внешняя программа outside/);
    assert.match((await browser.page('/verification')).text, /service:outside/);
});

test('a lease is told with the job, held by nobody else, and shown to the operator', async () => {
    const [job] = await take();
    assert.equal(job.network, 'telegram');
    assert.equal(Date.parse(job.lease_until), start + (moment + 60) * 1000);
    assert.ok(job.subject.name && job.parameters && job.url && job.fence >= 1);
    const rest = await take(other, { network: ['telegram'], most: 50 });
    assert.equal(rest.some(({ id }) => id === job.id), false);
    const { workers } = (await admin.get('/verification')).json;
    const mine = workers.find(({ name }) => name === 'service:outside');
    assert.deepEqual([mine.looks, mine.outside, mine.alive], [1, true, true]);
    assert.equal((await take(outside, { network: ['vk'], most: 50 })).every(({ network }) => network === 'vk'), true);
});

test('exactly one result: a second one changes nothing', async () => {
    const [job] = await take();
    assert.equal((await say(job)).status, 200);
    const before = state();
    assertProblem(await say(job), 409, 'result_known');
    assertProblem(await say(job, present({ state: 'missing', facts: {} })), 409, 'result_known');
    assert.equal(state(), before);
    assert.equal(looksOf(job), 1);
});

test('the same key gets the same answer, and another body under it none', async () => {
    const [job] = await take();
    const first = await say(job, present(), { key: 'result-1' });
    assert.equal(first.status, 200, first.text);
    pass(5);
    const again = await say(job, present(), { key: 'result-1' });
    assert.deepEqual([again.status, again.text, again.headers['idempotency-replayed']], [200, first.text, 'true']);
    assertProblem(await say(job, present({ facts: {} }), { key: 'result-1' }), 409, 'idempotency_key_reused');
    assert.equal(looksOf(job), 1);
    const taken = await outside.post('/jobs/take', { network: ['vk'], most: 1 }, { headers: { 'idempotency-key': 'take-1' } });
    assert.equal((await outside.post('/jobs/take', { network: ['vk'], most: 1 }, { headers: { 'idempotency-key': 'take-1' } })).text, taken.text);
    assert.notEqual((await other.post('/jobs/take', { network: ['vk'], most: 1 }, { headers: { 'idempotency-key': 'take-1' } })).text, taken.text, 'a key is its caller’s own');
});

test('many at once with one fence: one is recorded', async () => {
    const [job] = await take();
    const answers = await Promise.all(Array.from({ length: 8 }, () => say(job)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(7).fill(409)]);
    assert.equal(looksOf(job), 1);
});

test('a late result is refused, whether or not somebody took the look over', async () => {
    const [late] = await take();
    pass(61);
    let before = state();
    assertProblem(await say(late), 409, 'lease_lost');
    assert.equal(state(), before);
    const again = (await take(other, { network: ['telegram'], most: 50 })).find(({ id }) => id === late.id);
    assert.equal(again.fence, late.fence + 1);
    before = state();
    assertProblem(await say(late), 409, 'lease_lost');
    assertProblem(await say(late, present(), { fence: again.fence }), 409, 'lease_lost');
    assert.equal(state(), before);
    assert.equal((await say(again, present(), { client: other })).status, 200);
    assert.equal(looksOf(late), 1);
});

test('a worker that dies loses nothing: another takes what it held', async () => {
    const doomed = await openService(veha, issue(veha, 'doomed', ['job.take', 'job.record'], { tenant: agency.просвещения }));
    const held = await take(doomed, { network: ['telegram'], most: 50 });
    doomed.close();
    assert.deepEqual(await take(), [], 'they are held');
    pass(61);
    const answers = await work(veha, outside);
    assert.deepEqual(answers.map(({ job }) => job.id).sort(), held.map(({ id }) => id).sort());
    for (const job of held) assert.equal(looksOf(job), 1);
});

test('the fence of another, and a look nobody leased, are nobody’s to answer', async () => {
    const [job] = await take(other);
    const free = { id: Number(q(`select id from job where finished_at is null and lease_until is null and tenant in (select tenant from job where id = ${job.id}) limit 1`)), fence: 1 };
    const before = state();
    for (const guess of [job.fence, job.fence + 1, 1]) assertProblem(await say(job, present(), { fence: guess }), 409, 'lease_lost');
    if (free.id) assertProblem(await say(free), 409, 'lease_lost');
    assert.equal(state(), before);
});

test('of what lies outside the subtree nothing is given, told or taken', async () => {
    const foreign = q(`select j.id from job j join tenant t on t.id = j.tenant, tenant a where a.id = ${agency.здравоохранения} and t.place between a.place and a.last and j.finished_at is null limit 1`);
    const taken = await take(outside, { most: 50 });
    const own = q(`select count(*) from job j, tenant a where a.id = ${agency.просвещения} and j.id in (${taken.map(({ id }) => id).join(',')}) and j.place between a.place and a.last`);
    assert.equal(Number(own), taken.length);
    const before = state();
    const [there, none] = [await say({ id: foreign, fence: 1 }), await say({ id: 987654321, fence: 1 })];
    assert.equal(there.status, 404);
    assert.deepEqual(tellings(there), tellings(none));
    const wrong = [await say({ id: foreign, fence: 1 }, {}), await say({ id: 987654321, fence: 1 }, {})];
    assert.deepEqual(tellings(wrong[0]), tellings(wrong[1]), 'nor is what was said looked at');
    assert.equal(state(), before);
});

test('each capability is its own', async () => {
    const taker = await openService(veha, issue(veha, 'taker', ['job.take'], { tenant: agency.просвещения }));
    const recorder = await openService(veha, issue(veha, 'recorder', ['job.record'], { tenant: agency.просвещения }));
    const [job] = await take(taker);
    assertProblem(await say(job, present(), { client: taker }), 403, 'forbidden');
    assertProblem(await recorder.post('/jobs/take', {}), 403, 'forbidden');
    assertProblem(await say(job, present(), { client: recorder }), 409, 'lease_lost');
    assert.equal((await taker.get('/tenants')).status, 403, 'reading is another matter');
});

test('a hundred leases are as many as one program holds', async () => {
    const wide = await openService(veha, issue(veha, 'wide', ['job.take']));
    q(`with made as (select tenant_add((select id from tenant where kind = 'region'), 'organisation', 'Много ' || n, null, null, null) as id from generate_series(1, 150) n),
            added as (select account_add(id, 'telegram', 'many_' || id, 'https://t.me/many_' || id, null) from made) select count(*) from added`);
    q(`insert into job (tenant, place, account, due_at) select tenant, place, id, '${at(moment - 60)}' from account where address like 'many\\_%'`);
    let held = 0;
    for (let i = 0; i < 4; i++) held += (await take(wide, { network: ['telegram'], most: 50 })).length;
    assert.equal(held, 100);
    q("update account set valid = tstzrange(lower(valid), lower(valid) + interval '1 s') where address like 'many\\_%'");
});

test('a reading that is none is refused with all that is wrong, and changes nothing', async () => {
    const [job] = await take();
    const before = state();
    const bad = {
        state: 'splendid', source: 'dream', reason: 'Так', extra: 1, posts_whole: 'yes', posts: [{ at: 'yesterday', own: 1 }, { own: true }, 7, { at: at(moment + 10 * 86400), own: true }],
        links: [{ network: 'myspace', key: 'x' }], facts: { name: { value: 7, origin: 'h1' }, members: { value: -1, origin: 'h1' }, shoe_size: { value: 43, origin: 'h1' }, verified: { value: true }, avatar: 'yes' },
    };
    const answer = await say(job, bad, { requests: [{ url: 'ftp://x', status: 'ok' }, { status: 200 }] });
    assertProblem(answer, 422, 'invalid_fields');
    const told = Object.fromEntries(answer.json.errors.map(({ pointer, code }) => [pointer, code]));
    assert.deepEqual(told, {
        '#/reading/state': 'state_unknown', '#/reading/source': 'source_unknown', '#/reading/reason': 'code_unreadable', '#/reading/extra': 'unknown_field',
        '#/reading/posts_whole': 'wrong_type', '#/reading/posts/0/at': 'time_unreadable', '#/reading/posts/0/own': 'wrong_type', '#/reading/posts/1/at': 'required',
        '#/reading/posts/2': 'not_an_object', '#/reading/posts/3/at': 'time_ahead', '#/reading/links/0/network': 'network_unknown', '#/reading/facts/name/value': 'wrong_type',
        '#/reading/facts/members/value': 'out_of_range', '#/reading/facts/shoe_size/value': 'fact_unknown', '#/reading/facts/verified/origin': 'required',
        '#/reading/facts/avatar': 'not_an_object', '#/requests/0/url': 'not_a_url', '#/requests/0/status': 'wrong_type', '#/requests/1/url': 'required',
    });
    assertProblem(await say(job, {}), 422, 'invalid_fields');
    assertProblem(await say(job, present(), { requests: [5] }), 422, 'invalid_fields', ['requests']);
    for (const reading of [null, 7, 'x', []]) assert.equal((await say(job, reading)).status, 422);
    assertProblem(await say(job, present({ posts: Array(501).fill({ at: at(0), own: true }) })), 422, 'invalid_fields');
    assertProblem(await say(job, present({ facts: { name: { value: 'я'.repeat(20000), origin: 'h1' } } })), 422, 'invalid_fields');
    assertProblem(await say(job, present({ links: Array(2000).fill({ network: 'telegram', key: 'x'.repeat(200) }) })), 422, 'invalid_fields');
    for (const fence of [0, -1, 1.5, '1', 2147483648, null]) assert.equal((await say(job, present(), { fence })).status, 422, String(fence));
    assert.equal((await outside.post(`/jobs/${job.id}/result`, { fence: job.fence, reading: present(), verdicts: [{ check: 'EXIST', result: 'passed' }] })).status, 422, 'verdicts are not for programs to give');
    for (const body of [{ most: 0 }, { most: 51 }, { most: 'x' }, { network: 'telegram' }, { network: ['Vk!'] }, { worker: 'x' }]) assert.equal((await outside.post('/jobs/take', body)).status, 422, JSON.stringify(body));
    assert.equal(state(), before);
    assert.equal((await say(job)).status, 200, 'and the look is still its own');
});

test('what one program saw says nothing of a network as a whole, nor of our keys', async () => {
    const tallies = () => q('select count(*) from network_tally');
    const before = tallies();
    const [job] = await take();
    assert.equal((await say(job, present({ source: 'api' }))).status, 200);
    assert.equal(tallies(), before);
});

test('revoked in the middle of a look: what it saw comes too late', async () => {
    const leaving = await openService(veha, issue(veha, 'leaving', ['job.take', 'job.record'], { tenant: agency.просвещения }));
    const [job] = await take(leaving);
    veha.command('token', 'revoke', '--service', 'leaving');
    assertProblem(await say(job, present(), { client: leaving }), 401, 'service_ended');
    assert.equal(looksOf(job), 0);
    pass(61);
    const answers = await work(veha, outside);
    assert.ok(answers.some((answer) => answer.job.id === job.id && answer.status === 200));
});

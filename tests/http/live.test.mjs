/* Who listens hears which tenants changed, soon and seldom, misses nothing by reconnects and restarts, and hears nothing of others. */
import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { after, afterEach, before, test } from 'node:test';

import { assertProblem } from './ask.mjs';
import { eventually, startBeside, startVeha, stopCluster } from './harness.mjs';

const schools = ['1229800102223', '1229800102597'];
const hospital = '1229800105556';
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const open = new Set();
let veha;
let own;
let sibling;
let foreign;

before(async () => {
    veha = await startVeha({ config: { web: { live_check: 1, live_streams: 20 } } });
    [own, sibling, foreign] = [...schools, hospital].map((ogrn) => Number(veha.sql(`select id from veha.tenant where ogrn = '${ogrn}'`)));
    await seal(veha);
});
/* No test finds the streams of another. */
afterEach(() => {
    for (const heard of open) heard.close();
    open.clear();
});
after(async () => {
    await veha?.stop();
    await stopCluster();
});

/* What the verifier does every second, until nothing waits: others run in the same cluster. */
const chain = (node) => eventually(() => {
    node.sql('select veha.audit_seal(10000)');
    return node.sql('select count(*) from veha.unsealed') === '0';
}, 'the seal');

/* And until the server knows. */
async function seal(node) {
    await chain(node);
    node.asker ??= await node.signIn('admin');
    const newest = Number(node.sql('select max(number) from veha.seal'));
    await eventually(async () => (await node.asker.get('/live')).json.number >= newest, 'the worker');
}

/* Something happened to a tenant, many times in transactions of their own. */
function happen(tenant, { kind = 'step_claimed', step = null, times = 1 } = {}) {
    const told = step ? `'${step}'` : 'null';
    veha.sql(Array.from({ length: times }, () => `select veha.tell('${kind}', ${tenant}, ${told}, null, '{}')`).join('; '));
}

/*
 * A stream: {status, headers, events: [{id, type, data}], last, ended, close()}; last is what a browser would send as Last-Event-ID.
 */
async function listen(node, client, target = '/live', { last = null, settings = {}, accept = 'text/event-stream' } = {}) {
    const session = http2.connect(node.url, { ca: node.authority, settings });
    session.on('error', () => undefined);
    const heard = { status: 0, headers: {}, events: [], text: '', last: null, ended: null, close: () => session.destroy() };
    const sent = { ':path': target, accept, authorization: `Bearer ${client.bearer}`, ...(last ? { 'last-event-id': last } : {}) };
    const stream = session.request(sent);
    heard.stream = stream;
    stream.setEncoding('utf8');
    stream.on('error', () => undefined);
    let rest = '';
    stream.on('data', (text) => {
        heard.text += text;
        const blocks = (rest + text).split('\n\n');
        rest = blocks.pop();
        for (const block of blocks) {
            const fields = Object.fromEntries(block.split('\n').map((line) => /^(\w+): (.*)$/.exec(line).slice(1)));
            if (fields.id) heard.last = fields.id;
            if (fields.data) heard.events.push({ id: fields.id, type: fields.event, data: JSON.parse(fields.data) });
        }
    });
    stream.on('close', () => (heard.ended = Date.now()));
    open.add(heard);
    session.on('close', () => (heard.ended ??= Date.now()));
    await new Promise((resolve, reject) => {
        stream.on('response', (headers) => resolve(Object.assign(heard, { status: headers[':status'], headers })));
        stream.on('close', () => reject(new Error('no answer')));
    });
    if (heard.status === 200 && !settings.initialWindowSize && settings.initialWindowSize !== 0) await eventually(() => heard.text, 'the first bytes');
    return heard;
}

const tenantsOf = ({ events }) => events.flatMap(({ data }) => data.tenants);

test('a change is told within three seconds, by the number of the tenant and nothing else', async () => {
    const curator = await veha.signIn('curator');
    const [all, within, one, step, otherStep] = await Promise.all(
        ['/live', `/live?within=${own}`, `/live?tenant=${own}`, `/live?tenant=${own}&step=appoint`, `/live?tenant=${own}&step=train`].map((target) => listen(veha, curator, target)),
    );
    assert.equal(all.headers['content-type'], 'text/event-stream');
    assert.equal(all.headers['cache-control'], 'no-store');
    assert.equal(all.headers['content-encoding'], undefined);
    assert.match(all.text, /^retry: [2-4]\d{3}\nid: \d+\n\n$/);
    const began = Date.now();
    const specialist = await veha.signIn('specialist');
    assert.equal((await specialist.post(`/tenants/${own}/steps/appoint/claim`, { note: 'Готово' })).status, 200);
    await seal(veha);
    for (const stream of [all, within, one, step]) await eventually(() => stream.events.length, 'the change', 3);
    assert.ok(Date.now() - began < 3000);
    assert.deepEqual(Object.keys(all.events[0].data).sort(), ['everything', 'number', 'region', 'tenants']);
    assert.deepEqual({ ...all.events[0].data, number: 0 }, { number: 0, everything: false, region: false, tenants: [own] });
    assert.equal(all.events[0].type, 'change');
    assert.equal(Number(all.events[0].id), all.events[0].data.number);
    happen(sibling, { step: 'appoint' });
    await seal(veha);
    await eventually(() => all.events.length > 1, 'the sibling');
    assert.deepEqual([otherStep, within, one, step].map(({ events }) => events.length), [0, 1, 1, 1]);
});

test('what is outside of the scope, what people do with their passwords, and drafts are never told', async () => {
    const specialist = await veha.signIn('specialist');
    const observer = await veha.signIn('observer');
    const [heard, other] = [await listen(veha, specialist), await listen(veha, observer)];
    happen(foreign);
    happen(own, { kind: 'step_drafted' });
    happen(own, { kind: 'person_invited' });
    happen('null', { kind: 'session_opened' });
    await seal(veha);
    await eventually(() => other.events.length, 'the hospital');
    happen('veha.region_tenant()', { kind: 'network_outage_began' });
    await seal(veha);
    await eventually(() => heard.events.length && other.events.length > 1, 'the outage');
    assert.deepEqual(heard.events.map(({ data }) => [data.tenants, data.region, data.everything]), [[[], true, false]]);
    assert.deepEqual(tenantsOf(other), [foreign]);
    assert.doesNotMatch(heard.text, new RegExp(`\\b${foreign}\\b`));
    for (const target of [`/live?within=${foreign}`, `/live?tenant=${foreign}`, '/live?tenant=987654321']) assert.equal((await listen(veha, specialist, target)).status, 404);
    assertProblem(await veha.client().get('/live'), 401, 'unsigned');
});

test('fifty changes in a second are a few messages, and many tenants are everything', async () => {
    const curator = await veha.signIn('curator');
    const heard = await listen(veha, curator);
    const began = Date.now();
    for (let i = 0; i < 10; i++) {
        happen([own, sibling][i % 2], { times: 5 });
        await chain(veha);
    }
    const took = Date.now() - began;
    const until = Number(veha.sql('select max(number) from veha.seal'));
    await eventually(() => heard.events.at(-1)?.data.number >= until, 'the last of them');
    assert.ok(heard.events.length <= 2 + took / 1000, `${heard.events.length} messages in ${took} ms`);
    assert.deepEqual([...new Set(tenantsOf(heard))].sort(), [own, sibling].sort());
    veha.sql("select veha.tenant_add(veha.region_tenant(), 'organisation', 'Новая ' || n, null, null, null) from generate_series(1, 110) n");
    await seal(veha);
    await eventually(() => heard.events.at(-1).data.everything, 'everything');
    assert.deepEqual(heard.events.at(-1).data.tenants, []);
});

test('who reconnects is told what was missed, once; who was away for too long, that everything changed', async () => {
    const curator = await veha.signIn('curator');
    const first = await listen(veha, curator);
    first.close();
    happen(own);
    happen(foreign, { times: 3 });
    await seal(veha);
    const again = await listen(veha, curator, '/live', { last: first.last });
    await eventually(() => again.events.length, 'what was missed');
    assert.deepEqual(tenantsOf(again).sort(), [own, foreign].sort());
    const asked = (await curator.get(`/live?after=${first.last}`)).json;
    assert.deepEqual(asked.tenants.sort(), [own, foreign].sort());
    const nothing = (await curator.get(`/live?after=${asked.number}`)).json;
    assert.deepEqual(nothing, { number: asked.number, everything: false, region: false, tenants: [] });
    assert.equal((await curator.get('/live?after=0')).status, 200, 'the number that is told where nothing has happened yet');
    const strange = await listen(veha, curator, `/live?after=${first.last}`, { last: 'none' });
    await eventually(() => strange.events.length, 'the address counts where the browser says nothing of use');
    for (const last of ['99999999999', '99999999999999999999999']) {
        const lost = await listen(veha, curator, '/live', { last });
        await eventually(() => lost.events.length, 'everything');
        assert.deepEqual([lost.events[0].data.everything, lost.events[0].data.tenants], [true, []]);
    }
    happen(sibling);
    await seal(veha);
    await eventually(() => again.events.length > 1, 'the next');
    assert.deepEqual(again.events[1].data.tenants, [sibling]);
});

test('a server that is started anew, or another one, knows what was missed', async () => {
    const curator = await veha.signIn('curator');
    const beside = await startBeside(veha);
    const first = await listen(beside, curator);
    happen(own);
    await seal(veha);
    await eventually(() => first.events.length, 'a change told by the other node');
    const began = Date.now();
    await beside.stop();
    assert.ok(Date.now() - began < 6000, `${Date.now() - began} ms`);
    assert.ok(first.ended, 'the stream ended with its server');
    happen(foreign);
    await seal(veha);
    const again = await startBeside(veha);
    const second = await listen(again, curator, '/live', { last: first.last });
    await eventually(() => second.events.length, 'what was missed');
    assert.deepEqual([second.events[0].data.everything, second.events[0].data.tenants], [false, [foreign]]);
    await again.stop();
    happen(own, { times: 2001 });
    await seal(veha);
    const late = await startBeside(veha);
    const old = await listen(late, curator, '/live', { last: first.last });
    await eventually(() => old.events.length, 'that everything changed');
    assert.deepEqual([old.events[0].data.everything, old.events[0].data.tenants], [true, []]);
    await late.stop();
    const here = await listen(veha, curator, '/live', { last: first.last });
    await eventually(() => here.events.length, 'what was missed');
    assert.deepEqual(here.events[0].data.tenants.sort(), [own, foreign].sort());
});

test('a stream ends with its session, with other roles, and when nobody may listen any more', async () => {
    const specialist = await veha.signIn('specialist');
    const heard = await listen(veha, specialist);
    await pause(1500);
    assert.equal(heard.ended, null, 'asking anew does not end it');
    veha.sql(`update veha.session set ended_at = veha.now() where id = (select max(id) from veha.session where person = (select id from veha.person where login = 'specialist'))`);
    await eventually(() => heard.ended, 'the end of a revoked session', 5);
    assert.equal((await listen(veha, specialist)).status, 401);

    const observer = await veha.signIn('observer');
    const lowered = await listen(veha, observer);
    veha.sql("update veha.membership set ended_at = veha.now() where person = (select id from veha.person where login = 'observer')");
    await eventually(() => lowered.ended, 'the end of the role', 5);
    veha.sql("update veha.membership set ended_at = null where person = (select id from veha.person where login = 'observer')");

    const coordinator = await veha.signIn('coordinator');
    const disabled = await listen(veha, coordinator, `/live?within=${own}`);
    veha.sql("update veha.person set disabled_at = veha.now() where login = 'coordinator'");
    await eventually(() => disabled.ended, 'the end of a person', 5);
    veha.sql("update veha.person set disabled_at = null where login = 'coordinator'");
});

test('a scope that narrows without another role narrows the stream', async () => {
    const specialist = await veha.signIn('specialist');
    const heard = await listen(veha, specialist);
    const end = (what) => veha.sql(`update veha.membership set ended_at = ${what} where tenant = ${own} and person = (select id from veha.person where login = 'specialist')`);
    end('veha.now()');
    await pause(2500);
    happen(own);
    happen(sibling);
    await seal(veha);
    await eventually(() => heard.events.length, 'the sibling');
    await pause(1200);
    assert.deepEqual(tenantsOf(heard), [sibling]);
    end('null');
});

test('one caller has so many streams, and a worker, too; whoever leaves makes room', async () => {
    const [curator, admin] = [await veha.signIn('curator'), await veha.signIn('admin')];
    const mine = [];
    for (let i = 0; i < 16; i++) mine.push((await listen(veha, curator)).status);
    assert.deepEqual(mine, Array(16).fill(200));
    const refused = await listen(veha, curator);
    assert.equal(refused.status, 429);
    assert.ok(refused.headers['retry-after']);
    for (let i = 0; i < 4; i++) await listen(veha, admin);
    const full = await listen(veha, admin);
    assert.equal(full.status, 503);
    assert.ok(full.headers['retry-after']);
    assert.equal((await curator.get('/live')).status, 200, 'who asks once takes no place');
    for (const stream of open) stream.close();
    await eventually(async () => (await listen(veha, admin)).status === 200, 'room');
});

test('a stream lives no longer than the token it was opened with', async () => {
    const timed = await startVeha({ clock: '2030-06-19T09:00:00Z' });
    try {
        const curator = await timed.signIn('curator');
        const heard = await listen(timed, curator);
        await pause(700);
        assert.equal(heard.ended, null);
        timed.setClock('2030-06-19T09:11:00Z');
        await eventually(() => heard.ended, 'the end');
    } finally {
        await timed.stop();
    }
});

test('who does not read is cut off, and keeps neither others nor the end waiting', async () => {
    const slow = await startVeha();
    const curator = await slow.signIn('curator');
    await seal(slow);
    const [reader, stalled] = [await listen(slow, curator), await listen(slow, curator, '/live', { settings: { initialWindowSize: 0 } })];
    const began = Date.now();
    await eventually(() => stalled.ended, 'the cut', 40);
    assert.match(slow.log(), /reader_stalled/);
    assert.equal(reader.ended, null, `a stream that is read lives on after ${Date.now() - began} ms`);
    await listen(slow, curator, '/live', { settings: { initialWindowSize: 0 } });
    for (let i = 0; i < 5; i++) await listen(slow, curator);
    const stopping = Date.now();
    await slow.stop();
    assert.ok(Date.now() - stopping < 6000, `${Date.now() - stopping} ms`);
    assert.ok(reader.ended);
});

test('with the verifier beside it, a tick is told within three seconds', async () => {
    const whole = await startVeha({ verify: true, config: { verify: { quiet_hours: '0-24' } } });
    try {
        const [curator, specialist] = [await whole.signIn('curator'), await whole.signIn('specialist')];
        await eventually(() => whole.sql('select count(*) from veha.unsealed') === '0', 'the seal of what was before');
        const heard = await listen(whole, curator, `/live?tenant=${own}&step=appoint`);
        const before = heard.events.length;
        const began = Date.now();
        assert.equal((await specialist.post(`/tenants/${own}/steps/appoint/claim`, { note: 'Готово' })).status, 200);
        await eventually(() => heard.events.length > before, 'the change');
        const waited = Date.now() - began;
        assert.ok(waited < 4000, `${waited} ms`);
    } finally {
        await whole.stop();
    }
});

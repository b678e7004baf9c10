/* The database goes away, returns, and dies amid a change: whoever asks is told clearly, and what they did is done once or not at all. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

/* It is stopped here, so it must not be the one that other tests use. */
delete process.env.VEHA_TEST_CLUSTER;

const { assertProblem, openBrowser } = await import('./ask.mjs');
const { eventually, people, startVeha, stopCluster } = await import('./harness.mjs');

const channel = { name: 'lukomor98_edu', title: 'Министерство просвещения Лукоморской области', posts: ['-1d', '-2d', '-3d'] };
let veha;
let curator;
let browser;
let tenant;
let made = 0;

before(async () => {
    veha = await startVeha({ verify: true, scenario: { telegram: [channel], vk: {}, sites: [] } });
    curator = await veha.signIn('curator');
    browser = await openBrowser(veha, 'curator');
    tenant = (await curator.get(`/tenants?search=${encodeURIComponent('Министерство просвещения')}`)).json.items[0].id;
});

afterEach(async () => {
    veha.postgres('start', '--fast');
    await isReady();
});

after(async () => {
    await veha?.stop();
    await stopCluster();
});

const ready = async () => (await veha.client().get('/readyz')).status;
const isReady = () => eventually(async () => (await ready()) === 200, 'serve to find its database again');
const busy = (event) => veha.sql(`select count(*) from pg_stat_activity where application_name = 'veha serve' and datname = current_database() and wait_event = '${event}'`) !== '0';
const kill = () => veha.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'veha serve' and datname = current_database()");
const claims = (step) => veha.sql(`select count(*) from veha.claim where tenant = ${step.tenant} and step = 'appoint'`);

/* A step that nobody has touched, and the change that the tests are about. */
async function untouched() {
    const { status, json, text } = await curator.post('/tenants', { parent: tenant, kind: 'organisation', name: `Пропадающая № ${++made}` });
    assert.equal(status, 201, text);
    return { tenant: json.id, claim: (headers = { 'idempotency-key': `claim-${json.id}` }) => curator.post(`/tenants/${json.id}/steps/appoint/claim`, { note: 'Готово' }, { headers }) };
}

test('without its database serve says so to programs and people, and comes back by itself', async () => {
    veha.postgres('stop');
    const [refused, page, signing, changing] = await Promise.all([
        curator.get(`/tenants/${tenant}`), browser.page(`/tenants/${tenant}`),
        veha.client().post('/session', { login: 'curator', password: people.curator.password }), curator.post(`/tenants/${tenant}/rename`, { name: 'Х', reason: 'Х' }),
    ]);
    for (const answer of [refused, signing, changing, await veha.client().get('/readyz')]) {
        assertProblem(answer, 503, 'database_unavailable');
        assert.match(answer.headers['retry-after'], /^\d+$/);
    }
    assert.equal(page.status, 503);
    assert.match(page.headers['retry-after'], /^\d+$/);
    assert.match(page.headers['content-type'], /^text\/html/);
    assert.match(page.text, /<h1>[А-Я][^]*<\/html>\s*$/);
    assert.ok(page.text.includes(page.headers['x-request-id']));
    for (const target of ['/healthz', '/openapi.json', '/.well-known/jwks.json']) assert.equal((await veha.client().get(target)).status, 200, `${target} needs no database`);

    veha.postgres('start', '--fast');
    await isReady();
    assert.equal((await curator.get(`/tenants/${tenant}`)).status, 200);
    assert.equal((await browser.page(`/tenants/${tenant}`)).status, 200);
    assert.notEqual((await curator.get(`/tenants/${tenant}`)).json.name, 'Х');
    await veha.signIn('curator');
});

test('a crowd that asks meanwhile is answered in a few seconds, each of it', async () => {
    veha.postgres('stop');
    const start = Date.now();
    const answers = await Promise.all(Array.from({ length: 100 }, () => curator.get('/tenants')));
    assert.deepEqual([...new Set(answers.map(({ status, json }) => `${status} ${json.code}`))].sort().filter((told) => told !== '503 busy'), ['503 database_unavailable']);
    assert.ok(Date.now() - start < 6000, `${Date.now() - start} ms`);
});

test('nobody is signed out by it', async () => {
    const reader = await openBrowser(veha, 'observer');
    reader.cookies.delete('__Host-access');
    veha.postgres('stop');
    const page = await reader.page('/tenants');
    assert.equal(page.status, 503);
    assert.ok(reader.cookies.has('__Host-refresh'));
    veha.postgres('start', '--fast');
    await isReady();
    assert.equal((await reader.page('/tenants')).status, 200);
});

test('a reader does not notice that all connections died', async () => {
    for (let round = 0; round < 5; round++) {
        kill();
        assert.equal((await curator.get(`/tenants/${tenant}`)).status, 200);
    }
});

test('a change whose connection died before it could be kept is done again by itself', async () => {
    const step = await untouched();
    veha.sql(`create sequence public.stumble; grant usage on sequence public.stumble to veha_web;
              create function public.stumble() returns trigger language plpgsql as $$ begin
                  if nextval('public.stumble') = 1 then perform pg_sleep(9); end if; return new; end $$;
              create trigger stumble before insert on veha.claim for each row execute function public.stumble()`);
    const asked = step.claim();
    await eventually(() => busy('PgSleep'), 'the change to be under way');
    kill();
    const answer = await asked;
    veha.sql('drop trigger stumble on veha.claim; drop function public.stumble; drop sequence public.stumble');
    assert.equal(answer.status, 200, answer.text);
    assert.equal(claims(step), '1');
});

test('a change of which nobody knows whether it was kept is unsure; it was not: the same key does it', async () => {
    const step = await untouched();
    veha.sql(`create function public.linger() returns trigger language plpgsql as $$ begin perform pg_sleep(9); return null; end $$;
              create constraint trigger linger after insert on veha.claim deferrable initially deferred for each row execute function public.linger()`);
    const asked = step.claim();
    await eventually(() => busy('PgSleep'), 'the change to be about to be kept');
    kill();
    const unsure = await asked;
    assertProblem(unsure, 503, 'unsure');
    assert.match(unsure.headers['retry-after'], /^\d+$/);
    veha.sql('drop trigger linger on veha.claim; drop function public.linger');
    assert.equal(claims(step), '0');
    const again = await step.claim();
    assert.equal(again.status, 200, again.text);
    assert.equal(again.headers['idempotency-replayed'], undefined);
    assert.equal(claims(step), '1');
});

test('a change of which nobody knows whether it was kept is unsure; it was: the same key tells', async () => {
    const step = await untouched();
    /* A commit that is on disk and waits for a replica that will not come. */
    veha.sql('alter role veha_web set synchronous_commit = on');
    kill();
    await isReady();
    veha.sql("alter system set synchronous_standby_names = 'nobody'");
    veha.sql('select pg_reload_conf()');
    const asked = step.claim();
    await eventually(() => busy('SyncRep'), 'the change to be kept, and its word to be on the way');
    kill();
    assertProblem(await asked, 503, 'unsure');
    veha.sql('alter system reset synchronous_standby_names');
    veha.sql('select pg_reload_conf()');
    veha.sql('alter role veha_web reset synchronous_commit');
    assert.equal(claims(step), '1');
    const again = await step.claim();
    assert.equal(again.status, 200, again.text);
    assert.equal(again.headers['idempotency-replayed'], 'true');
    assert.equal(again.json.claim.note, 'Готово');
    assert.equal(claims(step), '1');
    assertProblem(await step.claim({}), 409, 'step_claimed');
});

test('a form whose fate is unsure is shown again with its key, so that sending it again does no harm', async () => {
    const step = await untouched();
    veha.sql(`create function public.linger() returns trigger language plpgsql as $$ begin perform pg_sleep(9); return null; end $$;
              create constraint trigger linger after insert on veha.draft deferrable initially deferred for each row execute function public.linger()`);
    const path = `/tenants/${step.tenant}/steps/appoint`;
    const form = await browser.formOf(path, '/draft');
    const headers = { origin: veha.url, referer: `${veha.url}${path}` };
    const asked = browser.submit(form.action, { ...form.fields, note: 'Из формы', link: '' }, { headers });
    await eventually(() => busy('PgSleep'), 'the change to be about to be kept');
    kill();
    const unsure = await asked;
    veha.sql('drop trigger linger on veha.draft; drop function public.linger');
    assert.equal(unsure.status, 503, unsure.text);
    assert.match(unsure.text, />Из формы<\/textarea>/);
    const kept = /action="[^"]*\/draft"[^]*?name="idempotency_key" value="([^"]*)"/.exec(unsure.text)[1];
    assert.equal(kept, form.fields.idempotency_key, 'the same key, or sending again would be another change');
    const again = await browser.submit(form.action, { ...form.fields, note: 'Из формы', link: '' }, { headers });
    assert.equal(again.status, 303, again.text);
    assert.equal(veha.sql(`select note from veha.draft where tenant = ${step.tenant} and step = 'appoint'`), 'Из формы');
    assert.equal(veha.sql(`select count(*) from veha.event where tenant = ${step.tenant} and kind = 'step_drafted'`), '1');
});

test('verify finds its database again, too, and looks on', async () => {
    veha.postgres('stop');
    veha.postgres('start', '--fast');
    await isReady();
    const { json: { items: [newest] } } = await curator.get(`/tenants/${tenant}/looks?limit=1`);
    assert.equal((await curator.post(`/tenants/${tenant}/looks`, {})).status, 200);
    const look = () => curator.get(`/tenants/${tenant}/looks?limit=5`).then(({ json }) => json.items.find(({ id, account }) => id > (newest?.id ?? 0) && account.network === 'telegram'));
    assert.equal((await eventually(look, 'a look', 30)).state, 'present');
    assert.match(veha.log('verify'), /lane_(lost|ready)/);
});

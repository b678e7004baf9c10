/* Signing in, staying in and signing out, as programs and as pages do it. */
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, test } from 'node:test';

import { eventually, startVeha, stopCluster } from './harness.mjs';

const start = Date.parse('2026-03-01T09:00:00Z');
const credentials = { login: 'anna', password: null };
let veha;

before(async () => {
    veha = await startVeha({ template: 'migrated', clock: at(0) });
    veha.command('migrate');
    credentials.password = addPerson('Anna', 'Анна Пробная', 'coordinator');
});

after(async () => {
    await veha?.stop();
    await stopCluster();
});

function at(seconds) {
    return new Date(start + seconds * 1000).toISOString().replace('.000', '');
}

/* Runs work with the program's clock moved on, and brings it back. */
async function later(seconds, work) {
    veha.setClock(at(seconds));
    try {
        return await work();
    } finally {
        veha.setClock(at(0));
    }
}

function addPerson(login, name, role) {
    return /^Password: (.+)$/m.exec(veha.command('user', 'add', '--informed', '--login', login, '--name', name, '--role', role))[1];
}

async function signIn() {
    const client = veha.client();
    const answer = await client.post('/session', credentials);
    assert.equal(answer.status, 201, answer.text);
    client.bearer = answer.json.access_token;
    return { client, ...answer.json };
}

const refresh = (token, client = veha.client()) => client.post('/session/refresh', { refresh_token: token });
const hidden = (text, name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1];

/* A browser that has the sign-in page before it. */
async function openForm(next) {
    const client = veha.client();
    const page = await client.page(`/session${next ? `?next=${encodeURIComponent(next)}` : ''}`);
    assert.equal(page.status, 200);
    return { client, page, fields: { ...credentials, csrf: hidden(page.text, 'csrf'), ...(next ? { next } : {}) } };
}

async function signInByForm(next) {
    const { client, fields } = await openForm(next);
    const answer = await client.submit('/session', fields);
    assert.equal(answer.status, 303, answer.text);
    return { client, answer };
}

const decode = (part) => JSON.parse(Buffer.from(part, 'base64url'));

/* What an answer says to somebody who compares answers. */
function mask(answer) {
    const headers = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !['date', 'x-request-id', 'ratelimit'].includes(name)));
    return { status: answer.status, headers, body: { ...answer.json, request_id: null } };
}

test('a program gets tokens, and the published key verifies them', async () => {
    const { client, access_token: token, token_type: type, expires_in: seconds, person } = await signIn();
    assert.equal(type, 'Bearer');
    assert.equal(seconds, 600);
    assert.equal(person.name, 'Анна Пробная');
    assert.deepEqual(person.roles, ['coordinator']);
    const [header, payload, signature] = token.split('.');
    const set = await client.get('/.well-known/jwks.json');
    assert.match(set.headers['content-type'], /^application\/jwk-set\+json/);
    const { keys } = JSON.parse(set.text);
    const key = crypto.createPublicKey({ key: keys.find(({ kid }) => kid === decode(header).kid), format: 'jwk' });
    const signed = Buffer.from(`${header}.${payload}`);
    assert.ok(crypto.verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')));
    assert.equal(keys.some((one) => 'd' in one), false);
    const claims = decode(payload);
    assert.equal(claims.sub, person.id);
    assert.equal(claims.exp, start / 1000 + 600);
    assert.deepEqual(claims.scope, person.scope);
});

test('a token says who its holder is', async () => {
    const { client, person } = await signIn();
    const { status, json } = await client.get('/session');
    assert.equal(status, 200);
    assert.deepEqual(json, { person: { id: person.id, name: 'Анна Пробная', locale: 'ru', roles: ['coordinator'] }, state: 'open', expires_at: at(600) });
    assert.equal((await veha.client().get('/session')).status, 401);
});

test('a wrong password, an unknown name and a disabled person are answered alike', async () => {
    const gone = addPerson('gone', 'Ушла', 'observer');
    veha.sql("update veha.person set disabled_at = veha.now() where login = 'gone'");
    const tries = [{ login: 'anna', password: 'Xk29-fjw-Qpz1' }, { login: 'nobody', password: 'Xk29-fjw-Qpz1' }, { login: 'gone', password: gone }];
    const answers = [];
    for (const body of tries) answers.push(mask(await veha.client().post('/session', body)));
    assert.equal(answers[0].status, 401);
    assert.equal(answers[0].body.code, 'sign_in_refused');
    assert.deepEqual(answers[1], answers[0]);
    assert.deepEqual(answers[2], answers[0]);
});

test('many wrong passwords make a name wait, whether anybody has it or not', async () => {
    const right = addPerson('boris', 'Борис', 'observer');
    for (const login of ['boris', 'borys']) {
        for (let i = 0; i < 10; i++) assert.equal((await veha.client().post('/session', { login, password: 'wrong' })).status, 401);
        const answer = await veha.client().post('/session', { login, password: right });
        assert.equal(answer.status, 429);
        assert.equal(answer.json.code, 'sign_in_wait');
    }
    await later(1, async () => assert.equal((await veha.client().post('/session', { login: 'boris', password: right })).status, 201));
});

test('whoever leaves while the password is looked at harms nobody', async () => {
    const leavers = Array.from({ length: 20 }, () => veha.client());
    const asked = leavers.map((client, i) => client.post('/session', { login: `leaver${i}`, password: 'Xk29-fjw-Qpz1' }).catch(() => null));
    /* All are charged, and but for the first few their passwords wait for a turn. */
    const charged = () => veha.sql("select count(*) from veha.sign_in_attempt a, generate_series(0, 19) n where a.login_hash = veha.login_hash('leaver' || n)");
    await eventually(() => charged() === '20', 'twenty attempts');
    for (const client of leavers) client.close();
    await Promise.all(asked);
    await eventually(() => /path=\/session resource=session_open status=gone/.test(veha.log()), 'somebody to be gone');
    await signIn();
});

test('a body that is no sign-in is told so, all at once', async () => {
    const client = veha.client();
    const empty = await client.post('/session', {});
    assert.equal(empty.status, 422);
    assert.deepEqual(empty.json.errors.map(({ field }) => field).sort(), ['login', 'password']);
    for (const body of [{ ...credentials, extra: 1 }, { login: 7, password: [] }, { login: null, password: null }])
        assert.equal((await client.post('/session', body)).status, 422);
    for (const body of ['', '[]', '"x"', '{', '{"login":"a","login":"b","password":"c"}']) {
        const { status } = await client.post('/session', body, { headers: { 'content-type': 'application/json' } });
        assert.ok(status === 400 || status === 422, `${body}: ${status}`);
    }
});

test('tokens that are no good are refused, on open addresses too, and nothing reaches the database', async () => {
    const { access_token: good } = await signIn();
    const [header, payload, signature] = good.split('.');
    const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const bent = [
        `Bearer ${header}.${payload}.`, `Bearer ${header}.${payload}`, `Bearer ${good}.x`, `Bearer ${good}=`, 'Bearer', 'Bearer  ', `Basic ${good}`, good,
        `Bearer ${encode({ alg: 'none', typ: 'JWT' })}.${payload}.`, `Bearer ${encode({ ...decode(header), alg: 'HS256' })}.${payload}.${signature}`,
        `Bearer ${encode({ ...decode(header), kid: '../keys' })}.${payload}.${signature}`, `Bearer ${header}.${encode({ ...decode(payload), sub: '999' })}.${signature}`,
        `Bearer ${header}.${payload}.${'A'.repeat(86)}`, `Bearer ${'a'.repeat(9000)}`,
    ];
    const lastQuery = () => veha.sql("select max(state_change) from pg_stat_activity where application_name = 'veha serve' and datname = current_database() and query <> ''");
    /* The watch asks by itself every three seconds: of some rounds one falls between. */
    await eventually(async () => {
        const earlier = lastQuery();
        assert.notEqual(earlier, '');
        for (const authorization of bent) {
            for (const target of ['/session', '/tenants', '/']) {
                const answer = await veha.client().get(target, { headers: { authorization } });
                assert.equal(answer.status, 401, `${authorization.slice(0, 60)} at ${target}`);
                assert.match(answer.json.code, /^token_/);
                assert.match(answer.json.detail, /^[А-Я]/);
            }
        }
        return lastQuery() === earlier;
    }, 'a round of which the database knows nothing');
});

test('an access token lasts ten minutes', async () => {
    const { client } = await signIn();
    assert.equal(await later(599, async () => (await client.get('/session')).status), 200);
    const answer = await later(600, () => client.get('/session'));
    assert.equal(answer.status, 401);
    assert.equal(answer.json.code, 'token_expired');
    assert.match(answer.json.detail, /^[А-Я]/);
});

test('a refresh token is traded once, and two tabs get the same successor', async () => {
    const { refresh_token: first } = await signIn();
    const [one, two] = await later(60, () => Promise.all([refresh(first), refresh(first)]));
    assert.equal(one.status, 200);
    assert.equal(two.status, 200);
    assert.equal(one.json.refresh_token, two.json.refresh_token);
    assert.notEqual(one.json.refresh_token, first);
    assert.equal((await later(90, () => refresh(first))).json.refresh_token, one.json.refresh_token);
    assert.equal((await later(95, () => refresh(one.json.refresh_token))).status, 200);
});

test('a replayed refresh token ends the whole family', async () => {
    const { refresh_token: first } = await signIn();
    const second = (await later(60, () => refresh(first))).json.refresh_token;
    const replayed = await later(91, () => refresh(first));
    assert.equal(replayed.status, 401);
    assert.equal(replayed.json.code, 'refresh_replayed');
    assert.match(replayed.json.detail, /^[А-Я]/);
    assert.equal((await later(92, () => refresh(second))).status, 401);
});

test('half an hour of silence or twelve hours end a session', async () => {
    const idle = await signIn();
    assert.equal((await later(1800, () => refresh(idle.refresh_token))).json.code, 'session_expired');
    let token = (await signIn()).refresh_token;
    for (let seconds = 1700; seconds < 43200; seconds += 1700) {
        const answer = await later(seconds, () => refresh(token));
        assert.equal(answer.status, 200);
        assert.ok(answer.json.expires_in <= 43200 - seconds);
        token = answer.json.refresh_token;
    }
    assert.equal((await later(43200, () => refresh(token))).json.code, 'session_expired');
});

test('text that is no refresh token is refused', async () => {
    for (const token of ['x', 'A'.repeat(43), 'A'.repeat(44), '=', 'é'.repeat(20)]) assert.equal((await refresh(token)).status, 401, token);
});

test('a disabled person does not renew', async () => {
    const password = addPerson('dina', 'Дина', 'observer');
    const { json } = await veha.client().post('/session', { login: 'dina', password });
    veha.sql("update veha.person set disabled_at = veha.now() where login = 'dina'");
    assert.equal((await refresh(json.refresh_token)).status, 401);
});

test('signing out ends the tokens', async () => {
    const { client, refresh_token: token } = await signIn();
    assert.equal((await client.get('/session')).status, 200);
    const answer = await client.post('/session/end');
    assert.equal(answer.status, 204);
    assert.equal((await client.get('/session')).json.code, 'session_ended');
    assert.equal((await refresh(token)).status, 401);
});

/* As on a worker that knows nothing of it: the database alone tells that a session is over. */
const endElsewhere = (id) => veha.sql(`update veha.session set ended_at = veha.now(), end_reason = 'signed_out' where id = ${id}`);
const newest = '(select max(id) from veha.session)';

async function assertEnded(client) {
    const answer = await client.get('/tenants');
    assert.equal(answer.status, 401, answer.text);
    assert.equal(answer.json.code, 'session_ended');
    assert.match(answer.json.detail, /^[А-Я]/);
}

test('the access tokens of a session that ended on another worker, was replayed, or whose person is disabled, end with it', async () => {
    const { client: left } = await signIn();
    assert.equal((await left.get('/tenants')).status, 200);
    endElsewhere(newest);
    await assertEnded(left);
    assert.equal((await left.get('/session')).status, 401, 'and this worker remembers it');

    const { client: robbed, refresh_token: first } = await signIn();
    await later(60, () => refresh(first));
    assert.equal((await later(91, () => refresh(first))).json.code, 'refresh_replayed');
    await assertEnded(robbed);

    const password = addPerson('disa', 'Диса', 'observer');
    const { json } = await veha.client().post('/session', { login: 'disa', password });
    const client = veha.client();
    client.bearer = json.access_token;
    assert.equal((await client.get('/tenants')).status, 200);
    veha.sql("update veha.person set disabled_at = veha.now() where login = 'disa'");
    await assertEnded(client);
});

test('a page whose session ended on another worker leads to the sign-in page and leaves no cookies', async () => {
    const { client } = await signInByForm();
    endElsewhere(newest);
    const answer = await client.page('/tenants');
    assert.equal(answer.status, 303);
    assert.equal(answer.headers.location, '/session?next=%2Ftenants');
    assert.equal(client.cookies.has('__Host-access'), false);
    assert.equal(client.cookies.has('__Host-refresh'), false);
    assert.equal((await client.page('/session')).status, 200);

    const { client: leaving } = await signInByForm();
    const token = await csrfOf(leaving);
    endElsewhere(newest);
    assert.equal((await leaving.post('/session/end', undefined, { headers: { 'x-csrf-token': token } })).status, 204, 'who is out already is out');
    assert.equal(leaving.cookies.has('__Host-access'), false);
});

test('a form signs in with cookies that scripts and other sites do not get', async () => {
    const { client, answer } = await signInByForm('/tenants?limit=5');
    assert.equal(answer.headers.location, '/tenants?limit=5');
    const cookies = answer.headers['set-cookie'];
    for (const name of ['__Host-access', '__Host-refresh']) {
        const line = cookies.find((cookie) => cookie.startsWith(`${name}=`));
        for (const attribute of ['Path=/', 'Secure', 'HttpOnly', 'SameSite=Lax']) assert.ok(line.includes(attribute), line);
        assert.doesNotMatch(line, /Domain/i);
    }
    assert.equal((await client.get('/session')).json.person.name, 'Анна Пробная');
    assert.equal((await client.page('/session')).headers.location, '/');
});

test('the form goes on to paths of this service only', async () => {
    for (const next of ['https://evil.example/', '//evil.example/', '/\\evil.example', '\\/evil.example', 'javascript:alert(1)', 'tenants'])
        assert.equal((await signInByForm(next)).answer.headers.location, '/', next);
});

test('a wrong password shows the form again with the name, not the password', async () => {
    const { client, fields } = await openForm();
    const answer = await client.submit('/session', { ...fields, password: 'Xk29-fjw-Qpz1' });
    assert.equal(answer.status, 401);
    assert.match(answer.text, /name="login" value="anna"/);
    assert.doesNotMatch(answer.text, /Xk29/);
    assert.equal(client.cookies.has('__Host-access'), false);
    assert.equal((await client.submit('/session', { ...fields, csrf: hidden(answer.text, 'csrf') })).status, 303);
});

test('a sign-in form of another site is refused', async () => {
    const { client, fields } = await openForm();
    const other = await openForm();
    const bad = [
        [{ csrf: undefined }, {}], [{ csrf: '' }, {}], [{ csrf: 'A'.repeat(43) }, {}], [{ csrf: other.fields.csrf }, {}],
        [{}, { origin: 'https://evil.example' }], [{}, { origin: 'null' }], [{}, { origin: veha.url.replace('https', 'http') }],
        [{}, { origin: veha.url.replace('https', 'httpx') }], [{}, { origin: veha.url.replace('localhost', 'lokalhost') }],
        [{}, { 'sec-fetch-site': 'cross-site' }], [{}, { 'sec-fetch-site': 'same-site' }],
    ];
    for (const [change, headers] of bad) {
        const body = Object.fromEntries(Object.entries({ ...fields, ...change }).filter(([, value]) => value !== undefined));
        assert.equal((await client.submit('/session', body, { headers })).status, 403, JSON.stringify([change, headers]));
    }
    const fresh = veha.client();
    assert.equal((await fresh.submit('/session', fields)).status, 403, 'without its cookie');
    const { status } = await client.submit('/session', fields, { headers: { origin: veha.url, 'sec-fetch-site': 'same-origin' } });
    assert.equal(status, 303);
});

test('a change by cookie takes the token of its session', async () => {
    const { client } = await signInByForm();
    const other = await signInByForm();
    const token = await csrfOf(client);
    const foreign = await csrfOf(other.client);
    for (const headers of [{}, { 'x-csrf-token': '' }, { 'x-csrf-token': foreign }, { 'x-csrf-token': token, 'sec-fetch-site': 'cross-site' }])
        assert.equal((await client.post('/session/end', undefined, { headers })).status, 403);
    assert.equal((await client.get('/session')).status, 200);
    assert.equal((await client.post('/session/end', undefined, { headers: { 'x-csrf-token': token } })).status, 204);
    assert.equal(client.cookies.has('__Host-access'), false);
    assert.equal(client.cookies.has('__Host-refresh'), false);
});

async function csrfOf(client) {
    const page = await client.page('/tenants');
    return hidden(page.text, 'csrf');
}

test('a page whose access token has run out is renewed in place', async () => {
    const { client } = await signInByForm();
    const before = new Map(client.cookies);
    const program = await later(700, () => client.get('/session'));
    assert.equal(program.status, 401, 'a program renews by itself');
    const page = await later(700, () => client.page('/session'));
    assert.equal(page.status, 303);
    assert.equal(page.headers.location, '/');
    assert.notEqual(client.cookies.get('__Host-access'), before.get('__Host-access'));
    assert.notEqual(client.cookies.get('__Host-refresh'), before.get('__Host-refresh'));
    assert.equal(await later(710, async () => (await client.get('/session')).status), 200);
    /* Another tab still has the old cookies. */
    client.cookies.set('__Host-access', before.get('__Host-access')).set('__Host-refresh', before.get('__Host-refresh'));
    assert.equal((await later(720, () => client.page('/session'))).status, 303);
    assert.equal(await later(725, async () => (await client.get('/session')).status), 200);
});

test('a page whose session is over leads to the sign-in page and leaves no cookies', async () => {
    const { client } = await signInByForm();
    const page = await later(3000, () => client.page('/tenants?limit=5'));
    assert.equal(page.status, 303);
    assert.equal(page.headers.location, `/session?next=${encodeURIComponent('/tenants?limit=5')}`);
    assert.equal(client.cookies.has('__Host-refresh'), false);
    client.cookies.set('__Host-refresh', 'no refresh token').set('__Host-access', 'no token');
    assert.equal((await client.page('/session')).status, 200);
    assert.equal(client.cookies.has('__Host-refresh'), false);
});

/* The second factor as people and programs meet it, what a session without it may do, and how soon a changed role or a revoked session is felt on every node. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { assertProblem, openBrowser, signInByForm, tellings, wordsOf } from './ask.mjs';
import { people, setUpFactor, startBeside, startVeha, stopCluster } from './harness.mjs';

const agency = '1229800100375';
let veha;
let beside;

before(async () => {
    veha = await startVeha();
    beside = await startBeside(veha);
});

after(async () => {
    await beside?.stop();
    await veha?.stop();
    await stopCluster();
});

function addPerson(login, role, ...where) {
    return /^Password: (.+)$/m.exec(veha.command('user', 'add', '--login', login, '--name', login, '--role', role, ...where))[1];
}

const idOf = (login) => veha.sql(`select id from veha.person where login = '${login}'`);
const challengeOf = async (login, password = people[login].password) => (await veha.client().post('/session', { login, password })).json.challenge;
const answer = (challenge, code) => veha.client().post('/session/factor', { challenge, code });
const hidden = (text, name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1];

test('a program gets a challenge for the password, and tokens for the code', async () => {
    const first = await veha.client().post('/session', { login: 'curator', password: people.curator.password });
    assert.equal(first.status, 202);
    assert.deepEqual(Object.keys(first.json).sort(), ['challenge', 'expires_in']);
    const second = await answer(first.json.challenge, veha.code('curator'));
    assert.equal(second.status, 201, second.text);
    assert.equal(second.json.state, 'open');
    assert.deepEqual(second.json.person.roles, ['curator']);
    assertProblem(await answer(first.json.challenge, veha.code('curator')), 401, 'challenge_refused');
    assertProblem(await answer('nonsense', '123456'), 401, 'challenge_refused');
    assertProblem(await veha.client().post('/session/factor', { code: '123456' }), 401, 'challenge_refused');
});

test('a challenge is no token, and each code serves once', async () => {
    const challenge = await challengeOf('curator');
    assert.equal((await veha.client().get('/session', { headers: { authorization: `Bearer ${challenge}` } })).status, 401);
    assert.equal((await veha.client().post('/session/refresh', { refresh_token: challenge })).status, 401);
    const code = veha.code('curator');
    assert.equal((await answer(challenge, code)).status, 201);
    const again = await challengeOf('curator');
    assertProblem(await answer(again, code), 401, 'code_refused');
    assertProblem(await answer(again, 'nonsense'), 401, 'code_refused');
    assert.equal((await answer(again, veha.code('curator'))).status, 201);
});

test('of two who send the same code at once on two nodes one gets in', async () => {
    const challenges = [await challengeOf('curator'), await challengeOf('curator')];
    const code = veha.code('curator');
    const answers = await Promise.all([veha, beside].map((node, i) => node.client().post('/session/factor', { challenge: challenges[i], code })));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 401]);
});

test('wrong codes make the name wait, as wrong passwords do', async () => {
    const password = addPerson('hasty', 'specialist', '--tenant-ogrn', agency);
    await setUpFactor(veha, await veha.signIn('hasty', password), 'hasty');
    const challenge = await challengeOf('hasty', password);
    const statuses = [];
    for (let i = 0; i < 12; i++) statuses.push((await answer(challenge, '000000')).status);
    assert.equal(statuses.filter((status) => status === 401).length <= 10, true, String(statuses));
    assert.equal(statuses.at(-1), 429);
    assertProblem(await veha.client().post('/session', { login: 'hasty', password }), 429, 'sign_in_wait');
});

test('a page asks for the code after the password, without script, and goes on to where one wanted', async () => {
    const client = veha.client();
    const page = await client.page('/session?next=%2Ftenants');
    const first = await client.submit('/session', { login: 'curator', password: people.curator.password, next: '/tenants', csrf: hidden(page.text, 'csrf') });
    assert.equal(first.status, 303);
    assert.equal(first.headers.location, '/session/factor?next=%2Ftenants');
    assert.equal(client.cookies.has('__Host-access'), false);
    assert.match(first.headers['set-cookie'].find((line) => line.startsWith('__Host-challenge=')), /Path=\/; .*Secure; HttpOnly; SameSite=Lax/);
    const second = await client.page(first.headers.location);
    assert.match(wordsOf(second.text), /шесть цифр/);
    const fields = { csrf: hidden(second.text, 'csrf'), next: hidden(second.text, 'next') };
    const wrong = await client.submit('/session/factor', { ...fields, code: '000000' }, { headers: { referer: `${veha.url}${first.headers.location}` } });
    assert.equal(wrong.status, 401);
    assert.match(wordsOf(wrong.text), /Код не подходит/);
    assert.equal(hidden(wrong.text, 'next'), '/tenants');
    const right = await client.submit('/session/factor', { ...fields, code: veha.code('curator') });
    assert.equal(right.status, 303, right.text);
    assert.equal(right.headers.location, '/tenants');
    assert.equal(client.cookies.has('__Host-challenge'), false);
    assert.equal((await client.page('/tenants')).status, 200);
    assert.equal((await veha.client().page('/session/factor')).headers.location, '/session', 'the password comes first');
    assert.equal((await veha.client().page('/session/factor?next=%2Ftenants')).headers.location, '/session?next=%2Ftenants');
    const foreign = await veha.client().submit('/session/factor', { code: '123456', challenge: 'x' }, { headers: { origin: 'https://evil.example' } });
    assert.equal(foreign.status, 403);
});

test('a curator without a factor may do nothing but set it up, on any node, whatever the token says', async () => {
    const password = addPerson('fresh', 'curator', '--tenant-ogrn', agency);
    const { json } = await veha.client().post('/session', { login: 'fresh', password });
    assert.equal(json.state, 'setup');
    for (const node of [veha, beside]) {
        const client = node.client();
        client.bearer = json.access_token;
        for (const target of ['/', '/tenants', '/overview', '/networks', '/queue']) assertProblem(await client.get(target), 403, 'factor_required');
        assertProblem(await client.post('/tenants', { parent: 1, kind: 'organisation', name: 'Новая' }), 403, 'factor_required');
        assertProblem(await client.post('/session/password', { password, new_password: 'Лиловый трактор жуёт 9 подков' }), 403, 'factor_required');
        assert.equal((await client.get('/session')).json.state, 'setup');
        assert.equal((await client.get('/session/security')).json.setup, true);
    }
    const renewed = await beside.client().post('/session/refresh', { refresh_token: json.refresh_token });
    assert.equal(renewed.json.state, 'setup');
    const client = veha.client();
    client.bearer = renewed.json.access_token;
    const codes = await setUpFactor(veha, client, 'fresh');
    assert.equal(codes.length, 10);
    for (const code of codes) assert.match(code, /^[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}$/);
    assertProblem(await client.get('/tenants'), 403, 'privacy_unread');
    veha.inform('fresh');
    assert.equal((await client.get('/tenants')).status, 200, 'the same token goes on');
    const stored = veha.sql(`select string_agg(hash, ' ') from veha.recovery_code where person = ${idOf('fresh')}`);
    for (const code of codes) assert.equal(stored.includes(code) || stored.includes(code.replaceAll('-', '')), false);
    assert.equal(veha.sql(`select sealed from veha.factor where person = ${idOf('fresh')}`).includes(veha.factors.get('fresh')), false);

    const challenge = await challengeOf('fresh', password);
    assert.equal((await answer(challenge, codes[0].toLowerCase().replaceAll('-', ' '))).status, 201, 'a recovery code serves');
    assertProblem(await answer(await challengeOf('fresh', password), codes[0]), 401, 'code_refused');
});

test('pages lead whoever must set it up through it, and show the recovery codes once', async () => {
    const password = addPerson('leads', 'curator', '--tenant-ogrn', agency);
    const client = veha.client();
    const wanted = '/tenants?search=%D0%BA%D0%BE%D1%82&kind=organisation', kept = `?next=${encodeURIComponent(wanted)}`, shown = wanted.replace('&', '&amp;');
    const page = await client.page('/session');
    const first = await client.submit('/session', { login: 'leads', password, next: wanted, csrf: hidden(page.text, 'csrf') });
    assert.equal(first.headers.location, `/session/security${kept}`);
    for (const target of ['/', '/overview', wanted]) {
        const refused = await client.page(target);
        assert.equal(refused.status, 303);
        assert.equal(refused.headers.location, `/session/security?next=${encodeURIComponent(target)}`);
    }
    assert.equal((await client.page('/session/factor/setup')).headers.location, '/session/security', 'nothing is begun');
    const security = await client.page(first.headers.location);
    assert.equal(security.status, 200, security.text);
    assert.match(wordsOf(security.text), /Вашей роли нужен не только пароль/);
    assert.doesNotMatch(security.text, /action="\/session\/password"/);
    const csrf = hidden(security.text, 'csrf');
    assert.equal(hidden(security.text, 'next'), shown);
    assert.equal((await client.submit('/session/factor/begin', { csrf })).headers.location, '/session/factor/setup');
    assert.equal((await client.submit('/session/factor/begin', { csrf, next: wanted })).headers.location, `/session/factor/setup${kept}`);
    for (const elsewhere of ['https://evil.example/', '//evil.example', '/\\evil.example'])
        assert.equal((await client.submit('/session/factor/begin', { csrf, next: elsewhere })).headers.location, '/session/factor/setup?next=%2F', elsewhere);
    const setup = await client.page(`/session/factor/setup${kept}`);
    assert.match(setup.text, /<a href="otpauth:\/\/totp\//, 'whoever has the page on the telephone cannot point its camera at it');
    const image = /<svg class="qr"[^>]*><path d="(M4 4h7[^"]+)"/.exec(setup.text)[1];
    assert.equal(setup.headers['cache-control'], 'no-store');
    assert.equal((await client.page('/session/factor/setup')).text.includes(image), true, 'it stays the same when the page is loaded again');
    const wrong = await client.submit('/session/factor/confirm', { csrf, code: '000000', next: wanted });
    assert.equal(wrong.status, 422);
    assert.equal(hidden(wrong.text, 'next'), shown, 'what was wanted is not lost');
    assert.equal(wrong.text.includes(image), true, 'and after a wrong code');
    veha.factors.set('leads', /<code class="address">(\w+)</.exec(setup.text)[1]);
    const done = await client.submit('/session/factor/confirm', { csrf, code: veha.code('leads'), next: wanted });
    assert.equal(done.status, 200, done.text);
    assert.equal(done.text.match(/<li><code>/g).length, 10);
    assert.ok(done.text.includes(`<a class="btn btn-primary" href="${shown}">`));
    assert.equal((await client.page(wanted)).headers.location, `/privacy${kept}`, 'the notice comes next');
    const notice = await client.page(`/privacy${kept}`);
    const fields = Object.fromEntries(['csrf', 'idempotency_key', 'notice', 'next'].map((name) => [name, hidden(notice.text, name)]));
    const read = await client.submit('/privacy', { ...fields, next: fields.next.replace('&amp;', '&') });
    assert.equal(read.headers.location, wanted, 'and at last what was wanted');
    assert.equal((await client.page('/')).status, 200);
    assert.match(wordsOf((await client.page('/session/security')).text), /Осталось 10 запасных кодов/);
    await signInByForm(veha, veha.client(), 'leads', password);
});

test('a specialist does without, may have one, and may give it up with the password', async () => {
    const password = addPerson('free', 'specialist', '--tenant-ogrn', agency);
    const client = await veha.signIn('free', password);
    assert.equal(client.session.state, 'open');
    await setUpFactor(veha, client, 'free');
    assert.equal((await veha.client().post('/session', { login: 'free', password })).status, 202);
    assertProblem(await client.post('/session/factor/begin'), 409, 'factor_on');
    assertProblem(await client.post('/session/factor/end', { password: 'не тот пароль' }), 422, 'invalid_fields', ['password']);
    assertProblem(await client.post('/session/factor/codes', { password: 'не тот пароль' }), 422, 'invalid_fields', ['password']);
    assert.equal((await client.post('/session/factor/codes', { password })).json.recovery_codes.length, 10);
    const other = await veha.signIn('free', password);
    assert.deepEqual((await client.post('/session/factor/end', { password })).json, { on: false });
    assertProblem(await other.get('/tenants'), 401, 'session_ended');
    assert.equal((await client.get('/tenants')).status, 200);
    assert.equal((await veha.client().post('/session', { login: 'free', password })).status, 201);
});

test('the own password is changed with the old one, and ends the other sessions on every node', async () => {
    const old = addPerson('changes', 'specialist', '--tenant-ogrn', agency), fresh = 'Лиловый трактор жуёт 10 подков';
    const browser = await openBrowser(veha, 'changes', old);
    const other = await beside.signIn('changes', old);
    assert.equal((await other.get('/session')).status, 200);
    for (const [fields, words] of [[{ password: 'не тот пароль', new_password: fresh }, /Пароль не подходит/], [{ password: old, new_password: 'короткий' }, /Пароль короткий/]]) {
        const refused = await browser.fill('/session/security', '/session/password', fields);
        assert.equal(refused.status, 422);
        assert.match(wordsOf(refused.text), words);
        assert.equal(refused.text.includes(old) || refused.text.includes(fresh), false);
    }
    assert.equal((await browser.fill('/session/security', '/session/password', { password: old, new_password: fresh })).status, 303);
    assert.equal((await browser.page('/session/security')).status, 200);
    assertProblem(await other.get('/session'), 401, 'session_ended');
    assert.equal((await veha.client().post('/session', { login: 'changes', password: old })).status, 401);
    assert.equal((await veha.client().post('/session', { login: 'changes', password: fresh })).status, 201);
});

test('a manager takes the factor from whoever lost it, within and not above, and nobody else learns who is there', async () => {
    const password = addPerson('loses', 'specialist', '--tenant-ogrn', agency);
    const client = await veha.signIn('loses', password);
    await setUpFactor(veha, client, 'loses');
    const reset = (who, id) => who.post(`/people/${id}/factor-reset`, { reason: 'Потерян телефон' });
    const [curator, coordinator, specialist] = [await veha.signIn('curator'), await veha.signIn('coordinator'), await veha.signIn('specialist')];
    assert.equal((await reset(specialist, idOf('loses'))).status, 403);
    const missing = await reset(coordinator, 987654321);
    assert.equal(missing.status, 404);
    for (const login of ['observer', 'curator', 'admin']) assert.deepEqual(tellings(await reset(coordinator, idOf(login))), tellings(missing), login);
    assert.equal((await reset(curator, idOf('admin'))).status, 404, 'not above the own role');
    assert.equal((await reset(coordinator, idOf('loses'))).status, 200);
    assertProblem(await client.get('/tenants'), 401, 'session_ended');
    assert.equal((await veha.client().post('/session', { login: 'loses', password })).status, 201);
    assert.equal(veha.sql(`select reason from veha.event where kind = 'factor_reset' and detail ->> 'person' = '${idOf('loses')}'`), 'Потерян телефон');
});

/* Two nodes that both know a token: what one does is at once felt on the other, for every unit asks the database. */
test('a revoked session and a changed role are felt at once on every node, by every answer', async () => {
    const password = addPerson('moves', 'coordinator', '--tenant-ogrn', agency);
    const here = await veha.signIn('moves', password);
    const there = beside.client();
    there.bearer = here.bearer;
    const page = await openBrowser(beside, 'moves', password);
    for (const target of ['/session', '/overview', '/tenants', '/session/security', '/networks']) assert.equal((await there.get(target)).status, 200, target);

    veha.sql(`update veha.membership set role = 'specialist' where person = ${idOf('moves')}`);
    for (const target of ['/session', '/overview', '/tenants', '/session/security', '/networks', '/queue']) assertProblem(await there.get(target), 401, 'token_stale');
    const renewed = await beside.client().post('/session/refresh', { refresh_token: here.session.refresh_token });
    assert.deepEqual(renewed.json.person.roles, ['specialist']);
    there.bearer = renewed.json.access_token;
    assert.equal((await there.get('/tenants')).status, 200);
    assert.equal((await there.get('/overview')).status, 403);
    assert.deepEqual((await there.get('/session')).json.person.roles, ['specialist']);
    /* A browser notices nothing but what it may no longer see. */
    const stale = await page.page('/tenants');
    assert.equal(stale.headers.location, '/session?next=%2Ftenants');
    assert.equal((await page.page(stale.headers.location)).headers.location, '/tenants');
    assert.equal((await page.page('/tenants')).status, 200);
    assert.equal((await page.page('/overview')).status, 403);

    veha.sql(`update veha.membership set role = 'coordinator' where person = ${idOf('moves')}`);
    assertProblem(await there.get('/overview'), 401, 'token_stale');
    assert.equal((await page.page('/overview')).headers.location, '/session?next=%2Foverview', 'who was given a role is not refused by the old token');

    const last = await veha.signIn('moves', password);
    there.bearer = last.bearer;
    assert.equal((await there.get('/session')).status, 200);
    assert.equal((await last.post('/session/end')).status, 204);
    for (const target of ['/session', '/overview', '/tenants', '/session/security']) assertProblem(await there.get(target), 401, 'session_ended');
});

/* The median of unknown names within a wide band around that of known ones: both compute one Argon2id hash. */
test('an unknown name takes as long as a wrong password', async () => {
    const times = { specialist: [], nobody_at_all: [] };
    for (let i = 0; i < 9; i++) {
        for (const login of Object.keys(times)) {
            const start = performance.now();
            await veha.client().post('/session', { login: login === 'specialist' ? login : `${login}${i}`, password: 'Xk29-fjw-Qpz1' });
            times[login].push(performance.now() - start);
        }
    }
    const [known, unknown] = Object.values(times).map((list) => list.sort((a, b) => a - b)[4]);
    assert.ok(unknown > known / 2 && unknown < known * 2, `${known} ms and ${unknown} ms`);
    assert.ok(unknown > 20, `${unknown} ms are no Argon2id`);
});

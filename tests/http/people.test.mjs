/*
 * People and what they are where: managers see and change those of lower roles in their subtree, nobody above, beside or elsewhere; whoever is out is out at once; and each person sees and ends
 * the own sessions.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { assertProblem, openBrowser, tellings, wordsOf } from './ask.mjs';
import { people, setUpFactor, startVeha, stopCluster } from './harness.mjs';

const agency = '1229800100375';
const schools = ['1229800102223', '1229800102597', '1229800102960', '1229800103334', '1229800103708', '1229800104071', '1229800104445', '1229800104819', '1229800105182'];
const hospital = '1229800105556';
const why = { reason: 'Уволился' };
const passwords = {};
let veha;
let coordinator;
let admin;

before(async () => {
    veha = await startVeha();
    [admin, coordinator] = await Promise.all(['admin', 'coordinator'].map((login) => veha.signIn(login)));
});
after(async () => {
    await veha?.stop();
    await stopCluster();
});

/* A person with a role at the organisations of these numbers; the id. */
function addPerson(login, role, ...numbers) {
    const added = veha.command('user', 'add', '--login', login, '--name', `Имя ${login}`, '--role', role, ...numbers.flatMap((number) => ['--tenant-ogrn', number]));
    passwords[login] = /^Password: (.+)$/m.exec(added)[1];
    return idOf(login);
}

const idOf = (login) => Number(veha.sql(`select id from veha.person where login = '${login}'`));
const tenantOf = (number) => Number(veha.sql(`select id from veha.tenant where ogrn = '${number}'`));
const placesOf = (login) => veha.sql(`select string_agg(t.ogrn || ':' || m.role, ' ' order by t.ogrn) from veha.membership m join veha.tenant t on t.id = m.tenant where m.ended_at is null and m.person = ${idOf(login)}`);
const signIn = (login) => veha.client().post('/session', { login, password: passwords[login] ?? people[login].password });
const listed = async (client, query = '') => (await client.get(`/people?limit=200${query}`)).json.items.map(({ login }) => login).sort();

test('each manager sees the people of the own subtree', async () => {
    assert.deepEqual(await listed(admin), ['admin', 'coordinator', 'curator', 'observer', 'specialist']);
    assert.deepEqual(await listed(coordinator), ['coordinator', 'specialist']);
    const [item] = (await coordinator.get(`/people?search=${encodeURIComponent('пяти школ')}`)).json.items;
    assert.equal(item.state, 'active');
    assert.equal(item.places.length, 5);
    assert.ok(item.seen_at === null || item.seen_at > '2020');
    for (const login of ['specialist', 'observer']) {
        const { status } = await (await veha.signIn(login)).get('/people');
        assert.equal(status, 403, login);
    }
});

test('a person who works elsewhere, too, shows only what lies inside', async () => {
    const id = addPerson('both', 'specialist', schools[0], hospital);
    const { json } = await coordinator.get(`/people/${id}`);
    assert.deepEqual(json.memberships.map(({ tenant }) => tenant.id), [tenantOf(schools[0])]);
    assert.equal(json.can.disable, false);
    assertProblem(await coordinator.post(`/people/${id}/disable`, why), 409, 'person_elsewhere');
    assert.equal((await signIn('both')).status, 201);
    const ended = await coordinator.post(`/people/${id}/memberships/${json.memberships[0].id}/end`, why);
    assert.deepEqual([ended.status, ended.json.memberships], [200, []]);
    assert.equal(placesOf('both'), `${hospital}:specialist`);
    assert.equal((await coordinator.get(`/people/${id}`)).status, 404);
});

test('a refused reason for taking a role away is shown again at that role alone', async () => {
    const id = addPerson('two', 'specialist', schools[0], schools[1]);
    const browser = await openBrowser(veha, 'coordinator');
    const [first] = (await coordinator.get(`/people/${id}`)).json.memberships;
    const reason = 'ж'.repeat(2001);
    const refused = await browser.fill(`/people/${id}`, `/people/${id}/memberships/${first.id}/end`, { reason });
    assert.equal(refused.status, 422);
    assert.equal(refused.text.split(reason).length, 2, 'once');
    assert.match(refused.text, new RegExp(`<details open>[^]*?/memberships/${first.id}/end[^]*?id=reason[^]*?${reason}`));
});

test('who works elsewhere answers as who does not exist, at every deed', async () => {
    const own = addPerson('own', 'specialist', schools[0]);
    const membership = veha.sql(`select id from veha.membership where person = ${idOf('observer')}`);
    const deeds = [['get', ''], ['post', '/disable', why], ['post', '/enable', why], ['post', '/unlock', {}], ['post', '/hand-over', { to: 'own', ...why }],
        ['post', '/memberships', { role: 'specialist', tenant: tenantOf(schools[0]) }], ['post', `/memberships/${membership}/end`, why]];
    for (const [method, path, body] of deeds) {
        const [foreign, none] = await Promise.all([idOf('observer'), 987654321].map((id) => coordinator[method](`/people/${id}${path}`, body)));
        assert.equal(none.status, 404, path);
        assert.deepEqual(tellings(foreign), tellings(none), path);
    }
    for (const [foreign, none] of [[{ to: 'observer', ...why }, { to: 'nobody', ...why }]]) {
        const answers = await Promise.all([foreign, none].map((body) => coordinator.post(`/people/${own}/hand-over`, body)));
        assertProblem(answers[1], 422, 'successor_unknown');
        assert.deepEqual(tellings(answers[0]), tellings(answers[1]));
    }
    const places = await Promise.all([tenantOf(hospital), 987654321].map((tenant) => coordinator.post(`/people/${own}/memberships`, { role: 'specialist', tenant })));
    assertProblem(places[1], 422, 'tenant_unknown');
    assert.deepEqual(tellings(places[0]), tellings(places[1]));
    assert.equal(placesOf('own'), `${schools[0]}:specialist`);
});

test('nobody manages the own role or one above it', async () => {
    const curator = await veha.signIn('curator');
    const asked = [[coordinator, ['coordinator', 'curator', 'region_admin']], [curator, ['curator', 'region_admin']]];
    const id = idOf('own');
    for (const [who, roles] of asked)
        for (const role of roles) assertProblem(await who.post(`/people/${id}/memberships`, { role, tenant: tenantOf(schools[0]) }), 403, 'role_above');
    assert.equal(placesOf('own'), `${schools[0]}:specialist`);
    assertProblem(await curator.post(`/people/${idOf('admin')}/disable`, why), 403, 'role_above');
    assertProblem(await curator.post(`/people/${idOf('curator')}/disable`, why), 409, 'person_self');
    assert.equal((await curator.post(`/people/${id}/memberships`, { role: 'coordinator', tenant: tenantOf(agency) })).status, 200);
    assert.equal((await admin.post(`/people/${id}/memberships`, { role: 'region_admin', tenant: Number(veha.sql("select id from veha.tenant where kind = 'region'")) })).status, 200);
});

test('a change is made from the version that was seen', async () => {
    const id = addPerson('versioned', 'specialist', schools[0]);
    const { headers, json } = await coordinator.get(`/people/${id}`);
    const tenant = tenantOf(schools[1]);
    const ifMatch = { headers: { 'if-match': headers.etag } };
    const first = await coordinator.post(`/people/${id}/memberships`, { role: 'specialist', tenant }, ifMatch);
    assert.equal(first.status, 200, first.text);
    assert.ok(first.json.version > json.version);
    assertProblem(await coordinator.post(`/people/${id}/memberships`, { role: 'observer', tenant }, ifMatch), 412, 'stale');
    assertProblem(await coordinator.post(`/people/${id}/disable`, { ...why, version: json.version }), 412, 'stale');
});

test('whoever is disabled is out at once, and in again when enabled', async () => {
    const id = addPerson('leaver', 'specialist', schools[0]);
    const leaver = await veha.signIn('leaver', passwords.leaver);
    assert.equal((await leaver.get('/')).status, 200);
    const { status, json } = await coordinator.post(`/people/${id}/disable`, why);
    assert.deepEqual([status, json.state], [200, 'disabled']);
    assert.equal((await leaver.get('/')).status, 401);
    assert.equal((await veha.client().post('/session/refresh', { refresh_token: leaver.session.refresh_token })).status, 401);
    const refused = await signIn('leaver');
    const nobody = await veha.client().post('/session', { login: 'nobody-at-all', password: 'Xk29-fjw-Qpz1' });
    assert.deepEqual(tellings(refused), tellings(nobody));
    assert.deepEqual(await listed(coordinator, '&state=disabled'), ['leaver']);
    assert.equal((await coordinator.post(`/people/${id}/enable`, why)).json.state, 'active');
    assert.equal((await signIn('leaver')).status, 201);
    const history = (await coordinator.get(`/tenants/${tenantOf(schools[0])}/history`)).json.items;
    assert.ok(history.some(({ kind, reason, whom, who }) => kind === 'person_disabled' && reason === why.reason && whom === 'Имя leaver' && who === people.coordinator.name));
});

test('whoever did not come for ninety days is answered as nobody, until enabled', async () => {
    const id = addPerson('sleeper', 'specialist', schools[0]);
    veha.sql(`update veha.person set created_at = now() - interval '91 days' where id = ${id}`);
    const refused = await signIn('sleeper');
    assertProblem(refused, 401, 'sign_in_refused');
    assert.deepEqual(tellings(refused), tellings(await veha.client().post('/session', { login: 'nobody-at-all', password: 'Xk29-fjw-Qpz1' })));
    assert.deepEqual(await listed(coordinator, '&state=idle'), ['sleeper']);
    assert.equal((await coordinator.post(`/people/${id}/enable`, why)).status, 200);
    assert.equal((await signIn('sleeper')).status, 201);
    veha.sql(`update veha.person set created_at = now() - interval '300 days', enabled_at = null, seen_at = now() - interval '89 days' where id = ${id}`);
    assert.equal((await signIn('sleeper')).status, 201, 'a session counts');
    veha.sql(`update veha.person set seen_at = now() - interval '91 days' where id = ${id}`);
    assert.equal((await signIn('sleeper')).status, 401);
    assert.match(veha.command('user', 'enable', 'sleeper'), /^sleeper may sign in again\.\n$/);
    assert.equal((await signIn('sleeper')).status, 201);
});

test('a lock-out is seen and ended by a manager', async () => {
    const id = addPerson('clumsy', 'specialist', schools[0]);
    for (let i = 0; i < 14; i++) await veha.client().post('/session', { login: 'clumsy', password: 'wrong' });
    veha.sql("update veha.sign_in_attempt set count = 25 where login_hash = veha.login_hash('clumsy')");
    assert.equal((await signIn('clumsy')).status, 429);
    const { json } = await coordinator.get(`/people/${id}`);
    assert.equal(json.state, 'locked');
    assert.ok(json.locked_until);
    assert.equal((await coordinator.post(`/people/${id}/unlock`, {})).json.state, 'active');
    assert.equal((await signIn('clumsy')).status, 201);
    assertProblem(await coordinator.post(`/people/${id}/unlock`, {}), 409, 'person_not_locked');
});

test('a leaver\'s organisations go to another in one action, by the form', async () => {
    const id = addPerson('old', 'specialist', ...schools.slice(0, 4), hospital);
    addPerson('new', 'specialist', schools[0], schools[4]);
    const browser = await openBrowser(veha, 'coordinator');
    const answer = await browser.fill(`/people/${id}`, '/hand-over', { to: 'new', reason: 'Переход в другую школу' });
    assert.equal(answer.status, 303, answer.text);
    assert.equal(placesOf('old'), `${hospital}:specialist`);
    assert.equal(placesOf('new'), schools.slice(0, 5).map((number) => `${number}:specialist`).join(' '));
    assert.equal(veha.sql(`select count(*) from veha.event where kind = 'membership_moved' and detail ->> 'person' = '${id}' and reason = 'Переход в другую школу'`), '4');
    assert.match(wordsOf(await browser.open(answer.headers.location)), /Имя new/);
});

test('one specialist of ten organisations has one list of tasks', async () => {
    const ten = [...schools, hospital];
    addPerson('ten', 'specialist', ...ten);
    const { json } = await (await veha.signIn('ten', passwords.ten)).get('/');
    assert.equal(json.tenants.length, 10);
    const ofAll = Number(veha.sql(`select count(*) from veha.step_state p join veha.tenant t on t.id = p.tenant
        where t.ogrn in (${ten.map((number) => `'${number}'`)}) and p.status not in ('claimed', 'verified', 'not_applicable')`));
    assert.equal(json.task_count, ofAll);
    assert.equal(json.tenants.reduce((sum, { left }) => sum + left, 0), ofAll);
    assert.ok(json.groups.every(({ items }) => items.length <= 5), 'nobody drowns');
});

test('two memberships of one organisation list each task once', async () => {
    addPerson('twice', 'specialist', schools[0], agency);
    const { json } = await (await veha.signIn('twice', passwords.twice)).get('/');
    const names = json.groups.flatMap(({ items }) => items).map(({ tenant, key }) => `${tenant.id} ${key}`);
    assert.equal(new Set(names).size, names.length);
});

test('each person sees and ends the own sessions, and no other\'s', async () => {
    addPerson('roamer', 'specialist', schools[0]);
    const [here, there] = [await veha.signIn('roamer', passwords.roamer), await veha.signIn('roamer', passwords.roamer)];
    const { json } = await here.get('/sessions');
    assert.equal(json.items.length, 2);
    assert.deepEqual(json.items.map(({ current }) => current), [false, true]);
    for (const item of json.items) assert.equal(item.address, '127.0.0.1');
    const foreign = veha.sql(`select id from veha.session where person = ${idOf('coordinator')} order by id desc limit 1`);
    const [others, none] = await Promise.all([foreign, 987654321].map((id) => here.post(`/sessions/${id}/end`, {})));
    assert.equal(none.status, 404);
    assert.deepEqual(tellings(others), tellings(none));
    const ended = await here.post(`/sessions/${json.items[0].id}/end`, {});
    assert.deepEqual(ended.json.items.map(({ id }) => id), [json.items[1].id]);
    assert.equal((await there.get('/sessions')).status, 401);
    assert.equal((await here.get('/sessions')).status, 200);
    assert.equal((await coordinator.get('/sessions')).status, 200);
});

test('by the page, too, and ending the own leads to signing in', async () => {
    const browser = await openBrowser(veha, 'roamer', passwords.roamer);
    const words = wordsOf(await browser.open('/sessions'));
    assert.match(words, /этот сеанс/);
    const mine = veha.sql(`select max(id) from veha.session where person = ${idOf('roamer')}`);
    const answer = await browser.fill('/sessions', `/sessions/${mine}/end`, {});
    assert.equal(answer.status, 303);
    const next = await browser.page('/sessions');
    assert.deepEqual([next.status, next.headers.location], [303, '/session?next=%2Fsessions']);
});

test('the pages of people show what may be done and nothing else', async () => {
    const browser = await openBrowser(veha, 'coordinator');
    const list = await browser.open('/people');
    assert.match(wordsOf(list), /Специалист пяти школ/);
    const page = await browser.open(`/people/${idOf('specialist')}`);
    const offers = (text) => ['disable', 'enable', 'hand-over', 'memberships', 'factor-reset'].filter((action) => text.includes(`/${action}"`));
    assert.deepEqual(offers(page), ['disable', 'hand-over', 'memberships'], 'nobody is enabled who may sign in, and there is no factor to reset');
    const [, roles] = /<select[^>]*name="role"[^>]*>([^]*?)<\/select>/.exec(page);
    assert.deepEqual([...roles.matchAll(/value="(\w+)"/g)].map(([, role]) => role), ['observer', 'specialist']);
    const own = await browser.open(`/people/${idOf('coordinator')}`);
    assert.doesNotMatch(own, /\/disable"/);
    const again = await browser.fill(`/people/${idOf('specialist')}`, '/hand-over', { to: 'nobody', reason: 'так' });
    assert.equal(again.status, 422);
    assert.match(again.text, /id="to-error">[^<]*нет другого человека/, 'told at its field');
    assert.match(again.text, /<details class="box" open>\s*<summary>Передать другому/, 'in a form that is open');
    assert.match(again.text, /name="to"[^>]* value="nobody"/);
    const id = addPerson('leaves', 'specialist', schools[0]);
    await setUpFactor(veha, await veha.signIn('leaves', passwords.leaves), 'leaves');
    assert.equal((await browser.fill(`/people/${id}`, '/factor-reset', { reason: 'Потерян телефон' })).status, 303);
    assert.equal((await browser.fill(`/people/${id}`, '/disable', { reason: 'Увольнение' })).status, 303);
    assert.deepEqual(offers(await browser.open(`/people/${id}`)), ['enable', 'hand-over', 'memberships'], 'whoever is disabled is enabled, and the factor is gone');
});

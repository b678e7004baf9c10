/*
 * Invitations: made by a form or a table, sent, printed, taken once, refused alike whatever is wrong with their token.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { program } from '../support/build.mjs';
import { assertProblem, openBrowser, tellings, wordsOf } from './ask.mjs';
import { people, setUpFactor, startVeha, stopCluster } from './harness.mjs';

const schools = ['1229800102223', '1229800102597', '1229800102960'];
const hospital = '1229800105556';
const password = 'Лиловый трактор жуёт 7 подков';
let veha;
let coordinator;
let made = 0;

before(async () => {
    veha = await startVeha();
    coordinator = await veha.signIn('coordinator');
});
after(async () => {
    await veha?.stop();
    await stopCluster();
});

const guest = (changes = {}) => ({ name: 'Гостья Приглашённая', login: `guest${++made}@example.org`, role: 'specialist', organisations: [schools[0]], ...changes });
const pathOf = (link) => link.slice(veha.url.length);
const letters = (login) => veha.sql(`select coalesce(string_agg(detail ->> 'link', ' ' order by id), '') from veha.outbox where kind = 'invitation' and detail ->> 'address' = '${login}'`);
const placesOf = (login) => veha.sql(`select coalesce(string_agg(t.ogrn || ':' || m.role, ' ' order by t.ogrn), '-') from veha.membership m join veha.tenant t on t.id = m.tenant join veha.person p on p.id = m.person where m.ended_at is null and p.login = '${login}'`);

async function invite(changes, client = coordinator) {
    const answer = await client.post('/invitations', guest(changes));
    assert.equal(answer.status, 201, answer.text);
    return answer.json.items[0];
}

const accept = (link, body = { password }) => veha.client().post(`/session${pathOf(link)}`, body);

test('somebody new is invited, gets a letter, chooses a password and is signed in', async () => {
    const { id, link, login, mailed, tenants } = await invite({ organisations: schools.slice(0, 2) });
    assert.match(link, new RegExp(`^${veha.url}/invitations/[A-Za-z0-9_-]{43}$`));
    assert.deepEqual([mailed, tenants.length], [true, 2]);
    assert.equal(letters(login), link);
    const token = link.split('/').at(-1);
    assert.equal(veha.sql(`select count(*) from veha.invitation where token_hash like '%${token}%'`), '0');
    const listed = (await coordinator.get('/people?state=invited')).json.items.find((item) => item.login === login);
    assert.deepEqual([listed.kind, listed.id], ['invitation', id]);
    const shown = await veha.client().get(pathOf(link));
    assert.deepEqual([shown.status, shown.json.login, shown.json.known], [200, login, false]);
    const taken = await accept(link);
    assert.equal(taken.status, 201, taken.text);
    assert.deepEqual(taken.json.person.roles, ['specialist']);
    const client = veha.client();
    client.bearer = taken.json.access_token;
    assertProblem(await client.get('/'), 403, 'privacy_unread');
    assert.equal((await client.post('/privacy', { notice: (await client.get('/privacy')).json.version })).status, 200);
    assert.equal((await client.get('/')).json.tenants.length, 2);
    assert.equal((await veha.client().post('/session', { login, password })).status, 201);
    assert.equal(placesOf(login), schools.slice(0, 2).map((number) => `${number}:specialist`).join(' '));
    assert.equal(letters(login), '', 'the letter is forgotten');
    assert.doesNotMatch(veha.log(), new RegExp(token), 'the log knows no token');
});

test('a token that is used, expired, revoked, replaced or was never given is one answer', async () => {
    const [used, expired, revoked, replaced] = [await invite(), await invite(), await invite(), await invite()];
    assert.equal((await accept(used.link)).status, 201);
    veha.sql(`update veha.invitation set expires_at = now() - interval '1 second' where id = ${expired.id}`);
    assert.equal((await coordinator.post(`/invitations/${revoked.id}/revoke`, { reason: 'ошибка' })).status, 200);
    const resent = await coordinator.post(`/invitations/${replaced.id}/resend`, {});
    assert.equal(resent.status, 201);
    assert.equal(letters(replaced.login), resent.json.items[0].link);
    assert.equal(letters(revoked.login), '');
    const never = `${veha.url}/invitations/${crypto.randomBytes(32).toString('base64url')}`;
    const mask = (answer, link) => JSON.parse(JSON.stringify(tellings(answer)).replaceAll(pathOf(link), 'LINK').replace(/__Host-csrf=[\w-]+/, ''));
    for (const ask of [(link) => veha.client().get(pathOf(link)), (link) => veha.client().page(pathOf(link)), (link) => accept(link)]) {
        const expected = await ask(never);
        assert.equal(expected.status, 404);
        for (const { link } of [used, expired, revoked, replaced]) assert.deepEqual(mask(await ask(link), link), mask(expected, never));
    }
    assertProblem(await veha.client().get(pathOf(never)), 404, 'invitation_unusable');
    assert.equal((await veha.client().get('/invitations/short')).status, 404);
    assert.equal((await accept(resent.json.items[0].link)).status, 201);
});

test('two who accept at once: one comes in', async () => {
    const { link, login } = await invite();
    const answers = await Promise.all(Array.from({ length: 6 }, () => accept(link)));
    const statuses = answers.map(({ status }) => status).sort();
    assert.equal(statuses.filter((status) => status === 201).length, 1, String(statuses));
    assert.ok(statuses.every((status) => [201, 404, 409].includes(status)), String(statuses));
    assert.equal(veha.sql(`select count(*) from veha.person where login = '${login}'`), '1');
    assert.equal(veha.sql(`select count(*) from veha.session s join veha.person p on p.id = s.person where p.login = '${login}'`), '1');
});

test('a weak password is told, and the invitation stays', async () => {
    const { link } = await invite();
    for (const [body, code] of [[{ password: 'short' }, 'password_short'], [{ password: 'password1234' }, 'password_common'], [{}, 'required']]) {
        const answer = await accept(link, body);
        assertProblem(answer, 422, 'invalid_fields', ['password']);
        assert.equal(answer.json.errors[0].code, code);
    }
    assert.equal((await accept(link)).status, 201);
});

test('somebody who is in Veha already signs in as ever and takes what it is for', async () => {
    const other = await veha.signIn('curator');
    const { link } = await invite({ login: 'observer', role: 'observer' });
    assert.equal((await veha.client().get(pathOf(link))).json.known, true);
    assertProblem(await accept(link), 409, 'invitation_sign_in');
    assertProblem(await other.post(`/session${pathOf(link)}`, {}), 409, 'invitation_of_another');
    const holder = await veha.signIn('observer');
    assert.equal((await holder.get(pathOf(link))).json.mine, true);
    assert.equal((await holder.post(`/session${pathOf(link)}`, {})).status, 200);
    assert.match(placesOf('observer'), new RegExp(`${schools[0]}:observer`));
    assertProblem(await holder.post(`/session${pathOf(link)}`, {}), 404, 'invitation_unusable');
    assert.equal((await veha.client().post('/session', { login: 'observer', password })).status, 401, 'and the password is the old one');
});

test('an invitation lets an idle person in again, and no disabled one', async () => {
    veha.command('user', 'add', '--login', 'idle', '--name', 'Спящая', '--role', 'observer', '--tenant-ogrn', hospital);
    const signIn = () => veha.sql("select veha.session_attempt('idle') ->> 'hash' is not null");
    veha.sql("update veha.person set created_at = now() - interval '100 days' where login = 'idle'");
    assert.equal(signIn(), 'f');
    const { link } = await invite({ login: 'idle' });
    assertProblem(await accept(link), 409, 'invitation_sign_in');
    assert.equal(signIn(), 't');
    veha.sql("update veha.person set disabled_at = now() where login = 'idle'");
    assertProblem(await accept(link), 409, 'invitation_sign_in');
    assert.equal(signIn(), 'f');
});

test('an invitation tells its maker nothing of people elsewhere', async () => {
    const [there, nowhere] = [await coordinator.post('/invitations', guest({ login: 'admin' })), await coordinator.post('/invitations', guest({ login: 'nobody-here' }))];
    const shape = ({ status, json }) => [status, Object.keys(json.items[0]).sort()];
    assert.deepEqual(shape(there), shape(nowhere));
    const states = (await coordinator.get('/people?limit=200')).json.items.filter(({ login }) => ['admin', 'nobody-here'].includes(login));
    assert.deepEqual(states.map(({ kind, state }) => [kind, state]), [['invitation', 'invited'], ['invitation', 'invited']]);
});

test('nobody invites above the own role or outside the own subtree', async () => {
    for (const role of ['coordinator', 'curator', 'region_admin']) assertProblem(await coordinator.post('/invitations', guest({ role })), 403, 'role_above');
    const [foreign, none] = [await coordinator.post('/invitations', guest({ organisations: [hospital] })), await coordinator.post('/invitations', guest({ organisations: ['1026900000016'] }))];
    assert.equal(none.status, 422);
    assert.deepEqual(tellings(foreign), tellings(none));
    assertProblem(await coordinator.post('/invitations', guest({ organisations: [] })), 422, 'tenant_missing');
    for (const login of ['specialist', 'observer']) assert.equal((await (await veha.signIn(login)).post('/invitations', guest())).status, 403);
    const admin = await veha.signIn('admin');
    const { id } = await invite({ organisations: [hospital] }, admin);
    for (const [deed, body] of [['resend', {}], ['revoke', { reason: 'так' }]]) {
        const [others, missing] = await Promise.all([id, 987654321].map((which) => coordinator.post(`/invitations/${which}/${deed}`, body)));
        assert.equal(missing.status, 404);
        assert.deepEqual(tellings(others), tellings(missing), deed);
    }
    const wide = await invite({ organisations: [schools[0], hospital] }, admin);
    const seen = (await coordinator.get('/invitations')).json.items.find((item) => item.id === wide.id);
    assert.deepEqual([seen.tenants.length, seen.can_change], [1, false]);
    assertProblem(await coordinator.post(`/invitations/${wide.id}/resend`, {}), 409, 'person_elsewhere');
    const head = await invite({ role: 'coordinator' }, admin);
    assertProblem(await coordinator.post(`/invitations/${head.id}/resend`, {}), 403, 'role_above');
});

test('the same request again gets the same link, and another version none', async () => {
    const body = guest();
    const headers = { 'idempotency-key': 'invite-1' };
    const [first, again] = [await coordinator.post('/invitations', body, { headers }), await coordinator.post('/invitations', body, { headers })];
    assert.equal(again.headers['idempotency-replayed'], 'true');
    assert.deepEqual(again.json, first.json);
    assert.equal(veha.sql(`select count(*) from veha.idempotency where answer like '%${first.json.items[0].link.split('/').at(-1)}%'`), '0', 'nor is it kept');
    assertProblem(await coordinator.post('/invitations', { ...body, name: 'Другая' }, { headers }), 409, 'idempotency_key_reused');
    assertProblem(await coordinator.post('/invitations', body), 409, 'invitation_known');
    const { id, version } = first.json.items[0];
    assert.equal((await coordinator.post(`/invitations/${id}/resend`, { version })).status, 201);
    assertProblem(await coordinator.post(`/invitations/${id}/resend`, { version }), 412, 'stale');
    assertProblem(await coordinator.post('/invitations', guest({ login: 'specialist' })), 409, 'person_known');
});

const table = `ФИО;E-mail;Роль;ОГРН/ИНН
Первая Вера;Vera.bulk@example.org;специалист;${schools[0]}, ${schools[1]}
Второй Пётр;petr-bulk;;${schools[0]}
Без Почты;;специалист;${schools[0]}
Не Та Роль;role@example.org;царь;${schools[0]}
Чужая Больница;hospital@example.org;специалист;${hospital}
Первая Вера;vera.bulk@example.org;специалист;${schools[2]}
Выше Себя;above@example.org;куратор;${schools[0]}
Плохой Номер;number@example.org;специалист;1229800102224
Специалист пяти школ;specialist;специалист;1229800104071
`;

test('a table invites many, tells each bad row, and changes nothing the second time', async () => {
    const { status, json, text } = await coordinator.post('/invitations/import', { table });
    assert.equal(status, 201, text);
    const { errors, ...counts } = json.summary;
    assert.deepEqual(counts, { rows: 9, added: 2, changed: 1, unchanged: 0, refused: 5 });
    assert.deepEqual(errors.map(({ line, column, code }) => [line, column, code]), [
        [4, 'login', 'required'], [5, 'role', 'role_unknown'], [6, 'organisations', 'tenant_unknown'], [8, 'role', 'role_above'], [9, 'organisations', 'ogrn_check_digit'],
    ]);
    assert.deepEqual(json.items.map(({ login, tenants }) => [login, tenants.length]).sort(), [['petr-bulk', 1], ['vera.bulk@example.org', 3]]);
    assert.equal(letters('vera.bulk@example.org'), json.items.find(({ mailed }) => mailed).link);
    assert.match(placesOf('specialist'), /1229800104071:specialist/);
    const again = (await coordinator.post('/invitations/import', { table })).json;
    assert.deepEqual(again.items, []);
    assert.deepEqual([again.summary.added, again.summary.changed, again.summary.unchanged, again.summary.refused], [0, 0, 3, 5]);
    assert.equal((await accept(json.items[0].link)).status, 201);
    for (const [body, code] of [[{ table: 'Имя;Почта\nа;б\n' }, 'columns_missing'], [{ table: 'x' }, 'columns_missing']]) {
        const answer = await coordinator.post('/invitations/import', body);
        assertProblem(answer, 422, 'invalid_fields', ['table']);
        assert.equal(answer.json.errors[0].code, code);
    }
});

test('the operator invites by a file', () => {
    const file = path.join(veha.folder, 'people.csv');
    const run = (...args) => spawnSync(program, ['invite', ...args, '--config', veha.configFile], { env: veha.env, encoding: 'utf8' });
    fs.writeFileSync(file, `ФИО\tЛогин\tРоль\tИНН\nКоординатор Новая\thead@example.org\tкоординатор\t9802010137\nНет Такой\tnone\tспециалист\t7707083893\n`);
    const first = run(file, '--links');
    assert.equal(first.status, 0, first.stderr);
    assert.match(first.stdout, /Приглашены: 1\n/);
    assert.match(first.stdout, /строка 3, ОГРН или ИНН, «7707083893»: /);
    assert.match(first.stdout, /^head@example\.org\thttps:\S+\/invitations\/[\w-]{43}$/m);
    assert.match(run(file).stdout, /Приглашены: 0\n[^]*Без изменений: 1\n/);
    assert.equal(run(file, 'more').status, 64);
    assert.equal(run('/nowhere.csv').status, 1);
    fs.writeFileSync(file, 'PK\u0003\u0004');
    assert.match(run(file).stderr, /^veha invite: [^\n]+\n$/);
});

test('many are printed on one sheet, with codes that telephones read, and new links', async () => {
    const [one, two] = [await invite({ login: 'paper1' }), await invite({ login: 'paper2' })];
    const browser = await openBrowser(veha, 'coordinator');
    const form = await browser.formOf('/invitations', '/invitations/sheet');
    const sheet = await browser.submit(form.action, { ...form.fields, invitations: [one.id, two.id] }, { headers: { origin: veha.url } });
    assert.equal(sheet.status, 200, sheet.text);
    assert.equal([...sheet.text.matchAll(/<svg class="qr" viewBox="0 0 \d+ \d+"[^>]*><path d="[Mhvz0-9 -]+"\/><\/svg>/g)].length, 2);
    const links = [...sheet.text.matchAll(/https:\/\/localhost:\d+\/invitations\/[\w-]{43}/g)].map(([link]) => link);
    assert.equal(links.length, 2);
    for (const { link } of [one, two]) assert.equal((await accept(link)).status, 404);
    for (const link of links) assert.equal((await accept(link)).status, 201);
    assert.match(sheet.headers['content-security-policy'], /style-src 'self'/);
});

test('nothing ticked for the sheet says what to do, and a refused reason is shown again where it was typed', async () => {
    const one = await invite({ login: 'kept1' });
    const browser = await openBrowser(veha, 'coordinator');
    const none = await browser.fill('/invitations', '/invitations/sheet', {});
    assert.equal(none.status, 422);
    assert.match(wordsOf(none.text), /Приглашения: Ничего не отмечено/);
    const reason = 'ж'.repeat(2001);
    const refused = await browser.fill('/invitations', `/invitations/${one.id}/revoke`, { reason });
    assert.equal(refused.status, 422);
    const [open, ...others] = refused.text.match(/<details open>[^]*?<\/details>/g);
    assert.equal(others.length, 0);
    assert.match(open, new RegExp(`/invitations/${one.id}/revoke[^]*<div class="field" id=reason>[^]*value="${reason}"`));
});

test('without script: invited by the form, accepted by the form', async () => {
    const browser = await openBrowser(veha, 'coordinator');
    const sheet = await browser.fill('/invitations', '/invitations', { name: 'По Форме', login: 'by-form', role: 'specialist', organisations: schools[0] });
    assert.equal(sheet.status, 200, sheet.text);
    const link = pathOf(/https:\/\/localhost:\d+\/invitations\/[\w-]{43}/.exec(sheet.text)[0]);
    const client = veha.client();
    const page = await client.page(link);
    assert.match(wordsOf(page.text), /Придумайте пароль/);
    const csrf = /name="csrf" value="([^"]*)"/.exec(page.text)[1];
    const weak = await client.submit(`/session${link}`, { csrf, password: 'слабый' }, { headers: { referer: `${veha.url}${link}`, origin: veha.url } });
    assert.equal(weak.status, 422);
    assert.match(wordsOf(weak.text), /Придумайте пароль/);
    const taken = await client.submit(`/session${link}`, { csrf, password }, { headers: { referer: `${veha.url}${link}`, origin: veha.url } });
    assert.deepEqual([taken.status, taken.headers.location], [303, '/']);
    assert.equal((await client.page('/')).headers.location, '/privacy?next=%2F');
    assert.match(wordsOf((await client.page('/privacy?next=%2F')).text), /По Форме/);
    const forged = await veha.client().submit(`/session${pathOf((await invite()).link)}`, { password }, { headers: { origin: 'https://evil.example' } });
    assert.equal(forged.status, 403);
});

test('a known person is led from the link through signing in back to it', async () => {
    const { link } = await invite({ login: 'curator', role: 'observer' });
    const client = veha.client();
    const page = await client.page(pathOf(link));
    assert.match(wordsOf(page.text), /Вы уже есть в «Вехе»/);
    const csrf = /name="csrf" value="([^"]*)"/.exec(page.text)[1];
    const led = await client.submit(`/session${pathOf(link)}`, { csrf }, { headers: { origin: veha.url } });
    assert.deepEqual([led.status, led.headers.location], [303, `/session?next=${pathOf(link)}`]);
    const hidden = (text) => Object.fromEntries([...text.split('<footer')[0].matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(([, name, value]) => [name, value]));
    veha.sql("delete from veha.acknowledgement where person = (select id from veha.person where login = 'curator')");
    const steps = [
        ['/session', { login: 'curator', password: people.curator.password }, `/session/factor?next=${encodeURIComponent(pathOf(link))}`],
        ['/session/factor', { code: veha.code('curator') }, pathOf(link)],
    ];
    let { location } = led.headers;
    for (const [action, fields, expected] of steps) {
        const { text } = await client.page(location);
        ({ location } = (await client.submit(action, { ...hidden(text), ...fields })).headers);
        assert.equal(location, expected);
    }
    ({ location } = (await client.page(location)).headers);
    assert.equal(location, `/privacy?next=${encodeURIComponent(pathOf(link))}`, 'the notice comes between');
    const notice = await client.page(location);
    assert.equal((await client.submit('/privacy', hidden(notice.text))).headers.location, pathOf(link));
    const mine = await client.page(pathOf(link));
    const token = /action="\/session\/invitations\/[^"]*"[^]*?name="csrf" value="([^"]*)"/.exec(mine.text)[1];
    const taken = await client.submit(`/session${pathOf(link)}`, { csrf: token }, { headers: { origin: veha.url } });
    assert.deepEqual([taken.status, taken.headers.location], [303, '/']);
    assert.match(placesOf('curator'), new RegExp(`${schools[0]}:observer`));
});

test('an invited curator sets up the second factor before anything else', async () => {
    const { link, login } = await invite({ role: 'curator', organisations: [hospital] }, await veha.signIn('admin'));
    const taken = await accept(link);
    assert.deepEqual([taken.status, taken.json.state], [201, 'setup']);
    const client = veha.client();
    client.bearer = taken.json.access_token;
    assertProblem(await client.get('/'), 403, 'factor_required');
    assertProblem(await client.get('/privacy'), 403, 'factor_required');
    await setUpFactor(veha, client, login);
    assertProblem(await client.get('/'), 403, 'privacy_unread');
    const browser = veha.client();
    const again = (await invite({ role: 'curator', organisations: [hospital] }, await veha.signIn('admin'))).link;
    const csrf = /name="csrf" value="([^"]*)"/.exec((await browser.page(pathOf(again))).text)[1];
    const accepted = await browser.submit(`/session${pathOf(again)}`, { csrf, password }, { headers: { origin: veha.url } });
    assert.deepEqual([accepted.status, accepted.headers.location], [303, '/session/security']);
    assert.equal((await browser.page('/session/security')).status, 200, 'and the notice does not lead back and forth');
});

/* A forgotten password: one answer for everybody, a link that works once within an hour, and nothing left open under the old password. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { readLetter } from '../standin/smtp.mjs';
import { assertProblem, tellings, wordsOf } from './ask.mjs';
import { eventually, people, startVeha, stopCluster } from './harness.mjs';

const fresh = 'нечто-совсем-новое-98';
const start = Date.parse('2026-03-01T09:00:00Z');
let veha;

const one = (statement) => veha.sql(`set search_path = veha, public; ${statement}`);
const ask = (login, client = veha.client()) => client.post('/session/password-resets', { login });
const letters = () => fs.readdirSync(veha.mail).filter((file) => file.endsWith('.eml')).map((file) => readLetter(fs.readFileSync(path.join(veha.mail, file), 'latin1')));
const hidden = (text, name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1];
const at = (minutes) => veha.setClock(new Date(start + 60000 * minutes).toISOString().replace('.000', ''));
/* Strangers' counts begin anew. */
const forgive = () => one('delete from reset_attempt');

/* The letter with a link that comes to somebody of what is done. */
async function linkOf(login, work) {
    const before = new Set(letters().map(({ fields }) => fields['message-id']));
    await work();
    const letter = await eventually(() => letters().find(({ fields, text }) => !before.has(fields['message-id']) && fields.to.includes(`<${login}@`) && text.includes('/session/password-resets/')), 'a letter');
    return { letter, path: new URL(/https:\S+\/session\/password-resets\/\S+/.exec(letter.text)[0]).pathname };
}

const linkFor = (login) => linkOf(login, async () => assert.equal((await ask(login)).status, 202));

before(async () => {
    veha = await startVeha({ notify: true, clock: '2026-03-01T09:00:00Z' });
});
after(async () => {
    await veha?.stop();
    await stopCluster();
});

test('the answer is the same for a person, for nobody, and for whoever has no address', async () => {
    one("update person set email = null where login = 'observer'");
    const answers = [];
    for (const login of ['specialist', 'no-such-person', 'observer']) answers.push(tellings(await ask(login)));
    assert.equal(answers[0].status, 202);
    assert.deepEqual(answers[1], answers[0]);
    assert.deepEqual(answers[2], answers[0]);
    await eventually(() => one('select count(*) from password_reset where gathered_at is null') === '0', 'all to be looked at');
    assert.equal(one('select count(*) from letter'), '1');
    assert.equal(one("select count(*) from password_reset where person is null and seed is not null"), '0', 'nothing is kept of nobody');
    forgive();
});

test('it takes as long for nobody as for somebody', async () => {
    const spent = { specialist: [], nobody: [] };
    const client = veha.client();
    await ask('warm', client);
    for (let i = 0; i < 40; i++) {
        for (const [kind, login] of [['specialist', 'specialist'], ['nobody', `nobody${i % 2}`]]) {
            const begun = performance.now();
            await ask(login, client);
            spent[kind].push(performance.now() - begun);
            forgive();
        }
    }
    const [known, unknown] = Object.values(spent).map((times) => times.sort((a, b) => a - b)[20]);
    assert.ok(Math.abs(known - unknown) < Math.max(3, 0.5 * Math.min(known, unknown)), `${known} and ${unknown} ms`);
    await eventually(() => one("select count(*) from letter where ended_at is null") === '0' && one('select count(*) from password_reset where gathered_at is null') === '0', 'all letters to go', 60);
});

test('the link shows whose password it changes, changes it once, and ends every session', async () => {
    const sessions = [await veha.signIn('specialist'), await veha.signIn('specialist')];
    const { letter, path: link } = await linkFor('specialist');
    assert.equal(letter.fields.subject, 'Новый пароль в системе «Веха»');
    assert.match(link, /^\/session\/password-resets\/[A-Za-z0-9_-]{43}$/);
    const stranger = veha.client();
    assert.deepEqual((await stranger.get(link)).json, { login: 'specialist' });
    const weak = await stranger.post(link, { password: 'short' });
    assertProblem(weak, 422, 'invalid_fields', ['password']);
    assert.equal((await stranger.post(link, { password: fresh })).status, 200);
    for (const session of sessions) assert.equal((await session.get('/')).status, 401);
    assert.equal((await stranger.post('/session', { login: 'specialist', password: people.specialist.password })).status, 401);
    assert.equal((await stranger.post('/session', { login: 'specialist', password: fresh })).status, 201);
    assertProblem(await stranger.get(link), 404, 'password_reset_over');
    assertProblem(await stranger.post(link, { password: `${fresh}-2` }), 404, 'password_reset_over');
    assert.equal(one("select count(*) from event where kind = 'password_reset'"), '1');
    await eventually(() => letters().some(({ fields }) => fields.subject.startsWith('Ваш пароль изменён')), 'the letter that says so');
    forgive();
});

test('a link that is over, of somebody disabled, or invented, is one and the same', async () => {
    const { path: late } = await linkFor('curator');
    forgive();
    const { path: disabled } = await linkFor('coordinator');
    one("update person set disabled_at = veha.now() where login = 'coordinator'");
    at(60);
    const answers = [];
    for (const link of [late, disabled, `/session/password-resets/${'x'.repeat(43)}`, '/session/password-resets/short']) answers.push(tellings(await veha.client().get(link)));
    at(0);
    assert.equal(answers[0].status, 404);
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
    assert.equal((await veha.client().get(late)).status, 200, 'an hour it was good');
    forgive();
});

test('neither the database nor a log holds what makes a link', async () => {
    const { path: link } = await linkFor('admin');
    const token = link.split('/').at(-1);
    await veha.client().get(link);
    await eventually(() => one('select count(*) from letter where ended_at is null') === '0', 'the letter to be known as sent');
    const tables = one("select string_agg(format('select to_jsonb(t)::text as row from %I t', relname), ' union all ') from pg_class where relnamespace = 'veha'::regnamespace and relkind = 'r'");
    assert.equal(one(`select count(*) from (${tables}) all_rows where row like '%${token}%'`), '0');
    assert.equal(one('select count(*) from password_reset where seed is not null'), '0');
    for (const name of ['serve', 'notify']) assert.equal(veha.log(name).includes(token), false, name);
    assert.match(veha.log(), /path=\/session\/password-resets\/\{token\}/);
    forgive();
});

test('a name is asked for three times an hour, and an address twenty times', async () => {
    for (const login of ['admin', 'no-such-admin']) {
        for (let i = 0; i < 3; i++) assert.equal((await ask(login)).status, 202);
        assertProblem(await ask(login), 429, 'password_reset_wait');
    }
    for (let i = 0; i < 12; i++) assert.equal((await ask(`nobody${i}`)).status, 202);
    assertProblem(await ask('nobody99'), 429, 'password_reset_wait');
    at(61);
    assert.equal((await ask('admin')).status, 202);
    at(0);
    forgive();
});

test('people do it by pages', async () => {
    const browser = veha.client();
    const begin = await browser.page('/session/password-resets');
    assert.match((await browser.page('/session')).text, /href="\/session\/password-resets"/);
    const { path: link } = await linkOf('curator', async () => {
        const asked = await browser.submit('/session/password-resets', { login: 'curator', csrf: hidden(begin.text, 'csrf') }, { headers: { origin: veha.url } });
        assert.deepEqual([asked.status, asked.headers.location], [303, '/session/password-resets?asked=true']);
    });
    assert.match(wordsOf((await browser.page('/session/password-resets?asked=true')).text), /письмо уже отправляется/);
    const page = await browser.page(link);
    assert.equal(page.status, 200);
    assert.match(page.text, /value="curator" readonly/);
    const weak = await browser.submit(link, { password: 'short', csrf: hidden(page.text, 'csrf') }, { headers: { origin: veha.url, referer: `${veha.url}${link}` } });
    assert.equal(weak.status, 422);
    assert.match(wordsOf(weak.text), /Новый пароль/);
    const kept = await browser.submit(link, { password: fresh, csrf: hidden(page.text, 'csrf') }, { headers: { origin: veha.url } });
    assert.deepEqual([kept.status, kept.headers.location], [303, '/session?changed=true']);
    assert.match(wordsOf((await browser.page('/session?changed=true')).text), /Пароль изменён/);
});

test('where no link can be made, everybody is told so', async () => {
    const bare = await startVeha({ template: 'migrated', config: { mail: { link_key: '' } } });
    try {
        assertProblem(await bare.client().post('/session/password-resets', { login: 'anybody' }), 503, 'password_reset_closed');
    } finally {
        await bare.stop();
    }
});

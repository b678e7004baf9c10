/* Russian first, English second: who chooses, who remembers it, and that no page mixes the two. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { root } from '../support/build.mjs';
import { assertProblem, openBrowser } from './ask.mjs';
import { startVeha, stopCluster } from './harness.mjs';

let veha;
before(async () => { veha = await startVeha(); });
after(async () => {
    await veha?.stop();
    await stopCluster();
});

const langOf = (text) => /<html lang="(\w+)">/.exec(text)[1];

test('nobody chooses for this browser, and comes back to where they were', async () => {
    const client = veha.client();
    const page = (await client.page('/session?next=%2Ftenants')).text;
    assert.equal(langOf(page), 'ru');
    const fields = Object.fromEntries([...page.slice(page.indexOf('action="/session/locale"')).matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(([, name, value]) => [name, value]));
    assert.equal(fields.next, '/session?next=%2Ftenants');
    const chosen = await client.submit('/session/locale', { ...fields, locale: 'en' }, { headers: { origin: veha.url } });
    assert.deepEqual([chosen.status, chosen.headers.location], [303, '/session?next=%2Ftenants']);
    assert.equal(langOf((await client.page('/session')).text), 'en');
    assert.equal(langOf((await client.page('/public')).text), 'en');
});

test('somebody who is signed in chooses for good: on every machine, and for letters', async () => {
    const browser = await openBrowser(veha, 'specialist');
    assert.equal(langOf(await browser.open('/')), 'ru');
    const chosen = await browser.fill('/', '/session/locale', { locale: 'en' });
    assert.deepEqual([chosen.status, chosen.headers.location], [303, '/']);
    assert.equal(langOf(await browser.open('/')), 'en');
    assert.equal(veha.sql("select locale from veha.person where login = 'specialist'"), 'en');
    const elsewhere = await openBrowser(veha, 'specialist');
    assert.equal(langOf(await elsewhere.open('/help')), 'en');
    await browser.fill('/help', '/session/locale', { locale: 'ru' });
    assert.equal(langOf(await browser.open('/help')), 'ru');
    assert.equal(veha.sql("select count(distinct locale) from veha.person"), '1', 'nobody else is spoken to otherwise');
});

test('the choice of a person is stronger than the cookie of a machine', async () => {
    const client = await openBrowser(veha, 'observer');
    await client.fill('/', '/session/locale', { locale: 'en' });
    await client.fill('/', '/session/end', {});
    assert.equal(langOf((await client.page('/session')).text), 'en');
    const other = await openBrowser(veha, 'coordinator');
    assert.equal(langOf(await other.open('/')), 'ru');
});

test('a program is told, and another language is refused', async () => {
    const client = await veha.signIn('coordinator');
    assert.deepEqual((await client.post('/session/locale', { locale: 'ru' })).json, { locale: 'ru' });
    assertProblem(await client.post('/session/locale', { locale: 'fr' }), 422, 'invalid_fields', ['locale']);
    const nobody = veha.client();
    assert.equal((await nobody.submit('/session/locale', { locale: 'en' }, { headers: { origin: 'https://elsewhere.example' } })).status, 403);
    assert.equal((await nobody.get('/session/locale', { headers: { cookie: '__Host-locale=xx' } })).json.locale, 'ru');
});

/* What a template says by itself would be the same in every language. */
test('no template holds words of its own', () => {
    const folder = path.join(root, 'templates/pages');
    const names = /^(Русский|English|CSV|XLSX|SHA-256:|https:\S*)$/;
    const wrong = [];
    for (const name of fs.readdirSync(folder, { recursive: true }).filter((file) => file.endsWith('.html'))) {
        const text = fs.readFileSync(path.join(folder, name), 'utf8').replace(/<textarea[^]*?<\/textarea>/g, '').replace(/\{\{(?:@t|@count)[^]*?\}\}(?!\})/g, '').replace(/\{\{@when[^}]*(?:English|Русский)\}\}/g, '').replace(/\{\{(?:[^{}]|\{[^}]*\})*\}\}/g, '');
        for (const [, words] of text.matchAll(/>([^<]*)</g)) if (/[A-Za-zА-яЁё]{2}/.test(words.replace(/&\w+;/g, '')) && !names.test(words.trim())) wrong.push(`${name}: ${words.trim()}`);
        for (const [, attribute, words] of text.matchAll(/\s(alt|title|placeholder|aria-label)="([^"]*)"/g)) if (/[A-Za-zА-яЁё]{2}/.test(words)) wrong.push(`${name}: ${attribute}="${words}"`);
    }
    assert.deepEqual(wrong, []);
});

test('no page lacks a message, in either language', async () => {
    const browser = await openBrowser(veha, 'curator');
    const school = (await (await veha.signIn('curator')).get('/tenants?limit=100')).json.items.find(({ accounts, kind }) => kind === 'organisation' && accounts.length > 0).id;
    const paths = ['/', '/tenants', `/tenants/${school}`, `/tenants/${school}/edit`, `/tenants/${school}/history`, `/tenants/${school}/audit`, `/tenants/${school}/looks`, `/tenants/${school}/roadmap`, `/tenants/${school}/steps/appoint`,
        '/overview', '/networks', '/verification', '/reliability', '/queue', '/people', '/invitations', '/sessions', '/session/security', '/inbox', '/privacy', '/help', '/search?q=%D1%88%D0%BA%D0%BE%D0%BB%D0%B0', '/public', '/public/tenants', `/public/tenants/${school}`, '/session/locale'];
    for (const locale of ['en', 'ru']) {
        await browser.fill('/', '/session/locale', { locale });
        for (const target of paths) assert.equal(langOf(await browser.open(target)), locale, target);
    }
    assert.doesNotMatch(veha.log(), /message_missing|no_message|untranslated/);
});

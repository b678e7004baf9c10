/* The search of every page: numbers and addresses first, words in any form, slips forgiven, and nothing from beyond the caller's border. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { openBrowser, wordsOf } from './ask.mjs';
import { people, startVeha, stopCluster } from './harness.mjs';

let veha;
const by = {};
const found = async (who, words) => (await by[who].get(`/search?q=${encodeURIComponent(words)}`)).json;
const names = ({ items }) => items.map(({ name }) => name);

before(async () => {
    veha = await startVeha();
    for (const login of Object.keys(people)) by[login] = await veha.signIn(login);
});

after(async () => {
    await veha?.stop();
    await stopCluster();
});

test('a number or an address that one organisation has is the first hit, and a browser goes straight to it', async () => {
    const browser = await openBrowser(veha, 'curator');
    const hospital = (await found('curator', 'Лукоморская областная больница')).items[0].id;
    for (const words of ['1229800105556', '1 229800 105556', 'https://m.vk.com/lukomor98_hospital?from=x', 't.me/s/lukomor98_hospital', '@lukomor98_hospital']) {
        const json = await found('curator', words);
        assert.deepEqual([json.exact, json.items[0].id], [hospital, hospital], words);
        const page = await browser.page(`/search?q=${encodeURIComponent(words)}`);
        assert.deepEqual([page.status, page.headers.location], [303, `/tenants/${hospital}`], words);
    }
    assert.equal((await found('curator', '122980010555')).exact, null, 'a part of a number is none');
    assert.ok((await found('curator', '122980010555')).items.some(({ id }) => id === hospital));
});

test('words are found in any form, in any order, without ё and quotes', async () => {
    for (const [words, name] of [['школы', /школа/i], ['больницей областной', /Лукоморская областная больница/], ['музею', /Музей/], ['детского сада белочка', /Белочка/], ['зелёного дуба', /ЗЕЛ[ЕЁ]НОГО|ЗЕЛЁНЫЙ|ДУБА/i]])
        assert.match(names(await found('curator', words))[0] ?? '', name, words);
});

test('what says most comes first', async () => {
    assert.match(names(await found('curator', 'школа 2'))[0], /№ 2 /);
    assert.match(names(await found('curator', 'Министерство здравоохранения'))[0], /^Министерство здравоохранения/);
});

test('slips are forgiven, but only where nothing is spelled so, and never in numbers', async () => {
    for (const [words, name] of [['гимнозия', /Гимназия/], ['бальница', /больница/i], ['министерсво просвещения', /Министерство просвещения/]]) {
        const json = await found('curator', words);
        assert.match(names(json).join('\n'), name, words);
        assert.equal(json.near, true, words);
    }
    assert.equal((await found('curator', 'гимназия')).near, false);
    assert.deepEqual(names(await found('curator', '1229800105557')), []);
});

test('nothing from beyond the border is found, in no way', async () => {
    for (const [who, inside] of [['coordinator', 1229800100375], ['specialist', null], ['observer', 1229800100749]]) {
        const may = veha.sql(`select t.name from veha.tenant t join veha.membership m on t.place between m.place and m.last join veha.person p on p.id = m.person and p.login = '${who}' where m.ended_at is null`).split('\n');
        for (const words of ['школа', 'школы', 'больница', 'бальница', 'министерство', '122980010', '1229800105556', '@lukomor98_hospital', 'vk.com/lukomor98_edu', 'музей', 'Лукоморская область']) {
            const json = await found(who, words);
            for (const item of json.items) {
                assert.ok(may.includes(item.name), `${who} finds ${item.name} by ${words}`);
                if (item.parent) assert.ok(may.includes(item.parent.name), `${who} is told of ${item.parent.name}`);
            }
            for (const { tenant } of json.steps) assert.ok(may.includes(tenant.name));
            if (json.exact) assert.ok(json.items.some(({ id }) => id === json.exact));
        }
        assert.ok(inside === null || (await found(who, String(inside))).exact);
    }
});

test('people are found by who manages them, and by nobody else', async () => {
    assert.deepEqual((await found('admin', 'специалист пяти')).people.map(({ login }) => login), ['specialist']);
    assert.deepEqual((await found('admin', 'спициалист')).people.map(({ login }) => login), ['specialist'], 'with a slip');
    assert.deepEqual((await found('coordinator', 'специалист')).people.map(({ login }) => login), ['specialist']);
    assert.deepEqual((await found('coordinator', 'куратор')).people, []);
    for (const who of ['specialist', 'observer']) assert.deepEqual((await found(who, 'специалист')).people, [], who);
});

test('a specialist finds the own steps by their words; whoever has many organisations does not', async () => {
    const { steps } = await found('specialist', 'ответственного');
    assert.ok(steps.length > 0 && steps.length <= 10);
    assert.ok(steps.every(({ key }) => key === 'appoint'), JSON.stringify(steps));
    assert.deepEqual((await found('admin', 'ответственного')).steps, []);
});

test('the page says what to try where nothing is found, and is on every page', async () => {
    const browser = await openBrowser(veha, 'specialist');
    assert.match(wordsOf(await browser.open('/search?q=%D1%8B%D1%8B%D1%8B%D1%8B')), /Ничего не нашлось .*Возьмите меньше слов/);
    assert.match(await browser.open('/search'), /name="q"/);
    for (const path of ['/', '/tenants', '/help', '/inbox']) assert.match(await browser.open(path), /<form class="seek" method="get" action="\/search"/, path);
    assert.doesNotMatch((await veha.client().page('/session')).text, /action="\/search"/);
});

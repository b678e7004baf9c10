/* Marks and answers as people meet them: what is known, out of what could be known, and how long citizens wait. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { root } from '../support/build.mjs';
import { templatesWithoutLimits } from '../support/networks.mjs';
import { openBrowser, wordsOf } from './ask.mjs';
import { eventually, startVeha, stopCluster } from './harness.mjs';

const folder = path.join(root, 'var', `test-rating-${process.pid}`);
const name = 'Школа искусств «Кот учёный»';
const description = 'Рассказываем о деятельности школы, её целях и задачах, о том, как записать ребёнка, и отвечаем на вопросы. '.repeat(3);
const question = (id, at, answered) => ({ id, by: 987654000 + id, at, text: 'Когда начнётся запись?', reply: answered });
let veha;
let curator;
let browser;
let which;

before(async () => {
    const templates = { directory: templatesWithoutLimits(path.join(folder, 'templates')) };
    veha = await startVeha({ template: 'migrated', verify: true, clock: new Date().toISOString(), config: { templates }, scenario: {
        telegram: [{ name: 'kot_school', title: name, description, subscribers: 321, posts: ['-1h', '-30d'] }],
        vk: { communities: [{ id: 981100001, screen_name: 'kot_school', name, description, members_count: 420, has_photo: 1, cover: { enabled: 0 },
            is_government_organization: true, posts: ['-1h', '-1d', { at: '-60d', comments: [question(1, '-50d', '-5d'), question(2, '-50d', '-6d'), question(3, '-49d')] }] }] },
        sites: [{ host: 'kot.lukomorye.example', title: name, links: ['https://vk.com/kot_school'], feed: ['-1h', '-1d', '-2d', '-90d'] }],
    } });
    veha.command('migrate');
    const password = /^Password: (.+)$/m.exec(veha.command('user', 'add', '--informed', '--login', 'anna', '--name', 'Анна Пробная', '--role', 'curator'))[1];
    curator = await veha.signIn('anna', password);
    browser = await openBrowser(veha, 'anna', password);
    const parent = Number(veha.sql("select id from veha.tenant where kind = 'region'"));
    which = (await curator.post('/tenants', { parent, kind: 'organisation', name })).json.id;
    for (const address of ['https://vk.com/kot_school', 't.me/kot_school', 'kot.lukomorye.example'])
        assert.equal((await curator.post(`/tenants/${which}/accounts`, { address })).status, 201, address);
    assert.equal((await curator.post(`/tenants/${which}/looks`, {})).status, 200);
    await eventually(async () => (await accounts()).every(({ looked_at }) => looked_at), 'the looks', 20);
});

after(async () => {
    await veha?.stop();
    await stopCluster();
    fs.rmSync(folder, { recursive: true, force: true });
});

const accounts = async () => (await curator.get(`/tenants/${which}`)).json.accounts;
const accountOf = async (network) => (await accounts()).find((account) => account.network === network);
const pointsOf = ({ rating }) => Object.fromEntries(rating.parts.map(({ part, points }) => [part, points]));

test('a mark counts what is known, and what is not known counts as nothing', async () => {
    const vk = await accountOf('vk');
    assert.deepEqual(pointsOf(vk), { mark: 10, connection: 10, widgets: null, avatar: 5, description: 5, cover: 0, activity: 20, weekly_reach: null, average_reach: null });
    assert.deepEqual([vk.rating.points, vk.rating.possible, vk.rating.zone, vk.rating.rubric, vk.rating.version], [50, 70, 'middle', 'traffic_light', 1]);
    const telegram = await accountOf('telegram');
    assert.deepEqual([telegram.rating.points, telegram.rating.possible], [10 + 5 + (pointsOf(telegram).avatar ?? 0), 35 + (pointsOf(telegram).avatar === null ? 0 : 5)]);
    assert.equal((await accountOf('site')).rating, null, 'a site is not rated');
    const { items } = (await curator.get(`/tenants/${which}/looks`)).json;
    assert.deepEqual(items.find(({ account }) => account.network === 'vk').rating, vk.rating, 'it stands with its look');
});

test('the page tells the mark, its zone and its parts in words', async () => {
    const words = wordsOf(await browser.open(`/tenants/${which}`));
    assert.match(words, /Оценка 50 из 70, средняя зона/);
    assert.match(words, /Обложка: 0 из 10/);
    assert.match(words, /Охват за неделю, % подписчиков: не известно/);
    assert.match(words, /нулём не считается/);
    const rules = wordsOf(await browser.open('/networks'));
    assert.match(rules, /Как ставится оценка/);
    assert.match(rules, /Свои записи за последние семь дней \(сколько их\) — до 30 больше 2 — 30/);
    assert.match(rules, /высокая зона — от 90 %/);
});

test('citizens who waited for weeks are told of, without their words', async () => {
    const vk = await accountOf('vk');
    const { result, reason, facts } = vk.checks.find(({ check }) => check === 'ANSW');
    assert.deepEqual([result, reason, facts.questions, facts.answered], ['failed', 'answers_late', 3, 2]);
    assert.match(wordsOf(await browser.open(`/tenants/${which}`)), /больше половины вопросов ждут ответа дольше 30 дней \(вопросов: 3, с ответом: 2\)/);
    const looks = await curator.get(`/tenants/${which}/looks`);
    assert.ok(!/начнётся запись|987654001/.test(looks.text), 'nobody is quoted');
    const asked = looks.json.items.find(({ account }) => account.network === 'vk').requests.find(({ name: what }) => what === 'comments');
    assert.equal(asked.withheld, true, 'nor is what was answered kept');
});

test('the feed of the official site is seen, and no step rests on it', async () => {
    const { items } = (await curator.get(`/tenants/${which}/looks`)).json;
    const site = items.find(({ account }) => account.network === 'site');
    assert.deepEqual(site.requests.map(({ name: asked, status }) => [asked, status]), [['home', 200], ['feed', 200]]);
    assert.equal(site.reading.posts.length, 4);
    assert.deepEqual(site.verdicts.filter(({ check }) => /^FR/.test(check)).map(({ check, result }) => [check, result]), [['FREQ', 'passed'], ['FRESH', 'passed']]);
    const { checks } = (await curator.get(`/tenants/${which}/steps/publish`)).json;
    assert.deepEqual([...new Set(checks.flatMap(({ sights }) => sights.map(({ network }) => network)))].sort(), ['telegram', 'vk']);
});

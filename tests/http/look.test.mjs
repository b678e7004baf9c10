/* Looks as people meet them: asked for, awaited, explained; and networks that tell nothing, which is nobody's failure. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { root } from '../support/build.mjs';
import { templatesWithoutLimits } from '../support/networks.mjs';
import { assertProblem, openBrowser, wordsOf } from './ask.mjs';
import { eventually, startVeha, stopCluster } from './harness.mjs';

const folder = path.join(root, 'var', `test-look-${process.pid}`);
const name = 'Школа искусств «Кот учёный»';
const description = 'Официальная страница школы искусств. Рассказываем о деятельности школы, её целях и задачах, о том, как записать ребёнка, и отвечаем на вопросы. '.repeat(2);
const posts = ['-1h', '-1d', '-2d', '-3d'];
const start = Date.now();
let moved = 0;
const at = () => new Date(start + moved * 1000).toISOString();
let veha;
let curator;
let browser;
let agency;
let password;

before(async () => {
    const templates = { directory: templatesWithoutLimits(path.join(folder, 'templates')) };
    veha = await startVeha({ template: 'migrated', verify: true, scenario: whole(), clock: at(), config: { templates } });
    veha.command('migrate');
    password = /^Password: (.+)$/m.exec(veha.command('user', 'add', '--informed', '--login', 'anna', '--name', 'Анна Пробная', '--role', 'curator'))[1];
    await signIn();
    const parent = Number(veha.sql("select id from veha.tenant where kind = 'region'"));
    agency = (await curator.post('/tenants', { parent, kind: 'agency', name: 'Министерство' })).json.id;
});

after(async () => {
    await veha?.stop();
    await stopCluster();
    fs.rmSync(folder, { recursive: true, force: true });
});

async function signIn() {
    curator = await veha.signIn('anna', password);
    browser = await openBrowser(veha, 'anna', password);
}

/* Moves the program's clock on, which no session outlives. */
async function pass(seconds) {
    moved += seconds;
    veha.setClock(at());
    await signIn();
}

/* A school that does everything right. */
function whole(more = {}) {
    const links = ['https://t.me/kot_school', 'https://vk.com/kot_school'];
    return {
        telegram: [{ name: 'kot_school', title: name, description: `${description} https://kot.lukomorye.example`, subscribers: 321, posts }],
        vk: { communities: [{ id: 981100001, screen_name: 'kot_school', name, description, site: 'https://kot.lukomorye.example', members_count: 420, has_photo: 1, cover: { enabled: 1 },
            photo_200: 'https://cdn.invalid/photo.jpg', is_closed: 0, type: 'page', wall: 1, is_government_organization: true, posts }] },
        sites: [{ host: 'kot.lukomorye.example', title: name, links }],
        ...more,
    };
}

async function school(addresses) {
    const made = await curator.post('/tenants', { parent: agency, kind: 'organisation', name });
    assert.equal(made.status, 201, made.text);
    for (const address of addresses) assert.equal((await curator.post(`/tenants/${made.json.id}/accounts`, { address })).status, 201, address);
    return made.json.id;
}

const show = async (which) => (await curator.get(`/tenants/${which}`)).json;
const looksOf = async (which, query = '') => (await curator.get(`/tenants/${which}/looks${query}`)).json;
const sql = (statement) => veha.sql(`set search_path = veha, public; ${statement}`);

async function ask(which) {
    const answer = await curator.post(`/tenants/${which}/looks`, {});
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
}

/* Asks for looks at all accounts of a tenant, and waits until they are there: {network: look}. */
async function look(which, seconds = 10) {
    const last = (await looksOf(which)).items[0]?.id ?? 0;
    const count = (await show(which)).accounts.length;
    await ask(which);
    const items = await eventually(async () => {
        const { items: all, pending } = await looksOf(which);
        return pending.length === 0 && all.length >= count && all;
    }, 'the outcome', seconds);
    const fresh = items.filter(({ id }) => id > last);
    return Object.fromEntries((fresh.length ? fresh : items).map((one) => [one.account.network, one]).reverse());
}

const verdicts = (one) => Object.fromEntries(one.verdicts.map(({ check, result }) => [check, result]));
const stepOf = async (which, key) => (await show(which)).steps.find((step) => step.key === key);

test('what is asked for is seen within seconds: each check with its verdict, reason, facts and evidence', async () => {
    const which = await school(['https://vk.com/kot_school', 't.me/kot_school', 'kot.lukomorye.example']);
    const seen = await look(which);
    assert.deepEqual(Object.keys(seen).sort(), ['site', 'telegram', 'vk']);
    for (const [network, one] of Object.entries(seen)) {
        assert.equal(one.state, 'present', network);
        assert.ok(one.requests.length > 0 && one.requests.every(({ status, url }) => status === 200 && /^https:\/\//.test(url)), JSON.stringify(one.requests));
        for (const { check, result, reason, facts } of one.verdicts) {
            assert.ok(['passed', 'failed', 'unknown'].includes(result), `${network} ${check}`);
            assert.match(reason, /^[a-z_]+$/);
            assert.equal(typeof facts, 'object');
        }
        assert.deepEqual([one.network_version >= 1, one.rules_version >= 1], [true, true], 'it is known by which rules');
    }
    assert.deepEqual(Object.entries(verdicts(seen.telegram)).filter(([, result]) => result !== 'passed' && result !== 'unknown'), []);
    for (const check of ['EXIST', 'NAME', 'DESC', 'FRESH', 'FREQ']) assert.equal(verdicts(seen.telegram)[check], 'passed', check);
    for (const check of ['EXIST', 'NAME', 'DESC', 'SITE', 'LOOK', 'GOS', 'FRESH', 'FREQ']) assert.equal(verdicts(seen.vk)[check], 'passed', `${check} ${JSON.stringify(seen.vk.verdicts)}`);
    assert.equal(verdicts(seen.site).LINK, 'passed', JSON.stringify(seen.site.verdicts));
    assert.equal(seen.telegram.reading.facts.name.value, name);

    const tenant = await show(which);
    const vk = tenant.accounts.find(({ network }) => network === 'vk');
    assert.deepEqual([vk.state, vk.title, vk.audience, vk.pending], ['present', name, 420, false]);
    assert.ok(Date.parse(vk.looked_at) >= start - 1000);
    const step = await stepOf(which, 'create_vk');
    assert.deepEqual([step.status, step.basis, step.claimed, step.seen_early], ['verified', 'account', false, true], 'seen, though nobody ticked it');
    const { checks } = (await curator.get(`/tenants/${which}/steps/create_vk`)).json;
    assert.deepEqual(checks.flatMap(({ sights }) => sights.map(({ network, result }) => [network, result])), [['vk', 'passed']]);
    assert.equal(JSON.stringify(await looksOf(which)).includes('stand-in'), false, 'our token is nowhere in it');
});

test('a page shows that a look is under way, and then what came of it, in words', async () => {
    const which = await school(['t.me/kot_school']);
    await look(which);
    const answer = await browser.fill(`/tenants/${which}`, '/looks', {});
    assert.deepEqual([answer.status, answer.headers.location], [303, `/tenants/${which}`]);
    const waiting = await browser.open(`/tenants/${which}`);
    if (/hx-trigger/.test(waiting)) assert.match(waiting, /Обновить и посмотреть, что пришло/, 'without script a link asks again');
    await eventually(async () => !/hx-trigger/.test(await browser.open(`/tenants/${which}`)), 'the look to be over', 10);
    const words = wordsOf(await browser.open(`/tenants/${which}/looks`));
    for (const told of ['Telegram', 'kot_school', 'по запросу']) assert.ok(words.includes(told), told);
    assert.doesNotMatch(words, /\b[a-z]+_[a-z_]+\b(?<!kot_school)/, 'no code is shown');
    assert.match(wordsOf(await browser.open(`/tenants/${which}/steps/name`)), /выполнено — всё как нужно \(\s*\d+ /, 'a verdict gives its own reason, not the ground of the step');
    assert.match(wordsOf(await browser.open(`/tenants/${which}/history`)), /Проверена страница \(Telegram\) kot_school: страница на месте/);
});

test('"check now" again and again is one look, and the history tells of each who asked', async () => {
    veha.sql('create policy nobody on veha.job as restrictive for update to veha_verify using (false)');
    const which = await school(['t.me/kot_school']);
    for (let i = 0; i < 3; i++) await ask(which);
    assert.equal(sql(`select count(*) from job where tenant = ${which} and finished_at is null and on_demand`), '1');
    const { pending } = await looksOf(which);
    assert.deepEqual([pending.length, pending[0].taken], [1, false]);
    veha.sql('drop policy nobody on veha.job');
    await eventually(async () => (await looksOf(which)).items.length === 1, 'the look', 10);
    const asked = (await curator.get(`/tenants/${which}/history`)).json.items.filter(({ kind }) => kind === 'look_requested');
    assert.deepEqual(asked.map(({ who }) => who), Array(3).fill('Анна Пробная'));
});

test('what is wrong on a page fails with its reason and the facts to mend it', async () => {
    const which = await school(['https://vk.com/kot_school', 't.me/kot_school', 'kot.lukomorye.example']);
    veha.standin.setScenario(whole({ telegram: [{ name: 'kot_school', title: 'Наши котики', description: 'мяу', posts: ['-30d', '-40d'] }], sites: [{ host: 'kot.lukomorye.example', title: name, links: [] }] }));
    const seen = await look(which);
    const failed = (one) => Object.fromEntries(one.verdicts.filter(({ result }) => result === 'failed').map(({ check, reason, facts }) => [check, { reason, facts }]));
    assert.deepEqual(Object.keys(failed(seen.telegram)).sort(), ['DESC', 'FREQ', 'FRESH', 'NAME'], JSON.stringify(seen.telegram.verdicts));
    const { NAME, DESC, FRESH, FREQ } = failed(seen.telegram);
    assert.deepEqual([NAME.facts.name, NAME.facts.registered, NAME.facts.share], ['Наши котики', name, 0]);
    assert.deepEqual([DESC.reason, DESC.facts.length, DESC.facts.length_least], ['description_short', 3, 200]);
    assert.deepEqual([FRESH.facts.days_most, FREQ.facts.posts_least], [7, 3]);
    assert.equal(verdicts(seen.site).LINK, 'failed');
    veha.standin.setScenario(whole());
    assert.equal(verdicts((await look(which)).telegram).NAME, 'passed', 'mended and asked for, it is seen at once');
});

test('a tick that the page does not bear out is contradicted only by a second look an hour later', async () => {
    veha.standin.setScenario(whole({ vk: { communities: [] } }));
    const which = await school(['https://vk.com/kot_school']);
    assert.equal((await curator.post(`/tenants/${which}/steps/create_vk/claim`, {})).status, 200);
    assert.equal(verdicts((await look(which)).vk).EXIST, 'failed');
    assert.equal((await stepOf(which, 'create_vk')).status, 'claimed', 'the first leaves it and shows the reason');
    await pass(3700);
    await look(which);
    const step = await stepOf(which, 'create_vk');
    assert.deepEqual([step.status, step.basis], ['contradicted', 'account']);
    veha.standin.setScenario(whole());
    await look(which);
    assert.deepEqual([(await stepOf(which, 'create_vk')).status, (await stepOf(which, 'create_vk')).basis], ['verified', 'account']);
});

const mute = { throttled: { status: 429, body: 'Too Many Requests' }, challenged: { status: 403, body: '<html>captcha</html>' }, broken: { status: 502, body: 'bad gateway' }, hangs_up: { close: 'before' }, half: { close: 'half', body: '<html>'.repeat(500) } };

test('a network that tells nothing is unknown, never failed, and lowers nothing', async () => {
    veha.standin.setScenario(whole());
    const which = await school(['t.me/kot_school']);
    await look(which);
    const known = await show(which);
    for (const [kind, answer] of Object.entries(mute)) {
        veha.standin.setScenario(whole({ answers: ['/s/kot_school', '/kot_school'].map((target) => ({ host: 't.me', path: target, ...answer })) }));
        const before = (await looksOf(which)).items.length;
        await ask(which);
        const items = await eventually(async () => {
            const { items: all, pending } = await looksOf(which);
            return pending.length === 0 && all.length > before && all;
        }, `the outcome of ${kind}`, 30);
        assert.deepEqual(items[0].verdicts.filter(({ result }) => result !== 'unknown'), [], kind);
        assert.notEqual(items[0].state, 'missing', kind);
        const now = await show(which);
        assert.deepEqual(now.steps.map(({ key, status, basis }) => [key, status, basis]), known.steps.map(({ key, status, basis }) => [key, status, basis]), kind);
        assert.equal(now.accounts[0].title, name, 'what was known of it stays known');
    }
    const words = wordsOf(await browser.open(`/tenants/${which}/looks`));
    for (const why of ['слишком много запросов к сети', 'ответ устроен не так']) assert.ok(words.includes(`(${why}`), why);
    assert.equal(sql(`select count(*) from job j where tenant = ${which} and finished_at is not null and not exists (select from look l where l.tenant = j.tenant and l.job = j.id)`), '0', 'nothing is lost');
});

test('a network that never answers keeps nobody: others go on, whoever asked is told, and nobody need ask again', async () => {
    const hanging = whole({ answers: [{ host: 't.me', path: '/s/kot_school', delay_ms: 600000, body: '' }] });
    veha.standin.setScenario(hanging);
    const [stuck, well] = [await school(['t.me/kot_school']), await school(['https://vk.com/kot_school'])];
    await ask(stuck);
    await eventually(async () => (await looksOf(stuck)).pending[0]?.taken, 'the look to be under way', 10);
    assert.equal(verdicts((await look(well)).vk).EXIST, 'passed', 'another is looked at meanwhile');
    const { items, pending } = await looksOf(stuck);
    assert.deepEqual([items.length, pending.length], [0, 1]);
    assert.match(await browser.open(`/tenants/${stuck}`), /hx-trigger/);
    const told = await eventually(async () => (await looksOf(stuck)).items[0], 'what came of it', 90);
    assert.deepEqual([told.state, verdicts(told).EXIST], ['unreachable', 'unknown']);
    assert.match(wordsOf(await browser.open(`/tenants/${stuck}/looks`)), /не ответил/);
    veha.standin.setScenario(whole());
    await pass(180);
    const seen = await eventually(async () => (await looksOf(stuck)).items.find(({ state }) => state === 'present'), 'the look after that', 20);
    assert.equal(verdicts(seen).EXIST, 'passed', 'once the network is back');
});

test('a tenant without accounts, and one that is closed, have nothing to look at', async () => {
    const which = await school([]);
    assertProblem(await curator.post(`/tenants/${which}/looks`, {}), 409, 'no_accounts');
    assert.doesNotMatch(await browser.open(`/tenants/${which}`), /action="\/tenants\/\d+\/looks"/);
    assertProblem(await curator.get(`/tenants/${which}/looks?limit=0`), 422, 'invalid_fields', ['limit']);
    assert.deepEqual((await looksOf(which)).items, []);
});

test('looks are listed newest first, by account, page by page', async () => {
    veha.standin.setScenario(whole());
    const which = await school(['https://vk.com/kot_school', 't.me/kot_school']);
    for (let i = 0; i < 3; i++) await look(which);
    const { items } = await looksOf(which, '?limit=200');
    assert.ok(items.length >= 6);
    assert.deepEqual(items.map(({ id }) => id), items.map(({ id }) => id).sort((one, two) => two - one));
    const paged = [];
    for (let cursor = ''; cursor !== null;) {
        const page = await looksOf(which, `?limit=2${cursor && `&cursor=${cursor}`}`);
        paged.push(...page.items);
        cursor = page.next;
    }
    assert.deepEqual(paged, items);
    const { id } = items[0].account;
    assert.deepEqual((await looksOf(which, `?limit=200&account=${id}`)).items, items.filter(({ account }) => account.id === id));
});

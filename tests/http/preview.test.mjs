/* What an address is before it is registered: looked at within seconds like any account, shown to its tenant alone, and nothing follows from it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { root } from '../support/build.mjs';
import { templatesWithoutLimits } from '../support/networks.mjs';
import { assertProblem, openBrowser, wordsOf } from './ask.mjs';
import { eventually, people, startVeha, stopCluster } from './harness.mjs';

const folder = path.join(root, 'var', `test-preview-${process.pid}`);
const templates = { directory: templatesWithoutLimits(path.join(folder, 'templates')) };
const words = 'Официальный канал министерства. Цели и задачи: рассказывать о деятельности. '.repeat(4).slice(0, 250);
const scenario = {
    telegram: [
        { name: 'lukomor98_edu_new', title: 'Министерство просвещения Лукоморской области', description: words, posts: ['-1d', '-2d', '-3d'] },
        { name: 'lukomor98_asleep', title: 'Министерство просвещения Лукоморской области', description: words, posts: ['-200d', '-210d'] },
        { name: 'lukomor98_other', title: 'Министерство здравоохранения Лукоморской области', description: words, posts: ['-1d'] },
    ],
    vk: {
        communities: [
            { id: 981009001, screen_name: 'lukomor98_preview', name: 'Министерство просвещения Лукоморской области', members_count: 1234, has_photo: 1, posts: ['-1d', '-4d'] },
            { id: 981009002, screen_name: 'lukomor98_closed', name: 'Закрытая', is_closed: 1, posts: [] },
        ],
    },
    sites: [],
};
const one = (statement) => veha.sql(`set search_path = veha, public; ${statement}`);
const by = {};
let veha;
let education;
let health;

before(async () => {
    veha = await startVeha({ verify: true, scenario, config: { templates } });
    for (const login of Object.keys(people)) by[login] = await veha.signIn(login);
    education = await find('Министерство просвещения');
    health = await find('Министерство здравоохранения');
});
after(async () => {
    await veha?.stop();
    await stopCluster();
    fs.rmSync(folder, { recursive: true, force: true });
});

const find = async (text) => (await by.curator.get(`/tenants?search=${encodeURIComponent(text)}`)).json.items[0].id;
const ask = (which, address, reader = by.curator, options = {}) => reader.post(`/tenants/${which}/accounts/preview`, { address }, options);
const codes = (shown) => shown.warnings.map(({ warning }) => warning);

/* Until the page is known. */
async function preview(which, address, reader = by.curator) {
    const asked = await ask(which, address, reader);
    assert.equal(asked.status, 202, asked.text);
    assert.equal(asked.headers.location, `/tenants/${which}/previews/${asked.json.id}`);
    return eventually(async () => {
        const { json, status, text } = await reader.get(asked.headers.location);
        assert.equal(status, 200, text);
        return !json.open && json;
    }, `what ${address} is`, 30);
}

async function fresh(name) {
    const answer = await by.curator.post('/tenants', { parent: education, kind: 'organisation', name });
    assert.equal(answer.status, 201, answer.text);
    return answer.json.id;
}

test('what an address is, is seen within seconds, and nothing follows from it', async () => {
    const which = await fresh('Министерство просвещения Лукоморской области');
    const untouched = () => one(`select (select count(*) from look where tenant = ${which}), (select count(*) from account where tenant = ${which}), (select count(*) from event where tenant = ${which})`);
    const before = untouched();
    const tally = one("select coalesce(sum(looks), 0) from network_tally where network = 'telegram' and state = 'present'");
    const channel = await preview(which, ' t.me/s/LukoMor98_edu_new ');
    assert.deepEqual([channel.network, channel.address, channel.url, channel.state, channel.title], ['telegram', 'lukomor98_edu_new', 'https://t.me/lukomor98_edu_new', 'present', 'Министерство просвещения Лукоморской области']);
    assert.deepEqual([channel.name_check.result, channel.known, channel.can.add, channel.slow, channel.stopped], ['passed', false, true, false, false]);
    assert.ok(Date.now() - Date.parse(channel.last_post) < 2 * 86400e3);
    assert.deepEqual(codes(channel), []);
    assert.equal(untouched(), before, 'no look, no account, no event');
    assert.ok(Number(one("select coalesce(sum(looks), 0) from network_tally where network = 'telegram' and state = 'present'")) - Number(tally) <= 1, 'and no tally of its own');

    const community = await preview(which, 'https://vk.com/lukomor98_preview');
    assert.deepEqual([community.state, community.audience, community.avatar], ['present', 1234, 'there']);
    assert.ok(['passed', 'failed', 'unknown'].includes(community.mark_check.result));
});

test('what is not there, is closed or tells nothing is said to be so', async () => {
    const which = await fresh('Школа без страниц');
    const missing = await preview(which, 'https://vk.com/lukomor98_nowhere');
    assert.deepEqual([missing.state, missing.title, missing.avatar, missing.last_post], ['missing', null, 'unknown', null]);
    assert.equal((await preview(which, 'https://vk.com/lukomor98_closed')).state, 'closed');
    const site = await preview(which, 'https://nobody.lukomorye.example');
    assert.notEqual(site.state, 'present');
    assert.equal(site.audience, null);
    for (const address of ['https://127.0.0.1/', 'http://localhost/x', 'ftp://vk.com/x', 'https://vk.com/', 'слово']) {
        const answer = await ask(which, address);
        assert.equal(answer.status, 422, `${address}: ${answer.text}`);
    }
});

test('what is doubtful of it is said: asleep, another of the same network, one of somebody else', async () => {
    const which = await fresh('Министерство просвещения Лукоморской области');
    const asleep = await preview(which, 't.me/lukomor98_asleep');
    assert.deepEqual(codes(asleep), ['abandoned']);
    assert.equal(asleep.warnings[0].days, 90);

    assert.equal((await by.curator.post(`/tenants/${which}/accounts`, { address: 't.me/lukomor98_edu_new' })).status, 201);
    const second = await preview(which, 't.me/lukomor98_asleep');
    assert.deepEqual([codes(second), second.warnings[0].address], [['duplicate', 'abandoned'], 'lukomor98_edu_new']);
    const own = await preview(which, 'https://t.me/lukomor98_edu_new');
    assert.deepEqual([own.known, own.can.add, codes(own)], [true, false, []]);

    const other = await preview(which, 't.me/lukomor98_other');
    const named = other.warnings.find(({ warning }) => warning === 'names_another');
    assert.equal(named?.name, 'Министерство здравоохранения Лукоморской области');

    const contested = await preview(which, one(`select url from account where tenant = ${health} and network = 'vk' and upper_inf(valid)`));
    const [warning] = contested.warnings;
    assert.deepEqual(warning, { warning: 'contested' }, 'and not by whom');
});

test('an address that the eye takes for another one is told, and numbers are not', async () => {
    const which = await fresh('Школа похожих');
    const elsewhere = await fresh('Настоящая школа');
    for (const address of ['https://vk.com/lukomor_school15', 'https://vk.com/club217749600']) assert.equal((await by.curator.post(`/tenants/${elsewhere}/accounts`, { address })).status, 201);
    for (const address of ['lukomor_schooI15', 'lukomorschool15', 'lukom0r_schooll15', 'lukomor_schoo1.15']) {
        const [warning] = one(`select account_warnings(${which}, null, 'vk', '${address.toLowerCase()}', null, null)->0`) ? JSON.parse(`[${one(`select account_warnings(${which}, null, 'vk', '${address.toLowerCase()}', null, null)->0`)}]`) : [];
        assert.deepEqual(warning, { warning: 'look_alike', name: 'Настоящая школа', address: 'lukomor_school15' }, address);
    }
    for (const address of ['lukomor_school5', 'lukomor_school115', 'lukomor_school', 'club217749601'])
        assert.equal(one(`select account_warnings(${which}, null, 'vk', '${address}', null, null)`), '[]', address);
});

test('on the page of the tenant the same is said of what is registered', async () => {
    const which = await fresh('Министерство просвещения Лукоморской области');
    for (const address of ['t.me/lukomor98_asleep', 't.me/lukomor98_other']) assert.equal((await by.curator.post(`/tenants/${which}/accounts`, { address })).status, 201);
    const shown = await eventually(async () => {
        const { json } = await by.curator.get(`/tenants/${which}`);
        return json.accounts.every(({ looked_at: at }) => at) && json.accounts;
    }, 'both to be looked at', 40);
    assert.deepEqual(codes(shown.find(({ address }) => address === 'lukomor98_asleep')), ['duplicate', 'abandoned']);
    assert.deepEqual(codes(shown.find(({ address }) => address === 'lukomor98_other')), ['names_another', 'duplicate']);
    const html = wordsOf((await (await openBrowser(veha, 'curator')).page(`/tenants/${which}`)).text);
    assert.match(html, /Похоже, страница заброшена/);
    assert.match(html, /узнаётся другая организация: Министерство здравоохранения/);
});

test('only who may register there asks and sees, and strangers learn nothing', async () => {
    const school = await find('Учёного Кота');
    const asked = await ask(school, 't.me/lukomor98_edu_new', by.specialist);
    assert.equal(asked.status, 202, asked.text);
    assert.equal((await by.specialist.get(asked.headers.location)).status, 200);
    assert.equal((await by.curator.get(asked.headers.location)).status, 200);
    assertProblem(await ask(school, 't.me/lukomor98_edu_new', by.observer), 403, 'forbidden');
    assertProblem(await by.observer.get(asked.headers.location), 403, 'forbidden');
    const foreign = await ask(health, 't.me/lukomor98_edu_new');
    assert.equal((await by.specialist.get(foreign.headers.location)).status, 404);
    assert.equal((await by.specialist.get(foreign.headers.location.replace(`/${health}/`, `/${school}/`))).status, 404);
    assertProblem(await ask(health, 't.me/lukomor98_edu_new', by.specialist), 404, 'not_found');
    assertProblem(await ask(school, 't.me/lukomor98_edu_new', veha.client()), 401, 'unsigned');
});

test('the same key asks once, and an address under way is not looked at twice', async () => {
    const which = await fresh('Нетерпеливые');
    const key = { headers: { 'idempotency-key': 'preview-once' } };
    const first = await ask(which, 't.me/lukomor98_edu_new', by.admin, key);
    const again = await ask(which, 't.me/lukomor98_edu_new', by.admin, key);
    assert.deepEqual([again.status, again.headers.location], [202, first.headers.location]);
    assert.equal(one(`select count(*) from preview where tenant = ${which}`), '1');
});

test('so many at once, so many in an hour, and all forgotten after a day', async () => {
    const which = await fresh('Любопытные');
    one(`insert into preview (tenant, place, network, address, url, spelling, person)
         select t.id, t.place, 'vk', 'club' || n, 'https://vk.com/club' || n, 'x', p.id from tenant t, person p, generate_series(1, 10) n where t.id = ${which} and p.login = 'coordinator'`);
    const place = one(`select id from tenant where id in (select tenant from membership m join person p on p.id = m.person where p.login = 'coordinator') limit 1`);
    assertProblem(await ask(place, 't.me/lukomor98_edu_new', by.coordinator), 429, 'previews_many');
    one(`update preview set finished_at = now() where tenant = ${which}`);
    const allowed = await ask(place, 't.me/lukomor98_edu_new', by.coordinator);
    assert.equal(allowed.status, 202);
    one(`insert into preview (tenant, place, network, address, url, spelling, person, finished_at)
         select t.id, t.place, 'vk', 'club' || n, 'https://vk.com/club' || n, 'x', p.id, now() from tenant t, person p, generate_series(11, 70) n where t.id = ${which} and p.login = 'coordinator'`);
    assertProblem(await ask(place, 't.me/lukomor98_asleep', by.coordinator), 429, 'previews_many');

    one(`update preview set at = at - interval '25 hours' where person = (select id from person where login = 'coordinator')`);
    assert.equal((await by.coordinator.get(allowed.headers.location)).status, 404);
    one('set role veha_verify; select preview_forget(1000)');
    assert.equal(one(`select count(*) from preview where person = (select id from person where login = 'coordinator')`), '0');
    assert.equal(one('select count(*) from job where preview is not null and not exists (select from preview p where p.id = job.preview)'), '0');
});

test('on pages, without script: pasted, looked at, added', async () => {
    const which = await fresh('Министерство просвещения Лукоморской области');
    const reader = await openBrowser(veha, 'curator');
    const wrong = await reader.fill(`/tenants/${which}`, '/accounts/preview', { address: 'непонятно' });
    assert.equal(wrong.status, 422);
    assert.ok(wrong.text.includes('value="непонятно"') && wrong.text.includes('href="#address"'), 'the mistake is told at its field');
    const asked = await reader.fill(`/tenants/${which}`, '/accounts/preview', { address: '@lukomor98_edu_new' });
    assert.ok([303, 422].includes(asked.status));
    const good = await reader.fill(`/tenants/${which}`, '/accounts/preview', { address: 't.me/lukomor98_edu_new' });
    assert.equal(good.status, 303, good.text);
    const target = good.headers.location;
    await eventually(async () => /страница на месте/.test(wordsOf(await reader.open(target))), 'the page to be known', 30);
    const added = await reader.fill(target, '/accounts', {});
    assert.deepEqual([added.status, added.headers.location], [303, `/tenants/${which}`]);
    assert.match(wordsOf(await reader.open(target)), /Эта страница у организации уже есть/);
    assert.equal(one(`select address from account where tenant = ${which} and upper_inf(valid)`), 'lukomor98_edu_new');
});

test('where nobody looks it says so, and the page can be added all the same', async () => {
    const still = await startVeha({ config: { templates } });
    try {
        const reader = await openBrowser(still, 'curator');
        const which = (await (await still.signIn('curator')).get(`/tenants?search=${encodeURIComponent('Учёного Кота')}`)).json.items[0].id;
        const asked = await reader.fill(`/tenants/${which}`, '/accounts/preview', { address: 't.me/lukomor98_somebody' });
        assert.equal(asked.status, 303, asked.text);
        const page = await reader.open(asked.headers.location);
        assert.match(wordsOf(page), /Сейчас страницы никто не смотрит/);
        assert.ok(page.includes(`<a href="${asked.headers.location}">`), 'a link asks again: a page that renews itself tears readers out of it');
        assert.equal((await reader.fill(asked.headers.location, '/accounts', {})).status, 303);
    } finally {
        await still.stop();
    }
});

test('nobody looks through a preview at what stands within, however its address is spelled', async () => {
    const which = await fresh('Подставная школа');
    for (const host of ['127.0.0.1', 'localhost', '10.1.2.3', '192.168.0.1', '169.254.169.254', '2130706433', '0x7f000001', '0177.0.0.1', '127.1', '[::1]', '[::ffff:127.0.0.1]', '[fd12:3456::1]', '127.0.0.1.']) {
        const asked = await ask(which, `http://${host}/`);
        assert.equal(asked.status, 422, `${host}: ${asked.text}`);
        assert.deepEqual(asked.json.errors.map(({ field }) => field), ['address'], host);
    }
    assert.equal(one(`select count(*) from preview where tenant = ${which}`), '0');
});

test('an account has a poster with its code, on a page and as a drawing', async () => {
    const account = one(`select id from account where tenant = ${health} and upper_inf(valid) order by id limit 1`);
    const url = one(`select url from account where id = ${account}`);
    const { json } = await by.curator.get(`/tenants/${health}/accounts/${account}/qr`);
    assert.equal(json.account.url, url);
    const page = (await (await openBrowser(veha, 'curator')).open(`/tenants/${health}/accounts/${account}/qr`));
    assert.ok(page.includes(`<p class="address">${url.replace('https://', '')}</p>`), 'as one types it');
    const [, drawn] = /<svg class="qr"[^>]*><path d="([^"]+)"/.exec(page);
    const drawing = await by.curator.get(`/tenants/${health}/accounts/${account}/qr.svg`);
    assert.deepEqual([drawing.status, drawing.headers['content-type']], [200, 'image/svg+xml']);
    assert.match(drawing.headers['content-disposition'], /^attachment; filename="qr-\d+\.svg"$/);
    assert.ok(drawing.text.includes(`<path d="${drawn}"/>`) && drawing.text.startsWith('<svg xmlns='));
    assert.equal((await by.curator.get(`/tenants/${health}/accounts/987654321/qr.svg`)).status, 404);
    assert.equal((await by.specialist.get(`/tenants/${health}/accounts/${account}/qr.svg`)).status, 404);
    one(`update account set contested = true where id = ${account}`);
    const doubtful = await (await openBrowser(veha, 'curator')).open(`/tenants/${health}/accounts/${account}/qr`);
    assert.ok(/Плакат появится здесь/.test(wordsOf(doubtful)) && !/class="qr"|qr\.svg/.test(doubtful), 'nobody hangs up what may be another’s');
    one(`update account set contested = false where id = ${account}`);
});

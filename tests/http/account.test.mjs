/* Accounts as people register them: in any spelling, refused in words when they are something else, contested without telling by whom. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { assertProblem, openBrowser, tellings, wordsOf } from './ask.mjs';
import { people, startVeha, stopCluster } from './harness.mjs';

let veha;
const by = {};
const browser = {};
let education;
let health;
let made = 0;

before(async () => {
    veha = await startVeha();
    for (const login of Object.keys(people)) by[login] = await veha.signIn(login);
    education = await find('Министерство просвещения');
    health = await find('Министерство здравоохранения');
});

after(async () => {
    await veha?.stop();
    await stopCluster();
});

const find = async (words) => (await by.curator.get(`/tenants?search=${encodeURIComponent(words)}`)).json.items[0].id;
const show = async (which, reader = by.curator) => (await reader.get(`/tenants/${which}`)).json;
const add = (which, address, reader = by.curator, options = {}) => reader.post(`/tenants/${which}/accounts`, { address }, options);
const remove = (which, account, body = { reason: 'Ошиблись' }, reader = by.curator) => reader.post(`/tenants/${which}/accounts/${account}/remove`, body);

async function fresh(parent = education, name = `Хозяйка № ${++made}`) {
    const answer = await by.curator.post('/tenants', { parent, kind: 'organisation', name });
    assert.equal(answer.status, 201, answer.text);
    return answer.json.id;
}

/* A specialist of one organisation, as a program and as a browser. */
async function hire(login, name, which) {
    const ogrn = veha.sql(`update veha.tenant set ogrn = coalesce(ogrn, '${freeOgrn()}') where id = ${which} returning ogrn`);
    const added = veha.command('user', 'add', '--login', login, '--name', name, '--role', 'specialist', '--tenant-ogrn', ogrn);
    const given = /^Password: (.+)$/m.exec(added)[1];
    by[login] = await veha.signIn(login, given);
    browser[login] = await openBrowser(veha, login, given);
}

function freeOgrn() {
    const stem = `12298008${String(++made).padStart(4, '0')}`;
    return `${stem}${Number(BigInt(stem) % 11n) % 10}`;
}

/* By the second button of the form, which goes elsewhere than the form itself. */
async function addByForm(which, fields) {
    const target = `/tenants/${which}`;
    const form = await browser.former.formOf(target, '/accounts/preview');
    return browser.former.submit(`${target}/accounts`, { ...form.fields, ...fields }, { headers: { referer: `${veha.url}${target}`, origin: veha.url } });
}

const spellings = {
    'vk club217749639 https://vk.com/club217749639': ['https://vk.com/club217749639', 'vk.com/public217749639', 'http://m.vk.ru/club217749639?from=search', 'VK.COM/Public217749639/', ' «https://vk.com/event217749639» '],
    'vk school_kot https://vk.com/school_kot': ['https://vk.com/school_kot', 'vkontakte.ru/School_Kot', 'https://www.vk.com/school_kot?w=wall-1_2', 'https://vk.com/@school_kot'],
    'telegram school_kot https://t.me/school_kot': ['https://t.me/school_kot', 't.me/s/school_kot', 'telegram.me/School_Kot', 'tg://resolve?domain=school_kot', 'https://t.me/@school_kot'],
    'ok group/54000000000981 https://ok.ru/group/54000000000981': ['https://ok.ru/group/54000000000981', 'm.ok.ru/group54000000000981', 'odnoklassniki.ru/group/54000000000981/topics'],
    'site xn--j1aim.xn--e1ajcfjbot0g.example https://кот.лукоморье.example': ['кот.лукоморье.example', 'HTTP://WWW.КОТ.ЛУКОМОРЬЕ.EXAMPLE/', 'WWW кот.лукоморье.example', 'https://кот.лукоморье.example/index.html'],
};

test('any spelling of an address names the same account', async () => {
    for (const [wanted, list] of Object.entries(spellings)) {
        for (const spelling of list) {
            const which = await fresh();
            const answer = await add(which, spelling);
            assert.equal(answer.status, 201, `${spelling}: ${answer.text}`);
            assert.equal(answer.headers.location, `/tenants/${which}`);
            const [account] = answer.json.accounts;
            assert.equal(`${account.network} ${account.address} ${account.url}`, wanted, spelling);
            assert.deepEqual([account.state, account.looked_at, account.spelling], ['unseen', null, spelling.trim()]);
        }
    }
});

test('the same account in another spelling is known already', async () => {
    const which = await fresh();
    assert.equal((await add(which, 'vk.com/public217749000')).status, 201);
    for (const spelling of ['https://vk.com/club217749000', 'm.vk.ru/event217749000', 'vk.com/public217749000']) assertProblem(await add(which, spelling), 409, 'account_known');
    assert.equal((await show(which)).accounts.length, 1);
});

const refused = {
    address_other_network: ['https://www.instagram.com/school', 'youtube.com/@school', 'https://dzen.ru/school'],
    address_person: ['https://vk.com/id1', 'ok.ru/profile/5412345678', 'https://vk.ru/id00981000'],
    address_share_link: ['https://vk.com/share.php?url=https://school.example', 'https://t.me/share/url?url=x', 'https://connect.ok.ru/dk?st.cmd=WidgetSharePreview'],
    address_post: ['https://vk.com/wall-1_2', 'https://t.me/school_kot/15', 'ok.ru/group/54000000000981/topic/1', 'https://vk.com/video-1_2'],
    address_email: ['school@lukomorye.example', 'mailto:school@lukomorye.example'],
    address_short_link: ['vk.cc/abcdef', 'https://clck.ru/abc'],
    address_invitation: ['https://t.me/joinchat/AAAA', 'https://t.me/+AAAA', 'https://vk.com/join/abc'],
    address_bot: ['https://t.me/school_bot'],
    address_service: ['https://vk.com/feed', 'https://vk.com/', 't.me'],
    address_unreadable: ['страницы нет', '???', 'https://'],
};

test('what names no account of an organisation is refused, and told what it is and what is wanted', async () => {
    const which = await fresh();
    for (const [code, list] of Object.entries(refused)) {
        for (const address of list) {
            const answer = await add(which, address);
            assertProblem(answer, 422, 'invalid_fields', ['address']);
            assert.equal(answer.json.errors[0].code, code, address);
            assert.match(answer.json.errors[0].detail, /^[А-Я].{20,}[.]$/s, address);
        }
    }
    for (const address of ['', '   ', undefined]) assert.equal((await add(which, address)).json.errors[0].code, 'required');
    assert.deepEqual((await show(which)).accounts, []);
});

test('a form keeps the refused address, and says beside it what is wrong', async () => {
    const which = await fresh();
    await hire('former', 'Ведущая страницы', which);
    for (const [address, words] of [['school@lukomorye.example', /почты/], ['https://vk.com/id1', /личная/], ['https://vk.com/wall-1_2', /запис/]]) {
        const answer = await addByForm(which, { address });
        assert.equal(answer.status, 422);
        assert.ok(answer.text.includes(`value="${address}"`));
        assert.match(/id="address-error">([^<]+)</.exec(answer.text)[1], words);
    }
    const answer = await addByForm(which, { address: 't.me/s/lukomor98_by_form' });
    assert.deepEqual([answer.status, answer.headers.location], [303, `/tenants/${which}`]);
    const twice = await addByForm(which, { address: 't.me/lukomor98_by_form' });
    assert.equal(twice.status, 409);
    assert.match(twice.text, /уже внесена/);
});

test('an account’s story says who gave it, and how it was spelled', async () => {
    const which = await fresh();
    await hire('teller', 'Рассказчица', which);
    const { json } = await add(which, 'http://m.vk.ru/Tale_Teller?from=x', by.teller);
    const [event] = json.events;
    assert.deepEqual([event.kind, event.who, event.detail.network, event.detail.address, event.detail.given], ['account_added', 'Рассказчица', 'vk', 'tale_teller', 'http://m.vk.ru/Tale_Teller?from=x']);
});

test('the first account of a tenant that has none leaves it on its roadmap, and spares it the other networks', async () => {
    const which = await fresh();
    const before = await show(which);
    assert.equal(before.branch, 'open');
    const status = (tenant, key) => tenant.steps.find((step) => step.key === key).status;
    const creating = before.steps.filter(({ key }) => key.startsWith('create_')).map(({ key }) => key);
    await add(which, 'https://vk.com/lukomor98_first');
    const now = await show(which);
    assert.equal(now.branch, 'open', 'opening the first account is what this branch is for');
    assert.equal(status(now, 'create_vk'), 'not_started');
    for (const key of creating.filter((one) => one !== 'create_vk')) assert.equal(status(now, key), 'not_applicable', key);
    assert.equal(now.events.filter(({ kind }) => kind === 'roadmap_assigned').length, 1);
    const { items } = (await by.curator.get('/tenants?standing=without_account&limit=200')).json;
    assert.equal(items.some(({ id }) => id === which), false);
});

test('a site makes a tenant’s host, and taking it away takes that away', async () => {
    const which = await fresh();
    await add(which, 'https://www.host.lukomorye.example/');
    assert.equal((await show(which)).site_host, 'host.lukomorye.example');
    const [site] = (await show(which)).accounts;
    assert.equal((await remove(which, site.id)).status, 200);
    assert.equal((await show(which)).site_host, null);
    assert.equal((await show(which)).branch, 'open');
});

test('a removed account is gone from lists and kept in the story, and may come back', async () => {
    const which = await fresh();
    await add(which, 'https://vk.com/lukomor98_leaving');
    const [account] = (await show(which)).accounts;
    assertProblem(await remove(which, account.id, {}), 422, 'invalid_fields', ['reason']);
    assertProblem(await remove(which, account.id, { reason: 'старое', version: account.version + 7 }), 412, 'stale');
    const answer = await remove(which, account.id, { reason: 'Страница закрыта', version: account.version });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.json.accounts, []);
    const [event] = answer.json.events.filter(({ kind }) => kind === 'account_removed');
    assert.deepEqual([event.reason, event.detail.address, event.who], ['Страница закрыта', 'lukomor98_leaving', people.curator.name]);
    assertProblem(await remove(which, account.id), 404, 'not_found');
    assert.deepEqual((await by.curator.get('/tenants?search=lukomor98_leaving')).json.items, []);
    const back = await add(which, 'https://vk.com/lukomor98_leaving');
    assert.equal(back.status, 201);
    assert.notEqual(back.json.accounts[0].id, account.id);
});

test('one account, or one that is not there, is removed alike', async () => {
    const which = await fresh();
    const other = await fresh(health);
    await add(other, 'https://vk.com/lukomor98_others');
    const [account] = (await show(other)).accounts;
    const [theirs, nobodys] = [await remove(which, account.id), await remove(which, 987654321)];
    assert.deepEqual(tellings(theirs), tellings(nobodys));
    assert.equal(theirs.status, 404);
    assert.equal((await show(other)).accounts.length, 1);
});

test('an account that two name is contested for both, and neither learns by whom', async () => {
    const [one, two] = [await fresh(education, 'Перваяспорная школа'), await fresh(health, 'Втораяспорная больница')];
    await hire('first', 'Инна Перваяспорная', one);
    await hire('second', 'Ольга Втораяспорная', two);
    const secrets = { first: [two, 'Втораяспорная'], second: [one, 'Перваяспорная'] };
    const own = { first: one, second: two };

    assert.equal((await add(one, 'https://vk.com/lukomor98_contested', by.first)).json.accounts[0].contested, false);
    const version = (await show(one)).accounts[0].version;
    const answer = await add(two, 'https://m.vk.ru/lukomor98_contested', by.second);
    assert.equal(answer.status, 201, 'it may well be theirs');
    assert.equal(answer.json.accounts[0].contested, true);
    const [known] = (await show(one, by.first)).accounts;
    assert.deepEqual([known.contested, known.version > version], [true, true], 'the other learns it, too');

    for (const login of ['first', 'second']) {
        const [other, name] = secrets[login];
        const ogrn = veha.sql(`select ogrn from veha.tenant where id = ${other}`);
        const told = [answer.text].slice(login === 'first' ? 1 : 0);
        const paths = ['/', '/tenants', '/tenants?standing=contested', '/tenants?search=lukomor98_contested', '/networks',
            ...['', '/history', '/roadmap', '/looks', '/steps/appoint', '/steps/create_vk'].map((page) => `/tenants/${own[login]}${page}`)];
        for (const path of paths) {
            for (const heard of [await by[login].get(path), await browser[login].page(path), await by[login].get(path, { headers: { accept: 'text/csv, application/json;q=0.5' } })]) {
                assert.equal(heard.status, 200, path);
                told.push(heard.text);
            }
        }
        for (const path of [`/tenants/${other}`, `/tenants/${other}/history`]) assert.equal((await by[login].get(path)).status, 404);
        for (const text of told) {
            for (const secret of [name, ogrn, `"id": ${other},`, `"tenant": ${other}`, `/tenants/${other}`]) assert.equal(text.includes(secret), false, `${login} learns ${secret}`);
        }
        const { items } = (await by[login].get(`/tenants/${own[login]}/history`)).json;
        const event = items.find(({ kind }) => kind === 'account_contested');
        assert.deepEqual([event.who, event.actor, event.detail.address, event.reason], [null, 'program', 'lukomor98_contested', null], 'an event that names nobody');
        const card = wordsOf(await browser[login].open(`/tenants/${own[login]}`));
        assert.match(card, /назвала своей и другая организация\. Если страница не ваша, уберите её у себя\. Если ваша, напишите куратору[^]*Это не наша страница: убрать её/);
        assert.doesNotMatch(card, /Плакат|Её назвала своей/, 'nothing of it is hung up while it is not known whose it is');
        assert.deepEqual((await by[login].get('/tenants?standing=contested')).json.items.map(({ id }) => id), [own[login]]);
    }
    const both = (await by.curator.get('/tenants?standing=contested&search=lukomor98_contested')).json.items;
    assert.deepEqual(both.map(({ id }) => id).sort(), [one, two].sort(), 'a curator of both sees both');
    assert.deepEqual((await show(one)).accounts[0].rivals.map(({ id }) => id), [two], 'and by whom it is named');

    assert.equal((await remove(two, answer.json.accounts[0].id, { reason: 'Не наша' }, by.second)).status, 200);
    const settled = await show(one, by.first);
    assert.equal(settled.accounts[0].contested, false);
    assert.deepEqual([settled.events[0].kind, settled.events[0].who], ['account_settled', null]);
    assert.equal(JSON.stringify(settled).includes('Не наша'), false);
});

test('a contested account does not settle while a third names it', async () => {
    const three = [await fresh(), await fresh(health), await fresh()];
    const accounts = [];
    for (const which of three) accounts.push((await add(which, 'https://t.me/lukomor98_of_three')).json.accounts[0]);
    await remove(three[0], accounts[0].id);
    assert.deepEqual(await Promise.all(three.slice(1).map(async (which) => (await show(which)).accounts[0].contested)), [true, true]);
    await remove(three[1], accounts[1].id);
    assert.equal((await show(three[2])).accounts[0].contested, false);
});

test('what merges with its rival contests nothing any more', async () => {
    const [one, two] = [await fresh(), await fresh()];
    for (const which of [one, two]) await add(which, 'https://t.me/lukomor98_merging');
    assert.equal((await show(one)).accounts[0].contested, true);
    assert.equal((await by.curator.post(`/tenants/${two}/merge`, { into: one, reason: 'Слияние' })).status, 200);
    assert.deepEqual((await show(one)).accounts.map(({ contested }) => contested), [false]);
});

test('two who name one account at once both learn of it', async () => {
    const two = [await fresh(), await fresh()];
    const answers = await Promise.all(two.map((which, i) => add(which, 'https://t.me/lukomor98_at_once', i ? by.admin : by.curator)));
    assert.deepEqual(answers.map(({ status }) => status), [201, 201]);
    assert.deepEqual(await Promise.all(two.map(async (which) => (await show(which)).accounts[0].contested)), [true, true]);
});

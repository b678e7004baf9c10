/* What the region shows to everybody: the columns that are told here and no others, found, counted, kept by caches and hung into pages elsewhere. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { assertProblem, tellings, wordsOf } from './ask.mjs';
import { startVeha, stopCluster } from './harness.mjs';

/* All that is public. */
const told = {
    show: ['region', 'region.name', 'coverage', 'networks', 'networks.code', 'networks.title', 'items', 'items.id', 'items.name', ...['coverage', 'networks', 'items'].flatMap((part) => ['of', 'reported', 'seen', 'reported_share', 'seen_share'].map((name) => `${part}.${name}`))],
    tenant: ['id', 'name', 'short_name', 'inn', 'ogrn', 'founder', 'accounts', 'accounts.network', 'accounts.title', 'accounts.url', 'accounts.seen'],
    account: ['tenant', 'name', 'short_name', 'inn', 'ogrn', 'founder', 'network', 'title', 'url', 'seen'],
};
const people = ['Куратор', 'Специалист', 'Координатор', 'Администратор Лукоморья', 'curator', 'specialist'];

let veha;
let nobody;
let admin;
const id = {};

before(async () => {
    veha = await startVeha();
    nobody = veha.client();
    admin = await veha.signIn('admin');
    for (const [name, words] of Object.entries({ hospital: 'Лукоморская областная больница', school: '№ 1 имени', museum: 'Музей', education: 'Министерство просвещения' }))
        id[name] = (await admin.get(`/tenants?search=${encodeURIComponent(words)}`)).json.items.find((item) => item.name.includes(words) || words === 'Музей').id;
    veha.sql(`insert into veha.sighting (tenant, place, account, "check", look, result, reason, facts, at, run_result, run_since, run_last, run_count, run_sure_at)
              select tenant, place, id, 'EXIST', 0, 'passed', 'as_required', '{}', now(), 'passed', now() - interval '3 days', now(), 3, now() - interval '2 days'
                from veha.account where upper_inf(valid) and tenant = ${id.hospital} and network = 'vk'`);
});

after(async () => {
    await veha?.stop();
    await stopCluster();
});

/* The names of all members of a document, with the way to each. */
function keysOf(value, way = '', found = new Set()) {
    if (Array.isArray(value)) for (const one of value) keysOf(one, way, found);
    else if (value && typeof value === 'object')
        for (const [name, inner] of Object.entries(value)) {
            const here = way ? `${way}.${name}` : name;
            found.add(here);
            keysOf(inner, here, found);
        }
    return [...found].sort();
}

const find = async (words) => (await nobody.get(`/public/tenants?search=${encodeURIComponent(words)}`)).json.items.map((item) => item.id);

async function all(path) {
    const items = [];
    for (let next = ''; next !== null;) {
        const { status, json, text } = await nobody.get(`${path}?limit=7${next && `&cursor=${next}`}`);
        assert.equal(status, 200, text);
        items.push(...json.items);
        next = json.next;
    }
    return items;
}

test('the documents hold what is told above, and nothing else', async () => {
    assert.deepEqual(keysOf((await nobody.get('/public')).json), [...told.show].sort());
    const list = (await nobody.get('/public/tenants?limit=200')).json;
    assert.deepEqual(keysOf(list.items), [...told.tenant].sort());
    assert.deepEqual(Object.keys(list).sort(), ['filter', 'items', 'next']);
    assert.deepEqual(keysOf((await nobody.get(`/public/tenants/${id.hospital}`)).json), [...told.tenant, 'state'].sort());
    const [titles] = (await nobody.get('/public/tenants.csv')).text.split('\r\n');
    assert.deepEqual(titles.replace('\ufeff', '').replaceAll('"', '').split(';').sort(), [...told.account].sort());
});

test('how many keep pages can be had as a table, told anew or kept', async () => {
    for (let time = 0; time < 3; time++) {
        const { headers, text } = await nobody.get('/public.csv');
        assert.deepEqual([headers['content-type'], headers['content-disposition']], ['text/csv; charset=utf-8', 'attachment; filename="public_coverage.csv"']);
        const [titles, ...lines] = text.replace('\ufeff', '').trimEnd().split('\r\n');
        assert.deepEqual(titles.replaceAll('"', '').split(';').sort(), ['id', 'name', 'of', 'reported', 'reported_share', 'seen', 'seen_share']);
        assert.equal(lines.length, (await nobody.get('/public')).json.items.length);
    }
});

test('as many keep pages as the register and looks tell', async () => {
    const { coverage, items } = (await nobody.get('/public')).json;
    const asked = `from veha.tenant t where t.participates and t.closed_at is null and t.kind <> 'region' and not exists (select from veha.exemption e where e.tenant = t.id and upper_inf(e.valid))`;
    const having = `and exists (select from veha.account a join veha.network n on n.code = a.network and n.social where a.tenant = t.id and upper_inf(a.valid) and not a.contested)`;
    assert.deepEqual([coverage.of, coverage.reported, coverage.seen], [Number(veha.sql(`select count(*) ${asked}`)), Number(veha.sql(`select count(*) ${asked} ${having}`)), 1]);
    assert.deepEqual(items.filter(({ seen }) => seen > 0).map(({ name }) => name), ['Министерство здравоохранения Лукоморской области', 'Правительство Лукоморской области'].filter((name) => items.some((item) => item.name === name)));
});

test('nothing is said of people, steps and reasons, whatever was done', async () => {
    assert.equal((await admin.post(`/tenants/${id.hospital}/steps/appoint/claim`, { note: 'тайная запись' })).status, 200);
    assert.equal((await admin.post(`/tenants/${id.hospital}/steps/appoint/decision`, { word: 'returned', reason: 'тайная причина' })).status, 200);
    for (const path of ['/public', '/public.csv', '/public/tenants?limit=200', '/public/tenants.csv?limit=200', '/public/tenants.json?limit=200', `/public/tenants/${id.hospital}`, `/public/tenants/${id.hospital}/badge.svg`])
        for (const html of path.includes('.json') ? [false] : [false, true]) {
            const { status, text } = await nobody.request('GET', path, undefined, { html });
            assert.equal(status, 200, path);
            const seen = text.replace(/<style>[^]*?<\/style>/, ''); // of all pages
            for (const word of ['тайная', 'appoint', 'returned', ...people]) assert.equal(seen.includes(word), false, `${path} tells ${word}`);
        }
});

test('whoever is signed in, with whatever rights, sees the same', async () => {
    for (const path of ['/public', '/public/tenants?limit=200', `/public/tenants/${id.school}`]) {
        const [mine, all] = [await admin.get(path), await nobody.get(path)];
        assert.deepEqual(mine.json, all.json, path);
        assert.equal(mine.headers['cache-control'], 'no-store');
    }
});

test('every open organisation is listed once, in the order of names; closed and foreign ones are not there', async () => {
    const listed = await all('/public/tenants');
    const expected = veha.sql(`select t.id from veha.tenant t where t.participates and t.closed_at is null and t.kind <> 'region'
        and (not exists (select from veha.exemption e where e.tenant = t.id and upper_inf(e.valid)) or exists (select from veha.account a where a.tenant = t.id and upper_inf(a.valid) and not a.contested)) order by t.name, t.id`).split('\n').map(Number);
    assert.deepEqual(listed.map((item) => item.id), expected);
    const made = (await admin.post('/tenants', { parent: id.education, kind: 'organisation', name: 'Школа на один день' })).json.id;
    assert.deepEqual(await find('школы на один день'), [made]);
    assert.equal((await admin.post(`/tenants/${made}/close`, { reason: 'Закрыта' })).status, 200);
    assert.deepEqual(await find('школы на один день'), []);
    const [closed, none] = await Promise.all([made, 987654321].map((one) => nobody.get(`/public/tenants/${one}`)));
    assert.equal(closed.status, 404);
    assert.deepEqual(tellings(closed), tellings(none));
    assert.equal((await nobody.get(`/public/tenants/${made}/badge.svg`)).status, 404);
});

test('a contested account is nobody’s official one, nor does its address find anybody', async () => {
    const [mine, other] = [id.school, id.museum];
    assert.equal((await admin.post(`/tenants/${mine}/accounts`, { address: 'https://vk.com/lukomor98_twice' })).status, 201);
    assert.deepEqual(await find('vk.com/lukomor98_twice'), [mine]);
    assert.equal((await admin.post(`/tenants/${other}/accounts`, { address: 'https://m.vk.com/lukomor98_twice' })).status, 201);
    assert.deepEqual(await find('vk.com/lukomor98_twice'), []);
    assert.deepEqual(await find('lukomor98_twice'), []);
    for (const one of [mine, other]) assert.doesNotMatch((await nobody.get(`/public/tenants/${one}`)).text, /lukomor98_twice/);
});

test('who needs no pages is shown only with those there are', async () => {
    const exempt = Number(veha.sql(`select e.tenant from veha.exemption e where upper_inf(e.valid) and not exists (select from veha.account a where a.tenant = e.tenant and upper_inf(a.valid)) limit 1`));
    assert.equal((await nobody.get(`/public/tenants/${exempt}`)).status, 404);
    assert.equal((await admin.post(`/tenants/${exempt}/accounts`, { address: 'https://vk.com/lukomor98_exempt' })).status, 201);
    const { json } = await nobody.get(`/public/tenants/${exempt}`);
    assert.equal(json.accounts[0].url, 'https://vk.com/lukomor98_exempt');
    assert.doesNotMatch(JSON.stringify(json), /[Пп]риказ|"exempt"/);
});

test('what is seen is what a look showed', async () => {
    const { accounts, state } = (await nobody.get(`/public/tenants/${id.hospital}`)).json;
    assert.deepEqual(accounts.filter(({ seen }) => seen).map(({ network }) => network), ['vk']);
    assert.equal(state, 'seen');
});

test('the list is found by words in any form, by numbers and by addresses in any spelling', async () => {
    assert.ok((await find('областной больницей')).includes(id.hospital));
    assert.deepEqual(await find('1229800105556'), [id.hospital]);
    for (const spelling of ['https://m.vk.com/lukomor98_hospital?from=x', '@lukomor98_hospital', 't.me/s/lukomor98_hospital']) assert.ok((await find(spelling)).includes(id.hospital), spelling);
    assert.deepEqual(await find('нигде такого нет'), []);
});

test('a link that was shared, with marks of who shared it, leads where it led', async () => {
    const marks = 'utm_source=max&utm_campaign=%D1%88%D0%BA%D0%BE%D0%BB%D0%B0&yclid=7&from=';
    for (const path of ['/public', '/public.csv', '/public/tenants', '/public/tenants.json', '/public/tenants.csv', `/public/tenants/${id.school}`, `/public/tenants/${id.school}/badge.svg`]) {
        const [plain, marked] = [await nobody.get(path), await nobody.get(`${path}?${marks}`)];
        assert.deepEqual([marked.status, marked.text], [200, plain.text], path);
    }
    assert.equal((await nobody.get('/public/tenants?limit=many&utm_source=max')).status, 422, 'what it does read, it reads strictly');
    assertProblem(await admin.get('/tenants?utm_source=max'), 422, 'invalid_fields', ['utm_source']);
});

test('tables go on where Link says, and hold each account once', async () => {
    const lines = [];
    for (let path = '/public/tenants.csv?limit=9&search=%D0%BB%D1%83%D0%BA%D0%BE%D0%BC%D0%BE%D1%80'; path;) {
        const { text, headers } = await nobody.get(path);
        assert.equal(headers['content-type'], 'text/csv; charset=utf-8');
        lines.push(...text.trimEnd().split('\r\n').slice(1));
        path = /^<([^>]*)>; rel="next"$/.exec(headers.link ?? '')?.[1];
        if (path) assert.match(path, /limit=9.*search=/);
    }
    const { json } = await nobody.get('/public/tenants.json?limit=200&search=%D0%BB%D1%83%D0%BA%D0%BE%D0%BC%D0%BE%D1%80');
    assert.equal(lines.length, json.items.reduce((sum, { accounts }) => sum + Math.max(1, accounts.length), 0));
    assert.equal(new Set(lines).size, lines.length);
});

test('a badge is a picture that pages elsewhere may hang up', async () => {
    const { status, headers, text } = await nobody.get(`/public/tenants/${id.hospital}/badge.svg`, { headers: { accept: 'image/avif,image/webp,image/*,*/*;q=0.8' } });
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'image/svg+xml');
    assert.equal(headers['cross-origin-resource-policy'], 'cross-origin');
    assert.equal(headers['content-security-policy'], "default-src 'none'; sandbox");
    assert.match(text, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    assert.match(wordsOf(text), /Официальные страницы: видно 1 из 3/);
    assert.doesNotMatch(text, /<script|href|style=/);
    const english = await nobody.get(`/public/tenants/${id.hospital}/badge.svg`, { headers: { 'accept-language': 'en', accept: 'image/svg+xml' } });
    assert.equal(english.text, text, 'all who look at a page get the same');
});

test('a name that is markup stays a name', async () => {
    const name = 'Школа "><script>alert(1)</script>&';
    const made = (await admin.post('/tenants', { parent: id.education, kind: 'organisation', name })).json.id;
    const badge = (await nobody.get(`/public/tenants/${made}/badge.svg`)).text;
    assert.doesNotMatch(badge, /<script/);
    const page = (await nobody.page(`/public/tenants/${made}`)).text;
    assert.doesNotMatch(page, /<script>alert|&lt;img[^]*alert[^]*<\/textarea>/, 'nor does the code to paste hold it');
});

test('answers are kept for a minute, and asked for by their tag', async () => {
    for (const [path, html] of [['/public', false], ['/public', true], ['/public/tenants', false], ['/public/tenants', true], ['/public.csv', false], [`/public/tenants/${id.school}/badge.svg`, false]]) {
        const first = await nobody.request('GET', path, undefined, { html });
        assert.equal(first.headers['cache-control'], 'public, max-age=60', path);
        assert.equal(first.headers['set-cookie'], undefined, path);
        const again = await nobody.request('GET', path, undefined, { html, headers: { 'if-none-match': first.headers.etag } });
        assert.deepEqual([again.status, again.text], [304, ''], path);
    }
});

test('a region that keeps it to itself has none of these pages, and no page leads there', async () => {
    const closed = await startVeha({ config: { region: { public: 'no' } } });
    try {
        const client = closed.client();
        for (const path of ['/public', '/public.csv', '/public/tenants', '/public/tenants.json', '/public/tenants.csv', `/public/tenants/${id.hospital}`, `/public/tenants/${id.hospital}/badge.svg`])
            assertProblem(await client.get(path), 404, 'not_found');
        for (const path of ['/session', '/help', '/public']) assert.doesNotMatch((await client.page(path)).text, /href="\/public/, path);
    } finally {
        await closed.stop();
    }
});

test('the page for nobody has words for all of it', async () => {
    const { text } = await nobody.page('/public');
    assert.match(wordsOf(text), /Официальные страницы: Лукоморская область/);
    assert.match(wordsOf((await nobody.page('/public/tenants?search=zzzz')).text), /Ничего не нашлось/);
    assert.match((await nobody.page(`/public/tenants/${id.hospital}`)).text, new RegExp(`&lt;img src=&quot;${veha.url}/public/tenants/${id.hospital}/badge.svg|&lt;img src="${veha.url}`));
});

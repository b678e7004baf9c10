/* Lists as files for spreadsheets: the whole list as it is filtered, read back by programs that are not ours. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { assertProblem, openBrowser, wordsOf } from './ask.mjs';
import { people, startVeha, stopCluster } from './harness.mjs';

const sheetType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
let veha;
let folder;
const by = {};
const browser = {};

before(async () => {
    veha = await startVeha();
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'veha-table-'));
    for (const login of Object.keys(people)) by[login] = await veha.signIn(login);
    browser.curator = await openBrowser(veha, 'curator');
});

after(async () => {
    await veha?.stop();
    await stopCluster();
    if (folder) fs.rmSync(folder, { recursive: true });
});

/* The rows of an XLSX file, as another program reads them, and what its sheet is made of. */
function readSheet(bytes) {
    const file = path.join(folder, 'table.xlsx');
    fs.writeFileSync(file, bytes);
    const read = spawnSync('xlsx2csv', ['-d', 'tab', '-f', '%Y-%m-%d %H:%M', file], { encoding: 'utf8', maxBuffer: 1 << 28 });
    assert.equal(read.status, 0, read.stderr);
    const xml = spawnSync('python3', ['-c', 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read("xl/worksheets/sheet1.xml"))', file], { encoding: 'utf8', maxBuffer: 1 << 28 });
    assert.equal(xml.status, 0, xml.stderr);
    return { rows: read.stdout.trimEnd().split('\n').map((line) => line.split('\t').map((cell) => cell.replace(/^"(.*)"$/, '$1').replaceAll('""', '"'))), xml: xml.stdout };
}

const sheetOf = async (reader, target) => readSheet((await reader.get(target, { headers: { accept: sheetType } })).bytes);
const csvOf = async (reader, target) => (await reader.get(target, { headers: { accept: 'text/csv' } })).text.replace(/^\uFEFF/, '').trimEnd().split('\r\n');

async function everyItem(reader, target) {
    const items = [];
    for (let cursor = ''; cursor !== null;) {
        const { json } = await reader.get(`${target}${target.includes('?') ? '&' : '?'}limit=7${cursor}`);
        items.push(...json.items);
        cursor = json.next ? `&cursor=${json.next}` : null;
    }
    return items;
}

test('a file holds the whole list as it is filtered, not the page that is shown', async () => {
    veha.sql(`set search_path = veha, public; select tenant_add((select id from tenant where kind = 'region'), 'organisation', 'Кружок № ' || lpad(n::text, 4, '0'), null, null, null) from generate_series(1, 1203) n`);
    for (const target of ['/tenants', `/tenants?search=${encodeURIComponent('Кружок')}`, '/tenants?kind=agency']) {
        const items = await everyItem(by.curator, target);
        const csv = await csvOf(by.curator, target);
        const { rows } = await sheetOf(by.curator, target);
        assert.deepEqual(csv.slice(1).map((line) => Number(line.split(';')[Object.keys(items[0]).indexOf('id')])), items.map(({ id }) => id), target);
        assert.deepEqual(rows.slice(1).map((row) => [Number(row[0]), row[1]]), items.map(({ id, name }) => [id, name]), target);
    }
    assert.equal((await csvOf(by.curator, '/tenants?limit=7')).length, 8, 'whoever says how many gets no more');
});

test('XLSX is in the words of its reader: headings, codes, dates as dates, numbers as numbers, and numbers of the register as texts', async () => {
    const [item] = (await by.curator.get('/tenants?kind=organisation&branch=keep&limit=1')).json.items;
    await by.curator.post(`/tenants/${item.id}/close`, { reason: 'Проверка' });
    const { rows, xml } = await sheetOf(by.curator, '/tenants?closed=true');
    const row = Object.fromEntries(rows[0].map((heading, i) => [heading, rows[1][i]]));
    assert.equal(row['Название или имя'], item.name);
    assert.equal(row['Вид'], 'организация');
    assert.equal(row['ОГРН'], item.ogrn);
    assert.equal(Number(row['Шагов всего']), item.steps.total);
    assert.match(row['Закрыта'], /^2\d\d\d-\d\d-\d\d \d\d:\d\d$/);
    assert.match(xml, new RegExp(`t="inlineStr"><is><t>${item.ogrn}</t>`), 'as a number it would lose digits');
    const english = readSheet((await by.curator.get('/tenants?closed=true', { headers: { accept: sheetType, 'accept-language': 'en' } })).bytes).rows[0];
    assert.ok(english.length === rows[0].length);
});

test('what happened is told in words, as its page tells it, and by its code in CSV', async () => {
    const { id } = (await by.curator.get('/tenants?kind=organisation&branch=keep&limit=1')).json.items[0];
    assert.equal((await by.curator.post(`/tenants/${id}/accounts`, { address: 'https://t.me/told_in_words' })).status, 201);
    const said = 'Добавлена страница (Telegram): told_in_words';
    const { rows } = await sheetOf(by.curator, `/tenants/${id}/history`);
    const told = rows.slice(1).map((row) => row[rows[0].indexOf('Вид')]);
    assert.ok(told.includes(said), told.join('; '));
    assert.deepEqual(told.filter((words) => /^[a-z_]+$|\{/.test(words)), []);
    assert.ok(wordsOf(await browser.curator.open(`/tenants/${id}/history`)).includes(said));
    assert.ok((await csvOf(by.curator, `/tenants/${id}/history`)).some((line) => line.includes('"account_added"')));
    const { rows: audit } = await sheetOf(by.admin, `/tenants/${id}/audit`);
    assert.ok(audit.flat().includes(said));
});

test('nothing in XLSX is a formula, and nothing breaks its reader', async () => {
    const region = veha.sql("select id from veha.tenant where kind = 'region'");
    const names = ['=HYPERLINK("https://evil.example";"жми")', '+7 сентября', '@имя', '<b>&amp;"x"</b>', 'конец\uFFFF', '2026-01-01', 'я'.repeat(990)];
    for (const name of names) assert.equal((await by.admin.post('/tenants', { parent: Number(region), kind: 'organisation', name })).status, 201, name);
    const { rows, xml } = await sheetOf(by.admin, '/tenants');
    const told = rows.map((row) => row[1]);
    for (const name of names) assert.ok(told.includes(name.replace('\uFFFF', '\uFFFD')), name);
    assert.doesNotMatch(xml, /<f>/);
});

test('a link on the page leads to the file of the same filter, whatever a browser accepts', async () => {
    const page = await browser.curator.open(`/tenants?search=${encodeURIComponent('Кружок')}&limit=5`);
    const links = [...page.matchAll(/href="([^"]*format=(?:csv|xlsx))"/g)].map(([, href]) => href.replaceAll('&amp;', '&'));
    assert.deepEqual(links.map((link) => link.replace(/.*&/, '')), ['format=csv', 'format=xlsx']);
    for (const [i, type] of [/^text\/csv/, /spreadsheetml\.sheet$/].entries()) {
        const file = await browser.curator.get(links[i], { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } });
        assert.equal(file.status, 200);
        assert.match(file.headers['content-type'], type);
        assert.match(file.headers['content-disposition'], /^attachment; filename="tenant_list\.(csv|xlsx)"$/);
    }
    assert.equal((await csvOf(by.curator, links[0])).length, 1204);
    assertProblem(await by.curator.get('/tenants?format=pdf'), 422, 'invalid_fields');
    assertProblem(await by.curator.get('/networks?format=csv'), 422, 'invalid_fields');
});

test('nobody gets rows of others in a file, and a wrong role none', async () => {
    const own = await everyItem(by.specialist, '/tenants');
    const { rows } = await sheetOf(by.specialist, '/tenants');
    assert.deepEqual(rows.slice(1).map((row) => Number(row[0])), own.map(({ id }) => id));
    assert.ok(own.length < (await everyItem(by.curator, '/tenants')).length);
    for (const format of ['csv', 'xlsx']) assert.equal((await by.specialist.get(`/people?format=${format}`)).status, 403);
});

test("that people's data left as XLSX is told once, however many pages it has", async () => {
    const tenant = (await by.curator.get('/tenants?kind=agency&limit=1')).json.items[0].id;
    veha.sql(`insert into veha.event (tenant, place, kind, actor) select id, place, 'look_requested', 'verify' from veha.tenant, generate_series(1, 1100) where id = ${tenant}`);
    const count = () => Number(veha.sql(`select count(*) from veha.event where kind = 'list_exported' and tenant = ${tenant}`));
    const before = count();
    const { rows } = await sheetOf(by.admin, `/tenants/${tenant}/history`);
    assert.ok(rows.length > 1100);
    assert.equal(count(), before + 1);
});

test('a list that is too long for a file is refused, to a person by a page', async () => {
    const tenant = (await by.curator.get('/tenants?kind=agency&limit=1')).json.items[0].id;
    veha.sql(`insert into veha.event (tenant, place, kind, actor) select id, place, 'look_requested', 'verify' from veha.tenant, generate_series(1, 20000) where id = ${tenant}`);
    assertProblem(await by.curator.get(`/tenants/${tenant}/history?format=xlsx`), 422, 'table_too_long');
    const page = await browser.curator.get(`/tenants/${tenant}/history?format=csv`, { headers: { accept: 'text/html' } });
    assert.equal(page.status, 422);
    assert.match(page.text, /Сузьте отбор/);
});

/* The matrix: each of its figures counted a second time from the list of organisations and their own pages; its files, its filters, and whom it tells. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { assertProblem, openBrowser, wordsOf } from './ask.mjs';
import { people, startVeha, stopCluster } from './harness.mjs';

const sheetType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const agency = '1229800100375'; // education
let veha;
let browser;
let observer;
let folder;
const by = {};
const tenants = new Map(); // id → its document

before(async () => {
    veha = await startVeha();
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'veha-matrix-'));
    for (const login of Object.keys(people)) by[login] = await veha.signIn(login);
    browser = await openBrowser(veha, 'curator');
    const added = veha.command('user', 'add', '--login', 'onlooker', '--name', 'Наблюдатель', '--role', 'observer', '--tenant-ogrn', agency);
    observer = await veha.signIn('onlooker', /^Password: (.+)$/m.exec(added)[1]);
    await live();
    for (const { id } of await everyItem(by.admin, '/tenants')) tenants.set(id, (await by.admin.get(`/tenants/${id}`)).json);
});

after(async () => {
    await veha?.stop();
    await stopCluster();
    if (folder) fs.rmSync(folder, { recursive: true });
});

/* A little of everything: seen, ticked, confirmed, both, contradicted, returned. */
async function live() {
    veha.sql(`insert into veha.sighting (tenant, place, account, "check", look, result, reason, facts, at, run_result, run_since, run_last, run_count, run_sure_at)
              select tenant, place, id, 'EXIST', 0, r, 'as_required', '{}', now(), r, now() - interval '3 days', now(), 3, now() - interval '2 days'
                from (select *, case tenant % 3 when 0 then 'failed' else 'passed' end as r from veha.account where upper_inf(valid)) a`);
    const items = await everyItem(by.admin, '/tenants?kind=organisation');
    for (const [i, { id }] of items.entries()) {
        for (const key of ['appoint', 'create_vk', 'train'].slice(0, i % 4)) await by.admin.post(`/tenants/${id}/steps/${key}/claim`, {});
        if (i % 3 === 0) await by.admin.post(`/tenants/${id}/steps/appoint/decision`, { word: i % 2 ? 'confirmed' : 'returned', reason: 'Смотрели' });
        const seen = (await by.admin.get(`/tenants/${id}`)).json.steps.find(({ basis }) => basis === 'account');
        if (seen && i % 2) await by.admin.post(`/tenants/${id}/steps/${seen.key}/decision`, { word: 'confirmed', reason: 'Смотрели' });
    }
}

async function everyItem(reader, target) {
    const items = [];
    for (let cursor = ''; cursor !== null;) {
        const { json, status, text } = await reader.get(`${target}${target.includes('?') ? '&' : '?'}limit=9${cursor}`);
        assert.equal(status, 200, text);
        items.push(...json.items);
        cursor = json.next ? `&cursor=${json.next}` : null;
    }
    return items;
}

const matrix = async (reader, query = '') => (await reader.get(`/matrix?limit=200${query}`)).json;
const follows = (branch) => [...tenants.values()].filter((one) => one.branch === branch);
const below = (one, root) => one.id === root || one.path.some(({ id }) => id === root);

/* What a part's cell should tell, counted from the pages of its organisations. */
function countCells(steps, members) {
    return steps.map(({ key, number }) => {
        const told = members.map((one) => one.steps.find((step) => step.key === key)).filter(Boolean);
        const verified = told.filter(({ status }) => status === 'verified');
        const asked = told.filter(({ status }) => status !== 'not_applicable');
        return {
            key, number, total: asked.length, reported: asked.filter(({ claimed }) => claimed).length, verified: verified.length,
            seen: verified.filter(({ basis }) => basis !== 'person').length, confirmed: verified.filter(({ basis }) => basis !== 'account').length,
            contradicted: told.filter(({ status }) => status === 'contradicted').length, overdue: told.filter(({ overdue }) => overdue).length,
        };
    });
}

const counted = (cells) => cells.map(({ key, number, total, reported, verified, seen, confirmed, contradicted, overdue }) => ({ key, number, total, reported, verified, seen, confirmed, contradicted, overdue }));

test('every figure equals what the pages of the organisations tell, in each branch and at each depth', async () => {
    const kinds = new Set();
    for (const branch of ['open', 'keep', 'exempt']) {
        const whole = await matrix(by.curator, `&branch=${branch}`);
        assert.equal(whole.branch, branch);
        assert.deepEqual(whole.items.map(({ id }) => id).sort(), follows(branch).map(({ id }) => id).sort());
        for (const item of whole.items) {
            const { steps } = tenants.get(item.id);
            const told = item.cells.filter(({ status }) => status).map(({ key, number, status, basis, overdue, disputed, claimed }) => ({ key, number, status, basis, overdue, disputed, claimed }));
            assert.deepEqual(told, steps.map(({ key, number, status, basis, overdue, disputed, claimed }) => ({ key, number, status, basis, overdue, disputed, claimed })));
            assert.equal(item.overdue, steps.filter(({ overdue }) => overdue).length);
            for (const { word } of item.cells) kinds.add(word);
        }
        if (!whole.items.length) continue;
        assert.deepEqual(counted(whole.total.cells), countCells(whole.steps, follows(branch)));
        for (const part of whole.parts) {
            const members = follows(branch).filter((one) => below(one, part.id));
            assert.deepEqual(counted(part.cells), countCells(whole.steps, members), part.name);
            const inner = await matrix(by.curator, `&branch=${branch}&within=${part.id}`);
            assert.deepEqual(inner.items.map(({ id }) => id).sort(), members.map(({ id }) => id).sort());
            assert.deepEqual(counted(inner.total.cells), counted(part.cells));
            for (const deeper of inner.parts ?? []) assert.deepEqual(counted(deeper.cells), countCells(inner.steps, follows(branch).filter((one) => below(one, deeper.id))));
        }
        for (const [i, { key }] of whole.steps.entries()) {
            const shares = whole.parts.map(({ cells }) => cells[i].verified_share).filter((share) => share !== null);
            for (const { cells } of whole.parts)
                assert.equal(cells[i].worst, cells[i].verified_share !== null && cells[i].verified_share === Math.min(...shares) && Math.min(...shares) < Math.max(...shares), key);
        }
    }
    for (const word of ['verified_account', 'verified_person', 'verified_both', 'returned', 'claimed', 'not_started']) assert.ok(kinds.has(word), `the test has no step that is ${word}`);
});

test('without a branch it is the one that most follow', async () => {
    const told = await matrix(by.curator);
    const most = ['open', 'keep', 'exempt'].map((branch) => [follows(branch).length, branch]).sort((a, b) => b[0] - a[0])[0];
    assert.equal(told.branch, most[1]);
    assert.equal(told.branches[0].tenants, most[0]);
});

test('pages follow each other by name, and every filter leaves what its words say', async () => {
    const all = await matrix(by.curator, '&branch=keep');
    assert.deepEqual(await everyItem(by.curator, '/matrix?branch=keep'), all.items);
    const has = (item, key, test) => item.cells.some((cell) => (!key || cell.key === key) && cell.status && test(cell));
    for (const [query, test] of [
        ['&status=verified', (item) => has(item, null, ({ status }) => status === 'verified')],
        ['&step=appoint&status=returned', (item) => has(item, 'appoint', ({ status }) => status === 'returned')],
        ['&overdue=true', (item) => has(item, null, ({ overdue }) => overdue)],
        ['&step=appoint&status=not_started&overdue=true', (item) => has(item, 'appoint', ({ status, overdue }) => status === 'not_started' && overdue)],
        [`&search=${encodeURIComponent('школа')}`, ({ name }) => /школа/i.test(name)],
    ]) {
        const expected = all.items.filter(test).map(({ id }) => id);
        assert.deepEqual((await everyItem(by.curator, `/matrix?branch=keep${query}`)).map(({ id }) => id), expected, query);
    }
});

function readSheet(bytes) {
    const file = path.join(folder, 'matrix.xlsx');
    fs.writeFileSync(file, bytes);
    const read = spawnSync('xlsx2csv', ['-d', 'tab', file], { encoding: 'utf8' });
    assert.equal(read.status, 0, read.stderr);
    return read.stdout.trimEnd().split('\n').map((line) => line.split('\t').map((cell) => cell.replace(/^"(.*)"$/, '$1').replaceAll('""', '"')));
}

test('CSV and XLSX hold what is filtered: the same organisations, the same steps, a word a cell', async () => {
    const words = { verified_account: 'Подтверждено: видно на странице', verified_person: 'Подтверждено решением куратора', verified_both: 'Подтверждено: видно на странице и решением куратора', not_started: 'Не начато', claimed: 'Отмечено, проверяется', contradicted: 'Не подтверждается', returned: 'Возвращено куратором', in_progress: 'В работе', not_applicable: 'Не применимо' };
    for (const query of ['branch=keep', 'branch=keep&step=appoint&status=returned', 'branch=open']) {
        const { steps } = await matrix(by.curator, `&${query}`);
        const items = await everyItem(by.curator, `/matrix?${query}`);
        const rows = readSheet((await by.curator.get(`/matrix?${query}&format=xlsx`, { headers: { accept: sheetType } })).bytes);
        const fixed = rows[0].length - steps.length;
        assert.deepEqual(rows[0].slice(fixed), steps.map(({ number, title }) => `${number}. ${title}`));
        assert.deepEqual(rows.slice(1).map((row) => [Number(row[0]), ...row.slice(fixed)]), items.map(({ id, cells }) => [id, ...cells.map(({ word }) => words[word] ?? '')]));
        const csv = (await by.curator.get(`/matrix?${query}`, { headers: { accept: 'text/csv' } })).text.replace(/^\uFEFF/, '').trimEnd().split('\r\n');
        assert.deepEqual(csv[0].split(';').slice(-steps.length), steps.map(({ key }) => `"${key}"`));
        assert.deepEqual(csv.slice(1).map((line) => line.split(';').slice(-steps.length)), items.map(({ cells }) => cells.map(({ word }) => (word ? `"${word}"` : ''))));
    }
});

test('whoever works at one agency sees nothing of others, in no form, and a specialist none of it', async () => {
    const own = (await observer.get('/tenants?limit=200')).json.items.map(({ id }) => id);
    const foreign = [...tenants.values()].find(({ id, kind }) => kind === 'agency' && !own.includes(id));
    for (const branch of ['open', 'keep', 'exempt']) {
        const told = await matrix(observer, `&branch=${branch}`);
        for (const { id } of [...told.items, ...(told.parts ?? [])]) assert.ok(own.includes(id), String(id));
        if (told.items.length) assert.deepEqual(counted(told.total.cells), countCells(told.steps, follows(branch).filter(({ id }) => own.includes(id))), 'nor is any of them counted');
        const csv = (await observer.get(`/matrix?branch=${branch}&format=csv`)).text.trimEnd().split('\r\n');
        assert.equal(csv.length, told.items.length + 1);
    }
    assertProblem(await observer.get(`/matrix?within=${foreign.id}`), 404, 'not_found');
    assertProblem(await observer.get(`/matrix?within=${foreign.id}&format=xlsx`), 404, 'not_found');
    assertProblem(await by.specialist.get('/matrix'), 403, 'forbidden');
    assertProblem(await by.specialist.get('/matrix?format=xlsx'), 403, 'forbidden');
    assertProblem(await by.curator.get('/matrix?branch=no&status=done&step=1'), 422, 'invalid_fields', ['branch', 'step', 'status']);
});

test('a page tells each status in words as well, and leads inward', async () => {
    const whole = await matrix(by.curator, '&branch=keep');
    const page = await browser.open('/matrix?branch=keep');
    assert.match(page, new RegExp(`href="/matrix\\?branch=keep&amp;within=${whole.parts[0].id}"`));
    const words = wordsOf(page);
    for (const text of ['Подтверждено: видно на странице', 'Подтверждено решением куратора', 'Возвращено куратором', 'Все вместе']) assert.ok(words.includes(text), text);
    const [item] = whole.items;
    assert.match(page, new RegExp(`<a href="/tenants/${item.id}/steps/${item.cells[0].key}">`));
    const second = await browser.open(`/matrix?branch=keep&limit=5&cursor=${(await by.curator.get('/matrix?branch=keep&limit=5')).json.next}`);
    assert.match(wordsOf(second), /К началу списка/);
    assert.doesNotMatch(wordsOf(second), /Все вместе/);
});

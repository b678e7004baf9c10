/* What registers of the real world do to `veha import`: wrong columns, half a file, loops, repeated numbers, strangers' addresses, great size. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { openImport, saveCsv } from '../support/register.mjs';

let imports;
let region;
before(async () => {
    imports = await openImport('import');
    region = await imports.region();
});
after(() => imports?.close());

const titles = ['Полное наименование объекта', 'ОГРН', 'ИНН', 'Учредитель', 'ОГРН учредителя', 'ВКонтакте', 'Официальный сайт', 'Официальная страница не ведется на основании', 'Сфера 1'];
let counter = 0;
/* A fresh ОГРН with its check digit. */
function ogrn() {
    const body = String(102690000000 + ++counter);
    return body + String(Number(BigInt(body) % 11n) % 10);
}
const row = (values) => titles.map((title) => values[title] ?? '');
const file = (...rows) => saveCsv([titles, ...rows.map(row)]);
const told = (notes) => notes.map((one) => [one.line, one.column, one.code]);
const tenant = (number) => region.rows(`select t.*, p.name as parent_name, p.kind as parent_kind from tenant t join tenant p on p.id = t.parent where t.ogrn = '${number}'`)[0];
const school = (number, more = {}) => ({ 'Полное наименование объекта': `Школа ${number}`, ОГРН: number, Учредитель: 'Управление образования', ...more });

test('a bad row is told with line, column and reason, and the good ones go in', () => {
    const [good, other] = [ogrn(), ogrn()];
    const answer = region.run(file(school(good), school('1026901606611'), school('1,0269E+12'), school(other, { ИНН: '12' })));
    assert.equal(answer.status, 0);
    assert.deepEqual({ rows: answer.rows, added: answer.added, refused: answer.refused }, { rows: 4, added: 1, refused: 3 });
    assert.deepEqual(told(answer.errors), [[3, 'ОГРН', 'ogrn_check_digit'], [4, 'ОГРН', 'ogrn_rounded'], [5, 'ИНН', 'inn_length']]);
    assert.equal(answer.errors[0].value, '1026901606611');
    assert.equal(tenant(good).parent_name, 'Управление образования');
    assert.equal(tenant(other), undefined);
});

test('the report for people names the line, the column and the reason in Russian', () => {
    const ended = region.print(file(school('1026901606611')));
    assert.equal(ended.status, 0);
    assert.match(ended.out, /2, «ОГРН», «1026901606611»: .*[а-я]/);
    assert.doesNotMatch(ended.out, /ogrn_check_digit/);
});

test('wrong columns, foreign files and no file are one clear sentence', () => {
    const cases = [
        [Buffer.from('имя,телефон\nа,б\n'), 'columns_missing'],
        [Buffer.from('PK\x03\x04 no table'), 'file_spreadsheet'],
        [Buffer.from('\ufeffя', 'utf16le'), 'file_utf16'],
        [Buffer.alloc(0), 'file_empty'],
        [Buffer.from([1, 2, 0, 4, 5]), 'file_not_text'],
    ];
    for (const [bytes, code] of cases) {
        const answer = region.run(bytes);
        assert.equal(answer.status, 1);
        assert.equal(answer.fault.code, code);
        assert.match(answer.error, /^veha import: -: .*[а-я]/m, code);
    }
    assert.deepEqual(region.run(Buffer.from('Наименование;Учредитель\nШкола;Округ\n')).fault.fields, [{ column: 'ОГРН', code: 'required' }]);
    const missing = region.veha(['/nowhere/register.csv']);
    assert.equal(missing.status, 1);
    assert.match(missing.error, /register\.csv/);
});

test('of half a file the whole rows go in, and where it was cut is told', () => {
    const numbers = [ogrn(), ogrn()];
    const whole = file(school(numbers[0]), school(numbers[1], { 'Полное наименование объекта': 'Школа "Половина"' }));
    for (const [cut, code] of [['Половина', 'quote_open'], ['образования', 'row_cut']]) {
        const answer = region.run(whole.subarray(0, whole.lastIndexOf(cut) + 7)); // in the middle of a character
        assert.deepEqual(told(answer.errors), [[3, '', code]]);
        assert.deepEqual({ rows: answer.rows, in: answer.added + answer.unchanged, refused: answer.refused }, { rows: 2, in: 1, refused: 1 });
    }
    assert.ok(tenant(numbers[0]));
});

test('a file of 64 MB and more is refused, one of 50 MB is read in bounded memory', { timeout: 120000 }, () => {
    assert.equal(region.run(Buffer.alloc(65 * 1024 * 1024, 'a')).fault.code, 'too_large');
    const number = ogrn();
    const line = Buffer.from(`Школа;${'1'.repeat(13)};;Управление;;;;${'длинное основание '.repeat(100)};Школы\r\n`);
    const head = file(school(number));
    const bytes = Buffer.concat([head, ...Array(Math.floor((50 * 1024 * 1024) / line.length)).fill(line)]);
    const answer = region.run(bytes);
    assert.equal(answer.added, 1);
    assert.equal(answer.refused, answer.rows - 1);
    assert.equal(answer.errors.length, 10000);
    assert.equal(answer.untold, answer.refused - 10000);
});

test('the same ОГРН twice: saying the same is noticed, saying another thing is an error of the later line', () => {
    const [one, two] = [ogrn(), ogrn()];
    const answer = region.run(file(school(one), school(one), school(two), school(two, { 'Сфера 1': 'Спорт' })));
    assert.deepEqual({ added: answer.added, repeated: answer.repeated, refused: answer.refused }, { added: 2, repeated: 1, refused: 1 });
    assert.deepEqual(told(answer.notices), [[3, 'ОГРН', 'row_repeated']]);
    assert.deepEqual(told(answer.errors), [[5, 'ОГРН', 'ogrn_repeated']]);
});

test('loops, own parents and unknown parents are told; what hangs on nothing bad goes in', () => {
    const [a, b, self, orphan, child] = [ogrn(), ogrn(), ogrn(), ogrn(), ogrn()];
    const answer = region.run(file(
        school(a, { Учредитель: '', 'ОГРН учредителя': b }), school(b, { Учредитель: '', 'ОГРН учредителя': a }),
        school(self, { Учредитель: `Школа ${self}` }), school(orphan, { Учредитель: '', 'ОГРН учредителя': ogrn() }), school(child, { Учредитель: 'Новый округ' })));
    assert.deepEqual(told(answer.errors), [[2, 'Учредитель', 'parent_loop'], [3, 'Учредитель', 'parent_loop'], [4, 'Учредитель', 'parent_self'], [5, 'Учредитель', 'parent_unknown']]);
    assert.equal(answer.added, 1);
    assert.equal(tenant(child).parent_kind, 'municipality');
});

test('a loop with what is in the database already is told, too', () => {
    const [above, below] = [ogrn(), ogrn()];
    region.run(file(school(above), school(below, { Учредитель: '', 'ОГРН учредителя': above })));
    const before = tenant(above);
    const answer = region.run(file(school(above, { Учредитель: '', 'ОГРН учредителя': below })));
    assert.deepEqual(told(answer.errors), [[2, 'Учредитель', 'parent_loop']]);
    assert.deepEqual(tenant(above), before);
});

test('a founder that has a row stands above the others whatever the order, and keeps its numbers', () => {
    const [founder, child, branch] = [ogrn(), ogrn(), ogrn()];
    const answer = region.run(file(school(branch, { Учредитель: '', 'ОГРН учредителя': child }), school(child, { Учредитель: 'АДМИНИСТРАЦИЯ «ЗАРЕЧЬЯ»' }),
        school(founder, { 'Полное наименование объекта': 'Администрация "Заречья"', Учредитель: '' })));
    assert.deepEqual({ added: answer.added, founders: answer.founders, errors: answer.errors }, { added: 3, founders: 0, errors: [] });
    assert.equal(tenant(child).parent_name, 'Администрация "Заречья"');
    assert.equal(tenant(child).parent_kind, 'municipality');
    assert.equal(tenant(branch).parent_name, `Школа ${child}`);
});

test('one known only as a founder becomes itself when its own row comes', () => {
    const [child, founder] = [ogrn(), ogrn()];
    region.run(file(school(child, { Учредитель: 'Департамент связи' })));
    const [before] = region.rows("select id, participates from tenant where name = 'Департамент связи'");
    assert.equal(before.participates, false);
    const answer = region.run(file(school(founder, { 'Полное наименование объекта': 'Департамент связи', Учредитель: '' })));
    assert.deepEqual({ added: answer.added, changed: answer.changed }, { added: 0, changed: 1 });
    const after = tenant(founder);
    assert.deepEqual({ id: after.id, participates: after.participates, kind: after.kind }, { id: before.id, participates: true, kind: 'agency' });
});

test('a branch without numbers is known by its founder and name', () => {
    const head = ogrn();
    const rows = [school(head), { 'Полное наименование объекта': 'Филиал в селе', 'ОГРН учредителя': head }];
    assert.equal(region.run(file(...rows)).added, 2);
    assert.equal(region.run(file(...rows)).unchanged, 2);
    assert.equal(region.sql("select count(*) from tenant where name = 'Филиал в селе'"), '1');
});

test('addresses are canonicalised; those of people, posts and mail are told, and their rows go in', () => {
    const [one, two] = [ogrn(), ogrn()];
    const answer = region.run(file(
        school(one, { ВКонтакте: `https://m.vk.com/public${counter}77?from=x\nhttps://ok.ru/group/5400000000${counter}`, 'Официальный сайт': 'WWW Школа.Рф/' }),
        school(two, { ВКонтакте: 'vk.com/id1, https://vk.com/share.php?url=x', 'Официальный сайт': 'info@school.example' })));
    assert.deepEqual({ added: answer.added, refused: answer.refused }, { added: 2, refused: 0 });
    assert.deepEqual(told(answer.errors), [[4, 'ВКонтакте', 'address_person'], [4, 'ВКонтакте', 'address_share_link'], [4, 'Официальный сайт', 'address_email']]);
    assert.ok(answer.errors.every((error) => error.refused === false));
    assert.deepEqual(told(answer.notices), [[2, 'ВКонтакте', 'address_of_other_column']]);
    const accounts = region.rows(`select a.network, a.address from account a join tenant t on t.id = a.tenant where t.ogrn = '${one}' order by a.id`);
    assert.deepEqual(accounts.map(({ network }) => network), ['vk', 'ok', 'site']);
    assert.match(accounts[0].address, /^club\d+77$/);
    assert.match(tenant(one).site_host, /^xn--/);
});

test('an account that two rows name is told for both, and so is one that the region knows already', () => {
    const [one, two, three] = [ogrn(), ogrn(), ogrn()];
    const shared = `vk.com/club7${counter}`;
    const answer = region.run(file(school(one, { ВКонтакте: shared }), school(two, { ВКонтакте: `https://m.${shared}?from=x` })));
    assert.deepEqual(told(answer.notices), [[2, 'ВКонтакте', 'account_contested'], [3, 'ВКонтакте', 'account_contested']]);
    assert.deepEqual(told(region.run(file(school(three, { ВКонтакте: shared }))).notices), [[2, 'ВКонтакте', 'account_contested']]);
    for (const number of [one, two, three]) {
        const id = tenant(number).id;
        assert.equal(region.sql(`select contested from account where tenant = ${id}`), 't');
        assert.equal(region.sql(`select count(*) from event where tenant = ${id} and kind = 'account_contested'`), '1');
    }
});

test('quotes that are not closed cost their own lines, in the middle of a file too', () => {
    const [before, stray, between, other, after] = [ogrn(), ogrn(), ogrn(), ogrn(), ogrn()];
    const text = String(file(school(before), school(stray), school(between), school(other), school(after)));
    const answer = region.run(Buffer.from(text.replace(`Школа ${stray}`, `"Школа "${stray}""`).replace(`Школа ${other}`, `"Школа "${other}""`)));
    assert.deepEqual(told(answer.errors), [[3, '', 'quote_open'], [5, '', 'quote_open']]);
    assert.deepEqual({ rows: answer.rows, added: answer.added, refused: answer.refused }, { rows: 5, added: 3, refused: 2 });
    for (const number of [before, between, after]) assert.equal(tenant(number).name, `Школа ${number}`);
});

test('a second file changes what it says and nothing else, each change an event', () => {
    const number = ogrn();
    region.run(file(school(number, { 'Сфера 1': 'Школы', ВКонтакте: `vk.com/club9${counter}` })));
    const id = tenant(number).id;
    const events = () => region.rows(`select kind, actor, reason, detail from event where tenant = ${id} order by id`);
    const before = events().length;
    const answer = region.run(file(school(number, { 'Полное наименование объекта': 'Гимназия', Учредитель: 'Другой округ', 'Официальная страница не ведется на основании': 'Ликвидация' })));
    assert.deepEqual({ added: answer.added, changed: answer.changed }, { added: 0, changed: 1 });
    const after = tenant(number);
    assert.deepEqual({ name: after.name, parent: after.parent_name, spheres: after.spheres }, { name: 'Гимназия', parent: 'Другой округ', spheres: ['Школы'] });
    assert.equal(region.sql(`select count(*) from account where tenant = ${id} and upper_inf(valid)`), '1');
    const fresh = events().slice(before);
    for (const kind of ['tenant_moved', 'tenant_updated', 'exemption_granted', 'roadmap_assigned']) assert.ok(fresh.some((event) => event.kind === kind), kind);
    assert.ok(fresh.every((event) => event.actor === 'operator'));
    assert.deepEqual(fresh.find((event) => event.kind === 'tenant_updated').detail, { name: { from: `Школа ${number}`, to: 'Гимназия' } });
    assert.equal(fresh.find((event) => event.kind === 'exemption_granted').reason, 'Ликвидация');
    assert.equal(region.sql(`select branch from tenant_roadmap where tenant = ${id} and upper_inf(valid)`), 'exempt');
});

test('what a person closed or removed is told, and stays so', () => {
    const [closed, removed] = [ogrn(), ogrn()];
    const rows = [school(closed), school(removed, { ВКонтакте: `vk.com/club8${counter}` })];
    region.run(file(...rows));
    region.sql(`select tenant_close(${tenant(closed).id}, 'ликвидирована', null)`);
    region.sql(`update account set valid = tstzrange(lower(valid), lower(valid) + interval '1 s') where tenant = ${tenant(removed).id}`);
    const answer = region.run(file(...rows));
    assert.deepEqual(told(answer.errors), [[2, 'ОГРН', 'tenant_closed']]);
    assert.deepEqual(told(answer.notices), [[3, 'ВКонтакте', 'account_removed']]);
    assert.equal(answer.unchanged, 1);
    assert.notEqual(tenant(closed).closed_at, null);
});

test('a wrong wish on the command line says how it is used', () => {
    const ended = region.veha(['--everything']);
    assert.equal(ended.status, 64);
    assert.match(ended.error, /FILE\.csv/);
});

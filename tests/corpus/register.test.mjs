/* Real registers go in with nothing lost: founders become the tree, grounds the third branch, and a second run changes nothing. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { corpus } from '../support/build.mjs';
import { openImport, saveCsv } from '../support/register.mjs';

const folder = path.join(corpus, 'register');
const skip = fs.existsSync(folder) ? false : 'there is no corpus here';
const tidy = (text) => text?.replace(/\s+/g, ' ').trim();

let imports;
before(async () => { if (!skip) imports = await openImport('register'); });
after(() => imports?.close());

/* ---- 442 organisations of one region ---- */

const amur = skip ? [] : JSON.parse(fs.readFileSync(path.join(folder, 'amur_part.json'), 'utf8'));
const amurTitles = ['Уровень', 'Учредитель', 'Полное наименование объекта', 'Официальная страница не ведется на основании', 'ОГРН', 'Сфера 1', 'Сфера 2', 'Сфера 3',
    'Статус', 'ID госпаблика', 'Ссылка на официальную страницу Вконтакте'];
const amurRows = amur.map((one) => [one.level, one.founder, one.name, one.reason, one.the_main_state_registration_number, one.sphere_1, one.sphere_2, one.sphere_3,
    one.status, one.channel_id, one.url]);

const ways = [
    { delimiter: ';', encoding: 'utf-8 with mark', end: '\r\n' },
    { delimiter: ',', encoding: 'utf-8', end: '\n' },
    { delimiter: ';', encoding: 'windows-1251', end: '\r\n' },
    { delimiter: '\t', encoding: 'utf-8', end: '\n' },
];

const tenants = `select t.ogrn, t.inn, t.name, t.short_name, t.category, t.spheres, p.name as founder, p.kind as founder_kind, t.site_host, e.ground, r.branch, r.version, d.detail,
        (select jsonb_agg(jsonb_build_array(a.network, a.address, a.spelling) order by a.id) from account a where a.tenant = t.id) as accounts
   from tenant t join tenant p on p.id = t.parent
   left join exemption e on e.tenant = t.id and upper_inf(e.valid)
   left join tenant_roadmap r on r.tenant = t.id and upper_inf(r.valid)
   left join register_entry d on d.tenant = t.id
  where t.participates and t.kind <> 'region'`;

const levelKinds = { МО: 'municipality', Министерство: 'agency', Ведомство: 'agency', Регион: 'agency' };

function checkAmur(region, answer) {
    assert.deepEqual(answer.errors, []);
    assert.deepEqual({ rows: answer.rows, added: answer.added, refused: answer.refused, founders: answer.founders }, { rows: 442, added: 442, refused: 0, founders: 15 });
    const found = new Map(region.rows(tenants).map((one) => [one.ogrn, one]));
    assert.equal(found.size, 442);
    for (const one of amur) {
        const tenant = found.get(String(one.the_main_state_registration_number));
        const spheres = [...new Set([one.sphere_1, one.sphere_2, one.sphere_3].filter(Boolean))];
        const url = one.url && one.url !== '0' ? one.url : null;
        assert.equal(tenant.name, tidy(one.name));
        assert.equal(tenant.founder, tidy(one.founder));
        assert.equal(tenant.founder_kind, levelKinds[one.level]);
        assert.deepEqual(tenant.spheres, spheres);
        assert.equal(tenant.category, one.status);
        assert.equal(tenant.ground, one.reason ? tidy(one.reason) : null);
        assert.equal(tenant.branch, one.reason ? 'exempt' : url ? 'keep' : 'open');
        assert.deepEqual(tenant.accounts?.map(([network, , spelling]) => [network, spelling]) ?? null, url ? [['vk', url]] : null);
        assert.equal(tenant.detail.level, one.level);
        if (one.channel_id) assert.equal(tenant.detail.vk_id, String(one.channel_id));
    }
}

/* The address of a numeric community is its number however it is spelt. */
test('every organisation of a real region is found again', { skip }, async () => {
    const region = await imports.region();
    checkAmur(region, region.run(saveCsv([amurTitles, ...amurRows], ways[0])));
    const numeric = region.rows("select address, spelling from account where spelling ~ '(club|public)[0-9]+$'");
    assert.ok(numeric.length > 200);
    for (const { address, spelling } of numeric) assert.equal(address, `club${spelling.match(/\d+$/)[0]}`);
    assert.equal(region.sql("select count(*) from tenant where kind = 'region'"), '1');
    assert.equal(region.sql("select count(distinct p.id) from tenant t join tenant p on p.id = t.parent where t.participates and p.kind in ('agency', 'municipality')"), '15');
});

test('however it was saved, it says the same, and a second time nothing', { skip }, async () => {
    const region = await imports.region();
    checkAmur(region, region.run(saveCsv([amurTitles, ...amurRows], ways[2])));
    const state = () => region.sql(`select (select count(*) from event), (select sum(version) from tenant), (select sum(version) from account), (select count(*) from tenant_history),
                                           (select sum(revision) from step_state), (select max(at) from register_entry), (select count(*) from exemption)`);
    const settled = state();
    for (const way of ways) {
        const again = region.run(saveCsv([amurTitles, ...amurRows], way));
        assert.deepEqual({ rows: again.rows, added: again.added, changed: again.changed, unchanged: again.unchanged, refused: again.refused, founders: again.founders },
            { rows: 442, added: 0, changed: 0, unchanged: 442, refused: 0, founders: 0 });
        assert.equal(state(), settled);
    }
});

test('columns in another order and rows from the end say the same', { skip }, async () => {
    const region = await imports.region();
    const turned = [amurTitles, ...amurRows.toReversed()].map((row) => row.toReversed());
    checkAmur(region, region.run(saveCsv(turned, ways[1])));
});

test('a trial says what would happen and keeps nothing', { skip }, async () => {
    const region = await imports.region();
    const before = region.sql('select count(*) from event');
    const answer = region.run(saveCsv([amurTitles, ...amurRows], ways[0]), '--dry-run');
    assert.deepEqual({ added: answer.added, founders: answer.founders, dry_run: answer.dry_run }, { added: 442, founders: 15, dry_run: true });
    assert.equal(region.sql('select count(*) from tenant'), '1');
    assert.equal(region.sql('select count(*) from event'), before);
});

/* ---- five with ИНН, ОГРН and sites ---- */

test('five schools come with their numbers, short names, sites and contacts', { skip }, async () => {
    const schools = JSON.parse(fs.readFileSync(path.join(folder, 'edu_orgs_5.json'), 'utf8'));
    const titles = ['Регион', 'Полное наименование', 'Сокращённое наименование', 'ИНН', 'КПП', 'ОГРН', 'Почтовый адрес', 'Телефон', 'Электронная почта', 'Официальный сайт'];
    const rows = schools.map((one) => [one.region.name, one.full_name, one.short_name, one.legal_info.inn, one.legal_info.kpp, one.legal_info.ogrn, one.contact_info.post_address,
        one.contact_info.phone, one.contact_info.email, one.contact_info.website]);
    const region = await imports.region();
    const answer = region.run(saveCsv([titles, ...rows], ways[0]));
    assert.deepEqual({ added: answer.added, refused: answer.refused, errors: answer.errors }, { added: 5, refused: 0, errors: [] });
    assert.deepEqual(answer.notices.map((one) => one.code), Array(5).fill('other_region'));
    const found = new Map(region.rows(tenants).map((one) => [one.ogrn, one]));
    for (const one of schools) {
        const tenant = found.get(one.legal_info.ogrn);
        assert.equal(tenant.name, tidy(one.full_name));
        assert.equal(tenant.short_name, tidy(one.short_name));
        assert.equal(tenant.inn, one.legal_info.inn);
        assert.equal(tenant.site_host, new URL(one.contact_info.website).host);
        assert.equal(tenant.branch, 'open');
        assert.deepEqual(tenant.detail, { kpp: one.legal_info.kpp, post_address: tidy(one.contact_info.post_address), phone: one.contact_info.phone, email: one.contact_info.email });
    }
});

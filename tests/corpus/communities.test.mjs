/* Sixty real communities, from their register through the import, the queue and the stand-in of ВКонтакте into the database: each verdict as it was read by eye. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { eventually, startVeha, stopCluster } from '../http/harness.mjs';
import { corpus, root } from '../support/build.mjs';
import { templatesWithoutLimits } from '../support/networks.mjs';
import { saveCsv } from '../support/register.mjs';

const answers = path.join(corpus, 'vk_api/groups.getById_amur_part.json');
const register = path.join(corpus, 'register/amur_part.json');
const skip = fs.existsSync(answers) && fs.existsSync(register) ? false : 'there is no corpus here';
const expected = JSON.parse(fs.readFileSync(path.join(root, 'tests/corpus/vk_real_communities.json'), 'utf8')).expect;

function saveRegister(file) {
    const rows = JSON.parse(fs.readFileSync(register, 'utf8')).filter((one) => expected[one.channel_id]);
    const titles = ['Уровень', 'Учредитель', 'Полное наименование объекта', 'ОГРН', 'Ссылка на официальную страницу Вконтакте'];
    fs.writeFileSync(file, saveCsv([titles, ...rows.map((one) => [one.level, one.founder, one.name, one.the_main_state_registration_number, `https://vk.com/public${one.channel_id}`])]));
    return rows.length;
}

const folder = path.join(root, 'var', `test-communities-${process.pid}`);
let veha;

before(async () => {
    if (skip) return;
    fs.mkdirSync(folder, { recursive: true });
    veha = await startVeha({ template: 'migrated', verify: true, scenario: { vk: { files: [answers] } }, config: { templates: { directory: templatesWithoutLimits(path.join(folder, 'templates')) } } });
});
after(async () => {
    await veha?.stop();
    await stopCluster();
    fs.rmSync(folder, { recursive: true, force: true });
});

const verdicts = `select json_object_agg(address, seen) from (
    select replace(a.address, 'club', '') as address, json_object_agg(v."check", v.result || ' ' || v.reason) as seen
      from veha.verdict v join veha.account a on a.tenant = v.tenant and a.id = v.account group by a.address) q`;

test('every verdict on sixty real communities is the one read by eye', { skip }, async () => {
    const file = path.join(folder, 'register.csv');
    assert.equal(saveRegister(file), 60);
    veha.command('import', file);
    await eventually(() => veha.sql('select count(*) from veha.look') === '60', 'sixty looks', 60);
    const seen = JSON.parse(veha.sql(verdicts));
    for (const [id, checks] of Object.entries(expected)) {
        const wanted = Object.fromEntries(Object.entries(checks).filter(([check]) => check !== 'CONT'));
        const got = Object.fromEntries(Object.keys(wanted).map((check) => [check, seen[id][check]]));
        assert.deepEqual(got, wanted, id);
        assert.equal(seen[id].EXIST, 'passed as_required', id);
        assert.equal(seen[id].GOS, 'unknown not_told', id);
    }
});

/* A day of the past and the overview, walked through with script and without, and looked at in every size and colour. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startVeha, stopCluster } from '../http/harness.mjs';
import { faultsOfPages, openBrowser } from './browser.mjs';

const day = (ago) => new Date(Date.now() - 86400000 * ago).toISOString().slice(0, 10);
let veha;
let browser;
let curator;
let school;
let agency;
let specialist;

before(async () => {
    veha = await startVeha();
    browser = await openBrowser();
    curator = await veha.signIn('curator');
    school = (await curator.get(`/tenants?search=${encodeURIComponent('Учёного Кота')}`)).json.items[0].id;
    agency = (await curator.get(`/tenants?search=${encodeURIComponent('Министерство просвещения')}`)).json.items[0].id;
    specialist = (await curator.get('/people?role=specialist')).json.items[0].id;
    live();
});

after(async () => {
    await browser?.close();
    await veha?.stop();
    await stopCluster();
});

/* Nine weeks in which more and more is ticked and confirmed, the last of it this week, and something falls. */
function live() {
    veha.sql(`set search_path = veha, public;
        update tenant set created_at = created_at - interval '70 days';
        update tenant_history set valid = tstzrange(lower(valid) - interval '70 days', upper(valid));
        update tenant_roadmap set valid = tstzrange(lower(valid) - interval '70 days', upper(valid));
        update account set valid = tstzrange(lower(valid) - interval '70 days', upper(valid));
        update account_history set valid = tstzrange(lower(valid) - interval '70 days', upper(valid));
        update step_history set valid = tstzrange(lower(valid) - interval '70 days', upper(valid)), changed_at = changed_at - interval '70 days';
        update region set deadline = today() + 30;`);
    for (let ago = 63, number = 0; ago >= 1; ago -= 3, number++)
        veha.sql(`set search_path = veha, public; begin; select enter(null, null, null, null, now() - interval '${ago} days');
            insert into claim (tenant, place, step, person, on_behalf) select s.tenant, s.place, s.step, p.id, false from (select * from step_state where not claimed and status = 'not_started' order by number, tenant limit ${8 + (number % 4)}) s, person p where p.login = 'specialist';
            insert into decision (tenant, place, step, person, word, reason) select s.tenant, s.place, s.step, p.id, case when s.tenant % 9 = 1 then 'returned' else 'confirmed' end, 'Смотрели' from (select * from step_state where status = 'claimed' order by number, tenant limit ${5 + (number % 5)}) s, person p where p.login = 'curator';
            commit`);
    veha.sql(`set search_path = veha, public; begin; select enter(null, null, null, null, now() - interval '1 hour');
        update decision set valid = tstzrange(lower(valid), veha.now()) where tenant = ${school} and word = 'confirmed' and upper_inf(valid);
        update account set rating = jsonb_build_object('points', 20 + id % 70, 'possible', 90, 'zone', case id % 3 when 0 then 'high' when 1 then 'middle' else 'low' end) where network <> 'site';
        commit`);
}

for (const [kind, settings] of [['with script', {}], ['without', { javaScriptEnabled: false }]]) {
    test(`${kind}: from the overview to a day of the past, down to an organisation and its step, and back to today`, async () => {
        const page = await browser.signIn(veha, 'curator', settings);
        await page.goto('/overview');
        await page.getByText('к сроку при таком темпе').waitFor();
        await page.getByLabel('Как было на конец дня').fill(day(20));
        await page.getByRole('button', { name: 'Показать день' }).click();
        await page.getByText('конец дня.').first().waitFor();
        await page.getByRole('region', { name: 'По ведомствам и муниципалитетам' }).getByRole('link', { name: /Министерство просвещения/ }).click();
        await page.getByRole('region', { name: /Организации, сначала те/ }).getByRole('link').first().click();
        assert.match(page.url(), new RegExp(`as_of=${day(20)}`));
        await page.getByRole('link', { name: 'Страница организации' }).click();
        assert.match(page.url(), new RegExp(`/tenants/\\d+\\?as_of=${day(20)}`));
        assert.equal(await page.locator('main form').count(), 0, 'nothing is changed in the past');
        await page.getByRole('link', { name: 'Вернуться к сегодняшнему дню' }).click();
        assert.match(page.url(), /\/tenants\/\d+\?$/);
        assert.equal(await page.getByText('конец дня.').count(), 0);
        assert.deepEqual(page.complaints, []);
        await page.context().close();
    });
}

for (const [kind, settings] of [['with script', {}], ['without', { javaScriptEnabled: false }]]) {
    test(`${kind}: matrix, calls, queue and a step lead to a day of the past, to each other in it, and back`, async () => {
        const page = await browser.signIn(veha, 'curator', settings);
        for (const address of ['/matrix', '/calls', '/queue']) {
            await page.goto(address);
            await page.getByLabel('Как было на конец дня').fill(day(20));
            await page.getByRole('button', { name: 'Показать день' }).click();
            await page.getByText('конец дня.').first().waitFor();
            assert.match(page.url(), new RegExp(`${address}\\?.*as_of=${day(20)}`));
            assert.equal(await page.locator('main form[method=post]').count(), 0, address);
            await page.getByRole('link', { name: 'Вернуться к сегодняшнему дню' }).click();
            assert.equal(await page.getByText('конец дня.').count(), 0, address);
        }
        await page.goto(`/matrix?branch=keep&as_of=${day(20)}`);
        await page.locator('.board:not(.heat) td a').first().click();
        assert.match(page.url(), new RegExp(`/tenants/\\d+/steps/\\w+\\?as_of=${day(20)}`));
        await page.getByText('конец дня.').first().waitFor();
        assert.equal(await page.locator('main form[method=post]').count(), 0, 'nothing is changed in the past');
        await page.getByRole('link', { name: 'Вернуться к сегодняшнему дню' }).click();
        await page.getByRole('heading', { name: 'Вопросы и ответы' }).waitFor();
        assert.ok(await page.locator('main form[method=post]').count() > 0);
        assert.deepEqual(page.complaints, []);
        await page.context().close();
    });
}

test('two days are compared, those that fell as well', async () => {
    const page = await browser.signIn(veha, 'curator', { javaScriptEnabled: false });
    await page.goto('/overview');
    await page.getByRole('link', { name: 'Кто подтянулся, кто просел' }).click();
    await page.getByLabel('С конца этого дня').fill(day(40));
    await page.getByRole('button', { name: 'Сравнить' }).click();
    await page.getByRole('row').nth(1).waitFor();
    await page.getByRole('link', { name: /Кто просел/ }).click();
    assert.match(page.url(), new RegExp(`from=${day(40)}.*direction=fallen`));
    await page.context().close();
});

test('the overview, days of the past and histories fit a telephone and a desk, in light and dark colours', async () => {
    const then = day(20);
    const targets = { overview: '/overview', 'overview-agency': `/overview?within=${agency}`, 'overview-school': `/overview?within=${school}`, 'overview-then': `/overview?as_of=${then}`, 'tenants-then': `/tenants?as_of=${then}`,
        'tenant-then': `/tenants/${school}?as_of=${then}`, 'roadmap-then': `/tenants/${school}/roadmap?as_of=${then}`,
        'matrix-then': `/matrix?as_of=${then}`, 'matrix-agency-then': `/matrix?within=${agency}&as_of=${then}`, 'calls-then': `/calls?as_of=${then}`, 'calls-none-then': `/calls?called=promised&as_of=${then}`, 'queue-then': `/queue?as_of=${then}`, 'queue-returned-then': `/queue?queue=returned&as_of=${then}`,
        'step-then': `/tenants/${school}/steps/appoint?as_of=${then}`, 'calls-wrong-day': '/calls?as_of=2001-01-01', 'step-ahead': `/tenants/${school}/steps/appoint?as_of=2101-01-01`, difference: `/difference?from=${day(40)}&to=${day(0)}`, 'difference-fallen': '/difference?direction=fallen', 'difference-none': `/difference?from=${day(0)}&to=${day(0)}`,
        'step-history': `/tenants/${school}/steps/appoint/history`, 'person-history': `/people/${specialist}/history`, 'overview-wrong-day': '/overview?as_of=2001-01-01' };
    assert.deepEqual(await faultsOfPages(browser, veha, 'curator', targets, /status of 422/), []);
});

/*
 * A curator's morning, from the overview to those who are called, decided on and handed over as a table; and a day of the past and the way back. With script and without, on a telephone
 * and at a desk.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';

import { startVeha, stopCluster } from '../http/harness.mjs';
import { assertWhole, openBrowser } from './browser.mjs';

const day = (ago) => new Date(Date.now() - 86400000 * ago).toISOString().slice(0, 10);
const main = (page) => page.locator('main');
let veha;
let browser;

before(async () => {
    veha = await startVeha();
    browser = await openBrowser();
    live();
});

after(async () => {
    await browser?.close();
    await veha?.stop();
    await stopCluster();
});

/* Ten weeks in which more and more is ticked and confirmed, and some of it was taken back this week. */
function live() {
    const older = ['tenant_history', 'tenant_roadmap', 'account', 'account_history', 'step_history'].map((table) => `update ${table} set valid = tstzrange(lower(valid) - interval '70 days', upper(valid));`);
    veha.sql(`set search_path = veha, public; update tenant set created_at = created_at - interval '70 days'; ${older.join(' ')} update region set deadline = today() + 30`);
    for (let ago = 63; ago >= 1; ago -= 7)
        veha.sql(`set search_path = veha, public; begin; select enter(null, null, null, null, now() - interval '${ago} days');
            insert into claim (tenant, place, step, person, on_behalf) select s.tenant, s.place, s.step, p.id, false from (select * from step_state where not claimed and status = 'not_started' order by number, tenant limit 20) s, person p where p.login = 'specialist';
            insert into decision (tenant, place, step, person, word, reason) select s.tenant, s.place, s.step, p.id, 'confirmed', 'Смотрели' from (select * from step_state where status = 'claimed' order by number, tenant limit 12) s, person p where p.login = 'curator';
            commit`);
    veha.sql(`set search_path = veha, public; begin; select enter(null, null, null, null, now() - interval '1 hour');
        update decision set valid = tstzrange(lower(valid), veha.now()) where upper_inf(valid) and tenant in (select distinct tenant from decision where upper_inf(valid) order by tenant limit 3); commit`);
    /* Two schools contest what looks say of them. */
    veha.sql(`set search_path = veha, public; begin;
        insert into claim (tenant, place, step, person, on_behalf) select s.tenant, s.place, 'describe', p.id, false from step_state s, person p where s.step = 'describe' and not s.claimed and p.login = 'specialist' and s.tenant in (select tenant from account where network = 'vk' and upper_inf(valid));
        commit`);
    for (const hours of [2, 4])
        veha.sql(`set search_path = veha, public; begin; select enter(null, null, null, null, now() + interval '${hours} hours');
             insert into job (tenant, place, account) select tenant, place, id from account where network = 'vk' and upper_inf(valid) on conflict do nothing;
             select job_record((select jsonb_agg(jsonb_build_object('id', j.id, 'fence', j.fence, 'seen', jsonb_build_object('state', 'present', 'network_version', 1, 'rules_version', 1,
                 'verdicts', '[{"check": "DESC", "result": "failed", "reason": "description_short", "facts": {"length": 85, "length_least": 200, "aims": false}}]'::jsonb)))
                 from job j where j.finished_at is null)); commit`);
}

async function openMenu(page, item) {
    const menu = page.getByRole('button', { name: /^Меню/ });
    if (await menu.isVisible()) await menu.click();
    await page.getByRole('navigation', { name: 'Главное меню' }).getByRole('link', { name: item, exact: true }).click();
}

async function readOverview(page, name) {
    await openMenu(page, 'Сводка');
    await main(page).getByText('к сроку при таком темпе').waitFor();
    await assertWhole(page, `${name}-1-overview`);
    await main(page).getByRole('link', { name: 'Кто подтянулся, кто просел' }).click();
    await main(page).getByRole('heading', { level: 1, name: 'Что изменилось между двумя днями' }).waitFor();
    await assertWhole(page, `${name}-2-difference`);
    await main(page).getByRole('link', { name: /Кто просел/ }).click();
    await page.waitForURL(/direction=fallen/);
    assert.ok((await main(page).locator('tbody tr').count()) >= 1, 'those who fell since Monday');
    await assertWhole(page, `${name}-3-fallen`);
}

async function callOne(page, name) {
    await openMenu(page, 'Обзвон');
    await assertWhole(page, `${name}-4-calls`);
    const first = page.locator('.call').first();
    const id = await first.getAttribute('id');
    await first.getByText('Записать звонок').click();
    await first.getByLabel('О чём договорились').fill('Директор обещал приказ к пятнице');
    await first.getByLabel('Перезвонить').fill(day(-3));
    await first.getByRole('button', { name: 'Обещали' }).click();
    await page.getByText('Звонок записан:').waitFor();
    await assertWhole(page, `${name}-5-noted`, { answered: page.url().includes('noted') });
    return id;
}

async function remindTwo(page, name) {
    const boxes = await page.locator('.call').filter({ hasText: 'Специалист пяти школ' }).getByRole('checkbox').all();
    for (const box of boxes.slice(0, 2)) await box.check();
    await page.getByRole('button', { name: /С выбранными/ }).click();
    await page.getByRole('heading', { level: 1, name: 'Выбранные организации' }).waitFor();
    await assertWhole(page, `${name}-6-chosen`);
    await main(page).getByLabel('Что сказать').fill('До срока месяц: начните с приказа.');
    await main(page).getByRole('button', { name: 'Отправить напоминание' }).click();
    await page.getByText('Сделано для').waitFor();
    await assertWhole(page, `${name}-7-reminded`);
}

/* Three decisions, one after the other, the second of which is taken back. */
async function decideThree(page, name) {
    await openMenu(page, 'Очередь');
    await assertWhole(page, `${name}-8-queue`);
    const title = () => page.getByRole('article').locator('p a').first().innerText();
    const decide = async (key, button) => {
        if (page.plain) await main(page).getByRole('button', { name: button, exact: true }).first().click();
        else await page.keyboard.press(key);
    };
    const told = [];
    for (const [key, button] of [['1', 'Подтвердить'], ['2', 'Вернуть']]) {
        told.push(await title());
        await decide(key, button);
        await page.getByText('Решение сохранено:').waitFor();
        await main(page).getByRole('status').getByText(told.at(-1)).waitFor();
    }
    assert.notEqual(await title(), told.at(-1), 'the next one stands there');
    await assertWhole(page, `${name}-9-decided`);
    await decide('0', 'Отменить');
    await page.getByText('Решение сохранено:').waitFor({ state: 'detached' });
    await assertWhole(page, `${name}-10-undone`);
}

async function drillDown(page, name) {
    await openMenu(page, 'Матрица');
    const parts = page.getByRole('region', { name: 'Кто насколько продвинулся' });
    await assertWhole(page, `${name}-11-matrix`);
    const [whole, shown] = await parts.evaluate((board) => [board.scrollWidth, board.clientWidth]);
    if (page.viewportSize().width >= 1280) assert.ok(whole <= shown, `all steps of a roadmap are seen at once: ${whole} px in ${shown}`);
    await parts.getByRole('link', { name: /Правительство/ }).click();
    await page.waitForURL(/within=/);
    await parts.getByRole('link', { name: /Министерство просвещения/ }).click();
    await main(page).getByRole('heading', { level: 1, name: /Министерство просвещения/ }).waitFor();
    await assertWhole(page, `${name}-12-matrix-agency`);
    const [saved] = await Promise.all([page.waitForEvent('download'), main(page).getByRole('link', { name: 'XLSX' }).click()]);
    assert.match(saved.suggestedFilename(), /\.xlsx$/);
    assert.equal(fs.readFileSync(await saved.path()).subarray(0, 2).toString(), 'PK', 'a table that programs open');
    await main(page).locator('table.board').last().locator('tbody td a').first().click();
    await page.waitForURL(/\/steps\//);
    await assertWhole(page, `${name}-13-step`);
}

for (const [javaScriptEnabled, width] of [[true, 1280], [false, 360], [true, 360], [false, 1280]]) {
    const settings = { viewport: { width, height: 800 }, javaScriptEnabled };
    const way = `${javaScriptEnabled ? 'with script' : 'without script'} at ${width} px`;

    test(`a curator's morning, ${way}`, async () => {
        veha.sql('delete from veha.reminder; delete from veha.call'); // another morning: nobody was called or reminded yet
        const page = await browser.signIn(veha, 'curator', settings);
        await readOverview(page, 'morning');
        await callOne(page, 'morning');
        await remindTwo(page, 'morning');
        await decideThree(page, 'morning');
        await drillDown(page, 'morning');
        await page.context().close();
    });

    test(`a day of the past, and the way back, ${way}`, async () => {
        const page = await browser.signIn(veha, 'curator', settings);
        await openMenu(page, 'Сводка');
        const today = await main(page).locator('.figure').first().innerText();
        await main(page).getByLabel('Как было на конец дня').fill(day(30));
        await main(page).getByRole('button', { name: 'Показать день' }).click();
        await page.getByText('конец дня.').first().waitFor();
        assert.notEqual(await main(page).locator('.figure').first().innerText(), today, 'less was verified then');
        await assertWhole(page, 'past-1-overview');
        await main(page).getByRole('link', { name: /Министерство просвещения/ }).first().click();
        await assertWhole(page, 'past-2-agency');
        await main(page).getByRole('region', { name: /Организации, сначала те/ }).getByRole('link').first().click();
        await main(page).getByRole('link', { name: 'Страница организации' }).click();
        await page.waitForURL(new RegExp(`/tenants/\\d+\\?as_of=${day(30)}`));
        await assertWhole(page, 'past-3-organisation');
        await main(page).getByRole('link', { name: 'Вернуться к сегодняшнему дню' }).click();
        assert.equal(await page.getByText('конец дня.').count(), 0);
        await assertWhole(page, 'past-4-today');
        await page.context().close();
    });
}

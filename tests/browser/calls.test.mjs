/* A curator's morning: whom to call, a note, a reminder to two, one who sees to them; and a specialist's one order for several schools. With script and without, wide and narrow. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startVeha, stopCluster } from '../http/harness.mjs';
import { faultsOf, keepPicture, openBrowser } from './browser.mjs';

let veha;
let browser;
let schools;

before(async () => {
    veha = await startVeha();
    browser = await openBrowser();
    const specialist = await veha.signIn('specialist');
    schools = (await specialist.get('/')).json.tenants.map(({ id }) => id);
    /* Three steps are overdue, nothing has moved for three weeks, many read the page of the first, and the register knows a telephone. */
    veha.sql(`set search_path = veha, public; update region set deadline = current_date + 52; select step_refresh(array(select id from tenant)); update step_state set changed_at = veha.now() - interval '21 days';
              update account set audience = 12345 where tenant = ${schools[0]} and id = (select min(id) from account where tenant = ${schools[0]});
              insert into register_entry (tenant, place, detail) select id, place, '{"phone": "8 (4822) 12-34-56", "email": "kot@lukomorye.example"}' from tenant where id in (${schools.join(', ')}) on conflict (tenant) do update set detail = excluded.detail`);
});

after(async () => {
    await browser?.close();
    await veha?.stop();
    await stopCluster();
});

const look = async (page, name) => assert.deepEqual(await faultsOf(page, `calls-${name}`), []);

for (const [width, colorScheme, javaScriptEnabled] of [[1280, 'light', true], [360, 'dark', false], [360, 'light', true], [1280, 'dark', false]]) {
    const which = `${width}-${colorScheme}-${javaScriptEnabled ? 'script' : 'plain'}`;

    test(`a curator's morning (${which})`, async () => {
        veha.sql("delete from veha.reminder; delete from veha.call; update veha.assignment set valid = tstzrange(lower(valid), now()) where upper_inf(valid)");
        const page = await browser.signIn(veha, 'curator', { viewport: { width, height: 800 }, colorScheme, javaScriptEnabled });
        await page.goto('/calls');
        await page.getByText('21 день без движения').first().waitFor();
        await look(page, `list-${which}`);

        const first = page.locator('.call').first();
        const name = await first.getByRole('heading').innerText();
        await first.getByText('Записать звонок').click();
        await first.getByLabel('О чём договорились').fill('Приказ подпишут в среду');
        await first.getByRole('button', { name: 'Обещали' }).click();
        await page.getByText('Укажите день, до которого обещали').first().waitFor();
        await page.getByRole('link', { name: 'К записи звонка' }).click();
        assert.equal(await page.locator('.call').first().getByLabel('О чём договорились').inputValue(), 'Приказ подпишут в среду', 'nothing typed is lost');
        await keepPicture(page, `calls-error-${which}`);
        page.complaints.length = 0; // of the answer 422
        const friday = new Date(Date.now() + 3 * 86400000).toISOString().slice(0, 10);
        await page.locator('.call').first().getByLabel('Перезвонить').fill(friday);
        await page.locator('.call').first().getByRole('button', { name: 'Обещали' }).click();
        await page.getByText('Звонок записан:').waitFor();
        assert.notEqual(await page.locator('.call').first().getByRole('heading').innerText(), name, 'until then others come first');

        for (const id of schools.slice(1, 3)) await page.locator(`#call-${id}`).getByRole('checkbox').check();
        if (javaScriptEnabled) assert.equal(await page.locator('#chosen-count').innerText(), '(2)');
        await page.getByRole('button', { name: 'С выбранными' }).click();
        await page.getByRole('heading', { name: 'Выбранные организации' }).waitFor();
        await look(page, `chosen-${which}`);
        await page.getByLabel('Что сказать').fill('Срок через неделю');
        await page.getByRole('button', { name: 'Отправить напоминание' }).click();
        await page.getByText('Сделано для 2 организаций').waitFor();
        await look(page, `bulk-${which}`);
        const done = page.url();
        await page.reload();
        assert.equal(page.url(), done);
        await page.getByText('Сделано для 2 организаций').waitFor();

        await page.getByRole('link', { name: 'К списку обзвона' }).click();
        for (const id of schools.slice(1, 3)) await page.locator(`#call-${id}`).getByRole('checkbox').check();
        await page.getByRole('button', { name: 'С выбранными' }).click();
        assert.equal(await page.getByText('сегодня уже напоминали').count(), 2);
        await page.getByLabel('Кто будет вести').selectOption({ label: 'Куратор Лукоморья (я)' });
        await page.getByRole('button', { name: 'Поручить' }).click();
        await page.getByText('Сделано для 2 организаций').waitFor();

        await page.goto('/calls');
        await page.getByLabel('Кто ведёт').selectOption('me');
        await page.getByRole('button', { name: 'Показать', exact: true }).click();
        assert.equal(await page.locator('.call').count(), 2);
        await page.getByText('Сохранить этот фильтр как ссылку').click();
        await page.getByLabel('Как назвать').fill(`Мои ${which}`);
        await page.getByRole('button', { name: 'Сохранить' }).click();
        await page.getByRole('link', { name: `Мои ${which}` }).waitFor();
        await page.goto('/');
        await page.getByRole('link', { name: `Мои ${which}` }).click();
        assert.equal(await page.locator('.call').count(), 2);
        assert.deepEqual(page.complaints, []);
        await page.context().close();
    });

    test(`one order for several schools (${which})`, async () => {
        veha.sql("set search_path = veha, public; update claim set valid = tstzrange(lower(valid), now()) where upper_inf(valid) and step = 'train'");
        const page = await browser.signIn(veha, 'specialist', { viewport: { width, height: 800 }, colorScheme, javaScriptEnabled });
        await page.goto(`/tenants/${schools[0]}/steps/train`);
        await page.getByRole('link', { name: /Отметить этот шаг ещё в \d/ }).click();
        await look(page, `claims-${which}`);
        if (javaScriptEnabled) {
            await page.getByLabel('все', { exact: true }).check();
        } else {
            for (const box of await page.getByRole('checkbox').all()) await box.check();
        }
        const count = await page.locator('input[name=tenants]:checked').count();
        assert.ok(count >= 2, `${count}`);
        await page.getByRole('button', { name: 'Дальше' }).click();
        await page.getByLabel('Что сделано').fill('Один приказ на всех');
        await page.getByLabel('Ссылка на подтверждение').fill('приказ.pdf');
        await page.getByRole('button', { name: /Отметить в/ }).click();
        await page.getByRole('alert').waitFor();
        assert.equal(await page.locator('input[name=tenants]').count(), count, 'those chosen are still there');
        assert.equal(await page.getByLabel('Что сделано').inputValue(), 'Один приказ на всех');
        page.complaints.length = 0;
        await page.getByLabel('Ссылка на подтверждение').fill('https://kot.lukomorye.example/prikaz.pdf');
        await look(page, `claims-same-${which}`);
        await page.getByRole('button', { name: /Отметить в/ }).click();
        await page.getByText(`Сделано для ${count} организаций`).waitFor();
        await page.context().close();
    });
}

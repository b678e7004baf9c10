/* An address pasted, looked at and added, with script and without; its poster; and due dates that are moved, on wide screens and narrow ones. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';

import { startVeha, stopCluster } from '../http/harness.mjs';
import { faultsOf, keepPicture, openBrowser, seeWhatComes } from './browser.mjs';

const scenario = JSON.parse(fs.readFileSync(new URL('../../deploy/sample/scenario.json', import.meta.url)));
const words = 'Официальный канал школы. Цели и задачи: рассказывать о деятельности. '.repeat(4).slice(0, 250);
let veha;
let browser;
let school;
let account;

before(async () => {
    scenario.telegram = [...(scenario.telegram ?? []), ...['one', 'two', 'three', 'four'].map((name) => ({ name: `lukomor98_kot_${name}`, title: 'Школа имени Учёного Кота', description: words, posts: ['-120d', '-130d'] }))];
    veha = await startVeha({ verify: true, scenario });
    browser = await openBrowser();
    const curator = await veha.signIn('curator');
    school = (await curator.get(`/tenants?search=${encodeURIComponent('Учёного Кота')}`)).json.items[0].id;
    account = (await curator.get(`/tenants/${school}`)).json.accounts[0].id;
});

after(async () => {
    await browser?.close();
    await veha?.stop();
    await stopCluster();
});

const look = async (page, name, spared) => assert.deepEqual(await faultsOf(page, `${name}-${page.viewportSize().width}`, spared), []);

const ways = [
    { how: 'with script', width: 1280, settings: {}, name: 'one' },
    { how: 'with script', width: 360, settings: { colorScheme: 'dark' }, name: 'two' },
    { how: 'without script', width: 1280, settings: { javaScriptEnabled: false }, name: 'three' },
    { how: 'without script', width: 360, settings: { javaScriptEnabled: false }, name: 'four' },
];
for (const { how, width, settings, name } of ways) {
    test(`${how}, at ${width} px: an address is pasted, looked at, and added`, async () => {
        const page = await browser.signIn(veha, 'specialist', { viewport: { width, height: 800 }, ...settings });
        await page.goto(`/tenants/${school}`);
        await page.getByLabel('Адрес страницы', { exact: true }).fill(` https://telegram.me/Lukomor98_kot_${name}?single `);
        await page.getByRole('button', { name: 'Посмотреть, что это' }).click();
        await page.getByRole('heading', { name: 'Что это за страница' }).waitFor();
        await seeWhatComes(page, 'страница на месте');
        await page.getByText('Похоже, страница заброшена').waitFor();
        await look(page, `preview-${how.replace(' ', '-')}`);
        await page.getByRole('button', { name: 'Это наша страница: добавить' }).click();
        await page.waitForURL(`/tenants/${school}`);
        await page.getByRole('link', { name: `lukomor98_kot_${name}` }).first().waitFor();
        await look(page, `tenant-accounts-${how.replace(' ', '-')}`);
        await page.context().close();
    });
}

test('a mistake is told at its field, and nothing typed is lost', async () => {
    const page = await browser.signIn(veha, 'specialist', { viewport: { width: 360, height: 800 } });
    await page.goto(`/tenants/${school}`);
    await page.getByLabel('Адрес страницы', { exact: true }).fill('наша группа');
    await page.getByRole('button', { name: 'Посмотреть, что это' }).click();
    await page.getByRole('alert').getByRole('link').first().click();
    assert.equal(await page.evaluate(() => document.activeElement.id || location.hash), 'address');
    assert.equal(await page.getByLabel('Адрес страницы', { exact: true }).inputValue(), 'наша группа');
    await look(page, 'preview-mistake', /status of 422/);
    await page.context().close();
});

for (const width of [360, 1280]) {
    test(`at ${width} px: the poster fits the screen and the paper`, async () => {
        const page = await browser.signIn(veha, 'specialist', { viewport: { width, height: 800 } });
        await page.goto(`/tenants/${school}/accounts/${account}/qr`);
        await look(page, 'poster');
        await page.emulateMedia({ media: 'print' });
        const { width: wide, height } = await page.locator('svg.qr').boundingBox();
        assert.ok(Math.abs(wide - height) < 1 && wide > 0.75 * Math.min(width, 453 / 0.8), `${wide} × ${height}`);
        const printed = (await page.locator('body').innerText()).split('\n').filter((line) => line.trim());
        assert.equal(printed.length, 4, `of a wall are name, network, address and one sentence: ${printed.join(' | ')}`);
        assert.equal(await page.locator('img:visible').count(), 0);
        await keepPicture(page, `poster-print-${width}`);
        await page.context().close();
    });

    test(`at ${width} px: the due date of a step is tried and moved`, async () => {
        const page = await browser.signIn(veha, 'curator', { viewport: { width, height: 800 } });
        await page.goto(`/tenants/${school}/steps/appoint`);
        await page.getByRole('link', { name: 'Перенести срок' }).click();
        await look(page, 'due');
        await page.getByLabel('Новый срок').fill(width === 360 ? '2033-03-01' : '2033-04-01');
        await page.getByRole('button', { name: 'Показать, что сдвинется' }).click();
        await page.getByText('Срок этого шага у этой организации станет').waitFor();
        await page.getByLabel('Причина').first().fill('Приказ № 7');
        await look(page, 'due-tried');
        await page.getByRole('button', { name: /^Перенести на/ }).click();
        await page.getByText(width === 360 ? '1 марта 2033' : '1 апреля 2033').first().waitFor();
        await page.context().close();
    });

    test(`at ${width} px: the deadline of the region is tried and moved`, async () => {
        const page = await browser.signIn(veha, 'admin', { viewport: { width, height: 800 } });
        await page.goto('/deadline');
        await look(page, 'deadline');
        await page.getByLabel('Новый общий срок').fill(width === 360 ? '2033-03-01' : '2033-04-01');
        await page.getByRole('button', { name: 'Показать, что сдвинется' }).click();
        await page.getByText('Все сроки сдвинутся').waitFor();
        await look(page, 'deadline-tried');
        const height = await page.evaluate(() => document.documentElement.scrollHeight);
        assert.ok(height < 3600, `what it moves is told in short first: ${height} px`);
        await page.getByText('По шагам').click();
        await page.getByRole('rowheader').first().waitFor();
        await page.getByLabel('Причина').fill('Распоряжение № 7');
        await page.getByRole('button', { name: /^Перенести на/ }).click();
        await page.getByRole('heading', { name: 'Как срок переносили раньше' }).waitFor();
        await page.getByText('Распоряжение № 7').first().waitFor();
        await page.context().close();
    });
}

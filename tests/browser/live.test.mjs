/* Two people at once: what one does, the other's page shows by itself, unless it is paused, hidden or typed in. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { eventually, startBeside, startVeha, stopCluster } from '../http/harness.mjs';
import { faultsOfAccess, keepPicture, openBrowser, overflow } from './browser.mjs';

let veha;
let browser;
let specialist;
let tenant;

before(async () => {
    veha = await startVeha({ verify: true, config: { verify: { quiet_hours: '0-24' } } });
    browser = await openBrowser();
    specialist = await veha.signIn('specialist');
    tenant = `/tenants/${(await specialist.get('/tenants')).json.items.find(({ kind }) => kind === 'organisation').id}`;
    await eventually(() => veha.sql('select count(*) from veha.unsealed') === '0', 'the seal of what was before');
});
after(async () => {
    await browser?.close();
    await veha?.stop();
    await stopCluster();
});

const claim = async (step, note) => assert.equal((await specialist.post(`${tenant}/steps/${step}/claim`, { note })).status, 200);
const withdraw = async (step) => assert.equal((await specialist.post(`${tenant}/steps/${step}/withdraw`, { reason: 'Ошибка' })).status, 200);
const note = (page) => page.locator('[data-live-note]');
/* The page listens. */
const listening = (page) => page.waitForResponse((answer) => new URL(answer.url()).pathname === '/live' && answer.status() === 200);

async function open(page, target) {
    const heard = listening(page);
    await page.goto(target);
    await heard;
}

test('a curator sees a tick appear without a reload, and keeps focus, open parts and the place read', async () => {
    const page = await browser.signIn(veha, 'curator');
    await open(page, `${tenant}/steps/appoint`);
    await page.getByText('Страница обновляется сама.').waitFor();
    await page.evaluate(() => {
        window.same = true;
        for (const details of document.querySelectorAll('main details')) details.open = true;
    });
    const opened = await page.locator('main details[open]').count();
    await page.locator('#how-title').scrollIntoViewIfNeeded();
    await page.getByRole('button', { name: 'Приостановить обновление' }).focus();
    const began = Date.now();
    await claim('appoint', 'Назначена Баба Яга');
    await page.getByText('Назначена Баба Яга').first().waitFor({ timeout: 8000 });
    const took = Date.now() - began;
    const moscow = await page.evaluate(() => new Date().toLocaleTimeString('ru', { hour: '2-digit', minute: '2-digit', timeZone: 'Europe/Moscow' }));
    assert.match(await note(page).innerText(), /^Обновлено в \d\d:\d\d$/);
    assert.equal((await note(page).innerText()).slice(-5, -3), moscow.slice(0, 2), 'in the hours of the region');
    assert.equal(await page.evaluate(() => window.same), true, 'the same page');
    assert.ok((await page.locator('main details[open]').count()) >= opened, 'what was open is open');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Приостановить обновление');
    assert.ok(took < 8000, `${took} ms`);
    assert.deepEqual(page.complaints, []);
    assert.deepEqual(await faultsOfAccess(page), []);
    await keepPicture(page, 'live-updated-1280');
    await page.context().close();
});

test('pause holds it back, in every page of the tab, and resuming catches up', async () => {
    const page = await browser.signIn(veha, 'curator');
    await open(page, `${tenant}/steps/appoint`);
    await page.getByRole('button', { name: 'Приостановить обновление' }).click();
    await page.getByText('Обновление приостановлено.').waitFor();
    await withdraw('appoint');
    await page.waitForTimeout(4000);
    assert.ok(await page.getByText('Назначена Баба Яга').first().isVisible(), 'what was shown stays');
    await page.goto('/overview');
    assert.ok(await page.getByRole('button', { name: 'Возобновить обновление' }).isVisible());
    await page.goto(`${tenant}/steps/appoint`);
    await claim('appoint', 'Назначен Кащей');
    await page.waitForTimeout(3000);
    await page.getByRole('button', { name: 'Возобновить обновление' }).press('Enter');
    await page.getByText('Назначен Кащей').first().waitFor({ timeout: 8000 });
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Приостановить обновление', 'the focus goes on to the other button');
    assert.deepEqual(page.complaints, []);
    await page.context().close();
});

test('typed text survives: the page says that it has changed, and shows that when asked', async () => {
    const page = await browser.signIn(veha, 'curator', { viewport: { width: 360, height: 800 } });
    await open(page, `${tenant}/steps/appoint`);
    const reason = page.locator('textarea[name=reason]').first();
    await reason.fill('Приказ без под');
    await reason.focus();
    await withdraw('appoint');
    await page.getByText('Страница изменилась.').waitFor({ timeout: 8000 });
    assert.equal(await reason.inputValue(), 'Приказ без под');
    assert.ok(await page.getByText('Назначен Кащей').first().isVisible(), 'nothing moves while somebody types');
    assert.ok(await page.getByRole('button', { name: 'Показать', exact: true }).evaluate((button) => button.getBoundingClientRect().bottom <= window.innerHeight && button.getBoundingClientRect().top >= 0), 'and sees where to ask');
    await reason.pressSequentially('писи');
    await keepPicture(page, 'live-changed-360');
    assert.deepEqual([await faultsOfAccess(page), await overflow(page)], [[], 0]);
    await page.getByRole('button', { name: 'Показать', exact: true }).click();
    await page.getByText('Шаг ещё никто не отметил.').waitFor();
    assert.equal(await page.locator('textarea[name=reason]').first().inputValue(), 'Приказ без подписи');
    assert.deepEqual(page.complaints, []);
    await page.context().close();
});

test('a hidden tab asks for nothing, and catches up when it is looked at', async () => {
    const page = await browser.signIn(veha, 'curator');
    await open(page, `${tenant}/steps/appoint`);
    const hide = (hidden) => page.evaluate((is) => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => is });
        document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
    await hide(true);
    const asked = [];
    page.on('request', (request) => asked.push(request.url()));
    await claim('appoint', 'Назначен Леший');
    await page.waitForTimeout(4000);
    assert.deepEqual(asked, []);
    await hide(false);
    await page.getByText('Назначен Леший').first().waitFor({ timeout: 8000 });
    await page.context().close();
});

test('the overview follows, too; a server that starts anew loses nothing', async () => {
    const page = await browser.signIn(veha, 'curator');
    await open(page, '/overview');
    const ticked = page.locator('.legend li').filter({ hasText: 'Отмечено' });
    const words = () => ticked.first().innerText();
    const before = await words();
    const serve = veha.processes.findIndex(({ name }) => name === 'serve');
    await veha.processes[serve].end();
    const beside = await startBeside(veha);
    const there = beside.client();
    there.bearer = specialist.bearer;
    assert.equal((await there.post(`${tenant}/steps/train/claim`, { note: 'Обучена' })).status, 200);
    await beside.stop();
    veha.processes[serve] = veha.launch('serve');
    await eventually(async () => (await words()) !== before, 'the other figure', 40);
    await page.context().close();
});

test('without script, or where nothing comes, a link updates the page', async () => {
    const plain = await browser.signIn(veha, 'curator', { javaScriptEnabled: false });
    await plain.goto('/overview?within=');
    await plain.goto('/overview');
    await plain.getByRole('link', { name: 'Обновить', exact: true }).click();
    assert.equal(new URL(plain.url()).pathname, '/overview');
    assert.equal(await plain.getByRole('button', { name: 'Приостановить обновление' }).count(), 0);
    await plain.context().close();

    const page = await browser.signIn(veha, 'curator');
    await page.route((url) => url.pathname === '/live', (route) => route.abort());
    await page.goto('/overview');
    await page.getByText('Обновления не приходят.').waitFor({ timeout: 30000 });
    assert.ok(await page.getByRole('link', { name: 'Обновить', exact: true }).isVisible());
    await page.context().close();
});

/* Getting in, and the pages of one's own and of others' accounts, as they are used: on a telephone and at a desk, with script and without. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { people, startVeha, stopCluster } from '../http/harness.mjs';
import { faultsOfAccess, openBrowser, overflow } from './browser.mjs';

const password = 'Лиловый трактор жуёт 9 подков';
const phone = { viewport: { width: 360, height: 740 }, colorScheme: 'dark' };
let veha, browser, admin;

before(async () => {
    veha = await startVeha();
    browser = await openBrowser();
    admin = await veha.signIn('admin');
});

after(async () => {
    await browser?.close();
    await veha?.stop();
    await stopCluster();
});

const main = (page) => page.locator('main');
const send = (page) => main(page).locator('form button.btn').first().click();
const linkOf = async (login, changes = {}) =>
    (await admin.post('/invitations', { name: 'Марфа Длиннофамильная-Приглашённая', login, role: 'curator', tenants: [1], ...changes })).json.items[0].link;

/* The page is whole: nothing reaches beyond its edge, and the rules of access hold. */
async function assertSound(page) {
    await page.waitForLoadState();
    assert.equal(await overflow(page), 0, page.url());
    assert.deepEqual(await faultsOfAccess(page), [], page.url());
}

test('at a desk the whole menu of an administrator is one row, and the reader\'s own stands beside the brand', async () => {
    const who = veha.sql("select id from veha.person where login = 'admin'");
    veha.sql(`insert into veha.outbox (kind, person) select 'password_changed', ${who} from generate_series(1, 12)`);
    const page = await browser.signIn(veha, 'admin');
    const row = (locator) => locator.evaluateAll((all) => [...new Set(all.map((one) => Math.round(one.getBoundingClientRect().top)))]);
    const entries = page.locator('.menu nav > ul > li > a, .menu nav summary'); // the last one holds what is needed seldom
    assert.equal(await entries.count(), 8);
    const heights = await entries.evaluateAll((all) => all.map((one) => one.getBoundingClientRect()).map(({ top, bottom }) => (top + bottom) / 2));
    assert.ok(Math.max(...heights) - Math.min(...heights) < 4, `one row: ${heights}`);
    assert.equal((await row(page.locator('.who'))).length, 1);
    const middle = (box) => box.y + box.height / 2;
    assert.ok(Math.abs(middle(await page.locator('.brand').boundingBox()) - middle(await page.getByRole('button', { name: 'Выйти' }).boundingBox())) < 4);
    assert.ok((await page.locator('header').boundingBox()).height < 100);
    assert.match(await page.getByRole('link', { name: 'Сообщения' }).innerText(), /12\s*непрочитанных сообщений/);
    await page.context().close();
});

test('on a telephone the menu hides behind a button, which needs no script, and which says what is unread', async () => {
    const page = await browser.signIn(veha, 'admin', { ...phone, javaScriptEnabled: false });
    assert.ok((await page.locator('header').boundingBox()).height < 64);
    assert.equal(await overflow(page), 0);
    const menu = page.getByRole('navigation', { name: 'Главное меню' });
    const people = page.locator('.menu nav').getByRole('link', { name: 'Люди', includeHidden: true });
    assert.equal(await people.isVisible(), false);
    const button = page.getByRole('button', { name: /Меню/ });
    assert.match(await button.innerText(), /12/);
    await button.click();
    assert.equal(await overflow(page), 0);
    const [first, second] = [await people.boundingBox(), await menu.getByRole('link', { name: 'Сводка' }).boundingBox()];
    assert.ok(first.height >= 40 && Math.abs(first.y - second.y) >= 40, 'a finger finds each');
    await people.click();
    await page.waitForURL('/people');
    await page.context().close();
});

test('an invited curator chooses a password, sets the authenticator up, reads the notice, and comes where they wanted', async () => {
    const login = 'a-very-long-name-for-signing-in-that-wraps@school-of-the-whole-region.example';
    const page = await browser.open(veha, phone);
    await page.goto(await linkOf(login));
    await assertSound(page);
    const chosen = page.getByLabel('Придумайте пароль');
    assert.equal(await chosen.getAttribute('autocomplete'), 'new-password');
    await chosen.fill('password1234');
    await send(page);
    assert.equal(await chosen.getAttribute('aria-invalid'), 'true');
    await assertSound(page);
    await chosen.fill(password);
    await send(page);
    await page.waitForURL('/session/security');
    await page.goto('/people?state=active');
    assert.match(page.url(), /\/session\/security\?next=/);
    await assertSound(page);
    await send(page);
    await page.waitForURL(/\/session\/factor\/setup/);
    await assertSound(page);
    assert.match(await page.getByRole('link', { name: /на этом же телефоне/ }).getAttribute('href'), /^otpauth:/);
    const code = page.getByLabel('Код', { exact: true });
    assert.equal(await code.getAttribute('autocomplete'), 'one-time-code');
    await code.fill('000000');
    await send(page);
    assert.equal(await code.getAttribute('aria-invalid'), 'true');
    veha.factors.set(login, await page.locator('code.address').innerText());
    await code.fill(veha.code(login));
    await send(page);
    await assertSound(page);
    assert.equal(await page.locator('.codes li').count(), 10);
    await main(page).locator('a.btn').click();
    await page.waitForURL(/\/privacy/);
    await assertSound(page);
    await send(page);
    await page.waitForURL('/people?state=active');
    await page.context().close();
});

test('who gets a sheet of invitations reads long names whole, on a telephone and on paper', async () => {
    const page = await browser.signIn(veha, 'curator', phone);
    await page.goto('/invitations');
    const login = `kozlov-with-a-very-long-address-${'x'.repeat(40)}@school.example`;
    await page.getByLabel('Таблица').fill(`ФИО;Эл. почта;Роль;ОГРН\nКозлов Пётр;${login};специалист;1229800102960\nЦарь;tsar@school.example;царь;999\n`);
    await page.getByRole('button', { name: 'Пригласить всех' }).click();
    await assertSound(page);
    assert.match(await main(page).innerText(), /В ОГРН 13 цифр[^]*Исправьте эти строки/);
    await page.emulateMedia({ media: 'print' });
    assert.equal(await overflow(page), 0);
    assert.doesNotMatch(await page.locator('body').innerText(), /Исправьте эти строки|Прочитано строк|Меню/);
    assert.match(await page.locator('body').innerText(), /Козлов Пётр[^]*Наведите на квадрат/);
    await page.context().close();
});

test('what was typed into an invitation that is refused stands there again, and what is wrong is told at its field', async () => {
    const page = await browser.signIn(veha, 'curator', { javaScriptEnabled: false });
    await page.goto('/invitations');
    await page.getByLabel('Фамилия, имя, отчество').fill('Козлов Пётр');
    await page.getByLabel(/Адрес электронной почты/).fill('kozlov');
    await page.getByLabel('Роль').selectOption('observer');
    await page.getByLabel('ОГРН или ИНН организации').fill('123');
    await page.getByLabel(/или всё ведомство/).selectOption({ index: 1 });
    const place = await page.getByLabel(/или всё ведомство/).inputValue();
    await page.getByRole('button', { name: 'Пригласить', exact: true }).click();
    assert.deepEqual([await page.getByLabel('Роль').inputValue(), await page.getByLabel(/или всё ведомство/).inputValue()], ['observer', place]);
    assert.equal(await page.getByLabel('ОГРН или ИНН организации').getAttribute('aria-invalid'), 'true');
    await page.context().close();
});

test('the own account has a way to every part of it and back, and a mistake leads to its field', async () => {
    const page = await browser.signIn(veha, 'specialist');
    await page.getByRole('link', { name: 'Специалист пяти школ' }).click();
    await page.waitForURL('/session/security');
    await page.getByRole('link', { name: 'Где вы вошли' }).click();
    await page.waitForURL('/sessions');
    await page.getByRole('link', { name: 'Безопасность' }).click();
    await page.waitForURL('/session/security');
    await page.getByLabel('Прежний пароль').fill('не тот');
    await page.getByLabel('Новый пароль').fill(password);
    await page.getByRole('button', { name: 'Сменить пароль' }).click();
    await page.locator('#errors a').click();
    assert.equal(await page.evaluate(() => `${document.querySelector(':target').labels[0].textContent} ${document.querySelector(':target').form.getAttribute('action')}`), 'Прежний пароль /session/password');
    await page.context().close();
});

test('without recovery codes a person is told so in words, and whoever lost a link is told where to ask for another', async () => {
    const page = await browser.signIn(veha, 'curator');
    await page.goto('/session/security');
    assert.match(await main(page).innerText(), /Запасных кодов не осталось/);
    const nobody = await browser.open(veha);
    await nobody.goto('/session/password-resets/nonsense');
    await nobody.getByRole('link', { name: 'Забыли пароль?' }).click();
    await nobody.waitForURL('/session/password-resets');
    await nobody.getByLabel('Имя для входа').fill(people.specialist.login);
    await send(nobody);
    await nobody.waitForURL(/asked=true/);
    assert.equal(await nobody.getByRole('button', { name: 'Прислать ссылку' }).count(), 0, 'nobody asks twice by mistake');
    await Promise.all([page.context().close(), nobody.context().close()]);
});

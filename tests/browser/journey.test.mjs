/*
 * An organisation's way from the register to a step that is verified, as those who walk it see it: an administrator, a specialist who is new, a curator; and people invited by a table. With
 * script and without, on a telephone and at a desk.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { eventually, startVeha, stopCluster } from '../http/harness.mjs';
import { root } from '../support/build.mjs';
import { templatesWithoutLimits } from '../support/networks.mjs';
import { assertWhole as assertWholeAt, openBrowser, seeWhatComes } from './browser.mjs';

const folder = path.join(root, 'var', `test-journey-${process.pid}`);
const password = 'Лиловый трактор жуёт 9 подков';
const start = Date.now();
const full = 'Официальная страница школы. Рассказываем о деятельности, целях и задачах школы, о том, как записать ребёнка в первый класс и в кружки, и отвечаем на вопросы родителей в рабочее время. Телефон и адрес указаны ниже, новости выходят трижды в неделю.';
const schools = [
    { javaScriptEnabled: true, width: 360, name: 'Школа за Синим Лесом', ogrn: '1229800190003', inn: '9899000010', page: 'lukomor98_forest', login: 'ivanova@forest.example', end: 'accepted' },
    { javaScriptEnabled: false, width: 1280, name: 'Школа у Тихого Ручья', ogrn: '1229800190014', inn: '9899000027', page: 'lukomor98_brook', login: 'petrova@brook.example', end: 'rejected' },
    { javaScriptEnabled: true, width: 1280, name: 'Школа на Высоком Холме', ogrn: '1229800190025', inn: '9899000034', page: 'lukomor98_hill', login: 'sidorova@hill.example', end: 'rejected' },
    { javaScriptEnabled: false, width: 360, name: 'Школа под Старым Дубом', ogrn: '1229800190036', inn: '9899000041', page: 'lukomor98_oak', login: 'dubova@oak.example', end: 'accepted' },
];
const wayOf = ({ javaScriptEnabled, width }) => `${javaScriptEnabled ? 'with script' : 'without script'} at ${width} px`;
const settingsOf = ({ javaScriptEnabled, width }) => ({ javaScriptEnabled, viewport: { width, height: 800 } });
let moved = 0;
let veha;
let browser;

before(async () => {
    const templates = { directory: templatesWithoutLimits(path.join(folder, 'templates')) };
    veha = await startVeha({ verify: true, scenario: world(), clock: now(), config: { templates, tokens: { session_hours: 24, idle_minutes: 1440 } } });
    /* Only what people ask for is looked at, so that the story is the same each time it is told. */
    veha.sql("update veha.region set deadline = current_date + 300");
    veha.sql('create policy held on veha.job as restrictive for insert to veha_verify with check (false)');
    browser = await openBrowser();
});

after(async () => {
    await browser?.close();
    await veha?.stop();
    await stopCluster();
    fs.rmSync(folder, { recursive: true, force: true });
});

function now() {
    return new Date(start + moved * 1000).toISOString();
}

/* The schools' pages, and what each says of itself. */
function world(said = {}) {
    return { vk: {}, sites: [], telegram: schools.map(({ name, page }) => ({ name: page, title: name, description: said[page] ?? full, subscribers: 321, posts: ['-1h', '-1d', '-2d', '-3d'] })) };
}

function pass(hours) {
    moved += hours * 3600;
    veha.setClock(now());
}

/* A clock that jumps by hours ends sessions' tokens in the middle of what an open page asks: that one such answer is 401 is the clock's doing, and pages.test.mjs knows no such one. */
const assertWhole = (page, name, settings) => assertWholeAt(page, name, { status: 401, ...settings });

/* A look that the specialist asks for on the organisation's page. */
async function checkNow(page, tenant) {
    const last = Number(veha.sql(`select count(*) from veha.look where tenant = ${tenant}`));
    await page.goto(`/tenants/${tenant}`);
    await page.getByRole('button', { name: 'Проверить сейчас' }).click();
    await eventually(() => Number(veha.sql(`select count(*) from veha.look where tenant = ${tenant}`)) > last, 'the look');
    if (page.plain) await page.goto(`/tenants/${tenant}`);
    await page.getByText('Смотрим страницы').waitFor({ state: 'hidden', timeout: 20000 });
}

const main = (page) => page.locator('main');

async function openMenu(page, item) {
    const menu = page.getByRole('button', { name: /^Меню/ });
    if (await menu.isVisible()) await menu.click();
    await page.getByRole('navigation', { name: 'Главное меню' }).getByRole('link', { name: item, exact: true }).click();
}

async function register(page, school, name) {
    await openMenu(page, 'Организации');
    await main(page).getByLabel('Наименование, ИНН, ОГРН или адрес страницы').fill('Министерство просвещения');
    await main(page).getByRole('button', { name: 'Найти' }).click();
    await page.getByRole('link', { name: /^Министерство просвещения/ }).first().click();
    await page.getByText('Добавить подведомственную организацию').click();
    await main(page).getByLabel('Полное наименование').fill(school.name);
    await main(page).getByLabel('ОГРН').fill('12345');
    await page.getByRole('button', { name: 'Добавить', exact: true }).click();
    await page.getByRole('alert').getByRole('link', { name: /ОГРН/ }).click();
    assert.equal(await page.evaluate(() => document.querySelector(':target').name), 'ogrn', 'the summary leads to the field');
    await assertWhole(page, `${name}-1-register-mistake`, { answered: true, status: 422 });
    assert.equal(await main(page).getByLabel('Полное наименование').inputValue(), school.name);
    await main(page).getByLabel('ОГРН').fill(school.ogrn);
    await main(page).getByLabel('ИНН').fill(school.inn);
    await page.getByRole('button', { name: 'Добавить', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: school.name }).waitFor();
    await assertWhole(page, `${name}-2-registered`);
    return Number(new URL(page.url()).pathname.split('/')[2]);
}

async function invite(page, school, name) {
    await openMenu(page, 'Люди');
    await assertWhole(page, `${name}-3-people`);
    await main(page).getByRole('link', { name: 'Пригласить людей' }).click();
    await main(page).getByLabel('Фамилия, имя, отчество').fill('Иванова Мария Петровна');
    await main(page).getByLabel(/Адрес электронной почты/).fill(school.login);
    await main(page).getByLabel('Роль').selectOption({ label: 'местный специалист' });
    await main(page).getByLabel('ОГРН или ИНН организации').fill(school.ogrn);
    await page.getByRole('button', { name: 'Пригласить', exact: true }).click();
    await page.getByText('Наведите на квадрат').waitFor();
    await assertWhole(page, `${name}-4-invited`, { answered: true });
    return page.locator('.invitation .address').innerText();
}

async function accept(page, link, name) {
    await page.goto(link);
    await assertWhole(page, `${name}-5-invitation`);
    await main(page).getByLabel('Придумайте пароль').fill(password);
    await page.getByRole('button', { name: 'Принять и войти' }).click();
    await page.getByRole('button', { name: 'Прочитано' }).waitFor();
    await assertWhole(page, `${name}-6-notice`);
    await page.getByRole('button', { name: 'Прочитано' }).click();
    await page.getByRole('heading', { level: 1, name: 'Моя работа' }).waitFor();
    await assertWhole(page, `${name}-7-desk`);
}

async function addAccount(page, school, name) {
    await page.getByRole('link', { name: school.name }).first().click();
    await assertWhole(page, `${name}-8-organisation`);
    await main(page).getByLabel('Адрес страницы', { exact: true }).fill(`  HTTPS://telegram.me/s/${school.page}?before=1 `);
    await page.getByRole('button', { name: 'Посмотреть, что это' }).click();
    await seeWhatComes(page, 'страница на месте');
    await assertWhole(page, `${name}-9-preview`);
    await page.getByRole('button', { name: 'Это наша страница: добавить' }).click();
    await page.getByRole('heading', { level: 1, name: school.name }).waitFor();
    await page.getByRole('link', { name: new RegExp(school.page) }).first().waitFor();
    await assertWhole(page, `${name}-10-account`);
}

async function claim(page, step, name) {
    await page.goto('/');
    await main(page).getByRole('link', { name: /^Показать все/ }).click();
    await page.getByRole('link', { name: 'Заполнить описание, цели и задачи' }).first().click();
    await page.waitForURL(step);
    await assertWhole(page, `${name}-11-step`);
    await main(page).getByLabel('Что сделано').fill('Заполнили описание: цели, задачи, как записаться.');
    await page.getByRole('button', { name: 'Проверить и отправить' }).click();
    await page.getByRole('heading', { level: 1, name: 'Проверьте перед отправкой' }).waitFor();
    await assertWhole(page, `${name}-12-check-answers`);
    await page.getByRole('button', { name: 'Отправить' }).click();
    await page.getByText('Отправлено на проверку').waitFor();
    await assertWhole(page, `${name}-13-sent`);
}

/* The page falls silent about what it is for; two looks an hour apart contradict. */
async function contradict(page, school, tenant, step, name) {
    veha.standin.setScenario(world({ [school.page]: 'Школа' }));
    await checkNow(page, tenant);
    pass(2);
    await checkNow(page, tenant);
    await assertWhole(page, `${name}-14-looked`);
    await page.goto('/');
    await page.getByRole('region', { name: /Не подтверждается/ }).getByRole('link').first().click();
    await page.waitForURL(step);
    await page.getByText('Не подтверждается').first().waitFor();
    await assertWhole(page, `${name}-15-contradicted`);
}

async function dispute(page, name) {
    await page.getByText('Возразить против результата проверки').click();
    await main(page).getByLabel('Как на самом деле').fill('Описание было полным, посмотрите сами.');
    await page.getByRole('button', { name: 'Возразить', exact: true }).click();
    await page.getByText('оспорено', { exact: true }).first().waitFor();
    await assertWhole(page, `${name}-16-disputed`);
}

async function decide(page, school, outcome, name) {
    await openMenu(page, 'Очередь');
    await page.getByRole('link', { name: 'Возражения' }).click();
    await page.getByRole('article').getByRole('link', { name: school.name }).waitFor();
    await assertWhole(page, `${name}-17-queue`);
    if (page.plain || outcome === 'rejected') {
        await main(page).getByLabel(outcome === 'accepted' ? /Принять:/ : /Отклонить:/).check();
        await main(page).getByLabel('Причина').fill('Посмотрели: в описании одно слово. Допишите цели и задачи.');
        await page.getByRole('button', { name: 'Сохранить решение' }).click();
    } else {
        await page.keyboard.press('1');
    }
    await page.getByText('Решение сохранено:').waitFor();
    await assertWhole(page, `${name}-18-decided`, { answered: true });
}

for (const school of schools) {
    test(`from the register to a step that is verified, ${wayOf(school)}`, async () => {
        const settings = settingsOf(school);
        const name = 'journey';
        const admin = await browser.signIn(veha, 'admin', settings);
        const tenant = await register(admin, school, name);
        const link = await invite(admin, school, name);
        const specialist = await browser.open(veha, settings);
        await accept(specialist, link, name);
        await addAccount(specialist, school, name);
        const step = `/tenants/${tenant}/steps/describe`;
        await claim(specialist, step, name);
        await contradict(specialist, school, tenant, step, name);
        await dispute(specialist, name);
        const curator = await browser.signIn(veha, 'curator', settings);
        await decide(curator, school, school.end, name);
        if (school.end === 'rejected') {
            await specialist.reload();
            await specialist.getByText('Допишите цели и задачи').first().waitFor();
            await assertWhole(specialist, `${name}-19-rejected`);
            /* The page is mended; as two looks contradicted, two recover. */
            veha.standin.setScenario(world());
            for (let looks = 0; looks < 2; looks++) {
                pass(2);
                await checkNow(specialist, tenant);
            }
        }
        await specialist.goto(step);
        await specialist.getByText('Подтверждено').first().waitFor();
        assert.match(await specialist.locator('.status').first().getAttribute('class'), new RegExp(`status-verified basis-${school.end === 'accepted' ? 'person' : 'account'}`));
        await assertWhole(specialist, `${name}-20-verified`);
        for (const page of [admin, specialist, curator]) await page.context().close();
    });
}

for (const school of schools) {
    test(`people come by a table, ${wayOf(school)}`, async () => {
        const settings = settingsOf(school);
        const rows = ['anna', 'boris'].map((login) => `Кузнецов ${login};${login}@${school.page}.example;специалист;1229800102960`);
        const lost = `lost@${school.page}.example`;
        const table = (number) => ['ФИО;Эл. почта;Роль;ОГРН', ...rows, `Без Организации;${lost};специалист;${number}`].join('\n');
        const page = await browser.signIn(veha, 'curator', settings);
        await openMenu(page, 'Люди');
        await main(page).getByRole('link', { name: 'Пригласить людей' }).click();
        await main(page).getByLabel('Таблица').fill(table('999'));
        await page.getByRole('button', { name: 'Пригласить всех' }).click();
        await main(page).getByText('Исправьте эти строки').waitFor();
        assert.equal(await page.locator('.invitation').count(), 2);
        await assertWhole(page, 'import-1-mistake', { answered: true });
        const link = await page.locator('.invitation .address').first().innerText();
        await main(page).getByRole('link', { name: 'К приглашениям' }).click();
        await main(page).getByLabel('Таблица').fill(table('1229800102597'));
        await page.getByRole('button', { name: 'Пригласить всех' }).click();
        await page.locator('.invitation').first().waitFor();
        assert.equal(await page.locator('.invitation').count(), 1, 'whoever is invited already is not invited again');
        await assertWhole(page, 'import-2-mended', { answered: true });
        await main(page).getByRole('link', { name: 'К приглашениям' }).click();
        assert.equal(await main(page).getByText(lost).count(), 1);
        await assertWhole(page, 'import-3-waiting');
        const guest = await browser.open(veha, settings);
        await accept(guest, link, 'import');
        await Promise.all([page.context().close(), guest.context().close()]);
    });
}

/* Tabs on to what bears that name, and makes sure on the way that the focus can be seen. */
async function tabTo(page, name) {
    for (let presses = 0; presses < 150; presses++) {
        await page.keyboard.press('Tab');
        const { said, seen } = await page.evaluate(() => {
            const { activeElement } = document;
            const { outlineStyle, boxShadow } = getComputedStyle(activeElement);
            const said = activeElement.labels?.[0]?.textContent ?? activeElement.textContent;
            return { said: said.replaceAll('\u00a0', ' ').trim(), seen: activeElement === document.body || outlineStyle !== 'none' || boxShadow !== 'none' };
        });
        assert.ok(seen, `nothing shows that the focus is at «${said}»`);
        if (name.test(said)) return;
    }
    assert.fail(`Tab does not come to ${name}`);
}

test('Tab, Enter and the space bar alone take a step from the desk to sent, and back', async () => {
    const page = await browser.signIn(veha, 'specialist');
    await tabTo(page, /^Назначить ответственного/);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/steps\/appoint$/);
    await tabTo(page, /^Написать, что сделано/);
    await page.keyboard.press('Enter');
    await page.waitForURL(/#tick$/);
    await tabTo(page, /^Что сделано/);
    await page.keyboard.type('Приказ подписан');
    await tabTo(page, /^Проверить и отправить/);
    await page.keyboard.press('Space');
    await page.waitForURL(/\/check$/);
    await tabTo(page, /^Отправить$/);
    await page.keyboard.press('Enter');
    await page.getByText('Отправлено на проверку').waitFor();
    await tabTo(page, /^Отменить отметку/);
    await page.keyboard.press('Space');
    await main(page).getByText('В работе').first().waitFor();
    assert.equal(await main(page).getByLabel('Что сделано').inputValue(), 'Приказ подписан');
    await page.context().close();
});

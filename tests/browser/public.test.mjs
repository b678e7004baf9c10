/* The pages of whoever is not signed in, the search, the help and the parts of pages: in every width and colour, with and without script, and on paper. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startVeha, stopCluster } from '../http/harness.mjs';
import { faultsOfPages, keepPicture, openBrowser } from './browser.mjs';

let veha;
let browser;
let school;

before(async () => {
    veha = await startVeha({ config: { web: { design: 'yes' } } });
    browser = await openBrowser();
    school = (await (await veha.signIn('curator')).get('/search?q=1229800102223')).json.exact;
    veha.sql(`insert into veha.sighting (tenant, place, account, "check", look, result, reason, facts, at, run_result, run_since, run_last, run_count, run_sure_at)
              select tenant, place, id, 'EXIST', 0, 'passed', 'as_required', '{}', now(), 'passed', now() - interval '3 days', now(), 3, now() - interval '2 days'
                from veha.account where upper_inf(valid) and network = 'vk' and tenant % 3 <> 0`);
});

after(async () => {
    await browser?.close();
    await veha?.stop();
    await stopCluster();
});

const outside = () => ({ public: '/public', 'public-list': '/public/tenants', 'public-found': '/public/tenants?search=%D1%88%D0%BA%D0%BE%D0%BB%D1%8B', 'public-nothing': '/public/tenants?search=zzzz', 'public-tenant': `/public/tenants/${school}`, 'help-nobody': '/help', design: '/design', locale: '/session/locale', 'nobody-404': '/nowhere', 'nobody-sign-in': '/session' });
const inside = { 'search-empty': '/search', search: '/search?q=%D1%88%D0%BA%D0%BE%D0%BB%D1%8B', 'search-near': '/search?q=%D0%B3%D0%B8%D0%BC%D0%BD%D0%BE%D0%B7%D0%B8%D1%8F', 'search-steps': '/search?q=%D0%BE%D1%82%D0%B2%D0%B5%D1%82%D1%81%D1%82%D0%B2%D0%B5%D0%BD%D0%BD%D1%8B%D0%B9', 'search-nothing': '/search?q=zzzz', help: '/help', 'forbidden-403': '/verification' };

test('all fit a telephone and a desk, in light and dark colours, and pass the rules of access', async () => {
    const spared = /status of 40[34]/;
    assert.deepEqual([...(await faultsOfPages(browser, veha, null, outside(), spared)), ...(await faultsOfPages(browser, veha, 'specialist', inside, spared))], []);
});

test('without script: nobody searches the list, pastes the code, and reads on in English', async () => {
    const page = await browser.open(veha, { javaScriptEnabled: false });
    await page.goto('/public');
    await page.getByLabel('Наименование, ИНН').fill('1229800102223');
    await page.getByRole('button', { name: 'Найти' }).click();
    await page.getByRole('row').nth(1).getByRole('link').first().click();
    assert.match(await page.getByLabel('Код').inputValue(), new RegExp(`<a href="${veha.url}/public/tenants/${school}"><img src="${veha.url}/public/tenants/${school}/badge.svg"`));
    await page.getByRole('link', { name: 'English' }).click();
    await page.locator('#main').getByRole('button', { name: 'English' }).click();
    await page.waitForURL(`/public/tenants/${school}`);
    await page.getByRole('heading', { name: 'Badge for your site' }).waitFor();
    await page.context().close();
});

test('a badge is drawn in a page of somebody else', async () => {
    const page = await browser.open(veha);
    await page.setContent(`<img id="badge" src="${veha.url}/public/tenants/${school}/badge.svg" alt="">`);
    await page.waitForFunction(() => document.getElementById('badge').complete);
    assert.equal(await page.evaluate(() => document.getElementById('badge').naturalWidth), 340);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
});

test('the search of every page is reached by keyboard, and one number leads straight to its organisation', async () => {
    for (const javaScriptEnabled of [true, false]) {
        const page = await browser.signIn(veha, 'curator', { javaScriptEnabled });
        await page.locator('#seek').focus();
        await page.keyboard.type('1229800102223');
        await page.keyboard.press('Enter');
        await page.waitForURL(`/tenants/${school}`);
        await page.context().close();
    }
});

test('on paper there is the content, without menus and forms', async () => {
    const page = await browser.open(veha);
    await page.goto('/public');
    await page.emulateMedia({ media: 'print' });
    for (const hidden of ['.outside', '.filters', '.bottom']) assert.equal(await page.locator(hidden).first().isVisible(), false, hidden);
    assert.equal(await page.getByRole('table').isVisible(), true);
    await keepPicture(page, 'public-paper');
    await page.context().close();
});

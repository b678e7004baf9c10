/* What only a browser shows: nothing is refused by the page's own policy, everything fits, everybody can use it, with script and without. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';

import { startVeha, stopCluster } from '../http/harness.mjs';
import { assertWhole, faultsOfPages, openBrowser, overflow, seeWhatComes } from './browser.mjs';

const scenario = JSON.parse(fs.readFileSync(new URL('../../deploy/sample/scenario.json', import.meta.url)));
const keep = JSON.parse(fs.readFileSync(new URL('../../templates/roadmaps/keep.json', import.meta.url)));
let veha;
let browser;
let curator;
let school;
let specialist;

before(async () => {
    veha = await startVeha({ verify: true, scenario });
    browser = await openBrowser();
    curator = await veha.signIn('curator');
    school = (await curator.get(`/tenants?search=${encodeURIComponent('Учёного Кота')}`)).json.items[0];
    specialist = (await curator.get('/people?role=specialist')).json.items[0].id;
});

after(async () => {
    await browser?.close();
    await veha?.stop();
    await stopCluster();
});

function addresses() {
    const tenant = `/tenants/${school.id}`;
    return { workplace: '/', tenants: '/tenants', tenant, step: `${tenant}/steps/describe`, 'step-tick': `${tenant}/steps/appoint`, edit: `${tenant}/edit`, history: `${tenant}/history`, audit: `${tenant}/audit`, looks: `${tenant}/looks`, roadmap: `${tenant}/roadmap`, overview: '/overview', difference: '/difference', stephistory: `${tenant}/steps/describe/history`, personhistory: `/people/${specialist}/history`, networks: '/networks', verification: '/verification', people: '/people', person: `/people/${specialist}`, invitations: '/invitations', sessions: '/sessions', security: '/session/security', inbox: '/inbox', privacy: '/privacy', matrix: '/matrix', calls: '/calls', 'tenant-calls': `${tenant}/calls`, chosen: `/calls/chosen?tenants=${school.id}`, claims: '/steps/open/train', filters: '/filters', step_check: `${tenant}/steps/describe/check`, search: '/search?q=%D1%88%D0%BA%D0%BE%D0%BB%D0%B0', help: '/help', public: '/public', queue: '/queue', reliability: '/reliability', due: `${tenant}/steps/describe/due`, locale: '/session/locale', 'public-list': '/public/tenants', problem: '/tenants/999999999' };
}

test('every page fits a telephone and a desk, in light and dark colours, and passes the rules of access', async () => {
    const found = await faultsOfPages(browser, veha, 'curator', addresses(), /status of 404/);
    found.push(...(await faultsOfPages(browser, veha, 'admin', { roadmaps: '/roadmaps' })), ...(await faultsOfPages(browser, veha, null, { 'sign-in': '/session' })));
    assert.deepEqual(found, []);
});

test('at 200 % zoom no page is scrolled sideways', async () => {
    const page = await browser.signIn(veha, 'curator', { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 });
    const found = [];
    for (const target of Object.values(addresses())) {
        await page.goto(target);
        const over = await overflow(page);
        if (over > 0) found.push(`${target} reaches ${over} px beyond the edge`);
    }
    await page.context().close();
    assert.deepEqual(found, []);
});

test('a check asked for now shows its outcome within seconds, by itself', async () => {
    const page = await browser.signIn(veha, 'specialist');
    await page.goto(`/tenants/${school.id}`);
    await page.getByRole('button', { name: 'Проверить сейчас' }).click();
    await page.getByText('страница на месте').first().waitFor({ timeout: 15000 });
    await page.getByText('Смотрим страницы').waitFor({ state: 'hidden', timeout: 15000 });
    assert.deepEqual(page.complaints, []);
    await page.context().close();
});

/* Nothing is looked at and nothing tried while work() goes on. */
async function whileNobodyLooks(work) {
    for (const table of ['job', 'trial']) veha.sql(`create policy held on veha.${table} as restrictive for update to veha_verify using (false)`);
    try {
        await work();
    } finally {
        for (const table of ['job', 'trial']) veha.sql(`drop policy held on veha.${table}`);
    }
}

for (const [javaScriptEnabled, width] of [[false, 360], [true, 1280]]) {
    test(`a page that waits for a look can be used by everybody, ${javaScriptEnabled ? 'with script' : 'without script'} at ${width} px`, async () => {
        const settings = { javaScriptEnabled, viewport: { width, height: 800 } };
        const page = await browser.signIn(veha, 'specialist', settings);
        const admin = await browser.signIn(veha, 'admin', settings);
        await whileNobodyLooks(async () => {
            await page.goto(`/tenants/${school.id}`);
            await page.getByRole('button', { name: 'Проверить сейчас' }).click();
            await page.getByText('Смотрим страницы').waitFor();
            await assertWhole(page, 'waiting-organisation');
            await page.goto(`/tenants/${school.id}/steps/describe`);
            await page.getByText('Смотрим страницы').waitFor();
            await assertWhole(page, 'waiting-step');
            await page.goto(`/tenants/${school.id}`);
            await page.getByLabel('Адрес страницы', { exact: true }).fill(`t.me/lukomor98_waits_${width}`);
            await page.getByRole('button', { name: 'Посмотреть, что это' }).click();
            await page.getByText('Смотрим страницу').waitFor();
            await assertWhole(page, 'waiting-preview');
            await admin.goto('/roadmaps');
            const branch = admin.locator('section').filter({ has: admin.locator('#roadmap-keep') });
            await branch.getByText('Испытать новую версию').click();
            await branch.getByRole('textbox').fill(JSON.stringify({ ...keep, version: 900 + width }));
            await branch.getByRole('button', { name: 'Испытать' }).click();
            await admin.getByText('Ждёт очереди').waitFor();
            await assertWhole(admin, 'waiting-trial');
        });
        await seeWhatComes(page, 'Что проверено');
        await Promise.all([page.context().close(), admin.context().close()]);
    });
}

test('without script a specialist ticks, a curator returns, and the specialist reads why', async () => {
    const plain = { javaScriptEnabled: false };
    const specialist = await browser.signIn(veha, 'specialist', plain);
    await specialist.getByRole('region', { name: /Не начато/ }).getByRole('link').first().click();
    const step = specialist.url();
    await specialist.getByLabel('Что сделано').fill('Приказ подписан.');
    await specialist.getByRole('button', { name: 'Проверить и отправить' }).click();
    await specialist.getByRole('button', { name: 'Отправить', exact: true }).click();
    await specialist.getByText('Отмечено, проверяется').first().waitFor();

    const decider = await browser.signIn(veha, 'curator', plain);
    await decider.goto(step);
    await decider.getByRole('region', { name: 'Сообщено' }).getByText('Приказ подписан.').waitFor();
    await decider.getByLabel('Вернуть: ещё не сделано').check();
    await decider.getByLabel('Причина').fill('Приложите ссылку на приказ.');
    await decider.getByRole('button', { name: 'Сохранить решение' }).click();
    await decider.getByText('Возвращено куратором').first().waitFor();

    await specialist.goto('/');
    assert.match(await specialist.getByRole('region', { name: /Возвращено/ }).innerText(), /Приложите ссылку на\s+приказ/);
    await Promise.all([specialist.context().close(), decider.context().close()]);
});

test('the keyboard reaches the content first and the form in order', async () => {
    const page = await browser.open(veha);
    await page.goto('/session');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Перейти к содержанию'.replace(' к ', ' к\u00a0'));
    await page.keyboard.press('Enter');
    assert.match(page.url(), /#main$/);
    const order = [];
    for (let i = 0; i < 3; i++) {
        await page.keyboard.press('Tab');
        order.push(await page.evaluate(() => document.activeElement.name || document.activeElement.type));
    }
    assert.deepEqual(order, ['login', 'password', 'submit']);
    await page.context().close();
});

test('Back after signing out shows nothing of what was there', async () => {
    const page = await browser.signIn(veha, 'curator');
    await page.goto('/overview');
    await page.getByRole('button', { name: 'Выйти' }).click();
    await page.waitForURL(/\/session/);
    await page.goBack();
    assert.doesNotMatch(await page.locator('body').innerText(), /Больше всех отстают/);
    await page.context().close();
});

test('what was reported and what was seen differ without colours', async () => {
    const page = await browser.signIn(veha, 'curator', { forcedColors: 'active' });
    const steps = (await curator.get(`/tenants/${school.id}`)).json.steps;
    await page.goto(`/tenants/${school.id}/steps/${steps[0].key}`);
    const reported = page.getByRole('region', { name: 'Сообщено' });
    const seen = page.getByRole('region', { name: 'Видно на страницах' });
    assert.equal(await reported.evaluate((side) => getComputedStyle(side).borderTopStyle), 'dashed');
    assert.equal(await seen.evaluate((side) => getComputedStyle(side).borderTopStyle), 'solid');
    await page.context().close();
});

/* Sends a form of the page without what it asks for, past what the browser would say, and tells which faults of the answer lead to no field that can be seen. */
async function sendEmpty(page, target, number) {
    await page.goto(target);
    await Promise.all([
        page.waitForEvent('load'),
        page.locator('main form[method=post]').nth(number).evaluate((form) => {
            for (const field of form.querySelectorAll('textarea, select, input:not([type=hidden], [type=radio], [type=checkbox])')) field.value = '';
            form.noValidate = true;
            form.requestSubmit();
        }),
    ]);
    const nowhere = await page.evaluate(() => [...document.querySelectorAll('#errors a')].map((link) => link.hash).filter((hash) => {
        const field = hash && document.getElementById(hash.slice(1));
        return !field || field.offsetParent === null || !(field.matches('input, select, textarea, .field-error, [tabindex]') || field.querySelector('input, select, textarea'));
    }));
    const said = (await page.locator('#errors').count()) > 0;
    return { said, nowhere: nowhere.map((hash) => `${target}, form ${number}: ${hash || 'a link'} leads to no field`) };
}

test('what is wrong with a form is told in a summary that leads to the fields', async () => {
    const page = await browser.signIn(veha, 'curator');
    const tenant = `/tenants/${school.id}`;
    const found = [];
    let summaries = 0;
    for (const target of [tenant, `${tenant}/edit`, `${tenant}/steps/train`, `${tenant}/steps/train/due`, `/calls/chosen?tenants=${school.id}`, `${tenant}/calls`, '/invitations', `/people/${specialist}`, '/session/security']) {
        await page.goto(target);
        /* A form of which nothing can be chosen is not shown; one that is folded away is. */
        const shown = await page.locator('main form[method=post]').evaluateAll((forms) => forms.flatMap((form, number) => (getComputedStyle(form).display === 'none' ? [] : [number])));
        for (const number of shown) {
            const { said, nowhere } = await sendEmpty(page, target, number);
            summaries += said;
            found.push(...nowhere);
        }
    }
    await page.context().close();
    assert.deepEqual(found, []);
    assert.ok(summaries >= 12, `${summaries} forms were refused`);
});

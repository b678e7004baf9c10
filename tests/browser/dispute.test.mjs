/* A dispute walked through without script: a specialist contests what a look says, a curator decides in the queue, and the step is confirmed by a person. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startVeha, stopCluster } from '../http/harness.mjs';
import { faultsOfPages, openBrowser } from './browser.mjs';

const plain = { javaScriptEnabled: false };
let veha;
let browser;
let school;
let step;

before(async () => {
    veha = await startVeha();
    browser = await openBrowser();
    const curator = await veha.signIn('curator');
    school = (await curator.get(`/tenants?search=${encodeURIComponent('Учёного Кота')}`)).json.items[0].id;
    const { steps } = (await curator.get(`/tenants/${school}`)).json;
    step = `/tenants/${school}/steps/${steps.find(({ key }) => key === 'describe').key}`;
    assert.equal((await curator.post(`${step}/claim`, { note: 'Описание заполнено' })).status, 200);
    sql('update region set sample_failed = 100');
    look('present', 2);
    sql('update region set sample_failed = 0');
    look('present', 4);
});

after(async () => {
    await browser?.close();
    await veha?.stop();
    await stopCluster();
});

function sql(statement) {
    return veha.sql(`set search_path = veha, public; ${statement}`);
}

/* A look some hours from now at the account on ВКонтакте, as the verifier records it. */
function look(state, hours) {
    const verdicts = JSON.stringify([
        { check: 'EXIST', result: 'passed', reason: 'as_required', facts: { state } },
        { check: 'NAME', result: 'failed', reason: 'name_differs', facts: { name: 'Наш любимый класс', registered: 'Школа имени Учёного Кота', share: 40, share_least: 60, words: 5, said: 2, missing: ['школа', 'учёного', 'кота'] } },
        { check: 'DESC', result: 'failed', reason: 'description_short', facts: { length: 85, length_least: 200, aims: false } },
        { check: 'CONT', result: 'failed', reason: 'contacts_missing', facts: { missing: ['phone', 'email'] } },
        { check: 'SITE', result: 'failed', reason: 'site_differs', facts: { site: 'https://old.example', registered: 'kot.lukomorye.example' } },
        { check: 'FRESH', result: 'failed', reason: 'last_post_old', facts: { last_post: '2022-10-01T09:00:00Z', since: '2022-11-01T09:00:00Z', days_most: 7 } },
        { check: 'FREQ', result: 'unknown', reason: 'posts_not_shown', facts: { posts: [1], posts_least: 3, days: 7 } },
        { check: 'MSG', result: 'unknown', reason: 'told_of_reader_only', facts: {} },
    ]).replaceAll("'", "''");
    sql(`begin; select enter(null, null, null, null, now() + interval '${hours} hours');
         insert into job (tenant, place, account) select tenant, place, id from account where tenant = ${school} and network = 'vk' and upper_inf(valid) on conflict do nothing;
         select job_record((select jsonb_agg(jsonb_build_object('id', j.id, 'fence', j.fence, 'seen', jsonb_build_object('state', '${state}', 'network_version', 1, 'rules_version', 1, 'verdicts', '${verdicts}'::jsonb)))
                              from job j join account a on a.tenant = j.tenant and a.id = j.account and a.network = 'vk' where j.tenant = ${school} and j.finished_at is null)); commit`);
}

test('a specialist contests, a curator accepts in the queue, and the step is confirmed by a person', async () => {
    const specialist = await browser.signIn(veha, 'specialist', plain);
    await specialist.goto(step);
    await specialist.getByText('Не подтверждается').first().waitFor();
    await specialist.getByText('Знаков в описании: 85').waitFor();
    await specialist.getByText('Слов о деятельности, целях или задачах нет').waitFor();
    await specialist.getByText('Возразить против результата проверки').click();
    await specialist.getByLabel('Как на самом деле').fill('Описание полное, 300 знаков: проверьте сами.');
    await specialist.getByRole('button', { name: 'Возразить' }).click();
    await specialist.getByText('оспорено', { exact: true }).first().waitFor();
    assert.ok(await specialist.getByText('Не подтверждается').first().isVisible(), 'the status is not hidden');

    const curator = await browser.signIn(veha, 'curator', plain);
    await curator.getByRole('navigation', { name: 'Главное меню' }).getByRole('link', { name: 'Очередь', exact: true }).click();
    await curator.getByRole('link', { name: 'Возражения' }).click();
    await curator.getByRole('region', { name: 'Оспорено' }).getByText('Описание полное').waitFor();
    await curator.getByLabel('Принять: организация права').check();
    await curator.getByLabel('Причина').fill('Посмотрел сам: описание полное.');
    await curator.getByRole('button', { name: 'Сохранить решение' }).click();
    await curator.getByText('Очередь пройдена до конца').waitFor();

    await specialist.reload();
    await specialist.getByText('Возражение принято').first().waitFor();
    assert.match(await specialist.locator('.status').first().getAttribute('class'), /status-verified basis-person/);
    await Promise.all([specialist.context().close(), curator.context().close()]);
});

test('the queue is worked through by keyboard', async () => {
    const page = await browser.signIn(veha, 'curator');
    await page.goto('/queue?queue=sample');
    await page.getByRole('radio', { name: 'Да, проверка права' }).focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.name), 'note');
    await page.keyboard.press('Tab');
    const before = await page.locator('#now-title').innerText();
    await page.keyboard.press('Enter');
    await page.waitForURL(/cursor=/);
    assert.notEqual(await page.locator('#now-title').innerText(), before, 'the next one');
    assert.deepEqual(page.complaints, []);
    await page.context().close();
});

test('the queue, the step and the reliability of checks fit a telephone and a desk, in light and dark colours', async () => {
    const targets = { 'queue-contradiction': '/queue?queue=contradiction', 'queue-dispute': '/queue?queue=dispute', 'queue-sample': '/queue?queue=sample', 'queue-unknown': '/queue?queue=unknown',
        'step-disputed': step, 'step-name': step.replace('describe', 'name'), 'step-publish': step.replace('describe', 'publish'), reliability: '/reliability' };
    assert.deepEqual(await faultsOfPages(browser, veha, 'curator', targets), []);
});

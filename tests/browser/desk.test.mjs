/* The specialist's desk: tasks of every group, a draft that keeps itself and survives what happens to a connection, sending with a second look, a thread with the curator. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { eventually, people, startVeha, stopCluster } from '../http/harness.mjs';
import { faultsOfPages, openBrowser } from './browser.mjs';

const plain = { javaScriptEnabled: false };
/* One without pages yet, and one that keeps some. */
const schools = ['1229800103708', '1229800102597'];
const by = {};
let veha;
let browser;
let tenants;

before(async () => {
    veha = await startVeha();
    browser = await openBrowser();
    for (const login of ['curator', 'specialist']) by[login] = await veha.signIn(login);
    tenants = schools.map((ogrn) => Number(sql(`select id from tenant where ogrn = '${ogrn}'`)));
});

after(async () => {
    await browser?.close();
    await veha?.stop();
    await stopCluster();
});

function sql(statement) {
    return veha.sql(`set search_path = veha, public; ${statement}`);
}

const stepOf = (key, which = 0) => `/tenants/${tenants[which]}/steps/${key}`;
const draftOf = async (step) => (await by.specialist.get(step)).json.draft;

async function change(login, step, verb, body) {
    const answer = await by[login].post(`${step}/${verb}`, body);
    assert.ok(answer.status < 300, `${step} ${verb}: ${answer.text}`);
}

/* Complaints that are no fault of a page: what a connection that is cut is told of. */
const ofPage = (page) => page.complaints.filter((text) => !/net::ERR_INTERNET_DISCONNECTED|status of (401|412)/.test(text));

test('what is typed is kept as the draft by itself, and the button beside it sends on', async () => {
    const step = stepOf('train');
    const page = await browser.signIn(veha, 'specialist');
    await page.goto(step);
    await page.getByLabel('Что сделано').pressSequentially('Записались на обучение');
    await page.getByText(/Черновик сохранён в \d\d:\d\d/).waitFor();
    assert.equal((await draftOf(step)).note, 'Записались на обучение');
    await page.getByLabel('Ссылка на подтверждение').pressSequentially('https://school.lukomorye.example/order');
    await eventually(async () => (await draftOf(step)).link === 'https://school.lukomorye.example/order', 'the link to be kept');
    assert.equal(await page.evaluate(() => localStorage.length), 0, 'what the server has is kept nowhere else');
    /* The forms of the page name the version that the draft has made. */
    await page.getByLabel('Что сделано').pressSequentially(', идём двое');
    await page.getByRole('button', { name: 'Проверить и отправить' }).click();
    await page.waitForURL(`${step}/check`);
    await page.getByText('Записались на обучение, идём двое').waitFor();
    assert.equal(await page.evaluate(() => localStorage.length), 0);
    await page.getByRole('button', { name: 'Отправить' }).click();
    await page.getByText('Отправлено на проверку').waitFor();
    await page.getByRole('button', { name: 'Отменить отметку' }).click();
    await page.getByText('Не начато').first().waitFor();
    assert.equal(await page.getByLabel('Что сделано').inputValue(), 'Записались на обучение, идём двое');
    assert.deepEqual(ofPage(page), []);
    await page.context().close();
});

test('a lost connection loses nothing: the text waits in the browser, also through a reload, and is kept when the connection is back', async () => {
    const step = stepOf('epgu_role');
    const page = await browser.signIn(veha, 'specialist');
    await page.goto(step);
    await page.context().setOffline(true);
    await page.getByLabel('Что сделано').pressSequentially('Подали заявку');
    await page.getByText('Нет связи. Текст хранится в этом браузере').waitFor();
    assert.equal(await draftOf(step), null);
    await page.context().setOffline(false);
    await page.getByText(/Черновик сохранён в/).waitFor();
    assert.equal((await draftOf(step)).note, 'Подали заявку');
    await page.context().setOffline(true);
    await page.getByLabel('Что сделано').pressSequentially(' в ЕПГУ');
    await page.getByText('Нет связи').waitFor();
    await page.goto(step).catch(() => null);
    await page.context().setOffline(false);
    await page.goto(step);
    await eventually(async () => (await draftOf(step)).note === 'Подали заявку в ЕПГУ', 'the text of before to be kept');
    assert.equal(await page.getByLabel('Что сделано').inputValue(), 'Подали заявку в ЕПГУ');
    assert.deepEqual(ofPage(page), []);
    await page.context().close();
});

test('somebody else’s change is neither overwritten nor loses what was typed', async () => {
    const step = stepOf('two_factor');
    const page = await browser.signIn(veha, 'specialist');
    await page.goto(step);
    await change('curator', step, 'draft', { note: 'Слова куратора' });
    await page.getByLabel('Что сделано').pressSequentially('Слова школы');
    await page.getByText('изменил кто-то другой').waitFor();
    assert.equal((await draftOf(step)).note, 'Слова куратора');
    await page.getByRole('link', { name: 'Обновить страницу' }).click();
    await page.getByText('остался ваш несохранённый текст').waitFor();
    assert.equal(await page.getByLabel('Что сделано').inputValue(), 'Слова куратора');
    await page.getByRole('button', { name: 'Вернуть его в форму' }).click();
    await eventually(async () => (await draftOf(step)).note === 'Слова школы', 'the own words to be kept');
    await page.context().close();
});

test('a change that leaves the draft alone, a look perhaps, is no obstacle', async () => {
    const step = stepOf('describe');
    const page = await browser.signIn(veha, 'specialist');
    await page.goto(step);
    await change('curator', step, 'decision', { word: 'returned', reason: 'Описание пустое' });
    await page.getByLabel('Что сделано').pressSequentially('Заполнили');
    await page.getByText(/Черновик сохранён в/).waitFor();
    assert.equal((await draftOf(step)).note, 'Заполнили');
    await page.context().close();
});

test('a session that ended says so, the text is there after signing in, and signing out takes it away', async () => {
    const step = stepOf('contacts');
    const page = await browser.signIn(veha, 'specialist');
    await page.goto(step);
    const cookies = await page.context().cookies();
    await page.context().clearCookies();
    await page.getByLabel('Что сделано').pressSequentially('Указали телефон');
    await page.getByText('Вы вышли из системы').waitFor();
    await page.getByRole('link', { name: 'Войти снова' }).click();
    await page.getByLabel('Имя для входа').fill('specialist');
    await page.getByLabel('Пароль').fill(people.specialist.password);
    await page.getByRole('button', { name: 'Войти' }).click();
    await page.waitForURL(step);
    await eventually(async () => (await draftOf(step))?.note === 'Указали телефон', 'the text to be kept after all');
    assert.ok(cookies.length > 0);
    await page.context().setOffline(true);
    await page.getByLabel('Что сделано').pressSequentially(' и почту');
    await page.getByText('Нет связи').waitFor();
    assert.equal(await page.evaluate(() => localStorage.length), 1);
    await page.route('**/draft', (route) => route.abort('internetdisconnected'));
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Выйти' }).click();
    await page.waitForURL(/\/session/);
    assert.equal(await page.evaluate(() => localStorage.length), 0, 'whoever sits down next finds nothing');
    await page.context().close();
});

test('without script: kept by a button, looked through, sent, undone; Back and reload show whole pages', async () => {
    const step = stepOf('name', 1);
    const page = await browser.signIn(veha, 'specialist', plain);
    await page.goto(step);
    await page.getByLabel('Что сделано').fill('Исправили название');
    await page.getByRole('button', { name: 'Сохранить черновик' }).click();
    await page.getByText('В работе').first().waitFor();
    await page.getByRole('button', { name: 'Проверить и отправить' }).click();
    await page.getByRole('heading', { name: 'Проверьте перед отправкой' }).waitFor();
    await page.getByRole('link', { name: 'Изменить' }).click();
    await page.getByLabel('Что сделано').fill('Исправили название и обложку');
    await page.getByRole('button', { name: 'Проверить и отправить' }).click();
    await page.getByText('Исправили название и обложку').waitFor();
    await page.getByRole('button', { name: 'Отправить' }).click();
    await page.getByText('Отправлено на проверку').waitFor();
    for (const deed of ['goBack', 'reload', 'goForward', 'reload']) {
        await page[deed]();
        assert.equal(await page.locator('header.top').count(), 1, deed);
        assert.equal(await page.locator('footer.bottom').count(), 1, deed);
    }
    await page.goto(step);
    await page.getByRole('button', { name: 'Отменить отметку' }).click();
    assert.equal(await page.getByLabel('Что сделано').inputValue(), 'Исправили название и обложку');
    await page.context().close();
});

test('a question and its answer, without script, and each is led there by a message', async () => {
    const step = stepOf('look', 1);
    const page = await browser.signIn(veha, 'specialist', plain);
    await page.goto(step);
    await page.getByLabel('Вопрос или ответ куратору').fill('Какого размера обложка?');
    await page.getByRole('button', { name: 'Отправить сообщение' }).click();
    await page.getByText('Какого размера обложка?').waitFor();
    const decider = await browser.signIn(veha, 'curator', plain);
    await decider.goto('/inbox');
    await decider.getByRole('link', { name: /Организация написала о шаге/ }).click();
    await decider.getByLabel('Вопрос или ответ организации').fill('1590 × 400');
    await decider.getByRole('button', { name: 'Отправить сообщение' }).click();
    await page.goto('/inbox');
    await page.getByRole('link', { name: /Куратор написал вам о шаге/ }).click();
    await page.getByText('1590 × 400').waitFor();
    await Promise.all([page.context().close(), decider.context().close()]);
});

/* A desk with something in each group. */
async function fillDesk() {
    await change('specialist', stepOf('appoint'), 'claim', { note: 'Приказ № 7', link: 'https://school.lukomorye.example/order?number=7' });
    await change('curator', stepOf('appoint'), 'decision', { word: 'returned', reason: 'В приказе нет подписи руководителя и даты. Приложите подписанный.' });
    await change('specialist', stepOf('train'), 'draft', { note: 'Записались' });
    await change('specialist', stepOf('epgu_role'), 'claim', { note: 'Получили роль' });
    await change('specialist', stepOf('two_factor'), 'claim', {});
    await change('curator', stepOf('two_factor'), 'decision', { word: 'confirmed', reason: 'Видел снимок экрана' });
    await change('specialist', stepOf('describe', 1), 'claim', { note: 'Заполнили' });
    for (const hours of [2, 4]) {
        sql(`begin; select enter(null, null, null, null, now() + interval '${hours} hours');
             insert into job (tenant, place, account) select tenant, place, id from account where tenant = ${tenants[1]} and network = 'vk' and upper_inf(valid) on conflict do nothing;
             select job_record((select jsonb_agg(jsonb_build_object('id', j.id, 'fence', j.fence, 'seen', jsonb_build_object('state', 'present', 'network_version', 1, 'rules_version', 1,
                 'verdicts', '[{"check": "DESC", "result": "failed", "reason": "description_short", "facts": {"length": 85, "length_least": 200, "aims": false}}]'::jsonb)))
                 from job j join account a on a.tenant = j.tenant and a.id = j.account and a.network = 'vk' where j.tenant = ${tenants[1]} and j.finished_at is null)); commit`);
    }
    await change('specialist', stepOf('appoint'), 'comments', { comment: 'Подпись директора или заместителя?\nДиректор в отпуске до пятницы.' });
    await change('curator', stepOf('appoint'), 'comments', { comment: 'Заместителя достаточно, если он исполняет обязанности: приложите и приказ об этом.' });
    await change('specialist', stepOf('appoint'), 'comments', { comment: 'Спасибо!' });
    await change('specialist', stepOf('appoint'), 'draft', { note: 'Подписали, приложили приказ', link: 'https://school.lukomorye.example/order?number=8' });
}

test('every state of the desk fits, in both colours, and passes the rules of access', async () => {
    await fillDesk();
    const groups = (await by.specialist.get('/')).json.groups.filter(({ count }) => count > 0).map(({ status }) => status);
    for (const status of ['returned', 'contradicted', 'not_started', 'in_progress', 'claimed', 'verified', 'not_applicable']) assert.ok(groups.includes(status), status);
    const targets = {
        desk: '/', 'desk-one': `/?tenant=${tenants[0]}`, 'desk-all': '/?status=not_started', 'desk-done': '/?status=verified',
        'step-returned': stepOf('appoint'), 'step-check': `${stepOf('appoint')}/check`, 'step-claimed': stepOf('epgu_role'),
        'step-contradicted': stepOf('describe', 1), 'step-nothing': `${stepOf('gos_mark')}/check`, 'step-new': stepOf('gos_mark'), 'step-spared': stepOf('create_ok'),
    };
    assert.deepEqual(await faultsOfPages(browser, veha, 'specialist', targets), []);
});

test('the keyboard alone takes the next step from the desk to sent', async () => {
    const page = await browser.signIn(veha, 'specialist');
    const press = async (name, role = 'link') => {
        await page.getByRole(role, { name }).first().focus();
        await page.keyboard.press('Enter');
    };
    await page.goto(`/?tenant=${tenants[0]}`);
    await press('Назначить ответственного');
    await page.waitForURL(stepOf('appoint'));
    await press('Написать, что сделано');
    await page.getByLabel('Что сделано').focus();
    await page.keyboard.press('Control+End');
    await page.keyboard.type(' снова');
    await press('Проверить и отправить', 'button');
    await page.waitForURL(/\/check$/);
    await press('Отправить', 'button');
    await page.getByText('Отправлено на проверку').waitFor();
    assert.match((await by.specialist.get(stepOf('appoint'))).json.claim.note, / снова$/);
    await page.context().close();
});

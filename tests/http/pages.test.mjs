/* Pages as people get them: the same facts as the JSON, in Russian, without script, with forms that lose nothing. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { signInByForm } from './ask.mjs';
import { people, startVeha, stopCluster } from './harness.mjs';

let veha;
const readers = {};

before(async () => {
    veha = await startVeha();
    for (const login of Object.keys(people)) readers[login] = await openBrowser(login);
});

after(async () => {
    await veha?.stop();
    await stopCluster();
});

const hidden = (text, name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1];

/* Signs in by the form, as a browser does. */
async function openBrowser(login) {
    const client = veha.client();
    await signInByForm(veha, client, login);
    return client;
}

async function open(client, target, status = 200) {
    const answer = await client.page(target);
    assert.equal(answer.status, status, `${target}: ${answer.text}`);
    assert.match(answer.headers['content-type'], /^text\/html/);
    return answer.text;
}

/* Fills in the form whose action ends so, with what the page itself holds hidden in it. */
async function submit(client, target, action, fields) {
    const text = await open(client, target);
    const form = [...text.matchAll(/<form[^>]*action="([^"]*)"[^>]*>([^]*?)<\/form>/g)].find(([, to]) => to.endsWith(action));
    assert.ok(form, `${target} has no form ${action}`);
    const kept = Object.fromEntries([...form[2].matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(([, name, value]) => [name, value]));
    return client.submit(form[1], { ...kept, ...fields }, { headers: { referer: `${veha.url}${target}`, origin: veha.url } });
}

const tasks = async () => (await readers.specialist.get('/')).json.groups.flatMap(({ items }) => items);
async function tick(client, task, fields) {
    const kept = await submit(client, stepPath(task), '/draft', { ...fields, then: 'check' });
    assert.equal(kept.headers.location, `${stepPath(task)}/check`, kept.text);
    return submit(client, kept.headers.location, '/check', {});
}

const stepPath = (task) => `/tenants/${task.tenant.id}/steps/${task.key}`;

async function everyPage(client) {
    const tenants = (await client.get('/tenants?limit=100')).json.items;
    const one = tenants.find((tenant) => tenant.accounts.length > 1) ?? tenants[0];
    const { steps, can } = (await client.get(`/tenants/${one.id}`)).json;
    const pages = ['/', '/networks', '/tenants', `/tenants/${one.id}`, `/tenants/${one.id}/roadmap`, `/tenants/${one.id}/history`, `/tenants/${one.id}/looks`];
    if (can.change) pages.push(`/tenants/${one.id}/edit`);
    if ((await client.get('/overview')).status === 200) pages.push('/overview');
    if ((await client.get(`/tenants/${one.id}/audit`)).status === 200) pages.push(`/tenants/${one.id}/audit`);
    return [...pages, ...steps.map((step) => `/tenants/${one.id}/steps/${step.key}`)];
}

/* Codes are for programs; a code on a page is a message that nobody translated. */
function visibleText(html) {
    return html.replace(/<(script|style)[^]*?<\/\1>/g, '').replace(/<[^>]*>/g, ' ');
}

test('every page of every role is whole, Russian, and free of inline code', async () => {
    for (const [login, client] of Object.entries(readers)) {
        for (const target of await everyPage(client)) {
            const html = await open(client, target);
            assert.match(html, /<html lang="ru">/, target);
            assert.match(html, /<\/html>\s*$/, `${login} ${target} is cut off`);
            assert.doesNotMatch(html, /\{\{|\}\}/, target);
            assert.doesNotMatch(html, / style=| on\w+="|javascript:/, target);
            assert.doesNotMatch(visibleText(html), /\b[a-z]+_[a-z_]+\b(?!\.)/, `${login} ${target}`);
            assert.match(html, /<main id="main"/, target);
            assert.equal(html.match(/<h1[ >]/g)?.length, 1, `${target} has one heading`);
        }
    }
});

test('identifiers are unique, and every label names a field', async () => {
    for (const target of await everyPage(readers.curator)) {
        const html = await open(readers.curator, target);
        const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
        assert.deepEqual(ids.filter((id, at) => ids.indexOf(id) !== at), [], target);
        for (const [, id] of html.matchAll(/<label[^>]* for="([^"]*)"/g)) assert.ok(ids.includes(id), `${target}: label for ${id}`);
        for (const [, list] of html.matchAll(/aria-(?:describedby|labelledby)="([^"]*)"/g))
            for (const id of list.split(' ')) assert.ok(ids.includes(id), `${target}: ${id}`);
    }
});

test('a page tells the same counts as its JSON', async () => {
    const { coverage, steps } = (await readers.curator.get('/overview')).json;
    const text = visibleText(await open(readers.curator, '/overview')).replace(/\s+/g, ' ');
    assert.ok(text.includes(`${coverage.any.seen} из ${coverage.any.of}`), text);
    assert.ok(text.includes(`${coverage.any.reported} из ${coverage.any.of}`), text);
    assert.ok(text.includes(`Просрочено : ${steps.overdue}`) || text.includes(`Просрочено: ${steps.overdue}`), text);
});

test('a specialist ticks a step and takes the tick back without script', async () => {
    const task = (await tasks()).find((one) => one.status === 'not_started');
    const ticked = await tick(readers.specialist, task, { note: 'Сделано <b>сегодня</b>', link: 'https://example.ru/order' });
    assert.equal(ticked.status, 303, ticked.text);
    assert.equal(ticked.headers.location, stepPath(task));
    const page = await open(readers.specialist, stepPath(task));
    assert.match(page, /Сделано &lt;b&gt;сегодня&lt;\/b&gt;/);
    assert.match(page, /status-claimed/);
    const back = await submit(readers.specialist, stepPath(task), '/withdraw', { reason: '' });
    assert.equal(back.status, 303, back.text);
    assert.match(await open(readers.specialist, stepPath(task)), /Шаг ещё никто не\u00a0отметил/);
});

test('a wrong link is told beside its field, and nothing typed is lost', async () => {
    const task = (await tasks()).find((one) => one.status === 'not_started');
    const answer = await submit(readers.specialist, stepPath(task), '/draft', { note: 'Долго писали', link: 'не ссылка', then: 'check' });
    assert.equal(answer.status, 422);
    assert.match(answer.text, /<a href="#link">Ссылка на\u00a0подтверждение: [^<]+<\/a>/);
    assert.match(answer.text, /id="link-error">[^<]+</);
    assert.match(answer.text, /value="не ссылка"/);
    assert.match(answer.text, />Долго писали<\/textarea>/);
    assert.match(answer.text, /aria-invalid=true/);
});

test('what was typed into one form comes back in that form alone, its faults beside it', async () => {
    const { tenant } = (await tasks())[0];
    const answer = await submit(readers.admin, `/tenants/${tenant.id}/edit`, '/mend', { inn: '123', ogrn: '', reason: 'Опечатка в реестре' });
    assert.equal(answer.status, 422, answer.text);
    assert.equal(answer.text.match(/value="Опечатка в реестре"/g)?.length, 1, 'no reason to merge or close lies ready');
    const unreasoned = await submit(readers.admin, `/tenants/${tenant.id}/edit`, '/close', { reason: '' });
    assert.equal(unreasoned.status, 422, unreasoned.text);
    const form = /<form[^>]*\/close"[^>]*>([^]*?)<\/form>/.exec(unreasoned.text)[1];
    assert.match(form, /id="close-reason-error">[А-Я][^<]+</);
    assert.match(form, / id="reason"/, 'the link of the fault leads here');
    assert.equal(unreasoned.text.match(/ id="reason"/g).length, 1);
});

test('an organisation that could not be added is shown in its open form', async () => {
    const { parent } = (await readers.admin.get('/tenants')).json.items.find((one) => one.parent);
    const answer = await submit(readers.admin, `/tenants/${parent.id}`, '/tenants', { kind: 'organisation', name: 'Новая школа', short_name: '', inn: '12', ogrn: '' });
    assert.equal(answer.status, 422, answer.text);
    assert.match(answer.text, /<details class="box" open>/);
    assert.match(answer.text, /value="Новая школа"/);
});

test('a problem says more than its title', async () => {
    for (const [login, target, status] of [['specialist', '/overview', 403], ['curator', '/nowhere', 404]]) {
        const html = await open(readers[login], target, status);
        const [, title, detail] = /<h1>([^<]+)<\/h1>\s*<p>([^<]+)<\/p>/.exec(html);
        assert.notEqual(title, detail, target);
        assert.match(detail, /\.$/);
    }
    const stranger = veha.client();
    const page = await stranger.page('/session');
    const refused = await stranger.submit('/session', { login: 'curator', password: 'не тот', csrf: hidden(page.text, 'csrf') });
    assert.match(refused.text.replaceAll('\u00a0', ' '), /Войти не удалось<\/h2>\s*<p>Имя или пароль не подходят/);
});

test('a curator returns a step with a reason, which its specialist reads first', async () => {
    const task = (await tasks()).find((one) => one.status === 'not_started');
    await tick(readers.specialist, task, {});
    const decided = await submit(readers.curator, stepPath(task), '/decision', { word: 'returned', reason: 'Приложите приказ.', until: '' });
    assert.equal(decided.status, 303, decided.text);
    assert.equal((await tasks())[0].status, 'returned');
    const home = await open(readers.specialist, '/');
    assert.match(visibleText(home), /Сделайте\s+сейчас:\s[^—]+—[^]*?Возвращено\s+1\s[^]*?Куратор\s+Лукоморья,[^:]*:\d\d\s*:\s+Приложите приказ\./);
});

test('an address of somebody’s post is refused in words, the field keeps it', async () => {
    const { tenant } = (await tasks())[0];
    const answer = await submit(readers.specialist, `/tenants/${tenant.id}`, '/accounts/preview', { address: 'https://vk.com/wall-1_2' });
    assert.equal(answer.status, 422, answer.text);
    assert.match(answer.text, /value="https:\/\/vk\.com\/wall-1_2"/);
    assert.match(answer.text, /id="address-error">[А-Я][^<]+</);
});

test('what is not there and what is not yours look the same, with a way on', async () => {
    const foreign = (await readers.curator.get(`/tenants?search=${encodeURIComponent('Золотая рыбка')}`)).json.items[0];
    const mine = await open(readers.specialist, `/tenants/${foreign.id}`, 404);
    const nowhere = await open(readers.specialist, '/tenants/999999999', 404);
    const strip = (html) => html.replace(/value="[^"]*"/g, '').replace(/номер: \S+</, '').replace(/номер:[^<]*/, '');
    assert.equal(strip(mine), strip(nowhere));
    assert.match(mine, /<h1>Не\u00a0найдено<\/h1>/);
    assert.match(mine, /href="\/"/);
});

test('an administrator renames and moves with a reason, and history says so', async () => {
    const school = (await readers.admin.get(`/tenants?search=${encodeURIComponent('Гимназия')}`)).json.items[0];
    const renamed = await submit(readers.admin, `/tenants/${school.id}/edit`, '/rename', { name: 'Гимназия № 5 «Избушка»', short_name: '', reason: 'Приказ № 1' });
    assert.equal(renamed.status, 303, renamed.text);
    const { parents } = (await readers.admin.get(`/tenants/${school.id}/edit`)).json;
    const moved = await submit(readers.admin, `/tenants/${school.id}/edit`, '/move', { parent: String(parents.find((parent) => !parent.chosen).id), reason: 'Передана району' });
    assert.equal(moved.status, 303, moved.text);
    const history = await open(readers.admin, `/tenants/${school.id}/history`);
    assert.match(history, /<div class="prose quiet">Передана району<\/div>/);
    assert.match(history, /→ «Гимназия №\u00a05 «Избушка»»/);
});

test('a list is searched, filtered and paged by its links alone', async () => {
    const first = await open(readers.curator, '/tenants?limit=3&kind=organisation');
    const next = /rel="next" href="([^"]*)"/.exec(first)?.[1].replaceAll('&amp;', '&');
    assert.match(next, /kind=organisation/);
    const second = await open(readers.curator, next);
    const names = (html) => [...html.matchAll(/<th scope="row"><a href="(\/tenants\/\d+)">/g)].map(([, target]) => target);
    assert.equal(names(first).length, 3);
    assert.deepEqual(names(second).filter((name) => names(first).includes(name)), []);
    assert.match(await open(readers.curator, `/tenants?search=${encodeURIComponent('нет такой нигде')}`), /Ничего не\u00a0нашлось/);
});

test('what each network can tell is a table for people and for programs alike', async () => {
    const { checks, networks } = (await readers.specialist.get('/networks')).json;
    const rows = [...(await open(readers.specialist, '/networks')).matchAll(/<tr><th scope="row">[^]*?<\/tr>/g)].map(([row]) => [...row.matchAll(/visually-hidden">([^<]+)</g)].map(([, words]) => words.replaceAll('\u00a0', ' ')));
    const words = { tells: 'можно увидеть', token: 'можно увидеть только с ключом доступа', cannot: 'увидеть нельзя', shows: 'показывается, если видно; на шаги не влияет' };
    assert.deepEqual(rows, checks.map((check) => check.networks.map(({ tells }) => words[tells])));
    assert.deepEqual(checks[0].networks.map(({ code }) => code), networks.map(({ code }) => code));
    for (const network of networks)
        for (const { check, tells } of network.checks) assert.equal(checks.find((one) => one.check === check).networks.find(({ code }) => code === network.code).tells, tells, `${network.code} ${check}`);
});

test('the curve is told in figures, too', async () => {
    const { burnup } = (await readers.curator.get('/overview')).json;
    const html = await open(readers.curator, '/overview');
    const table = /<summary>То\u00a0же в\u00a0цифрах<\/summary>([^]*?)<\/details>/.exec(html)?.[1] ?? '';
    assert.equal(table.match(/<tr><th scope="row"/g)?.length, burnup.points.length);
});

/* What several tests ask in the same way: as a browser with its forms, and of answers that must not tell more than they should. */
import assert from 'node:assert/strict';

import { people } from './harness.mjs';

/* A client signed in by the form, with cookies, that fills in the forms of pages as a browser does. */
export async function openBrowser(veha, login, password = people[login]?.password) {
    veha.inform(login);
    const client = veha.client();
    await signInByForm(veha, client, login, password);
    /* The page of a path, which must be there. */
    client.open = async (target, status = 200) => {
        const opened = await client.page(target);
        assert.equal(opened.status, status, `${target}: ${opened.text}`);
        return opened.text;
    };
    /* What a form of a page holds by itself: its whole action and its hidden fields. action: how it ends. */
    client.formOf = async (target, action) => {
        const text = await client.open(target);
        const form = [...text.matchAll(/<form[^>]*action="([^"]*)"[^>]*>([^]*?)<\/form>/g)].find(([, to]) => to.endsWith(action));
        assert.ok(form, `${target} has no form ${action}`);
        return { action: form[1], fields: hidden(form[2]) };
    };
    client.fill = async (target, action, fields) => {
        const form = await client.formOf(target, action);
        return client.submit(form.action, { ...form.fields, ...fields }, { headers: { referer: `${veha.url}${target}`, origin: veha.url } });
    };
    /* Ticks the step of this path as people do: by its form, and then by the page that shows what would be sent. */
    client.tick = async (target, fields) => {
        const kept = await client.fill(target, '/draft', { ...fields, then: 'check' });
        return kept.status === 303 ? client.fill(kept.headers.location, '/check', {}) : kept;
    };
    return client;
}

/* Signs in by forms, with all that is asked for: a code, or the setting up of a second factor. */
export async function signInByForm(veha, client, login, password = people[login]?.password) {
    const csrf = async (target) => hidden((await client.page(target)).text).csrf;
    let answer = await client.submit('/session', { login, password, csrf: await csrf('/session') });
    assert.equal(answer.status, 303, answer.text);
    if (answer.headers.location === '/session/factor')
        answer = await client.submit('/session/factor', { code: veha.code(login), csrf: await csrf('/session/factor') });
    assert.equal(answer.status, 303, answer.text);
    if (!answer.headers.location.startsWith('/session/security')) return;
    await client.submit('/session/factor/begin', { csrf: await csrf('/session/security') });
    const page = (await client.page('/session/factor/setup')).text;
    veha.factors.set(login, /<code class="address">(\w+)</.exec(page)[1]);
    answer = await client.submit('/session/factor/confirm', { code: veha.code(login), csrf: hidden(page).csrf });
    assert.equal(answer.status, 200, answer.text);
}

function hidden(html) {
    return Object.fromEntries([...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(([, name, value]) => [name, value.replaceAll('&amp;', '&')]));
}

/* The words of a page, without its markup. */
export function wordsOf(html) {
    return html.replace(/<(script|style)[^]*?<\/\1>/g, '').replace(/<[^>]*>/g, ' ').replace(/\u00a0/g, ' ').replace(/\s+/g, ' ');
}

/* All that an answer tells, but for what differs between any two: the request's id, the time, and the secrets of a page's forms. */
export function tellings({ status, headers, text }) {
    const kept = Object.entries(headers).filter(([name]) => !['date', 'x-request-id', 'ratelimit'].includes(name));
    const body = text.replaceAll(headers['x-request-id'], 'ID').replace(/(name="(?:csrf|idempotency_key)" value=")[^"]*/g, '$1');
    return { status, headers: Object.fromEntries(kept), body };
}

/* A problem in Russian with this code; fields: the names of those that are wrong. */
export function assertProblem({ status, headers, json, text }, expected, code, fields) {
    assert.equal(status, expected, text);
    assert.equal(headers['content-type'], 'application/problem+json', text);
    assert.equal(json.code, code, text);
    assert.equal(json.status, expected, text);
    assert.equal(json.request_id, headers['x-request-id'], text);
    assert.match(json.type, /^\/problems\/[a-z-]+$/, text);
    assert.match(json.code, /^[a-z0-9_]+$/, text);
    assert.match(json.title, /[а-яё]/i, text);
    assert.match(json.detail, /[а-яё]/i, text);
    if (fields) assert.deepEqual(json.errors.map(({ field }) => field), fields);
    for (const error of json.errors ?? []) assert.match(error.detail, /[а-яё]/i, text);
}

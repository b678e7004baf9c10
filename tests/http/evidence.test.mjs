/* What is kept of a look: all that was asked and came, told to people and programs; the very bytes to curators, as an attachment, for a time. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { root } from '../support/build.mjs';
import { templatesWithoutLimits } from '../support/networks.mjs';
import { openBrowser } from './ask.mjs';
import { eventually, startVeha, stopCluster } from './harness.mjs';

const folder = path.join(root, 'var', `test-evidence-${process.pid}`);
const templates = { directory: templatesWithoutLimits(path.join(folder, 'templates')) };
const secret = 'stand-in-secret-token';
const page = `<!doctype html><title>Школа</title><h1>Школа №&nbsp;1</h1><p>${'Лукоморье, день за днём. '.repeat(40)}`;
const one = (statement) => veha.sql(`set search_path = veha, public; ${statement}`);

let veha;
let curator;
const found = {};

before(async () => {
    const answers = [
        { host: 't.me', path: '/s/lukomor98_edu', status: 200, headers: { etag: '"seven"', server: 'standin/1', 'set-cookie': 'session=stolen', 'x-unknown': 'no' }, body: page },
        { host: 't.me', path: '/lukomor98_edu', status: 302, headers: { location: `https://t.me/s/lukomor98_edu?from=${secret}` } },
        { host: 't.me', path: '/s/lukomor98_hospital', status: 200, body: `${page}<p>access_token=${secret}` },
    ];
    veha = await startVeha({ verify: true, scenario: { telegram: [], vk: { communities: [] }, sites: [], answers }, config: { templates, vk: { token: secret } } });
    found.tenant = one("select tenant from account where network = 'telegram' and address = 'lukomor98_edu' and upper_inf(valid)");
    const looks = `select l.id from look l join account a on a.tenant = l.tenant and a.id = l.account where a.network = 'telegram' and a.tenant = ${found.tenant} order by l.id limit 1`;
    found.look = await eventually(() => one(looks), 'the look', 60);
    curator = await veha.signIn('curator');
});
after(async () => {
    await veha?.stop();
    await stopCluster();
    fs.rmSync(folder, { recursive: true, force: true });
});

const lookPath = () => `/tenants/${found.tenant}/looks/${found.look}`;

test('a look tells what was asked, what came and by which rules', async () => {
    const { status, json, text } = await curator.get(lookPath());
    assert.equal(status, 200);
    const [first] = json.requests;
    assert.equal(first.url, 'https://t.me/s/lukomor98_edu');
    assert.equal(first.status, 200);
    const headers = Object.fromEntries(first.headers.map(({ name, value }) => [name, value]));
    assert.equal(headers.etag, '"seven"');
    assert.equal(headers.server, 'standin/1');
    assert.ok(headers.date && headers['content-type']);
    assert.equal(headers['x-unknown'], undefined);
    assert.equal(text.includes('stolen'), false, 'no cookie is kept');
    assert.equal(first.hash, createHash('sha256').update(page).digest('hex'), 'the SHA-256 of what was received');
    assert.ok(json.network_version > 0 && json.rules_version > 0 && json.at);
    assert.ok(json.verdicts.some(({ check, result, reason }) => check === 'EXIST' && result && reason));
});

test('redirects are told with their codes, and no secret of ours stays in them', async () => {
    const { json, text } = await curator.get(lookPath());
    const hop = json.requests.flatMap(({ redirects }) => redirects ?? [])[0];
    assert.equal(hop.status, 302);
    assert.equal(hop.url, 'https://t.me/lukomor98_edu');
    assert.match(hop.headers.location, /\?from=\*\*\*$/);
    assert.equal(text.includes(secret), false);
    assert.equal(one(`select count(*) from look where requests::text like '%${secret}%'`), '0');
});

test('the bytes are an attachment for curators, and no page', async () => {
    const answer = await curator.get(`${lookPath()}/body`);
    assert.equal(answer.status, 200);
    assert.equal(answer.text, page);
    assert.equal(answer.headers['content-type'], 'application/octet-stream');
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    assert.match(answer.headers['content-disposition'], /^attachment; filename="[0-9a-f]{16}\.bin"$/);
    assert.equal((await curator.get(`${lookPath()}/body?request=99`)).status, 404);
    assert.equal((await curator.get(`${lookPath()}/body?request=0`)).status, 422);
    const added = veha.command('user', 'add', '--login', 'reads_all', '--name', 'Наблюдатель', '--role', 'observer');
    const observer = await veha.signIn('reads_all', /^Password: (.+)$/m.exec(added)[1]);
    assert.equal((await observer.get(`${lookPath()}/body`)).status, 403);
    const seen = await observer.get(lookPath());
    assert.equal(seen.status, 200);
    assert.equal(seen.json.requests[0].kept, false, 'whoever may not read it is not told that it is there');
    const stored = JSON.parse(one(`select jsonb_build_object('length', length, 'packed', length(packed)) from body where hash = '${createHash('sha256').update(page).digest('hex')}'`));
    assert.ok(stored.packed < stored.length / 2, JSON.stringify(stored));
});

test('an answer that repeats our secret is not kept, and its look says so', async () => {
    const answer = "from look l join account a on a.tenant = l.tenant and a.id = l.account, jsonb_array_elements(l.requests) r where a.address = 'lukomor98_hospital' and r->>'url' like '%/s/lukomor98_hospital'";
    await eventually(() => one(`select count(*) ${answer}`) !== '0', 'the look at the page that repeats the secret', 60);
    assert.equal(one(`select bool_and((r->>'withheld')::boolean and r->>'hash' ~ '^[0-9a-f]{64}$') ${answer}`), 't');
    assert.equal(one(`select count(*) ${answer} and exists (select from body b where b.tenant = l.tenant and b.hash = r->>'hash')`), '0');
    const [tenant, look] = one(`select l.tenant, l.id ${answer} limit 1`).split('|');
    const admin = await openBrowser(veha, 'admin');
    assert.ok((await admin.page(`/tenants/${tenant}/looks/${look}`)).text.includes('секретный ключ'));
    assert.equal((await admin.get(`/tenants/${tenant}/looks/${look}/body`)).status, 404);
});

test('people read the same on a page, in Russian, from the list of looks', async () => {
    const reader = await openBrowser(veha, 'curator');
    const list = await reader.page(`/tenants/${found.tenant}/looks`);
    assert.ok(list.text.includes(`href="${lookPath()}"`));
    const shown = await reader.page(lookPath());
    assert.equal(shown.status, 200);
    for (const words of ['Что это значит', 'Что спросили и что пришло в ответ', 'https://t.me/s/lukomor98_edu', 'код 200', 'SHA-256', 'Скачать ответ как есть', 'По каким правилам', 'Перенаправлено с'])
        assert.ok(shown.text.includes(words), words);
    assert.equal(/\{\{|undefined|\[object/.test(shown.text), false);
});

test('bodies are forgotten when their time has passed, and the look stands', async () => {
    one("update body set seen_at = seen_at - interval '31 days'");
    assert.ok(Number(one('select count(*) from body')) > 0);
    assert.ok(Number(one('select body_forget(30, 1)')) === 1, 'in small batches');
    one('select body_forget(30, 100000)');
    assert.equal((await curator.get(`${lookPath()}/body`)).status, 404);
    const { json } = await curator.get(lookPath());
    assert.equal(json.requests[0].kept, false);
    assert.match(json.requests[0].hash, /^[0-9a-f]{64}$/);
});

/*
 * Bad input, every resource in every way it can be asked: as JSON, as a form, in its query, in its path and in its headers.
 *
 * What is asked follows from the API's own description and from the table of resources.mjs, which says how a resource is asked rightly: a new resource and a new field are asked by themselves. No answer
 * is an error of ours, each refusal is a problem (RFC 9457) in Russian that names all fields that are wrong, and what was refused left nothing behind.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { openSession } from '../support/cluster.mjs';
import { assertProblem, openBrowser, wordsOf } from './ask.mjs';
import { startVeha, stopCluster } from './harness.mjs';
import { layGround, table } from './resources.mjs';
import { issue, openService } from './service.mjs';

const most = '9223372036854775807';
const atOnce = 64;

let veha;
let admin;
let program;
let browser;
let stranger;
let ground;
let database;
let opened;

before(async () => {
    veha = await startVeha();
    admin = await veha.signIn('admin');
    ground = await layGround(veha, admin);
    program = await openService(veha, issue(veha, 'clumsy', ['job.take', 'job.record', 'tenant.read'], { tenant: ground.place.agency }));
    browser = await openBrowser(veha, 'admin');
    browser.csrf = (await browser.formOf('/', '/session/end')).fields.csrf;
    stranger = veha.client();
    stranger.csrf = /name="csrf" value="([^"]*)"/.exec((await stranger.page('/session')).text)[1];
    database = openSession(veha.sql("select format('dbname=%s host=%s user=postgres', current_database(), split_part(current_setting('unix_socket_directories'), ',', 1))"));
    const { paths } = (await admin.get('/openapi.json')).json;
    const resources = Object.entries(paths).flatMap(([template, methods]) => Object.entries(methods).map(([method, told]) => describe(template, method.toUpperCase(), told)));
    opened = [];
    for (const resource of resources) opened.push(await openOne(resource));
});

after(async () => {
    await database?.close();
    await veha?.stop();
    await stopCluster();
});

/* A line of the table with all that the API's description says of it. */
function describe(template, method, { operationId: name, parameters = [], requestBody, responses }) {
    const line = table[name];
    assert.ok(line, `${name} needs a line in resources.mjs`);
    const fieldsIn = (place) => Object.fromEntries(parameters.filter((one) => one.in === place).map((one) => [one.name, one.schema]));
    const told = Object.values(requestBody?.content ?? {})[0]?.schema;
    return {
        ...line, name, template, method, changes: method !== 'GET',
        fields: told?.properties ?? {}, required: told?.required ?? [], queries: fieldsIn('query'), places: fieldsIn('path'),
        table: Boolean(responses[200]?.content?.['text/csv']), page: !Object.keys(Object.values(responses)[0].content ?? {}).some((type) => type !== 'text/html') && method === 'GET',
        who: line.data ? program : line.capability === 'anyone' ? stranger : admin,
        as: line.data || line.capability === 'anyone' ? stranger : browser,
    };
}

/* ---- Asking ---- */

const events = () => database.say('select count(*) from veha.event');
/* Who guesses, asks for letters or tries roadmaps again and again is made to wait, which would hide the answers: that is forgotten, and asked again. */
const forgive = () => database.say("delete from veha.sign_in_attempt where login_hash not in (select veha.login_hash(login) from veha.person where login like 'worker%'); delete from veha.reset_attempt; update veha.trial set state = 'done', finished_at = now() where finished_at is null");

async function patiently(ask) {
    for (let times = 0; ; times++) {
        const answer = await ask();
        if (answer.status !== 429 || times === 20) return answer;
        await forgive();
    }
}

/* Each of a list, many at once. */
async function each(list, ask, most = atOnce) {
    for (let at = 0; at < list.length; at += most) await Promise.all(list.slice(at, at + most).map((one, number) => ask(one, at + number)));
}

/* What no field or resource treats in a way of its own, each meets in turns. */
const isTurn = (at, number) => (at + number) % 5 === 0;

/* A resource about a tenant of its own: where, and what is rightly sent there. */
async function openOne(resource) {
    const { needs, body, form = body, who } = resource;
    const [target] = (await ground.pathOf(resource, needs || body ? await ground.fresh(needs) : ground.place.foreign)).split('?');
    return { ...resource, target, right: body?.(ground.place), rightForm: { ...form?.(ground.place), ...(who.csrf ? { csrf: who.csrf } : {}) } };
}

const shorten = (value) => String(value).slice(0, 60);

function assertAnswer(answer, what) {
    const { status, json, text } = answer;
    assert.ok(status < 500 && status !== 429, `${what}: ${status} ${text.slice(0, 500)}`);
    assert.ok(status < 400 || json, `${what}: ${status} ${text.slice(0, 500)}`);
    if (status >= 400) assertProblem(answer, status, json.code);
    return answer;
}

const fieldsOf = ({ json }) => (json?.errors ?? []).map(({ field }) => field);

function assertStatus(answer, status, what) {
    assertAnswer(answer, what);
    assert.equal(answer.status, status, `${what}: ${answer.text.slice(0, 500)}`);
}

function assertNamed(answer, names, what) {
    assertStatus(answer, 422, what);
    assert.deepEqual([...new Set(fieldsOf(answer))].sort(), [...names].sort(), `${what}: ${answer.text.slice(0, 500)}`);
}

/* A way of asking, for each resource that it applies to; what is refused leaves nothing behind. */
function everyResource(how, applies, refusals) {
    test(how, async () => {
        for (const one of opened.filter(applies)) {
            const before = await events();
            await refusals(one);
            assert.equal(await events(), before, `${one.name} did something that it refused`);
        }
    });
}

/* ---- What is wrong, by what the description says of a field ---- */

const otherTypes = {
    string: [0, 1.5, true, [], {}, ['text']],
    integer: ['text', '', '1', 1.5, 1.0e30, true, [], {}, [1]],
    boolean: ['true', 0, 1, [], {}],
    object: ['text', '{}', 0, true, [], [{}]],
    array: ['text', 0, true, {}, [null], [[]], [{ a: [] }, 0, 'text', false]],
};

/* Texts that a field with a pattern, a list or a format has to refuse. */
const oddTexts = ['\u202Eевил', '\u0661\u0662\u0663', '=1+1', '\u043Ep\u0435n', "' or 1=1 --", 'javascript:alert(1)', '2026-02-30', '../..'];
const exactTexts = ({ pattern, enum: words, format }) =>
    pattern ? oddTexts.filter((text) => !new RegExp(pattern, 'u').test(text))
    : words ? [...oddTexts, ...words.map((word) => `${word}\u0301`)]
    : format === 'uri' ? oddTexts
    : format === 'date' ? [...oddTexts, '2026-13-01', '1899-12-31', '٢٠٢٦-٠١-٠١'] : [];
/* Of characters, which may take four bytes each; but a body has its end, too. */
const longText = (length) => (length > 10000 ? 'x' : '\u{1D54F}').repeat(length);
const tooLong = ({ maxLength }) => (maxLength ? [longText(maxLength + 1)] : []);
const outOfRange = ({ type, minimum, maximum }) => (type !== 'integer' ? [] : [minimum - 1, -1, ...(maximum < Number.MAX_SAFE_INTEGER ? [maximum + 1] : [])]);

const wrongValues = (schema) => [...otherTypes[schema.type], ...exactTexts(schema), ...tooLong(schema), ...outOfRange(schema)];

/* Texts that a free field may take or refuse, but must survive. */
const freeTexts = [
    '\u202E\u2066евил\u2069', 'مدرسة رقم ١', '\u0410dm\u0456n', 'a\u200B\u200D\uFEFFb', `e${'\u0301'.repeat(60)}`, '\u{1F469}\u200D\u{1F692}', '\uFFFF\u{10FFFF}\uFDD0', '\u0085\u2028\u2029x', '\u0001\u001B[31mx\u007F',
    '<b data-bad>"&\'', "' or 1=1 --", '%s%n%p', '{{csrf}}{{{data}}}', '../../etc/passwd', 'a\\', '$1:name', '\r\nset-cookie: a=b', 'null', '\u00A0', '\u200B',
];
const formulas = ['=', '+', '-', '@', '\t=', ' =', '\uFF1D'].map((sign) => `${sign}HYPERLINK("https://evil.example/";"x")`);

/* ---- Raw JSON ---- */

const deep = (count, open, close) => open.repeat(count) + close.repeat(count);
/* JSON texts of a value that no parser should let through. */
const brokenValues = [
    '1e400', '-1e400', '9223372036854775808', '-9223372036854775809', '9'.repeat(400), 'NaN', 'Infinity', '01', '0x10', '+1', '.5', "'text'", 'text', '',
    '"\\u0000"', '"a\\u0000b"', '{"\\u0000": 1}', '"\\ud800"', '"\\udc00x"', '"\\ude00\\ud83d"', '"\\ud800\\u0041"', '"\n"', '"\\x"', '"',
    deep(64, '[', ']'), `${'{"a":'.repeat(64)}1${'}'.repeat(64)}`, '['.repeat(5000), '{"a": 1, "a": 2}', '[1,]', '{"a": 1,}', '/* */ 1',
];
const brokenBytes = ['ff', 'c080', 'eda080', 'edbfbf', 'f4908080', 'e282', 'f09d958f80', '80'].map((bytes) => Buffer.from(bytes, 'hex'));
const brokenBodies = [
    ' ', '{', '}', '[]', 'null', 'true', '1', '"text"', '{}{}', '{}x', '\uFEFF{}', '{"a": 1, "a": 2}', '{"a": 1, "\\u0061": 2}', deep(100000, '[', ']'), Buffer.from('{}', 'utf16le'), Buffer.from([0]), Buffer.from('{}\0'),
];

/* The right body with the JSON text of one member: bytes, for not each is text. */
function withRaw(right, name, value) {
    const { [name]: _, ...others } = right;
    const rest = JSON.stringify(others).slice(1, -1);
    return Buffer.concat([Buffer.from(`{${rest}${rest && ','}${JSON.stringify(name)}:`), Buffer.from(value), Buffer.from('}')]);
}

const extraFields = { version: { type: 'integer', minimum: 0, maximum: Number(most) }, idempotency_key: { type: 'string', maxLength: 100 } };
const bodyFields = ({ fields }) => Object.entries({ ...extraFields, ...fields });
/* What takes a file takes neither JSON nor plain forms: files.test.mjs. */
const changing = ({ changes, file }) => changes && !file;
/* Programs send JSON alone. */
const formed = ({ changes, data, file }) => changes && !data && !file;
const forPrograms = ({ page }) => !page;
const reading = (one) => !one.changes && forPrograms(one);

everyResource('a body that is no JSON object gets nowhere', changing, async ({ name, target, right, who, fields }) => {
    const raw = [...brokenValues, ...brokenBytes.map((bytes) => Buffer.concat([Buffer.from('"'), bytes, Buffer.from('"')]))];
    const members = ['surprise', ...Object.keys(fields)].flatMap((field, at) => raw.filter((_, number) => at === 0 || isTurn(at, number)).map((value) => [field, withRaw(right, field, value)]));
    const twice = Object.entries(right).map(([field, value]) => [field, withRaw({ ...right, surprise: 1 }, 'surprise', `1,${JSON.stringify(field)}:${JSON.stringify(value)},${JSON.stringify(field)}:${JSON.stringify(value)}`)]);
    await each([...brokenBodies.map((body) => ['', body]), ...members, ...twice], async ([field, body]) =>
        assertStatus(await who.post(target, body), 400, `${name} ${field} ${shorten(body.subarray?.(-60) ?? body)}`));
    assertStatus(await who.post(target, Buffer.alloc(1024 * 1024 + 1, 0x20)), 413, name);
});

everyResource('JSON: each field that is wrong is named', changing, async (one) => {
    const { name, target, right, who, required, fields } = one;
    const cases = bodyFields(one).flatMap(([field, schema]) => {
        const parts = (schema.items ? wrongValues(schema.items) : []).map((value) => [value]);
        return [...wrongValues(schema), ...parts, ...(required.includes(field) ? [null, '', undefined] : [])].map((value) => [field, value]);
    });
    await each(cases, async ([field, value]) => assertNamed(await who.post(target, { ...right, [field]: value }), [field], `${name} ${field} = ${shorten(JSON.stringify(value))}`));
    for (const extra of ['surprise', '__proto__', 'constructor', 'csrf', 'ID', ''])
        assertNamed(await who.post(target, Buffer.from(JSON.stringify({ ...right }).replace(/}$/, `${Object.keys(right).length ? ',' : ''}${JSON.stringify(extra)}: "x"}`))), [extra], `${name} ${extra}`);
    const many = Object.fromEntries(Array.from({ length: 3000 }, (_, number) => [`${'\u202E'.repeat(number % 90)}${number}`, number]));
    assertStatus(await who.post(target, { ...right, ...many }), 422, name);
    const wrong = Object.fromEntries(bodyFields(one).map(([field, { type }]) => [field, type === 'object' ? 'text' : {}]));
    assertNamed(await who.post(target, { ...wrong, surprise: 1 }), [...Object.keys({ ...fields, ...extraFields }), 'surprise'], `${name}, all at once`);
    assertNamed(await who.post(target, { surprise: 1 }), [...required, 'surprise'], `${name}, all missing`);
});

/* ---- Forms and queries ---- */

const escaped = encodeURIComponent;
const pairsOf = (fields) => Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one) => `${escaped(name)}=${escaped(typeof one === 'object' ? JSON.stringify(one) : one)}`));
const isWhole = ({ minimum, maximum }, text) => /^\d+$/.test(text) && BigInt(text) >= BigInt(minimum) && BigInt(text) <= BigInt(maximum);
const numbers = ['text', '0', '-1', '1.5', '+1', '1e3', '0x1', '٣', '9223372036854775808', '18446744073709551617', '9'.repeat(150)];

/* What stands after NAME= and is refused, as it is sent. */
function wrongPairs(schema) {
    const one = schema.items ?? schema;
    const texts = [...exactTexts(one), ...tooLong(one), ...(one.type === 'integer' ? numbers.filter((text) => !isWhole(one, text)) : []), ...(one.type === 'boolean' ? ['yes', '2', '\u202Etrue'] : [])].map(escaped);
    return [...texts, '%00', 'a%00b', '%FF', '%C0%80', '%ED%A0%80', '%F4%90%80%80'];
}

/* [field, pairs]: in each, this field alone is wrong. */
function wrongForms(fields, right, required = []) {
    return Object.entries(fields).flatMap(([name, schema]) => {
        const others = pairsOf(Object.fromEntries(Object.entries(right).filter(([other]) => other !== name)));
        const wrong = wrongPairs(schema).map((value) => [name, [...others, `${name}=${value}`]]);
        const twice = schema.type === 'array' ? [] : [[name, [...others, `${name}=1`, `${name}=2`]], [name, [...others, ...Array(500).fill(`${name}=1`)]]];
        return [...wrong, ...twice, ...(required.includes(name) ? [[name, others], [name, [...others, `${name}=`]], [name, [...others, name]]] : [])];
    });
}

/* Pairs that are no form at all: neither does a token of the page prove anything there. */
const brokenPairs = ['%', '%z', '%zz=1', 'a=%', 'a=%4', 'surprise=%e', Array(1001).fill('a=1').join('&')];
const isForm = { headers: { 'content-type': 'application/x-www-form-urlencoded' } };

everyResource('a form: each field that is wrong is named', formed, async (one) => {
    const { name, target, who, required, fields } = one;
    const right = one.rightForm;
    const send = (pairs) => who.post(target, pairs.join('&'), isForm);
    await each(wrongForms({ ...fields, ...extraFields }, right, required), async ([field, pairs]) => assertNamed(await send(pairs), [field], `${name} ${pairs.join('&').slice(-120)}`));
    await each(brokenPairs, async (pairs) => assertStatus(await send([...pairsOf(right), pairs]), who.bearer ? 400 : 403, `${name} ${shorten(pairs)}`));
    for (const extra of ['surprise=1', '__proto__=1', '=1', 'a%5B%5D=1']) assertNamed(await send([...pairsOf(right), extra]), [decodeURIComponent(extra.split('=')[0])], `${name} ${extra}`);
    const wrong = Object.keys({ ...fields, ...extraFields }).map((field) => `${field}=%00`);
    assertNamed(await send([...wrong, ...(who.csrf ? [`csrf=${who.csrf}`] : []), 'surprise=1']), [...Object.keys({ ...fields, ...extraFields }), 'surprise'], `${name}, all at once`);
});

const oddReferers = ['', 'https://evil.example/', '{url}', '{url}/no/such', '{url}/tenants?kind=none', '{url}/people?search=%00', '{url}/people?search=%3Cb%20data-bad%3E', '{url}/%ff', '{url}/queue?cursor=%u', `{url}/${'a/'.repeat(3000)}`, '{url}/\u00FF'];

everyResource('a form of a page: the page says what is wrong, and shows what was typed as text', formed, async (one) => {
    const { name, target, as, required, fields, own } = one;
    const right = { ...one.rightForm, csrf: as.csrf };
    const headers = { ...isForm.headers, accept: 'text/html', origin: veha.url };
    const typed = Object.keys(fields).map((field) => [field, [...pairsOf(right).filter((pair) => !pair.startsWith(`${field}=`)), `${field}=${escaped('<b data-bad>"\'')}`, 'surprise=1']]);
    const wrong = [...wrongForms(fields, right, required).filter((_, number) => isTurn(name.length, number)), ...typed, ...brokenPairs.map((pairs) => ['', [...pairsOf(right), pairs]])];
    if ((await as.post(target, 'surprise=1', { headers })).status === 406) return;
    const referers = oddReferers.map((referer) => ['', [...pairsOf(right), 'surprise=1'], referer.replace('{url}', veha.url)]);
    await each([...wrong, ...referers], async ([field, pairs, referer]) => {
        const answer = await as.post(target, pairs.join('&'), { headers: { ...headers, ...(referer === undefined ? {} : { referer }) } });
        const what = `${name} ${field} ${pairs.join('&').slice(-120)} ${referer}`;
        if (own === 409 && answer.status === 303) return; // the page of a form that is over leads on
        assert.equal(answer.status, field === '' && referer === undefined ? 403 : 422, `${what}: ${answer.text}`);
        assert.match(answer.headers['content-type'], /^text\/html/, what);
        assert.match(wordsOf(answer.text), /[а-яё]{5}/i, what);
        assert.ok(!answer.text.includes('<b data-bad'), what);
    });
});

everyResource('a query: each parameter that is wrong is named', forPrograms, async ({ name, target, right, who, changes, queries }) => {
    const send = (query) => who.request(changes ? 'POST' : 'GET', `${target}?${query}`, right);
    await each(wrongForms(queries, {}), async ([field, pairs]) => assertNamed(await send(pairs.join('&')), [field], `${name}?${shorten(pairs[0])}`));
    await each(brokenPairs, async (pairs) => assertStatus(await send(pairs), 400, `${name}?${shorten(pairs)}`));
    for (const extra of ['surprise=1', '__proto__', '=1', 'a%5B%5D=1', 'limit%00=1']) assertStatus(await send(extra), 422, `${name}?${extra}`);
    assertNamed(await send([...Object.keys(queries), 'surprise'].map((query) => `${query}=%FF`).join('&')), [...Object.keys(queries), 'surprise'], `${name}, all at once`);
});

test('a query: odd texts and great numbers are survived', async () => {
    for (const { name, target, right, who, as, page: isPage, changes, queries } of opened.filter((one) => Object.keys(one.queries).length > 0)) {
        const method = changes ? 'POST' : 'GET';
        const cases = Object.entries(queries).flatMap(([query, { type, maxLength = 1 }]) =>
            ['', ...(type === 'integer' ? [most, '1', `000${most}`] : [...freeTexts, ...formulas, longText(maxLength), 'A'.repeat(maxLength)])].map((value) => `${query}=${escaped(value)}`));
        await each([...cases, '', '&&&', '?'], async (query) => {
            if (!isPage) assertAnswer(await who.request(method, `${target}?${query}`, right), `${name}?${shorten(query)}`);
            if (changes) return;
            const page = await as.page(`${target}?${query}`);
            assert.ok(page.status < 500 && !page.text.includes('<b data-bad'), `${name}?${shorten(query)}: ${page.status}`);
        });
    }
});

/* ---- Paths, methods and headers ---- */

const oddSegments = {
    nowhere: ['0', '-1', '1.5', '+1', '1e3', '٣', most, '9223372036854775808', '9'.repeat(3000), 'a%2Fb', '%2E%2E', '%20', 'no_such', 'NO', '%E2%80%AEx', '%D0%B0ppoint', "'%20or%201=1", '=1+1', '%7B%7Bcsrf%7D%7D', 'x'.repeat(41)],
    malformed: ['%', '%z', '%00', '1%00', '%FF', '%C0%80', '%ED%A0%80'],
};

everyResource('a path that can lead nowhere', (one) => forPrograms(one) && Object.keys(one.places).length > 0, async ({ name, template, target, right, who, method, file }) => {
    const segments = target.split('/');
    const at = template.split('/').flatMap((segment, number) => (segment.startsWith('{') ? [number] : []));
    const cases = at.flatMap((number) => Object.entries(oddSegments).flatMap(([kind, list]) => list.map((segment) => [kind, segments.with(number, segment).join('/')])));
    await each(cases, async ([kind, path]) => assertStatus(await who.request(method, path, right), kind === 'malformed' ? 400 : 404, `${method} ${path.slice(0, 200)}`), file ? 1 : atOnce); // one file of a caller at once
    for (const odd of ['..', '', '.']) assertAnswer(await who.request(method, segments.with(at[0], odd).join('/'), right), `${name} ${odd}`);
});

test('another method is told the right ones', async () => {
    for (const template of new Set(opened.map((one) => one.template))) {
        const path = template.replace('{branch}', 'open').replace(/\{\w+\}/g, '1');
        const offered = new Set(opened.filter((one) => one.template === template).flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])));
        for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'BREW', 'get'].filter((one) => !offered.has(one))) {
            const answer = await admin.request(method, path, ['PUT', 'PATCH'].includes(method) ? {} : undefined);
            assert.equal(answer.status, 405, `${method} ${path}`);
            assert.deepEqual(answer.headers.allow.split(', ').sort(), [...offered].sort(), `${method} ${path}`);
            if (method !== 'HEAD') assertProblem(answer, 405, 'method_not_allowed');
        }
    }
});

const otherTypesOfMedia = ['text/plain', 'application/xml', 'application/jsonp', 'application', 'application/json,text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded2', '', '=1+1', '\u00FF', 'x'.repeat(4000)];

everyResource('another media type is refused', changing, async ({ name, target, right, who }) => {
    await each([...otherTypesOfMedia, undefined], async (type) => {
        const answer = await who.post(target, { ...right, surprise: 1 }, { headers: { 'content-type': type } });
        assertStatus(answer, 415, `${name} as ${type}`);
    });
});

everyResource('a body where none is read is refused', reading, async ({ name, target, who }) => assertStatus(await who.request('GET', target, {}), 400, name));

const staleTags = ['"987654.0123456789abcdef-j"', '"9223372036854775808.0123456789abcdef-j"', '""', '"', '"1"', 'W/"1.0123456789abcdef-j"', '"1.0-j", "2.0-j"', '1', '=1+1', '\u00FF', '"-1.0"', `"${'9'.repeat(4000)}.0"`];
const wrongKeys = ['', 'k'.repeat(101), '\u00FF\u00FE', 'k'.repeat(4000)];

everyResource('a stale tag and a key that is none change nothing', changing, async ({ name, target, right, who }) => {
    await each(staleTags, async (tag) => assertStatus(await who.post(target, right, { headers: { 'if-match': tag } }), 412, `${name} if-match ${shorten(tag)}`));
    await each(wrongKeys, async (key) => assertStatus(await who.post(target, right, { headers: { 'idempotency-key': key } }), 400, `${name} idempotency-key ${shorten(key)}`));
});

test('odd headers are survived', async () => {
    const odd = ['', ' ', ';', ',', '=', '"', '\u00FF\u0080', Buffer.from('\u202Eевил').toString('latin1'), '*/*;q=9e9', ';;;q=0.0000000001', '../..', '{{csrf}}', '9223372036854775808', 'x'.repeat(8000), 'a,'.repeat(2000), 'a=b; '.repeat(1000), '__Host-access=a.b.c; __Host-refresh=x; __Host-seed='];
    const told = (await admin.get('/')).headers.vary.split(', ');
    const names = [...told, 'if-none-match', 'accept-encoding', 'origin', 'referer', 'sec-fetch-site', 'x-csrf-token', 'user-agent', 'range', 'if-modified-since', 'x-forwarded-for', 'priority'].map((name) => name.toLowerCase());
    for (const [at, { name, target, who }] of opened.filter(({ changes }) => !changes).entries()) {
        await each(names.flatMap((header, place) => odd.filter((_, number) => isTurn(at + place, number)).map((value) => [header, value])), async ([header, value], number) => {
            const answer = await who.get(target, { html: number % 2 === 1, headers: { [header]: value } });
            assert.ok(answer.status < 500 && answer.status !== 429, `${name}, ${header}: ${shorten(value)}: ${answer.status} ${answer.text}`);
        });
    }
});

/* ---- What may be taken ---- */

const isFree = (schema) => schema.type === 'string' && exactTexts(schema).length === 0;

/* Asks about a tenant, and about another once what can be done there is done: [answer, where to ask next]. */
async function askDeep(one, body) {
    const ask = () => patiently(() => one.who.post(one.target, Buffer.from(JSON.stringify({ ...one.right, ...body }).replaceAll('"#most"', most))));
    let answer = await ask();
    if ([404, 409].includes(answer.status) && one.capability !== 'anyone') {
        one = await openOne(one);
        answer = await ask();
    }
    return [answer, one];
}

const ofTenant = ({ changes, template }) => !changes && /^\/tenants\/\{id\}(\/\w+)?$/.test(template);

/* A page on which what people wrote is text, and turns nothing round that stands after it. */
function assertPlain({ status, text }, what) {
    assert.equal(status, 200, `${what}: ${text}`);
    assert.ok(!text.includes('<b data-bad'), what);
    assert.doesNotMatch(text, /[\u202A-\u202E\u2066-\u2069]/, what);
}

test('texts of any script, markup and formulas are taken or refused, each by itself', async () => {
    for (const resource of opened) {
        const { name, fields } = resource;
        const guessed = Object.values(fields).some(({ format }) => format === 'password'); // each costs a hash
        for (const [field, { maxLength }] of Object.entries(fields).filter(([, schema]) => isFree(schema))) {
            let one = await openOne(resource);
            for (const value of [freeTexts.join(' ').slice(0, maxLength), formulas.join('\n').slice(0, maxLength), longText(maxLength)]) {
                const [answer, next] = await askDeep(one, { [field]: value });
                assertAnswer(answer, `${name} ${field} = ${shorten(JSON.stringify(value))}`);
                one = next;
            }
            const { who, target, right } = one;
            const told = /^\/tenants\/\d+/.exec(target)?.[0];
            if (told) await each(opened.filter(ofTenant), async (page) => assertPlain(await browser.page(page.template.replace('/tenants/{id}', told)), `${page.name} after ${name} ${field}`));
            await each(guessed ? [] : [...freeTexts, ...formulas, 'x'], async (value) =>
                assertAnswer(await patiently(() => who.post(target, { ...right, [field]: value })), `${name} ${field} = ${shorten(JSON.stringify(value))}`));
        }
    }
    for (const { name, target } of opened.filter(({ table }) => table)) {
        const page = await browser.page(target);
        if (page.headers['content-type'].startsWith('text/html')) assertPlain(page, name); // a table that is nothing else holds no markup
    }
});

/* Every place in a document, of lists the first and the last. */
function placesOf(value, at = []) {
    if (typeof value !== 'object' || value === null) return [at];
    const names = Array.isArray(value) ? [...new Set([0, value.length - 1])].filter((number) => number >= 0) : Object.keys(value);
    return [at, ...names.flatMap((name) => placesOf(value[name], [...at, name]))];
}

function withChange(document, [name, ...rest], change) {
    const copy = Array.isArray(document) ? [...document] : { ...document };
    copy[name] = rest.length > 0 ? withChange(document[name], rest, change) : change;
    return copy;
}

const inDocuments = [undefined, null, true, -1, 0, 1.5, 1e308, '#most', '', 'x', '\u202Eевил', longText(6000), [], [null], Array(3000).fill(0), {}, { 'a/b~c': 1, '': {} }];

test('documents that are wrong in one place are taken or refused', async () => {
    for (const resource of opened) {
        for (const [field] of Object.entries(resource.fields).filter(([, schema]) => (schema.items ?? schema).type === 'object')) {
            assert.ok(resource.right[field], `${resource.name} needs ${field} in resources.mjs, as whole as it can be`);
            let one = await openOne(resource);
            for (const at of placesOf(resource.right[field]).slice(1)) {
                for (const change of inDocuments) {
                    const [answer, next] = await askDeep(one, { [field]: withChange(resource.right[field], at, change) });
                    assertAnswer(answer, `${resource.name} ${field}/${at.join('/')} = ${shorten(JSON.stringify(change))}`);
                    one = next;
                }
            }
        }
    }
});

/* ---- Tables ---- */

/* The cells of a table that are texts. */
const cellsOf = (csv) => [...csv.matchAll(/(?:^\uFEFF|[;\n])"((?:[^"]|"")*)"/g)].map(([, text]) => text.replaceAll('""', '"'));
const isFormula = (text) => /^(?:\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|[\t\r\n])/.test(text);

test('no table holds a formula, whoever wrote it', async () => {
    const { place, fresh } = ground;
    const id = await fresh();
    for (const [number, formula] of formulas.entries()) {
        assert.equal((await admin.post(`/tenants/${id}/rename`, { name: formula, short_name: formula, reason: formula })).status, 200);
        assert.equal((await admin.post(`/tenants/${id}/steps/appoint/draft`, { note: formula })).status, 200);
        assert.equal((await admin.post('/invitations', { name: formula, login: `=formula${number}`, role: 'observer', tenants: [place.agency] })).status, 201);
    }
    let seen = 0;
    for (const { name, target, template } of opened.filter(({ table }) => table)) {
        const path = template.startsWith('/tenants/{id}/') ? template.replace('{id}', id) : name === 'tenant_list' ? `${target}?search=HYPERLINK` : target;
        const { json, headers } = await admin.get(path);
        assert.ok(json || headers['content-type'].startsWith('text/csv'), `${name} is a list, or a table and nothing else`);
        const { status, text } = await admin.get(path, { headers: { accept: 'text/csv' } });
        assert.equal(status, 200, `${name}: ${text}`);
        const cells = cellsOf(text);
        assert.deepEqual(cells.filter(isFormula), [], name);
        const written = (json?.items ?? []).flatMap((item) => Object.values(item)).filter((value) => typeof value === 'string' && isFormula(value));
        for (const value of written) assert.ok(cells.includes(`'${value}`), `${name}: ${value}`);
        seen += written.length;
    }
    assert.ok(seen >= 2 * formulas.length, `${seen} formulas`);
});

/* Last: it does what the others only asked for. */
test('after all that, what is asked rightly is answered: nothing was refused for another reason', async () => {
    for (const { name, target, right, who, method, capability, anonymous, own: inPart = 200, whole: own = inPart } of opened) {
        const answer = await patiently(() => who.request(method, target, right));
        assert.equal(answer.status, capability === 'anyone' ? anonymous : own, `${name}: ${answer.text}`);
    }
});

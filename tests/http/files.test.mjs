/* Files as evidence of a step: sent by forms and programs, told by their bytes, handed out so that nothing in them acts, kept with what was claimed. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import http2 from 'node:http2';
import { after, before, test } from 'node:test';

import { assertProblem, openBrowser, wordsOf } from './ask.mjs';
import { boundary, startVeha, stopCluster, Upload } from './harness.mjs';
import { picture } from './resources.mjs';

const most = 10 * 1024 * 1024;
let veha;
let curator;
let specialist;
let browser;
let school;
let foreign;
let agency;
let step;

before(async () => {
    veha = await startVeha();
    curator = await veha.signIn('curator');
    specialist = await veha.signIn('specialist');
    browser = await openBrowser(veha, 'specialist');
    school = (await curator.get(`/tenants?search=${encodeURIComponent('Учёного Кота')}`)).json.items[0].id;
    agency = (await curator.get(`/tenants?kind=agency&search=${encodeURIComponent('Министерство просвещения')}`)).json.items[0].id;
    const mine = new Set((await specialist.get('/tenants?limit=100')).json.items.map(({ id }) => id));
    foreign = (await curator.get('/tenants?kind=organisation&limit=100')).json.items.find(({ id }) => !mine.has(id)).id;
    assert.ok(mine.has(school));
    step = `/tenants/${school}/steps/train`;
});

after(async () => {
    await veha?.stop();
    await stopCluster();
});

const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');
/* A document of exactly so many bytes, each another one. */
let documents = 0;
function pdf(size = 500) {
    const head = Buffer.from(`%PDF-1.7\n% ${++documents}\n`);
    const end = Buffer.from('\n%%EOF\n');
    return Buffer.concat([head, Buffer.alloc(size - head.length - end.length, 0x20), end]);
}
const send = (who, upload, options, at = step) => who.post(`${at}/files`, { file: upload }, options);
const shown = async (at = step) => (await curator.get(at)).json;

/* An empty step, for those who count. */
async function freshStep() {
    const made = await curator.post('/tenants', { parent: agency, kind: 'organisation', name: 'Школа с файлами' });
    assert.equal(made.status, 201, made.text);
    return `/tenants/${made.json.id}/steps/appoint`;
}

test('a program sends a file, and reads the same bytes back', async () => {
    const made = await send(specialist, new Upload(picture, 'Снимок «страницы».PNG'));
    assert.equal(made.status, 201, made.text);
    const { id, ...told } = made.json;
    assert.equal(made.headers.location, `${step}/files/${id}`);
    assert.deepEqual([told.name, told.kind, told.media, told.bytes, told.sha256], ['Снимок «страницы».PNG', 'png', 'image/png', picture.length, hash(picture)]);
    const { files } = await shown();
    assert.deepEqual(files.map((one) => [one.id, one.name, one.bytes, one.sha256]), [[id, told.name, picture.length, hash(picture)]]);
    assert.match(files[0].at, /^20\d\d-/);
    assert.ok(files[0].who);

    const got = await curator.get(made.headers.location);
    assert.equal(got.status, 200);
    assert.ok(got.bytes.equals(picture));
    assert.equal(got.headers['content-type'], 'image/png');
    assert.equal(got.headers['content-disposition'], `inline; filename="_____________________.PNG"; filename*=UTF-8''${encodeURIComponent('Снимок «страницы».PNG')}`.replace(/"_+/, `"${'_'.repeat(17)}`));
    assert.match(got.headers['content-security-policy'], /^sandbox; default-src 'none';/);
    assert.equal(got.headers['content-security-policy'].includes('script-src'), false);
    assert.equal(got.headers['x-content-type-options'], 'nosniff');
    assert.equal(got.headers['cross-origin-resource-policy'], 'same-origin');
    assert.equal(got.headers['cache-control'], 'no-store');
    const again = await curator.get(made.headers.location, { headers: { 'if-none-match': got.headers.etag } });
    assert.deepEqual([again.status, again.bytes.length], [304, 0]);
    const head = await curator.request('HEAD', made.headers.location);
    assert.deepEqual([head.status, head.bytes.length, Number(head.headers['content-length'])], [200, 0, picture.length]);
    assert.equal((await specialist.get('/tenants?limit=1')).status, 200);
});

test('all that is no picture is an attachment', async () => {
    const bytes = pdf(600000);
    const made = await send(specialist, new Upload(bytes, 'приказ.bat'));
    assert.equal(made.json.name, 'приказ.bat.pdf');
    const got = await specialist.get(made.headers.location);
    assert.ok(got.bytes.equals(bytes), 'in parts, all of it');
    assert.equal(got.headers['content-type'], 'application/pdf');
    assert.match(got.headers['content-disposition'], /^attachment; filename="______.bat.pdf"; filename\*=UTF-8''%D0%BF/);
    assert.equal(Number(got.headers['content-length']), bytes.length);
    assert.equal((await specialist.get(made.headers.location, { html: true })).status, 200);
});

test('what a file is, its bytes say, and nobody else', async () => {
    const events = () => veha.sql('select count(*) from veha.event');
    const count = events();
    const html = '<!doctype html><script>alert(1)</script>';
    const cases = {
        file_kind_unknown: [html, '<svg xmlns="http://www.w3.org/2000/svg"/>', 'GIF89a', 'PK\x03\x04', `MZ${' '.repeat(100)}%PDF-1.7\n%%EOF`, `${html}%PDF-1.7\n%%EOF`, 'x'],
        file_broken: [picture.subarray(0, 40), '%PDF-1.7\n', 'RIFF\xff\xff\xff\x7fWEBPVP8 ', '\xff\xd8\xff\xe0\x00\x10JFIF'],
    };
    for (const [code, list] of Object.entries(cases)) {
        for (const bytes of list) {
            const answer = await send(specialist, new Upload(Buffer.from(bytes, 'latin1'), 'x.png'));
            assertProblem(answer, 422, 'invalid_fields', ['file']);
            assert.equal(answer.json.errors[0].code, code, String(bytes).slice(0, 20));
        }
    }
    const wrong = { file_empty: ['', 'x.png'], file_name_long: [picture, `${'я'.repeat(201)}.png`] };
    for (const [code, [bytes, name]] of Object.entries(wrong)) {
        const answer = await send(specialist, new Upload(bytes, name));
        assertProblem(answer, 422, 'invalid_fields', ['file']);
        assert.equal(answer.json.errors[0].code, code);
    }
    assertProblem(await send(specialist, new Upload('', '')), 422, 'invalid_fields', ['file']);
    assert.equal(events(), count);
});

test('ten megabytes are taken, and one byte more is not', async () => {
    const at = await freshStep();
    const largest = pdf(most);
    const made = await send(curator, new Upload(largest, 'largest.pdf'), {}, at);
    assert.equal(made.status, 201, made.text);
    const [got, page] = await Promise.all([curator.get(made.headers.location), specialist.get('/')]);
    assert.ok(got.bytes.equals(largest));
    assert.equal(page.status, 200);
    for (const size of [most + 1, 30 * 1024 * 1024]) {
        const answer = await send(curator, new Upload(pdf(size), 'larger.pdf'), {}, at);
        assertProblem(answer, 413, 'file_too_large', ['file']);
        assert.match(answer.json.errors[0].detail, /10\u00a0МБ/);
    }
    assert.equal((await shown(at)).files.length, 1);
    /* Elsewhere a body is small, as ever. */
    assertProblem(await curator.post(`${at}/draft`, 'x'.repeat(1024 * 1024 + 1)), 413, 'body_too_large');
});

test('a step has ten files, each once', async () => {
    const at = await freshStep();
    const files = Array.from({ length: 11 }, () => pdf());
    for (const [number, bytes] of files.entries()) {
        const answer = await send(curator, new Upload(bytes, `${number}.pdf`), {}, at);
        if (number < 10) assert.equal(answer.status, 201, answer.text);
        else {
            assertProblem(answer, 422, 'invalid_fields', ['file']);
        }
    }
    assertProblem(await send(curator, new Upload(files[3], 'other name.pdf'), {}, at), 422, 'invalid_fields', ['file']);
});

test('the same key gives the same file, and another file needs another key', async () => {
    const at = await freshStep();
    const headers = { 'idempotency-key': 'upload-once' };
    const bytes = pdf();
    const first = await send(curator, new Upload(bytes, 'a.pdf'), { headers }, at);
    const again = await send(curator, new Upload(bytes, 'a.pdf'), { headers }, at);
    assert.deepEqual([again.status, again.text, again.headers['idempotency-replayed']], [201, first.text, 'true']);
    assert.equal((await shown(at)).files.length, 1);
    assertProblem(await send(curator, new Upload(pdf(), 'a.pdf'), { headers }, at), 409, 'idempotency_key_reused');
});

test('who may not tick a step adds and removes nothing, and a stranger finds nothing', async () => {
    const observer = veha.command('user', 'add', '--login', 'files_observer', '--name', 'Наблюдатель', '--role', 'observer', '--tenant-ogrn', '1229800100375');
    const watching = await veha.signIn('files_observer', /^Password: (.+)$/m.exec(observer)[1]);
    const { files } = await shown();
    assert.equal((await watching.get(`${step}/files/${files[0].id}`)).status, 200, 'readers read');
    for (const [target, body] of [['files', { file: new Upload(pdf(), 'a.pdf') }], [`files/${files[0].id}/remove`, {}], [`files/${files[0].id}/restore`, {}]])
        assertProblem(await watching.post(`${step}/${target}`, body), 403, 'forbidden');
    const there = `/tenants/${foreign}/steps/appoint`;
    const made = await send(curator, new Upload(pdf(), 'чужой.pdf'), {}, there);
    assert.equal(made.status, 201);
    assertProblem(await specialist.get(made.headers.location), 404, 'not_found');
    assertProblem(await specialist.get(`${step}/files/${made.json.id}`), 404, 'not_found');
    assertProblem(await specialist.post(`${step}/files/${made.json.id}/remove`, {}), 404, 'not_found');
    assertProblem(await send(specialist, new Upload(pdf(), 'a.pdf'), {}, there), 404, 'not_found');
    assertProblem(await veha.client().get(made.headers.location), 401, 'unsigned');
    assertProblem(await curator.get(`${there.replace('appoint', 'train')}/files/${made.json.id}`), 404, 'not_found');
});

test('what was claimed keeps the files that were with it', async () => {
    const at = await freshStep();
    const [before, later] = [pdf(), pdf()];
    const first = (await send(curator, new Upload(before, 'before.pdf'), {}, at)).json.id;
    assert.equal((await curator.post(`${at}/claim`, { note: 'Сделано' })).status, 200);
    const second = (await send(curator, new Upload(later, 'later.pdf'), {}, at)).json.id;
    const { version } = await shown(at);
    assertProblem(await curator.post(`${at}/files/${first}/remove`, { version: version - 1 }), 412, 'stale');
    assert.equal((await curator.post(`${at}/files/${first}/remove`, { reason: 'Не тот', version })).status, 200);
    assertProblem(await curator.post(`${at}/files/${first}/remove`, {}), 404, 'not_found');
    let now = await shown(at);
    assert.deepEqual(now.files.map(({ id, claimed }) => [id, claimed]), [[second, false]]);
    assert.deepEqual(now.files_removed.map(({ id, claimed, remover }) => [id, claimed, Boolean(remover)]), [[first, true, true]]);
    assert.ok((await curator.get(`${at}/files/${first}`)).bytes.equals(before), 'evidence that was seen can be seen again');
    assert.deepEqual(now.events.slice(0, 2).map(({ kind, reason }) => [kind, reason]), [['file_removed', 'Не тот'], ['file_added', null]]);

    const restored = await curator.post(`${at}/files/${first}/restore`, {});
    assert.equal(restored.status, 201, restored.text);
    now = await shown(at);
    assert.deepEqual([now.files.length, now.files_removed.length], [2, 0]);
    assert.ok((await curator.get(restored.headers.location)).bytes.equals(before));
    assertProblem(await curator.post(`${at}/files/${first}/restore`, {}), 422, 'invalid_fields', ['file']);
});

test('bytes that were removed and never claimed are forgotten in time', async () => {
    const at = await freshStep();
    const tenant = /\d+/.exec(at)[0];
    const [claimed, mistaken, kept] = [pdf(), pdf(), pdf()];
    const ids = [];
    for (const bytes of [mistaken, claimed, kept]) ids.push((await send(curator, new Upload(bytes, 'a.pdf'), {}, at)).json.id);
    assert.equal((await curator.post(`${at}/files/${ids[0]}/remove`, {})).status, 200);
    assert.equal((await curator.post(`${at}/claim`, {})).status, 200);
    assert.equal((await curator.post(`${at}/files/${ids[1]}/remove`, {})).status, 200);
    const forget = (days) => Number(veha.sql(`set search_path = veha, public; set veha.now = '${new Date(Date.now() + 40 * 86400000).toISOString()}'; select file_forget(${days}, 100)`).split('\n').at(-1));
    assert.equal(forget(60), 0, 'not so soon');
    assert.equal(forget(30), 1);
    assert.equal(forget(30), 0);
    const statuses = await Promise.all(ids.map(async (id) => (await curator.get(`${at}/files/${id}`)).status));
    assert.deepEqual(statuses, [404, 200, 200]);
    assert.equal(veha.sql(`select count(*) from veha.file where tenant = ${tenant}`), '3', 'that it was there stays told');
    assertProblem(await curator.post(`${at}/files/${ids[0]}/restore`, {}), 404, 'not_found');
    assert.equal((await send(curator, new Upload(mistaken, 'b.pdf'), {}, at)).status, 201, 'and it can be sent again');
});

/* ---- Forms ---- */

const formHeaders = (at) => ({ headers: { referer: `${veha.url}${at}`, origin: veha.url } });

async function submit(at, upload, changes = {}) {
    const { action, fields } = await browser.formOf(at, '/files');
    return browser.post(action, { ...fields, file: upload, ...changes }, { html: true, ...formHeaders(at) });
}

test('a form without script sends a file, sees it, removes it and puts it back', async () => {
    const bytes = pdf(1500000);
    const sent = await submit(step, new Upload(bytes, 'Приказ № 7.pdf'));
    assert.equal(sent.status, 303, sent.text);
    assert.equal(sent.headers.location, `${step}#files`);
    const { id } = (await shown()).files.find(({ name }) => name === 'Приказ № 7.pdf');
    assert.match(wordsOf(await browser.open(step)), /Приказ № 7\.pdf документ PDF, 1,4 МБ Приложено:/);
    assert.equal((await browser.fill(step, `/files/${id}/remove`, {})).status, 303);
    assert.match(wordsOf(await browser.open(step)), /Приказ № 7\.pdf Убрано:/);
    assert.equal((await browser.fill(step, `/files/${id}/restore`, {})).status, 303);
    assert.doesNotMatch(wordsOf(await browser.open(step)), /Убрано:/);
});

test('a form that failed comes back with what is wrong, linked to the field', async () => {
    const cases = [[new Upload('<html>', 'page.png'), 422, /Подходят только PDF, PNG, JPEG и WebP/], [new Upload('', 'a.pdf'), 422, /Файл пуст/], [new Upload('', ''), 422, /Файл: /],
        [new Upload(pdf(most + 1), 'a.pdf'), 413, /Файл больше 10 МБ/], [new Upload(picture, `${'x'.repeat(300)}.png`), 422, /Имя файла слишком длинное/]];
    for (const [upload, status, words] of cases) {
        const answer = await submit(step, upload);
        assert.equal(answer.status, status, answer.text.slice(0, 300));
        assert.match(answer.text, /<a href="#file">/);
        assert.match(answer.text, /id="file-error">[^<]*[а-я]/);
        assert.match(wordsOf(answer.text), words);
    }
});

test('a form of strangers gets nowhere', async () => {
    const before = veha.sql('select count(*) from veha.event');
    for (const csrf of ['', 'none', 'x'.repeat(43)]) {
        const answer = await submit(step, new Upload(pdf(), 'a.pdf'), { csrf });
        assert.equal(answer.status, 403, csrf);
    }
    const { action, fields } = await browser.formOf(step, '/files');
    const elsewhere = await browser.post(action, { ...fields, file: new Upload(pdf(), 'a.pdf') }, { html: true, headers: { origin: 'https://evil.example' } });
    assert.equal(elsewhere.status, 403);
    assert.equal(veha.sql('select count(*) from veha.event'), before);
});

test('a body that is no sound multipart form is refused, and so is any other', async () => {
    const part = (head, value = 'x') => `--${boundary}\r\n${head}\r\n\r\n${value}\r\n`;
    const file = part('Content-Disposition: form-data; name="file"; filename="a.png"', picture.toString('latin1'));
    const end = `--${boundary}--\r\n`;
    const ask = (body, type = `multipart/form-data; boundary=${boundary}`) => specialist.post(`${step}/files`, Buffer.from(body, 'latin1'), { headers: { 'content-type': type } });
    for (const body of [file, file.slice(0, -2), `${file}--${boundary}`, `preamble\r\n${file}${end}`, `${file}${end}epilogue`, part('X: y') + file + end, part('Content-Disposition: form-data') + end,
        part('Content-Disposition: attachment; name="file"') + end, part('Content-Disposition: form-data; name="file"; filename*=UTF-8\'\'a.png') + end, `${file}--${boundary}x${end}`,
        part('Content-Disposition: form-data; name="version"\r\nContent-Transfer-Encoding: base64') + file + end, part('Content-Disposition: form-data; name="version"', '1').repeat(101) + file + end])
        assertProblem(await ask(body), 400, 'bad_form');
    for (const type of ['multipart/form-data', 'multipart/form-data; boundary=', 'multipart/form-data; boundary=other', 'multipart/form-data; boundary=a; boundary=b', `multipart/form-data; boundary=${'b'.repeat(71)}`])
        assertProblem(await ask(file + end, type), 400, 'bad_form');
    for (const type of ['application/json', 'application/x-www-form-urlencoded', 'image/png', 'multipart/mixed; boundary=x']) assertProblem(await ask('{}', type), 415, 'media_type');
    const fields = async (body) => {
        const answer = await ask(body);
        assert.equal(answer.status, 422, answer.text);
        return answer.json.errors.map(({ field, code }) => `${field} ${code}`);
    };
    assert.deepEqual(await fields(file.replace('a.png', '\xff\xfe.png') + end), ['file file_name_unreadable']);
    assert.deepEqual(await fields(file + file + end), ['file repeated']);
    assert.deepEqual(await fields(part('Content-Disposition: form-data; name="file"') + end), ['file wrong_type']);
    assert.deepEqual(await fields(part('Content-Disposition: form-data; name="version"; filename="v"', '1') + file + end), ['version wrong_type']);
    assert.deepEqual(await fields(part('Content-Disposition: form-data; name="surprise"') + file + end), ['surprise unknown_field']);
    assert.deepEqual(await fields(part('Content-Disposition: form-data; name="version"', 'x') + end), ['file required', 'version not_a_version'].sort());
    assertProblem(await specialist.post(`${step}/rename`, { file: new Upload(picture, 'a.png') }), 404, 'not_found');
    assertProblem(await specialist.post(`${step}/claim`, { file: new Upload(picture, 'a.png') }), 415, 'media_type');
});

test('names are made harmless, and pictures stay what they are', async () => {
    const at = await freshStep();
    const names = { '../../etc/passwd': 'passwd.pdf', 'C:\\Users\\a\\приказ.PDF': 'приказ.PDF', 'a\u202Efdp.exe': 'afdp.exe.pdf', 'a"b\r\nSet-Cookie: x=1.pdf': 'a_b Set-Cookie_ x=1.pdf', '...': 'file.pdf' };
    for (const [given, kept] of Object.entries(names)) {
        const made = await send(curator, new Upload(pdf(), given), {}, at);
        assert.equal(made.status, 201, made.text);
        assert.equal(made.json.name, kept);
        const got = await curator.get(made.headers.location);
        assert.equal(got.headers['set-cookie'], undefined);
        assert.match(got.headers['content-disposition'], /^attachment; filename="[\w.-]+"; filename\*=UTF-8''[\w.%-]+$/);
    }
});

test('readers who leave in the middle, or read slowly, hold up nobody', async () => {
    const at = await freshStep();
    const made = await send(curator, new Upload(pdf(most), 'a.pdf'), {}, at);
    const session = http2.connect(veha.url, { ca: veha.authority, settings: { initialWindowSize: 1000 } });
    const ask = () => session.request({ ':path': made.headers.location, authorization: `Bearer ${curator.bearer}` });
    const streams = Array.from({ length: 20 }, ask);
    await Promise.all(streams.slice(0, 10).map((stream) => new Promise((resolve) => stream.once('data', resolve))));
    for (const stream of streams.slice(0, 10)) stream.close(http2.constants.NGHTTP2_CANCEL);
    assert.equal((await curator.get(made.headers.location)).bytes.length, most);
    session.destroy();
    assert.equal((await curator.get(made.headers.location)).bytes.length, most);
});

test('the API tells of it as what it is', async () => {
    const { paths } = (await veha.client().get('/openapi.json')).json;
    const { requestBody } = paths['/tenants/{id}/steps/{key}/files'].post;
    assert.deepEqual(Object.keys(requestBody.content), ['multipart/form-data']);
    assert.deepEqual(requestBody.content['multipart/form-data'].schema.properties.file.contentMediaType, 'application/octet-stream');
});

/* A specialist adds a picture of the screen to a step without script, sees it, removes it and puts it back; with script a file that is too large is told before it is sent. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import zlib from 'node:zlib';

import { startVeha, stopCluster } from '../http/harness.mjs';
import { faultsOfAccess, faultsOfPages, keepPicture, openBrowser, overflow } from './browser.mjs';

let veha;
let browser;
let step;

/* A picture of two colours, 600 × 400. */
function png() {
    const chunk = (name, data) => {
        const body = Buffer.concat([Buffer.from(name), data]);
        const head = Buffer.alloc(4);
        const sum = Buffer.alloc(4);
        head.writeUInt32BE(data.length);
        sum.writeUInt32BE(crc(body));
        return Buffer.concat([head, body, sum]);
    };
    const size = Buffer.from([0, 0, 2, 88, 0, 0, 1, 144, 8, 2, 0, 0, 0]);
    const rows = Buffer.concat(Array.from({ length: 400 }, (_, y) => Buffer.concat([Buffer.from([0]), Buffer.alloc(1800, y < 60 ? 0x40 : 0xc8)])));
    return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', size), chunk('IDAT', zlib.deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

function crc(bytes) {
    let sum = ~0;
    for (const byte of bytes) {
        sum ^= byte;
        for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
    }
    return ~sum >>> 0;
}

before(async () => {
    veha = await startVeha();
    browser = await openBrowser();
    const curator = await veha.signIn('curator');
    const school = (await curator.get(`/tenants?search=${encodeURIComponent('Учёного Кота')}`)).json.items[0].id;
    step = `/tenants/${school}/steps/train`;
});

after(async () => {
    await browser?.close();
    await veha?.stop();
    await stopCluster();
});

test('a picture is added, seen, removed and put back without script', async () => {
    const page = await browser.signIn(veha, 'specialist', { javaScriptEnabled: false, viewport: { width: 360, height: 800 } });
    await page.goto(step);
    await page.getByText('Файлов пока нет').waitFor();
    await keepPicture(page, 'files-none-360');
    await page.getByLabel('Файл-подтверждение').setInputFiles({ name: 'Снимок страницы ВКонтакте от 28 ноября.png', mimeType: 'image/png', buffer: png() });
    await page.getByRole('button', { name: 'Приложить файл' }).click();
    await page.waitForURL(/#files$/);
    const image = page.locator('.file-preview img');
    await image.scrollIntoViewIfNeeded();
    await image.waitFor();
    await assert.doesNotReject(page.waitForFunction(() => document.querySelector('.file-preview img').naturalWidth === 600));
    const box = await image.boundingBox();
    assert.ok(box.width <= 112 && box.height <= 80, 'it is small');
    assert.equal(await overflow(page), 0);
    await keepPicture(page, 'files-picture-360');

    const opened = await page.context().newPage();
    const answer = await opened.goto(await page.getByRole('link', { name: /Снимок страницы/ }).first().getAttribute('href'));
    assert.equal(answer.headers()['content-type'], 'image/png');
    assert.equal(await opened.evaluate(() => document.querySelector('img').naturalWidth).catch(() => 600), 600);
    await opened.close();

    await page.getByRole('button', { name: /Убрать/ }).click();
    await page.getByText('Убрано:').waitFor();
    await keepPicture(page, 'files-removed-360');
    await page.getByRole('button', { name: /Вернуть/ }).click();
    await page.locator('.file-preview img').waitFor();
    await page.context().close();
});

test('what cannot be added is said beside the field, and the summary leads there', async () => {
    const page = await browser.signIn(veha, 'specialist', { javaScriptEnabled: false, viewport: { width: 1280, height: 900 } });
    await page.goto(step);
    await page.getByLabel('Файл-подтверждение').setInputFiles({ name: 'письмо.png', mimeType: 'image/png', buffer: Buffer.from('<html><script>alert(1)</script>') });
    await page.getByRole('button', { name: 'Приложить файл' }).click();
    const summary = page.locator('#errors');
    await summary.getByText('Подходят только PDF, PNG, JPEG и WebP').waitFor();
    await keepPicture(page, 'files-wrong-1280');
    await summary.getByRole('link').click();
    assert.match(page.url(), /#file$/);
    assert.deepEqual(await faultsOfAccess(await browser.signIn(veha, 'curator').then(async (other) => (await other.goto(step), other))), []);
    await page.getByLabel('Файл-подтверждение').setInputFiles({ name: 'большой.pdf', mimeType: 'application/pdf', buffer: Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(12 * 1024 * 1024, 0x20), Buffer.from('%%EOF')]) });
    await page.getByRole('button', { name: 'Приложить файл' }).click();
    await summary.getByText('Файл больше 10 МБ').waitFor();
    await page.context().close();
});

test('with script a file that is too large is not even sent', async () => {
    const page = await browser.signIn(veha, 'specialist', { viewport: { width: 1280, height: 900 } });
    await page.goto(step);
    const input = page.getByLabel('Файл-подтверждение');
    await input.setInputFiles({ name: 'большой.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(11 * 1024 * 1024) });
    await page.locator('#file-error').getByText('Файл больше 10 МБ').waitFor();
    assert.equal(await input.evaluate((field) => field.validity.customError), true);
    await input.setInputFiles({ name: 'малый.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7\n%%EOF') });
    assert.equal(await input.evaluate((field) => field.validity.valid), true);
    await page.getByRole('button', { name: 'Приложить файл' }).click();
    await page.getByRole('link', { name: 'малый.pdf' }).waitFor();
    assert.deepEqual(page.complaints, []);
    await keepPicture(page, 'files-both-1280');
    await page.context().close();
});

test('the files fit a telephone and a desk, in light and dark colours', async () => {
    assert.deepEqual(await faultsOfPages(browser, veha, 'curator', { files: `${step}#files` }), []);
});

/*
 * Debian's Chromium for a test, and people in it.
 *
 *   const browser = await openBrowser();
 *   const page = await browser.signIn(veha, 'specialist', { javaScriptEnabled: false });
 *   await assertWhole(page, 'desk');
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { people } from '../http/harness.mjs';
import { root } from '../support/build.mjs';

const require = createRequire(path.join(root, 'build/browser/'));
const { chromium } = require('playwright-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'];

/* Pictures of the pages that tests come to, kept for whoever wants to look at them; VEHA_SCREENSHOTS names another folder. */
export const pictures = process.env.VEHA_SCREENSHOTS ?? path.join(root, 'var/screenshots');
fs.mkdirSync(pictures, { recursive: true });

/* Without the network a browser of today talks to its maker for every page. */
const flags = [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
];

export async function openBrowser() {
    const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
    return {
        close: () => browser.close(),
        /* A page nobody is signed in on; `complaints` gathers what its console says and what cannot be fetched. */
        async open(veha, settings = {}) {
            const context = await browser.newContext({ baseURL: veha.url, ignoreHTTPSErrors: true, locale: 'ru-RU', viewport: { width: 1280, height: 900 }, ...settings });
            const page = await context.newPage();
            page.setDefaultTimeout(12000);
            page.complaints = [];
            page.plain = settings.javaScriptEnabled === false;
            page.on('console', (message) => ['error', 'warning'].includes(message.type()) && page.complaints.push(message.text()));
            page.on('pageerror', (error) => page.complaints.push(String(error)));
            return page;
        },
        async signIn(veha, login, settings) {
            const page = await this.open(veha, settings);
            await page.goto('/session');
            await page.getByLabel('Имя для входа').fill(login);
            await page.getByLabel('Пароль').fill(people[login].password);
            await page.getByRole('button', { name: 'Войти' }).click();
            if (people[login].factor) {
                await page.waitForURL('/session/factor');
                await page.getByLabel('Код').fill(veha.code(login));
                await page.getByRole('button', { name: 'Войти' }).click();
            }
            await page.waitForURL('/');
            return page;
        },
    };
}

/* What axe-core finds wrong, a line each. The page's policy allows no script of ours, so it is run from outside of it. */
export async function faultsOfAccess(page) {
    const looked = page.plain ? await openTwin(page) : page;
    await looked.evaluate(axe);
    const { violations } = await looked.evaluate((tags) => window.axe.run({ runOnly: tags }), rules);
    if (page.plain) await looked.context().close();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
}

/* axe-core waits, which it cannot where no script runs: it gets what stands there, with all that is shown without script, and none of the page's own. */
async function openTwin(page) {
    const html = (await page.content()).replace(/<script\b[^]*?<\/script>/g, '').replace(/<\/?noscript>/g, '');
    const context = await page.context().browser().newContext({ ignoreHTTPSErrors: true, locale: 'ru-RU', viewport: page.viewportSize() });
    const twin = await context.newPage();
    await twin.route(page.url().replace(/#.*/, ''), (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body: html }));
    await twin.goto(page.url());
    return twin;
}

/* How far the page reaches beyond the right edge, in pixels. */
export function overflow(page) {
    return page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - window.innerWidth));
}

/* A long list is kept as its beginning. */
async function keepPicture(page, name) {
    const { width, height } = await page.evaluate(() => ({ width: window.innerWidth, height: Math.min(document.documentElement.scrollHeight, 4000) }));
    await page.screenshot({ path: path.join(pictures, `${name}.png`), fullPage: true, clip: { x: 0, y: 0, width, height } });
}

/*
 * All that holds of every page a person comes to: nothing was refused to it, everybody can use it, it fits, and neither reload nor Back nor Forward shows less than a whole page. Its picture is
 * kept as NAME. answered: the page is the answer to a form (a mistake, a sheet), which has no address to come back to; status: what such an answer says of itself.
 */
export async function assertWhole(page, name, { answered = false, status = null } = {}) {
    const { width } = page.viewportSize();
    await page.waitForLoadState();
    await keepPicture(page, `${name}-${width}-${page.plain ? 'plain' : 'script'}`);
    const found = await faultsOfAccess(page);
    const over = await overflow(page);
    if (over > 0) found.push(`reaches ${over} px beyond the edge`);
    found.push(...page.complaints.filter((text) => !text.includes(`status of ${status} `)));
    page.complaints.length = 0;
    /* Where an answer lies behind the page, the browser asks by itself whether to send that form again. */
    const back = !page.answered && (await page.evaluate(() => history.length)) > 2;
    page.answered = answered;
    const deeds = answered ? [] : ['reload', ...(back ? ['goBack', 'goForward'] : [])];
    const address = page.url();
    for (const deed of deeds) {
        await page[deed]();
        if (!(await isWhole(page))) found.push(`${deed} shows a fragment of ${page.url()}`);
    }
    assert.equal(page.url(), address);
    page.complaints.length = 0;
    assert.deepEqual(found, [], `${name} (${address})`);
}

function isWhole(page) {
    return page.evaluate(() => document.doctype !== null && document.title !== '' && ['header.top', 'main#main', 'footer.bottom'].every((part) => document.querySelectorAll(part).length === 1));
}

/*
 * What a page costs on its way here: its bytes over the wire, and of each request besides itself that its paint waited for the size, which is 0 from the cache. prepare(tools) may slow the line down, or
 * leave the cache out, by the browser's own tools.
 */
export async function weigh(page, target, prepare) {
    const tools = await page.context().newCDPSession(page);
    let bytes = 0;
    tools.on('Network.loadingFinished', ({ encodedDataLength }) => { bytes += encodedDataLength; });
    await tools.send('Network.enable');
    await prepare(tools);
    await page.goto(target, { waitUntil: 'networkidle', timeout: 60_000 });
    const blocking = await page.evaluate(() => performance.getEntriesByType('resource').filter(({ renderBlockingStatus }) => renderBlockingStatus === 'blocking').map(({ transferSize }) => transferSize));
    await tools.detach();
    return { bytes, blocking };
}

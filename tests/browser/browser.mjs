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
const pictures = process.env.VEHA_SCREENSHOTS ?? path.join(root, 'var/screenshots');
fs.mkdirSync(pictures, { recursive: true });

/* Without the network a browser of today talks to its maker for every page. */
const flags = [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
];

/* Of the same source and engine, but without the windows of a desktop, which cost a third of the time. */
const executablePath = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find((file) => fs.existsSync(file));

export async function openBrowser() {
    const browser = await chromium.launch({ executablePath, args: flags });
    return {
        close: () => browser.close(),
        /* A page nobody is signed in on; `complaints` gathers what its console says and what cannot be fetched. */
        async open(veha, settings = {}) {
            const context = await browser.newContext({ baseURL: veha.url, ignoreHTTPSErrors: true, locale: 'ru-RU', viewport: { width: 1280, height: 900 }, ...settings });
            const page = await context.newPage();
            page.setDefaultTimeout(12000);
            page.complaints = [];
            page.plain = settings.javaScriptEnabled === false;
            page.scheme = settings.colorScheme ?? 'light';
            page.on('console', (message) => ['error', 'warning'].includes(message.type()) && page.complaints.push(message.text()));
            page.on('pageerror', (error) => page.complaints.push(String(error)));
            return page;
        },
        /* By the form once; whoever comes again goes on with that session while it lasts, for a password costs half a second by design. Where the clock is moved, so is the life of sessions. */
        async signIn(veha, login, settings) {
            const kept = (veha.cookies ??= new Map());
            const page = await this.open(veha, settings);
            if (kept.has(login)) await page.context().addCookies(kept.get(login));
            await page.goto('/');
            if (new URL(page.url()).pathname === '/session') await fillInForm(page, veha, login);
            if (!veha.env.VEHA_CLOCK_FILE) kept.set(login, await page.context().cookies());
            return page;
        },
    };
}

async function fillInForm(page, veha, login) {
    await page.getByLabel('Имя для входа').fill(login);
    await page.getByLabel('Пароль').fill(people[login].password);
    await page.getByRole('button', { name: 'Войти' }).click();
    if (people[login].factor) {
        await page.waitForURL(/\/session\/factor/);
        await page.getByLabel('Код').fill(veha.code(login));
        await page.getByRole('button', { name: 'Войти' }).click();
    }
    await page.waitForURL('/');
}

/* What axe-core finds wrong, a line each. The page's policy allows no script of ours, so it is run from outside of it; what is well stays there, for there is much of it. */
export async function faultsOfAccess(page) {
    const looked = page.plain ? await openTwin(page) : page;
    await looked.evaluate(axe);
    return looked.evaluate(async (tags) => {
        const { violations } = await window.axe.run({ runOnly: tags, resultTypes: ['violations'] });
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
    }, rules);
}

/* axe-core waits, which it cannot where no script runs: it gets what stands there, with all that is shown without script, and none of the page's own. */
async function openTwin(page) {
    const html = (await page.content()).replace(/<script\b[^]*?<\/script>/g, '').replace(/<\/?noscript>/g, '');
    page.twin ??= await openBeside(page);
    await page.twin.setViewportSize(page.viewportSize());
    await page.twin.emulateMedia({ colorScheme: page.scheme });
    await page.twin.route(page.url().replace(/#.*/, ''), (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body: html }), { times: 1 });
    await page.twin.goto('about:blank'); // or one place of the page would lead to another without asking
    await page.twin.goto(page.url());
    return page.twin;
}

/* A page with script, which ends with the one without. */
async function openBeside(page) {
    const context = await page.context().browser().newContext({ ignoreHTTPSErrors: true, locale: 'ru-RU' });
    page.context().once('close', () => context.close().catch(() => null));
    return context.newPage();
}

/* Waits for words that come to the page by themselves, or without script when they are asked for. */
export async function seeWhatComes(page, words) {
    const end = Date.now() + 20000;
    while (page.plain && Date.now() < end && !(await page.getByText(words).first().isVisible())) await page.getByRole('link', { name: 'Обновить и посмотреть, что пришло' }).click();
    await page.getByText(words).first().waitFor({ timeout: 20000 });
}

/* How far the page reaches beyond the right edge, in pixels. */
export function overflow(page) {
    return page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - window.innerWidth));
}

/* The picture of a page, of which a long list is kept as its beginning. */
export async function keepPicture(page, name) {
    const { width, height } = await page.evaluate(() => ({ width: window.innerWidth, height: Math.min(document.documentElement.scrollHeight, 4000) }));
    await page.screenshot({ path: path.join(pictures, `${name}.jpg`), type: 'jpeg', quality: 70, fullPage: true, clip: { x: 0, y: 0, width, height } });
}

/* What is wrong with the page that stands there: by the rules of access, at its edge, and by its own word unless that is spared. Its picture is kept as NAME. */
export async function faultsOf(page, name, spared = null) {
    await keepPicture(page, name);
    const said = page.complaints.splice(0).filter((text) => !spared?.test(text));
    const found = [...said, ...(await faultsOfAccess(page)), ...(await faultsOfWidth(page))];
    /* axe-core leaves styles behind, which the page's policy refuses when a part of the page is changed meanwhile. */
    page.complaints.length = 0;
    return found.map((fault) => `${name} (${page.url()}): ${fault}`);
}

async function faultsOfWidth(page) {
    const over = await overflow(page);
    return over > 0 ? [`reaches ${over} px beyond the edge of ${page.viewportSize().width} px`] : [];
}

/* The widths and colours in which every page is looked at. The rules of access are asked where both are other ones: each width and each colour is asked once. */
const views = [
    { width: 360, colorScheme: 'light', access: true },
    { width: 360, colorScheme: 'dark' },
    { width: 1280, colorScheme: 'light' },
    { width: 1280, colorScheme: 'dark', access: true },
];

/*
 * What is wrong with pages, {name: address}, as somebody sees them (nobody: null) in every width and colour; each is asked for once. Two are looked at at a time. spared: complaints that are none.
 */
export async function faultsOfPages(browser, veha, login, targets, spared) {
    const waiting = Object.entries(targets);
    const found = [];
    const look = async (page) => {
        for (let next = waiting.shift(); next; next = waiting.shift()) found.push(...(await faultsOfViews(page, ...next, spared)));
        await page.context().close();
    };
    const pages = [];
    for (let count = 0; count < 2; count++) pages.push(login ? await browser.signIn(veha, login) : await browser.open(veha));
    await Promise.all(pages.map(look));
    return found;
}

async function faultsOfViews(page, name, target, spared) {
    const found = [];
    await lookAs(page, views[0]);
    await page.goto(target);
    for (const view of views) {
        await lookAs(page, view);
        const named = `${name}-${view.width}-${view.colorScheme}`;
        if (view.access) found.push(...(await faultsOf(page, named, spared)));
        else {
            await keepPicture(page, named);
            found.push(...(await faultsOfWidth(page)).map((fault) => `${named} (${target}): ${fault}`));
        }
    }
    return found;
}

async function lookAs(page, { width, colorScheme }) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    page.scheme = colorScheme;
}

/*
 * All that holds of every page a person comes to: nothing was refused to it, everybody can use it, it fits, and neither reload nor Back nor Forward shows less than a whole page. Its picture is
 * kept as NAME. answered: the page is the answer to a form (a mistake, a sheet), which has no address to come back to; status: what such an answer says of itself.
 */
export async function assertWhole(page, name, { answered = false, status = null } = {}) {
    const { width } = page.viewportSize();
    await page.waitForLoadState();
    const found = await faultsOf(page, `${name}-${width}-${page.plain ? 'plain' : 'script'}`, status && new RegExp(`status of ${status} `));
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
    assert.deepEqual(found, []);
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

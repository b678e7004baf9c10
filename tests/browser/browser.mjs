/*
 * Debian's Chromium for a test, and people in it.
 *
 *   const browser = await openBrowser();
 *   const page = await browser.signIn(veha, 'specialist', { javaScriptEnabled: false });
 *   assert.deepEqual(page.complaints, []);
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { people } from '../http/harness.mjs';
import { root } from '../support/build.mjs';

const require = createRequire(path.join(root, 'build/browser/'));
const { chromium } = require('playwright-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'];

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
            page.complaints = [];
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
    await page.evaluate(axe);
    const { violations } = await page.evaluate((tags) => window.axe.run({ runOnly: tags }), rules);
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
}

/* How far the page reaches beyond the right edge, in pixels. */
export function overflow(page) {
    return page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - window.innerWidth));
}

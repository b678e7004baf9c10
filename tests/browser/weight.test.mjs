/* What a page weighs on its way to a browser, with an empty cache: at most 60 KB, and at most two requests before anything is painted. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startVeha, stopCluster } from '../http/harness.mjs';
import { openBrowser, weigh } from './browser.mjs';

const most = 60_000;
let veha, browser;

before(async () => {
    veha = await startVeha();
    browser = await openBrowser();
});
after(async () => {
    await browser?.close();
    await veha?.stop();
    await stopCluster();
});

const withoutCache = (tools) => tools.send('Network.setCacheDisabled', { cacheDisabled: true });
const pages = { nobody: ['/session', '/public'], specialist: ['/', 'a step'], curator: ['/', '/overview', '/queue', '/tenants', '/people', '/matrix', '/calls'] };

for (const [who, targets] of Object.entries(pages)) {
    test(`pages are light for ${who}`, async () => {
        const page = who === 'nobody' ? await browser.open(veha) : await browser.signIn(veha, who);
        for (const target of targets) {
            const { bytes, blocking } = await weigh(page, target === 'a step' ? await page.locator('.next a').getAttribute('href') : target, withoutCache);
            assert.ok(bytes > 5_000 && bytes <= most, `${target} weighs ${bytes} bytes`);
            assert.ok(blocking.length + 1 <= 2, `${target} waits for ${blocking.length + 1} requests`);
        }
        await page.context().close();
    });
}

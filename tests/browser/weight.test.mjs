/* What a page weighs on its way to a browser, with an empty cache: at most 60 KB, and at most two requests before anything is painted. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startVeha, stopCluster } from '../http/harness.mjs';
import { openBrowser } from './browser.mjs';

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

async function weigh(page, target) {
    const tools = await page.context().newCDPSession(page);
    let bytes = 0;
    tools.on('Network.loadingFinished', ({ encodedDataLength }) => { bytes += encodedDataLength; });
    await tools.send('Network.enable');
    await tools.send('Network.setCacheDisabled', { cacheDisabled: true });
    await page.goto(target, { waitUntil: 'networkidle' });
    const blocking = await page.evaluate(() => performance.getEntriesByType('resource').filter(({ renderBlockingStatus }) => renderBlockingStatus === 'blocking').length);
    await tools.detach();
    return { bytes, blocking };
}

const pages = { nobody: ['/session', '/public'], specialist: ['/', 'a step'], curator: ['/', '/overview', '/queue', '/tenants', '/people', '/matrix', '/calls'] };

for (const [who, targets] of Object.entries(pages)) {
    test(`pages are light for ${who}`, async () => {
        const page = who === 'nobody' ? await browser.open(veha) : await browser.signIn(veha, who);
        for (const target of targets) {
            const { bytes, blocking } = await weigh(page, target === 'a step' ? await page.locator('.next a').getAttribute('href') : target);
            assert.ok(bytes > 5_000 && bytes <= most, `${target} weighs ${bytes} bytes`);
            assert.ok(blocking + 1 <= 2, `${target} waits for ${blocking + 1} requests`);
        }
        await page.context().close();
    });
}

/* How much one address and one caller may ask: told in every answer, and refused with the time to wait. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { assertProblem } from './ask.mjs';
import { startVeha, stopCluster } from './harness.mjs';
import { issue, openService } from './service.mjs';

after(stopCluster);

const limited = (web) => startVeha({ config: { web: { workers: 1, ...web } } });
const left = (answer, name) => Number(new RegExp(`"${name}";r=(\\d+);t=\\d+`).exec(answer.headers.ratelimit)?.[1]);

test('a caller is told how much is left, and then to wait', async () => {
    const veha = await limited({ rate_address: 100000, rate_caller: 20 });
    try {
        const person = await veha.signIn('admin');
        const first = await person.get('/tenants');
        assert.equal(first.headers['ratelimit-policy'], '"address";q=100000;w=60, "caller";q=20;w=60');
        assert.equal(left(first, 'caller'), 19);
        let last = first;
        for (let i = 0; i < 40 && last.status !== 429; i++) last = await person.get('/tenants');
        assertProblem(last, 429, 'rate_limited');
        assert.match(last.headers['retry-after'], /^[1-4]$/);
        assert.equal(left(last, 'caller'), 0);
        assert.equal((await person.page('/tenants')).status, 429, 'as a page, too');

        const other = await veha.signIn('curator');
        assert.equal((await other.get('/tenants')).status, 200, 'others are not kept waiting');
        const again = await veha.signIn('admin');
        assert.equal((await again.get('/tenants')).status, 429, 'nor does another session of the same person help');
        const secret = issue(veha, 'counted', ['tenant.read']);
        const program = await openService(veha, secret);
        assert.equal(left(await program.get('/tenants'), 'caller'), 19, 'a program is counted by itself');
        for (let i = 0; i < 20; i++) await program.get('/tenants');
        assert.equal((await (await openService(veha, secret)).get('/tenants')).status, 429, 'whatever token it has');

        await new Promise((resolve) => setTimeout(resolve, 1000 * Number(last.headers['retry-after'])));
        assert.equal((await person.get('/tenants')).status, 200, 'after the wait it goes on');
    } finally {
        await veha.stop();
    }
});

test('an address is limited before anybody is asked who it is', async () => {
    const veha = await limited({ rate_address: 40, rate_caller: 0 });
    try {
        const nobody = veha.client();
        let last = await nobody.get('/tenants');
        assert.equal(last.headers['ratelimit-policy'], '"address";q=40;w=60');
        for (let i = 0; i < 80 && last.status !== 429; i++) last = await nobody.get('/tenants', { headers: { authorization: 'Bearer x' } });
        assertProblem(last, 429, 'rate_limited');
        assert.equal((await nobody.post('/session', { login: 'admin', password: 'x' })).status, 429);
        const page = await nobody.page('/session');
        assert.equal(page.status, 429);
        const asset = /(?:href|src)="(\/assets\/[^"]+)"/.exec(page.text)[1];
        assert.equal((await nobody.get(asset)).status, 200, 'what a page is drawn with is not counted');
    } finally {
        await veha.stop();
    }
});

test('no limit, no headers', async () => {
    const veha = await limited({ rate_address: 0, rate_caller: 0 });
    try {
        const person = await veha.signIn('admin');
        const { headers } = await person.get('/tenants');
        assert.equal(headers.ratelimit, undefined);
        assert.equal(headers['ratelimit-policy'], undefined);
    } finally {
        await veha.stop();
    }
});

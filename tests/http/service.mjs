/* Programs that call: how the operator lets them in, and a verifier outside the house that looks at pages by itself. */
import assert from 'node:assert/strict';
import https from 'node:https';

/* What `veha token issue` prints at its end. tenant: an id, or nothing for the region. */
export function issue(veha, name, capabilities, { tenant = null, days = 30 } = {}) {
    const asked = capabilities.flatMap((capability) => ['--capability', capability]);
    const where = tenant === null ? [] : ['--tenant', String(tenant)];
    const told = veha.command('token', 'issue', '--service', name, ...asked, ...where, '--days', String(days));
    return /^(veha_service_[\w-]{43})$/m.exec(told)[1];
}

/* A client that has traded the secret for an access token. */
export async function openService(veha, secret) {
    const client = veha.client();
    const answer = await client.post('/session/service', { secret });
    assert.equal(answer.status, 200, answer.text);
    client.bearer = answer.json.access_token;
    client.granted = answer.json;
    return client;
}

/* A page of the stand-ins, under its real address. */
function fetchPage(veha, url) {
    const { hostname, pathname } = new URL(url);
    return new Promise((resolve, reject) => {
        const began = Date.now();
        const options = { host: '127.0.0.1', port: veha.standin.port, path: pathname, servername: hostname, headers: { host: hostname }, ca: veha.authority };
        https.get(options, (response) => {
            let text = '';
            response.setEncoding('utf8');
            response.on('data', (part) => (text += part));
            response.on('end', () => resolve({ text, exchange: { url, status: response.statusCode, bytes: Buffer.byteLength(text), ms: Date.now() - began } }));
        }).on('error', reject);
    });
}

const inside = (text, pattern) => pattern.exec(text)?.[1].replace(/<br>/g, '\n').replace(/<[^>]*>/g, '').trim();

/* What this worker makes of a Telegram channel: less than the house does, and nothing that it has not seen. */
export async function readChannel(veha, { address }) {
    const url = `https://t.me/s/${address}`;
    const { text, exchange } = await fetchPage(veha, url);
    const title = inside(text, /tgme_channel_info_header_title"><span[^>]*>([^<]*)</);
    if (title === undefined) return { reading: { state: 'missing', reason: 'not_found', source: 'page', facts: {} }, requests: [exchange] };
    const posts = [...text.matchAll(/<time[^>]*datetime="([^"]+)"/g)].map(([, at]) => ({ at, own: true }));
    return { reading: { state: 'present', source: 'page', facts: { name: { value: title, origin: url } }, posts, posts_whole: false }, requests: [exchange] };
}

/* Takes what is due until there is no more. Returns the answers to what it said. */
export async function work(veha, client, { network = ['telegram'], most = 5, read = readChannel } = {}) {
    const answers = [];
    for (;;) {
        const taken = await client.post('/jobs/take', { network, most });
        assert.equal(taken.status, 200, taken.text);
        if (taken.json.items.length === 0) return answers;
        for (const job of taken.json.items)
            answers.push({ job, ...(await client.post(`/jobs/${job.id}/result`, { fence: job.fence, ...(await read(veha, job)) })) });
    }
}

/*
 * Forged, bent and stale tokens against a running server: each is told 401, and none makes the server ask its database anything.
 *
 * PostgreSQL itself logs every statement that veha_web sends to this file's database. Each belongs to the unit whose scope was entered before it on the same
 * connection, and a unit names its request: so what a request asked is counted exactly, whatever the server asks on its own meanwhile.
 */
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { eventually, startVeha, stopCluster } from './harness.mjs';

/* Units that the server runs on its own. */
const ownUnits = ['watch', 'live'];
let veha;
let log;
let key;
let header;
let claims;
let good;

before(async () => {
    veha = await startVeha();
    log = path.join(path.dirname(veha.sql('show data_directory')), 'postgres.log');
    const database = veha.sql('select current_database()');
    veha.sql(`alter role veha_web in database ${database} set log_statement = 'all'`);
    /* The setting is of new sessions. */
    veha.sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'veha_web' and datname = current_database()");
    await eventually(async () => (await veha.client().get('/readyz')).status === 200, 'serve to find its database again');
    const folder = path.join(veha.folder, 'keys');
    key = crypto.createPrivateKey(fs.readFileSync(path.join(folder, fs.readdirSync(folder)[0])));
    good = (await veha.signIn('curator')).bearer;
    [header, claims] = good.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url')));
});

after(async () => {
    await veha?.stop();
    await stopCluster();
});

/* The ids of the requests that asked something since the mark, one for each statement but that which enters the scope. */
function asked(mark) {
    const units = new Map();
    const found = [];
    const text = fs.readFileSync(log).subarray(mark).toString();
    let entering = false;
    for (const [, pid, kind, told] of text.matchAll(/\[(\d+)\] (LOG: {2}execute|LOG: {2}statement:|DETAIL: {2}parameters:) ([^\n]*)/g)) {
        if (entering) units.set(pid, /, \$3 = '([^']*)'/.exec(told)?.[1] ?? 'nobody');
        else if (!kind.startsWith('DETAIL') && !told.startsWith('unit.enter_')) found.push(units.get(pid) ?? 'nobody');
        entering = told.startsWith('unit.enter_');
    }
    return found.filter((id) => !ownUnits.includes(id));
}

const mark = () => fs.statSync(log).size;
const encode = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const sign = (text, by = key) => crypto.sign('sha256', Buffer.from(text), { key: by, dsaEncoding: 'ieee-p1363' }).toString('base64url');
const hmac = (hash, secret) => (text) => crypto.createHmac(hash, secret).update(text).digest('base64url');
const unsigned = (head, body) => `${encode(head)}.${encode(body)}`;
const token = (head, body, signer = sign) => `${unsigned(head, body)}.${signer(unsigned(head, body))}`;
const withHeader = (changes, signer) => token({ ...header, ...changes }, claims, signer);
const withClaims = (changes) => token(header, { ...claims, ...changes });
/* JSON that no object gives: a member spelled by hand. */
const spelled = (name, text) => token(header, JSON.stringify(claims).replace(new RegExp(`"${name}":[^,}]*`), text));
const without = (from, name) => Object.fromEntries(Object.entries(from).filter(([member]) => member !== name));
const deep = `${'['.repeat(1500)}${']'.repeat(1500)}`;

function forged() {
    const [head, body, signature] = good.split('.');
    const now = Math.floor(Date.now() / 1000);
    const publicPem = crypto.createPublicKey(key).export({ type: 'spki', format: 'pem' });
    const stranger = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const rsa = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const byStranger = (text) => sign(text, stranger);
    const byRsa = (text) => crypto.sign('sha256', Buffer.from(text), rsa).toString('base64url');
    const jwk = crypto.createPublicKey(stranger).export({ format: 'jwk' });
    const order = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';
    return {
        'none with a signature': withHeader({ alg: 'none' }),
        'none without one': `${unsigned({ ...header, alg: 'none' }, claims)}.`,
        'none in two segments': unsigned({ ...header, alg: 'none' }, claims),
        nOnE: withHeader({ alg: 'nOnE' }),
        'an empty key': withHeader({ alg: 'HS256' }, hmac('sha256', '')),
        'lower-case alg': withHeader({ alg: 'es256' }),
        'HS256 by the public key': withHeader({ alg: 'HS256' }, hmac('sha256', publicPem)),
        'HS512 by the public key': withHeader({ alg: 'HS512' }, hmac('sha512', publicPem)),
        'an HMAC said to be ES256': withHeader({}, hmac('sha512', publicPem)),
        RS256: withHeader({ alg: 'RS256' }, byRsa),
        'RS256 said to be ES256': withHeader({}, byRsa),
        'unknown alg': withHeader({ alg: 'XX999' }),
        'alg missing': token(without(header, 'alg'), claims),
        'kid missing': token(without(header, 'kid'), claims),
        'kid unknown': withHeader({ kid: 'other' }),
        'kid traversal': withHeader({ kid: `../keys/${header.kid}` }),
        'kid a device': withHeader({ kid: '/dev/null' }, hmac('sha256', '')),
        'kid SQL': withHeader({ kid: `${header.kid}' or '1'='1` }),
        'jwk embedded': withHeader({ jwk }, byStranger),
        jku: withHeader({ jku: 'https://evil.example/jwks.json' }, byStranger),
        x5u: withHeader({ x5u: 'https://evil.example/x.pem' }, byStranger),
        'unknown crit': withHeader({ crit: ['exp2'] }),
        'b64 false': withHeader({ b64: false, crit: ['b64'] }),
        'another key': withHeader({}, byStranger),
        expired: withClaims({ exp: now - 1 }),
        'exp missing': token(header, without(claims, 'exp')),
        'exp text': withClaims({ exp: String(claims.exp) }),
        'exp fraction': withClaims({ exp: claims.exp + 0.5 }),
        'exp negative': withClaims({ exp: -1 }),
        'exp beyond 64 bits': spelled('exp', '"exp":99999999999999999999'),
        'nbf ahead': withClaims({ nbf: now + 300 }),
        'iat ahead': withClaims({ iat: now + 300 }),
        'wrong iss': withClaims({ iss: 'https://evil.example' }),
        'wrong aud': withClaims({ aud: 'other' }),
        'aud a list': withClaims({ aud: [claims.aud] }),
        'sub SQL': withClaims({ sub: `${claims.sub} or 1=1` }),
        'sub beyond bigint': withClaims({ sub: '9223372036854775808' }),
        'roles text': withClaims({ roles: 'region_admin' }),
        'roles lists of lists': withClaims({ roles: [['region_admin']] }),
        'a claim twice': spelled('sub', `"sub":"1","sub":"${claims.sub}"`),
        'payload a list': token(header, [claims]),
        'four segments': `${good}.x`,
        'two segments': `${head}.${body}`,
        padding: `${good}=`,
        'a space within': `${head}.${body} .${signature}`,
        'more than 8 KB': withClaims({ name: 'a'.repeat(9000) }),
        'depth 3000': token(header, `{"sub":${deep}}`),
        'r = s = 0': `${head}.${body}.${Buffer.alloc(64).toString('base64url')}`,
        'r = s = n': `${head}.${body}.${Buffer.from(order + order, 'hex').toString('base64url')}`,
        'other claims under a good signature': `${head}.${encode({ ...claims, roles: ['region_admin'] })}.${signature}`,
        ...Object.fromEntries(Array.from({ length: 64 }, (_, at) => {
            const bytes = Buffer.from(signature, 'base64url');
            bytes[at] ^= 1;
            return [`byte ${at} of the signature flipped`, `${head}.${body}.${bytes.toString('base64url')}`];
        })),
    };
}

async function assertRefused(bearer, name, target) {
    const answer = await veha.client().get(target, { headers: { authorization: `Bearer ${bearer}` } });
    assert.equal(answer.status, 401, `${name} at ${target}: ${answer.text.slice(0, 300)}`);
}

/* The log is written before a statement runs, so what was asked stands there once the answer has come. */
test('what a good token asks is counted', async () => {
    const at = mark();
    const answer = await veha.client().get('/tenants', { headers: { authorization: `Bearer ${token(header, claims)}` } });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(asked(at), [answer.headers['x-request-id']]);
});

test('each forged token is refused, and the database knows nothing of it', async () => {
    for (const [name, bearer] of Object.entries(forged())) {
        const at = mark();
        await assertRefused(bearer, name, '/tenants');
        await assertRefused(bearer, name, '/session'); // which is open to anyone who brings no token
        assert.deepEqual(asked(at), [], name);
    }
});

test('nor of the token of a session that this process knows to have ended', async () => {
    const client = await veha.signIn('curator');
    assert.equal((await client.post('/session/end')).status, 204);
    const at = mark();
    await assertRefused(client.bearer, 'signed out', '/tenants');
    assert.deepEqual(asked(at), []);
});

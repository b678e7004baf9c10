/*
 * A running Veha for a test: a database cloned from a template, serve (and verify with the stand-ins when asked) on free ports, and clients that speak HTTP/2.
 *
 *   const veha = await startVeha({ verify: true, scenario, clock: '2026-03-01T09:00:00Z' });
 *   const curator = await veha.signIn('curator');
 *   const { status, json } = await curator.get('/overview');
 *   await veha.stop();
 *
 * stop() fails when a process did not end cleanly or a sanitizer spoke.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import http2 from 'node:http2';
import net from 'node:net';
import path from 'node:path';

import { hostsOf, startStandin } from '../standin/standin.mjs';
import { builtFolder, program, root } from '../support/build.mjs';
import { databaseUrls, keysOf, openCluster, openSession, run, sampleRegion, sql, writeConfig } from '../support/cluster.mjs';

const { codeAt } = createRequire(import.meta.url)('../../deploy/sample/code');
const certificateScript = path.join(root, 'deploy/certificate');
const home = path.join(root, 'var', `test-http-${process.pid}`);
const startSeconds = 30;
const stopSeconds = 30;
let started = 0;
let cluster = null;
const running = new Set();

/* However this process ends, nothing it started stays. */
process.once('exit', () => {
    for (const veha of running) for (const { child } of veha.processes) child.kill('SIGKILL');
    removeCluster();
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

function removeCluster() {
    cluster?.stop();
    cluster = null;
    fs.rmSync(home, { recursive: true, force: true });
}

/* The sample people of deploy/sample/people.json: {login: {password, role, factor, ...}}. */
export const people = Object.fromEntries(
    JSON.parse(fs.readFileSync(path.join(root, 'deploy/sample/people.json'), 'utf8')).map((person) => [person.login, person]),
);

/*
 * notify: starts `veha notify`, which leaves its letters in the folder veha.mail unless config says otherwise.
 *
 * config: {section: {key: value}} over the test's own; template: "sample" or "migrated"; scenario: for the stand-ins (implies nothing is looked at unless verify);
 * clock: ISO time the program believes, or null; environment: more variables for the processes.
 */
export async function startVeha({ config = {}, template = 'sample', verify = false, notify = false, scenario = null, clock = null, environment = {} } = {}) {
    cluster ??= await openCluster(path.join(home, 'postgres'));
    const folder = path.join(home, String(++started));
    fs.mkdirSync(path.join(folder, 'mail'), { recursive: true });
    const database = await cluster.clone(template);
    const [port, standin] = await Promise.all([freePort(), scenario || verify ? openStandin(folder, scenario ?? {}, clock) : null]);
    run(certificateScript, [folder, 'localhost', 'localhost', '127.0.0.1', '::1']);
    const url = `https://localhost:${port}`;
    const configFile = writeConfig(path.join(folder, 'veha.conf'), merge(settings(folder, port, url, database, standin), config));
    const env = { ...process.env, ...environment, VEHA_CONFIG: configFile };
    if (clock) env.VEHA_CLOCK_FILE = writeClock(folder, clock);
    if (template === 'sample') takeSecret(folder);
    if (clock) sql(database.url, `update veha.person set created_at = '${clock}'`); // or whoever was made today would be idle in a year
    run(program, ['token', 'create-key', '--config', configFile], { env });
    const processes = [launch(folder, 'serve', env), ...(verify ? [launch(folder, 'verify', env)] : []), ...(notify ? [launch(folder, 'notify', env)] : [])];
    const veha = {
        url, port, folder, configFile, standin, processes, env,
        mail: path.join(folder, 'mail'),
        /* One more process of the program: {child, end}. */
        launch: (name, more = {}) => launch(folder, name, { ...env, ...more }),
        authority: fs.readFileSync(path.join(folder, 'ca.pem')),
        sql: (statement) => sql(database.url, statement),
        /* A session that stays open, for who must hold something while others come: {say, close}. */
        session: () => openSession(database.url),
        /* Only for a test with a cluster of its own, which deletes VEHA_TEST_CLUSTER from its environment first. */
        postgres: (...args) => run(path.join(root, 'deploy/postgres'), [cluster.folder, ...args]),
        setClock: (moment) => writeClock(folder, moment),
        command: (...args) => run(program, [...args, '--config', configFile], { env }),
        log: (name = 'serve') => fs.readFileSync(path.join(folder, `${name}.log`), 'utf8'),
        client: () => openClient(veha),
        /* Whoever signs in here has acknowledged the notice about personal data, as the sample people have. */
        inform: (login) => sql(database.url, `insert into veha.acknowledgement (person, version) select id, veha.privacy_version() from veha.person where login = lower('${login}') on conflict do nothing`),
        factors: new Map(Object.entries(people).map(([login, { factor }]) => [login, factor])),
        /* The code that somebody's authenticator shows now. Each serves once, but tests sign in more often than every half minute: the last one is forgotten. */
        code: (login) => {
            veha.sql(`update veha.factor set counter = 0 where person = (select id from veha.person where login = '${login}')`);
            return codeAt(veha.factors.get(login), clock ? Date.parse(fs.readFileSync(env.VEHA_CLOCK_FILE, 'utf8').trim()) / 1000 : Date.now() / 1000);
        },
        /* With all that is asked for: a code, or the setting up of a second factor. */
        signIn: async (login, password = people[login]?.password) => {
            veha.inform(login);
            const client = openClient(veha);
            let answer = await client.post('/session', { login, password });
            if (answer.status === 202) answer = await client.post('/session/factor', { challenge: answer.json.challenge, code: veha.code(login) });
            if (answer.status !== 201) throw new Error(`${login} cannot sign in: ${answer.status} ${answer.text}`);
            client.bearer = answer.json.access_token;
            client.session = answer.json;
            if (answer.json.state === 'setup') await setUpFactor(veha, client, login);
            return client;
        },
        async stop() {
            running.delete(veha);
            for (const client of veha.clients) client.close();
            const ends = await Promise.all(processes.map((one) => one.end()));
            if (standin) await standin.stop();
            database.drop();
            const unclean = ends.filter(Boolean);
            if (unclean.length) throw new Error(unclean.join('\n'));
            fs.rmSync(folder, { recursive: true, force: true });
        },
        clients: new Set(),
    };
    running.add(veha);
    try {
        await waitReady(veha);
    } catch (error) {
        await veha.stop().catch(() => undefined);
        throw error;
    }
    return veha;
}

/* Whoever is signed in gets an authenticator; its recovery codes. */
export async function setUpFactor(veha, client, login) {
    veha.factors.set(login, (await client.post('/session/factor/begin')).json.secret);
    const answer = await client.post('/session/factor/confirm', { code: veha.code(login) });
    if (answer.status !== 200) throw new Error(`${login} cannot set up a second factor: ${answer.status} ${answer.text}`);
    return answer.json.recovery_codes;
}

/*
 * Another node beside veha: serve with the same database, keys and clock at an address of its own. {url, client(), signIn as that of veha, log(), stop()}
 */
export async function startBeside(veha) {
    const folder = path.join(veha.folder, `beside-${++started}`);
    fs.mkdirSync(folder);
    const port = await freePort();
    const url = `https://localhost:${port}`;
    const configFile = path.join(folder, 'veha.conf');
    fs.writeFileSync(configFile, fs.readFileSync(veha.configFile, 'utf8').replaceAll(`:${veha.port}`, `:${port}`));
    const node = { ...veha, url, port, folder, configFile, clients: new Set(), client: () => openClient(node), log: () => fs.readFileSync(path.join(folder, 'serve.log'), 'utf8') };
    node.processes = [launch(folder, 'serve', { ...veha.env, VEHA_CONFIG: configFile })];
    running.add(node);
    node.stop = async () => {
        running.delete(node);
        for (const client of node.clients) client.close();
        const unclean = (await Promise.all(node.processes.map((one) => one.end()))).filter(Boolean);
        if (unclean.length) throw new Error(unclean.join('\n'));
    };
    await waitReady(node);
    return node;
}

/* Second factors of the sample are sealed with the secret of the cluster's keyring. */
function takeSecret(folder) {
    fs.mkdirSync(path.join(folder, 'keys'), { mode: 0o700 });
    fs.copyFileSync(path.join(keysOf(cluster), 'secret.key'), path.join(folder, 'keys/secret.key'));
}

/* Ends what this process started for all its tests, and any server a failed test left behind; after() of each file calls it. */
export async function stopCluster() {
    for (const veha of running) await veha.stop();
    removeCluster();
}

/* Waits until probe() gives something true, and returns that. */
export async function eventually(probe, what, seconds = 20) {
    const end = Date.now() + seconds * 1000;
    for (;;) {
        const found = await probe();
        if (found) return found;
        if (Date.now() > end) throw new Error(`waited ${seconds} s in vain for ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}

export function freePort() {
    return new Promise((resolve, reject) => {
        const server = net.createServer();
        server.once('error', reject);
        server.listen(0, '127.0.0.1', () => {
            const { port } = server.address();
            server.close(() => resolve(port));
        });
    });
}

function settings(folder, port, url, database, standin) {
    const made = {
        ...sampleRegion(),
        web: {
            listen: `127.0.0.1:${port}`, public_url: url, workers: 1,
            certificate: path.join(folder, 'localhost.pem'), key: path.join(folder, 'localhost.key'),
            assets: path.join(builtFolder, 'assets'), rate_address: 100000000, rate_caller: 100000000,
        },
        database: databaseUrls(cluster, database.name),
        tokens: { keys: path.join(folder, 'keys') },
        templates: { directory: path.join(root, 'templates') },
        mail: { directory: path.join(folder, 'mail'), from: 'Веха <veha@lukomorye.example>', link_key: 'only-of-this-test-'.repeat(2), pause_minutes: 0 },
        log: { level: 'debug' },
    };
    if (standin) {
        made.verify = { ca_file: path.join(folder, 'ca.pem'), connect_to: standin.connectTo };
        made.vk = { token: 'stand-in' };
    }
    return made;
}

function merge(settings, changes) {
    const merged = { ...settings };
    for (const [section, keys] of Object.entries(changes)) merged[section] = { ...merged[section], ...keys };
    return merged;
}

async function openStandin(folder, scenario, clock) {
    if (clock) process.env.VEHA_CLOCK_FILE = writeClock(folder, clock);
    const hosts = hostsOf(scenario);
    /* The thousands of hosts of a sweep share a wildcard: a certificate that names them all is more than a client takes. */
    run(certificateScript, [folder, 'networks', ...new Set(hosts.map((host) => host.replace(/^[^.]+\.sweep\.example$/, '*.sweep.example')))]);
    const standin = await startStandin({
        scenario,
        folder: path.join(root, 'deploy/sample'),
        certificate: path.join(folder, 'networks.pem'),
        key: path.join(folder, 'networks.key'),
    });
    const pairs = [[443, standin.port], [80, standin.plain]];
    standin.connectTo = hosts.flatMap((host) => pairs.map(([from, to]) => `${host}:${from}=127.0.0.1:${to}`));
    return standin;
}

function writeClock(folder, moment) {
    const file = path.join(folder, 'clock');
    fs.writeFileSync(`${file}.new`, `${moment}\n`);
    fs.renameSync(`${file}.new`, file);
    return file;
}

function launch(folder, name, env) {
    const log = path.join(folder, `${name}.log`);
    const output = fs.openSync(log, 'a');
    const child = spawn(program, [name, '--config', env.VEHA_CONFIG], { cwd: root, env, stdio: ['ignore', output, output] });
    fs.closeSync(output);
    const ended = new Promise((resolve) => child.once('exit', (status, signal) => resolve({ status, signal })));
    return {
        name, child,
        tail: () => fs.readFileSync(log, 'utf8').split('\n').slice(-30).join('\n'),
        /* Nothing, or what was unclean about the end. */
        async end() {
            const timer = setTimeout(() => child.kill('SIGKILL'), stopSeconds * 1000);
            child.kill('SIGTERM');
            const { status, signal } = await ended;
            clearTimeout(timer);
            const printed = fs.readFileSync(log, 'utf8');
            const report = /(ERROR: \w+Sanitizer|runtime error:)[^]{0,4000}/.exec(printed)?.[0];
            if (report) return `veha ${name}: ${report}`;
            return status === 0 ? null : `veha ${name} ended with ${signal ?? `status ${status}`}:\n${printed.slice(-2000)}`;
        },
    };
}

async function waitReady(veha) {
    const client = openClient(veha);
    const isReady = async () => {
        const dead = veha.processes.find(({ child }) => child.exitCode !== null || child.signalCode !== null);
        if (dead) throw new Error(`veha ${dead.name} ended while starting:\n${dead.tail()}`);
        return client.get('/readyz').then((answer) => answer.status === 200, () => false);
    };
    await eventually(isReady, `${veha.url}/readyz; ${veha.processes[0].tail()}`, startSeconds);
    client.close();
}

/*
 * A client with its own connection and cookies. get/post/put/delete(path, body, {headers, form, html}): an object body goes as JSON, or as a form with form: true; html: true asks for a
 * page. The answer: {status, headers, body, text, json}. bearer, when set, is sent as the access token.
 */
export function openClient({ url, authority, clients }) {
    let session = null;
    const client = {
        bearer: null,
        cookies: new Map(),
        get: (target, options) => client.request('GET', target, undefined, options),
        post: (target, body, options) => client.request('POST', target, body, options),
        put: (target, body, options) => client.request('PUT', target, body, options),
        delete: (target, options) => client.request('DELETE', target, undefined, options),
        /* A page, as a browser asks for it. */
        page: (target, options) => client.get(target, { ...options, html: true }),
        /* A form, as a browser sends it. */
        submit: (target, fields, options) => client.post(target, fields, { ...options, form: true, html: true }),
        async request(method, target, body, { headers = {}, form = false, html = false } = {}) {
            const payload = encodeBody(body, form);
            const sent = { ':method': method, ':path': target, accept: html ? 'text/html' : 'application/json' };
            if (payload) sent['content-type'] = form ? 'application/x-www-form-urlencoded' : 'application/json';
            if (client.bearer) sent.authorization = `Bearer ${client.bearer}`;
            if (client.cookies.size) sent.cookie = [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
            const ask = async () => {
                if (!session || session.closed || session.destroyed) session = await connect(url, authority);
                return exchange(session, { ...sent, ...headers }, payload);
            };
            const answer = await ask().catch((error) => (error.refused ? ask() : Promise.reject(error)));
            keepCookies(client.cookies, answer.headers['set-cookie'] ?? []);
            return answer;
        },
        close: () => session?.destroy(),
    };
    clients?.add(client);
    return client;
}

function encodeBody(body, form) {
    if (body === undefined || body === null) return null;
    if (typeof body === 'string' || Buffer.isBuffer(body)) return Buffer.from(body);
    if (!form) return Buffer.from(JSON.stringify(body));
    const pairs = Object.entries(body).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
    return Buffer.from(new URLSearchParams(pairs).toString());
}

function connect(url, authority) {
    return new Promise((resolve, reject) => {
        const session = http2.connect(url, { ca: authority, minVersion: 'TLSv1.3' });
        session.once('connect', () => resolve(session));
        session.on('error', reject);
        session.unref();
    });
}

function exchange(session, headers, payload) {
    return new Promise((resolve, reject) => {
        const stream = session.request(headers, { endStream: !payload });
        const answer = { status: 0, headers: {}, text: '' };
        const parts = [];
        stream.on('response', (received) => Object.assign(answer, { status: received[':status'], headers: received }));
        stream.on('data', (part) => parts.push(part));
        /* A connection that has been idle for long may be ending just now: what it refuses was not looked at (RFC 9113, 8.7), and browsers ask again. */
        const refused = () => stream.rstCode === http2.constants.NGHTTP2_REFUSED_STREAM;
        stream.on('error', (error) => reject(Object.assign(error, { refused: refused() })));
        stream.on('close', () => (answer.status ? resolve(withBody(answer, parts)) : reject(new Error(`the stream ended without an answer (${stream.rstCode})`))));
        /* A connection that is cut under a body still being sent does not always close its stream here. */
        const forget = setTimeout(() => {
            reject(new Error('the stream was never closed'));
            stream.destroy();
        }, 120000);
        const cut = () => setImmediate(() => reject(new Error('the connection was closed')));
        session.setMaxListeners(0).once('close', cut);
        stream.on('close', () => {
            clearTimeout(forget);
            session.off('close', cut);
        });
        stream.end(payload ?? undefined);
    });
}

function withBody(answer, parts) {
    answer.body = Buffer.concat(parts);
    answer.text = answer.body.toString();
    if (/json/.test(answer.headers['content-type'] ?? '') && answer.text) answer.json = JSON.parse(answer.text);
    return answer;
}

function keepCookies(cookies, lines) {
    for (const line of lines) {
        const [, name, value] = /^([^=;]+)=([^;]*)/.exec(line) ?? [];
        if (!name) continue;
        if (/;\s*max-age=0\b/i.test(line) || value === '') cookies.delete(name);
        else cookies.set(name, value);
    }
}

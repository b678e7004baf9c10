/*
 * Runs inside a network namespace of its own (guard.test.mjs enters it), where every denied range is routed to wildcard listeners on ports 80 and 443, and counts the SYN packets of looks at
 * all addresses of addresses.json, with the guard and without it.
 *
 *   node tests/hostile/inside.mjs FOLDER      writes {controls, guarded, unguarded, probed, reused, waited} to FOLDER/seen.json
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';

import { builtFolder, program, root } from '../support/build.mjs';
import { run, sampleRegion, writeConfig } from '../support/cluster.mjs';
import { serveNames, silence } from './names.mjs';

const folder = process.argv[2];
const data = JSON.parse(fs.readFileSync(path.join(root, 'tests/hostile/addresses.json'), 'utf8'));
const zone = 'hostile.example';
const isSix = (address) => address.includes(':');

/* ---- the namespace ---- */

function layOut() {
    run('ip', ['link', 'set', 'lo', 'up']);
    for (const own of data.own) run('ip', ['address', 'add', `${own}/${isSix(own) ? 128 : 32}`, 'dev', 'lo', ...(isSix(own) ? ['nodad'] : [])]);
    for (const range of [...data.ranges.map(([network]) => network), ...data.public])
        run('ip', [isSix(range) ? '-6' : '-4', 'route', 'replace', 'local', range, 'dev', 'lo', 'table', 'local']);
    const files = {
        'resolv.conf': 'nameserver 127.0.0.1\noptions timeout:9 attempts:1\n',
        'nsswitch.conf': 'hosts: files dns\n',
        hosts: '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n',
    };
    for (const [name, text] of Object.entries(files)) {
        fs.writeFileSync(path.join(folder, name), text);
        if (fs.existsSync(`/etc/${name}`)) run('mount', ['--bind', path.join(folder, name), `/etc/${name}`]);
    }
}

/* ---- packets ---- */

async function startWatch() {
    const child = spawn(path.join(builtFolder, 'tests/hostile/syn_watch'), [], { stdio: ['ignore', 'pipe', 'inherit'] });
    const seen = [];
    const waiting = [];
    let heard = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
        const lines = (heard + text).split('\n');
        heard = lines.pop();
        for (const line of lines) {
            const at = waiting.findIndex(({ wanted }) => wanted === line);
            seen.push(line);
            if (at >= 0) waiting.splice(at, 1)[0].resolve();
        }
    });
    const until = (wanted) => new Promise((resolve) => waiting.push({ wanted, resolve }));
    await until('ready');
    let marks = 0;
    return {
        /* All that was sent since the last call: packets are told in their order, so what comes before a mark of ours is all of it. */
        async take() {
            const port = 1000 + ++marks;
            const came = until(`${data.public[0]} ${port}`);
            connect(data.public[0], port);
            await came;
            return seen.splice(0).filter((line) => line !== 'ready' && line !== `${data.public[0]} ${port}`);
        },
        stop: () => child.kill('SIGTERM'),
    };
}

function connect(address, port) {
    return new Promise((resolve) => {
        const socket = net.connect({ host: address, port });
        for (const event of ['connect', 'error']) socket.once(event, () => resolve(socket.destroy()));
    });
}

/* Is an address of a range counted at all? One SYN to each, by hand where the kernel makes no connection. */
async function control(watch) {
    const counted = {};
    for (const [range, address, how] of data.ranges) {
        if (how === 'raw') run(path.join(builtFolder, 'tests/hostile/syn_watch'), ['send', address]);
        else await connect(address, 80);
        counted[range] = (await watch.take()).length;
    }
    await ask('curl', ['--silent', '--max-time', '2', `http://plain.${zone}/`]);
    counted.proxy = (await watch.take()).filter((line) => !data.public.includes(line.split(' ')[0])).length;
    return counted;
}

/* ---- the far end ---- */

const every = (label) => (/^(r\d{3}-\d+|plain|loop|ping|pong|kept)$/.test(label) ? { A: [data.public[0]], AAAA: [data.public[1]] } : null);

function zoneRecords() {
    const ranges = data.ranges.map(([, address], number) => [`range-${number}`, { [isSix(address) ? 'AAAA' : 'A']: [address.replace(/%.*/, '')] }]);
    return { ...data.names, slow: silence, ...Object.fromEntries(ranges) };
}

const targets = [];
let longest = 0; // requests on one connection of "kept"

function respond(request, response) {
    const host = (request.headers.host ?? '').toLowerCase().replace(/\.?(:\d+)?$/, '');
    const label = host.replace(`.${zone}`, '');
    const [, code, number] = /^r(\d{3})-(\d+)$/.exec(label) ?? [];
    const scheme = request.socket.encrypted ? 'https' : 'http';
    const other = scheme === 'https' ? 'http' : 'https';
    if (label === 'kept') longest = Math.max(longest, (request.socket.asked = (request.socket.asked ?? 0) + 1));
    if (code) return redirect(response, Number(code), targets[number]);
    if (/^rebind/.test(label)) return redirect(response, 302, `${other}://${host}/`);
    if (label === 'loop') return redirect(response, 301, request.url);
    if (label === 'ping' || label === 'pong') return redirect(response, 302, `${scheme}://${label === 'ping' ? 'pong' : 'ping'}.${zone}/`);
    if (label === 'kept') return redirect(response, 302, request.url === '/second' ? `http://private.${zone}/` : '/second');
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end('<title>Школа</title><a href="https://vk.com/school">Мы ВКонтакте</a>');
}

/* A header is bytes: whatever is written there goes as UTF-8. */
function redirect(response, status, location) {
    response.writeHead(status, { location: Buffer.from(location, 'utf8').toString('latin1'), 'content-length': 0 });
    response.end();
}

async function serve() {
    run(path.join(root, 'deploy/certificate'), [folder, 'far', `*.${zone}`, zone]);
    const [cert, key] = ['far.pem', 'far.key'].map((name) => fs.readFileSync(path.join(folder, name)));
    const servers = [[http.createServer(respond), 80], [https.createServer({ cert, key }, respond), 443]];
    for (const [server, port] of servers) await new Promise((resolve, reject) => server.once('error', reject).listen(port, '::', resolve));
    return () => servers.forEach(([server]) => server.close().closeAllConnections());
}

/* ---- looks ---- */

function ask(command, args, { input = '' } = {}) {
    return new Promise((resolve) => {
        let printed = '';
        const child = spawn(command, args, { env: { ...process.env, ...data.environment }, stdio: ['pipe', 'pipe', 'ignore'] });
        child.stdout.setEncoding('utf8').on('data', (text) => (printed += text));
        child.stdin.end(input);
        child.once('close', (status, signal) => resolve({ status: signal ?? status, printed }));
    });
}

/* What is to be asked: {class, url, entrance, address}; entrance: "probe", or the code of the redirect that leads to url. */
function jobsOf(entrances) {
    const address = (text) => (isSix(text) ? `[${text.replace('%', '%25')}]` : text);
    const ranges = data.ranges.flatMap(([range, one], number) => [`http://${address(one)}/`, `https://range-${number}.${zone}/`].map((url) => ({ class: `range ${range}`, url })));
    const spelt = data.classes.flatMap(({ class: name, urls }) => urls.map((url) => ({ class: name, url })));
    return [...spelt, ...ranges].flatMap((one) => entrances.map((entrance) => {
        const number = targets.length;
        targets.push(one.url.replace('{n}', String(number)));
        return { ...one, entrance, address: entrance === 'probe' ? targets[number] : `https://r${entrance}-${number}.${zone}/` };
    }));
}

/* Looks at all of them, proxy variables in the environment. */
async function lookAtAll(binary, configFile, watch, entrances) {
    await watch.take();
    const jobs = jobsOf(entrances);
    const { status, printed } = await ask(path.join(builtFolder, 'tests/hostile', binary), [configFile], { input: jobs.map((job) => `${job.address}\n`).join('') });
    const lines = printed.trim().split('\n').map((line) => line.split(' '));
    if (status !== 0 || lines.length !== jobs.length) throw new Error(`${binary} ended with status ${status} after ${lines.length} of ${jobs.length} looks`);
    const outcomes = jobs.map(({ class: name, url, entrance }, number) => ({ class: name, url, entrance, state: lines[number][0], reason: lines[number][1] || null }));
    return { outcomes, packets: await watch.take() };
}

/* A host whose name is never told, and one that is, after it: how long the second had to wait for the first. */
async function waitForName(configFile) {
    const started = Date.now();
    const { printed } = await ask(path.join(builtFolder, 'tests/hostile/look_many'), [configFile], { input: `https://slow.${zone}\nhttps://plain.${zone}\n` });
    return { ends: printed.trim().split('\n'), seconds: (Date.now() - started) / 1000 };
}

/* The same through the program itself, one of each class. */
async function probe(configFile, watch) {
    await watch.take();
    const outcomes = [];
    for (const { class: name, urls } of data.classes) {
        const { status } = await ask(program, ['probe', '--config', configFile, urls[0].replace('{n}', 'probed')]);
        outcomes.push({ class: name, url: urls[0], status });
    }
    return { outcomes, packets: await watch.take() };
}

async function main() {
    layOut();
    const names = await serveNames({ zone, records: zoneRecords(), every });
    const stop = await serve();
    const watch = await startWatch();
    const configFile = writeConfig(path.join(folder, 'veha.conf'), {
        ...sampleRegion(), templates: { directory: path.join(root, 'templates') }, verify: { ca_file: path.join(folder, 'ca.pem') },
    });
    const controls = await control(watch);
    const guarded = await lookAtAll('look_many', configFile, watch, ['probe', ...data.codes]);
    const reused = longest;
    const unguarded = await lookAtAll('look_many_unguarded', configFile, watch, [302]);
    const probed = await probe(configFile, watch);
    const waited = await waitForName(configFile);
    watch.stop();
    stop();
    await names.stop();
    fs.writeFileSync(path.join(folder, 'seen.json'), JSON.stringify({ controls, guarded, unguarded, probed, reused, waited }));
}

main();

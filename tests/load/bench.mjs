/*
 * The figures of one machine, always as ratios measured side by side in one run: client, server and database share its processors.
 *
 * reads: a roadmap over TLS, HTTP/2, JWT and row security, against pgbench running the same unit. pages: a page against its JSON. looks: a sweep against a bare
 * curl_multi loop asking the same of the same stand-in, BENCH_LOOKS of them (20,000 for the figure of record), HTML alone beside it. growth: memory of verify and its reader after 1,000 and after
 * BENCH_GROWTH (100,000) looks. reading: what reading and judging a page costs, and how much of it the confined child. memory: resident memory of each process. start: from exec to ready.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { freePort, eventually, openClient, startVeha, stopCluster } from '../http/harness.mjs';
import { builtFolder, corpus, program, root } from '../support/build.mjs';
import { run } from '../support/cluster.mjs';

const seconds = Number(process.env.BENCH_SECONDS ?? 5);
const place = path.join(root, 'var', `test-bench-${process.pid}`);
const cores = Number(run('nproc', []));

const parts = { reads, pages, looks, growth, reading, memory, start };
const apart = ['growth']; // takes too long to be part of all

export async function main(names) {
    const unknown = names.filter((name) => !parts[name]);
    if (unknown.length) {
        console.error(`bench: there is no part ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}.`);
        process.exit(2);
    }
    run('make', ['-s', '-j2', 'program', 'assets', 'load-programs'], { env: plainEnvironment() });
    fs.mkdirSync(place, { recursive: true });
    console.log(`${cores} processors; ${seconds} s a measurement (BENCH_SECONDS)\n`);
    try {
        for (const name of names.length ? names : Object.keys(parts).filter((part) => !apart.includes(part))) await parts[name]();
    } finally {
        await stopCluster();
        fs.rmSync(place, { recursive: true, force: true });
    }
}

function plainEnvironment() {
    const { MAKEFLAGS, MFLAGS, ...env } = process.env;
    return env;
}

function print(title, rows) {
    console.log(title);
    const width = Math.max(...rows.map(([name]) => name.length));
    for (const [name, value] of rows) console.log(`  ${name.padEnd(width)}  ${value}`);
    console.log('');
}

const whole = (number) => Math.round(number).toLocaleString('en');
const ratio = (one, other) => `${(one / other).toFixed(2)}×`;

async function withVeha(options, work) {
    const veha = await startVeha({ ...options, config: { web: { workers: cores }, log: { level: 'warning' }, ...options.config } });
    try {
        return await work(veha);
    } finally {
        await veha.stop();
    }
}

/* ---- reads ---- */

async function reads() {
    await withVeha({}, async (veha) => {
        const curator = await veha.signIn('curator');
        const tenant = roadmapTenant(veha);
        const database = benchDatabase(veha, tenant);
        const server = benchServer(veha, curator.bearer, `/tenants/${tenant}/roadmap`, 'application/json');
        print('Roadmap read: JWT, row security, TLS and HTTP/2, against pgbench running the same unit', [
            ['pgbench', `${whole(database.rate)}/s with ${database.clients} clients, its best (${database.all})`],
            ['veha serve', `${whole(server.rate)}/s with ${server.clients} connections of ${server.streams} streams, its best (${server.all})`],
            ['ratio', `${ratio(server.rate, database.rate)} (goal ≥ 1.2×)`],
        ]);
    });
}

function roadmapTenant(veha) {
    return veha.sql("select tenant from veha.tenant_roadmap where branch = 'keep' and upper_inf(valid) order by tenant limit 1");
}

function benchDatabase(veha, tenant) {
    const [person, session] = veha.sql("select p.id, max(s.id) from veha.person p join veha.session s on s.person = p.id where p.login = 'curator' group by p.id").split('|');
    const query = fs.readFileSync(path.join(root, 'sql/queries/roadmap_show.sql'), 'utf8').replace(/^--.*\n/gm, '').trim().replace(/;$/, '');
    const script = path.join(place, 'unit.sql');
    const scope = `select veha.enter(${person}::bigint, ${session}::bigint, 'bench'::text, '127.0.0.1'::inet, null::timestamptz), set_config('transaction_read_only', 'on', true);`;
    fs.writeFileSync(script, `begin;\n${scope}\n${query};\ncommit;\n`);
    const url = /^url = (.*)$/m.exec(fs.readFileSync(veha.configFile, 'utf8'))[1];
    const measured = [1, 2, 4, 8].map((clients) => {
        const printed = run('/usr/lib/postgresql/15/bin/pgbench', ['-n', '-M', 'prepared', '-f', script, '-D', `id=${tenant}`, '-c', String(clients), '-j', String(Math.min(clients, cores)), '-T', String(seconds), url]);
        return { clients, rate: Number(/tps = ([\d.]+)/.exec(printed)[1]) };
    });
    return best(measured, ({ clients, rate }) => `${clients}: ${whole(rate)}`);
}

function benchServer(veha, token, target, accept) {
    const shapes = [[1, 16], [2, 16], [4, 16], [8, 32]];
    const measured = shapes.map(([clients, streams]) => {
        const load = h2load(veha, token, target, accept, ['-c', clients, '-m', streams, '-D', seconds, '--warm-up-time', 1]);
        return { clients, streams, rate: load.rate };
    });
    return best(measured, ({ clients, streams, rate }) => `${clients}×${streams}: ${whole(rate)}`);
}

function best(measured, tell) {
    const fastest = measured.reduce((one, other) => (other.rate > one.rate ? other : one));
    return { ...fastest, all: measured.map(tell).join(', ') };
}

function h2load(veha, token, target, accept, shape) {
    const printed = run('h2load', [...shape.map(String), '-t', '1', '-H', `authorization: Bearer ${token}`, '-H', `accept: ${accept}`, `https://127.0.0.1:${veha.port}${target}`]);
    const [, failed] = /(\d+) failed/.exec(printed);
    const [, good] = /status codes: (\d+) 2xx/.exec(printed);
    if (Number(good) === 0 || Number(failed) > 0) throw new Error(`h2load of ${target} failed:\n${printed}`);
    return { rate: Number(/([\d.]+) req\/s/.exec(printed)[1]), good: Number(good) };
}

/* ---- pages ---- */

async function pages() {
    const count = 200 * seconds;
    const targets = ['/overview', '/tenants?limit=200'];
    await withVeha({}, async (veha) => {
        const curator = await veha.signIn('curator');
        const all = [...targets, `/tenants/${roadmapTenant(veha)}/roadmap`];
        const rows = all.map((target) => {
            const cost = (accept) => {
                h2load(veha, curator.bearer, target, accept, ['-c', 2, '-m', 8, '-n', 50]);
                const before = processorTime(veha);
                h2load(veha, curator.bearer, target, accept, ['-c', 2, '-m', 8, '-n', count]);
                return (processorTime(veha) - before) / count;
            };
            const [data, page] = [cost('application/json'), cost('text/html')];
            return [target, `JSON ${data.toFixed(2)} ms, page ${page.toFixed(2)} ms, ${ratio(page, data)} (goal ≤ 2×)`];
        });
        print(`Page against its JSON: processor time of server and PostgreSQL together, mean of ${count} requests`, rows);
    });
}

/* Milliseconds of processor time that the server and the database have used so far. */
function processorTime(veha) {
    return spentBy([...familyOf(veha.processes[0].child.pid), ...familyOf(postmaster(veha))]);
}

function spentBy(pids) {
    return pids.reduce((sum, pid) => sum + ticksOf(pid), 0) * (1000 / Number(run('getconf', ['CLK_TCK'])));
}

/* Own time and that of children already gone, so that a backend that ends in between is not lost. */
function ticksOf(pid) {
    const fields = statOf(pid);
    return fields ? fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) : 0;
}

function statOf(pid) {
    try {
        return fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
    } catch {
        return null;
    }
}

/* A process and all its descendants. */
function familyOf(pid) {
    const parents = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => [Number(name), Number(statOf(name)?.[1])]);
    const family = [pid];
    for (const member of family) family.push(...parents.filter(([, parent]) => parent === member).map(([child]) => child));
    return family;
}

function postmaster(veha) {
    return Number(veha.sql("select pg_read_file('postmaster.pid')").split('\n')[0]);
}

/* ---- looks ---- */

const mixes = {
    '70 % API JSON, 25 % HTML of 20–40 KB, 5 % of 100 KB': { vk: 0.7, telegram: 0.25, site: 0.05 },
    'HTML alone, 5 of 6 of 20–40 KB, 1 of 6 of 100 KB': { vk: 0, telegram: 5 / 6, site: 1 / 6 },
};

const sweepConfig = () => ({ templates: { directory: unlimitedTemplates() }, verify: { concurrency: 32 }, region: { networks: 'vk telegram site', networks_required: 1 } });

async function looks() {
    const count = Number(process.env.BENCH_LOOKS ?? 200 * seconds);
    for (const [title, mix] of Object.entries(mixes)) await sweep(title, mix, count);
}

/* Brings as many organisations in, one account each; how many accounts there are then. */
function populate(veha, mix, count) {
    const register = path.join(place, 'register.csv');
    fs.writeFileSync(register, sweepRegister(mix, count));
    veha.command('import', register);
    return Number(veha.sql('select count(*) from veha.account where upper_inf(valid)'));
}

async function sweep(title, mix, count) {
    await withVeha({ template: 'migrated', scenario: sweepScenario(mix, count), config: sweepConfig(), environment: { NODE_OPTIONS: '' } }, async (veha) => {
        const accounts = populate(veha, mix, count);
        veha.standin.forgetRequests();
        const [started, before, own] = [Date.now(), spentBy(familyOf(postmaster(veha))), process.cpuUsage()];
        const verify = spawn(program, ['verify', '--config', veha.configFile], { env: veha.env, stdio: ['ignore', 'ignore', 'inherit'] });
        await eventually(() => countLooks(veha, accounts), `${accounts} looks`, 3600);
        const spent = [['verify', spentBy(familyOf(verify.pid))], ['PostgreSQL', spentBy(familyOf(postmaster(veha))) - before], ['stand-in', process.cpuUsage(own).user / 1000 + process.cpuUsage(own).system / 1000]];
        const took = (Number(veha.sql('select extract(epoch from max(at)) * 1000 from veha.look')) - started) / 1000;
        const peak = familyOf(verify.pid).map((pid) => memoryOf(pid));
        await ended(verify);
        const asked = veha.standin.requests().slice();
        const bare = await bareFetch(veha, asked);
        print(`Sweep of ${whole(accounts)} accounts (${title}; ${whole(asked.length)} requests)`, [
            ['veha verify', `${(accounts / took).toFixed(0)} looks/s: fetch, read, judge, record`],
            ['bare curl_multi', `${(accounts / bare).toFixed(0)} looks/s: the same requests, bodies thrown away`],
            ['ratio', `${ratio(bare, took)}${mix.vk ? ' (goal ≥ 0.6×)' : ''}`],
            ['processor time a look', spent.map(([name, milliseconds]) => `${name} ${(milliseconds / accounts).toFixed(2)} ms`).join(', ')],
            ['memory', peak.map((one) => `${one.name} ${one.resident} MB`).join(', ')],
        ]);
    });
}

function ended(child) {
    child.kill('SIGTERM');
    return new Promise((resolve) => child.once('exit', resolve));
}

/* Asked seldom: a psql every 50 ms would take a third of a small machine. */
async function countLooks(veha, accounts) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return Number(veha.sql('select count(*) from veha.look')) >= accounts;
}

/* The networks' own limits would be measured otherwise. */
function unlimitedTemplates() {
    const folder = path.join(place, 'templates');
    fs.cpSync(path.join(root, 'templates'), folder, { recursive: true });
    for (const file of fs.readdirSync(path.join(folder, 'networks')).filter((name) => name.endsWith('.json'))) {
        const full = path.join(folder, 'networks', file);
        const text = fs.readFileSync(full, 'utf8');
        fs.writeFileSync(full, text.replace(/"limits": \{(?:[^{}]|\{[^}]*\})*\}/, '"limits": { "per_second": 100000, "concurrent": 64 }'));
    }
    return folder;
}

function networkOf(mix, number, count) {
    if (number < count * mix.vk) return 'vk';
    return number < count * (mix.vk + mix.telegram) ? 'telegram' : 'site';
}

function sweepScenario(mix, count) {
    const posts = Array.from({ length: 20 }, (_, number) => `-${number + 1}d`);
    const text = 'Рассказываем о деятельности учреждения, его целях и задачах. '.repeat(8);
    const scenario = { vk: { communities: [], usual: { description: text, posts } }, telegram: [], usual_channel: { description: text }, sites: [] };
    for (let number = 0; number < count; number++) {
        const network = networkOf(mix, number, count);
        if (network === 'vk') scenario.vk.communities.push({ id: 970000000 + number, screen_name: `bench98_${number}`, name: `Школа № ${number}`, site: `https://bench${number}.sweep.example` });
        if (network === 'telegram') scenario.telegram.push({ name: `bench98_${number}`, title: `Школа № ${number}`, posts: posts.slice(0, 12 + (number % 9)).map((at) => ({ at, text })) });
        if (network === 'site') scenario.sites.push({ host: `bench${number}.sweep.example`, title: `Школа № ${number}`, links: [`https://vk.com/bench98_${number}`], text: text.repeat(110) });
    }
    return scenario;
}

function sweepRegister(mix, count) {
    const address = { vk: (number) => `https://vk.com/bench98_${number};;`, telegram: (number) => `;https://t.me/bench98_${number};`, site: (number) => `;;https://bench${number}.sweep.example` };
    const rows = Array.from({ length: count }, (_, number) => `Школа № ${number};${ogrn(number)};Министерство просвещения;${address[networkOf(mix, number, count)](number)}`);
    return ['Полное наименование;ОГРН;Учредитель;Ссылка на официальную страницу Вконтакте;Ссылка на официальную страницу Telegram;Официальный сайт', ...rows].join('\r\n');
}

function ogrn(number) {
    const digits = `12298${String(number).padStart(7, '0')}`;
    return digits + String((BigInt(digits) % 11n) % 10n);
}

async function bareFetch(veha, asked) {
    const list = asked.map(({ host, path: target, query }) => `https://${host}${target}${Object.keys(query).length ? `?${new URLSearchParams(query)}` : ''}`);
    const child = spawn(path.join(builtFolder, 'tests/load/bare_fetch'), [path.join(veha.folder, 'ca.pem'), String(veha.standin.port), '32'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (printed += text));
    child.stdin.end(`${list.join('\n')}\n`);
    await new Promise((resolve) => child.once('close', resolve));
    const [requests, took, , failed] = printed.trim().split(' ').map(Number);
    if (requests !== list.length || failed) throw new Error(`the bare loop did ${requests} of ${list.length} requests, ${failed} failed`);
    return took;
}

/* ---- growth and reading ---- */

/* The same accounts again and again: what a worker keeps of a look that is over would add up. */
async function growth() {
    const count = 1000;
    const most = Number(process.env.BENCH_GROWTH ?? 100000);
    const [mix] = Object.values(mixes);
    await withVeha({ template: 'migrated', scenario: sweepScenario(mix, count), config: sweepConfig() }, async (veha) => {
        const accounts = populate(veha, mix, count);
        const verify = spawn(program, ['verify', '--config', veha.configFile], { env: veha.env, stdio: ['ignore', 'ignore', 'inherit'] });
        const rows = [];
        for (let done = accounts, next = accounts; done <= most; done += accounts) {
            await eventually(() => countLooks(veha, done), `${done} looks`, 3600);
            veha.standin.forgetRequests();
            if (done >= next) {
                rows.push([`${whole(done)} looks`, familyOf(verify.pid).map((pid) => memoryOf(pid)).map((one) => `${one.name} ${one.resident} MB`).join(', ')]);
                next = done >= 10 * count ? done + 10 * count : 10 * count;
            }
            veha.sql('insert into veha.job (tenant, place, account, due_at) select tenant, place, id, veha.now() from veha.account where upper_inf(valid) on conflict do nothing');
        }
        await ended(verify);
        print(`Resident memory of verify and its reader, ${whole(accounts)} accounts looked at over and over (goal: flat)`, rows);
    });
}

function reading() {
    const saved = path.join(corpus, 'vk_html/habr_group_2012_cp1251.html');
    const large = `<html><head><title>x</title></head><body>${Array.from({ length: 9500 }, (_, number) => `<div class="wall_item"><a href="/wall-1_${number}">x</a><p class="text">Новости нашей работы, ${number}</p></div>`).join('')}</body></html>`;
    const pages = [...(fs.existsSync(saved) ? [['the real page of ВКонтакте of 100 KB', fs.readFileSync(saved), 100]] : []), ['a page of 1 MB', Buffer.from(large), 20]];
    for (const [title, page, times] of pages) {
        const printed = run(path.join(builtFolder, 'tests/load/read_cost'), [path.join(root, 'templates/networks'), 'vk', String(times)], { input: page });
        const [alone, child, all, judged] = printed.trim().split(' ').map(Number);
        print(`Reading ${title} (${whole(page.length)} bytes): processor time, mean of ${times}`, [
            ['read and judge', `${(all + judged).toFixed(2)} ms: reading ${all.toFixed(2)} ms, judging ${judged.toFixed(2)} ms`],
            ['extracted in the process itself', `${alone.toFixed(2)} ms`],
            ['through the confined child', `${child.toFixed(2)} ms: ${(100 * (1 - alone / child)).toFixed(1)} % of it for being confined`],
        ]);
    }
}

/* ---- memory and start ---- */

function memoryOf(pid) {
    const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
    const rollup = fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const megabytes = (text, key) => (Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0) / 1024).toFixed(1);
    return { name: /^Name:\s+(.*)$/m.exec(status)[1], resident: megabytes(status, 'VmRSS'), share: megabytes(rollup, 'Pss') };
}

async function memory() {
    await withVeha({ verify: true, scenario: {} }, async (veha) => {
        const curator = await veha.signIn('curator');
        h2load(veha, curator.bearer, '/overview', 'text/html', ['-c', 10, '-m', 10, '-n', 1000]);
        const rows = veha.processes.flatMap(({ name, child }) =>
            familyOf(child.pid).map((pid, number) => {
                const { resident, share } = memoryOf(pid);
                return [`veha ${name}${number ? `, child ${number}` : ', master'}`, `${resident} MB resident, ${share} MB of its own share`];
            }),
        );
        print('Resident memory after 1,000 pages', rows);
    });
}

async function start() {
    await withVeha({}, async (veha) => {
        const taken = [];
        for (let round = 0; round < 5; round++) taken.push(await coldStart(veha));
        taken.sort((one, other) => one - other);
        print('Cold start, migrated database: from exec to the first 200 of /readyz', [['median of 5', `${taken[2].toFixed(0)} ms (goal ≤ 200 ms)`], ['all', taken.map((one) => `${one.toFixed(0)} ms`).join(', ')]]);
    });
}

async function coldStart(veha) {
    const port = await freePort();
    const env = { ...veha.env, VEHA_WEB_LISTEN: `127.0.0.1:${port}` };
    const started = process.hrtime.bigint();
    const child = spawn(program, ['serve', '--config', veha.configFile], { env, stdio: 'ignore' });
    const client = openClient({ url: `https://localhost:${port}`, authority: veha.authority });
    const isReady = () => client.get('/readyz').then(({ status }) => status === 200, () => false);
    while (!(await isReady())) await new Promise((resolve) => setTimeout(resolve, 2));
    const took = Number(process.hrtime.bigint() - started) / 1e6;
    client.close();
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('exit', resolve));
    return took;
}

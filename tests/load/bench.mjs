/*
 * The figures of one machine, always as ratios measured side by side in one run: client, server and database share its processors.
 *
 * reads: a roadmap over TLS, HTTP/2, JWT and row security, against pgbench running the same unit. policies: that unit by a role held to row security, against one that bypasses it, in a region of
 * 10,000 tenants. pages: a page against its JSON. screens: what people open most among 10,000 organisations with a year behind
 * them. paint: bytes and largest paint of first and later pages in Chromium, slowed down. tokens: what finding the caller behind an access token costs, new and kept. signins: sign-ins a second when some are always waiting, and how long
 * other requests take meanwhile, against as many while nobody signs in. looks: a sweep against a bare curl_multi loop asking the same of the same stand-in, BENCH_LOOKS of them (20,000 for the
 * figure of record), HTML alone beside it. growth: memory of verify and its reader after 1,000 and after BENCH_GROWTH (100,000) looks. reading: what reading and judging a page costs, and how much
 * of it the confined child. memory: resident memory of each process. start: from exec to ready.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { freePort, eventually, openClient, people, startVeha, stopCluster } from '../http/harness.mjs';
import { builtFolder, corpus, program, root } from '../support/build.mjs';
import { openCluster, run, runSqlFile, sql } from '../support/cluster.mjs';

const seconds = Number(process.env.BENCH_SECONDS ?? 5);
const place = path.join(root, 'var', `test-bench-${process.pid}`);
const cores = Number(run('nproc', []));

const parts = { reads, policies, pages, screens: measureScreens, paint, tokens, signins, looks, growth, reading, memory, start };
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

function roadmapQuery() {
    return fs.readFileSync(path.join(root, 'sql/queries/roadmap_show.sql'), 'utf8').replace(/^--.*\n/gm, '').trim().replace(/;$/, '');
}

function benchDatabase(veha, tenant) {
    const [person, session] = veha.sql("select p.id, max(s.id) from veha.person p join veha.session s on s.person = p.id where p.login = 'curator' group by p.id").split('|');
    const script = path.join(place, 'unit.sql');
    const scope = `select veha.enter(${person}::bigint, ${session}::bigint, 'bench'::text, '127.0.0.1'::inet, null::timestamptz), set_config('transaction_read_only', 'on', true);`;
    fs.writeFileSync(script, `begin;\n${scope}\n${roadmapQuery()};\ncommit;\n`);
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

function h2loadArguments(veha, token, target, accept, shape) {
    return [...shape.map(String), '-t', '1', '-H', `authorization: Bearer ${token}`, '-H', `accept: ${accept}`, `https://127.0.0.1:${veha.port}${target}`];
}

function h2load(veha, token, target, accept, shape) {
    const printed = run('h2load', h2loadArguments(veha, token, target, accept, shape));
    const [, failed] = /(\d+) failed/.exec(printed);
    const [, good] = /status codes: (\d+) 2xx/.exec(printed);
    if (Number(good) === 0 || Number(failed) > 0) throw new Error(`h2load of ${target} failed:\n${printed}`);
    return { rate: Number(/([\d.]+) req\/s/.exec(printed)[1]), good: Number(good) };
}

/* ---- policies ---- */

async function policies() {
    const cluster = await openCluster(path.join(place, 'postgres'));
    const database = await cluster.clone('migrated');
    const bypassing = `bench_${process.pid}`;
    try {
        runSqlFile(database.url, 'tests/load/region.sql', { tenants: 10000 });
        sql(database.url, `
            update veha.membership set role = 'curator' where role = 'region_admin';
            update veha.session set state = 'open'; -- of those who lack a second factor, too
            create role ${bypassing} login bypassrls in role veha_web;
            alter role ${bypassing} set search_path = veha, public;
            alter role ${bypassing} set jit = off`);
        const urls = [cluster.url(database.name, 'veha_web'), cluster.url(database.name, bypassing)];
        const rows = { 'a specialist of ten': 'load-specialist', 'a curator of the region': 'load-admin' };
        print(
            `Roadmap read in a region of 10,000 tenants, with policies and without: time of a unit (enter and query, prepared, one round trip), medians of ${2 * seconds} rounds of 1 s each, in turns`,
            Object.entries(rows).flatMap(([title, login]) => policiesFor(title, login, database.url, urls)),
        );
    } finally {
        database.drop();
        sql(cluster.url('postgres', 'postgres'), `drop role if exists ${bypassing}`);
        cluster.stop();
    }
}

/* urls: with policies, without. */
function policiesFor(title, login, owner, urls) {
    const [person, roles, session, tenant] = sql(owner, `
        select p.id, p.roles, max(s.id), (select min(m.tenant) from veha.membership m join veha.person q on q.id = m.person where q.login = 'load-specialist')
          from veha.person p join veha.session s on s.person = p.id
         where p.login = '${login}' group by p.id`).split('|');
    const enter = `select veha.enter(${person}::bigint, ${session}::bigint, 'bench'::text, '127.0.0.1'::inet, null::timestamptz, '${roles}'::text), set_config('transaction_read_only', 'on', true)`;
    const answers = urls.map((url) => sql(url, `${enter}; ${roadmapQuery().replaceAll(':id', tenant)}`));
    if (!answers[0].includes('"steps": [{') || answers[0] !== answers[1]) throw new Error(`${title} reads another roadmap with policies than without`);

    const measure = (url, ...statements) => {
        const script = path.join(place, 'policies.sql');
        fs.writeFileSync(script, `\\startpipeline\n${statements.map((one) => `${one};\n`).join('')}\\endpipeline\n`);
        const printed = run('/usr/lib/postgresql/15/bin/pgbench', ['-n', '-M', 'prepared', '-f', script, '-D', `id=${tenant}`, '-T', '1', url]);
        return 1000 * Number(/latency average = ([\d.]+) ms/.exec(printed)[1]);
    };
    const rounds = Array.from({ length: 2 * seconds }, () => [...urls.map((url) => measure(url, enter, roadmapQuery())), measure(urls[0], enter)]);
    const [held, bypassing, entering] = [0, 1, 2].map((which) => median(rounds.map((round) => round[which])));
    const ratios = rounds.map(([one, other]) => one / other);
    return [
        [title, `${whole(held)} µs, without ${whole(bypassing)} µs; of both ${whole(entering)} µs to enter`],
        ['ratio', `${median(ratios).toFixed(2)}× (goal ≤ 1.3×), ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}; of the query alone ${ratio(held - entering, bypassing - entering)}`],
    ];
}

function median(numbers) {
    return percentile(numbers, 0.5);
}

function percentile(numbers, share) {
    return [...numbers].sort((one, other) => one - other)[Math.ceil(share * numbers.length) - 1];
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

/* ---- screens ---- */

const words = 'школы 428';
const found = { target: `/search?q=${encodeURIComponent(words)}`, query: 'search_list', values: { q: `'${words}'` } };
const screens = [
    { title: 'overview of the region', who: 'bench-curator', target: '/overview', query: 'overview_show' },
    { title: 'matrix of the region', who: 'bench-curator', target: '/matrix', query: 'matrix_show' },
    { title: 'list of calls', who: 'bench-curator', target: '/calls', query: 'risk_list' },
    { title: 'queue', who: 'bench-curator', target: '/queue', query: 'queue_list' },
    { title: 'difference of the week', who: 'bench-curator', target: '/difference', query: 'difference_list' },
    { title: 'organisations by name', who: 'bench-curator', target: '/tenants', query: 'tenant_list' },
    { title: 'search by words', who: 'bench-curator', ...found },
    { title: 'tasks of a specialist of ten', who: 'load-specialist', target: '/', query: 'workplace_show' },
    { title: 'their search by words', who: 'load-specialist', ...found },
];

/* The places of a query's parameters get these values, the others null. */
function rowsOf(database, login, name, values = {}) {
    const query = fs.readFileSync(path.join(root, 'sql/queries', `${name}.sql`), 'utf8').replace(/^--.*\n/gm, '').replace(/;\s*$/, '').replace(/(?<!:):([a-z_]+)/g, (_, parameter) => values[parameter] ?? 'null');
    const told = sql(database, `
        set search_path = veha, public; set jit = off; begin;
        select veha.enter((select id from veha.person where login = '${login}'), null, 'bench', null, null);
        set local role veha_web;
        explain (analyze, timing off, format json) ${query}; rollback`);
    const count = (plan) => (/Scan$/.test(plan['Node Type']) && plan['Relation Name'] ? plan['Actual Loops'] * (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) : 0) + (plan.Plans ?? []).reduce((sum, inner) => sum + count(inner), 0);
    return count(JSON.parse(told.slice(told.indexOf('[\n'), told.lastIndexOf(']') + 1))[0].Plan);
}

/* Latencies in milliseconds at half of the rate that is reached when eight always wait; one, in milliseconds, is what the first took. */
function latencies(veha, token, target, one) {
    const asked = (rate) => Math.max(16, Math.round(rate * seconds));
    const most = h2load(veha, token, target, 'text/html', ['-c', 8, '-m', 1, '-n', asked(1000 / one)]).rate;
    const log = path.join(place, 'latencies.log');
    fs.rmSync(log, { force: true });
    h2load(veha, token, target, 'text/html', ['-c', 8, '-m', 1, '-n', asked(most), '--rps', (most / 16).toFixed(3), '--log-file', log]);
    const times = fs.readFileSync(log, 'utf8').trim().split('\n').map((line) => Number(line.split('\t')[2]) / 1000);
    return { most, p50: median(times), p99: percentile(times, 0.99), count: times.length };
}

async function measureScreens() {
    await withVeha({ template: 'migrated' }, async (veha) => {
        const database = veha.databaseUrl;
        runSqlFile(database, 'tests/load/region.sql', { tenants: 10000 });
        runSqlFile(database, 'tests/load/year.sql');
        const [, password] = /^Password: (.+)$/m.exec(veha.command('user', 'add', '--informed', '--login', 'bench-curator', '--name', 'Куратор', '--role', 'curator'));
        veha.sql("update veha.person set password_hash = (select password_hash from veha.person where login = 'bench-curator') where login = 'load-specialist'");
        const [tenants, steps, states, events] = ["veha.tenant where kind = 'organisation'", 'veha.step_state', 'veha.step_history', 'veha.event'].map((table) => Number(veha.sql(`select count(*) from ${table}`)));
        const rows = [];
        for (const { title, who, target, query, values } of screens) {
            const client = await veha.signIn(who, password);
            const asked = performance.now();
            const page = await client.get(target, { html: true });
            const { most, p50, p99, count } = latencies(veha, client.bearer, target, performance.now() - asked);
            rows.push([title, `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms at ${(most / 2).toFixed(1)}/s (${count} asked); ${whole(rowsOf(database, who, query, values))} rows, ${(Buffer.byteLength(page.text) / 1000).toFixed(1)} KB`]);
        }
        print(`Pages among ${whole(tenants)} organisations, ${whole(steps)} steps, ${whole(states)} spans of their history and ${whole(events)} events, at half load; rows that scans give or refuse; bytes before compression`, rows);
    });
}

/* ---- paint ---- */

/* "Slow 3G" as Chromium's tools have it: the wait is theirs, five times that of the network itself, which is measured beside it. */
const links = [['2,000 ms to the first byte', 2000], ['400 ms', 400]];
const throughput = 50_000; // bytes a second

async function paint() {
    run('make', ['-s', 'browser-modules'], { env: plainEnvironment() });
    const { openBrowser, weigh } = await import('../browser/browser.mjs');
    await withVeha({}, async (veha) => {
        const browser = await openBrowser();
        const rows = [];
        for (const [title, latency] of links) {
            const first = await browser.open(veha);
            rows.push([`/session, first ever, ${title}`, await paintOf(weigh, first, '/session', latency)]);
            for (const [login, target] of [['specialist', '/'], ['curator', '/overview'], ['curator', '/tenants']]) {
                rows.push([`${target} of a ${login}, ${title}`, await paintOf(weigh, await browser.signIn(veha, login), target, latency)]);
            }
        }
        await browser.close();
        print(`Largest paint in Chromium at ${whole(throughput / 125)} kbit/s and a processor slowed down four times (goals: 3 s, 60 KB, 2 requests that block)`, rows);
    });
}

async function paintOf(weigh, page, target, latency) {
    const { bytes, blocking } = await weigh(page, target, async (tools) => {
        await tools.send('Network.emulateNetworkConditions', { offline: false, latency, downloadThroughput: throughput, uploadThroughput: throughput });
        await tools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
    });
    const painted = await page.evaluate(() => new Promise((resolve) => {
        new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime)).observe({ type: 'largest-contentful-paint', buffered: true });
    }));
    await page.context().close();
    return `${(painted / 1000).toFixed(2)} s, ${(bytes / 1000).toFixed(1)} KB, ${blocking.filter((size) => size > 0).length} requests besides the page block it`;
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

/* ---- tokens and signins ---- */

function tokens() {
    const times = 20 * seconds;
    const [fresh, kept] = run(path.join(builtFolder, 'tests/load/token_cost'), [String(times)]).trim().split(' ').map(Number);
    print(`Finding the caller behind an access token: processor time, mean of ${times} rounds over a few hundred tokens`, [
        ['a new one', `${fresh.toFixed(1)} µs: decoding, ES256, claims`],
        ['a kept one', `${kept.toFixed(2)} µs: its hash, looked up`],
        ['ratio', ratio(fresh, kept)],
    ]);
}

/* More at once than there are threads for passwords, so that these never rest. */
const signing = { people: 16, reads: 200, seconds: 2 };

async function signins() {
    await withVeha({}, async (veha) => {
        const curator = await veha.signIn('curator');
        const target = `/tenants/${roadmapTenant(veha)}/roadmap`;
        const logins = enrol(veha, 200);
        const rounds = [];
        for (let round = 0; round < seconds; round++) {
            const idle = await readSteadily(veha, curator.bearer, target);
            const crowd = signInAlways(veha, logins);
            const busy = await readSteadily(veha, curator.bearer, target);
            rounds.push({ idle, busy, signed: await crowd.end() });
        }
        const medianOf = (when, share) => median(rounds.map((round) => percentile(round[when], share)));
        const tell = (when) => `p50 ${medianOf(when, 0.5).toFixed(2)} ms, p99 ${medianOf(when, 0.99).toFixed(2)} ms`;
        const threads = Math.max(1, Math.min(4, Math.floor(cores / 2)));
        print(`Signing in, ${signing.people} at once all the time: TLS handshake, HTTP/2, ${threads} Argon2id at a time on the host; roadmap reads at ${signing.reads}/s beside it; medians of ${seconds} rounds of ${signing.seconds} s, in turns`, [
            ['sign-ins', `${median(rounds.map(({ signed }) => signed)).toFixed(1)}/s (${rounds.map(({ signed }) => signed.toFixed(1)).join(', ')})`],
            ['reads while nobody signs in', tell('idle')],
            ['reads meanwhile', tell('busy')],
            ['ratio of p99', `${median(rounds.map(({ idle, busy }) => percentile(busy, 0.99) / percentile(idle, 0.99))).toFixed(2)}× (goal ≤ 2×)`],
        ]);
    });
}

/* So many specialists with the password of the sample's: attempts are counted for each login. */
function enrol(veha, count) {
    veha.sql(`
        insert into veha.person (login, name, password_hash)
        select 'bench-' || n, 'Специалист № ' || n, p.password_hash from veha.person p, generate_series(1, ${count}) n where p.login = 'specialist';
        insert into veha.membership (person, tenant, place, last, role)
        select b.id, m.tenant, m.place, m.last, m.role
          from veha.person b, (select m.* from veha.membership m join veha.person p on p.id = m.person where p.login = 'specialist' limit 1) m
         where b.login like 'bench-%';
        insert into veha.acknowledgement (person, version) select id, veha.privacy_version() from veha.person where login like 'bench-%'`);
    return Array.from({ length: count }, (_, number) => `bench-${number + 1}`);
}

/* Milliseconds that each read took; they are sent at a fixed pace, whether or not those before were answered. */
async function readSteadily(veha, token, target) {
    const log = path.join(place, 'reads.log');
    const clients = 4;
    const shape = ['-c', clients, '-m', 64, '--rps', signing.reads / clients, '-D', signing.seconds, '--log-file', log];
    fs.rmSync(log, { force: true });
    const child = spawn('h2load', h2loadArguments(veha, token, target, 'application/json', shape), { stdio: 'ignore' });
    await new Promise((resolve) => child.once('exit', resolve));
    const reads = fs.readFileSync(log, 'utf8').trim().split('\n').map((line) => line.split('\t').map(Number));
    const failed = reads.filter(([, status]) => status !== 200);
    if (failed.length) throw new Error(`${failed.length} of ${reads.length} reads of ${target} failed`);
    return reads.map(([, , microseconds]) => microseconds / 1000);
}

/* Each of the people waiting has a connection of its own for each sign-in; end(): how many a second there were. */
function signInAlways(veha, logins) {
    const started = Date.now();
    let [ending, count] = [false, 0];
    const one = async () => {
        while (!ending) {
            const login = logins.shift();
            logins.push(login);
            const client = openClient({ url: veha.url, authority: veha.authority });
            const { status, text } = await client.post('/session', { login, password: people.specialist.password });
            client.close();
            if (status !== 201) throw new Error(`${login} cannot sign in: ${status} ${text}`);
            count += ending ? 0 : 1;
        }
    };
    const crowd = Promise.all(Array.from({ length: signing.people }, one));
    crowd.catch(() => undefined); // end() tells it
    return {
        async end() {
            ending = true;
            const rate = (1000 * count) / (Date.now() - started);
            await crowd;
            return rate;
        },
    };
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

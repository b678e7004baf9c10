/*
 * The PostgreSQL of a test run: one cluster, and databases cloned from templates that are prepared once.
 *
 * Templates: "schema" (with pgTAP), "migrated" (the sample region's settings and roadmaps, no organisations) and "sample" (all of the sample region). A job that finds VEHA_TEST_CLUSTER joins the runner's
 * cluster; otherwise it has one of its own.
 */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { program, root } from './build.mjs';

const templates = { schema: prepareSchema, migrated: prepareMigrated, sample: prepareSample };
const deadline = process.env.VEHA_TEST_DEADLINE ?? new Date(Date.now() + 60 * 86400000).toISOString().slice(0, 10);
let clones = 0;

export async function openCluster(folder) {
    const joined = process.env.VEHA_TEST_CLUSTER;
    const place = joined ?? folder;
    const postgres = (...args) => run(path.join(root, 'deploy/postgres'), [place, ...args]);
    if (!joined) postgres('start', '--fast');
    const cluster = {
        folder: place,
        env: { VEHA_TEST_CLUSTER: place, VEHA_TEST_DEADLINE: deadline },
        url: (database, role) => postgres('url', database, role).trim(),
        stop: () => (joined ? undefined : postgres('remove')),
        /* A fresh database, as its template left it. */
        async clone(template) {
            await cluster.prepare(template);
            const name = `test_${process.pid}_${++clones}`;
            postgres('createdb', name, template);
            return { name, url: cluster.url(name, 'postgres'), drop: () => postgres('dropdb', name) };
        },
        /* Makes the template unless it is there; jobs that race for it wait for each other. */
        async prepare(template) {
            const lock = path.join(place, `${template}.lock`);
            while (!takeLock(lock)) await new Promise((resolve) => setTimeout(resolve, 50));
            if (fs.readFileSync(lock, 'utf8') === 'done') return;
            try {
                await templates[template](cluster, postgres);
                fs.writeFileSync(lock, 'done');
            } catch (error) {
                fs.rmSync(lock);
                throw error;
            }
        },
    };
    return cluster;
}

/* True when the template is done, or is now ours to make. */
function takeLock(lock) {
    try {
        fs.writeFileSync(lock, String(process.pid), { flag: 'wx' });
        return true;
    } catch {
        return fs.existsSync(lock) && fs.readFileSync(lock, 'utf8') === 'done';
    }
}

async function prepareSchema(cluster, postgres) {
    postgres('createdb', 'schema');
    run(program, ['migrate', '--config', writeConfig(path.join(cluster.folder, 'schema.conf'), { database: databaseUrls(cluster, 'schema') })]);
    sql(cluster.url('schema', 'postgres'), 'create extension pgtap schema public');
}

async function prepareMigrated(cluster, postgres) {
    await cluster.prepare('schema');
    postgres('createdb', 'migrated', 'schema');
    run(program, ['migrate', '--config', writeConfig(path.join(cluster.folder, 'migrated.conf'), settings(cluster, 'migrated'))]);
}

/* The keyring whose secret sealed the second factors of the sample. */
export function keysOf(cluster) {
    return path.join(cluster.folder, 'keys');
}

async function prepareSample(cluster, postgres) {
    await cluster.prepare('migrated');
    postgres('createdb', 'sample', 'migrated');
    const config = writeConfig(path.join(cluster.folder, 'sample.conf'), { ...settings(cluster, 'sample'), tokens: { keys: keysOf(cluster) } });
    fs.rmSync(keysOf(cluster), { recursive: true, force: true });
    run(program, ['token', 'create-key', '--config', config]);
    run(path.join(root, 'deploy/sample/load'), [program, config]);
}

function settings(cluster, database) {
    return { ...sampleRegion(), database: databaseUrls(cluster, database), templates: { directory: path.join(root, 'templates') } };
}

/* The [region] section of the sample region's own configuration; its deadline is two months ahead of the day on which the run began. */
export function sampleRegion() {
    const lines = fs.readFileSync(path.join(root, 'deploy/sample/region.conf'), 'utf8').split('\n');
    const pairs = lines.map((line) => /^(\w+) *= *(.*)$/.exec(line)).filter(Boolean);
    return { region: { ...Object.fromEntries(pairs.map(([, key, value]) => [key, value])), deadline } };
}

export function databaseUrls(cluster, database) {
    return {
        url: cluster.url(database, 'veha_web'),
        verify_url: cluster.url(database, 'veha_verify'),
        notify_url: cluster.url(database, 'veha_notify'),
        operator_url: cluster.url(database, 'veha_operator'),
        owner_url: cluster.url(database, 'veha_owner'),
    };
}

/* sections: {section: {key: text | list}}; a list goes on lines of its own. */
export function writeConfig(file, sections) {
    const text = Object.entries(sections).map(([section, keys]) => {
        const lines = Object.entries(keys).map(([key, value]) => `${key} = ${Array.isArray(value) ? value.join('\n  ') : value}`);
        return `[${section}]\n${lines.join('\n')}\n`;
    });
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text.join('\n'));
    return file;
}

/* Rows as text; columns parted by |. */
export function sql(url, statement) {
    return run('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', url, '-c', statement]).trim();
}

/*
 * A session that stays open, for tests of what happens between two: say(statements) resolves to what they answered once they are done, and never before; close() ends it.
 */
export function openSession(url) {
    const psql = spawn('psql', ['-X', '-q', '-A', '-t', '-d', url], { stdio: ['pipe', 'pipe', 'ignore'] });
    const ended = new Promise((resolve) => psql.once('close', resolve));
    const waiting = [];
    let heard = '';
    psql.stdout.setEncoding('utf8');
    psql.stdout.on('data', (text) => {
        const answers = (heard + text).split('\u0001\n');
        heard = answers.pop();
        for (const answer of answers) waiting.shift()(answer.trim());
    });
    return {
        say: (statements) => new Promise((resolve) => {
            waiting.push(resolve);
            psql.stdin.write(`${statements};\n\\echo :SQLSTATE :LAST_ERROR_MESSAGE\n\\echo '\u0001'\n`);
        }),
        close: () => {
            psql.stdin.end();
            return ended;
        },
    };
}

/* A file of statements with psql's variables. */
export function runSqlFile(url, file, variables = {}) {
    const set = Object.entries(variables).flatMap(([name, value]) => ['-v', `${name}=${value}`]);
    return run('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', ...set, '-d', url, '-f', file]);
}

export function run(command, args, options = {}) {
    const ended = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20, ...options });
    if (ended.error) throw new Error(`${command} cannot be run: ${ended.error.message}`);
    if (ended.status !== 0) throw new Error(`${path.basename(command)} ${args[0] ?? ''} ended with status ${ended.status}: ${(ended.stderr || ended.stdout).trim().slice(-2000)}`);
    return ended.stdout;
}

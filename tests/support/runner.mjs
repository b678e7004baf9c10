/*
 * The test runner: each suite is a list of jobs, each job a program that prints TAP.
 *
 * SANITIZE=1 runs everything on the sanitized build, COVER=1 on the counting one. What a job printed is kept below var/ when it failed.
 */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { builtFolder, root, variantSettings } from './build.mjs';
import { openCluster } from './cluster.mjs';
import { readTap } from './tap.mjs';

const longestJobSeconds = 600;
const groups = new Set();

/* files: what to run, one job each. make: what must be built first. cluster: whether jobs need PostgreSQL; at_once: jobs side by side. */
const suites = [
    { name: 'architecture', files: 'tests/*.test.mjs', command: runNode, at_once: 2 },
    { name: 'unit', files: 'tests/unit/*/*_test.c', command: runUnit, make: ['unit-programs'], cluster: true, at_once: 2 },
    { name: 'sql', files: 'tests/sql/*.sql', command: runSql, make: ['program'], cluster: true, at_once: 2 },
    { name: 'plan', files: 'tests/plan/*.test.mjs', command: runNode, make: ['program'], cluster: true, at_once: 1 },
    { name: 'corpus', files: 'tests/corpus/*.test.mjs', command: runNode, make: ['program', 'assets', 'unit-programs'], cluster: true, at_once: 2 },
    { name: 'hostile', files: 'tests/hostile/*.test.mjs', command: runNode, make: ['program', 'hostile-programs'], at_once: 1 },
    { name: 'spec', files: 'tests/spec/*.test.mjs', command: runNode, make: ['program', 'assets'], cluster: true, at_once: 1 },
    { name: 'http', files: 'tests/http/*.test.mjs', command: runNode, make: ['program', 'assets', 'linter-modules'], cluster: true, at_once: 2 },
    { name: 'browser', files: 'tests/browser/*.test.mjs', command: runBrowser, make: ['program', 'assets', 'browser-modules', 'baseline-modules'], cluster: true, at_once: 2 },
];

function runNode(file) {
    return { program: process.execPath, args: ['--test-reporter=tap', file] };
}

/* Playwright wants a newer Node.js than Debian's: tests/browser brings one along. */
function runBrowser(file) {
    const job = runNode(file);
    if (Number(process.versions.node.split('.')[0]) >= 20) return job;
    const brought = expand('build/browser/node_modules/node-linux-*/bin/node')[0];
    return brought ? { ...job, program: path.join(root, brought) } : job;
}

function runUnit(file) {
    return { program: path.join(builtFolder, file.replace(/\.c$/, '')), args: [], env: { CMOCKA_MESSAGE_OUTPUT: 'TAP' } };
}

/* As pg_prove calls psql, each file in a database of its own. */
async function runSql(file, cluster) {
    const database = await cluster.clone('schema');
    const quiet = ['--no-psqlrc', '--no-align', '--quiet', '--tuples-only', '--pset', 'pager=off'];
    const args = [...quiet, '--set', 'ON_ERROR_ROLLBACK=1', '--set', 'ON_ERROR_STOP=1', '--dbname', database.url, '--file', file];
    return { program: 'psql', args, done: database.drop };
}

export async function main(names) {
    const unknown = names.filter((name) => !suites.some((suite) => suite.name === name));
    if (unknown.length) {
        console.error(`tests/run: there is no suite ${unknown.join(', ')}; there are ${suites.map((suite) => suite.name).join(', ')}.`);
        process.exit(2);
    }
    const chosen = suites
        .filter((suite) => names.length === 0 || names.includes(suite.name))
        .map((suite) => ({ ...suite, files: expand(suite.files) }));
    const total = { passed: 0, failed: 0, skipped: 0 };
    const logs = path.join(root, 'var', `test-run-${process.pid}`);
    let cluster = null;
    for (const signal of ['SIGINT', 'SIGTERM']) {
        process.on(signal, () => {
            for (const endGroup of groups) endGroup();
            cluster?.stop();
            process.exit(130);
        });
    }
    try {
        if (!build(chosen)) total.failed++;
        if (chosen.some((suite) => suite.cluster && suite.files.length)) {
            process.stdout.write('Starting PostgreSQL for the tests\n');
            cluster = await openCluster(path.join(logs, 'postgres'));
        }
        for (const suite of chosen) await runSuite(suite, cluster, logs, total);
    } catch (error) {
        console.error(`tests/run: ${error.message}`);
        total.failed++;
    } finally {
        if (cluster) cluster.stop();
    }
    if (!total.failed) fs.rmSync(logs, { recursive: true, force: true });
    if (names.length && total.passed + total.failed + total.skipped === 0) total.failed++;
    const skipped = total.skipped ? `, ${total.skipped} skipped` : '';
    console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
    process.exit(total.failed ? 1 : 0);
}

/* Builds as much as can be; what could not be built fails on its own when it is run. */
function build(chosen) {
    const targets = [...new Set(chosen.filter((suite) => suite.files.length).flatMap((suite) => suite.make ?? []))];
    if (!targets.length) return true;
    process.stdout.write(`Building ${targets.join(', ')}${variantSettings.length ? ` (${variantSettings.join(' ')})` : ''}\n`);
    const { MAKEFLAGS, MFLAGS, MAKELEVEL, ...env } = process.env;
    const made = spawnSync('make', ['-s', '-k', '-j2', ...variantSettings, ...targets], { cwd: root, env, encoding: 'utf8' });
    if (made.status === 0) return true;
    process.stderr.write(`${made.stdout}${made.stderr}tests/run: not all could be built.\n`);
    return false;
}

async function runSuite(suite, cluster, logs, total) {
    const waiting = [...suite.files];
    const work = async () => {
        for (let file = waiting.shift(); file; file = waiting.shift()) {
            const outcome = await runJob(suite, file, cluster, logs);
            for (const count of ['passed', 'failed', 'skipped']) total[count] += outcome[count];
            tell(suite, file, outcome);
        }
    };
    await Promise.all(Array.from({ length: suite.at_once }, work));
}

async function runJob(suite, file, cluster, logs) {
    const started = process.hrtime.bigint();
    const job = await suite.command(file, cluster);
    const ended = await runProgram(job, cluster);
    if (job.done) job.done();
    const outcome = { ...readTap(ended.stdout), seconds: Number(process.hrtime.bigint() - started) / 1e9 };
    if (ended.reason && !outcome.failed) {
        outcome.failed++;
        outcome.failures.push(`${ended.reason}\n${ended.stderr.split('\n').slice(-40).join('\n')}`);
    }
    if (!outcome.passed && !outcome.failed && !outcome.skipped) {
        outcome.failed++;
        outcome.failures.push('ran no test');
    }
    if (outcome.failed) {
        fs.mkdirSync(logs, { recursive: true });
        outcome.log = path.join(logs, `${suite.name}-${path.basename(file)}.log`);
        fs.writeFileSync(outcome.log, `${ended.stdout}\n--- standard error\n${ended.stderr}`);
    }
    return outcome;
}

function runProgram({ program, args, env }, cluster) {
    return new Promise((resolve) => {
        const child = spawn(program, args, {
            cwd: root,
            env: { ...process.env, ...(cluster ? cluster.env : {}), ...env },
            stdio: ['ignore', 'pipe', 'pipe'],
            detached: true, // a group of its own: what it started ends with it
        });
        const endGroup = () => {
            try {
                process.kill(-child.pid, 'SIGKILL');
            } catch {
                return; // the whole group has ended already
            }
        };
        groups.add(endGroup);
        const printed = { stdout: '', stderr: '' };
        for (const stream of ['stdout', 'stderr']) child[stream].setEncoding('utf8').on('data', (text) => (printed[stream] += text));
        let overdue = false;
        const timer = setTimeout(() => {
            overdue = true;
            endGroup();
        }, longestJobSeconds * 1000);
        child.on('exit', () => {
            groups.delete(endGroup);
            endGroup();
        });
        child.on('error', (error) => resolve({ ...printed, reason: `cannot be run: ${error.message}` }));
        child.on('close', (status, signal) => {
            clearTimeout(timer);
            const reason = overdue ? `took longer than ${longestJobSeconds} s` : signal ? `ended by ${signal}` : `ended with status ${status}`;
            resolve({ ...printed, reason: status === 0 ? null : reason });
        });
    });
}

function tell(suite, file, outcome) {
    const counts = [`${outcome.passed} passed`];
    if (outcome.failed) counts.push(`${outcome.failed} FAILED`);
    if (outcome.skipped) counts.push(`${outcome.skipped} skipped`);
    console.log(`  ${outcome.failed ? 'FAIL' : 'ok  '}  ${suite.name.padEnd(12)} ${file}  ${counts.join(', ')}  ${outcome.seconds.toFixed(1)} s`);
    for (const failure of outcome.failures) console.log(failure.replace(/^/gm, '        '));
    if (outcome.log) console.log(`        all of it: ${path.relative(root, outcome.log)}`);
}

/* Files of a pattern with * inside its parts, sorted. */
function expand(pattern) {
    return pattern.split('/').reduce(
        (folders, part) => {
            const wanted = new RegExp(`^${part.split('*').map((text) => text.replace(/[.]/g, '\\.')).join('[^/]*')}$`);
            return folders.flatMap((folder) => {
                const full = path.join(root, folder);
                if (!fs.existsSync(full) || !fs.statSync(full).isDirectory()) return [];
                return fs.readdirSync(full).filter((name) => wanted.test(name)).sort().map((name) => path.join(folder, name));
            });
        },
        [''],
    );
}

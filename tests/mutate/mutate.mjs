/*
 * The mutation run. A mutant is one broken rule: {name, statements, tests} in the database, {name, file, text, changed, test} in C.
 * One that no test notices fails the run.
 *
 * SQL mutants are statements that a psql session sends before the test's file, inside the same transaction: the file's own rollback takes them away, and one
 * database serves them all. Mutants of C are changed copies of a source, compiled and linked before the archives: no file of the project is touched.
 */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { builtFolder, root } from '../support/build.mjs';
import { openCluster, sql } from '../support/cluster.mjs';
import { readTap } from '../support/tap.mjs';
import { functions, same, sources } from './mutants.mjs';

const folder = path.join(root, 'var', `mutate-${process.pid}`);
const longestSeconds = 120;
const applied = '# the mutant is in place';

/* ---- Programs ---- */

/* → {status, stdout, stderr}; what hangs is killed, and has failed. */
function runAside(program, args, env = {}) {
    return new Promise((resolve) => {
        const child = spawn(program, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
        const printed = { stdout: '', stderr: '' };
        const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), longestSeconds * 1000);
        for (const stream of ['stdout', 'stderr']) child[stream].setEncoding('utf8').on('data', (text) => (printed[stream] += text));
        child.on('error', (error) => resolve({ status: 127, ...printed, stderr: error.message }));
        child.on('close', (status) => {
            clearTimeout(timer);
            resolve({ status, ...printed });
        });
    });
}

function make(...args) {
    const { MAKEFLAGS, MFLAGS, MAKELEVEL, BUILD, ...env } = process.env;
    return spawnSync('make', ['-s', `BUILD=${path.relative(root, builtFolder)}`, ...args], { cwd: root, env, encoding: 'utf8' });
}

/* The first thing that went wrong in a run of TAP; NULL when all is well. */
function complaint({ status, stdout, stderr }) {
    const tap = readTap(stdout);
    if (tap.failed) return tap.failures[0].split('\n')[0].replace(/^not ok \d+ (?:- )?/, '');
    if (status !== 0) return /(?:ERROR|error): .*/.exec(stderr)?.[0] ?? `ended with status ${status}`;
    return tap.passed ? null : 'ran no test';
}

/* ---- Mutants of the database ---- */

async function runSql(database, statements, file) {
    const quiet = ['--no-psqlrc', '--no-align', '--quiet', '--tuples-only', '--pset', 'pager=off', '--set', 'ON_ERROR_ROLLBACK=1', '--set', 'ON_ERROR_STOP=1'];
    const commands = ['begin', 'set local search_path = veha, public', ...statements, "set local search_path = '$user', public", `\\echo ${applied}`];
    const ended = await runAside('psql', [...quiet, '--dbname', database.url, ...commands.flatMap((command) => ['--command', command]), '--file', file]);
    return { ...ended, applied: ended.stdout.startsWith(applied) };
}

/* The parts of "(a AND b AND c)"; [text] when there is one. */
function conjuncts(text) {
    const parts = [];
    const inner = text.startsWith('((') ? text.slice(1, -1) : text;
    for (let i = 0, depth = 0, start = 0; i <= inner.length; i++) {
        depth += (inner[i] === '(') - (inner[i] === ')');
        if (i < inner.length && (depth > 0 || !inner.startsWith(' AND ', i))) continue;
        parts.push(inner.slice(start, i));
        start = i + ' AND '.length;
    }
    return parts;
}

/* What an expression of a policy may be weakened to: nothing left of it, each part of it left out, another capability that more roles have. */
function weakened(expression) {
    const parts = conjuncts(expression);
    const without = parts.length > 1 ? parts.map((part) => ({ how: `without ${part}`, text: parts.filter((other) => other !== part).join(' and ') })) : [];
    const loosened = expression.replace(/'[a-z]+\.[a-z]+'/g, "'tenant.read'");
    const other = loosened === expression ? [] : [{ how: 'by tenant.read', text: loosened }];
    return [{ how: 'true', text: 'true' }, ...without, ...other].map(({ how, text }) => ({ how: how.replace(/\s+/g, ' '), text }));
}

function policyMutants(url) {
    const rows = JSON.parse(sql(url, "select jsonb_agg(to_jsonb(p) order by tablename, policyname) from pg_policies p where schemaname = 'veha'"));
    const tests = ['tests/sql/policy.sql', 'tests/sql/catalogue.sql', 'tests/sql/isolation.sql'];
    return rows.flatMap(({ tablename: table, policyname: policy, qual, with_check: check }) => {
        const clauses = [['using', qual], ['with check', check]].filter(([, text]) => text && text !== 'true');
        return [
            { name: `${table} ${policy} dropped`, statements: [`drop policy ${policy} on ${table}`] },
            ...clauses.flatMap(([clause, text]) => weakened(text).map((weak) => ({
                name: `${table} ${policy} ${clause} ${weak.how}`, statements: [`alter policy ${policy} on ${table} ${clause} (${weak.text})`],
            }))),
        ].map((mutant) => ({ ...mutant, tests }));
    });
}

function capabilityMutants(url) {
    const pairs = JSON.parse(sql(url, `select jsonb_agg(jsonb_build_array(r.code, c.code, x.role is not null) order by c.code, r.code)
                                         from veha.role r cross join veha.capability c left join veha.role_capability x on x.role = r.code and x.capability = c.code`));
    return pairs.map(([role, capability, held]) => ({
        name: `${role} ${held ? 'without' : 'with'} ${capability}`,
        statements: [held ? `delete from role_capability where role = '${role}' and capability = '${capability}'`
                          : `insert into role_capability values ('${role}', '${capability}')`],
        tests: ['tests/sql/capability.sql'],
    }));
}

function functionMutants(url) {
    return functions.map(([name, text, changed, test]) => {
        const source = sql(url, `select pg_get_functiondef('veha.${name}'::regproc)`);
        return {
            name: `${name}(): ${text} → ${changed || 'nothing'}`,
            gone: source.split(text).length !== 2,
            statements: [source.replace(text, () => changed)],
            tests: [`tests/sql/${test}.sql`],
        };
    });
}

async function tryOnDatabase(mutant, database) {
    for (const file of mutant.tests) {
        const ended = await runSql(database, mutant.statements, file);
        if (!ended.applied) return { broken: ended.stderr.trim() };
        const caught = complaint(ended);
        if (caught) return { by: `${path.basename(file)}: ${caught}` };
    }
    return {};
}

/* ---- Mutants of C ---- */

let made = 0;

/* test: a unit test's path below tests/unit, or "FILE.test.mjs: words of its test's name". */
async function runSourceTest(test, place) {
    if (!test.includes('.mjs')) return runAside(path.join(place, path.basename(test)), [], { CMOCKA_MESSAGE_OUTPUT: 'TAP' });
    const [file, words] = test.split(': ');
    return runAside(process.execPath, ['--test-reporter=tap', `--test-name-pattern=${words}`, `tests/http/${file}`], { BUILD: place });
}

async function tryOnSource(mutant) {
    const place = path.join(builtFolder, 'mutant', String(++made));
    const file = path.join(place, 'mutant.c');
    const host = mutant.test.includes('.mjs') ? 'veha' : `tests/unit/${mutant.test}`;
    fs.rmSync(place, { recursive: true, force: true });
    fs.mkdirSync(place, { recursive: true });
    fs.symlinkSync(path.join(builtFolder, 'assets'), path.join(place, 'assets'));
    fs.writeFileSync(file, fs.readFileSync(path.join(root, mutant.file), 'utf8').replace(mutant.text, () => mutant.changed));
    const settings = { BUILD: path.relative(root, builtFolder), ORIGIN: mutant.file, MUTANT: path.relative(root, file), HOST: host };
    const built = await runAside('make', ['-s', 'mutant', ...Object.entries(settings).map(([name, value]) => `${name}=${value}`)], { MAKEFLAGS: '', MFLAGS: '' });
    if (built.status !== 0) return { broken: built.stderr.trim() };
    const caught = complaint(await runSourceTest(mutant.test, place));
    fs.rmSync(place, { recursive: true, force: true });
    return caught ? { by: `${mutant.test.split(':')[0]}: ${caught}` } : {};
}

function sourceMutants() {
    return sources.map(([file, text, changed, test]) => ({
        name: `${file}: ${text.replace(/\s+/g, ' ')} → ${changed || 'nothing'}`,
        gone: fs.readFileSync(path.join(root, file), 'utf8').split(text).length !== 2,
        file, text, changed, test,
    }));
}

/* ---- The run ---- */

/* Tests that fail without any mutant would catch everything. */
async function failing(mutants, database) {
    const found = [];
    for (const file of new Set(mutants.flatMap((mutant) => mutant.tests ?? []))) {
        const wrong = complaint(await runSql(database, [], file));
        if (wrong) found.push(`${file}: ${wrong}`);
    }
    for (const test of new Set(mutants.flatMap((mutant) => mutant.test ?? []))) {
        const wrong = complaint(await runSourceTest(test, test.includes('.mjs') ? builtFolder : path.join(builtFolder, 'tests/unit', path.dirname(test))));
        if (wrong) found.push(`${test}: ${wrong}`);
    }
    return found;
}

async function judge(mutant, work) {
    if (mutant.gone) return { ok: false, told: 'GONE: the text is not there exactly once' };
    const { by, broken } = await work(mutant);
    if (broken) return { ok: false, told: `BROKEN: ${broken.split('\n').slice(0, 5).join('\n        ')}` };
    const reason = same[mutant.name];
    if (reason) return by ? { ok: false, told: `is said to change nothing, but ${by}` } : { ok: true, told: `changes nothing: ${reason}` };
    return by ? { ok: true, told: by } : { ok: false, told: 'SURVIVED' };
}

export async function main(kinds) {
    const built = make('-j2', 'program', 'unit-programs', 'assets');
    if (built.status !== 0) {
        process.stderr.write(`${built.stdout}${built.stderr}tests/mutate: it could not be built.\n`);
        process.exit(1);
    }
    const cluster = await openCluster(path.join(folder, 'postgres'));
    Object.assign(process.env, cluster.env);
    const total = { passed: 0, failed: 0 };
    let databases = [];
    const end = () => {
        for (const database of databases) database.drop();
        cluster.stop();
        fs.rmSync(folder, { recursive: true, force: true });
    };
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => (end(), process.exit(130)));
    try {
        databases = [await cluster.clone('schema'), await cluster.clone('schema')];
        const makers = { policy: policyMutants, capability: capabilityMutants, function: functionMutants, source: sourceMutants };
        const chosen = Object.entries(makers).filter(([kind]) => !kinds.length || kinds.includes(kind));
        const mutants = chosen.flatMap(([kind, list]) => list(databases[0].url).map((mutant) => ({ kind, ...mutant })));
        const wrong = await failing(mutants, databases[0]);
        if (wrong.length) throw new Error(`these fail without any mutant:\n${wrong.join('\n')}`);
        const excused = Object.keys(same).filter((name) => !kinds.length && !mutants.some((mutant) => mutant.name === name));
        if (excused.length) throw new Error(`these are excused, and are no mutants:\n${excused.join('\n')}`);
        const waiting = [...mutants];
        const work = async (database) => {
            for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
                const { ok, told } = await judge(mutant, mutant.kind === 'source' ? tryOnSource : (one) => tryOnDatabase(one, database));
                total[ok ? 'passed' : 'failed']++;
                console.log(`  ${ok ? 'ok  ' : 'FAIL'}  ${mutant.kind.padEnd(10)} ${mutant.name}\n          ${told}`);
            }
        };
        await Promise.all(databases.map(work));
    } catch (error) {
        console.error(`tests/mutate: ${error.message}`);
        total.failed++;
    } finally {
        end();
    }
    console.log(`${total.passed} passed, ${total.failed} failed`);
    process.exit(total.failed ? 1 : 0);
}

/* Reads the source and fails on a wrong arrow between modules, on time asked anywhere but at the clock, and on a file that does not say its duty. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { root } from './support/build.mjs';

/* Each module may include what stands to its left, and itself. */
const modules = ['base', 'db', 'identity', 'web', 'tenants', 'command'];

/* Which module promises what a public header says. */
const headers = {
    base: ['clock', 'config', 'document', 'fault', 'locale', 'log', 'pool', 'process', 'qr', 'text'],
    db: ['lane', 'migrate', 'query', 'unit'],
    identity: ['caller', 'factor', 'invitation', 'key', 'link', 'password', 'refresh', 'secret', 'token', 'totp'],
    web: ['request', 'resource', 'server', 'template'],
    tenants: ['import', 'network', 'people', 'roadmap', 'rubric', 'verify'],
};

/* Only these modules may know these libraries. */
const libraries = [
    { include: /^h2o(\.h|\/)/, modules: ['web'] },
    { include: /^libpq-fe\.h$/, modules: ['db'] },
    { include: /^curl\//, modules: ['web', 'tenants'] }, // web uses its URL parser, the only one there is
    { include: /^libxml\//, modules: ['tenants'] },
    { include: /^jwt\.h$/, modules: ['identity'] },
    { include: /^csv\.h$/, modules: ['tenants'] },
    { include: /^qrencode\.h$/, modules: ['base'] },
    { include: /^seccomp\.h$/, modules: ['base', 'tenants'] },
];

/* Bare time: in C only the clock asks the system, in SQL only veha.now(), in its own definition. */
const bareTime = [
    { files: /\.[ch]$/, words: /(?<![\w.>])(time|gettimeofday|clock_gettime|ftime)\s*\(/, except: /^server\/base\/clock\.c$/ },
    {
        files: /^sql\/.*\.sql$/,
        words: /(?<!\w|veha\.)(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(\s*\)|\b(current_timestamp|current_date|localtimestamp)\b/i,
        blank: /create (or replace )?function (veha\.)?(now|pulse)\(\)[^]*?\$\$;/g,
    },
];

const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((file) => file && fs.existsSync(path.join(root, file)));
const read = (file) => fs.readFileSync(path.join(root, file), 'utf8');
const source = files.filter((file) => /^(server|tenants|include)\/.*\.[ch]$/.test(file));

function moduleOf(file) {
    const [top, second] = file.split('/');
    if (top === 'include') return Object.keys(headers).find((module) => headers[module].includes(path.basename(file, '.h')));
    if (top === 'tenants') return 'tenants';
    return second === 'main.c' ? 'command' : second;
}

function includesOf(file) {
    return read(file)
        .split('\n')
        .map((line, number) => ({ line: number + 1, name: /^\s*#\s*include\s*[<"]([^>"]+)[>"]/.exec(line)?.[1] }))
        .filter(({ name }) => name);
}

/* The module an include leads to, or null for a library. */
function targetOf(file, name) {
    if (name.startsWith('veha/')) return moduleOf(`include/${name}`) ?? `unknown header ${name}`;
    const near = path.posix.join(path.posix.dirname(file), name);
    if (files.includes(near)) return moduleOf(near);
    return files.includes(name) ? moduleOf(name) : null;
}

/* Comments and string literals blanked, line numbers kept. */
function bareCode(text, isSql) {
    const hidden = isSql ? /--[^\n]*|\/\*[^]*?\*\/|'(?:[^']|'')*'/g : /\/\*[^]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"/g;
    return text.replace(hidden, blanked);
}

function blanked(text) {
    return text.replace(/[^\n]/g, ' ');
}

/* The words of the comment a file opens with. */
function openingOf(file) {
    const text = read(file).replace(/^#!.*\n/, '');
    const opening = /^(?:\/\*([^]*?)\*\/|((?:(?:--|#)[^\n]*\n)+))/.exec(text);
    return (opening?.[1] ?? opening?.[2] ?? '').replace(/^[\s*#-]+/gm, '').trim();
}

test('every public header belongs to a module', () => {
    const known = Object.values(headers).flat();
    const stray = source.filter((file) => file.startsWith('include/') && !known.includes(path.basename(file, '.h')));
    assert.deepEqual(stray, []);
});

test('includes point one way', () => {
    const wrong = source.flatMap((file) =>
        includesOf(file)
            .map(({ line, name }) => ({ line, name, target: targetOf(file, name) }))
            .filter(({ target }) => target && !(modules.indexOf(target) >= 0 && modules.indexOf(target) <= modules.indexOf(moduleOf(file))))
            .map(({ line, name, target }) => `${file}:${line}: ${moduleOf(file)} includes ${name} of ${target}`),
    );
    assert.deepEqual(wrong, []);
});

test('the machine knows nothing of the domain', () => {
    const wrong = source
        .filter((file) => file.startsWith('server/') && moduleOf(file) !== 'command')
        .flatMap((file) => includesOf(file).filter(({ name }) => /(^|\/)tenants\//.test(name)).map(({ line, name }) => `${file}:${line}: ${name}`));
    assert.deepEqual(wrong, []);
});

test('a library is known where it is used and nowhere else', () => {
    const wrong = source.flatMap((file) =>
        includesOf(file)
            .filter(({ name }) => libraries.some((library) => library.include.test(name) && !library.modules.includes(moduleOf(file))))
            .map(({ line, name }) => `${file}:${line}: ${name}`),
    );
    assert.deepEqual(wrong, []);
});

test('only the clock is asked for the time', () => {
    const wrong = [];
    for (const rule of bareTime) {
        for (const file of [...source, ...files.filter((name) => name.startsWith('sql/'))]) {
            if (!rule.files.test(file) || rule.except?.test(file)) continue;
            const text = rule.blank ? read(file).replace(rule.blank, blanked) : read(file);
            bareCode(text, file.endsWith('.sql')).split('\n').forEach((line, number) => {
                if (rule.words.test(line)) wrong.push(`${file}:${number + 1}: ${line.trim()}`);
            });
        }
    }
    assert.deepEqual(wrong, []);
});

test('a function with its owner’s rights says why: above itself, above its section, or at the head of its file', () => {
    const silent = files.filter((file) => file.startsWith('sql/migrations/')).flatMap((file) => {
        const text = read(file);
        const head = /^(--.*\n|\n)+/.exec(text)[0];
        return [...text.matchAll(/((?:^--.*\n)*)^create (?:or replace )?function (\w+)\(([^;]*?)\bas \$\$/gm)].filter(([, above, , declared], number, all) => {
            const section = [...text.slice(0, all[number].index).matchAll(/^-- -{20,}\n((?:--.*\n)+)/gm)].at(-1)?.[1] ?? '';
            return /security definer/.test(declared) && ![above, section, head].some((words) => words.includes('SECURITY DEFINER'));
        }).map(([, , name]) => `${file}: ${name}`);
    });
    assert.deepEqual(silent, []);
});

test('every file opens with a sentence saying its duty', () => {
    const isScript = (file) => !path.extname(file) && read(file).startsWith('#!');
    const told = files.filter((file) => /^(server|tenants|include|tests|sql|deploy)\//.test(file) && (/\.(c|h|mjs|sql|mk)$/.test(file) || isScript(file)));
    const silent = told.filter((file) => openingOf(file).split(/\s+/).length < 4 || !/[.:!?)]/.test(openingOf(file)));
    assert.deepEqual(silent, []);
});

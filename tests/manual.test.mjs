/* The manual page names every subcommand and every key of the configuration. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { root } from './support/build.mjs';

const read = (file) => fs.readFileSync(path.join(root, file), 'utf8');
const manual = read('deploy/veha.1').replaceAll('\\-', '-').replaceAll('"', '');
const words = (text) => text.split(/[^\w-]+/);

test('every subcommand has its place in the manual page', () => {
    const commands = [...read('server/main.c').matchAll(/\{"([a-z-]+)", command_/g)].map(([, name]) => name);
    assert.ok(commands.includes('serve'));
    const described = manual.split('\n').filter((line) => /^\.BI? /.test(line)).map((line) => words(line)[2]);
    assert.deepEqual(commands.filter((name) => !described.includes(name)), []);
});

test('every key of the configuration stands under its section', () => {
    const keys = [...read('server/base/config.c').matchAll(/^ {4}\{"(\w+)", "(\w+)", CONFIG_/gm)].map(([, section, key]) => ({ section, key }));
    assert.ok(keys.length > 20);
    const missing = keys.filter(({ section, key }) => {
        const under = manual.split(`.B [${section}]\n`)[1]?.split('\n.TP')[0] ?? '';
        return !words(under).includes(key);
    });
    assert.deepEqual(missing, []);
});

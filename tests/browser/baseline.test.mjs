/*
 * What our sheet and scripts use is known to the oldest browsers we promise, Chrome 109 and Firefox 115, as far as compatibility data tells: caniuse and Baseline 2022 for CSS, caniuse and MDN for
 * interfaces, ES2022 for the language. What was really run is Debian's Chromium alone.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { builtFolder, root } from '../support/build.mjs';

const require = createRequire(path.join(root, 'build/baseline/'));
const { browserslist: browsers } = JSON.parse(fs.readFileSync(new URL('baseline/package.json', import.meta.url)));
const folder = path.join(root, 'templates/assets');

/* What caniuse complains of and our sheet may use: `display: contents` failed for buttons alone, columns in how they break; :has() hides an empty list, which is no harm where it shows. */
const spared = ['css-display-contents', 'multicolumn', 'css-has'];
/* What Baseline 2022 lacks for Safari alone, or came to the last of the browsers in February 2023 (`page`: Firefox 110); so with @page (Chrome 2, Firefox 19). */
const known = { page: [], outline: ['solid'], resize: [], 'user-select': ['none'], clip: ['/^rect/'], hyphens: ['auto'] };

async function sheetFaults(code) {
    const { default: stylelint } = await import(pathToFileURL(path.join(root, 'build/baseline/node_modules/stylelint/lib/index.mjs')));
    const config = {
        plugins: ['stylelint-no-unsupported-browser-features', 'stylelint-plugin-use-baseline'],
        rules: { 'plugin/no-unsupported-browser-features': [true, { browsers, ignore: spared }], 'plugin/use-baseline': [true, { available: 2022, ignoreProperties: known, ignoreAtRules: ['page'], ignoreFunctions: ['rect'], ignoreSelectors: ['has'] }] },
    };
    const { results } = await stylelint.lint({ code, config, configBasedir: path.join(root, 'build/baseline') });
    return results.flatMap(({ warnings }) => warnings.map(({ line, text }) => `${line}: ${text}`));
}

async function scriptFaults(code) {
    const { ESLint } = require('eslint');
    const { configs: { 'flat/recommended': interfaces } } = require('eslint-plugin-compat');
    const { configs: { 'flat/restrict-to-es2022': language } } = require('eslint-plugin-es-x');
    const linter = new ESLint({
        cwd: path.join(root, 'build/baseline'),
        overrideConfigFile: true,
        overrideConfig: [language, { ...interfaces, languageOptions: { ecmaVersion: 2022, sourceType: 'script', globals: {} }, settings: { browsers, 'es-x': { aggressive: true } } }],
    });
    const [{ messages }] = await linter.lintText(code, { filePath: path.join(root, 'build/baseline/script.js') });
    return messages.map(({ line, message }) => `${line}: ${message}`);
}

test('the linters know what those browsers lack', async () => {
    assert.match((await sheetFaults('@scope (.a) { b { color: red; } }')).join(), /scope/i);
    assert.match((await scriptFaults('Object.groupBy([], (one) => one);')).join(), /groupBy/);
    assert.match((await scriptFaults('[].toSorted();')).join(), /toSorted/);
    assert.match((await scriptFaults('new Navigation();')).join(), /Navigation/);
    assert.match((await scriptFaults('using one = two;')).join(), /Parsing error/);
});

test('our sheet, and what is left of Bootstrap, need nothing newer', async () => {
    const built = path.join(builtFolder, 'assets');
    const { 'site.css': { file } } = JSON.parse(fs.readFileSync(path.join(built, 'manifest.json')));
    assert.deepEqual(await sheetFaults(fs.readFileSync(path.join(built, file), 'utf8')), []);
});

for (const name of fs.readdirSync(folder).filter((one) => one.endsWith('.js'))) {
    test(`${name} needs nothing newer`, async () => {
        assert.deepEqual(await scriptFaults(fs.readFileSync(path.join(folder, name), 'utf8')), []);
    });
}

/* Every reason a look can give is told in words, in each language: codes are for programs. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { root } from './support/build.mjs';

const read = (file) => fs.readFileSync(path.join(root, file), 'utf8');
const list = (folder, ending) => fs.readdirSync(path.join(root, folder)).filter((name) => name.endsWith(ending)).map((name) => `${folder}/${name}`);

/* How the sources write a reason; each pattern catches one. */
const spellings = [
    /fault = "([a-z_]+)"/g, /"fault", "([a-z_]+)"/g, /\{CURLE_[A-Z_]+, "([a-z_]+)"\}/g, /\? "([a-z_]+)"\s*:/g, /: "([a-z_]+)"\s*[);]/g, /return "([a-z]+_[a-z_]+)"/g,
    /verdict_of\((?:PASSED|FAILED|UNKNOWN), "([a-z_]+)"/g, /reason = "([a-z_]+)"/g, /(?:PASSED|FAILED|UNKNOWN), "([a-z_]+)"\}/g, /reading_new\("[a-z_]+", "([a-z_]+)"\)/g,
];
const sources = ['fetch', 'confine', 'extract', 'read', 'judge'].map((name) => `tenants/verify/${name}.c`).concat('tenants/probe/vk.c');
/* Words the patterns catch that are no reasons. */
const others = new Set(['present', 'missing', 'other_form', 'unfamiliar']);

function reasons() {
    const found = new Set();
    for (const source of sources.map(read)) for (const spelling of spellings) for (const [, code] of source.matchAll(spelling)) found.add(code);
    for (const file of list('templates/networks', '.json')) for (const [, code] of read(file).matchAll(/"reason": "([a-z_]+)"/g)) found.add(code);
    return [...found].filter((code) => !others.has(code));
}

for (const catalogue of list('templates/locales', '.po')) {
    test(`${catalogue} has words for every reason`, () => {
        const told = new Set([...read(catalogue).matchAll(/msgctxt "reason"\nmsgid "([a-z_]+)"\nmsgstr ".+"/g)].map(([, code]) => code));
        const codes = reasons();
        assert.ok(codes.length > 80, `only ${codes.length} reasons were found`);
        assert.deepEqual(codes.filter((code) => !told.has(code)), []);
    });
}

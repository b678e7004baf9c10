/* Reads the pages and the catalogues: whatever a page can say has its Russian words, and each code its words in both languages. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { root } from './support/build.mjs';

const read = (name) => fs.readFileSync(path.join(root, name), 'utf8');
const pages = fs.readdirSync(path.join(root, 'templates/pages'), { recursive: true }).filter((name) => name.endsWith('.html')).map((name) => [name, read(`templates/pages/${name}`)]);
const sql = ['sql/migrations', 'sql/queries'].flatMap((folder) => fs.readdirSync(path.join(root, folder)).map((name) => read(`${folder}/${name}`))).join('\n');

/* {context: {id: words}}; the context of sentences is ''. */
function catalogue(language) {
    const contexts = {};
    for (const [, context = '', id] of read(`templates/locales/${language}.po`).matchAll(/(?:msgctxt "([^"]*)"\n)?msgid "((?:[^"\\]|\\.)+)"/g)) (contexts[context] ??= new Set()).add(id);
    return contexts;
}

const languages = { ru: catalogue('ru'), en: catalogue('en') };

test('every sentence of a page has its Russian', () => {
    const place = /\{\{@(t|count [\w.]+) ((?:[^{}]|\{[^{}]*\})+)\}\}/g;
    const missing = pages.flatMap(([name, text]) => [...text.matchAll(place)].map(([, , sentence]) => sentence.split('|')[0]).filter((id) => !languages.ru[''].has(id)).map((id) => `${name}: ${id}`));
    assert.deepEqual(missing, []);
});

/* The banner is shown by no page yet. */
test('every kind of code that pages put into words has words in both languages', () => {
    const kinds = pages.flatMap(([name, text]) => [...text.matchAll(/\{\{@code ([\w.]+) |@([a-z][\w.]+)\}/g)].map(([, one, other]) => [name, one ?? other]));
    for (const [language, contexts] of Object.entries(languages))
        assert.deepEqual(kinds.filter(([, kind]) => kind !== 'banner' && !contexts[kind]), [], language);
});

/* Sets of codes as the schema and the templates name them, and the context that puts them into words. */
const sets = {
    'step.seen': /function sight_order\(\)[^]*?'\{([\w,]+)\}'/.exec(sql)[1].split(','),
    event: [...sql.matchAll(/\btell\('(\w+)',/g)].map(([, kind]) => kind),
    network: fs.readdirSync(path.join(root, 'templates/networks')).map((name) => path.parse(name).name),
};

test('every code of a set has words in both languages', () => {
    for (const [context, codes] of Object.entries(sets)) {
        assert.ok(codes.length > 3, context);
        for (const [language, contexts] of Object.entries(languages))
            assert.deepEqual(codes.filter((code) => !contexts[context]?.has(code)), [], `${context} in ${language}`);
    }
});

/*
 * How PostgreSQL reaches each table, in every query file, in a region of 10,000 organisations: kept in expected/ so that a plan that changes is a difference to review.
 *
 * Plans are those of the statement and of all that it calls (functions, triggers), as auto_explain tells them. Statistics are taken of every row, or two runs might
 * differ. `node tests/plan/plans.test.mjs --write` prints the kept files anew.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { root } from '../support/build.mjs';
import { openCluster, runSqlFile, sql } from '../support/cluster.mjs';
import { callers, queries } from './queries.mjs';

const write = process.argv.includes('--write');
const expected = path.join(root, 'tests/plan/expected');
const tenants = 10000;
const wholeTable = 'all of it';
let cluster, database, facts, leads;

before(async () => {
    cluster = await openCluster(path.join(root, 'var', `test-plan-${process.pid}`));
    database = await cluster.clone('migrated');
    sql(database.url, 'update veha.region set deadline = current_date + 180, deadline_filed = current_date + 180'); // or plans would turn on the day it is over
    runSqlFile(database.url, 'tests/load/region.sql', { tenants });
    sql(database.url, 'set default_statistics_target = 10000; analyze');
    leads = JSON.parse(sql(database.url, `
        select json_object_agg(c.relname, a.attname)
          from pg_index i
          join pg_class c on c.oid = i.indexrelid and c.relnamespace = 'veha'::regnamespace
          join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]`));
    facts = JSON.parse(sql(database.url, fs.readFileSync(path.join(root, 'tests/plan/facts.sql'), 'utf8')));
});
after(() => {
    database?.drop();
    cluster?.stop();
});

test('every query file has its line in the table of this test', () => {
    const files = fs.readdirSync(path.join(root, 'sql/queries')).map((name) => path.basename(name, '.sql'));
    assert.deepEqual(Object.keys(queries).sort(), files.sort());
});

for (const [name, { as, values = {}, first = 'select' }] of Object.entries(queries)) {
    test(`${name} reaches its tables as before`, () => {
        const found = as.map((caller) => `as ${caller}\n${print(plansOf(name, callers[caller], values, first).flatMap(reaches))}`).join('');
        const file = path.join(expected, `${name}.txt`);
        if (write) fs.writeFileSync(file, found);
        assert.equal(found, fs.readFileSync(file, 'utf8'));
    });
}

test('nothing that a specialist does reads a table of tenants from end to end', () => {
    // What holds nothing is read from end to end in any plan.
    const owned = new Set(sql(database.url, "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'place' where c.relnamespace = 'veha'::regnamespace and c.relkind = 'r' and c.reltuples > 0").split('\n'));
    const scanned = Object.keys(queries).flatMap((name) => {
        const [, part] = /^as specialist\n((?: .*\n)*)/m.exec(fs.readFileSync(path.join(expected, `${name}.txt`), 'utf8')) ?? [null, ''];
        return part.split('\n').map((line) => line.trim().split(/ {2,}/)).filter(([table, way]) => owned.has(table) && way === wholeTable).map(([table]) => `${name}: ${table}`);
    });
    assert.deepEqual(scanned, []);
});

/* What auto_explain tells while the query runs once, in a unit that is then undone. */
function plansOf(name, { role, person }, values, first) {
    const query = fs.readFileSync(path.join(root, 'sql/queries', `${name}.sql`), 'utf8').replace(/;?\s*$/, '');
    const parameters = new Set([...query.matchAll(/(?<!:):([a-z_]+)/g)].map(([, parameter]) => parameter));
    const set = [...parameters].flatMap((parameter) => ['-v', `${parameter}=${fill(values[parameter] ?? 'null')}`]);
    const statements = [
        "load 'auto_explain'",
        'set auto_explain.log_nested_statements = on',
        'set auto_explain.log_analyze = on',
        'set auto_explain.log_timing = off',
        'set auto_explain.log_format = json',
        'set auto_explain.log_level = notice',
        'set search_path = veha, public',
        'set jit = off',
        'begin',
        `select veha.enter(${person ? facts[person] : 'null'}, null, 'plan', null, null)`,
        fill(first),
        'set local auto_explain.log_min_duration = 0',
        `set local role ${role}`,
        query,
        'rollback',
    ];
    const ended = spawnSync('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', ...set, '-d', database.url], { input: statements.map((one) => `${one}\n;\n`).join(''), encoding: 'utf8', maxBuffer: 256 << 20 });
    const told = ended.stderr.split(/^NOTICE: +duration: .*plan:$/m);
    assert.equal(ended.status, 0, `${name} as ${role}: ${told[0]}${told.at(-1).slice(-1000)}`);
    return told.slice(1).map((text) => JSON.parse(text.slice(0, text.search(/^}$/m) + 1)).Plan);
}

function fill(text) {
    return text.replace(/\{(\w+)\}/g, (_, fact) => facts[fact]);
}

/*
 * Each table that was reached and the way to its rows: by the column that leads the index, or all of it. Which of two indexes that begin alike is taken is a
 * matter of their sizes of the day.
 */
function reaches(plan) {
    if (plan['Actual Loops'] === 0) return [];
    const inner = (plan.Plans ?? []).flatMap(reaches);
    const table = plan['Relation Name'];
    if (plan['Node Type'] === 'Bitmap Heap Scan') return inner.map((way) => way.table ? way : { ...way, table });
    if (plan['Node Type'] === 'Bitmap Index Scan') return [{ way: `by ${leads[plan['Index Name']] ?? 'an expression'}` }];
    if (table && /Scan$/.test(plan['Node Type'])) return [{ table, way: plan['Index Name'] ? `by ${leads[plan['Index Name']] ?? 'an expression'}` : wholeTable }, ...inner];
    return inner;
}

function print(ways) {
    const lines = ways.map(({ table, way }) => `    ${table.padEnd(18)}  ${way}\n`);
    return [...new Set(lines)].sort().join('');
}

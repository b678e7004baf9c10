/* `veha migrate` publishes what the region's files say: once, all or nothing, and an unsound file is refused with its line. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { program, root } from '../support/build.mjs';
import { databaseUrls, openCluster, sampleRegion, sql, writeConfig } from '../support/cluster.mjs';

const folder = path.join(root, 'var', `test-publish-${process.pid}`);
let cluster;
let database;
before(async () => {
    cluster = await openCluster(path.join(folder, 'postgres'));
    database = await cluster.clone('migrated');
    fs.cpSync(path.join(root, 'templates'), path.join(folder, 'templates'), { recursive: true });
});
after(() => {
    database?.drop();
    cluster?.stop();
    fs.rmSync(folder, { recursive: true, force: true });
});

function migrate(region = {}) {
    const config = writeConfig(path.join(folder, 'veha.conf'), {
        region: { ...sampleRegion().region, ...region },
        database: databaseUrls(cluster, database.name),
        templates: { directory: path.join(folder, 'templates') },
    });
    const ended = spawnSync(program, ['migrate', '--config', config], { cwd: root, encoding: 'utf8' });
    return { status: ended.status, out: ended.stdout, error: ended.stderr };
}

const ask = (statement) => sql(database.url, `set search_path = veha, public; ${statement}`);
const roadmap = (name) => path.join(folder, 'templates', 'roadmaps', name);

/* Changes the text of a template, and gives it back afterwards. */
function edited(file, from, to, work) {
    const text = fs.readFileSync(file, 'utf8');
    assert.ok(text.includes(from), `${file} holds ${from}`);
    fs.writeFileSync(file, text.replace(from, to));
    try {
        work();
    } finally {
        fs.writeFileSync(file, text);
    }
}

test('the shipped roadmaps are all there, step by step', () => {
    assert.equal(ask("select string_agg(branch || ' ' || n, ', ' order by branch) from (select branch, count(*) n from roadmap_step group by branch) q"), 'exempt 3, keep 15, open 16');
    assert.equal(ask("select network || ' ' || offset_days || ' ' || checks::text from roadmap_step where key = 'create_vk'"), 'vk -55 {EXIST}');
    assert.equal(ask("select parameters::text from roadmap_step where branch = 'keep' and key = 'publish'"), '{"FREQ": {"days": 7, "weeks": 2, "posts_least": 3}, "FRESH": {"days_most": 7}}');
});

test('what is published is counted for the planner at once: no table so small is ever analysed by itself', () => {
    const rows = "select relname || ' ' || reltuples from pg_class where relnamespace = 'veha'::regnamespace and relname in ('region', 'network', 'roadmap') order by relname";
    assert.equal(ask(rows), ask("select 'network ' || count(*) from network union all select 'region 1' union all select 'roadmap ' || count(*) from roadmap"));
});

test('a second time nothing is new', () => {
    const events = ask('select count(*) from event');
    const again = migrate();
    assert.equal(again.status, 0, again.error);
    assert.doesNotMatch(again.out, /published/);
    assert.equal(ask('select count(*) from event'), events);
});

test('another deadline is published', () => {
    const moved = migrate({ deadline: '2027-02-01' });
    assert.match(moved.out, /^published region$/m);
    assert.equal(ask('select deadline from region'), '2027-02-01');
    assert.match(migrate().out, /^published region$/m);
});

test('a mistake stops all with file and line, and nothing is published', () => {
    edited(roadmap('open.json'), '"check": "FRESH"', '"check": "FRESHNESS"', () => {
        const line = fs.readFileSync(roadmap('open.json'), 'utf8').split('\n').findIndex((text) => text.includes('FRESHNESS')) + 1;
        const refused = migrate({ deadline: '2027-03-01' });
        assert.equal(refused.status, 1);
        assert.ok(refused.error.includes(`open.json:${line}: there is no check "FRESHNESS"`), refused.error);
    });
    assert.equal(ask('select deadline from region'), sampleRegion().region.deadline);
});

test('a published version never changes, a new version stands beside it', () => {
    edited(roadmap('exempt.json'), '"weight": 3', '"weight": 4', () => {
        const refused = migrate();
        assert.equal(refused.status, 1);
        assert.match(refused.error, /roadmap_published/);
    });
    edited(roadmap('exempt.json'), '"version": 1', '"version": 2', () => assert.match(migrate().out, /^published roadmap exempt 2$/m));
    assert.equal(ask("select string_agg(version::text, ',' order by version) from roadmap where branch = 'exempt'"), '1,2');
});

test('a region that asks for an unknown network, or has no deadline, is told so', () => {
    assert.match(migrate({ networks: 'vk myspace' }).error, /myspace/);
    assert.match(migrate({ deadline: '' }).error, /deadline/);
});

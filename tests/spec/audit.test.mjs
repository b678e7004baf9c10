/* The sealer among writers: what it numbers is never followed by something that should have come before, however transactions overlap. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { root } from '../support/build.mjs';
import { openCluster, openSession, sql } from '../support/cluster.mjs';

const rounds = 200;
let cluster;
let database;
let sessions;

before(async () => {
    cluster = await openCluster(path.join(root, 'var', `test-seal-${process.pid}`));
    database = await cluster.clone('migrated');
    sessions = Array.from({ length: 5 }, () => openSession(database.url));
    for (const session of sessions) await session.say('set search_path = veha, public');
    await sealAll();
});

after(async () => {
    for (const session of sessions ?? []) await session.close();
    database?.drop();
    cluster?.stop();
});

const query = (statement) => sql(database.url, `set search_path = veha, public; ${statement}`);
const tell = (what) => `select tell('${what}', null, null, null, '{}')`;
const isSound = () => assert.equal(query("select concat(seal_check(0, 1000000)->>'broken', event_check(0, 1000000)->>'broken', audit_window()->>'broken')"), '');

/* Others of the cluster write, too, and while they do nothing younger is sealed. */
async function sealAll() {
    while (query('select audit_seal(1000); select count(*) from unsealed').split('\n').at(-1) !== '0') await new Promise((resolve) => setTimeout(resolve, 20));
}

test('what was told first and is committed last comes first, and nothing is sealed before it', async () => {
    const [slow, quick] = sessions;
    await slow.say(`begin; ${tell('told_first')}`);
    await quick.say(`begin; ${tell('told_second')}; commit`);
    query('select audit_seal(1000)');
    assert.equal(query("select count(*) from seal s join event e on e.id = s.event where e.kind like 'told\\_%'"), '0', 'the second waits for the first');
    await slow.say('commit');
    await sealAll();
    assert.equal(query("select string_agg(e.kind, ' ' order by s.number) from seal s join event e on e.id = s.event where e.kind like 'told\\_%'"), 'told_first told_second');
    isSound();
});

test('what is undone leaves no gap', async () => {
    const [one, two] = sessions;
    await Promise.all([one.say(`begin; ${tell('undone')}; rollback`), two.say(`begin; ${tell('done')}; commit`)]);
    await sealAll();
    assert.equal(query('select max(number) = count(*) and count(*) = (select count(*) from event) from seal'), 't');
});

test(`writers and sealers at once, ${rounds} times: each event has one link, and the chain holds`, async () => {
    const [one, two, three, first, second] = sessions;
    for (let round = 0; round < rounds; round++) {
        await Promise.all([
            one.say(`begin; ${tell('one')}; ${tell('one')}; commit`),
            two.say(`begin; ${tell('two')}; savepoint s; ${tell('two')}; ${round % 2 ? 'rollback to s' : 'release s'}; commit`),
            three.say(`begin; ${tell('three')}; ${round % 3 ? 'commit' : 'rollback'}`),
            first.say('select audit_seal(3)'),
            second.say('select audit_seal(1000)'),
        ]);
    }
    await sealAll();
    assert.equal(query('select max(number) = count(*) and count(*) = (select count(*) from event) from seal'), 't');
    isSound();
});

test(`a person is erased while the events are sealed, ${rounds} times: no address is left, and the chain holds`, async () => {
    const [writer, eraser, sealer] = sessions;
    for (let round = 0; round < rounds; round++) {
        query(`insert into person (login, name) values ('gone${round}', 'Gone')`);
        await writer.say(`begin; select enter((select id from person where login = 'gone${round}'), null, null, '192.0.2.1', null); ${tell('was_here')}; commit`);
        await Promise.all([eraser.say(`select person_erase('gone${round}', 'asked')`), sealer.say('select audit_seal(1000)')]);
    }
    await sealAll();
    assert.equal(query("select count(*) from event where kind = 'was_here' and address is not null"), '0');
    assert.equal(query("select count(*) from event where kind = 'person_erased'"), String(rounds));
    isSound();
});

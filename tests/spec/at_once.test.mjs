/* Two who change the same at once: the second waits, and then sees what the first has made of it. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';

import { root } from '../support/build.mjs';
import { openCluster, openSession, sql } from '../support/cluster.mjs';

let cluster;
let database;
let one;
let two;
const id = {};

before(async () => {
    cluster = await openCluster(path.join(root, 'var', `test-at-once-${process.pid}`));
    database = await cluster.clone('sample');
    [one, two] = [openSession(database.url), openSession(database.url)];
});

after(async () => {
    for (const session of [one, two]) await session?.close();
    database?.drop();
    cluster?.stop();
});

/* Two organisations side by side, and two sessions whose answers end with a state: 00000 is none. */
beforeEach(async () => {
    const agency = query("select id from tenant where kind = 'agency' order by id limit 1");
    for (const name of ['first', 'second']) id[name] = query(`select tenant_add(${agency}, 'organisation', '${name}', null, null, null)`);
    for (const session of [one, two]) await session.say('begin; set local search_path = veha, public');
});

const query = (statement) => sql(database.url, `set search_path = veha, public; ${statement}`);
const move = (which, below) => `select tenant_move(${which}, ${below}, 'so', null)`;

const asCurator = async () => {
    for (const session of [one, two]) await session.say("select enter((select id from person where login = 'curator'), null, null, null, null)");
};

/* Lets two do its statement while the transaction of one is open, and ends that only when two waits for it. */
async function race(first, second) {
    assert.match(await one.say(first), /00000/);
    let told = null;
    const answer = two.say(second).then((text) => (told = text));
    const waits = () => query("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()") !== '0';
    while (told === null && !waits()) await new Promise((resolve) => setTimeout(resolve, 20));
    await one.say('commit');
    await answer;
    await two.say('commit');
    return told;
}

function isSound() {
    assert.equal(query('select count(*) from tenant c join tenant p on p.id = c.parent where not (c.place > p.place and c.last <= p.last)'), '0', 'each interval lies in its parent’s');
    assert.equal(query('select count(*) from tenant c join tenant p on p.id = c.parent where c.closed_at is null and p.closed_at is not null'), '0', 'nothing lives below what is closed');
}

test('two subtrees that move into each other make no loop', async () => {
    assert.match(await race(move(id.first, id.second), move(id.second, id.first)), /tree_loop/);
    isSound();
});

test('nothing moves below what is closed meanwhile', async () => {
    assert.match(await race(`select tenant_close(${id.first}, 'so', null)`, move(id.second, id.first)), /parent_unknown/);
    isSound();
});

test('nothing is closed that gets a child meanwhile', async () => {
    assert.match(await race(`select tenant_add(${id.first}, 'organisation', 'child', null, null, null)`, `select tenant_close(${id.first}, 'so', null)`), /tenant_has_children/);
    isSound();
});

test('nothing merges into what merges into it', async () => {
    const merge = (which, into) => `select tenant_merge(${which}, ${into}, 'so', null)`;
    assert.match(await race(merge(id.first, id.second), merge(id.second, id.first)), /target_unknown/);
    isSound();
});

test('two who name one account at once both learn of it', async () => {
    const add = (which) => `select account_add(${which}, 'telegram', 'at_once_${id.first}', 'https://t.me/at_once', null)`;
    assert.match(await race(add(id.first), add(id.second)), /00000/);
    assert.equal(query(`select count(*) from account where tenant in (${id.first}, ${id.second}) and contested`), '2');
});

test('an account named while its tenant merges is not left behind with it', async () => {
    const add = `select account_add(${id.first}, 'telegram', 'left_${id.first}', 'https://t.me/left', null)`;
    assert.match(await race(`select tenant_merge(${id.first}, ${id.second}, 'so', null)`, add), /not_found/);
    assert.equal(query(`select count(*) from account where tenant = ${id.first} and upper_inf(valid)`), '0');
});

test('an account named before its tenant merges goes over with the others', async () => {
    const add = `select account_add(${id.first}, 'telegram', 'kept_${id.first}', 'https://t.me/kept', null)`;
    assert.match(await race(add, `select tenant_merge(${id.first}, ${id.second}, 'so', null)`), /00000/);
    assert.equal(query(`select tenant from account where address = 'kept_${id.first}' and upper_inf(valid)`), String(id.second));
});

test('a step ticked while its tenant closes stays as it was', async () => {
    query(`select roadmap_assign(${id.first})`);
    await asCurator();
    assert.match(await race(`select tenant_close(${id.first}, 'so', null)`, `select step_claim(${id.first}, 'appoint', null, null, null)`), /not_found/);
    assert.equal(query(`select count(*) from claim where tenant = ${id.first}`), '0');
});

test('what two remove at once is removed once', async () => {
    const account = query(`select account_add(${id.first}, 'telegram', 'twice_${id.first}', 'https://t.me/twice', null)`);
    await asCurator();
    const remove = `select account_remove(${id.first}, ${account}, 'so', null)`;
    assert.match(await race(remove, remove), /not_found/);
    assert.equal(query(`select count(*) from event where tenant = ${id.first} and kind = 'account_removed'`), '1');
});

test('who tries to sign in at the same moment as another of that name need not wait for it', async () => {
    await one.say('select veha.now()'); // began first, comes second
    await two.say(`commit; begin; select veha.session_attempt('at_once_${id.first}'); commit`);
    assert.match(await one.say(`select veha.session_attempt('at_once_${id.first}') ->> 'wait'`), /^0\n/);
    await one.say('rollback');
});

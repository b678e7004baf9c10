/* What is derived from several words said at once: each is computed with all that was said before it, however they meet. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';

import { root } from '../support/build.mjs';
import { openCluster, openSession, sql } from '../support/cluster.mjs';

let cluster;
let database;
let one;
let two;
let tenant;

before(async () => {
    cluster = await openCluster(path.join(root, 'var', `test-projection-${process.pid}`));
    database = await cluster.clone('sample');
    [one, two] = [openSession(database.url), openSession(database.url)];
    tenant = query("select min(tenant) from step_state where branch = 'open' and step = 'appoint' and status = 'not_started'");
});

after(async () => {
    for (const session of [one, two]) await session?.close();
    database?.drop();
    cluster?.stop();
});

beforeEach(async () => {
    for (const session of [one, two]) await session.say("begin; set local search_path = veha, public; select enter((select id from person where login = 'curator'), null, null, null, null)");
});

const query = (statement) => sql(database.url, `set search_path = veha, public; ${statement}`);
const claim = (step) => `select step_claim(${tenant}, '${step}', 'so', null, null)`;

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

test('two steps of one organisation that are ticked at once are both ticked, and counted', async () => {
    const [first, second] = query(`select step from step_state where tenant = ${tenant} and status = 'not_started' order by number limit 2`).split('\n');
    assert.match(await race(claim(first), claim(second)), /00000/);
    assert.equal(query(`select count(*) from step_state where tenant = ${tenant} and claimed`), '2');
    assert.equal(query(`select reported from tenant_count where tenant = ${tenant}`), '2');
});

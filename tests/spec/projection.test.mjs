/* What is derived from several words said at once: each is computed with all that was said before it, however they meet. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';

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

const enter = "select enter((select id from person where login = 'admin'), null, null, null, null)";
const query = (statement) => sql(database.url, `set search_path = veha, public; ${statement}`);
const claim = (step, whose = tenant) => `select step_claim(${whose}, '${step}', 'so', null, null)`;

/* Lets two do its statement while the transaction of one is open, and ends that only when two waits for it. */
async function race(first, second) {
    for (const session of [one, two]) await session.say(`begin; set local search_path = veha, public; ${enter}`);
    assert.match(await one.say(first), /00000/, first);
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

/* What stands in the projection and its counts, and is not what the facts make of it. */
const unsound = () => query(`
    with computed as (select c.tenant, c.step, c.due_on, (c.outcome).status, (c.outcome).basis, (c.facts).claimed from step_compute(array(select id from tenant)) c)
    (table computed except select tenant, step, due_on, status, basis, claimed from step_state) union all
    (select tenant, step, due_on, status, basis, claimed from step_state except table computed);
    (select tenant, total, reported, verified, overdue, changed_at, due_next from tenant_count
     except select tenant, count(*) filter (where status <> 'not_applicable'), count(*) filter (where claimed and status <> 'not_applicable'), count(*) filter (where status = 'verified'),
                   count(*) filter (where overdue), max(changed_at) filter (where status <> 'not_applicable'),
                   min(due_on) filter (where status not in ('verified', 'not_applicable') and not overdue) from step_state group by tenant);
    select tenant from step_state except select tenant from tenant_count;
    select d.tenant, sum(d.total), sum(d.reported), sum(d.verified) from step_day d group by 1
     except select d.tenant, coalesce(c.total, 0), coalesce(c.reported, 0), coalesce(c.verified, 0) from (select distinct tenant from step_day) d left join tenant_count c using (tenant)`).trim();

test('whatever is said of an organisation beside its being moved, merged and closed, the projection is what the facts make of it', async () => {
    const [home, away] = query("select id from tenant where kind = 'agency' order by id limit 2").split('\n');
    const add = (name) => query(`${enter}; select tenant_create(${home}, 'organisation', '${name}', null, null, null)`).trim();
    for (const [name, change] of Object.entries({
        move: (mine) => `select tenant_move(${mine}, ${away}, 'so', null)`,
        merge: (mine, other) => `select tenant_merge(${other}, ${mine}, 'so', null)`,
        merged: (mine, other) => `select tenant_merge(${mine}, ${other}, 'so', null)`,
        close: (mine) => `select tenant_close(${mine}, 'so', null)`,
        exempt: (mine) => `insert into exemption (tenant, place, ground) select id, place, 'so' from tenant where id = ${mine}`,
    }))
        for (const word of [claim, (step, mine) => `select step_decide(${mine}, '${step}', 'confirmed', 'so', null, null)`])
            for (const order of [0, 1]) {
                const [mine, other] = [add('one'), add('other')];
                const deeds = [change(mine, other), word('appoint', mine)];
                if (order) deeds.reverse();
                await race(...deeds);
                assert.equal(unsound(), '', `${name} beside ${word}, ${order}`);
            }
});

test('what was read of an organisation while it moved is noted', async () => {
    const [home, away] = query("select id from tenant where kind = 'agency' order by id limit 2").split('\n');
    const mine = query(`${enter}; select tenant_create(${home}, 'organisation', 'read', null, null, null)`).trim();
    const admin = query("select id from person where login = 'admin'");
    const batch = JSON.stringify([{ tenant: mine, at: '2022-11-02T10:00Z', person: admin, session: '1', resource: 'tenant_show', address: null }]);
    assert.match(await race(`select tenant_move(${mine}, ${away}, 'so', null)`, `select access_note('${batch}')`), /00000/);
    assert.equal(query(`select count(*) from access a join tenant t on t.id = a.tenant and t.place = a.place where a.tenant = ${mine}`), '1');
});

/* One step, two people, two nodes: in every round what they say of it meets. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';

import { startBeside, startVeha, stopCluster } from '../http/harness.mjs';
import { openGate } from './gate.mjs';

const rounds = 200;
const centre = '1229800105182';
let veha;
let beside;
let gate;
let tenant;
const by = {};

before(async () => {
    veha = await startVeha();
    beside = await startBeside(veha);
    gate = openGate(veha);
    by.curator = await beside.signIn('curator');
    by.other = await veha.signIn('curator');
    for (const [login, node] of [['one', veha], ['two', beside]]) {
        const added = veha.command('user', 'add', '--login', login, '--name', login, '--role', 'specialist', '--tenant-ogrn', centre);
        by[login] = await node.signIn(login, /^Password: (.+)$/m.exec(added)[1]);
    }
    const parent = Number(veha.sql(`select id from veha.tenant where ogrn = '${centre}'`));
    tenant = (await by.curator.post('/tenants', { parent, kind: 'organisation', name: 'Кружок' })).json.id;
});
after(async () => {
    await gate?.close();
    await beside?.stop();
    await veha?.stop();
    await stopCluster();
});

const post = (client, verb, body, version) => () => client.post(`/tenants/${tenant}/steps/appoint${verb}`, { ...body, ...(version ? { version } : {}) });
const draft = (client, note, version) => post(client, '/draft', { note, link: `https://lukomorye.example/${encodeURIComponent(note)}` }, version);
const claim = (client, note, version) => post(client, '/claim', { note }, version);
const decide = (word) => (client, reason, version) => post(client, '/decision', { word, reason }, version);

/* The step now: {status, version, draft, claim, decision}, the last three as they were put, and since: the last event. */
const show = async () => JSON.parse(await gate.query(`
    select json_build_object('status', s.status, 'version', s.revision, 'draft', w.note, 'claim', k.note, 'decision', d.reason, 'since', (select max(id) from veha.event))
      from veha.step_state s
      left join veha.draft w using (tenant, step)
      left join veha.claim k on k.tenant = s.tenant and k.step = s.step and upper_inf(k.valid)
      left join veha.decision d on d.tenant = s.tenant and d.step = s.step and upper_inf(d.valid)
     where s.tenant = ${tenant} and s.step = 'appoint'`));
const told = async (since) => JSON.parse(await gate.query(`select coalesce(json_agg(kind order by id), '[]') from veha.event where tenant = ${tenant} and id > ${since} and kind <> 'step_changed'`));

/* They gather at the organisation's row, which the first reaches and for which the others wait behind it. */
const meet = (round, asks) => gate.meet(round, `select from veha.tenant where id = ${tenant} for update`, asks);

/* What would come of it if they came one after the other. */
function play(order, status, seen) {
    const outcome = { claim: 0, return: 0, status, told: [] };
    for (const deed of order) {
        if (seen[deed] && outcome.told.length) outcome[deed] = 412;
        else if (deed === 'claim' && outcome.status === 'claimed') outcome[deed] = 409;
        else {
            Object.assign(outcome, { [deed]: 200, status: deed === 'claim' ? 'claimed' : 'returned' });
            outcome.told.push(deed === 'claim' ? 'step_claimed' : 'step_returned');
        }
    }
    return outcome;
}

test(`a step is ticked and returned at once, ${rounds} times: the end is that of one order, and whoever has not read the other’s word is told so`, async () => {
    const orders = [['claim', 'return'], ['return', 'claim']];
    const first = [0, 0];
    for (let round = 0; round < rounds; round++) {
        const { status, version, since } = await show();
        const seen = { claim: round % 3 === 0 && version, return: round % 4 === 0 && version };
        const [ticked, returned] = await meet(round, [claim(by.one, `${round}`, seen.claim), decide('returned')(by.curator, `${round}`, seen.return)]);
        const end = await show();
        const found = { claim: ticked.status, return: returned.status, status: end.status, told: await told(since) };
        const which = orders.findIndex((one) => isDeepStrictEqual(play(one, status, seen), found));
        assert.notEqual(which, -1, `round ${round} from ${status} with ${JSON.stringify(seen)}: ${JSON.stringify(found)}`);
        if (found.claim === 200) assert.equal(end.claim, `${round}`, 'the tick is kept');
        if (end.status === 'returned') assert.equal(end.decision, `${round}`, 'the return is kept');
        first[which]++;
    }
    gate.raced(rounds, first);
});

test(`two say the same from one reading at once, ${rounds} times: one word stands, and the other is told that it has not read that, though the status stays`, async () => {
    const deeds = [[draft, 'draft', 'step_drafted', by.one, by.two], [decide('returned'), 'decision', 'step_returned', by.curator, by.other], [decide('confirmed'), 'decision', 'step_confirmed', by.curator, by.other]];
    const first = [0, 0];
    for (let round = 0; round < rounds; round++) {
        const [deed, what, kind, here, there] = deeds[Math.floor((round * deeds.length) / rounds)];
        const { version, since } = await show();
        const answers = await meet(round, [here, there].map((client, i) => deed(client, `${round} of ${i}`, version)));
        const statuses = answers.map(({ status }) => status);
        assert.deepEqual([...statuses].sort(), [200, 412], `round ${round}: ${kind}`);
        const winner = statuses.indexOf(200);
        assert.deepEqual(await told(since), [kind]);
        assert.equal((await show())[what], `${round} of ${winner}`);
        first[winner]++;
    }
    gate.raced(rounds, first);
});

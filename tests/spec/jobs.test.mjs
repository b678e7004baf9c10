/* Looks made outside the house, by two programs on two nodes: in every round both want the same look, and what one saw comes twice, beside what the other saw too late. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { assertProblem } from '../http/ask.mjs';
import { startBeside, startVeha, stopCluster } from '../http/harness.mjs';
import { issue, openService } from '../http/service.mjs';
import { openGate } from './gate.mjs';

const rounds = 200;
const names = ['here', 'there'];
const nodes = [];
const clients = []; // [program][node]
let gate;
let account;

before(async () => {
    nodes.push(await startVeha());
    nodes.push(await startBeside(nodes[0]));
    gate = openGate(nodes[0]);
    for (const name of names) {
        const { bearer } = await openService(nodes[0], issue(nodes[0], name, ['job.take', 'job.record']));
        clients.push(nodes.map((node) => Object.assign(node.client(), { bearer })));
    }
    account = JSON.parse(await gate.query("select json_build_object('id', a.id, 'tenant', a.tenant, 'place', a.place) from veha.account a join veha.tenant t on t.id = a.tenant where a.network = 'telegram' and upper_inf(a.valid) and t.closed_at is null order by a.id limit 1"));
});
after(async () => {
    await gate?.close();
    for (const node of nodes.reverse()) await node.stop();
    await stopCluster();
});

/* The one look that is due. */
async function queue() {
    await gate.query('update veha.job set finished_at = veha.now(), lease_until = null where finished_at is null');
    return Number(await gate.query(`insert into veha.job (tenant, place, account) values (${account.tenant}, ${account.place}, ${account.id}) returning id`));
}

const take = (client) => () => client.post('/jobs/take', { network: ['telegram'], most: 1 });
const say = (client, { id, fence }, state) => () => client.post(`/jobs/${id}/result`, { fence, reading: { state, source: 'page', facts: {} } });
const recorded = async (id) => JSON.parse(await gate.query(`
    select json_build_object('looks', (select json_agg(state) from veha.look where job = ${id}),
                             'told', (select count(*) from veha.event e, veha.look l where l.job = ${id} and e.tenant = l.tenant and e.kind = 'account_looked' and (e.detail ->> 'look')::bigint = l.id),
                             'twice', exists (select from veha.verdict v join veha.look l on l.tenant = v.tenant and l.id = v.look where l.job = ${id} group by "check" having count(*) > 1),
                             'account', (select state from veha.account where id = ${account.id}))`));

test(`two programs want one look at once, and it is answered three times at once, ${rounds} times: one holds it, and exactly one result is recorded`, async () => {
    const taken = [0, 0];
    const first = [0, 0];
    for (let round = 1; round <= rounds; round++) {
        const id = await queue();
        const leases = (await gate.meet(round, 'select from veha.service for update', clients.map((on, i) => take(on[i])))).map(({ json }) => json.items);
        assert.deepEqual(leases.map(({ length }) => length).sort(), [0, 1], `round ${round}`);
        const slow = leases.findIndex(({ length }) => length === 1);
        const [late] = leases[slow];
        taken[slow]++;
        /* The one who holds it is slow: its lease passes to the other, who sends the result to both nodes. */
        await gate.query(`update veha.job set lease_until = veha.now() - interval '1 s' where id = ${id}`);
        const heir = clients[1 - slow];
        const [job] = (await take(heir[0])()).json.items;
        assert.deepEqual([job.id, job.fence], [id, late.fence + 1]);
        const answers = await gate.meet(round, `select from veha.job where id = ${id} for update`, [...heir.map((client) => say(client, job, 'present')), say(clients[slow][0], late, 'missing')]);
        assertProblem(answers.pop(), 409, 'lease_lost');
        const winner = answers.findIndex(({ status }) => status === 200);
        assertProblem(answers[1 - winner], 409, 'result_known');
        assert.deepEqual(await recorded(id), { looks: ['present'], told: 1, twice: false, account: 'present' }, `round ${round}`);
        first[winner]++;
    }
    gate.raced(2 * rounds, [...taken, ...first]);
});

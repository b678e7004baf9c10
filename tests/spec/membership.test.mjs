/* A membership ends while its person works, on two nodes: each request is answered as a member's or refused, and none is after the end. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startBeside, startVeha, stopCluster } from '../http/harness.mjs';
import { openGate } from './gate.mjs';

const rounds = 200;
const [school, elsewhere] = ['1229800102223', '1229800102597'];
const nodes = [];
let coordinator;
let gate;
let tenant;
let place;
const people = [];

/* Of two people one keeps the same role elsewhere: the own token stays as good as ever, and only the place refuses. */
before(async () => {
    nodes.push(await startVeha());
    nodes.push(await startBeside(nodes[0]));
    gate = openGate(nodes[0]);
    coordinator = await nodes[0].signIn('coordinator');
    tenant = Number(await gate.query(`select id from veha.tenant where ogrn = '${school}'`));
    place = `/tenants/${tenant}/steps/appoint`;
    for (const [login, ogrns] of [['settled', [school]], ['roaming', [school, elsewhere]]]) {
        const told = nodes[0].command('user', 'add', '--login', login, '--name', login, '--role', 'specialist', ...ogrns.flatMap((ogrn) => ['--tenant-ogrn', ogrn]));
        const { bearer } = await nodes[0].signIn(login, /^Password: (.+)$/m.exec(told)[1]);
        const id = Number(await gate.query(`select id from veha.person where login = '${login}'`));
        people.push({ id, clients: nodes.map((node) => Object.assign(node.client(), { bearer })) });
    }
});
after(async () => {
    await gate?.close();
    for (const node of nodes.reverse()) await node.stop();
    await stopCluster();
});

/* What is to be seen of drafts: how many were told of, and the one that is kept. */
const drafts = async () => JSON.parse(await gate.query(`select json_build_array((select count(*) from veha.event where tenant = ${tenant} and kind = 'step_drafted'), (select note from veha.draft where tenant = ${tenant}))`));
const isDone = ({ status }) => status === 200;
const isRefused = ({ status }) => [401, 403, 404].includes(status);

/* Whoever has nothing left is out of the coordinator's sight: the next round gives it anew by the operator's hand. */
async function begin({ id }) {
    await gate.query(`delete from veha.draft where tenant = ${tenant}`);
    const held = `select id from veha.membership where person = ${id} and tenant = ${tenant} and ended_at is null`;
    await gate.query(`insert into veha.membership (person, tenant, place, last, role) select ${id}, id, place, last, 'specialist' from veha.tenant where id = ${tenant} and not exists (${held})`);
    return gate.query(held);
}

test(`a membership ends while its person drafts and reads on two nodes, ${rounds} times: what was answered is whole, and nothing is answered after the end`, async () => {
    const seen = { done: 0, refused: 0, both: 0 };
    for (let round = 1; round <= rounds; round++) {
        const person = people[Math.floor(round / 2) % 2];
        const { id, clients } = person;
        const membership = await begin(person);
        const [before] = await drafts();
        const end = () => coordinator.post(`/people/${id}/memberships/${membership}/end`, { reason: 'Уволился' });
        const draft = (client, i) => () => client.post(`${place}/draft`, { note: `${round}.${i}`, link: `https://lukomorye.example/${encodeURIComponent(`${round}.${i}`)}` });
        const read = (client) => () => client.get(place);
        /* The drafts wait where they have been let in already until the end is acknowledged; or all of them gather; or the end comes a little later than they. */
        let answers;
        if (round % 3 === 0) {
            const ended = async () => assert.equal((await end()).status, 200);
            answers = await gate.meet(round, `select pg_advisory_xact_lock(hashtextextended('veha.step appoint', ${tenant}))`, clients.map(draft), ended);
        } else {
            const lock = round % 3 === 1 ? `select from veha.tenant where id = ${tenant} for update` : null;
            const soon = () => new Promise((resolve) => setTimeout(resolve, lock ? 0 : (round * 7) % 60)).then(end);
            answers = await gate.meet(round, lock, [...clients.map(draft), soon, ...clients.map(read)]);
            assert.equal(answers.splice(2, 1)[0].status, 200, `round ${round}`);
        }
        const after = await Promise.all(clients.flatMap((client, i) => [read(client)(), draft(client, `${i} late`)()]));
        assert.ok(after.every(isRefused), `round ${round}, after the end: ${after.map(({ status }) => status)}`);
        assert.ok(answers.every((answer) => isDone(answer) || isRefused(answer)), `round ${round}: ${answers.map(({ status }) => status)}`);
        const written = answers.slice(0, 2).flatMap((answer, i) => (isDone(answer) ? [`${round}.${i}`] : []));
        const [count, kept] = await drafts();
        assert.equal(count - before, written.length, `round ${round}: as many drafts are told of as were answered`);
        assert.ok(written.length ? written.includes(kept) : kept === null, `round ${round}: ${kept} of ${written}`);
        for (const answer of answers.slice(2)) if (isDone(answer)) assert.equal(answer.json.tenant.id, tenant);
        seen.done += written.length;
        seen.refused += 2 - written.length;
        seen.both += answers.some(isDone) && answers.some(isRefused);
    }
    assert.ok(Math.min(seen.done, seen.refused, seen.both) > rounds / 10, JSON.stringify(seen));
});

/* What is sent twice at once, to two nodes: a refresh token, an Idempotency-Key, the acceptance of an invitation. */
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, test } from 'node:test';

import { assertProblem } from '../http/ask.mjs';
import { startBeside, startVeha, stopCluster } from '../http/harness.mjs';
import { openGate } from './gate.mjs';

const rounds = 200;
const school = '1229800102223';
const nodes = [];
let coordinator;
let gate;

before(async () => {
    nodes.push(await startVeha());
    nodes.push(await startBeside(nodes[0]));
    gate = openGate(nodes[0]);
    coordinator = await nodes[0].signIn('coordinator');
});
after(async () => {
    await gate?.close();
    for (const node of nodes.reverse()) await node.stop();
    await stopCluster();
});

/* The same caller on both nodes. */
const onBoth = (bearer) => nodes.map((node) => Object.assign(node.client(), { bearer }));

test(`a refresh token is traded twice at once, ${rounds} times: both get the one successor, and the family has one living token`, async () => {
    const { session } = await nodes[0].signIn('observer');
    const family = await gate.query('select max(id) from veha.session');
    const state = () => gate.query(`select concat_ws(' ', refresh_serial, (select count(*) from veha.session_spent x where x.session = s.id), end_reason) from veha.session s where id = ${family}`);
    const first = [0, 0];
    let token = session.refresh_token;
    for (let round = 1; round <= rounds; round++) {
        const ended = [];
        const trade = (client, i) => () => client.post('/session/refresh', { refresh_token: token }).finally(() => ended.push(i));
        const answers = await gate.meet(round, `select from veha.session where id = ${family} for update`, onBoth(null).map(trade));
        assert.deepEqual(answers.map(({ status }) => status), [200, 200], `round ${round}`);
        const [one, other] = answers.map(({ json }) => json.refresh_token);
        assert.equal(one, other);
        assert.notEqual(one, token);
        assert.equal(await state(), `${round + 1} ${round}`, 'one more is spent, one lives, and nobody was robbed');
        token = one;
        first[ended[0]]++;
    }
    gate.raced(rounds, first);
});

test(`a stolen refresh token and the living one come at once, ${rounds} times: nothing of the family lives on`, async () => {
    const { session } = await nodes[0].signIn('observer');
    const family = await gate.query('select max(id) from veha.session');
    const [owner, thief] = onBoth(null);
    const refresh = (client, token) => client.post('/session/refresh', { refresh_token: token });
    const first = [0, 0];
    let living = session.refresh_token;
    for (let round = 1; round <= rounds; round++) {
        const stolen = living;
        for (let i = 0; i < 2; i++) living = (await refresh(owner, living)).json.refresh_token;
        const [own, replayed] = await gate.meet(round, `select from veha.session where id = ${family} for update`, [() => refresh(owner, living), () => refresh(thief, stolen)]);
        assertProblem(replayed, 401, 'refresh_replayed');
        const cameFirst = own.status === 200;
        if (!cameFirst) assertProblem(own, 401, 'refresh_refused');
        first[cameFirst ? 0 : 1]++;
        for (const token of [stolen, living, own.json.refresh_token].filter(Boolean)) assertProblem(await refresh(thief, token), 401, 'refresh_refused');
        assert.equal(await gate.query(`select end_reason from veha.session where id = ${family}`), 'replayed');
        /* The same family lives again for the next round: signing in takes longer than all of this. */
        living = own.json.refresh_token ?? living;
        await gate.query(`update veha.session set ended_at = null, end_reason = null where id = ${family}`);
    }
    gate.raced(rounds, first);
});

test(`an Idempotency-Key comes twice at once, ${rounds} times: done once, and both get that answer, unless they ask for different things`, async () => {
    const added = nodes[0].command('user', 'add', '--login', 'drafter', '--name', 'Черновик', '--role', 'specialist', '--tenant-ogrn', school);
    const { bearer } = await nodes[0].signIn('drafter', /^Password: (.+)$/m.exec(added)[1]);
    const clients = onBoth(bearer);
    const [person, tenant] = (await gate.query(`select (select id from veha.person where login = 'drafter') || ' ' || id from veha.tenant where ogrn = '${school}'`)).split(' ');
    const drafted = async () => (await gate.query(`select (select count(*) from veha.event where tenant = ${tenant} and kind = 'step_drafted') || ' ' || coalesce((select note from veha.draft where tenant = ${tenant}), '')`)).split(' ');
    const first = [0, 0];
    for (let round = 1; round <= rounds; round++) {
        const key = `twice-${round}`;
        const isSame = round % 4 < 2;
        const draft = (client, i) => () => client.post(`/tenants/${tenant}/steps/appoint/draft`, { note: `${round}.${isSame ? 0 : i}`, link: `https://lukomorye.example/${round}` }, { headers: { 'idempotency-key': key } });
        const held = `insert into veha.idempotency (person, key, use) values (${person}, '${key}', 'gate')`;
        const answers = await gate.meet(round, held, clients.map(draft));
        const winner = answers.findIndex(({ status, headers }) => status === 200 && !headers['idempotency-replayed']);
        const [done, again] = [answers[winner], answers[1 - winner]];
        assert.equal(done?.status, 200, `round ${round}`);
        if (isSame) assert.deepEqual([again.status, again.text, again.headers['idempotency-replayed']], [200, done.text, 'true'], `round ${round}`);
        else assertProblem(again, 409, 'idempotency_key_reused');
        assert.deepEqual(await drafted(), [`${round}`, `${round}.${isSame ? 0 : winner}`]);
        first[winner]++;
    }
    gate.raced(rounds, first);
});

/* With the same token two choose passwords: what the database has of it, as the nodes call it once they have hashed what was chosen. */
test(`an invitation is accepted twice at once, ${rounds} times: it makes one person with one password, and refuses the other`, async () => {
    const sessions = nodes.map(({ session }) => session());
    for (const session of sessions) await session.say('set search_path = veha, public; set role veha_web');
    const accept = (session, token, i) => async () => ({ text: await session.say(`select invitation_accept('${token}', 'password of ${i}', '${crypto.randomUUID()}', 12)`) });
    const first = [0, 0];
    for (let round = 1; round <= rounds; round++) {
        const login = `guest${round}@example.org`;
        const id = await gate.query(`with made as (insert into veha.invitation (login, name, role, token_hash, expires_at) values ('${login}', 'Гостья', 'specialist', '${login}', veha.now() + interval '1 day') returning id)
            insert into veha.invitation_tenant (tenant, place, invitation, role) select t.id, t.place, made.id, 'specialist' from made, veha.tenant t where t.ogrn = '${school}' returning invitation`);
        const answers = await gate.meet(round, `select from veha.invitation where id = ${id} for update`, sessions.map((session, i) => accept(session, login, i)));
        const winner = answers.findIndex(({ text }) => /"person"/.test(text));
        assert.match(answers[1 - winner]?.text, /^(00000.*|\{"outcome": "sign_in"\}\n.*)$/, `round ${round}`);
        assert.equal(await gate.query(`select string_agg(concat_ws(' ', password_hash, (select count(*) from veha.session where person = p.id), (select count(*) from veha.membership where person = p.id),
            (select count(*) from veha.event where kind = 'invitation_accepted' and detail ->> 'invitation' = '${id}')), ', ') from veha.person p where login = '${login}'`), `password of ${winner} 1 1 1`);
        first[winner]++;
    }
    for (const session of sessions) await session.close();
    gate.raced(rounds, first);
});

test('an invitation is accepted twice at once on two nodes: one is signed in, the other is told that it serves no more, and the password is the first one’s', async () => {
    for (let round = 1; round <= 10; round++) {
        const { status, json } = await coordinator.post('/invitations', { name: 'Гость', login: `twice${round}@example.org`, role: 'specialist', organisations: [school] });
        assert.equal(status, 201);
        const [{ link, login }] = json.items;
        const path = link.slice(nodes[0].url.length);
        const passwords = nodes.map((_, i) => `Лиловый трактор № ${i} жуёт 7 подков`);
        const answers = await Promise.all(onBoth(null).map((client, i) => client.post(`/session${path}`, { password: passwords[i] })));
        const winner = answers.findIndex((answer) => answer.status === 201);
        const refused = answers[1 - winner];
        assert.ok(refused.status === 404 ? refused.json.code === 'invitation_unusable' : refused.status === 409 && refused.json.code === 'invitation_sign_in', refused.text);
        for (const i of [1 - winner, winner]) assert.equal((await nodes[i].client().post('/session', { login, password: passwords[i] })).status, i === winner ? 201 : 401, login);
    }
});

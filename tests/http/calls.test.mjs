/* Whom to call and why, notes of calls, what is done to many at once, and kept filters, as people do them; by whom they may not be done is also in isolation.test.mjs. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { assertProblem, openBrowser, tellings, wordsOf } from './ask.mjs';
import { people, startVeha, stopCluster } from './harness.mjs';

const agency = '1229800100375';
const start = '2022-11-01T09:00:00Z';
const by = {};
let veha;
let schools;
let foreign;
let head;
let neighbour;
let password;

before(async () => {
    veha = await startVeha({ clock: start });
    await at(0, 9);
    /* The steps as they were on that day, a month before the deadline: the sample's own are of the day on which the tests run. */
    sql(`begin; select enter(null, null, null, null, '${start}'); update region set deadline = '2022-12-01'; select step_refresh(array(select id from tenant)); update step_state set changed_at = veha.now(); commit`);
    schools = (await by.specialist.get('/')).json.tenants.map(({ id }) => id);
    head = (await by.curator.get(`/tenants?search=${agency}`)).json.items[0].id;
    foreign = (await by.curator.get(`/tenants?search=${encodeURIComponent('Лукоморская областная больница')}`)).json.items[0].id;
    const added = veha.command('user', 'add', '--login', 'neighbour', '--name', 'Сосед', '--role', 'coordinator', '--tenant-ogrn', '1229800105556');
    password = /^Password: (.+)$/m.exec(added)[1];
    by.neighbour = await veha.signIn('neighbour', password);
    neighbour = Number(sql("select id from person where login = 'neighbour'"));
});

after(async () => {
    await veha?.stop();
    await stopCluster();
});

const sql = (statement) => veha.sql(`set search_path = veha, public; ${statement}`);
const dayMs = 86400000;
/* Goes to an hour of the day so many days on; tokens of before are over. */
async function at(days, hour) {
    veha.setClock(new Date(Date.parse('2022-11-01T00:00:00Z') + days * dayMs + hour * 3600000).toISOString());
    for (const login of Object.keys(people)) by[login] = await veha.signIn(login);
}
const list = async (query = '', reader = by.curator) => {
    const answer = await reader.get(`/calls?limit=200${query}`);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
};
const find = async (id, reader) => {
    const { items } = await list('', reader);
    const rank = items.findIndex((item) => item.id === id);
    return rank < 0 ? undefined : { rank, ...items[rank] };
};
const note = (id, body, reader = by.curator) => reader.post(`/tenants/${id}/calls`, body);
const outcomes = async (answer, reader = by.curator) => {
    assert.equal(answer.status, 200, answer.text);
    return Object.fromEntries(answer.json.items.map(({ tenant, outcome }) => [tenant.id, outcome]));
};
test('the list is by risk, and says what each point is given for', async () => {
    const { items, count } = await list();
    assert.ok(items.length > 10 && count === items.length, `${count}`);
    const risks = items.map(({ risk }) => risk);
    assert.deepEqual(risks, [...risks].sort((a, b) => b - a));
    for (const { risk, why } of items)
        assert.equal(risk, why.of_overdue + why.of_contradicted + why.of_still + why.of_near + why.of_audience);
    const first = items[0];
    assert.ok(first.next.title && first.next.due_on && first.next.status, JSON.stringify(first.next));
    assert.equal(first.call, null);
    assert.equal(first.word, null);
    const own = items.find(({ id }) => id === schools[0]);
    assert.deepEqual(own.contact.people.map(({ name }) => name), ['Специалист пяти школ']);
    const without = items.find(({ contact }) => contact.people.length === 0);
    assert.ok(without, 'somebody works nowhere yet');
});

test('the ranking moves as things happen', async () => {
    const [school] = schools;
    const before = await find(school);
    assert.ok(before.why.overdue > 0 && before.why.still === null, JSON.stringify(before.why));
    sql(`update account set audience = 20000 where tenant = ${school} and upper_inf(valid) and id = (select min(id) from account where tenant = ${school})`);
    const heard = await find(school);
    assert.deepEqual([heard.risk, heard.why.of_audience], [before.risk + 10 - before.why.of_audience, 10], 'many readers');
    assert.ok(heard.rank < before.rank || before.rank === 0);
    assert.equal((await by.specialist.post(`/tenants/${school}/steps/${heard.next.key}/claim`, { note: 'Приказ № 7' })).status, 200);
    const claimed = await find(school);
    assert.notEqual(claimed.next.key, heard.next.key, 'another step is next');
    assert.deepEqual([claimed.word.kind, claimed.word.reason], ['step_claimed', 'Приказ № 7']);
    assert.equal((await by.curator.post(`/tenants/${school}/steps/${heard.next.key}/decision`, { word: 'confirmed', reason: 'видел приказ' })).status, 200);
    assert.equal((await find(school)).why.overdue, before.why.overdue - 1, 'one is done');
    assert.equal((await by.curator.post(`/tenants/${school}/steps/${heard.next.key}/decision`, { word: 'returned', reason: 'нет подписи' })).status, 200);
    const returned = await find(school);
    assert.deepEqual([returned.next.key, returned.next.status, returned.word.reason, returned.why.overdue], [heard.next.key, 'returned', 'нет подписи', before.why.overdue]);
});

test('whoever stands still comes up day by day', async () => {
    const [, school] = schools;
    assert.equal((await find(school)).why.still, null);
    await at(21, 9);
    const later = await find(school);
    assert.deepEqual([later.why.still, later.why.of_still], [21, 14]);
    await at(0, 10);
});

test('what ranks is what the steps themselves tell, also of a day on which no clock has told yet what is overdue', async () => {
    const near = new Set();
    for (const days of [0, 9, 16, 27]) {
        await at(days, 10);
        const moment = new Date(Date.parse('2022-11-01T10:00:00Z') + days * dayMs).toISOString();
        const counted = sql(`begin; select enter(null, null, null, null, '${moment}');
            select f.tenant || ' ' || r.total || ' ' || coalesce(case when r.of_near > 0 then f.next_in end::text, '')
              from (select tenant, min(due_on - today()) filter (where status <> 'verified' and due_on >= today()) as next_in, count(*) filter (where overdue)::int as overdue,
                           today() - (max(changed_at) at time zone timezone)::date as still, count(*) filter (where status = 'contradicted')::int as contradicted
                      from step_state, region where status <> 'not_applicable' group by tenant, timezone having count(*) filter (where status <> 'verified') > 0) f
              join tenant t on t.id = f.tenant and t.closed_at is null
             cross join lateral risk(f.next_in, f.overdue, f.still, f.contradicted, (select sum(audience)::bigint from account where tenant = f.tenant and upper_inf(valid))) r
             order by 1; rollback`).split('\n').filter(Boolean);
        const { items } = await list();
        assert.deepEqual(items.map(({ id, risk, why }) => `${id} ${risk} ${why.near?.days ?? ''}`).sort(), counted.sort(), `after ${days} days`);
        for (const { why } of items) near.add(why.near?.days);
    }
    assert.ok(near.size > 2, 'days that are near');
    await at(0, 10);
});

test('a call is noted, and whoever promised comes last until that day', async () => {
    const [first] = (await list()).items;
    assertProblem(await note(first.id, { outcome: 'promised' }), 422, 'promise_undated');
    assertProblem(await note(first.id, { outcome: 'promised', again_on: '2022-11-01' }), 422, 'again_passed');
    const noted = await note(first.id, { outcome: 'promised', note: 'К пятнице повесят приказ', again_on: '2022-11-04', version: 0 });
    assert.equal(noted.status, 200, noted.text);
    assert.deepEqual([noted.json.version, noted.json.items[0].outcome, noted.json.items[0].note, noted.json.items[0].who], [1, 'promised', 'К пятнице повесят приказ', 'Куратор Лукоморья']);
    assertProblem(await note(first.id, { outcome: 'reached', version: 0 }), 412, 'stale');
    const { items } = await list();
    assert.equal(items.at(-1).id, first.id, 'at the end');
    assert.equal(items.at(-1).call.again_on, '2022-11-04');
    assert.deepEqual((await list('&called=promised')).items.map(({ id }) => id), [first.id]);
    assert.ok(!(await list('&called=not_recently')).items.some(({ id }) => id === first.id));
    assert.equal(sql(`select coalesce(reason, '') || (detail::text like '%приказ%') from event where tenant = ${first.id} and kind = 'call_noted'`), 'false', 'what was said is not in the chain');
    await at(3, 9);
    assert.ok((await find(first.id)).rank < (await list()).items.length - 1, 'the day has come');
    assert.equal((await note(first.id, { outcome: 'no_answer', version: 1 })).status, 200);
    assert.equal((await find(first.id)).call.outcome, 'no_answer');
    await at(4, 9);
});

test('what is filtered stands in the address, and pages follow one another', async () => {
    const all = (await list()).items.map(({ id }) => id);
    const seen = [];
    for (let query = '/calls?limit=7'; query;) {
        const { items, next } = (await by.curator.get(query)).json;
        seen.push(...items.map(({ id }) => id));
        query = next && `/calls?limit=7&cursor=${next}`;
    }
    assert.deepEqual(seen, all);
    const inside = await list(`&within=${head}`);
    assert.ok(inside.items.length > 0 && inside.items.length < all.length);
    assert.deepEqual((await list('', by.coordinator)).items.map(({ id }) => id), inside.items.map(({ id }) => id), 'a coordinator sees the own part');
    assert.match(inside.list, new RegExp(`(^|&)within=${head}(&|$)`));
    for (const query of ['standing=overdue', 'standing=returned', 'standing=without_account', 'branch=keep', 'network=vk', 'assigned=nobody', 'called=recently'])
        assert.ok((await list(`&${query}`)).items.length < all.length + 1, query);
    for (const query of ['standing=none', 'assigned=1', 'called=yes', 'within=x']) assert.equal((await by.curator.get(`/calls?${query}`)).status, 422, query);
    by.neighbour = await veha.signIn('neighbour', password);
    assertProblem(await by.neighbour.get(`/calls?within=${head}`), 404, 'not_found');
    for (const reader of ['specialist', 'observer']) assertProblem(await by[reader].get('/calls'), 403, 'forbidden');
});

test('a reminder goes to each once a day, and who was left out is told with the reason', async () => {
    const lonely = (await list()).items.find(({ contact }) => contact.people.length === 0).id;
    const ask = (reader = by.curator) => reader.post('/calls/remind', { tenants: [schools[0], schools[1], lonely, 987654321], words: 'Срок близко' });
    assert.deepEqual(await outcomes(await ask()), { [schools[0]]: 'done', [schools[1]]: 'done', [lonely]: 'nobody_there', 987654321: 'not_found' });
    const told = (await by.specialist.get('/inbox')).json.items.filter(({ kind }) => kind === 'reminder');
    assert.deepEqual([told.length, told[0].reason], [2, 'Срок близко']);
    assert.match(told[0].path, /^\/tenants\/\d+\/steps\/\w+$/);
    assert.deepEqual(await outcomes(await ask()), { [schools[0]]: 'reminded_today', [schools[1]]: 'reminded_today', [lonely]: 'nobody_there', 987654321: 'not_found' });
    await at(5, 9);
    assert.equal((await outcomes(await ask(by.coordinator)))[schools[0]], 'done', 'another day');
    assertProblem(await by.specialist.post('/calls/remind', { tenants: [schools[0]] }), 403, 'forbidden');
});

test('the same key reminds once', async () => {
    const headers = { 'idempotency-key': 'remind-once' };
    const [first, again] = [await by.curator.post('/calls/remind', { tenants: [schools[2]] }, { headers }), await by.curator.post('/calls/remind', { tenants: [schools[2]] }, { headers })];
    assert.deepEqual([first.json, (await outcomes(first))[schools[2]]], [again.json, 'done']);
});

test('of what is not theirs many are told as little as one', async () => {
    by.neighbour = await veha.signIn('neighbour', password);
    const strange = await by.neighbour.post('/calls/remind', { tenants: [schools[0]] });
    const missing = await by.neighbour.post('/calls/remind', { tenants: [987654321] });
    const plain = (answer) => ({ ...tellings(answer), headers: undefined, body: answer.text.replaceAll(/"(id|at)": ("[^"]*"|\d+)/g, '"$1": 0') });
    assert.deepEqual(plain(strange), plain(missing));
    assert.deepEqual(await outcomes(strange), { [schools[0]]: 'not_found' });
    assert.equal((await outcomes(await by.coordinator.post('/calls/assign', { tenants: [foreign] }), by.coordinator))[foreign], 'not_found');
    assert.equal((await by.neighbour.get(`/tenants/${schools[0]}/calls`)).status, 404);
    const { id } = (await by.curator.post('/calls/remind', { tenants: [schools[0]] })).json;
    assertProblem(await by.coordinator.get(`/bulks/${id}`), 404, 'not_found');
});

test('an organisation is assigned, and leaves whoever loses the role', async () => {
    const coordinator = Number(sql("select id from person where login = 'coordinator'"));
    const give = (tenants, person, reader = by.curator) => reader.post('/calls/assign', { tenants, ...(person ? { person } : {}) });
    assert.deepEqual(await outcomes(await give([schools[0], schools[1], foreign], coordinator)), { [schools[0]]: 'done', [schools[1]]: 'done', [foreign]: 'not_assignable' });
    assert.equal((await outcomes(await give([schools[0]], coordinator)))[schools[0]], 'assigned_already');
    assert.deepEqual((await list('&assigned=me', by.coordinator)).items.map(({ id }) => id).sort(), [schools[0], schools[1]].sort());
    assert.equal((await find(schools[0])).assigned.name, 'Координатор просвещения');
    assertProblem(await give([schools[0]], 987654321), 422, 'assignee_unknown');
    assertProblem(await give([schools[0]], neighbour, by.coordinator), 422, 'assignee_unknown');
    assert.equal((await outcomes(await give([schools[1]])))[schools[1]], 'done', 'nobody any more');
    assert.deepEqual((await list('&assigned=me', by.coordinator)).items.map(({ id }) => id), [schools[0]]);
    sql(`update membership set ended_at = now() where person = ${neighbour}`);
    sql(`insert into membership (person, tenant, place, last, role) select ${neighbour}, id, place, last, 'coordinator' from tenant where id = ${head}`);
    assert.equal((await outcomes(await give([schools[3]], neighbour)))[schools[3]], 'done');
    const { json: person } = await by.curator.get(`/people/${neighbour}`);
    assert.equal((await by.curator.post(`/people/${neighbour}/hand-over`, { to: 'coordinator', reason: 'уходит', version: person.version })).status, 200);
    assert.deepEqual((await list('&assigned=me', by.coordinator)).items.map(({ id }) => id).sort(), [schools[0], schools[3]].sort(), 'the successor sees to it');
    sql(`update membership set ended_at = now() where person = ${coordinator} and ended_at is null`);
    assert.equal((await find(schools[0])).assigned, null);
    sql(`insert into membership (person, tenant, place, last, role) select ${coordinator}, id, place, last, 'coordinator' from tenant where id = ${head}`);
    by.coordinator = await veha.signIn('coordinator');
});

test('one step of many goes back with one reason, where there is something to send back', async () => {
    const key = 'train';
    for (const id of schools.slice(0, 2)) assert.equal((await by.specialist.post(`/tenants/${id}/steps/${key}/claim`, { note: 'Учились' })).status, 200);
    const ask = { tenants: [schools[0], schools[1], schools[2], 987654321], step: key, reason: 'Приложите свидетельство' };
    assertProblem(await by.coordinator.post('/calls/return', ask), 403, 'forbidden');
    assert.deepEqual(await outcomes(await by.curator.post('/calls/return', ask)), { [schools[0]]: 'done', [schools[1]]: 'done', [schools[2]]: 'nothing_claimed', 987654321: 'not_found' });
    assert.equal((await outcomes(await by.curator.post('/calls/return', ask)))[schools[0]], 'returned_already');
    assert.equal((await by.specialist.get(`/tenants/${schools[0]}/steps/${key}`)).json.decision.reason, 'Приложите свидетельство');
});

test('what makes no sense is refused', async () => {
    const many = Array.from({ length: 201 }, (_, number) => number + 1);
    assertProblem(await by.curator.post('/calls/remind', { tenants: many }), 422, 'too_many_chosen');
    assertProblem(await by.curator.post('/calls/remind', {}), 422, 'invalid_fields', ['tenants']);
    assertProblem(await by.curator.post('/calls/return', { tenants: [1], step: 'train' }), 422, 'invalid_fields', ['reason']);
    assertProblem(await by.curator.post(`/tenants/${schools[0]}/calls`, { outcome: 'shouted' }), 422, 'invalid_fields', ['outcome']);
    assert.equal((await by.curator.get(`/calls/chosen?${many.map((id) => `tenants=${id}`).join('&')}`)).status, 422);
    const chosen = (await by.coordinator.get(`/calls/chosen?tenants=${schools[0]}&tenants=${foreign}&tenants=987654321`)).json;
    assert.deepEqual([chosen.items.map(({ id }) => id), chosen.missing], [[schools[0]], 2]);
});

test('who chose nothing is told so where they choose, and nothing was done', async () => {
    const bulks = () => Number(sql('select count(*) from bulk'));
    const before = bulks();
    for (const tenants of [undefined, []]) {
        for (const [deed, more] of [['remind', {}], ['assign', {}], ['return', { step: 'train', reason: 'Нет' }]])
            assertProblem(await by.curator.post(`/calls/${deed}`, { tenants, ...more }), 422, 'invalid_fields', ['tenants']);
        assertProblem(await by.specialist.post('/steps/open/train', { tenants, note: 'Приказ' }), 422, 'invalid_fields', ['tenants']);
    }
    assert.equal(bulks(), before);
    assertProblem(await by.curator.get('/calls/chosen?chosen=true&list=limit%3D50'), 422, 'invalid_fields', ['tenants']);
    for (const [reader, from, to] of [['curator', '/calls?assigned=nobody', '/calls/chosen?chosen=true&list=assigned%3Dnobody'], ['specialist', `/steps/open/train?from=${schools[0]}`, `/steps/open/train?chosen=true&from=${schools[0]}`]]) {
        const browser = await openBrowser(veha, reader);
        const { status, text } = await browser.page(to, { headers: { referer: `${veha.url}${from}` } });
        assert.equal(status, 422, to);
        const again = await browser.page(to, { headers: { referer: `${veha.url}${to}` } });
        assert.equal(again.status, 422, 'and once more from the address that then stands in the browser');
        for (const page of [text, again.text]) assert.match(page, /id="tenants"/);
        assert.match(again.text, /href="\/calls\?assigned=nobody"|name="tenants"/, 'which leads back to the list');
        assert.match(text, /<li><a href="#tenants">Организация: Ничего не отмечено\. Отметьте хотя бы одну строку\.<\/a>/);
        if (reader === 'curator') assert.match(text, /<option value="nobody" selected>/, 'the filters stand as they stood');
    }
    assert.equal((await (await openBrowser(veha, 'curator')).page('/calls/chosen?chosen=true')).status, 422, 'nor is it taken for something without a page to go back to');
});

test('a specialist ticks one step in several organisations, all or none', async () => {
    const shown = async () => (await by.specialist.get('/steps/open/train')).json;
    const key = (await by.specialist.get(`/tenants/${schools[0]}`)).json.steps;
    const branch = (await by.specialist.get(`/tenants/${schools[0]}/steps/${key[0].key}`)).json.branch;
    const twins = (await by.specialist.get(`/steps/${branch}/train`)).json.items.filter(({ open }) => open);
    assert.ok(twins.length >= 2, JSON.stringify(await shown()));
    const others = (await by.specialist.get(`/tenants/${twins[0].tenant.id}/steps/train`)).json.others;
    assert.equal(others, twins.length - 1);
    const post = (tenants, reader = by.specialist) => reader.post(`/steps/${branch}/train`, { tenants, note: 'Один приказ', link: 'https://kot.lukomorye.example/prikaz' });
    const claimed = () => Number(sql(`select count(*) from claim where note = 'Один приказ' and upper_inf(valid)`));
    const [id, version] = twins[1].value.split('.');
    assertProblem(await post([twins[0].value, `${id}.${Number(version) + 1}`]), 412, 'stale');
    assertProblem(await post([twins[0].value, String(foreign)]), 404, 'not_found');
    assertProblem(await post([twins[0].value, '987654321']), 404, 'not_found');
    assertProblem(await post([twins[0].value, 'x']), 422, 'invalid_fields', ['tenants']);
    assert.equal(claimed(), 0, 'none');
    const done = await post(twins.map(({ value }) => value));
    assert.deepEqual(await outcomes(done), Object.fromEntries(twins.map(({ tenant }) => [tenant.id, 'done'])));
    assert.equal(claimed(), twins.length);
    assertProblem(await post([twins[0].tenant.id.toString()]), 409, 'step_claimed');
    assertProblem(await post([twins[0].value], by.observer), 403, 'forbidden');
    assert.equal((await by.specialist.get(`/bulks/${done.json.id}`)).json.done, twins.length);
});

test('a filter is kept under a name, for its owner alone', async () => {
    const keep = (name, query = 'standing=overdue&assigned=me', path = '/calls', reader = by.curator) => reader.post('/filters', { name, path, query });
    assert.equal((await keep('Мои просроченные')).status, 200);
    const { items } = (await keep('Мои просроченные', 'standing=returned')).json;
    assert.deepEqual(items.map(({ name, path, query }) => [name, path, query]), [['Мои просроченные', '/calls', 'standing=returned']]);
    assert.equal((await by.curator.get('/')).json.saved.items[0].name, 'Мои просроченные');
    assert.equal((await list()).saved.count, 1);
    assert.equal((await by.coordinator.get('/filters')).json.count, 0);
    assertProblem(await by.coordinator.post(`/filters/${items[0].id}/remove`, {}), 404, 'not_found');
    for (const path of ['//evil.example', 'https://evil.example', '/calls?x=1', '/../etc']) assertProblem(await keep('Чужое', 'a=b', path), 422, 'invalid_fields', ['path']);
    for (const query of ['a=<b>', 'a=b#c', 'a="']) assertProblem(await keep('Чужое', query), 422, 'invalid_fields', ['query']);
    assert.equal((await by.curator.post(`/filters/${items[0].id}/remove`, {})).json.count, 0);
    for (let number = 0; number < 50; number++) sql(`insert into saved_filter (person, name, path, query) select id, 'f${number}', '/calls', '' from person where login = 'curator'`);
    assertProblem(await keep('Ещё один'), 409, 'filters_full');
    assert.equal((await keep('f7')).status, 200, 'one of them can still be changed');
    sql('delete from saved_filter');
});

test('as a browser: a note leads back to the list as it was filtered, and nothing typed is lost', async () => {
    const browser = await openBrowser(veha, 'curator');
    const page = `/calls?within=${head}&standing=overdue`;
    const words = wordsOf(await browser.open(`/calls?within=${head}`));
    assert.match(words, /Почему здесь:/);
    assert.match(words, /специалиста нет: напоминать некому/);
    const { items } = (await by.curator.get(`/calls?within=${head}`)).json;
    const target = `/calls?within=${head}`;
    const failed = await browser.fill(target, `/tenants/${items[0].id}/calls`, { outcome: 'promised', note: 'Обещали, но когда — не сказали' });
    assert.equal(failed.status, 422);
    assert.match(wordsOf(failed.text), /Укажите день, до которого обещали/);
    assert.match(failed.text, />Обещали, но когда — не сказали<\/textarea>/);
    const noted = await browser.fill(target, `/tenants/${items[0].id}/calls`, { outcome: 'reached', note: 'Поговорили' });
    assert.equal(noted.status, 303, noted.text);
    assert.equal(noted.headers.location, `/calls?limit=50&within=${head}&noted=${items[0].id}`);
    assert.match(wordsOf(await browser.open(noted.headers.location)), /Звонок записан:/);
    await browser.open(page);
    await browser.open(`/tenants/${items[0].id}/calls`);
    await browser.open('/filters');
});

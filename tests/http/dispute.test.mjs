/* Disputes, second looks and the queue of curators, as people do them; by whom they may not be done is also in isolation.test.mjs. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { assertProblem, openBrowser, tellings, wordsOf } from './ask.mjs';
import { people, startVeha, stopCluster } from './harness.mjs';

const agency = '1229800100375';
const centre = '1229800105182';
const by = {};
const browser = {};
let veha;
let fresh = 0;

before(async () => {
    veha = await startVeha();
    sql('update region set sample_passed = 0, sample_failed = 0');
    for (const login of Object.keys(people)) by[login] = await veha.signIn(login);
    for (const [login, name, role, ogrn] of [['master', 'Мастер', 'specialist', centre], ['onlooker', 'Наблюдатель', 'observer', agency], ['neighbour', 'Сосед', 'curator', '1229800105556']]) {
        const added = veha.command('user', 'add', '--login', login, '--name', name, '--role', role, '--tenant-ogrn', ogrn);
        const password = /^Password: (.+)$/m.exec(added)[1];
        by[login] = await veha.signIn(login, password);
        browser[login] = await openBrowser(veha, login, password);
    }
    browser.curator = await openBrowser(veha, 'curator');
});

after(async () => {
    await veha?.stop();
    await stopCluster();
});

const sql = (statement) => veha.sql(`set search_path = veha, public; ${statement}`);
const stepPath = (id, key = 'create_vk') => `/tenants/${id}/steps/${key}`;
const stepOf = async (id, key, reader = by.curator) => (await reader.get(stepPath(id, key))).json;

/* An organisation below the centre with an account that is not there, ticked, and looked at twice. */
async function contradicted() {
    const parent = (await by.curator.get(`/tenants?search=${centre}`)).json.items[0].id;
    const made = await by.curator.post('/tenants', { parent, kind: 'organisation', name: `Кружок № ${++fresh}` });
    assert.equal(made.status, 201, made.text);
    const { id } = made.json;
    assert.equal((await by.curator.post(`/tenants/${id}/accounts`, { address: `https://vk.com/lukomor98_circle${id}` })).status, 201);
    assert.equal((await by.master.post(`${stepPath(id)}/claim`, { note: 'Создали' })).status, 200);
    fail(id, 3);
    fail(id, 1);
    assert.equal((await stepOf(id)).status, 'contradicted');
    return id;
}

/* A look that is told as the verifier tells it, some hours from now. */
const reasons = { passed: 'as_required', failed: 'account_missing', unknown: 'account_throttled' };

function look(id, state, result, hours) {
    sql(`begin; select enter(null, null, null, null, now() - interval '${-hours} hours');
         insert into job (tenant, place, account, on_demand) select tenant, place, id, true from account where tenant = ${id} and upper_inf(valid);
         select job_record((select jsonb_agg(jsonb_build_object('id', id, 'fence', fence, 'seen', '{"state": "${state}", "network_version": 1, "rules_version": 1,
                            "verdicts": [{"check": "EXIST", "result": "${result}", "reason": "${reasons[result]}"}]}'::jsonb)) from job where tenant = ${id} and finished_at is null)); commit`);
}
const fail = (id, ago) => look(id, 'missing', 'failed', 4 - ago);
const kinds = (step) => step.events.map(({ kind }) => kind).filter((kind) => kind !== 'step_changed').reverse();
const countOf = async (kind, reader = by.curator) => (await reader.get('/queue')).json.counts.find((one) => one.kind === kind).count;

test('what is disputed still says what was seen, and that it is disputed', async () => {
    const id = await contradicted();
    const step = await stepOf(id, 'create_vk', by.master);
    assert.deepEqual([step.can.dispute, step.can.undispute, step.can.settle, step.disputed], [true, false, false, false]);
    const answer = await browser.master.fill(stepPath(id), '/dispute', { reason: 'Страница открыта, вот снимок', link: 'https://disk.example/shot.png' });
    assert.equal(answer.status, 303, answer.text);
    const now = await stepOf(id, 'create_vk', by.master);
    assert.deepEqual([now.status, now.basis, now.disputed, now.dispute.open, now.dispute.who, now.dispute.link], ['contradicted', 'account', true, true, 'Мастер', 'https://disk.example/shot.png']);
    assert.deepEqual([now.can.dispute, now.can.undispute, now.can.settle], [false, true, false]);
    const words = wordsOf(await browser.master.open(stepPath(id)));
    assert.match(words, /Не подтверждается/);
    assert.match(words, /оспорено/);
    assert.match(words, /Страница открыта, вот снимок/);
    assertProblem(await by.master.post(`${stepPath(id)}/dispute`, { reason: 'ещё раз' }), 409, 'step_disputed');
    assert.match(wordsOf(await browser.master.open('/')), /оспорено/, 'the specialist sees it among the tasks, too');
});

test('a dispute wants a reason and something to contest, and says so where it was typed', async () => {
    const id = await contradicted();
    assertProblem(await by.master.post(`${stepPath(id)}/dispute`, {}), 422, 'invalid_fields', ['reason']);
    assertProblem(await by.master.post(`${stepPath(id)}/dispute`, { reason: ' \n', link: 'не ссылка' }), 422, 'invalid_fields', ['reason', 'link']);
    assertProblem(await by.master.post(`${stepPath(id, 'appoint')}/dispute`, { reason: 'так' }), 409, 'nothing_to_dispute');
    assertProblem(await by.master.post(`${stepPath(id)}/dispute`, { reason: 'так', version: 1 }), 412, 'stale');
    const again = await browser.master.fill(stepPath(id), '/dispute', { reason: 'Всё на месте', link: 'ftp://там' });
    assert.equal(again.status, 422);
    assert.match(again.text, /<details class="box" open>\s*<summary>Возразить/, 'the form is shown open');
    assert.match(again.text, />Всё на месте<\/textarea>/, 'with what was typed');
    assert.equal((await stepOf(id)).disputed, false);
});

test('withdrawn, rejected, accepted: each leaves its story, and the last confirms by a person', async () => {
    const id = await contradicted();
    const dispute = () => by.master.post(`${stepPath(id)}/dispute`, { reason: 'Не согласны' });
    assert.equal((await dispute()).status, 200);
    const withdrawn = await by.master.post(`${stepPath(id)}/dispute/withdraw`, { reason: 'Нашли ошибку' });
    assert.deepEqual([withdrawn.json.disputed, withdrawn.json.dispute.ending, withdrawn.json.status], [false, 'withdrawn', 'contradicted']);
    assertProblem(await by.master.post(`${stepPath(id)}/dispute/withdraw`, {}), 409, 'step_not_disputed');
    assertProblem(await by.curator.post(`${stepPath(id)}/dispute/decision`, { outcome: 'accepted', reason: 'так' }), 409, 'step_not_disputed');

    assert.equal((await dispute()).status, 200);
    assertProblem(await by.curator.post(`${stepPath(id)}/dispute/decision`, { outcome: 'perhaps' }), 422, 'invalid_fields', ['outcome', 'reason']);
    const rejected = await by.curator.post(`${stepPath(id)}/dispute/decision`, { outcome: 'rejected', reason: 'Страницы нет' });
    assert.deepEqual([rejected.json.status, rejected.json.disputed, rejected.json.dispute.ending, rejected.json.dispute.answer, rejected.json.dispute.decider],
        ['contradicted', false, 'rejected', 'Страницы нет', people.curator.name]);
    assert.match(wordsOf(await browser.master.open(stepPath(id))), /Возражение отклонено .*Страницы нет/);
    assert.equal(sql(`select string_agg(kind || ' ' || (detail->>'reason'), ',') from outbox where tenant = ${id}`), 'dispute_rejected Страницы нет');

    assert.equal((await dispute()).status, 200);
    const accepted = await by.curator.post(`${stepPath(id)}/dispute/decision`, { outcome: 'accepted', reason: 'Видел сам', until: '2099-01-01' });
    assert.deepEqual([accepted.json.status, accepted.json.basis, accepted.json.seen, accepted.json.decision.reason], ['verified', 'person', 'failed', 'Видел сам']);
    assert.ok(accepted.json.decision.expires_at);
    assert.deepEqual(kinds(accepted.json).filter((kind) => /disput|confirmed/.test(kind)),
        ['step_disputed', 'dispute_withdrawn', 'step_disputed', 'dispute_rejected', 'step_disputed', 'step_confirmed', 'dispute_accepted']);
});

test('a look that passes settles a dispute by itself', async () => {
    const id = await contradicted();
    assert.equal((await by.master.post(`${stepPath(id)}/dispute`, { reason: 'Сеть ошиблась' })).status, 200);
    look(id, 'present', 'passed', 5);
    const step = await stepOf(id);
    assert.deepEqual([step.status, step.disputed, step.dispute.ending], ['verified', false, 'seen']);
    assert.equal(step.events.find(({ kind }) => kind === 'dispute_settled').who, null, 'nobody did it');
});

test('wrong roles and foreign tenants', async () => {
    const id = await contradicted();
    assert.equal((await by.onlooker.post(`${stepPath(id)}/dispute`, { reason: 'так' })).status, 403);
    assert.equal((await by.curator.post(`${stepPath(id)}/dispute`, { reason: 'так' })).status, 403, 'who decides does not contest');
    assert.equal((await by.master.post(`${stepPath(id)}/dispute`, { reason: 'так' })).status, 200);
    assert.equal((await by.master.post(`${stepPath(id)}/dispute/decision`, { outcome: 'accepted', reason: 'сам' })).status, 403);
    assert.equal((await by.onlooker.post(`${stepPath(id)}/dispute/withdraw`, {})).status, 403);
    const foreign = await by.neighbour.post(`${stepPath(id)}/dispute/decision`, { outcome: 'accepted', reason: 'так' });
    const missing = await by.neighbour.post(`${stepPath(987654321)}/dispute/decision`, { outcome: 'accepted', reason: 'так' });
    assert.equal(foreign.status, 404);
    assert.deepEqual(tellings(foreign), tellings(missing));
    assert.equal((await by.master.get('/queue')).status, 403);
    assert.equal((await by.onlooker.get('/queue')).status, 403);
    assert.deepEqual((await by.neighbour.get('/queue')).json.counts.map(({ count }) => count), [0, 0, 0, 0, 0, 0], 'a neighbour’s queue holds nothing of it');
    assert.equal((await by.master.get('/reliability')).status, 403);
    assert.equal((await by.onlooker.get('/reliability')).status, 200);
});

test('the queue: newest contradictions first, page by page, each decision leading to the next', async () => {
    const first = await contradicted();
    const second = await contradicted();
    const third = await contradicted();
    const { json } = await by.curator.get('/queue?queue=contradiction');
    assert.deepEqual(json.items.slice(0, 3).map(({ tenant }) => tenant.id), [third, second, first]);
    const [newest] = json.items;
    assert.deepEqual([newest.first, newest.step.key, newest.claim.note, newest.sights.length, newest.sights[0].reason, newest.sights[0].network],
        [true, 'create_vk', 'Создали', 1, 'account_missing', 'vk']);
    const paged = [];
    for (let target = '/queue?queue=contradiction&limit=2'; target;) {
        const page = (await by.curator.get(target)).json;
        paged.push(...page.items.map(({ tenant, step }) => `${tenant.id} ${step.key}`));
        target = page.next && `/queue?queue=contradiction&limit=2&cursor=${page.next}`;
    }
    assert.deepEqual(paged, json.items.map(({ tenant, step }) => `${tenant.id} ${step.key}`), 'pages hold each once, in order');

    const before = await countOf('contradiction');
    const page = '/queue?queue=contradiction&network=vk';
    const words = wordsOf(await browser.curator.open(page));
    assert.match(words, new RegExp(`Кружок № ${fresh}`));
    assert.match(words, /страница не найдена/);
    assert.match(words, /Проверьте адрес страницы в Вехе/, 'with what to do about it');
    const answer = await browser.curator.fill(page, '/decision', { word: 'returned', reason: 'Создайте страницу', until: '' });
    assert.equal(answer.status, 303, answer.text);
    assert.match(answer.headers.location, /^\/queue\?queue=contradiction&network=vk&cursor=/);
    const next = (await by.curator.get(answer.headers.location)).json;
    assert.equal(next.items[0].tenant.id, second, 'the next one');
    assert.equal(await countOf('contradiction'), before - 1);

    const wrong = await browser.curator.fill(page, '/decision', { word: 'returned', reason: '' });
    assert.equal(wrong.status, 422);
    assert.match(wrong.text, /<h1>Очередь<\/h1>/, 'a mistake is shown in the queue');
    assert.deepEqual((await by.curator.get('/queue?network=site&queue=contradiction')).json.items, []);

    for (const [who, verb, body] of [['master', 'claim', { note: 'Назначили' }], ['curator', 'decision', { word: 'returned', reason: 'Приложите приказ' }], ['master', 'claim', { note: 'Вот приказ' }]])
        assert.equal((await by[who].post(`${stepPath(third, 'appoint')}/${verb}`, body)).status, 200);
    const answered = (await by.curator.get('/queue?queue=answered')).json.items.find(({ tenant }) => tenant.id === third);
    assert.deepEqual([answered.step.key, answered.returned.reason, answered.claim.note], ['appoint', 'Приложите приказ', 'Вот приказ']);
    assert.match(wordsOf(await browser.curator.open('/queue?queue=answered')), /Возвращено.* Приложите приказ/);
});

test('a dispute is decided in the queue', async () => {
    const id = await contradicted();
    assert.equal((await by.master.post(`${stepPath(id)}/dispute`, { reason: 'Вот она' })).status, 200);
    const { json } = await by.curator.get('/queue?queue=dispute');
    const place = json.items.findIndex(({ tenant }) => tenant.id === id);
    assert.ok(place >= 0);
    assert.equal((await by.curator.get('/queue?queue=contradiction')).json.items.some(({ tenant }) => tenant.id === id), false, 'it waits once');
    const page = `/queue?queue=dispute${json.items[place].before ? `&cursor=${json.items[place].before}` : ''}`;
    const answer = await browser.curator.fill(page, '/dispute/decision', { outcome: 'accepted', reason: 'Видел', until: '' });
    assert.equal(answer.status, 303, answer.text);
    assert.match(answer.headers.location, /^\/queue\?queue=dispute&cursor=/);
    assert.deepEqual([(await stepOf(id)).status, (await stepOf(id)).basis], ['verified', 'person']);
    assert.equal((await browser.curator.page(answer.headers.location)).status, 200, 'the queue may be at its end there');
});

test('what nobody could see for a week waits for a curator', async () => {
    const id = await contradicted();
    sql(`begin; select enter(null, null, null, null, null); update account set valid = tstzrange(lower(valid), now()) where tenant = ${id}; commit`);
    await by.master.post(`${stepPath(id, 'name')}/claim`, { note: 'Назвали' });
    assert.equal((await by.curator.get('/queue?queue=unknown&limit=100')).json.items.some(({ tenant, step }) => tenant.id === id && step.key === 'name'), false, 'not on the first day');
    sql(`update step_state set changed_at = changed_at - interval '8 days' where tenant = ${id} and step = 'name'`);
    const items = (await by.curator.get('/queue?queue=unknown&limit=100')).json.items;
    assert.ok(items.some(({ tenant, step }) => tenant.id === id && step.key === 'name'));
});

test('a sample is answered once, with what was shown then', async () => {
    sql('update region set sample_failed = 100');
    const id = await contradicted();
    sql('update region set sample_failed = 0');
    look(id, 'present', 'passed', 5);
    const mine = (await by.curator.get('/queue?queue=sample')).json.items.filter(({ tenant }) => tenant.id === id);
    assert.equal(mine.length, 2);
    const [{ sample, before }, other] = mine;
    assert.deepEqual([sample.check, sample.result, sample.reason, sample.state, sample.network], ['EXIST', 'failed', 'account_missing', 'missing', 'vk'], 'not what the page says now');
    assert.equal((await by.onlooker.post(`/tenants/${id}/samples/${sample.id}`, { answer: 'agreed' })).status, 403);
    assert.equal((await by.master.post(`/tenants/${id}/samples/${sample.id}`, { answer: 'agreed' })).status, 403);
    assert.equal((await by.neighbour.post(`/tenants/${id}/samples/${sample.id}`, { answer: 'agreed' })).status, 404);
    assertProblem(await by.curator.post(`/tenants/${id}/samples/${sample.id}`, { answer: 'maybe' }), 422, 'invalid_fields', ['answer']);
    assertProblem(await by.curator.post(`/tenants/${id}/samples/${sample.id}`, { answer: 'disagreed' }), 422, 'note_wanted');
    const page = `/queue?queue=sample${before ? `&cursor=${before}` : ''}`;
    assert.match(wordsOf(await browser.curator.open(page)), /Что показала проверка/);
    const answer = await browser.curator.fill(page, `/samples/${sample.id}`, { answer: 'disagreed', note: 'Страница была' });
    assert.equal(answer.status, 303, answer.text);
    assert.match(answer.headers.location, /^\/queue\?queue=sample&cursor=/);
    assertProblem(await by.curator.post(`/tenants/${id}/samples/${sample.id}`, { answer: 'agreed' }), 409, 'sample_answered');
    assert.equal((await by.curator.post(`/tenants/${id}/samples/${other.sample.id}`, { answer: 'unclear' })).status, 200);
    const measured = (await by.onlooker.get('/reliability')).json.items.find(({ network, check }) => network === 'vk' && check === 'EXIST');
    assert.deepEqual([measured.sampled, measured.unclear, measured.failed.n, measured.failed.errors, measured.failed.few, measured.failed.share], [2, 1, 1, 1, true, null]);
    assert.ok(measured.accepted >= 1 && measured.rejected >= 1, 'disputes are counted of the check and network they were about');
    const words = wordsOf(await browser.onlooker.open('/reliability'));
    assert.match(words, /мало данных: 1 из 1/);
    const history = wordsOf(await browser.master.open(`/tenants/${id}/history`));
    assert.match(history, /Выборочная проверка куратором .*проверка ошиблась/);
});

test('a step tells what was seen, why it fails, and what to do, in plain words', async () => {
    const id = await contradicted();
    const words = wordsOf(await browser.master.open(stepPath(id)));
    assert.match(words, /страница не найдена/);
    assert.match(words, /Проверьте адрес страницы в Вехе/);
    assert.match(words, /Две проверки с перерывом не меньше часа/);
    assert.match(words, /Прошлые проверки/);
    const { checks } = await stepOf(id);
    assert.deepEqual(checks[0].sights[0].past.map(({ result }) => result), ['failed', 'failed']);
    look(id, 'throttled', 'unknown', 6);
    assert.match(wordsOf(await browser.master.open(stepPath(id))), /Это не вина организации/);
});

/* What an organisation and its curators write to each other about a step: seen by whoever sees the step, told to the other side, taken back while it is new. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { assertProblem, openBrowser, tellings, wordsOf } from './ask.mjs';
import { people, startVeha, stopCluster } from './harness.mjs';

let veha;
let school;
let step;
let onlooker;
const by = {};
const browser = {};

before(async () => {
    veha = await startVeha();
    for (const login of Object.keys(people)) by[login] = await veha.signIn(login);
    for (const login of ['specialist', 'curator']) browser[login] = await openBrowser(veha, login);
    const added = veha.command('user', 'add', '--login', 'onlooker', '--name', 'Наблюдатель', '--role', 'observer', '--tenant-ogrn', '1229800100375');
    const password = /^Password: (.+)$/m.exec(added)[1];
    by.onlooker = await veha.signIn('onlooker', password);
    onlooker = await openBrowser(veha, 'onlooker', password);
    school = Number(veha.sql("select id from veha.tenant where ogrn = '1229800102223'"));
    step = `/tenants/${school}/steps/appoint`;
});

after(async () => {
    await veha?.stop();
    await stopCluster();
});

const write = (login, comment, options) => by[login].post(`${step}/comments`, { comment }, options);
const thread = async (login) => (await by[login].get(step)).json.comments;
const told = async (login) => (await by[login].get('/inbox')).json.items.filter(({ kind }) => kind.startsWith('comment_'));

test('a question is told to curators and coordinators above, an answer to the specialists, and to nobody else', async () => {
    const asked = await write('specialist', 'Где взять\nбланк?');
    assert.equal(asked.status, 200, asked.text);
    for (const login of ['curator', 'coordinator']) {
        const [notice] = await told(login);
        assert.deepEqual([notice.kind, notice.reason, notice.path, notice.read_at], ['comment_asked', 'Где взять\nбланк?', `${step}#comments`, null], login);
    }
    const answered = await write('coordinator', 'На сайте министерства');
    assert.equal(answered.status, 200, answered.text);
    assert.deepEqual((await told('specialist')).map(({ kind, reason }) => [kind, reason]), [['comment_answered', 'На сайте министерства']]);
    assert.equal((await told('coordinator')).length, 1, 'who writes is not told');
    assert.equal((await told('curator')).length, 1, 'nor is the own side');
    for (const login of ['admin', 'observer', 'onlooker']) assert.deepEqual(await told(login), [], login);
});

test('the thread names who wrote, when, and for which side; it changes neither status nor version', async () => {
    const read = (await by.specialist.get(step)).json;
    assert.deepEqual(read.comments.map(({ who, own, mine, words }) => [who, own, mine, words]), [
        [people.specialist.name, true, true, 'Где взять\nбланк?'], [people.coordinator.name, false, false, 'На сайте министерства'],
    ]);
    const { version, status } = read;
    await write('curator', 'И у меня');
    const now = (await by.specialist.get(step)).json;
    assert.deepEqual([now.version, now.status], [version, status]);
    assert.ok(now.events.some(({ kind, reason }) => kind === 'step_commented' && reason === null), 'an event says that something was written, not what');
    const words = wordsOf(await browser.specialist.open(step));
    assert.match(words, /Вопросы и ответы .*Специалист пяти школ · от организации .*Координатор просвещения · со стороны кураторов/);
});

test('an observer reads, and has no form; nor may one write', async () => {
    const page = await onlooker.open(step);
    assert.match(wordsOf(page), /На сайте министерства/);
    assert.doesNotMatch(page, /\/comments"/);
    assertProblem(await write('onlooker', 'Я тоже'), 403, 'forbidden');
});

test('another organisation’s thread answers exactly as one that is nowhere', async () => {
    const foreign = Number(veha.sql("select id from veha.tenant where ogrn = '1229800105556'"));
    const asked = await Promise.all([foreign, 987654321].map((id) => by.specialist.post(`/tenants/${id}/steps/appoint/comments`, { comment: 'чужое' })));
    assert.equal(asked[0].status, 404);
    assert.deepEqual(tellings(asked[0]), tellings(asked[1]));
});

test('a comment wants words, which the page says beside its field, and loses nothing', async () => {
    for (const comment of ['', ' \n ', 'я'.repeat(2001)]) assertProblem(await write('specialist', comment), 422, 'invalid_fields', ['comment']);
    const answer = await browser.specialist.fill(step, '/comments', { comment: 'я'.repeat(2001) });
    assert.equal(answer.status, 422);
    assert.match(answer.text, /id="comment-error">[А-Я]/);
    assert.ok(answer.text.includes(`${'я'.repeat(2001)}</textarea>`));
});

test('from a version that is no more nothing is written; the form names none, for a comment answers no version', async () => {
    assertProblem(await write('specialist', 'старое', { headers: { 'if-match': '"987654.0123456789abcdef-j"' } }), 412, 'stale');
    const form = await browser.specialist.formOf(step, '/comments');
    assert.equal(form.fields.version, undefined);
    await by.curator.post(`${step}/decision`, { word: 'returned', reason: 'Нет приказа' });
    const sent = await browser.specialist.submit(form.action, { ...form.fields, comment: 'Какого приказа?' }, { headers: { origin: veha.url } });
    assert.deepEqual([sent.status, sent.headers.location], [303, `${step}#comments`], sent.text);
});

test('an own comment is taken back while it is new: its words are gone, and who has not read of it is told no more', async () => {
    await write('specialist', 'Ой, не туда');
    const { id, can } = (await thread('specialist')).at(-1);
    assert.equal(can.take, true);
    assert.equal((await thread('curator')).at(-1).can.take, false, 'nobody else’s');
    assertProblem(await by.curator.post(`${step}/comments/${id}/withdraw`, {}), 404, 'not_found');
    const unread = async () => (await by.curator.get('/inbox')).json.unread;
    const before = await unread();
    const taken = await browser.specialist.fill(step, `/comments/${id}/withdraw`, {});
    assert.deepEqual([taken.status, taken.headers.location], [303, `${step}#comments`], taken.text);
    const last = (await thread('curator')).at(-1);
    assert.deepEqual([last.id, last.words, Boolean(last.taken_at)], [id, null, true]);
    assert.equal(await unread(), before - 1);
    assert.equal((await told('curator'))[0].reason, null);
    assert.match(wordsOf(await browser.curator.open(step)), /Автор отозвал это сообщение/);
    assert.equal(veha.sql("select count(*) from veha.event where reason like '%не туда%' or detail::text like '%не туда%'"), '0');
    assertProblem(await by.specialist.post(`${step}/comments/${id}/withdraw`, {}), 404, 'not_found');
});

test('after ten minutes it stands', async () => {
    await write('specialist', 'Поздно');
    const { id } = (await thread('specialist')).at(-1);
    veha.sql(`update veha.comment set at = at - interval '10 minutes' where id = ${id}`);
    assert.equal((await thread('specialist')).at(-1).can.take, false);
    assertProblem(await by.specialist.post(`${step}/comments/${id}/withdraw`, {}), 409, 'comment_stands');
    assert.equal((await thread('specialist')).at(-1).words, 'Поздно');
});

/* Letters: told once, in one's language, over TLS, whatever the mail server does; and nobody's words make a header of their own. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { readLetter, startSmtp } from '../standin/smtp.mjs';
import { openBrowser, wordsOf } from './ask.mjs';
import { eventually, startVeha, stopCluster } from './harness.mjs';

/* One of the sample specialist's schools. */
const school = '1229800102223';
const secret = { user: 'veha', password: 'of the mail server' };
let veha, sink, tenant, curator;
const notifiers = [];

const one = (statement) => veha.sql(`set search_path = veha, public; ${statement}`);
const tell = (kind, more = '{}') => one(`insert into outbox (kind, person, detail) select '${kind}', id, '${more}' from person where login = 'specialist'`);
const invite = (address, more = {}) => one(`insert into outbox (kind, detail) values ('invitation', $j$${JSON.stringify({ address, name: 'Анна Пробная', link: 'https://veha.example/i/secret', expires: '2030-01-01T10:00:00Z', ...more })}$j$)`);
const letterOf = (address) => one(`select concat_ws('|', coalesce(outcome, 'open'), attempts, reason) from letter where address = '${address}' order by id desc limit 1`);
/* What waits for another try goes at once. */
const hurry = () => one('update letter set due_at = at where ended_at is null and worker is not null and due_at > veha.now() + interval $$30 s$$');
const cameTo = (address) => sink.letters.filter(({ to }) => to.includes(address));

function start(name = 'notify', settings = {}) {
    const notifier = veha.launch('notify', { VEHA_MAIL_DIRECTORY: '', VEHA_MAIL_URL: `smtp://localhost:${sink.port}`, VEHA_MAIL_USER: secret.user, VEHA_MAIL_PASSWORD: secret.password, VEHA_MAIL_CA_FILE: path.join(veha.folder, 'ca.pem'), ...settings });
    notifiers.push(notifier);
    return notifier;
}

before(async () => {
    veha = await startVeha();
    sink = await startSmtp({ certificate: path.join(veha.folder, 'localhost.pem'), key: path.join(veha.folder, 'localhost.key'), starttls: true, ...secret });
    tenant = Number(one(`select id from tenant where ogrn = '${school}'`));
    curator = await veha.signIn('curator');
    one("delete from letter; update notice set wanted = false");
    start();
});

after(async () => {
    const ends = await Promise.all(notifiers.map((notifier) => notifier.end()));
    await sink?.stop();
    await veha?.stop();
    await stopCluster();
    assert.deepEqual(ends.filter(Boolean), []);
});

test('a step that was returned is told to the specialist, in Russian, over TLS, with the reason and a link', async () => {
    const answer = await curator.post(`/tenants/${tenant}/steps/appoint/decision`, { word: 'returned', reason: 'Нет приказа\nи подписи' });
    assert.equal(answer.status, 200, answer.text);
    const [letter] = await eventually(() => cameTo('specialist@lukomorye.example').length && cameTo('specialist@lukomorye.example'), 'a letter');
    assert.deepEqual([letter.secure, letter.user, letter.from, letter.to], [true, 'veha', 'veha@lukomorye.example', ['specialist@lukomorye.example']]);
    const { fields, names, text } = readLetter(letter.data);
    assert.deepEqual(names, ['Date', 'From', 'To', 'Subject', 'Message-ID', 'Auto-Submitted', 'MIME-Version', 'Content-Language', 'Content-Type', 'Content-Transfer-Encoding']);
    assert.match(fields.subject, /^Шаг «.+» вернули на доработку: .*школа/i);
    assert.equal(fields.from, 'Веха <veha@lukomorye.example>');
    assert.equal(fields.to, 'Специалист пяти школ <specialist@lukomorye.example>');
    assert.ok(Math.abs(Date.parse(fields.date) - Date.now()) < 60000, fields.date);
    assert.equal(fields['auto-submitted'], 'auto-generated');
    assert.match(text, /^Здравствуйте, Специалист пяти школ!\n/);
    assert.match(text, /Причина: Нет приказа\nи подписи\n/);
    assert.ok(text.includes(`${veha.url}/tenants/${tenant}/steps/appoint\n`), text);
    assert.equal(cameTo('curator@lukomorye.example').length, 0, 'nobody else is told');
    await eventually(() => letterOf('specialist@lukomorye.example') === 'sent|1', 'the letter to be known as sent');
});

test('whoever has no address gets no letter, and is told here', async () => {
    one("update person set email = null where login = 'specialist'");
    tell('password_changed');
    await eventually(() => one("select count(*) from notice n join outbox o on o.id = n.outbox where o.kind = 'password_changed' and not n.wanted") === '1', 'the notice');
    one("update person set email = 'specialist@lukomorye.example' where login = 'specialist'");
    assert.equal(one("select count(*) from letter l join notice n on n.letter = l.id join outbox o on o.id = n.outbox where o.kind = 'password_changed'"), '0');
});

test('an invitation goes to whom nobody knows yet, and its link stays nowhere', async () => {
    invite('anna@school.example');
    const [letter] = await eventually(() => cameTo('anna@school.example').length && cameTo('anna@school.example'), 'the invitation');
    const { fields, text } = readLetter(letter.data);
    assert.equal(fields.subject, 'Приглашение в систему «Веха»');
    assert.ok(text.includes('https://veha.example/i/secret\n'));
    assert.match(text, /до 1\s+января\s+2030/);
    await eventually(() => one("select string_agg(detail::text, '') from outbox where kind = 'invitation'").includes('secret') === false, 'the link to be gone');
});

test('no value makes a header field of its own', async () => {
    invite('evil@school.example', { name: 'Анна\r\nBcc: all@school.example\r\n\r\nПодпись', locale: 'en\r\nX-Evil: 1' });
    const [letter] = await eventually(() => cameTo('evil@school.example').length && cameTo('evil@school.example'), 'the letter');
    const { names } = readLetter(letter.data);
    assert.deepEqual(names.filter((name) => /bcc|evil/i.test(name)), []);
    assert.deepEqual(letter.to, ['evil@school.example']);
    for (const address of ['a@b.example>\r\nRCPT TO:<c@d.example', 'a b@c.example', '"a"@b.example', 'nobody']) {
        const before = sink.letters.length;
        one(`insert into outbox (kind, detail) values ('invitation', jsonb_build_object('address', E'${address.replace(/\r\n/g, '\\r\\n')}', 'link', 'x'))`);
        await eventually(() => one('select outcome from letter order by id desc limit 1') === 'refused', address);
        assert.equal(sink.letters.length, before, address);
    }
});

test('a Cyrillic domain is written as mail servers read it', async () => {
    invite('anna@школа.рф');
    await eventually(() => cameTo('anna@xn--80atdl2c.xn--p1ai').length === 1, 'the letter');
});

test('a no for good ends at once, with its reason, before the eyes of those who run it', async () => {
    sink.setAnswers([{ at: 'RCPT', like: /gone@/, say: '550 5.1.1 <gone@school.example> no such user' }, { at: 'END', like: /big@/, say: '552 5.3.4 too big' }]);
    invite('gone@school.example');
    invite('big@school.example');
    await eventually(() => letterOf('gone@school.example') === 'refused|1|550 5.1.1 <gone@school.example> no such user', `the refusal, not ${letterOf('gone@school.example')}`);
    await eventually(() => letterOf('big@school.example') === 'refused|1|552 5.3.4 too big', `the refusal, not ${letterOf('big@school.example')}`);
    sink.setAnswers([]);
    const admin = await openBrowser(veha, 'admin');
    const words = wordsOf(await admin.open('/verification'));
    assert.match(words, /Письма, которые не дошли за сутки: \d+/);
    assert.match(words, /Ответ почтового сервера: 55[02] /);
});

test('a no for now is tried again under the same Message-ID, later and later, and given up in the end', async () => {
    sink.setAnswers([{ at: 'RCPT', like: /grey@/, say: '451 4.7.1 come again', times: 2 }, { at: 'RCPT', like: /never@/, say: '421 4.3.2 closed' }]);
    invite('grey@school.example');
    invite('never@school.example');
    await eventually(() => letterOf('grey@school.example') === 'open|1|451 4.7.1 come again', `the first try, not ${letterOf('grey@school.example')}`);
    assert.equal(one("select due_at > veha.now() + interval '30 s' and due_at <= veha.now() + interval '1 minute' from letter where address = 'grey@school.example'"), 't');
    await eventually(() => hurry() === '' && letterOf('grey@school.example') === 'sent|3', 'the third try', 60);
    assert.equal(cameTo('grey@school.example').length, 1);
    await eventually(() => hurry() === '' && letterOf('never@school.example').startsWith('given_up|10|421 4.3.2'), 'ten tries', 60);
    sink.setAnswers([]);
});

test('a server that falls silent after the letter gets it again, and can know it by its Message-ID', async () => {
    sink.setAnswers([{ at: 'END', like: /drop@/, drop: true, times: 1 }]);
    invite('drop@school.example');
    await eventually(() => hurry() === '' && letterOf('drop@school.example').startsWith('sent|2'), 'the second try', 60);
    const ids = cameTo('drop@school.example').map(({ data }) => readLetter(data).fields['message-id']);
    assert.equal(ids.length, 2);
    assert.equal(ids[0], ids[1]);
    assert.match(ids[0], /^<[0-9a-f-]{36}@lukomorye\.example>$/);
});

test('a notifier that is killed in the middle of a letter loses none', async () => {
    await Promise.all(notifiers.splice(0).map((notifier) => notifier.end()));
    const doomed = veha.launch('notify', { VEHA_MAIL_DIRECTORY: '', VEHA_MAIL_URL: `smtp://localhost:${sink.port}`, VEHA_MAIL_USER: secret.user, VEHA_MAIL_PASSWORD: secret.password, VEHA_MAIL_CA_FILE: path.join(veha.folder, 'ca.pem'), VEHA_MAIL_LEASE_SECONDS: '2' });
    sink.setAnswers([{ at: 'END', like: /killed0@/, hold: true, times: 1 }]);
    for (let i = 0; i < 5; i++) invite(`killed${i}@school.example`);
    await eventually(() => cameTo('killed0@school.example').length === 1, 'the letter to be under way');
    doomed.child.kill('SIGKILL');
    start('notify', { VEHA_MAIL_LEASE_SECONDS: '2' });
    start('notify', { VEHA_MAIL_LEASE_SECONDS: '2' });
    await eventually(() => one("select count(*) from letter where address like 'killed%' and outcome = 'sent'") === '5', 'all of them');
    assert.equal(cameTo('killed0@school.example').length, 2, 'at least once');
    for (let i = 1; i < 5; i++) assert.equal(cameTo(`killed${i}@school.example`).length, 1, 'and by two at work once');
    sink.setAnswers([]);
});

test('several matters come in one letter, and the next not before the pause is over', async () => {
    await Promise.all(notifiers.splice(0).map((notifier) => notifier.end()));
    const before = cameTo('specialist@lukomorye.example').length;
    for (let i = 0; i < 3; i++) tell('dispute_accepted', JSON.stringify({ reason: `Причина ${i}` }));
    one("update letter set at = at - interval '1 hour'");
    start('notify', { VEHA_MAIL_PAUSE_MINUTES: '15' });
    await eventually(() => cameTo('specialist@lukomorye.example').length === before + 1, 'one letter');
    const { fields, text } = readLetter(cameTo('specialist@lukomorye.example').at(-1).data);
    assert.equal(fields.subject, '3 сообщения от системы «Веха»');
    for (let i = 0; i < 3; i++) assert.ok(text.includes(`Причина ${i}`));
    tell('dispute_accepted', '{"reason": "Ещё одна"}');
    invite('meanwhile@school.example');
    await eventually(() => cameTo('meanwhile@school.example').length === 1, 'somebody else’s letter');
    assert.equal(cameTo('specialist@lukomorye.example').length, before + 1);
    one("update letter set at = at - interval '16 minutes'");
    await eventually(() => cameTo('specialist@lukomorye.example').length === before + 2, 'the next letter');
});

test('without TLS nothing is sent, unless that is allowed', async () => {
    const bare = await startSmtp();
    await Promise.all(notifiers.splice(0).map((notifier) => notifier.end()));
    start('notify', { VEHA_MAIL_URL: `smtp://localhost:${bare.port}`, VEHA_MAIL_USER: '' });
    invite('bare@school.example');
    await eventually(() => /^open\|1\|/.test(letterOf('bare@school.example')), 'the first try');
    assert.equal(bare.letters.length, 0);
    await Promise.all(notifiers.splice(0).map((notifier) => notifier.end()));
    start('notify', { VEHA_MAIL_URL: `smtp://localhost:${bare.port}`, VEHA_MAIL_USER: '', VEHA_MAIL_REQUIRE_TLS: '0' });
    await eventually(() => hurry() === '' && bare.letters.length === 1, 'the letter');
    await bare.stop();
});

test('a wrong password of ours costs nobody a letter', async () => {
    await Promise.all(notifiers.splice(0).map((notifier) => notifier.end()));
    start('notify', { VEHA_MAIL_PASSWORD: 'wrong' });
    invite('later@school.example');
    await eventually(() => /^open\|1\|535/.test(letterOf('later@school.example')), `a try, not ${letterOf('later@school.example')}`);
    await Promise.all(notifiers.splice(0).map((notifier) => notifier.end()));
    start();
    await eventually(() => hurry() === '' && letterOf('later@school.example').startsWith('sent|'), 'the letter', 60);
});

test('where there is no server, letters are files', async () => {
    await Promise.all(notifiers.splice(0).map((notifier) => notifier.end()));
    start('notify', { VEHA_MAIL_DIRECTORY: veha.mail, VEHA_MAIL_URL: '' });
    invite('file@school.example');
    const [name] = await eventually(() => fs.readdirSync(veha.mail).filter((file) => file.endsWith('.eml')).length && fs.readdirSync(veha.mail), 'a file');
    assert.match(fs.readFileSync(path.join(veha.mail, name), 'utf8'), /^Date: .*\r\n[^]*To: [^]*<file@school\.example>\r\n/);
});

test('veha notify reaches no table', () => {
    assert.equal(one("select count(*) from information_schema.role_table_grants where grantee = 'veha_notify'"), '0');
});

/* Одноклассники and MAX end to end: probed by the command, looked at by the verifier, and no secret of ours in anything that is kept. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';

import { keys, signature } from '../standin/ok.mjs';
import { program, root } from '../support/build.mjs';
import { templatesWithoutLimits } from '../support/networks.mjs';
import { eventually, startVeha, stopCluster } from './harness.mjs';

const folder = path.join(root, 'var', `test-networks-${process.pid}`);
const token = 'max-token-of-the-bot';
const secrets = [...Object.values(keys), token];
const name = 'Государственное бюджетное учреждение культуры «Музей златой цепи»';
const description = 'Официальная страница музея. Рассказываем о деятельности музея, его целях и задачах, о выставках и экскурсиях, отвечаем на вопросы. '.repeat(2);
const group = { uid: '54000000000981', shortname: 'gold.chain', name: 'Музей златой цепи', description, homepage_url: 'https://museum.lukomorye.example', phone: '+7 900 000-00-00',
    address: 'ул. Учёного Кота, 1', city: 'Златоцепинск', members_count: 321, messages_allowed: true, gos_org: true, photo_id: '1', cover: { pic_base: 'x' }, posts: ['-1h', '-1d', '-2d', '-3d'] };
const channel = { name: 'gold_chain', id: '9007199254740993', title: 'Музей златой цепи', description, participants_count: 77, posts: ['-1h', '-1d', '-2d'] };
const whole = (more = {}) => ({ ok: { groups: [group], ...more.ok }, max: { token, channels: [channel], ...more.max }, telegram: [], vk: {}, sites: [] });
let veha;

before(async () => {
    const templates = { directory: templatesWithoutLimits(path.join(folder, 'templates')) };
    veha = await startVeha({ verify: true, scenario: whole(), config: { templates, ok: keys, max: { token } } });
});

beforeEach(() => veha.standin.setScenario(whole()));

after(async () => {
    await veha?.stop();
    await stopCluster();
    fs.rmSync(folder, { recursive: true, force: true });
});

/* Asynchronous, for the stand-in lives in this process. */
function probe(address, environment = {}) {
    const child = spawn(program, ['probe', '--json', '--name', name, address, '--config', veha.configFile], { cwd: root, env: { ...veha.env, ...environment } });
    let printed = '';
    child.stdout.on('data', (piece) => (printed += piece));
    child.stderr.on('data', (piece) => (printed += piece));
    return new Promise((resolve) => child.once('close', (status) => {
        for (const secret of secrets) assert.equal(printed.includes(secret), false, `${secret} was printed`);
        const json = JSON.parse(printed);
        resolve({ status, ...json, of: (check) => { const verdict = json.verdicts.find((one) => one.check === check); return `${verdict.result} ${verdict.reason}`; } });
    }));
}

test('the stand-in signs as the network does, and refuses what is signed otherwise', async () => {
    const request = new URLSearchParams('application_key=ABCDEFGHIGKLMNOPK&format=json&method=events.get&sig=x&access_token=y');
    assert.equal(signature(request, 'ae5362b5b588cc7294c2414d71b74d5d'), '03a41413523ea8092507949d6e711963');
    const refused = await probe('https://ok.ru/group/54000000000981', { VEHA_OK_SESSION_SECRET: 'another-session-secret' });
    assert.equal(refused.reading.source, 'page', 'the page is asked instead');
    assert.deepEqual([refused.state, refused.of('EXIST'), refused.of('FRESH')], ['present', 'passed as_required', 'unknown needs_token']);
});

test('a group by its number and by its name', async () => {
    for (const address of ['https://ok.ru/group/54000000000981', 'ok.ru/Gold.Chain']) {
        veha.standin.forgetRequests();
        const { status, state, reading, of } = await probe(address);
        assert.deepEqual([status, state, reading.source, reading.facts.id.value], [0, 'present', 'api', '54000000000981'], address);
        for (const check of ['EXIST', 'NAME', 'DESC', 'GOS', 'LOOK', 'FRESH', 'FREQ', 'COMM', 'MSG']) assert.equal(of(check), 'passed as_required', check);
        const asked = veha.standin.requests().filter(({ host }) => host === 'api.ok.ru');
        assert.ok(asked.length >= 2 && asked.every(({ method }) => method === 'POST'), 'signed forms only');
    }
});

test('a secret made of the token and the key of the application signs as well', async () => {
    const application = 'application-secret';
    const { createHash } = await import('node:crypto');
    const made = createHash('md5').update(keys.access_token + application).digest('hex');
    veha.standin.setScenario(whole({ ok: { keys: { session_secret: made } } }));
    const { status, reading } = await probe('https://ok.ru/group/54000000000981', { VEHA_OK_SESSION_SECRET: '', VEHA_OK_APPLICATION_SECRET: application });
    assert.deepEqual([status, reading.source], [0, 'api']);
});

test('what is gone, closed or blocked ends with 3; what cannot be told, with 4', async () => {
    const cases = [
        [{ groups: [] }, 3, 'missing'],
        [{ groups: [{ ...group, private: true }] }, 3, 'closed'],
        [{ groups: [{ ...group, blocked: true }] }, 3, 'blocked'],
        [{ limit: 1e-9 }, 4, 'throttled'],
        [{ error: { code: 2, text: 'SERVICE' } }, 4, 'unreachable'],
        [{ error: { code: 7777, text: 'NEWS' } }, 4, 'unfamiliar'],
        [{ groups: [{ ...group, state: 'login' }], error: { code: 102, text: 'PARAM_SESSION_EXPIRED' } }, 4, 'challenged'],
    ];
    for (const [ok, status, state] of cases) {
        veha.standin.setScenario(whole({ ok }));
        const seen = await probe('https://ok.ru/group/54000000000981');
        assert.deepEqual([seen.status, seen.state], [status, state], JSON.stringify(ok));
    }
    veha.standin.setScenario(whole({ ok: { people: ['ivan.ivanov'] } }));
    const person = await probe('https://ok.ru/ivan.ivanov');
    assert.deepEqual([person.status, person.state], [3, 'not_community']);
});

test('a channel of MAX whose number lies beyond 2^53', async () => {
    veha.standin.forgetRequests();
    const { status, state, reading, of } = await probe('https://max.ru/gold_chain');
    assert.deepEqual([status, state, reading.facts.id.value, reading.facts.members.value], [0, 'present', '-9007199254740993', 77]);
    for (const check of ['EXIST', 'NAME', 'DESC', 'LOOK', 'FRESH', 'FREQ']) assert.equal(of(check), 'passed as_required', check);
    assert.equal(of('GOS'), 'unknown network_cannot_tell');
    assert.deepEqual(veha.standin.requests().filter(({ host }) => host.includes('max.ru')).map(({ path: asked }) => asked), ['/gold_chain', '/chats/-9007199254740993', '/messages']);
});

test('a channel of MAX that the bot may not see, and no bot at all: unknown, nobody is blamed', async () => {
    const cases = [
        [{ channels: [{ ...channel, added: false }] }, {}, 'unfamiliar', 'unknown account_unfamiliar'],
        [{}, { VEHA_MAX_TOKEN: '' }, 'unfamiliar', 'unknown needs_token'],
        [{}, { VEHA_MAX_TOKEN: 'of another bot' }, 'unfamiliar', 'unknown needs_token'],
        [{ limit: 1e-9 }, {}, 'throttled', 'unknown account_throttled'],
        [{ channels: [] }, {}, 'unfamiliar', 'unknown account_unfamiliar'],
    ];
    for (const [max, environment, state, exist] of cases) {
        veha.standin.setScenario(whole({ max }));
        const seen = await probe('https://max.ru/gold_chain', environment);
        assert.deepEqual([seen.status, seen.state, seen.of('EXIST')], [4, state, exist], JSON.stringify([max, environment]));
    }
    veha.standin.setScenario(whole({ max: { channels: [{ ...channel, readable: false }] } }));
    const unread = await probe('https://max.ru/gold_chain');
    assert.deepEqual([unread.status, unread.of('EXIST'), unread.of('FRESH')], [0, 'passed as_required', 'unknown bot_not_member']);
});

test('the configuration is told wrong where keys are missing, and a network file by its line', () => {
    const check = (environment) => {
        const { status, stderr } = spawnSync(program, ['check-config', '--config', veha.configFile], { cwd: root, env: { ...veha.env, ...environment }, encoding: 'utf8' });
        return [status, stderr];
    };
    assert.deepEqual(check({}), [0, '']);
    const [status, stderr] = check({ VEHA_OK_SESSION_SECRET: '' });
    assert.equal(status, 1);
    assert.match(stderr, /^\[ok\] application_key, access_token and one of session_secret and application_secret go together$/m);
    const broken = path.join(folder, 'broken');
    fs.cpSync(path.join(root, 'templates'), broken, { recursive: true });
    const file = path.join(broken, 'networks/ok.json');
    const text = fs.readFileSync(file, 'utf8').replace('"pointers": ["/uid"]', '"pointers": ["uid"]');
    fs.writeFileSync(file, text);
    const line = text.split('\n').findIndex((one) => one.includes('["uid"]')) + 1;
    const [failed, told] = check({ VEHA_TEMPLATES_DIRECTORY: broken });
    assert.equal(failed, 1);
    assert.ok(told.includes(`ok.json:${line}: must be a JSON pointer`), told);
});

test('an unknown time zone and a broken calendar are told, and nobody looks at anything by them', () => {
    const run = (environment, ...words) => {
        const { status, stderr } = spawnSync(program, [words[0], '--config', veha.configFile, ...words.slice(1)], { cwd: root, env: { ...veha.env, ...environment }, encoding: 'utf8', timeout: 20000 });
        return [status, stderr];
    };
    const nowhere = { VEHA_REGION_TIMEZONE: 'Europe/Moskva' };
    assert.deepEqual(run(nowhere, 'check-config'), [1, '[region] timezone names no time zone\n']);
    for (const words of [['verify'], ['verify', '--replay'], ['probe', 'https://vk.com/vesna']]) {
        const [status, told] = run(nowhere, ...words);
        assert.notEqual(status, 0, words.join(' '));
        assert.match(told, /^there is no time zone Europe\/Moskva$/m, words.join(' '));
    }
    const broken = path.join(folder, 'broken-calendar');
    fs.cpSync(path.join(root, 'templates'), broken, { recursive: true });
    const file = path.join(broken, 'calendars/russia.json');
    const text = fs.readFileSync(file, 'utf8');
    const mistakes = [['{broken', /russia\.json:1: /], [text.replace(/"from": "[^"]*"/, '"from": "soon"'), /russia\.json:\d+: from and to must be dates in their order/]];
    for (const [wrong, message] of mistakes) {
        fs.writeFileSync(file, wrong);
        const [status, told] = run({ VEHA_TEMPLATES_DIRECTORY: broken }, 'check-config');
        assert.equal(status, 1);
        assert.match(told, message);
    }
});

test('what the verifier keeps of its looks holds no secret, and people see the facts', async () => {
    const sql = (statement) => veha.sql(`set search_path = veha, public; ${statement}`);
    const tenant = Number(sql("select tenant from account where network = 'ok' and address = 'group/54000000000981' and upper_inf(valid)"));
    const curator = await veha.signIn('curator');
    assert.equal((await curator.post(`/tenants/${tenant}/accounts`, { address: 'https://max.ru/gold_chain' })).status, 201);
    await curator.post(`/tenants/${tenant}/looks`, {});
    const seen = await eventually(async () => {
        const { items } = (await curator.get(`/tenants/${tenant}/looks`)).json;
        const found = ['ok', 'max'].map((network) => items.find((look) => look.account.network === network && look.state === 'present'));
        return found.every(Boolean) && found;
    }, 'both to be looked at', 60);
    assert.deepEqual(seen.map(({ reading }) => reading.source), ['api', 'api']);
    const kept = sql('select string_agg(l::text, chr(10)) from look l') + veha.log('verify');
    for (const secret of secrets) assert.equal(kept.includes(secret), false, secret);
    assert.ok(kept.includes('https://api.ok.ru/fb.do') && kept.includes('/chats/-9007199254740993'), 'the exchanges are kept');
});

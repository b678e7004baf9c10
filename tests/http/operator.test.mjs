/* The commands of the machine's operator: the signing key, and the first people. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { program, root } from '../support/build.mjs';
import { startVeha, stopCluster } from './harness.mjs';

let veha;

before(async () => {
    veha = await startVeha({ template: 'migrated', config: { log: { level: 'warning' } } });
    veha.command('migrate');
});

after(async () => {
    await veha?.stop();
    await stopCluster();
});

function run(args, input) {
    const { status, stdout, stderr } = spawnSync(program, [...args, '--config', veha.configFile], { env: veha.env, input, encoding: 'utf8' });
    return { status, stdout, stderr };
}

const add = (fields, input) => run(['user', 'add', ...Object.entries(fields).flatMap(([name, value]) => [`--${name}`, value]), ...(input ? ['--password-stdin'] : [])], input);

test('the first key is private, and there is no second one by mistake', () => {
    const keys = path.join(veha.folder, 'keys');
    const files = fs.readdirSync(keys);
    assert.equal(files.length, 2);
    assert.equal(files[1], 'secret.key');
    for (const file of files) assert.equal(fs.statSync(path.join(keys, file)).mode & 0o777, 0o600);
    assert.equal(fs.statSync(keys).mode & 0o777, 0o700);
    const again = run(['token', 'create-key']);
    assert.equal(again.status, 1);
    assert.match(again.stderr, /^veha token: .* holds a signing key already; veha token rotate-key makes the next\n$/);
    assert.deepEqual(fs.readdirSync(keys), files);
});

test('a person added with a password of their own signs in with it', async () => {
    const answer = add({ login: ' Vera@Example.org ', name: 'Вера  Пробная', role: 'region_admin' }, 'Лиловый трактор жуёт 7 подков\n');
    assert.equal(answer.status, 0, answer.stderr);
    assert.doesNotMatch(answer.stdout, /Password|трактор/);
    const { session } = await veha.signIn('vera@example.org', 'Лиловый трактор жуёт 7 подков');
    assert.equal(session.person.name, 'Вера Пробная');
    assert.deepEqual(session.person.roles, ['region_admin']);
});

test('a role may hold at several tenants', async () => {
    const region = veha.sql("select id from veha.tenant where kind = 'region'");
    const numbers = ['1026901606610', '1026901949051'];
    for (const number of numbers) veha.sql(`select veha.tenant_add(${region}, 'organisation', 'Школа ${number}', null, null, '${number}')`);
    const answer = add({ login: 'ten', name: 'Десять школ', role: 'specialist' });
    assert.equal(answer.status, 0);
    const both = run(['user', 'add', '--login', 'two', '--name', 'Две школы', '--role', 'specialist', ...numbers.flatMap((number) => ['--tenant-ogrn', number])]);
    assert.equal(both.status, 0, both.stderr);
    const { session } = await veha.signIn('two', /^Password: (.+)$/m.exec(both.stdout)[1]);
    assert.equal(session.person.scope.length, 2);
    assert.match(run(['user', 'list']).stdout, /^two\tДве школы\tspecialist: Школа 1026901606610; specialist: Школа 1026901949051$/m);
});

test('what cannot be is refused in one sentence, and nobody is added', () => {
    const good = { login: 'new', name: 'Новая', role: 'curator' };
    const refused = [
        [{ ...good, login: 'two' }, null, /somebody has that login/],
        [{ ...good, login: 'TWO' }, null, /somebody has that login/],
        [{ ...good, login: 'two words' }, null, /a login is one word/],
        [{ ...good, login: '' }, null, /a login is one word/],
        [{ ...good, name: ' ' }, null, /a name has 1 to 200/],
        [{ ...good, name: 'и'.repeat(201) }, null, /a name has 1 to 200/],
        [{ ...good, role: 'king' }, null, /there is no such role/],
        [{ ...good, locale: 'de' }, null, /the locale is ru or en/],
        [{ ...good, tenant: '999999' }, null, /there is no tenant/],
        [{ ...good, 'tenant-ogrn': '1' }, null, /there is no tenant/],
        [good, 'short', /shorter than 12/],
        [good, `${'Xk29-fjw'.repeat(17)}\n`, /longer than 128/],
        [good, 'Пароль123456\n', /tried first/],
        [good, '\n', /shorter than 12/],
    ];
    const people = run(['user', 'list']).stdout;
    for (const [fields, input, sentence] of refused) {
        const answer = add(fields, input);
        assert.equal(answer.status, 1, JSON.stringify(fields));
        assert.match(answer.stderr, /^veha user: [^\n]+\n$/);
        assert.match(answer.stderr, sentence);
    }
    for (const args of [[], ['add'], ['add', '--login'], ['add', '--login', 'a', '--name', 'b'], ['add', '--tenant', 'x', '--login', 'a', '--name', 'b', '--role', 'curator'], ['remove'], ['list', 'all']]) {
        const answer = run(['user', ...args]);
        assert.equal(answer.status, 64);
        assert.match(answer.stderr, /^usage: veha user/);
    }
    assert.equal(run(['user', 'list']).stdout, people);
});

test('a person whose authenticator was made ready beforehand is asked for its code, and the operator can take it away', async () => {
    const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', password = 'Лиловый трактор жуёт 8 подков';
    const answer = run(['user', 'add', '--login', 'ready', '--name', 'Готовая', '--role', 'observer', '--password-stdin', '--factor-stdin'], `${password}\n${secret}\n`);
    assert.equal(answer.status, 0, answer.stderr);
    veha.factors.set('ready', secret);
    assert.equal((await veha.client().post('/session', { login: 'ready', password })).status, 202);
    await veha.signIn('ready', password);
    const stored = veha.sql("select sealed from veha.factor f join veha.person p on p.id = f.person where p.login = 'ready'");
    assert.doesNotMatch(stored, new RegExp(secret));

    assert.match(run(['user', 'reset-factor', 'nobody']).stderr, /nobody has that login/);
    const reset = run(['user', 'reset-factor', 'ready']);
    assert.equal(reset.status, 0, reset.stderr);
    assert.equal((await veha.client().post('/session', { login: 'ready', password })).status, 201);
    for (const bad of ['short', '', 'no base32 at all, this is']) {
        const refused = run(['user', 'add', '--login', 'bad', '--name', 'Нет', '--role', 'observer', '--password-stdin', '--factor-stdin'], `${password}\n${bad}`);
        assert.equal(refused.status, 1);
        assert.match(refused.stderr, /no secret in base32/);
    }
    assert.doesNotMatch(run(['user', 'list']).stdout, /^bad\t/m);
});

test('loading the sample region goes on where an earlier load was interrupted', () => {
    const load = () => spawnSync(path.join(root, 'deploy/sample/load'), [program, veha.configFile], { env: veha.env, encoding: 'utf8' });
    const curator = JSON.parse(fs.readFileSync(path.join(root, 'deploy/sample/people.json'), 'utf8')).find(({ login }) => login === 'curator');
    assert.equal(add({ login: 'curator', name: curator.name, role: curator.role }, curator.password).status, 0);
    const first = load();
    assert.equal(first.status, 0, first.stderr);
    const people = run(['user', 'list']).stdout;
    assert.match(people, /^observer\t/m);
    const again = load();
    assert.equal(again.status, 0, again.stderr);
    assert.equal(run(['user', 'list']).stdout, people);
});

/*
 * Who may do what where: the whole resource table, asked by everybody about everything.
 *
 * Five people, one of each role, work at one agency, and a program is let in for it. Each asks every resource about a tenant of that agency, its neighbour, what is above it, what is below the neighbour, and one that does
 * not exist: as a program and as a browser. What is outside answers exactly as what does not exist. A resource that is missing from the table of resources.mjs fails.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';

import { program } from '../support/build.mjs';
import { assertProblem, openBrowser, tellings } from './ask.mjs';
import { setUpFactor, startVeha, stopCluster } from './harness.mjs';
import { agency, layGround, table, why } from './resources.mjs';
import { issue, openService } from './service.mjs';

const roles = {
    region_admin: ['audit.read', 'factor.reset', 'verification.read', 'tenant.read', 'tenant.change', 'tenant.move', 'account.change', 'look.request', 'step.claim', 'step.dispute', 'step.decide', 'overview.read', 'body.read', 'roadmap.try', 'person.manage', 'call.keep', 'step.comment', 'deadline.change'],
    curator: ['audit.read', 'factor.reset', 'verification.read', 'tenant.read', 'tenant.change', 'tenant.move', 'account.change', 'look.request', 'step.claim', 'step.decide', 'overview.read', 'body.read', 'person.manage', 'call.keep', 'step.comment'],
    coordinator: ['factor.reset', 'tenant.read', 'account.change', 'look.request', 'step.claim', 'step.dispute', 'overview.read', 'person.manage', 'call.keep', 'step.comment'],
    specialist: ['tenant.read', 'account.change', 'look.request', 'step.claim', 'step.dispute', 'step.comment'],
    observer: ['tenant.read', 'overview.read'],
};
/* All that a program may have. */
const ofService = ['job.take', 'job.record', 'tenant.read', 'overview.read', 'verification.read', 'body.read'];
const callers = { ...roles, service: ofService };
const guarded = Object.entries(table).filter(([, { capability }]) => capability !== 'anyone');
/* What has a form or a page: programs alone are answered by the rest. */
const shown = guarded.filter(([, { data }]) => !data);
const changes = shown.filter(([, { body }]) => body);
const ofTenant = ([, { path }]) => path.includes('{id}');

let veha;
let admin;
let ground;
let place;
const foreignWords = ['здравоохранения', 'больница', 'Правительство', 'lukomor98_hospital', '1229800105556'];
const asker = {};
const reader = {};

before(async () => {
    veha = await startVeha();
    admin = await veha.signIn('admin');
    for (const role of Object.keys(roles)) {
        const added = veha.command('user', 'add', '--login', `only_${role}`, '--name', role, '--role', role, '--tenant-ogrn', agency);
        const password = /^Password: (.+)$/m.exec(added)[1];
        asker[role] = await veha.signIn(`only_${role}`, password);
        if (!veha.factors.has(`only_${role}`)) await setUpFactor(veha, asker[role], `only_${role}`);
        reader[role] = await openBrowser(veha, `only_${role}`, password);
        reader[role].csrf = (await reader[role].formOf('/', '/session/end')).fields.csrf;
    }
    asker.anonymous = veha.client();
    reader.anonymous = veha.client();
    ground = await layGround(veha, admin);
    place = ground.place;
    const secret = issue(veha, 'only-service', ofService, { tenant: place.agency });
    asker.service = await openService(veha, secret);
    reader.service = await openService(veha, secret);
    await ground.preparations.look(place.foreign);
    for (const id of [place.foreign, place.sibling]) assert.equal((await admin.post(`/tenants/${id}/steps/appoint/claim`, { note: 'чужое' })).status, 200);
});

after(async () => {
    await veha?.stop();
    await stopCluster();
});

function ask(who, resource, id, account) {
    const target = ground.targetOf(resource, id, account);
    return resource.body ? who.post(target, resource.body(place)) : who.get(target);
}

/* As a browser: with cookies, a form and the token of its session. */
function askByForm(who, resource, id, account) {
    const target = ground.targetOf(resource, id, account);
    return resource.body ? who.submit(target, { ...(resource.form ?? resource.body)(place), csrf: who.csrf ?? 'none' }, { headers: { origin: veha.url } }) : who.page(target);
}

test('the table names every resource, and the capability each asks for', async () => {
    const { paths } = (await veha.client().get('/openapi.json')).json;
    const told = Object.values(paths).flatMap((methods) => Object.values(methods)).map((operation) => [operation.operationId, operation['x-capability']]);
    assert.deepEqual(Object.fromEntries(told), Object.fromEntries(Object.entries(table).map(([name, { capability }]) => [name, capability])));
});

test('the roles have the capabilities that are told, and no others', async () => {
    const rows = veha.sql('select role || chr(61) || string_agg(capability, chr(32) order by capability) from veha.role_capability group by role order by role');
    const told = Object.entries(roles).map(([role, capabilities]) => `${role}=${[...capabilities].sort().join(' ')}`).sort();
    assert.deepEqual(rows.split('\n'), told);
});

test('nobody who has not signed in gets anything but what is for everybody', async () => {
    for (const [name, resource] of Object.entries(table)) {
        for (const id of [place.agency, place.missing]) {
            const answer = await ask(asker.anonymous, resource, id, place.account);
            assert.equal(answer.status, resource.anonymous ?? 401, name);
            if (!resource.anonymous) assert.equal(answer.headers['www-authenticate'], 'Bearer realm="veha"');
        }
    }
    for (const [name, resource] of shown.filter(([, { body }]) => !body)) {
        const answer = await askByForm(reader.anonymous, resource, place.agency, place.account);
        assert.equal(answer.status, 303, name);
        assert.match(answer.headers.location, /^\/session\?next=/);
    }
    for (const [name, resource] of changes) {
        const answer = await askByForm(reader.anonymous, resource, place.agency, place.account);
        assert.ok([303, 403].includes(answer.status), `${name}: ${answer.status}`);
        if (answer.status === 303) assert.match(answer.headers.location, /^\/session\?next=/);
    }
});

test('programs may have the capabilities that are told, and no others', () => {
    assert.deepEqual(veha.sql('select code from veha.capability where program').split('\n').sort(), [...ofService].sort());
});

for (const [role, capabilities] of Object.entries(callers)) {
    const may = ({ capability }) => (capability === 'signed_in' ? role !== 'service' : capabilities.includes(capability));
    /* Pages are for people: to a program they say so, whatever is asked. */
    const byForm = (status) => (role === 'service' ? 401 : status);

    test(`${role}: the own, as a program`, async () => {
        for (const [name, resource] of guarded) {
            const id = await ground.fresh(resource.needs);
            const answer = await ask(asker[role], resource, id, await ground.accountOf(id));
            assert.equal(answer.status, may(resource) ? (resource.own ?? 200) : 403, `${name}: ${answer.text}`);
            for (const words of foreignWords) assert.equal(answer.text.includes(words), false, `${name} tells of ${words}`);
        }
    });

    test(`${role}: the own, as a browser`, async () => {
        for (const [name, resource] of shown) {
            const id = await ground.fresh(resource.needs);
            const answer = await askByForm(reader[role], resource, id, await ground.accountOf(id));
            assert.equal(answer.status, byForm(may(resource) ? (resource.page ?? (resource.body ? 303 : 200)) : 403), `${name}: ${answer.text}`);
            for (const words of foreignWords) assert.equal(answer.text.includes(words), false, `${name} tells of ${words}`);
        }
    });

    test(`${role}: what is outside answers exactly as what is not there`, async () => {
        for (const [name, resource] of guarded.filter(ofTenant)) {
            for (const [how, who] of [[ask, asker[role]], [askByForm, reader[role]]]) {
                const missing = await how(who, resource, place.missing, place.account);
                const status = may(resource) ? 404 : 403;
                assert.equal(missing.status, how === ask ? status : byForm(status), `${name}: ${missing.text}`);
                for (const outside of ['sibling', 'ancestor', 'region', 'foreign'])
                    assert.deepEqual(tellings(await how(who, resource, place[outside], place.account)), tellings(missing), `${name} of ${outside}`);
            }
        }
    });

    test(`${role}: nor does naming it in another place tell of it`, async () => {
        const own = await ground.fresh('account');
        const asked = [
            ['POST', `/tenants/${own}/move`, (id) => ({ parent: id, ...why }), 422], ['POST', `/tenants/${own}/merge`, (id) => ({ into: id, ...why }), 422],
            ['POST', '/tenants', (id) => ({ parent: id, kind: 'organisation', name: 'Чужая' }), 422], ['GET', (id) => `/overview?within=${id}`, null, 404], ['GET', (id) => `/live?within=${id}`, null, 404], ['GET', (id) => `/live?tenant=${id}`, null, 404],
            ['GET', (id) => `/tenants?parent=${id}`, null, 200],
        ];
        const may = (path) => (path.startsWith('/overview') ? capabilities.includes('overview.read') : path.startsWith('/tenants?') || path.startsWith('/live') || capabilities.includes('tenant.move'));
        for (const [method, target, body, status] of asked) {
            const answers = {};
            for (const named of ['missing', 'sibling', 'ancestor', 'region', 'foreign']) {
                const path = typeof target === 'string' ? target : target(place[named]);
                const answer = await asker[role].request(method, path, body?.(place[named]));
                assert.equal(answer.status, may(path) ? status : 403, `${method} ${path}: ${answer.text}`);
                const { headers: { etag, 'content-length': length, ...headers }, body: text, ...rest } = tellings(answer);
                answers[named] = { ...rest, headers, body: text.replace(/("parent": )\d+/, '$1ID') };
                assert.deepEqual(answers[named], answers.missing, `${method} ${path}`);
            }
        }
        const accounts = [place.account, 987654321].map((account) => `/tenants/${own}/accounts/${account}/remove`);
        const [there, none] = await Promise.all(accounts.map((target) => asker[role].post(target, why)));
        assert.deepEqual(tellings(there), tellings(none));
        const looks = await Promise.all([place.account, 987654321].map((account) => asker[role].get(`/tenants/${own}/looks?account=${account}`)));
        assert.deepEqual(tellings(looks[0]), tellings(looks[1]));
    });

    test(`${role}: search and lists end at the border`, async () => {
        for (const words of ['больница', '12298001055', 'lukomor98_hospital', 'Правительство']) {
            const { status, json } = await asker[role].get(`/tenants?search=${encodeURIComponent(words)}`);
            assert.deepEqual([status, json.items], [200, []], words);
        }
        const { items } = (await asker[role].get('/tenants?limit=100')).json;
        const inside = veha.sql(`select count(*) from veha.tenant t, veha.tenant a where a.id = ${place.agency} and t.place between a.place and a.last and t.closed_at is null`);
        assert.equal(items.length, Math.min(100, Number(inside)));
    });
}

test('nothing that was asked outside was done', () => {
    const outside = `(${[place.foreign, place.sibling, place.ancestor, place.region].join(', ')})`;
    assert.equal(veha.sql(`select count(*) from veha.event e join veha.person p on p.id = e.person where e.tenant in ${outside} and p.login like 'only\\_%'`), '0');
    assert.equal(veha.sql(`select count(*) from veha.tenant where id in ${outside} and (closed_at is not null or name in ('Переименованная', 'Новая', 'Чужая'))`), '0');
});

test('every change: the same key does it once, and another use of the key is refused', async () => {
    /* What is refused leaves no answer to give again. */
    for (const [name, resource] of changes.filter(([, { own = 200 }]) => own < 400)) {
        const id = await ground.fresh(resource.needs);
        const target = await ground.pathOf(resource, id);
        const headers = { 'idempotency-key': `once-${name}` };
        const body = resource.body(place);
        const first = await admin.post(target, body, { headers });
        assert.equal(first.status, resource.own ?? 200, `${name}: ${first.text}`);
        const events = () => veha.sql(`select count(*) from veha.event where tenant = ${id}`);
        const before = events();
        const again = await admin.post(target, body, { headers });
        assert.equal(again.status, first.status, name);
        assert.equal(again.headers['idempotency-replayed'], 'true', name);
        assert.equal(again.text, first.text, name);
        assert.equal(events(), before, `${name} was done twice`);
        assertProblem(await admin.post(target, { ...body, version: 987654 }, { headers }), 409, 'idempotency_key_reused');
        assertProblem(await admin.post(`/tenants/${place.agency}/rename`, { name: 'Другая', ...why }, { headers }), 409, 'idempotency_key_reused');
    }
});

test('every change: what was read of another version changes nothing', async () => {
    for (const [name, resource] of changes) {
        const id = await ground.fresh(resource.needs);
        const target = await ground.pathOf(resource, id);
        const before = veha.sql(`select count(*) from veha.event where tenant = ${id}`);
        for (const tag of ['"987654.0123456789abcdef-j"', '"nonsense"', '"1.0123456789abcdef-j", "2.0123456789abcdef-j"', 'W/"1.0123456789abcdef-j"']) {
            const stale = await admin.post(target, resource.body(place), { headers: { 'if-match': tag } });
            assertProblem(stale, 412, 'stale');
        }
        assert.equal(veha.sql(`select count(*) from veha.event where tenant = ${id}`), before, name);
        const any = await admin.post(target, resource.body(place), { headers: { 'if-match': '*' } });
        assert.equal(any.status, resource.whole ?? resource.own ?? 200, `${name}: ${any.text}`);
    }
});

test('what was read of this version may be changed', async () => {
    for (const [name, read] of [['account_create', ''], ['look_request', '/looks'], ['sample_answer', ''], ['tenant_rename', ''], ['tenant_mend', '']]) {
        const id = await ground.fresh(table[name].needs);
        const { etag } = (await admin.get(`/tenants/${id}${read}`)).headers;
        const answer = await admin.post(await ground.pathOf(table[name], id), table[name].body(place), { headers: { 'if-match': etag } });
        assert.equal(answer.status, table[name].own ?? 200, `${name}: ${answer.text}`);
    }
});

test('a capability that the database does not know stops the start', () => {
    veha.sql("delete from veha.role_capability where capability = 'audit.read'; delete from veha.capability where code = 'audit.read'");
    const { status, stderr } = spawnSync(program, ['serve', '--config', veha.configFile], { env: veha.env, encoding: 'utf8', timeout: 20000 });
    assert.equal(status, 1, stderr);
    assert.match(stderr, /resource audit_list: the database knows no capability audit\.read/);
});

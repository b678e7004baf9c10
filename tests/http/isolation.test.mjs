/*
 * Who may do what where: the whole resource table, asked by everybody about everything.
 *
 * Five people, one of each role, work at one agency, and a program is let in for it. Each asks every resource about a tenant of that agency, its neighbour, what is above it, what is below the neighbour, and one that does
 * not exist: as a program and as a browser. What is outside answers exactly as what does not exist. A resource that is missing from the table fails.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { program, root } from '../support/build.mjs';
import { assertProblem, openBrowser, tellings } from './ask.mjs';
import { setUpFactor, startVeha, stopCluster } from './harness.mjs';
import { issue, openService } from './service.mjs';

const agency = '1229800100375';
const roles = {
    region_admin: ['audit.read', 'factor.reset', 'verification.read', 'tenant.read', 'tenant.change', 'tenant.move', 'account.change', 'look.request', 'step.claim', 'step.dispute', 'step.decide', 'overview.read', 'body.read', 'roadmap.try', 'person.manage'],
    curator: ['audit.read', 'factor.reset', 'verification.read', 'tenant.read', 'tenant.change', 'tenant.move', 'account.change', 'look.request', 'step.claim', 'step.decide', 'overview.read', 'body.read', 'person.manage'],
    coordinator: ['factor.reset', 'tenant.read', 'account.change', 'look.request', 'step.claim', 'step.dispute', 'overview.read', 'person.manage'],
    specialist: ['tenant.read', 'account.change', 'look.request', 'step.claim', 'step.dispute'],
    observer: ['tenant.read', 'overview.read'],
};
/* All that a program may have. */
const ofService = ['job.take', 'job.record', 'tenant.read', 'overview.read', 'verification.read', 'body.read'];
const callers = { ...roles, service: ofService };

const candidate = { ...JSON.parse(fs.readFileSync(path.join(root, 'templates/roadmaps/open.json'), 'utf8')), version: 900 };
const why = { reason: 'Проверка доступа' };
/* Every resource: its capability, how it is asked about a tenant, and what an own one answers, as a program and as a page (page) where that is not as usual; needs: what must be there before. */
const table = {
    workplace_show: { capability: 'signed_in', path: '/' },
    inbox_list: { capability: 'signed_in', path: '/inbox' },
    inbox_read: { capability: 'signed_in', path: '/inbox/read', body: () => ({}) },
    privacy_show: { capability: 'signed_in', path: '/privacy' },
    privacy_accept: { capability: 'signed_in', path: '/privacy', body: () => ({ notice: 1 }) },
    overview_show: { capability: 'overview.read', path: '/overview' },
    network_list: { capability: 'signed_in', path: '/networks' },
    verification_show: { capability: 'verification.read', path: '/verification' },
    roadmap_list: { capability: 'roadmap.try', path: '/roadmaps' },
    trial_create: { capability: 'roadmap.try', path: '/roadmaps/open/dry-run', own: 202, body: () => ({ roadmap: candidate }), form: () => ({ roadmap: JSON.stringify(candidate) }) },
    trial_show: { capability: 'roadmap.try', path: '/trials/{trial}', needs: 'trial' },
    tenant_list: { capability: 'tenant.read', path: '/tenants' },
    tenant_create: { capability: 'tenant.move', path: '/tenants', own: 201, body: ({ agency }) => ({ parent: agency, kind: 'organisation', name: 'Новая' }) },
    tenant_show: { capability: 'tenant.read', path: '/tenants/{id}' },
    tenant_edit: { capability: 'tenant.change', path: '/tenants/{id}/edit' },
    tenant_history: { capability: 'tenant.read', path: '/tenants/{id}/history' },
    audit_list: { capability: 'audit.read', path: '/tenants/{id}/audit' },
    roadmap_show: { capability: 'tenant.read', path: '/tenants/{id}/roadmap' },
    step_show: { capability: 'tenant.read', path: '/tenants/{id}/steps/appoint' },
    look_show: { capability: 'tenant.read', path: '/tenants/{id}/looks/{look}', needs: 'look' },
    look_body: { capability: 'body.read', path: '/tenants/{id}/looks/{look}/body', needs: 'look' },
    look_list: { capability: 'tenant.read', path: '/tenants/{id}/looks' },
    look_request: { capability: 'look.request', path: '/tenants/{id}/looks', needs: 'account', body: () => ({}) },
    tenant_rename: { capability: 'tenant.change', path: '/tenants/{id}/rename', body: () => ({ name: 'Переименованная', ...why }) },
    tenant_mend: { capability: 'tenant.change', path: '/tenants/{id}/mend', body: () => ({ inn: '9807010780', ...why }) },
    tenant_move: { capability: 'tenant.move', path: '/tenants/{id}/move', body: ({ other }) => ({ parent: other, ...why }) },
    tenant_merge: { capability: 'tenant.move', path: '/tenants/{id}/merge', body: ({ other }) => ({ into: other, ...why }) },
    tenant_close: { capability: 'tenant.move', path: '/tenants/{id}/close', body: () => why },
    tenant_reopen: { capability: 'tenant.move', path: '/tenants/{id}/reopen', needs: 'close', body: () => why },
    account_create: { capability: 'account.change', path: '/tenants/{id}/accounts', own: 201, body: () => ({ address: 'https://t.me/lukomor98_new' }) },
    account_remove: { capability: 'account.change', path: '/tenants/{id}/accounts/{account}/remove', needs: 'account', body: () => why },
    step_claim: { capability: 'step.claim', path: '/tenants/{id}/steps/appoint/claim', body: () => ({ note: 'Готово' }) },
    step_draft: { capability: 'step.claim', path: '/tenants/{id}/steps/appoint/draft', body: () => ({ note: 'Начато' }) },
    step_withdraw: { capability: 'step.claim', path: '/tenants/{id}/steps/appoint/withdraw', needs: 'claim', body: () => why },
    step_decide: { capability: 'step.decide', path: '/tenants/{id}/steps/appoint/decision', body: () => ({ word: 'returned', ...why }) },
    queue_list: { capability: 'step.decide', path: '/queue' },
    reliability_show: { capability: 'overview.read', path: '/reliability' },
    sample_answer: { capability: 'step.decide', path: '/tenants/{id}/samples/{sample}', needs: 'failure', body: () => ({ answer: 'agreed' }) },
    step_dispute: { capability: 'step.dispute', path: '/tenants/{id}/steps/create_vk/dispute', needs: 'failure', body: () => ({ reason: 'Страница есть' }) },
    dispute_withdraw: { capability: 'step.dispute', path: '/tenants/{id}/steps/create_vk/dispute/withdraw', needs: 'dispute', body: () => why },
    dispute_decide: { capability: 'step.decide', path: '/tenants/{id}/steps/create_vk/dispute/decision', needs: 'dispute', body: () => ({ outcome: 'accepted', ...why }) },
    job_lease: { capability: 'job.take', path: '/jobs/take', body: () => ({}), data: true },
    job_result: { capability: 'job.record', path: '/jobs/{job}/result', body: () => ({ fence: 1, reading: { state: 'missing', source: 'page', facts: {} } }), own: 404, data: true },
    service_open: { capability: 'anyone', path: '/session/service', body: () => ({}), anonymous: 422 },
    person_list: { capability: 'person.manage', path: '/people' },
    person_show: { capability: 'person.manage', path: '/people/{person}' },
    person_disable: { capability: 'person.manage', path: '/people/{person}/disable', body: () => why },
    person_enable: { capability: 'person.manage', path: '/people/{person}/enable', needs: 'disabled', body: () => why },
    person_unlock: { capability: 'person.manage', path: '/people/{person}/unlock', needs: 'locked', body: () => ({}) },
    person_hand_over: { capability: 'person.manage', path: '/people/{person}/hand-over', body: () => ({ to: 'only_specialist', ...why }) },
    membership_add: { capability: 'person.manage', path: '/people/{person}/memberships', body: ({ agency }) => ({ role: 'observer', tenant: agency }) },
    membership_end: { capability: 'person.manage', path: '/people/{person}/memberships/{membership}/end', body: () => why },
    invitation_list: { capability: 'person.manage', path: '/invitations' },
    invitation_create: { capability: 'person.manage', path: '/invitations', own: 201, page: 200, body: ({ agency }) => ({ name: 'Гость', login: `guest${++guests}`, role: 'observer', tenants: [agency] }) },
    invitation_import: { capability: 'person.manage', path: '/invitations/import', own: 201, page: 200, body: () => ({ table: `ФИО;Логин;ОГРН\nГость;guest${++guests};${agency}\n` }) },
    invitation_print: { capability: 'person.manage', path: '/invitations/sheet', own: 201, page: 200, needs: 'invitation', body: ({ invitation }) => ({ invitations: [invitation] }) },
    invitation_resend: { capability: 'person.manage', path: '/invitations/{invitation}/resend', own: 201, page: 200, needs: 'invitation', body: () => ({}) },
    invitation_revoke: { capability: 'person.manage', path: '/invitations/{invitation}/revoke', needs: 'invitation', body: () => why },
    invitation_show: { capability: 'anyone', path: '/invitations/never', anonymous: 404 },
    invitation_accept: { capability: 'anyone', path: '/invitations/never/accept', body: () => ({}), anonymous: 404 },
    session_list: { capability: 'signed_in', path: '/sessions' },
    session_revoke: { capability: 'signed_in', path: '/sessions/987654321/end', own: 404, page: 404, body: () => ({}) },
    session_show: { capability: 'anyone', path: '/session', anonymous: 401 },
    session_open: { capability: 'anyone', path: '/session', body: () => ({}), anonymous: 422 },
    session_refresh: { capability: 'anyone', path: '/session/refresh', body: () => ({}), anonymous: 422 },
    factor_ask: { capability: 'anyone', path: '/session/factor', anonymous: 406 },
    factor_answer: { capability: 'anyone', path: '/session/factor', body: () => ({}), anonymous: 422 },
    security_show: { capability: 'signed_in', path: '/session/security' },
    password_change: { capability: 'signed_in', path: '/session/password', own: 422, page: 422, body: () => ({ password: 'не тот пароль', new_password: 'ещё один не тот' }) },
    factor_show: { capability: 'signed_in', path: '/session/factor/setup', own: 409, page: 303 },
    factor_begin: { capability: 'signed_in', path: '/session/factor/begin', own: 409, page: 409, body: () => ({}) },
    factor_confirm: { capability: 'signed_in', path: '/session/factor/confirm', own: 409, body: () => ({ code: '000000' }) },
    recovery_renew: { capability: 'signed_in', path: '/session/factor/codes', own: 422, page: 422, body: () => ({ password: 'не тот пароль' }) },
    factor_end: { capability: 'signed_in', path: '/session/factor/end', own: 422, page: 422, body: () => ({ password: 'не тот пароль' }) },
    person_factor_reset: { capability: 'factor.reset', path: '/people/{person}/factor-reset', body: () => why },
    session_end: { capability: 'anyone', path: '/session/end', body: () => ({}), anonymous: 204 },
    password_reset_begin: { capability: 'anyone', path: '/password-resets', anonymous: 200 },
    password_reset_ask: { capability: 'anyone', path: '/password-resets', body: () => ({}), anonymous: 422 },
    password_reset_show: { capability: 'anyone', path: '/password-resets/none', anonymous: 404 },
    password_reset_use: { capability: 'anyone', path: '/password-resets/none', body: () => ({}), anonymous: 422 },
    key_list: { capability: 'anyone', path: '/.well-known/jwks.json', anonymous: 200 },
    health_show: { capability: 'anyone', path: '/healthz', anonymous: 200 },
    readiness_show: { capability: 'anyone', path: '/readyz', anonymous: 200 },
    openapi_show: { capability: 'anyone', path: '/openapi.json', anonymous: 200 },
};
let guests = 0;
const guarded = Object.entries(table).filter(([, { capability }]) => capability !== 'anyone');
/* What has a form or a page: programs alone are answered by the rest. */
const shown = guarded.filter(([, { data }]) => !data);
const changes = shown.filter(([, { body }]) => body);
const ofTenant = ([, { path }]) => path.includes('{id}');

let veha;
let admin;
const place = {};
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
    place.agency = await find('Министерство просвещения');
    place.sibling = await find('Министерство здравоохранения');
    place.ancestor = await find('Правительство');
    place.foreign = await find('Лукоморская областная больница');
    place.region = Number(veha.sql("select id from veha.tenant where kind = 'region'"));
    place.missing = 987654321;
    place.account = (await admin.get(`/tenants/${place.foreign}`)).json.accounts[0].id;
    place.other = await fresh();
    const secret = issue(veha, 'only-service', ofService, { tenant: place.agency });
    asker.service = await openService(veha, secret);
    reader.service = await openService(veha, secret);
    await preparations.look(place.foreign);
    for (const id of [place.foreign, place.sibling]) assert.equal((await admin.post(`/tenants/${id}/steps/appoint/claim`, { note: 'чужое' })).status, 200);
});

after(async () => {
    await veha?.stop();
    await stopCluster();
});

async function find(words) {
    const { items } = (await admin.get(`/tenants?search=${encodeURIComponent(words)}`)).json;
    const exact = items.filter(({ name, kind }) => kind === 'agency' ? name.startsWith(words) : name.includes(words));
    assert.ok(exact.length >= 1, words);
    return exact[0].id;
}

const preparations = {
    account: (id) => admin.post(`/tenants/${id}/accounts`, { address: `https://vk.com/lukomor98_own${id}` }),
    claim: (id) => admin.post(`/tenants/${id}/steps/appoint/claim`, {}),
    close: (id) => admin.post(`/tenants/${id}/close`, why),
    trial: () => {
        place.trial = Number(veha.sql(`
            insert into veha.trial (tenant, place, branch, document, person, state, finished_at)
            select t.id, t.place, 'open', r.document, p.id, 'done', now() from veha.tenant t, veha.roadmap r, veha.person p
             where t.id = ${place.agency} and r.branch = 'open' and p.login = 'admin' limit 1 returning id`));
        return { status: 201 };
    },
    look: async (id) => {
        const prepared = await preparations.account(id);
        lookAt(id);
        return prepared;
    },
    disabled: (id) => {
        veha.sql(`update veha.person set disabled_at = now() where id = ${personOf(id)}`);
        return { status: 201 };
    },
    locked: (id) => {
        veha.sql(`insert into veha.sign_in_attempt select veha.login_hash(login), 25, now() from veha.person where id = ${personOf(id)}`);
        return { status: 201 };
    },
    invitation: async (id) => {
        const invited = await admin.post('/invitations', { name: 'Гость', login: `guest${++guests}`, role: 'specialist', tenants: [id] });
        place.invitation = invited.json.items[0].id;
        return invited;
    },
    failure,
    dispute: async (id) => {
        await failure(id);
        return admin.post(`/tenants/${id}/steps/create_vk/dispute`, { reason: 'Страница есть' });
    },
};
const looks = {};

/* Somebody of a lower role who works at a tenant alone. */
function personOf(id) {
    return veha.sql(`
        with p as (insert into veha.person (login, name) select 'worker${id}', 'Работник' where exists (select from veha.tenant where id = ${id}) on conflict do nothing returning id),
             m as (insert into veha.membership (person, tenant, place, last, role) select p.id, t.id, t.place, t.last, 'specialist' from p, veha.tenant t where t.id = ${id} returning person)
        select coalesce((select person from m), (select id from veha.person where login = 'worker${id}'), 987654321)`);
}

const membershipOf = (id) => veha.sql(`select coalesce((select max(id) from veha.membership where person = ${personOf(id)}), 987654321)`);

/* A look at a tenant's first account, as the verifier leaves it. */
function lookAt(id) {
    const hash = 'ab'.repeat(32);
    looks[id] = Number(veha.sql(`
        with j as (insert into veha.job (tenant, place, account, finished_at) select tenant, place, id, now() from veha.account where tenant = ${id} order by id limit 1 returning *),
             l as (insert into veha.look (tenant, place, account, job, on_demand, state, reading, requests, network_version, rules_version)
                   select tenant, place, account, id, false, 'present', '{"facts": {"name": {"value": "Больница", "origin": "h1"}}}', '[{"url": "https://vk.com/", "hash": "${hash}"}]', 1, 1 from j returning *),
             b as (insert into veha.body (tenant, place, hash, length, packed) select tenant, place, '${hash}', 5, '\\x785ecb48cdc9c90700062c0215'::bytea from l returning *)
        select id from l, b`));
}

/* A look at an account of the own that failed, of which a sample was drawn. */
async function failure(id) {
    const added = await preparations.account(id);
    veha.sql(`set search_path = veha, public; update region set sample_failed = 100;
              insert into job (tenant, place, account) select tenant, place, id from account where tenant = ${id};
              select job_record(jsonb_build_array(jsonb_build_object('id', id, 'fence', 0, 'seen', '{"state": "missing", "network_version": 1, "rules_version": 1,
                  "verdicts": [{"check": "EXIST", "result": "failed", "reason": "account_missing"}]}'::jsonb))) from job where tenant = ${id}`);
    return added;
}

const sampleOf = (id) => veha.sql(`select coalesce((select id from veha.sample where tenant = ${id}), 987654321)`);

/* A tenant of the agency that nobody has touched but for what is needed. */
async function fresh(needs) {
    const made = await admin.post('/tenants', { parent: place.agency, kind: 'organisation', name: 'Подопытная' });
    assert.equal(made.status, 201, made.text);
    if (needs) {
        const prepared = await preparations[needs](made.json.id);
        assert.ok(prepared.status < 300, prepared.text);
    }
    return made.json.id;
}

async function accountOf(id) {
    return (await admin.get(`/tenants/${id}`)).json.accounts[0]?.id ?? place.account;
}

function targetOf(resource, id, account) {
    return resource.path.replace('{id}', id).replace('{account}', account).replace('{look}', looks[id] ?? 987654321).replace('{sample}', () => sampleOf(id)).replace('{trial}', place.trial ?? 987654321).replace('{person}', () => personOf(id)).replace('{membership}', () => membershipOf(id)).replace('{invitation}', place.invitation ?? 987654321).replace('{job}', 987654321);
}

const pathOf = async (resource, id) => targetOf(resource, id, await accountOf(id));

function ask(who, resource, id, account) {
    const target = targetOf(resource, id, account);
    return resource.body ? who.post(target, resource.body(place)) : who.get(target);
}

/* As a browser: with cookies, a form and the token of its session. */
function askByForm(who, resource, id, account) {
    const target = targetOf(resource, id, account);
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
            const id = await fresh(resource.needs);
            const answer = await ask(asker[role], resource, id, await accountOf(id));
            assert.equal(answer.status, may(resource) ? (resource.own ?? 200) : 403, `${name}: ${answer.text}`);
            for (const words of foreignWords) assert.equal(answer.text.includes(words), false, `${name} tells of ${words}`);
        }
    });

    test(`${role}: the own, as a browser`, async () => {
        for (const [name, resource] of shown) {
            const id = await fresh(resource.needs);
            const answer = await askByForm(reader[role], resource, id, await accountOf(id));
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
        const own = await fresh('account');
        const asked = [
            ['POST', `/tenants/${own}/move`, (id) => ({ parent: id, ...why }), 422], ['POST', `/tenants/${own}/merge`, (id) => ({ into: id, ...why }), 422],
            ['POST', '/tenants', (id) => ({ parent: id, kind: 'organisation', name: 'Чужая' }), 422], ['GET', (id) => `/overview?within=${id}`, null, 404],
            ['GET', (id) => `/tenants?parent=${id}`, null, 200],
        ];
        const may = (path) => (path.startsWith('/overview') ? capabilities.includes('overview.read') : path.startsWith('/tenants?') || capabilities.includes('tenant.move'));
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
        const id = await fresh(resource.needs);
        const target = await pathOf(resource, id);
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
        const id = await fresh(resource.needs);
        const target = await pathOf(resource, id);
        const before = veha.sql(`select count(*) from veha.event where tenant = ${id}`);
        for (const tag of ['"987654.0123456789abcdef-j"', '"nonsense"', '"1.0123456789abcdef-j", "2.0123456789abcdef-j"', 'W/"1.0123456789abcdef-j"']) {
            const stale = await admin.post(target, resource.body(place), { headers: { 'if-match': tag } });
            assertProblem(stale, 412, 'stale');
        }
        assert.equal(veha.sql(`select count(*) from veha.event where tenant = ${id}`), before, name);
        const any = await admin.post(target, resource.body(place), { headers: { 'if-match': '*' } });
        assert.equal(any.status, resource.own ?? 200, `${name}: ${any.text}`);
    }
});

test('what was read of this version may be changed', async () => {
    for (const [name, read] of [['account_create', ''], ['look_request', '/looks'], ['sample_answer', ''], ['tenant_rename', ''], ['tenant_mend', '']]) {
        const id = await fresh(table[name].needs);
        const { etag } = (await admin.get(`/tenants/${id}${read}`)).headers;
        const answer = await admin.post(await pathOf(table[name], id), table[name].body(place), { headers: { 'if-match': etag } });
        assert.equal(answer.status, table[name].own ?? 200, `${name}: ${answer.text}`);
    }
});

test('a capability that the database does not know stops the start', () => {
    veha.sql("delete from veha.role_capability where capability = 'audit.read'; delete from veha.capability where code = 'audit.read'");
    const { status, stderr } = spawnSync(program, ['serve', '--config', veha.configFile], { env: veha.env, encoding: 'utf8', timeout: 20000 });
    assert.equal(status, 1, stderr);
    assert.match(stderr, /resource audit_list: the database knows no capability audit\.read/);
});

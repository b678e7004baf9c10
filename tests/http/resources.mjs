/*
 * Every resource as it is asked rightly, and what must be there before: for tests that ask all of them. A new resource needs its line in the table, or those tests fail.
 *
 *   const { place, fresh, pathOf } = await layGround(veha, admin);
 *   const { needs, body } = table.tenant_reopen;
 *   await admin.post(await pathOf(table.tenant_reopen, await fresh(needs)), body(place));
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { root } from '../support/build.mjs';
import { Upload } from './harness.mjs';

/* Where those who ask work: its ОГРН. */
export const agency = '1229800100375';

let guests = 0;
const candidate = { ...JSON.parse(fs.readFileSync(path.join(root, 'templates/roadmaps/open.json'), 'utf8')), version: 900 };
/* A picture of one point. */
export const picture = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
/* What a program saw on a page. */
const reading = {
    state: 'present', source: 'page', posts: [{ at: '2026-11-01T09:00:00Z', own: true, pinned: false, comments: true }], posts_whole: false, links: [{ network: 'vk', key: 'lukomor98' }],
    facts: { name: { value: 'Школа', origin: 'h1' }, members: { value: 12, origin: 'span' }, site: { value: ['https://lukomorye.example'], origin: 'a' }, verified: { value: true, origin: 'i' } },
};
/* Each another day, for none is moved to where it is. */
let deadlines = 0;
const nextDeadline = () => new Date(Date.UTC(2033, 0, ++deadlines)).toISOString().slice(0, 10);
export const why = { reason: 'Проверка доступа' };
/* Every resource: its capability, how it is asked about a tenant with nothing missing, and what an own one answers, as a program and as a page (page) where that is not as usual; whole: what the administrator of the whole region gets where that is more than whoever has a part of it; needs: what must be there before. */
export const table = {
    workplace_show: { capability: 'signed_in', path: '/' },
    inbox_list: { capability: 'signed_in', path: '/inbox' },
    inbox_read: { capability: 'signed_in', path: '/inbox/read', body: () => ({}) },
    privacy_show: { capability: 'signed_in', path: '/privacy' },
    privacy_accept: { capability: 'signed_in', path: '/privacy', body: () => ({ notice: 1 }) },
    overview_show: { capability: 'overview.read', path: '/overview' },
    difference_list: { capability: 'overview.read', path: '/difference' },
    matrix_show: { capability: 'overview.read', path: '/matrix' },
    live_show: { capability: 'tenant.read', path: '/live', data: true },
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
    step_history: { capability: 'tenant.read', path: '/tenants/{id}/steps/appoint/history' },
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
    preview_request: { capability: 'account.change', path: '/tenants/{id}/accounts/preview', own: 202, body: () => ({ address: 'https://t.me/lukomor98_new' }) },
    preview_show: { capability: 'account.change', path: '/tenants/{id}/previews/{preview}', needs: 'preview' },
    account_qr: { capability: 'tenant.read', path: '/tenants/{id}/accounts/{account}/qr', needs: 'account' },
    account_qr_svg: { capability: 'tenant.read', path: '/tenants/{id}/accounts/{account}/qr.svg', needs: 'account' },
    step_due_show: { capability: 'step.decide', path: '/tenants/{id}/steps/appoint/due' },
    step_due: { capability: 'step.decide', path: '/tenants/{id}/steps/appoint/due', body: () => ({ due_on: '2035-01-01', ...why }) },
    deadline_show: { capability: 'deadline.change', path: '/deadline' },
    deadline_change: { capability: 'deadline.change', path: '/deadline', own: 403, page: 403, whole: 200, body: () => ({ deadline: nextDeadline(), ...why }) },
    step_claim: { capability: 'step.claim', path: '/tenants/{id}/steps/appoint/claim', body: () => ({ note: 'Готово' }) },
    step_draft: { capability: 'step.claim', path: '/tenants/{id}/steps/appoint/draft', body: () => ({ note: 'Начато' }) },
    step_withdraw: { capability: 'step.claim', path: '/tenants/{id}/steps/appoint/withdraw', needs: 'claim', body: () => why },
    file_add: { capability: 'step.claim', path: '/tenants/{id}/steps/appoint/files', own: 201, body: () => ({ file: new Upload(picture, 'снимок.png') }), file: true },
    file_show: { capability: 'tenant.read', path: '/tenants/{id}/steps/appoint/files/{file}', needs: 'file', bytes: true },
    file_remove: { capability: 'step.claim', path: '/tenants/{id}/steps/appoint/files/{file}/remove', needs: 'file', body: () => why },
    file_restore: { capability: 'step.claim', path: '/tenants/{id}/steps/appoint/files/{file}/restore', needs: 'removed_file', own: 201, body: () => ({}) },
    decision_undo: { capability: 'step.decide', path: '/tenants/{id}/steps/appoint/decision/undo', own: 409, page: 409, body: () => ({}) },
    sample_undo: { capability: 'step.decide', path: '/tenants/{id}/samples/{sample}/undo', needs: 'failure', own: 409, page: 409, body: () => ({}) },
    step_check: { capability: 'step.claim', path: '/tenants/{id}/steps/appoint/check' },
    step_send: { capability: 'step.claim', path: '/tenants/{id}/steps/appoint/check', needs: 'draft', body: () => ({}) },
    step_comment: { capability: 'step.comment', path: '/tenants/{id}/steps/appoint/comments', body: () => ({ comment: 'Где взять бланк?' }) },
    comment_withdraw: { capability: 'step.comment', path: '/tenants/{id}/steps/appoint/comments/{comment}/withdraw', needs: 'comment', own: 404, page: 404, body: () => ({}) },
    step_decide: { capability: 'step.decide', path: '/tenants/{id}/steps/appoint/decision', body: () => ({ word: 'returned', ...why }) },
    risk_list: { capability: 'call.keep', path: '/calls' },
    call_list: { capability: 'call.keep', path: '/tenants/{id}/calls' },
    call_note: { capability: 'call.keep', path: '/tenants/{id}/calls', body: () => ({ outcome: 'reached', note: 'Поговорили' }) },
    chosen_show: { capability: 'call.keep', path: '/calls/chosen' },
    bulk_remind: { capability: 'call.keep', path: '/calls/remind', body: ({ other }) => ({ tenants: [other] }) },
    bulk_assign: { capability: 'call.keep', path: '/calls/assign', body: ({ other }) => ({ tenants: [other] }) },
    bulk_return: { capability: 'step.decide', path: '/calls/return', body: ({ other }) => ({ tenants: [other], step: 'appoint', ...why }) },
    bulk_show: { capability: 'signed_in', path: '/bulks/987654321', own: 404, page: 404 },
    claim_list: { capability: 'step.claim', path: '/steps/open/appoint' },
    bulk_claim: { capability: 'step.claim', path: '/steps/open/appoint', needs: 'open', body: ({ open }) => ({ tenants: [`${open}`], note: 'Готово' }) },
    filter_list: { capability: 'signed_in', path: '/filters' },
    filter_save: { capability: 'signed_in', path: '/filters', body: () => ({ name: 'Просроченные', path: '/calls', query: 'standing=overdue' }) },
    filter_remove: { capability: 'signed_in', path: '/filters/987654321/remove', own: 404, page: 404, body: () => ({}) },
    queue_list: { capability: 'step.decide', path: '/queue' },
    reliability_show: { capability: 'overview.read', path: '/reliability' },
    sample_answer: { capability: 'step.decide', path: '/tenants/{id}/samples/{sample}', needs: 'failure', body: () => ({ answer: 'agreed' }) },
    step_dispute: { capability: 'step.dispute', path: '/tenants/{id}/steps/create_vk/dispute', needs: 'failure', body: () => ({ reason: 'Страница есть' }) },
    dispute_withdraw: { capability: 'step.dispute', path: '/tenants/{id}/steps/create_vk/dispute/withdraw', needs: 'dispute', body: () => why },
    dispute_decide: { capability: 'step.decide', path: '/tenants/{id}/steps/create_vk/dispute/decision', needs: 'dispute', body: () => ({ outcome: 'accepted', ...why }) },
    job_lease: { capability: 'job.take', path: '/jobs/take', body: () => ({}), data: true },
    job_result: { capability: 'job.record', path: '/jobs/{job}/result', needs: 'job', body: () => ({ fence: 1, reading, requests: [{ url: 'https://t.me/s/lukomor98', status: 200, bytes: 12345, ms: 67 }] }), data: true },
    service_open: { capability: 'anyone', path: '/session/service', body: () => ({ secret: `veha_service_${'A'.repeat(43)}` }), anonymous: 401 },
    person_list: { capability: 'person.manage', path: '/people' },
    person_show: { capability: 'person.manage', path: '/people/{person}' },
    person_history: { capability: 'person.manage', path: '/people/{person}/history' },
    person_disable: { capability: 'person.manage', path: '/people/{person}/disable', body: () => why },
    person_enable: { capability: 'person.manage', path: '/people/{person}/enable', needs: 'disabled', body: () => why },
    person_unlock: { capability: 'person.manage', path: '/people/{person}/unlock', needs: 'locked', body: () => ({}) },
    person_hand_over: { capability: 'person.manage', path: '/people/{person}/hand-over', body: ({ successor }) => ({ to: successor, ...why }) },
    membership_add: { capability: 'person.manage', path: '/people/{person}/memberships', body: ({ agency }) => ({ role: 'observer', tenant: agency }) },
    membership_end: { capability: 'person.manage', path: '/people/{person}/memberships/{membership}/end', body: () => why },
    invitation_list: { capability: 'person.manage', path: '/invitations' },
    invitation_create: { capability: 'person.manage', path: '/invitations', own: 201, page: 200, body: ({ agency }) => ({ name: 'Гость', login: `guest${++guests}`, role: 'observer', tenants: [agency] }) },
    invitation_import: { capability: 'person.manage', path: '/invitations/import', own: 201, page: 200, body: () => ({ table: `ФИО;Логин;ОГРН\nГость;guest${++guests};${agency}\n` }) },
    invitation_print: { capability: 'person.manage', path: '/invitations/sheet', own: 201, page: 200, needs: 'invitation', body: ({ invitation }) => ({ invitations: [invitation] }) },
    invitation_resend: { capability: 'person.manage', path: '/invitations/{invitation}/resend', own: 201, page: 200, needs: 'invitation', body: () => ({}) },
    invitation_revoke: { capability: 'person.manage', path: '/invitations/{invitation}/revoke', needs: 'invitation', body: () => why },
    invitation_show: { capability: 'anyone', path: `/invitations/${'n'.repeat(43)}`, anonymous: 404 },
    invitation_accept: { capability: 'anyone', path: `/session/invitations/${'n'.repeat(43)}`, body: () => ({}), anonymous: 404 },
    session_list: { capability: 'signed_in', path: '/sessions' },
    session_revoke: { capability: 'signed_in', path: '/sessions/987654321/end', own: 404, page: 404, body: () => ({}) },
    session_show: { capability: 'anyone', path: '/session', anonymous: 401 },
    session_open: { capability: 'anyone', path: '/session', body: () => ({ login: 'nobody', password: 'не тот пароль' }), anonymous: 401 },
    session_refresh: { capability: 'anyone', path: '/session/refresh', body: () => ({ refresh_token: 'none' }), anonymous: 401 },
    factor_ask: { capability: 'anyone', path: '/session/factor', anonymous: 406 },
    factor_answer: { capability: 'anyone', path: '/session/factor', body: () => ({ code: '000000', challenge: 'none' }), anonymous: 401 },
    security_show: { capability: 'signed_in', path: '/session/security' },
    password_change: { capability: 'signed_in', path: '/session/password', own: 422, page: 422, body: () => ({ password: 'не тот пароль', new_password: 'ещё один не тот' }) },
    factor_show: { capability: 'signed_in', path: '/session/factor/setup', own: 409, page: 303 },
    factor_begin: { capability: 'signed_in', path: '/session/factor/begin', own: 409, page: 409, body: () => ({}) },
    factor_confirm: { capability: 'signed_in', path: '/session/factor/confirm', own: 409, body: () => ({ code: '000000' }) },
    recovery_renew: { capability: 'signed_in', path: '/session/factor/codes', own: 422, page: 422, body: () => ({ password: 'не тот пароль' }) },
    factor_end: { capability: 'signed_in', path: '/session/factor/end', own: 422, page: 422, body: () => ({ password: 'не тот пароль' }) },
    person_factor_reset: { capability: 'factor.reset', path: '/people/{person}/factor-reset', body: () => why },
    session_end: { capability: 'anyone', path: '/session/end', body: () => ({}), anonymous: 204 },
    password_reset_begin: { capability: 'anyone', path: '/session/password-resets', anonymous: 200 },
    password_reset_ask: { capability: 'anyone', path: '/session/password-resets', body: () => ({ login: 'nobody' }), anonymous: 202 },
    password_reset_show: { capability: 'anyone', path: '/session/password-resets/none', anonymous: 404 },
    password_reset_use: { capability: 'anyone', path: '/session/password-resets/none', body: () => ({ password: 'не тот пароль' }), anonymous: 404 },
    key_list: { capability: 'anyone', path: '/.well-known/jwks.json', anonymous: 200 },
    health_show: { capability: 'anyone', path: '/healthz', anonymous: 200 },
    readiness_show: { capability: 'anyone', path: '/readyz', anonymous: 200 },
    openapi_show: { capability: 'anyone', path: '/openapi.json', anonymous: 200 },
    search_list: { capability: 'tenant.read', path: '/search?q=1229800' },
    locale_show: { capability: 'anyone', path: '/session/locale', anonymous: 200 },
    locale_choose: { capability: 'anyone', path: '/session/locale', body: () => ({ locale: 'ru' }), anonymous: 200 },
    help_show: { capability: 'anyone', path: '/help', anonymous: 200 },
    design_show: { capability: 'anyone', path: '/design', anonymous: 404 },
    public_show: { capability: 'anyone', path: '/public', anonymous: 200 },
    public_coverage: { capability: 'anyone', path: '/public.csv', anonymous: 200 },
    public_list: { capability: 'anyone', path: '/public/tenants', anonymous: 200 },
    public_data: { capability: 'anyone', path: '/public/tenants.json', anonymous: 200 },
    public_account_list: { capability: 'anyone', path: '/public/tenants.csv', anonymous: 200 },
    public_tenant: { capability: 'anyone', path: '/public/tenants/987654321', anonymous: 404 },
    public_badge: { capability: 'anyone', path: '/public/tenants/987654321/badge.svg', anonymous: 404 },
};

/*
 * The tenants of the sample that resources are asked about, and what makes new ones; veha has the sample region, and admin is its administrator.
 *
 * place: ids by what they are to the agency, and what bodies name; fresh(needs): a new tenant's id; pathOf(resource, id): a resource's path about it, as targetOf(resource, id, account) with its first account.
 */
export async function layGround(veha, admin) {
    const place = { missing: 987654321, successor: 'successor' };
    const looks = {};
    const previews = {};

    async function find(words) {
        const { items } = (await admin.get(`/tenants?search=${encodeURIComponent(words)}`)).json;
        const exact = items.filter(({ name, kind }) => kind === 'agency' ? name.startsWith(words) : name.includes(words));
        assert.ok(exact.length >= 1, words);
        return exact[0].id;
    }

    const preparations = {
        account: (id) => admin.post(`/tenants/${id}/accounts`, { address: `https://vk.com/lukomor98_own${id}` }),
        file: (id) => admin.post(`/tenants/${id}/steps/appoint/files`, { file: new Upload(picture, 'снимок.png') }),
        removed_file: async (id) => {
            const { json } = await preparations.file(id);
            return admin.post(`/tenants/${id}/steps/appoint/files/${json.id}/remove`, why);
        },
        preview: (id) => {
            previews[id] = Number(veha.sql(`
                insert into veha.preview (tenant, place, network, address, url, spelling, person, finished_at)
                select t.id, t.place, 'vk', 'lukomor98', 'https://vk.com/lukomor98', 'vk.com/lukomor98', p.id, now() from veha.tenant t, veha.person p where t.id = ${id} and p.login = 'observer' returning id`));
            return { status: 201 };
        },
        claim: (id) => admin.post(`/tenants/${id}/steps/appoint/claim`, {}),
        open: (id) => {
            place.open = id;
            return { status: 201 };
        },
        draft: (id) => admin.post(`/tenants/${id}/steps/appoint/draft`, { note: 'Готово' }),
        /* Somebody else's: who asks takes back nothing of another. */
        comment: (id) => {
            veha.sql(`insert into veha.comment (tenant, place, step, person, own, words) select id, place, 'appoint', ${personOf(id)}, true, 'Вопрос' from veha.tenant where id = ${id}`);
            return { status: 201 };
        },
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
        /* A look that is with the program that was let in last. */
        job: async (id) => {
            const added = await admin.post(`/tenants/${id}/accounts`, { address: `https://t.me/lukomor98_job${id}` });
            place.job = Number(veha.sql(`
                insert into veha.job (tenant, place, account, attempts, fence, service, lease_until)
                select tenant, place, id, 1, 1, (select max(id) from veha.service), now() + interval '1 hour' from veha.account where tenant = ${id} returning id`));
            return added;
        },
        failure,
        dispute: async (id) => {
            await failure(id);
            return admin.post(`/tenants/${id}/steps/create_vk/dispute`, { reason: 'Страница есть' });
        },
    };

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

    const fileOf = (id) => veha.sql(`select coalesce((select max(id) from veha.file where tenant = ${id}), 987654321)`);

    const commentOf = (id) => veha.sql(`select coalesce((select max(id) from veha.comment where tenant = ${id}), 987654321)`);
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
        return resource.path.replace('{id}', id).replace('{account}', account).replace('{look}', looks[id] ?? 987654321).replace('{preview}', previews[id] ?? 987654321).replace('{sample}', () => sampleOf(id)).replace('{file}', () => fileOf(id)).replace('{comment}', () => commentOf(id)).replace('{trial}', place.trial ?? 987654321).replace('{person}', () => personOf(id)).replace('{membership}', () => membershipOf(id)).replace('{invitation}', place.invitation ?? 987654321).replace('{job}', place.job ?? 987654321);
    }

    const pathOf = async (resource, id) => targetOf(resource, id, await accountOf(id));

    place.agency = await find('Министерство просвещения');
    place.sibling = await find('Министерство здравоохранения');
    place.ancestor = await find('Правительство');
    place.foreign = await find('Лукоморская областная больница');
    place.region = Number(veha.sql("select id from veha.tenant where kind = 'region'"));
    place.account = (await admin.get(`/tenants/${place.foreign}`)).json.accounts[0].id;
    place.other = await fresh();
    veha.command('user', 'add', '--login', place.successor, '--name', 'Преемник', '--role', 'specialist', '--tenant-ogrn', agency);
    return { place, preparations, fresh, accountOf, targetOf, pathOf };
}

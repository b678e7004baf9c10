/*
 * What each query file is asked here, and by whom. Values are SQL; {name} is a fact of facts.sql; what is left out is null. `first` is what another file would have done before, in the
 * same unit.
 */

/* The role of the process, and who is signed in. */
export const callers = {
    nobody: { role: 'veha_web' },
    specialist: { role: 'veha_web', person: 'specialist' },
    administrator: { role: 'veha_web', person: 'admin' },
    verifier: { role: 'veha_verify' },
    notifier: { role: 'veha_notify' },
    operator: { role: 'veha_operator' },
};

const anybody = ['specialist', 'administrator'];
const look = "jsonb_build_object('state', 'present', 'network_version', 1, 'rules_version', 1, 'verdicts', jsonb_build_array(jsonb_build_object('check', 'EXIST', 'result', 'failed', 'reason', 'r')))";
const queued = "insert into veha.job (tenant, place, account, fence, worker) select tenant, place, id, 1, 'w' from veha.account where tenant = {tenant} and id = {account}";
const job = '(select id from veha.job where tenant = {tenant} and account = {account} and finished_at is null)';
const row = "jsonb_build_object('line', 2, 'name', 'Школа № 99999', 'ogrn', '1025700696383', 'inn', '5720010403', 'founder_name', 'Ведомство № 3', 'accounts', jsonb_build_array(jsonb_build_object('network', 'vk', 'address', 'club77', 'url', 'https://vk.com/club77', 'spelling', 'club77')), 'detail', '{}'::jsonb)";
const previewed = "select veha.preview_request({tenant}, 'telegram', 'school', 'https://t.me/school', '@school')";
const ticked = { id: '{tenant}', key: "'train'", note: "'готово'" };
const drafted = "insert into veha.draft (tenant, place, step, person, note) select id, place, 'train', {specialist}, 'готово' from veha.tenant where id = {tenant} on conflict do nothing";
const commented = "select veha.step_comment({tenant}, 'appoint', 'где бланк?', null)";
/* A step of the tenant that a look fails, and one that is disputed. */
const disputedStep = "(select step from veha.step_state where tenant = {tenant} and seen in ('failed', 'failing') order by number limit 1)";
const failed = `update veha.sighting set result = 'failed', run_result = 'failed', run_since = at, run_last = at, prior_result = null where tenant = {tenant} and account = {account}`;
const disputed = `with f as (${failed}) select; insert into veha.dispute (tenant, place, step, person, reason, said) select p.tenant, p.place, p.step, {specialist}, 'r', '[]' from veha.step_state p where p.tenant = {tenant} and p.step = ${disputedStep}`;
const sampled = `insert into veha.sample (tenant, place, account, look, "check", result, reason, facts, state, at) select tenant, place, id, 1, 'EXIST', 'failed', 'r', '{}', 'missing', veha.now() from veha.account where tenant = {tenant} and id = {account}`;
const accessed = `insert into veha.access (tenant, place, at, person, session, resource) select id, place, veha.now(), {specialist}, 1, 'tenant_show' from veha.tenant where id = {tenant}`;
const sealed = 'select veha.audit_seal(10)';
const locked = "insert into veha.sign_in_attempt select veha.login_hash(login), 25, veha.now() from veha.person where id = {specialist}";
const told = { id: '{tenant}', reason: "'приказ'" };

/* A program that may take looks of the tenant's founder and say what it saw. */
const issued = `with s as (insert into veha.service (tenant, place, last, id, name, secret_hash, expires_at) overriding system value
    select id, place, last, 900, 'outside', 'h', veha.now() + interval '1 day' from veha.tenant where id = {founder} returning *)
    insert into veha.service_capability (tenant, place, service, capability) select tenant, place, id, c from s, unnest('{job.take,job.record,tenant.read}'::text[]) c`;
const asService = `${issued}; ${queued}; update veha.job set service = 900, lease_until = veha.now() + interval '1 minute' where worker = 'w' and finished_at is null; select veha.enter(null, null, 'plan', null, null, null, false, 900)`;

/* A matter of the specialist's, which a letter is to tell, and a forgotten password. */
const matter = `insert into veha.outbox (kind, tenant, place, detail) select 'step_returned', id, place, '{"step": "appoint"}' from veha.tenant where id = {tenant}`;
const mailed = "update veha.person set email = login || '@load.example' where login in ('load-specialist', 'load-1')";
const forgotten = `insert into veha.password_reset (token_hash, login_hash, seed, person) values ('h', veha.login_hash('load-specialist'), 's', {specialist})`;
const taking = `${matter}; insert into veha.letter (id, kind, person, address, fence, attempts) overriding system value values (900000, 'news', {specialist}, 'a@load.example', 1, 1); update veha.notice set letter = 900000 where person = {specialist}`;
const due = `${mailed}; ${matter}; ${forgotten}; select veha.letter_gather('0', 100)`;

/* A call that stands, who sees to the tenant, and what was done to many. */
const called = `insert into veha.call (tenant, place, number, person, outcome) select id, place, 1, {admin}, 'reached' from veha.tenant where id = {tenant}`;
const assigned = `insert into veha.assignment (tenant, place, keeper, person) select id, place, {admin}, {admin} from veha.tenant where id = {tenant}`;
const done = "select veha.bulk_keep('claim', '{\"step\": \"train\"}', '[{\"tenant\": {tenant}, \"outcome\": \"done\"}]')";

const candidate = "(select document || '{\"version\": 900}' from veha.roadmap where branch = 'open' order by version limit 1)";
const trial = '(select max(id) from veha.trial)';
const tried = `select veha.trial_create(${candidate}, null)`;
const taken = `insert into veha.trial (tenant, place, id, branch, document, person, state, fence, lease_until) overriding system value select id, place, 900, 'open', ${candidate}, {specialist}, 'running', 1, veha.now() - interval '1 second' from veha.tenant where kind = 'region'`;

/* A file of a step. */
const filed = "select veha.file_add({tenant}, 'train', 'a.png', 'png', repeat('a', 64), 'AAAA', null)";
const filedId = "(select max(id) from veha.file where tenant = {tenant})";

/* Yesterday, for whoever asks the day after tomorrow. */
const passed = "select set_config('veha.now', (veha.now() + interval '2 days')::text, true)";
const yesterday = '(veha.today() - 1)';

export const queries = {
    account_create: { as: anybody, values: { id: '{tenant}', network: "'telegram'", key: "'school'", url: "'https://t.me/school'", address: "'@school'" } },
    account_remove: { as: anybody, values: { ...told, account: '{account}' } },
    account_qr: { as: anybody, values: { id: '{tenant}', account: '{account}' } },
    preview_request: { as: anybody, values: { id: '{tenant}', network: "'telegram'", key: "'school'", url: "'https://t.me/school'", address: "'@school'" } },
    preview_made: { as: anybody, first: previewed, values: { id: '{tenant}' } },
    preview_show: { as: anybody, first: previewed, values: { id: '{tenant}', preview: "veha.setting('made')::bigint" } },
    preview_forget: { as: ['verifier'], values: { most: '100' } },
    step_due: { as: ['administrator'], values: { id: '{tenant}', key: "'train'", due_on: '(veha.today() + 30)', reason: "'приказ'" } },
    step_due_show: { as: ['administrator'], values: { id: '{tenant}', key: "'train'", due_on: '(veha.today() + 30)' } },
    deadline_show: { as: ['administrator'], values: { deadline: '(veha.today() + 90)' } },
    deadline_change: { as: ['administrator'], values: { deadline: '(veha.today() + 90)', reason: "'приказ'" } },
    access_forget: { as: ['verifier'], values: { days: '366', most: '1000' } },
    access_note: { as: ['nobody'], values: { batch: `jsonb_build_array(jsonb_build_object('tenant', {tenant}, 'at', veha.now(), 'person', {specialist}, 'session', 1, 'resource', 'tenant_show'))` } },
    audit_list: { as: ['administrator'], first: accessed, values: { id: '{tenant}', person: '{specialist}' } },
    audit_seal: { as: ['verifier'], values: { most: '10' } },
    body_forget: { as: ['verifier'], values: { days: '30', most: '100' } },
    capability_list: { as: ['nobody'] },
    risk_past: { as: ['administrator'], first: `${called}; ${assigned}; ${passed}`, values: { as_of: yesterday } },
    risk_list: { as: ['administrator'], first: `${called}; ${assigned}` },
    call_list: { as: ['administrator'], first: called, values: { id: '{tenant}' } },
    call_note: { as: ['administrator'], first: called, values: { id: '{tenant}', outcome: "'promised'", note: "'к пятнице'", again_on: '(veha.today() + 3)' } },
    chosen_show: { as: ['administrator'], first: assigned, values: { tenants: `'[{tenant}, {sibling}]'` } },
    bulk_remind: { as: ['administrator'], values: { tenants: `'[{tenant}, {sibling}]'`, words: "'скоро срок'" } },
    bulk_assign: { as: ['administrator'], first: assigned, values: { tenants: `'[{tenant}, {sibling}]'`, person: '{admin}' } },
    bulk_return: { as: ['administrator'], values: { tenants: `'[{tenant}]'`, step: "'appoint'", reason: "'r'" } },
    bulk_claim: { as: anybody, first: "delete from veha.claim where tenant = {tenant} and step = 'train'", values: { branch: '(select branch from veha.step_state where tenant = {tenant} limit 1)', key: "'train'", tenants: `'["{tenant}"]'`, note: "'приказ'" } },
    bulk_made: { as: anybody, first: done },
    bulk_show: { as: anybody, first: done, values: { id: '(select max(id) from veha.bulk)' } },
    claim_list: { as: anybody, values: { branch: "'open'", key: "'train'" } },
    filter_list: { as: anybody },
    filter_save: { as: anybody, values: { name: "'n'", path: "'/calls'", query: "'standing=overdue'" } },
    filter_remove: { as: anybody, values: { id: '1' } },
    event_check: { as: ['operator'], values: { after: '0', most: '10' } },
    export_note: { as: anybody, values: { resource: "'tenant_history'", id: '{tenant}' } },
    import_rows: { as: ['operator'], values: { batches: `jsonb_build_array(jsonb_build_array(${row}))`, keep: 'true' } },
    job_case: { as: ['nobody'], first: asService, values: { id: job } },
    job_lease: { as: ['nobody'], first: `${issued}; select veha.enter(null, null, 'plan', null, null, null, false, 900)`, values: { most: '10', lease: '60', quiet: "''" } },
    job_result: { as: ['nobody'], first: asService, values: { id: job, fence: '1', seen: look } },
    job_keep: { as: ['verifier'], first: queued, values: { held: `jsonb_build_array(jsonb_build_object('id', ${job}, 'fence', 1))`, lease: '60' } },
    job_record: { as: ['verifier'], first: queued, values: { looks: `jsonb_build_array(jsonb_build_object('id', ${job}, 'fence', 1, 'seen', ${look}))` } },
    job_forget: { as: ['verifier'], values: { days: '7', most: '100' } },
    job_return: { as: ['verifier'], first: queued, values: { id: job, fence: '1', after: '60', tried: 'true' } },
    budget_pause: { as: ['verifier'], values: { network: "'vk'", holder: "'t'", method: 'null', seconds: '60', reason: "'too_many_requests'" } },
    budget_take: { as: ['verifier'], values: { network: "'vk'", holder: "'t'", every_ms: '367', slots: '3', wanted: "'{\"wall.get\": {\"want\": 3, \"most\": 4500}}'" } },
    job_schedule: { as: ['verifier'], values: { every: '6', later: '168', most: '1000' } },
    job_take: { as: ['verifier'], first: queued, values: { worker: "'w'", most: '16', lease: '60', asked_only: 'false', quiet: "''" } },
    inbox_list: { as: anybody, first: matter },
    inbox_read: { as: anybody, first: matter },
    letter_gather: { as: ['notifier'], first: `${mailed}; ${matter}; ${forgotten}`, values: { pause: '15', most: '100' } },
    letter_take: { as: ['notifier'], first: due, values: { worker: "'w'", lease: '60', most: '1' } },
    letter_end: { as: ['notifier'], first: taking, values: { id: '900000', fence: '1', how: "'sent'", most: '10' } },
    letter_forget: { as: ['verifier'], values: { days: '30', most: '100' } },
    look_body: { as: anybody, values: { id: '{tenant}', look: '1' } },
    live_changes: { as: ['nobody'], first: sealed, values: { since: '0' } },
    live_show: { as: anybody, values: { tenant: '{tenant}', within: '{tenant}' } },
    look_forget: { as: ['verifier'], values: { days: '400', most: '100' } },
    look_list: { as: anybody, values: { id: '{tenant}' } },
    look_request: { as: anybody, values: { id: '{tenant}' } },
    look_show: { as: anybody, values: { id: '{tenant}', look: '1' } },
    difference_list: { as: anybody },
    network_list: { as: anybody },
    help_show: { as: ['nobody'] },
    overview_show: { as: anybody },
    password_reset_ask: { as: ['nobody'], values: { login: "'load-specialist'", hash: "'h'", seed: "'s'" } },
    password_reset_show: { as: ['nobody'], first: forgotten, values: { hash: "'h'" } },
    password_reset_use: { as: ['nobody'], first: forgotten, values: { hash: "'h'", password: "'x'" } },
    person_add: { as: ['operator'], values: { login: "'new'", name: "'Новый'", locale: "'ru'", hash: "'x'", role: "'specialist'", tenants: "'[{\"id\": {tenant}}]'", email: "'new@load.example'", informed: 'true' } },
    person_erase: { as: ['operator'], values: { login: "'load-specialist'", reason: "'просьба'" } },
    privacy_accept: { as: anybody, values: { notice: '1' } },
    privacy_show: { as: anybody },
    public_account_list: { as: ['nobody'], values: { search: "'школы 428'" } },
    public_badge: { as: ['nobody'], values: { id: '{tenant}' } },
    public_list: { as: ['nobody'] },
    public_show: { as: ['nobody'] },
    public_tenant: { as: ['nobody'], values: { id: '{tenant}' } },
    reader_show: { as: anybody, first: matter },
    person_disable: { as: ['administrator'], values: { id: '{specialist}', reason: "'r'" } },
    person_enable: { as: ['administrator'], first: 'update veha.person set disabled_at = veha.now() where id = {specialist}', values: { id: '{specialist}', reason: "'r'" } },
    person_hand_over: { as: ['administrator'], values: { id: '{specialist}', to: "'load-1'", reason: "'r'" } },
    person_left: { as: ['administrator'], values: { id: '{specialist}' } },
    person_list: { as: ['administrator'], values: { search: "'нагрузка'" } },
    person_readmit: { as: ['operator'], values: { login: "'load-specialist'" } },
    person_roll: { as: ['operator'] },
    person_speak: { as: anybody, values: { locale: "'en'" } },
    person_show: { as: ['administrator'], values: { id: '{specialist}' } },
    person_history: { as: ['administrator'], values: { id: '{specialist}' } },
    person_unlock: { as: ['administrator'], first: locked, values: { id: '{specialist}' } },
    matrix_show: { as: anybody },
    matrix_past: { as: anybody, first: passed, values: { as_of: yesterday } },
    membership_add: { as: ['administrator'], values: { id: '{specialist}', tenant: '{sibling}', role: "'observer'" } },
    membership_end: { as: ['administrator'], values: { id: '{specialist}', membership: '(select max(id) from veha.membership where person = {specialist})', reason: "'r'" } },
    invitation_accept: { as: ['nobody'], values: { hash: "'hash-7'", chosen: "'h'", refresh: "'r'", hours: '12' } },
    invitation_create: { as: ['administrator'], values: { login: "'guest@example.org'", name: "'Гость'", role: "'specialist'", tenants: "'[{tenant}]'", organisations: `'["{ogrn}"]'`, hash: "'h'", link: "'l'", days: '7' } },
    invitation_import: { as: ['administrator', 'operator'], values: { rows: `'[{"line": 2, "number": 1, "login": "guest", "name": "Гость", "role": "specialist", "organisations": [{"line": 2, "number": "{ogrn}"}], "hash": "h", "link": "l"}]'`, days: '7' } },
    invitation_list: { as: ['administrator'] },
    invitation_made: { as: ['administrator'], first: `select set_config('veha.invitations', '[{"id": 7, "number": 1}]', true)` },
    invitation_renew: { as: ['administrator'], values: { wanted: `'[{"id": 7, "hash": "h", "link": "l"}]'`, days: '7' } },
    invitation_revoke: { as: ['administrator'], values: { id: '7', reason: "'r'" } },
    invitation_show: { as: ['nobody'], values: { hash: "'hash-7'" } },
    search_list: { as: anybody, values: { q: "'школы 428'" } },
    session_list: { as: anybody, values: { hours: '12', idle_minutes: '30' } },
    session_revoke: { as: ['administrator'], values: { session: '(select max(id) from veha.session where person = {admin})' } },
    reading_list: { as: ['verifier'], values: { limit: '200' } },
    roadmap_list: { as: ['administrator'] },
    roadmap_show: { as: anybody, values: { id: '{tenant}' } },
    seal_check: { as: ['operator'], first: sealed, values: { after: '0', most: '10' } },
    seal_show: { as: ['operator'], first: sealed },
    factor_attempt: { as: ['nobody'], values: { challenge: "'c'" } },
    factor_begin: { as: anybody, values: { sealed: "'s'" } },
    factor_confirm: { as: anybody, first: "select veha.factor_begin('s')", values: { sealed: "'s'", step: '1', codes: `'["h"]'` } },
    factor_end: { as: anybody, first: "insert into veha.factor (person, sealed, since) values (veha.caller(), 's', veha.now())" },
    factor_pass: { as: ['nobody'], values: { challenge: "'c'", step: '1', recovery: 'null', refresh: "'r'", hours: '12' } },
    factor_wanted: { as: anybody },
    operator_factor_give: { as: ['operator'], values: { person: '{specialist}', sealed: "'s'" } },
    operator_factor_reset: { as: ['operator'], values: { login: "'load-admin'" } },
    password_attempt: { as: anybody },
    password_change: { as: anybody, values: { hash: "'h'" } },
    person_factor_reset: { as: ['administrator'], values: { person: '{specialist}', reason: "'r'" } },
    recovery_renew: { as: anybody, first: "insert into veha.factor (person, sealed, since) values (veha.caller(), 's', veha.now())", values: { codes: `'["h"]'` } },
    security_show: { as: anybody },
    service_issue: { as: ['operator'], values: { name: "'outside'", tenant: "'{\"id\": {tenant}}'", capabilities: "'[\"job.take\"]'", hash: "'h'", days: '30' } },
    service_list: { as: ['operator'] },
    service_open: { as: ['nobody'], first: issued, values: { hash: "'h'" } },
    service_revoke: { as: ['operator'], first: issued, values: { name: "'outside'" } },
    service_touch: { as: ['nobody'], first: `${issued}; select veha.enter(null, null, 'plan', null, null, null, false, 900)` },
    session_attempt: { as: ['nobody'], values: { login: "'load-admin'" } },
    session_end: { as: anybody },
    session_open: { as: ['nobody'], values: { person: '{specialist}', refresh: "'r'", hours: '12' } },
    session_show: { as: anybody },
    session_renew: { as: ['nobody'], values: { presented: "'p'", successor: "'s'", hours: '12', idle_minutes: '30' } },
    decision_undo: { as: ['administrator'], first: "select veha.step_decide({tenant}, 'appoint', 'confirmed', 'r', null, null)", values: { id: '{tenant}', key: "'appoint'" } },
    decision_undone: { as: ['administrator'], values: { id: '{tenant}', key: "'appoint'", queue: "'dispute'" } },
    sample_undo: { as: ['administrator'], first: `${sampled}; select veha.sample_answer({tenant}, max(id), 'agreed', null) from veha.sample`, values: { id: '{tenant}', sample: '(select max(id) from veha.sample)' } },
    sample_undone: { as: ['administrator'], first: sampled, values: { id: '{tenant}', sample: '(select max(id) from veha.sample)' } },
    dispute_decide: { as: ['administrator'], first: disputed, values: { ...told, key: disputedStep, outcome: "'rejected'" } },
    dispute_withdraw: { as: anybody, first: disputed, values: { ...told, key: disputedStep } },
    queue_list: { as: anybody },
    queue_past: { as: anybody, first: passed, values: { as_of: yesterday } },
    reliability_show: { as: ['administrator'] },
    sample_answer: { as: ['administrator'], first: sampled, values: { id: '{tenant}', sample: '(select max(id) from veha.sample)', answer: "'agreed'" } },
    step_history: { as: anybody, values: { id: '{tenant}', key: "'appoint'" } },
    step_dispute: { as: anybody, first: failed, values: { ...told, key: disputedStep } },
    file_add: { as: anybody, values: { id: '{tenant}', key: "'train'", name: "'a.png'", kind: "'png'", file: "repeat('a', 64)", content: "'AAAA'" } },
    file_forget: { as: ['verifier'], values: { days: '30', most: '100' } },
    file_made: { as: anybody, first: filed },
    file_part: { as: anybody, first: filed, values: { id: '{tenant}', file: filedId, number: '0' } },
    file_remove: { as: anybody, first: filed, values: { id: '{tenant}', key: "'train'", file: filedId, reason: "'не тот'" } },
    file_restore: { as: anybody, first: `${filed}; select veha.file_remove({tenant}, 'train', ${filedId}, null, null)`, values: { id: '{tenant}', key: "'train'", file: filedId } },
    file_show: { as: anybody, first: filed, values: { id: '{tenant}', key: "'train'", file: filedId } },
    step_claim: { as: anybody, values: ticked },
    step_comment: { as: anybody, values: { id: '{tenant}', key: "'appoint'", comment: "'где бланк?'" } },
    comment_withdraw: { as: anybody, first: commented, values: { id: '{tenant}', key: "'appoint'", comment: '(select max(id) from veha.comment where tenant = {tenant})' } },
    step_send: { as: anybody, first: drafted, values: { id: '{tenant}', key: "'train'" } },
    step_decide: { as: ['administrator'], values: { ...told, key: "'appoint'", word: "'confirmed'" } },
    step_draft: { as: anybody, values: ticked },
    step_tick: { as: ['verifier'], first: "update veha.step_state set changes_at = veha.now() - interval '1 hour' where tenant = {tenant}", values: { most: '100' } },
    step_show: { as: anybody, values: { id: '{tenant}', key: "'appoint'" } },
    step_past: { as: anybody, first: passed, values: { id: '{tenant}', key: "'appoint'", as_of: yesterday } },
    step_withdraw: { as: anybody, values: { ...told, key: "'appoint'" } },
    template_publish: { as: ['operator'], values: { region: "(select to_jsonb(r) - 'singleton' - 'version' from veha.region r)", networks: "'[]'", roadmaps: "'[]'", rubric: '(select rubric_current())' } },
    tenant_close: { as: ['administrator'], values: told },
    tenant_create: { as: ['administrator'], values: { parent: '{founder}', kind: "'organisation'", name: "'Новая школа'" } },
    tenant_edit: { as: anybody, values: { id: '{tenant}' } },
    tenant_history: { as: anybody, values: { id: '{tenant}' } },
    tenant_list: { as: anybody, values: { search: "'1026900007777'", address: "'1026900007777'" } },
    tenant_made: { as: ['administrator'], first: "select set_config('veha.made', '{tenant}', true)" },
    tenant_mend: { as: ['administrator'], values: { ...told, inn: "'{inn}'" } },
    tenant_merge: { as: ['administrator'], values: { ...told, into: '{sibling}' } },
    tenant_move: { as: ['administrator'], values: { ...told, parent: '{other}' } },
    tenant_rename: { as: ['administrator'], values: { ...told, name: "'Гимназия'" } },
    tenant_reopen: { as: ['administrator'], first: "update veha.tenant set closed_at = veha.now() where id = {tenant}", values: told },
    tenant_show: { as: anybody, values: { id: '{tenant}' } },
    trial_create: { as: ['administrator'], values: { roadmap: candidate } },
    trial_made: { as: ['administrator'], first: tried },
    trial_record: { as: ['verifier'], first: taken, values: { id: '900', fence: '1', tenants: "'[{tenant}]'", verdicts: "'[]'" } },
    trial_show: { as: ['administrator'], first: tried, values: { id: trial } },
    trial_take: { as: ['verifier'], first: taken, values: { worker: "'w'", most: '25', lease: '60' } },
    trace_forget: { as: ['verifier'], values: { days: '30', most: '100' } },
    verification_show: { as: ['administrator'] },
    verification_watch: { as: ['nobody'] },
    window_show: { as: ['operator'], first: sealed },
    worker_beat: { as: ['verifier'], values: { worker: "'host:1'", host: "'host'", looks: '3', leaving: 'false' } },
    workplace_show: { as: anybody },
};

-- What grows is forgotten in small batches, but never what a status rests on.
begin;
\o /dev/null
\i tests/sql/support/region.sql
select account_add(pg_temp.tenant('first'), 'vk', 'first', 'https://vk.com/first', null);
select account_add(pg_temp.tenant('second'), 'vk', 'second', 'https://vk.com/second', null);
select pg_temp.tenant('first') as first \gset
select id as vk from account where address = 'first' \gset
select id as other from account where address = 'second' \gset
select pg_temp.look(:vk, 'missing', '{"EXIST": "failed"}', '2022-11-01T09:30Z');
select pg_temp.as('specialist', '2022-11-01T10:00Z');
select step_claim(:first, 'create_vk', 'готово', null, null);
select pg_temp.look(:vk, 'missing', '{"EXIST": "failed"}', format('2022-11-%sT12:00Z', day)::timestamptz) from generate_series(2, 9) day;
select pg_temp.look(:other, 'present', '{"EXIST": "passed"}', format('2022-11-%sT12:00Z', day)::timestamptz) from generate_series(2, 9) day;
update person set email = 's@x.example' where login = 'specialist';
insert into outbox (kind, person, at) select 'password_changed', pg_temp.person('specialist'), at::timestamptz from unnest('{2022-11-05T00:00Z,2023-12-31T10:00Z}'::text[]) as at;
select letter_gather('0', 10);
update letter set at = '2022-11-05T00:00Z';
insert into password_reset (token_hash, login_hash, at) values ('old', '', '2023-12-30T10:00Z'), ('new', '', '2024-01-01T09:30Z');
insert into session (person, refresh_hash, seen_at, ended_at) values
    (pg_temp.person('specialist'), 'ended', '2022-11-02T10:00Z', '2022-11-02T11:00Z'), (pg_temp.person('specialist'), 'left', '2022-11-02T10:00Z', null),
    (pg_temp.person('specialist'), 'used', '2023-12-31T10:00Z', null);
insert into session_spent (refresh_hash, session, serial) select 'spent', id, 1 from session where refresh_hash = 'ended';
insert into idempotency (person, key, use, at) values (pg_temp.person('specialist'), 'old', 'u', '2022-11-02T10:00Z'), (pg_temp.person('specialist'), 'new', 'u', '2024-01-01T09:00Z');
insert into trial (tenant, place, branch, document, person, state, finished_at)
select t.id, t.place, 'none', '{}', pg_temp.person('curator'), state, finished_at
  from tenant t, (values ('done', '2022-12-01T10:00Z'::timestamptz), ('failed', '2023-12-31T10:00Z'), ('running', null)) as told (state, finished_at)
 where t.id = :first;
insert into trial_flip (tenant, place, trial, step, was, becomes) select t.tenant, t.place, t.id, 'create_vk', 'open', 'done' from trial t where state = 'done';
insert into invitation (login, name, role, token_hash, expires_at, accepted_at, revoked_at) values
    ('left', 'Оставлено', 'specialist', 'left', '2023-12-01T00:00Z', null, null), ('taken', 'Принято', 'specialist', 'taken', '2024-02-01T00:00Z', '2023-12-01T10:00Z', null),
    ('revoked', 'Отозвано', 'specialist', 'revoked', '2024-02-01T00:00Z', null, '2023-12-01T10:00Z'), ('late', 'Просрочено', 'specialist', 'late', '2023-12-20T00:00Z', null, null),
    ('waits', 'Ждёт', 'specialist', 'waits', '2024-01-05T00:00Z', null, null);
insert into invitation_tenant (tenant, place, invitation, role) select t.id, t.place, i.id, i.role from tenant t, invitation i where t.id = :first;
create temp table before as select tenant, step, status, basis, seen from step_state;
set session authorization veha_verify;
select veha.enter(null, null, null, null, '2024-01-01T10:00Z');
\o
select plan(25);

select is(veha.look_forget(500, 100), 0, 'what is not old enough stays');
select is(veha.look_forget(400, 5), 5, 'a few at a time');
select is(veha.look_forget(400, 100), 9, 'then the others');
select is(veha.look_forget(400, 100), 0, 'and no more');
select results_eq(format('select at from veha.look where account = %s order by at', :vk), $$values ('2022-11-02T12:00Z'::timestamptz), ('2022-11-09T12:00Z')$$,
                  'the last of an account stays, and the first failure after the claim');
select results_eq(format('select at from veha.look where account = %s', :other), $$values ('2022-11-09T12:00Z'::timestamptz)$$, 'of an account without a claim the last alone');
select is((select count(*) from veha.verdict v where not exists (select from veha.look l where l.tenant = v.tenant and l.id = v.look)), 0::bigint, 'verdicts go with their look');
select throws_ok('delete from veha.look', '42501', null, 'the verifier deletes nothing by itself');
select throws_ok('delete from veha.body', '42501', null, 'and no page');
select is(veha.job_forget(7, 10), 10, 'finished jobs');
select is(veha.job_forget(7, 10), 7, 'are forgotten a few at a time, too');
reset session authorization;
select is((select count(*) from job where finished_at is not null), 0::bigint, 'all of them');
select step_refresh(array(select id from tenant)) \g /dev/null
select bag_eq('select tenant, step, status, basis, seen from step_state where seen <> ''none''', 'select tenant, step, status, basis, seen from before where seen <> ''none''',
              'and all statuses are computed as before');
set session authorization veha_verify;
select is(veha.trace_forget(30, 100), 2, 'sessions that ended or were left');
reset session authorization;
select results_eq('select refresh_hash from session union all select key from idempotency order by 1', $$values ('new'), ('used')$$, 'what is still used stays');
set session authorization veha_verify;
select is(veha.invitation_forget(30, 2), 2, 'invitations that are over, a few at a time');
select is(veha.invitation_forget(30, 100), 1, 'all of them');
reset session authorization;
select bag_eq('select login from invitation', $$values ('late'), ('waits')$$, 'one that expired of late stays, as one that waits');
select is((select count(*) from invitation_tenant), 2::bigint, 'and where they are for');
set session authorization veha_verify;
select ok(veha.letter_forget(30, 100) > 0, 'what people were told long ago');
reset session authorization;
select results_eq($$select at from outbox where kind = 'password_changed'$$, $$values ('2023-12-31T10:00Z'::timestamptz)$$, 'is forgotten');
select is((select count(*) from letter), 1::bigint, 'but not a letter that tells of something newer as well');
select results_eq('select token_hash from password_reset', $$values ('new')$$, 'and links of yesterday');
select bag_eq('select state from trial', $$values ('failed'), ('running')$$, 'trials that were finished long ago are forgotten');
select is((select count(*) from trial_flip), 0::bigint, 'with what they found');
select * from finish();
rollback;

-- Looks are taken once, recorded once, and judged into sightings.
begin;
\o /dev/null
\i tests/sql/support/region.sql
select account_add(pg_temp.tenant('first'), 'vk', 'first', 'https://vk.com/first', null);
select account_add(pg_temp.tenant('second'), 'telegram', 'second', 'https://t.me/second', null);
select pg_temp.tenant('first') as first, pg_temp.tenant('second') as second \gset
select id as vk from account where network = 'vk' \gset
select enter(null, null, null, null, '2022-11-02T10:00Z');
set session authorization veha_verify;
\o
select plan(26);

select is(veha.job_schedule('1 day', '7 days', 100), 2, 'accounts never looked at are due');
select is(veha.job_schedule('1 day', '7 days', 100), 0, 'and queued once');
create temp table taken as select value as job from jsonb_array_elements(veha.job_take('one', 10, '1 minute', false));
select is((select count(*) from taken), 2::bigint, 'a worker takes them');
select is(veha.job_take('two', 10, '1 minute', false), '[]', 'another finds nothing while the lease holds');
select is((select job->'subject'->>'name' from taken where job->>'network' = 'vk'), 'first', 'a job brings its subject');
select is((select job->'parameters'->'NAME'->>'share_least' from taken where job->>'network' = 'vk'), '60', 'and the parameters of the checks');
select (job->>'id')::bigint as job from taken where job->>'network' = 'vk' \gset

select veha.enter(null, null, null, null, '2022-11-02T10:00:40Z') \g /dev/null
select is(veha.job_keep((select jsonb_agg(jsonb_build_object('id', job->'id', 'fence', 1)) from taken), '1 minute'), 2, 'who still waits for its networks keeps the lease');
select is(veha.job_keep((select jsonb_agg(jsonb_build_object('id', job->'id', 'fence', 9)) from taken), '1 hour'), 0, 'of its own looks alone');
select veha.enter(null, null, null, null, '2022-11-02T10:01:30Z') \g /dev/null
select is(veha.job_take('two', 10, '1 minute', false), '[]', 'so nobody else takes them');
select veha.enter(null, null, null, null, '2022-11-02T10:02Z') \g /dev/null
select is(jsonb_array_length(veha.job_take('two', 10, '1 minute', false)), 2, 'a lease that ran out is taken by the next');
select is(pg_temp.record(:job, 1, '{"state": "present", "network_version": 1, "rules_version": 1, "verdicts": [{"check": "EXIST", "result": "passed", "reason": "present"}]}'),
          false, 'the late worker''s fence no longer fits');
select is_empty('select * from veha.look', 'and it changed nothing');
select is(pg_temp.record(:job, 2, '{"state": "present", "title": "Школа", "audience": 120, "network_version": 1, "rules_version": 1, "verdicts": [
                                    {"check": "EXIST", "result": "passed", "reason": "present"}, {"check": "NAME", "result": "unknown", "reason": "no_name"}]}'),
          true, 'the present one records');
select is(pg_temp.record(:job, 2, '{"state": "missing", "network_version": 1, "rules_version": 1, "verdicts": []}'), false, 'once');
select results_eq('select "check", result, run_result from veha.sighting order by 1', $$values ('EXIST', 'passed', 'passed'), ('NAME', 'unknown', null)$$, 'sightings follow');
select results_eq(format('select state, title, audience from veha.account where id = %s', :vk), $$values ('present', 'Школа', 120::bigint)$$, 'the account shows what was seen');
select results_eq('select status, basis from veha.step_state where step = ''create_vk'' and basis is not null', $$values ('verified', 'account')$$, 'and the step its status');

select veha.enter(null, null, null, null, '2022-11-02T10:03Z') \g /dev/null
select is(veha.job_return((select (job->>'id')::bigint from taken where job->>'network' = 'telegram'), 2, '10 minutes'), true, 'a look that saw nothing is put back');
select is(jsonb_array_length(veha.job_take('two', 10, '1 minute', false)), 0, 'and rests');
select veha.enter(null, null, null, null, '2022-11-02T10:14Z') \g /dev/null
select is(jsonb_array_length(veha.job_take('two', 10, '1 minute', false)), 1, 'until it is due again');

select throws_ok('select * from veha.person', '42501', null, 'the verifier sees no people');
select throws_ok('select * from veha.claim', '42501', null, 'no claims');
select throws_ok('update veha.tenant set name = ''x''', '42501', null, 'and renames nobody');

-- Check now.
set session authorization veha_web;
select pg_temp.as('specialist', '2022-11-02T11:00Z') \g /dev/null
select is(veha.look_request(:first), 1, 'a specialist asks for a look');
select is(veha.look_request(:first), 1, 'asking twice moves the same one');
select is((select count(*) from veha.job where tenant = :first and finished_at is null), 1::bigint, 'there is one in the queue');
select * from finish();
rollback;

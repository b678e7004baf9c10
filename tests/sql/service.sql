-- Programs that call: what they see and do one level below HTTP, when they live, and that a look has one result.
begin;
\o /dev/null
\i tests/sql/support/region.sql
select account_add(pg_temp.tenant('first'), 'vk', 'first', 'https://vk.com/first', null);
select account_add(pg_temp.tenant('second'), 'telegram', 'second', 'https://t.me/second', null);
select account_add(pg_temp.tenant('third'), 'vk', 'third', 'https://vk.com/third', null);
select pg_temp.tenant('first') as first, pg_temp.tenant('second') as second, pg_temp.tenant('third') as third, pg_temp.tenant('agency') as agency, pg_temp.tenant('other') as other \gset
select veha.enter(null, null, null, null, '2022-11-01T10:00:00Z');
select service_issue('worker', jsonb_build_object('id', :agency), '{job.take,job.record}', 'hash of worker', 30)->>'service' as worker \gset
select service_issue('beside', jsonb_build_object('id', :agency), '{job.take,job.record}', 'hash of beside', 30)->>'service' as beside \gset
select service_issue('reader', jsonb_build_object('id', :agency), '{tenant.read}', 'hash of reader', 1)->>'service' as reader \gset
insert into job (tenant, place, account, due_at) select tenant, place, id, '2022-11-01T09:00:00Z' from account order by id;
select id as job from job where tenant = :first \gset
select id as foreign_job from job where tenant = :third \gset

-- The program asks, so many seconds after ten.
create function pg_temp.program(which bigint, seconds numeric default 0) returns void language sql as
$$ select veha.enter(null, null, 'test', '192.0.2.9', timestamptz '2022-11-01T10:00:00Z' + seconds * interval '1 s', null, false, which) $$;
create function pg_temp.seen(state text, result text) returns jsonb language sql as
$$ select jsonb_build_object('state', state, 'reading', '{"source": "api"}'::jsonb, 'network_version', 1, 'rules_version', 1,
                             'verdicts', jsonb_build_array(jsonb_build_object('check', 'EXIST', 'result', result, 'reason', 'r'))) $$;
grant usage on schema public to veha_web;
set session authorization veha_web;
\o
select plan(58);

-- Who lives.
select throws_ok('select pg_temp.program(999999)', 'VH401', 'service_ended', 'a program that is not there asks nothing');
select lives_ok(format('select pg_temp.program(%s)', :reader), 'one that is issued does');
select throws_ok(format('select pg_temp.program(%s, 86400)', :reader), 'VH401', 'service_ended', 'until it expires');
select is(service_open('nonsense'), '{"refused": "service_refused"}', 'an unknown secret is refused');
select pg_temp.program(null, 0) \g /dev/null
select is(service_open('hash of reader') - 'service', ('{"name": "reader", "tenant": "' || :agency || '", "capabilities": ["tenant.read"], "expires_at": 1667383200}')::jsonb,
          'a secret is good for what the program may');
select is(caller(), null, 'nobody is signed in by it');
select is(service(), :reader::bigint, 'the unit is the program''s from then on');
select is(actor(), 'service', 'and so are its events');

-- What it sees.
select pg_temp.program(:reader) \g /dev/null
select set_eq('select name from veha.tenant', '{agency,first,second}'::text[], 'a reader sees its subtree');
select is_empty('select * from veha.job where tenant = ' || :third, 'and no look of others');
select is_empty('select id from veha.service', 'no program, not even itself');
select throws_ok('select secret_hash from veha.service', '42501', null, 'never a hash of a secret');
select is_empty('select id from veha.person', 'no person');
select is_empty('select id from veha.session', 'no session');
select throws_ok(format('select veha.tenant_rename(%s, ''x'', null, ''r'', null)', :first), 'VH404', null, 'it changes nothing');
select throws_ok(format('select veha.account_add(%s, ''vk'', ''x'', ''https://vk.com/x'', null)', :first), 'VH403', null, 'registers nothing');
select throws_ok(format('select veha.tenant_move(%s, %s, ''r'', null)', :first, :agency), 'VH404', null, 'moves nothing');
select throws_ok(format('select veha.step_claim(%s, ''appoint'', ''n'', null, null)', :first), null, null, 'ticks nothing');
select throws_ok('select veha.job_lease(null, 10, ''1 minute'', '''')', 'VH403', 'forbidden', 'takes nothing');
select is(job_case(:job), null, 'and is told nothing of a look that it may not record');
select throws_ok(format('select veha.job_result(%s, 1, ''{}'')', :job), 'VH404', 'not_found', 'nor records it');
select pg_temp.program(:worker) \g /dev/null
select is_empty('select * from veha.tenant', 'a worker that may not read sees no tenant');
select is_empty('select * from veha.job', 'and no job but by taking it');
select throws_ok('update veha.service set revoked_at = null', '42501', null, 'no program changes programs');
select throws_ok('select veha.service_issue(''x'', null, ''{job.take}'', ''h'', 1)', '42501', null, 'or issues any');
select throws_ok('select veha.service_revoke(''beside'')', '42501', null, 'or revokes one');
select veha.enter(null, null, null, null, null) \g /dev/null
select throws_ok('select veha.job_lease(null, 10, ''1 minute'', '''')', 'VH403', 'forbidden', 'nobody takes nothing');
select throws_ok(format('select veha.tenant_move(%s, %s, ''r'', null)', :first, :other), null, null, 'nor moves anything, though nobody is signed in');

-- Taking.
select pg_temp.program(:worker) \g /dev/null
select job_lease('{vk}', 10, '1 minute', '') as taken \gset
select is(jsonb_array_length((:'taken'::jsonb)->'items'), 1, 'of a network: what is in the subtree');
select is((:'taken'::jsonb)#>'{items,0,id}', to_jsonb(:job::bigint), 'and due');
select is(((:'taken'::jsonb)#>>'{items,0,lease_until}')::timestamptz, '2022-11-01T10:01:00Z', 'with the end of its lease');
select is((:'taken'::jsonb)#>>'{items,0,subject,name}', 'first', 'and whom it is to be judged for');
select is(job_lease('{vk}', 10, '1 minute', '')->'items', '[]', 'it is taken once');
select is(jsonb_array_length(job_lease(null, 10, '1 minute', '')->'items'), 1, 'any network: what is left of the subtree');
select is(job_case(:job)#>>'{subject,name}', 'first', 'what judging needs');
select is(job_case(:foreign_job), null, 'of the own subtree alone');

-- Recording.
select throws_ok(format('select veha.job_result(%s, 1, pg_temp.seen(''present'', ''passed''))', :foreign_job), 'VH404', 'not_found', 'a foreign look is not there');
select throws_ok(format('select veha.job_result(%s, 2, pg_temp.seen(''present'', ''passed''))', :job), 'VH409', 'lease_lost', 'another fence');
select pg_temp.program(:beside) \g /dev/null
select throws_ok(format('select veha.job_result(%s, 1, pg_temp.seen(''present'', ''passed''))', :job), 'VH409', 'lease_lost', 'another''s fence');
select pg_temp.program(:worker, 60) \g /dev/null
select throws_ok(format('select veha.job_result(%s, 1, pg_temp.seen(''present'', ''passed''))', :job), 'VH409', 'lease_lost', 'too late');
select pg_temp.program(:worker, 59) \g /dev/null
select is(job_result(:job, 1, pg_temp.seen('present', 'passed')) - 'look' - 'verdicts', jsonb_build_object('id', :job::bigint, 'state', 'present'), 'in time');
select throws_ok(format('select veha.job_result(%s, 1, pg_temp.seen(''missing'', ''failed''))', :job), 'VH409', 'result_known', 'once');
reset session authorization;
select results_eq('select state, service from look where tenant = ' || :first, format('values (''present'', %s::bigint)', :worker), 'the look says who looked');
select is((select run_result from sighting where tenant = :first and "check" = 'EXIST'), 'passed', 'it counts as one of the house''s own');
select is_empty('select * from network_tally', 'but says nothing of the network as a whole');
select results_eq('select actor, service from event where kind = ''account_looked''', format('values (''service'', %s::bigint)', :worker), 'its event is the program''s');
select results_eq('select name, looks, service from worker', format('values (''service:worker'', 1, %s::bigint)', :worker), 'it is seen at work, with what it holds');
select is((budget_take('vk', 't', 1, 1, '{}')->>'workers')::int, 1, 'and takes no share of what the house may ask');
select is((select seen_at from service where id = :reader), timestamptz '2022-11-01T10:00:00Z', 'the last use is known');

-- One a minute.
set session authorization veha_web;
select pg_temp.program(:reader, 30) \g /dev/null
select is(service_touch(), '{"noted": false}', 'a use within a minute of the last is not written');
select pg_temp.program(:reader, 60) \g /dev/null
select is(service_touch(), '{"noted": true}', 'a later one is');
reset session authorization;

-- The end.
select veha.enter(null, null, null, null, '2022-11-01T10:02:00Z') \g /dev/null
select throws_ok('select service_issue(''worker'', null, ''{job.take}'', ''h'', 1)', 'VH409', 'service_known', 'a name is given once');
select throws_ok('select service_issue(''x'', null, ''{step.decide}'', ''h'', 1)', 'VH422', 'capability_unknown', 'what people alone may do is given to no program');
select service_revoke('worker') \g /dev/null
select throws_ok(format('select pg_temp.program(%s)', :worker), 'VH401', 'service_ended', 'a revoked program asks nothing more');
select is(service_open('hash of worker'), '{"refused": "service_refused"}', 'and is not let in');
select set_config('veha.service', :'worker', true) \g /dev/null
select is(scope('job.take'), '{}', 'nor has it any place');
select pg_temp.program(null, 86400) \g /dev/null
select is(service_open('hash of reader'), '{"refused": "service_refused"}', 'one that has expired is not let in either');
select lives_ok('select service_issue(''worker'', null, ''{job.take}'', ''another hash'', 1)', 'its name may be given again');
select * from finish();
rollback;

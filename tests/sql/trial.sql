-- A trial tells what a roadmap would change, by the rules of the real thing, and changes nothing itself.
begin;
\o /dev/null
\i tests/sql/support/region.sql
select account_add(pg_temp.tenant('second'), 'telegram', 'second', 'https://t.me/second', null);
select account_add(pg_temp.tenant('third'), 'telegram', 'third', 'https://t.me/third', null);
select pg_temp.tenant('second') as second, pg_temp.tenant('third') as third, pg_temp.tenant('agency') as agency \gset
select id as account from account where tenant = :second \gset
select pg_temp.look(:account, 'present', '{"EXIST": "passed", "NAME": "passed", "FRESH": "passed"}', '2022-11-02T10:00Z');
select pg_temp.look(:account, 'throttled', '{"EXIST": "unknown", "NAME": "unknown", "FRESH": "unknown"}', '2022-11-02T12:00Z');
select pg_temp.as('specialist', '2022-11-02T13:00Z');
insert into claim (tenant, place, step, person, on_behalf) select id, place, 'name', pg_temp.person('admin'), false from tenant where id = :second;
-- The candidate asks for another share of the name, has one step more and one less.
create temp table candidate as
select jsonb_set(jsonb_set(document, '{version}', '100'), '{steps}',
                 (select jsonb_agg(case when s->>'key' = 'name' then s || '{"checks": [{"check": "NAME", "share_least": 90}]}' else s end)
                         || '[{"key": "extra", "title": "t", "why": "w", "how": "h", "evidence": "e", "offset": 0, "checks": [{"check": "MAN"}]}]'
                    from jsonb_array_elements(document->'steps') s where s->>'key' <> 'appoint')) as file
  from roadmap where branch = 'open' and version = 99;
create temp table before as select * from step_state;
create temp table history as select * from step_history;
grant select on candidate, before, history to public;
select (veha.now()) as kept \gset
\o
select plan(31);

select is((select prosrc from pg_proc where oid = 'veha.trial_compute(bigint[])'::regprocedure), (select prosrc from pg_proc where oid = 'veha.step_compute(bigint[])'::regprocedure),
          'a trial computes statuses by the very text of the real thing');

-- Who may ask.
set session authorization veha_web;
select pg_temp.as('curator', '2022-11-02T14:00Z') \g /dev/null
select throws_ok('select veha.trial_create((select file from candidate), null)', 'VH404', 'not_found', 'a curator may not try a roadmap');
select pg_temp.as('admin', '2022-11-02T14:00Z') \g /dev/null
select throws_ok('select veha.trial_create((select file || ''{"version": 99}'' from candidate), null)', 'VH409', 'roadmap_published', 'a number that is published means its own text');
select throws_ok('select veha.trial_create((select file from candidate), 987654321)', 'VH404', 'not_found', 'what is not there cannot be looked through');
select veha.trial_create((select file from candidate), null) as trial \gset
select is((select state from veha.trial where id = :trial), 'queued', 'a trial waits');
select throws_ok('insert into veha.trial_flip select tenant, place, id, ''name'', ''a'', ''b'' from veha.trial', '42501', null, 'nobody writes its outcome');
select throws_ok('update veha.trial set state = ''done''', '42501', null, 'nor its state');
select throws_ok('select veha.trial_take(''w'', 1, ''1 minute'')', '42501', null, 'and only the verifier works at it');
select pg_temp.as('curator', '2022-11-02T14:00Z') \g /dev/null
select is_empty('select * from veha.trial', 'who may not ask does not see it');

-- A worker takes it, and dies.
set session authorization veha_verify;
select veha.enter(null, null, null, null, '2022-11-02T14:00Z') \g /dev/null
create temp table part as select veha.trial_take('one', 4, '1 minute') as part;
select is((select part->'tenants'->>3 from part), :'second', 'a worker takes the first part');
select is((select part->'parameters'->'NAME'->>'share_least' from part), '90', 'with the candidate''s parameters');
select is((select part->'items'->0->'parameters'->'NAME'->>'share_least' from part), '60', 'beside those of now');
select is((select jsonb_array_length(part->'items') from part), 1, 'and the reading that saw the account');
select is((select part->'items'->0->>'at' from part), '2022-11-02T10:00:00+00:00', 'not the last one, which saw nothing');
select is(veha.trial_take('two', 4, '1 minute'), null, 'nobody else works at it');
select veha.enter(null, null, null, null, '2022-11-02T14:02Z') \g /dev/null
select is((veha.trial_take('two', 4, '1 minute')->>'fence')::int, 2, 'until its lease has run out');
select is(veha.trial_record(:trial, 1, array[2, 3, 4, :second]::bigint[], '[]'), false, 'the late worker changes nothing');
select is(veha.trial_record(:trial, 2, array[2, 3, 4, :second]::bigint[], jsonb_build_array(jsonb_build_object('tenant', :second, 'account', :account, 'check', 'NAME', 'result', 'failed', 'reason', 'name_differs'))),
          true, 'the present one records');
select is(veha.trial_record(:trial, 2, array[2, 3, 4, :second]::bigint[], '[]'), false, 'once');
select is((veha.trial_take('one', 10, '1 minute')->'tenants'), jsonb_build_array(:third), 'then comes the next part');
select is(veha.trial_record(:trial, 3, array[:third]::bigint[], '[]'), true, 'which differs in nothing');
select is(veha.trial_take('one', 10, '1 minute'), null, 'and there is no more');

-- What it tells.
set session authorization veha_web;
select pg_temp.as('admin', '2022-11-02T15:00Z') \g /dev/null
select results_eq('select state, total, done from veha.trial', $$values ('done', 5, 5)$$, 'it is done');
select results_eq('select tenant, step, was, becomes from veha.trial_flip', format($$values (%s::bigint, 'name', 'verified', 'contradicted')$$, :second), 'one status would be another one');
select results_eq('select step, was, becomes, tenants from veha.trial_count order by step', $$values ('appoint', 'not_started', '', 5), ('extra', '', 'not_started', 5), ('name', 'verified', 'contradicted', 1)$$,
                  'steps that come and go are told apart');
set session authorization postgres;
select results_eq('select * from veha.step_state order by tenant, step', 'select * from before order by tenant, step', 'no status has changed');
select results_eq('select * from veha.step_history order by tenant, step, valid', 'select * from history order by tenant, step, valid', 'and no history');

-- And so it comes, once the roadmap is published and the page stays as it is.
\o /dev/null
select veha.enter(null, null, null, null, '2022-11-03T10:00Z');
select veha.roadmap_publish(file) from candidate;
update veha.tenant_roadmap set version = 100 where branch = 'open';
select pg_temp.look(:account, 'present', '{"EXIST": "passed", "NAME": "failed", "FRESH": "passed"}', '2022-11-03T11:00Z');
select pg_temp.look(:account, 'present', '{"EXIST": "passed", "NAME": "failed", "FRESH": "passed"}', '2022-11-04T12:00Z');
\o
select is((select status from veha.step_state where tenant = :second and step = 'name'), 'verified', 'not at once: it has its grace');
select veha.enter(null, null, null, null, '2022-11-08T12:00Z') \g /dev/null
select veha.step_tick(100) \g /dev/null
select results_eq(format('select step, status from veha.step_state where tenant = %s order by step', :second),
                  format($$select step, coalesce((select becomes from veha.trial_flip f where f.tenant = b.tenant and f.step = b.step), status) from before b where tenant = %s and step <> 'appoint'
                           union select 'extra', 'not_started' order by 1$$, :second), 'then every status is what the trial said');

-- Bodies.
\o /dev/null
insert into veha.body (tenant, place, hash, length, packed, seen_at)
select id, place, repeat(n::text, 64), 1, 'x', veha.now() - make_interval(days => 29 + n) from veha.tenant, generate_series(0, 3) n where id = :second;
\o
set session authorization veha_verify;
select is(veha.body_forget(30, 1), 1, 'bodies are forgotten in small batches');
select is(veha.body_forget(30, 10), 1, 'when no look has seen them for so long');
select * from finish();
rollback;

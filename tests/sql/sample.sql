-- Samples: drawn by a lot that is always the same, kept as they were, answered once; and what the answers say of the checks.
begin;
\o /dev/null
\i tests/sql/support/region.sql
select account_add(pg_temp.tenant('first'), 'vk', 'first', 'https://vk.com/first', null);
select account_add(pg_temp.tenant('third'), 'vk', 'third', 'https://vk.com/third', null);
select pg_temp.tenant('first') as first, pg_temp.tenant('third') as third \gset
select id as vk from account where tenant = :first \gset
select id as foreign from account where tenant = :third \gset
\o
select plan(40);

select is((select array_agg(sample_lot(1, look, 'EXIST')) from generate_series(1, 5) look), (select array_agg(sample_lot(1, look, 'EXIST')) from generate_series(1, 5) look), 'a verdict''s lot does not change');
select is((select count(*)::int from generate_series(1, 1000) look where sample_lot(7, look, 'NAME') not between 0 and 9999), 0, 'and is one of ten thousand');
select cmp_ok((select count(*)::int from generate_series(1, 100000) look where sample_lot(7, look, 'NAME') < 200), '>', 1800, 'two of a hundred are drawn');
select cmp_ok((select count(*)::int from generate_series(1, 100000) look where sample_lot(7, look, 'NAME') < 200), '<', 2200, 'and not many more');

-- All or nothing, as the region says.
update region set sample_passed = 0, sample_failed = 0;
select pg_temp.look(:vk, 'missing', '{"EXIST": "failed", "NAME": "unknown"}', '2022-11-01T11:00Z') \g /dev/null
select is_empty('select * from sample', 'a share of nothing draws nothing');
update region set sample_failed = 100;
select pg_temp.look(:vk, 'missing', '{"EXIST": "failed", "NAME": "unknown"}', '2022-11-01T12:00Z') \g /dev/null
select is((select string_agg("check" || ' ' || result || ' ' || reason || ' ' || state, ', ') from sample), 'EXIST failed r missing', 'a share of all draws all that fails, and nothing of what is unknown');
select pg_temp.look(:vk, 'present', '{"EXIST": "passed", "NAME": "passed"}', '2022-11-01T13:00Z') \g /dev/null
select is((select count(*)::int from sample), 1, 'what passes has a share of its own');
select is((select reason || ' ' || state || ' ' || at from sample), 'r missing ' || '2022-11-01T12:00Z'::timestamptz, 'a sample keeps what was shown then, whatever is looked at since');
update region set sample_passed = 100;
select pg_temp.look(:foreign, 'present', '{"EXIST": "passed", "NAME": "passed"}', '2022-11-01T13:00Z') \g /dev/null
select is((select count(*)::int from sample where tenant = :third), 2, 'each verdict is drawn by itself');
select throws_ok('update region set sample_passed = 101', '23514', null, 'no share is more than all');

-- There is an end to what may wait.
insert into sample (tenant, place, account, look, "check", result, reason, facts, state, at)
select tenant, place, id, -n, 'EXIST', 'passed', 'r', '{}', 'present', '2022-11-01T13:30Z' from account, generate_series(1, 197) n where id = :foreign;
select pg_temp.look(:vk, 'missing', '{"EXIST": "failed", "NAME": "failed"}', '2022-11-01T14:00Z') \g /dev/null
select is((select count(*)::int from sample), 200, 'no more may wait than people can answer');
select pg_temp.look(:vk, 'missing', '{"EXIST": "failed"}', '2022-11-16T14:00Z') \g /dev/null
select is((select count(*)::int from sample), 201, 'and what waited for two weeks waits no longer');

-- Answered as the web server's role.
select id as sample from sample where tenant = :first order by id limit 1 \gset
select id as second from sample where tenant = :first order by id desc limit 1 \gset
select id as stranger from sample where tenant = :third order by id limit 1 \gset
select count(*)::int as seen from sample where tenant = :first \gset
\o /dev/null
grant usage on schema public to veha_web;
set session authorization veha_web;
\o
select pg_temp.as('specialist', '2022-11-01T15:00Z') \g /dev/null
select is_empty('select * from veha.sample', 'who is judged does not see what is drawn');
select throws_ok(format('select veha.sample_answer(%s, %s, ''agreed'', null)', :first, :sample), 'VH404', null, 'nor answers it');
select pg_temp.as('curator', '2022-11-01T15:00Z') \g /dev/null
select is((select count(*)::int from veha.sample), :seen, 'a curator sees those of the own subtree');
select throws_ok(format('select veha.sample_answer(%s, %s, ''agreed'', null)', :third, :stranger), 'VH404', null, 'and no foreign one');
select throws_ok(format('select veha.sample_answer(%s, 987654, ''agreed'', null)', :first), 'VH404', null, 'nor one that is not there');
select throws_ok(format('select veha.sample_answer(%s, %s, ''disagreed'', null)', :first, :sample), 'VH422', 'note_wanted', 'who disagrees says what is really so');
select lives_ok(format('select veha.sample_answer(%s, %s, ''disagreed'', ''страница есть'')', :first, :sample), 'an answer is kept');
select is((select answer || '/' || note || '/' || (person = veha.caller()) from veha.sample where id = :sample), 'disagreed/страница есть/true', 'with its words and its person');
select throws_ok(format('select veha.sample_answer(%s, %s, ''agreed'', null)', :first, :sample), 'VH409', 'sample_answered', 'once');
select is((select kind || '/' || reason || '/' || (detail->>'answer') from veha.event order by id desc limit 1), 'sample_answered/страница есть/disagreed', 'and told');
select throws_ok(format('update veha.sample set result = ''passed'' where id = %s', :second), '42501', null, 'what the machine said is not rewritten');
select throws_ok(format('insert into veha.sample (tenant, place, account, look, "check", result, reason, facts, state, at) select tenant, place, id, 1, ''EXIST'', ''passed'', ''r'', ''{}'', ''present'', veha.now() from veha.account where id = %s', :vk),
                 '42501', null, 'nor is a sample made by hand');
select lives_ok(format('update veha.sample set answer = ''agreed'', answered_at = veha.now(), person = veha.caller() where id = %s', :sample), 'an answer that was given');
select is((select answer from veha.sample where id = :sample), 'disagreed', 'is not changed');
select throws_ok(format('update veha.sample set answer = ''agreed'', answered_at = veha.now(), person = %s where id = %s', pg_temp.person('admin'), :second), '42501', null, 'nobody answers in another''s name');
select is(veha.sample_answer(:first, :second, 'unclear', null), :second::bigint, 'who cannot tell says so');

-- What it comes to.
select is(wilson(0, 10), '{0,0.2775}'::numeric[], 'no error of ten may be a quarter')  from (select set_config('search_path', 'veha, public', true)) p;
select is(veha.wilson(5, 10), '{0.2366,0.7634}'::numeric[], 'the interval is Wilson''s');
select is(veha.wilson(10, 10), '{0.7225,1}'::numeric[], 'on both ends');
select is(veha.wilson(0, 0), null, 'of nothing there is none');
select is(veha.reliability_errors(1, 19)->>'share', null, 'nineteen answers are too few for a share');
select is((veha.reliability_errors(1, 20) - 'n' - 'errors')::text, '{"few": false, "low": 0.0089, "high": 0.2361, "share": 0.0500}', 'twenty are not');
create function pg_temp.exist_on_vk() returns jsonb language sql as
$$ select item from jsonb_array_elements(veha.reliability()->'items') as item where item->>'network' = 'vk' and item->>'check' = 'EXIST' $$;
select is((select jsonb_build_array(i->'looks', i->'unknown', i->'sampled', i->'unclear', i->'failed'->'n', i->'failed'->'errors', i->'passed'->'n') from pg_temp.exist_on_vk() i),
          (select jsonb_build_array(6, 0, 2, case when "check" = 'EXIST' then 1 else 0 end, 1, 1, 0) from veha.sample where id = :second), 'the whole region is counted, whatever part of it the caller sees');
select pg_temp.as('observer', '2022-11-01T15:00Z') \g /dev/null
select lives_ok('select veha.reliability()', 'an observer may read it');
select unalike(veha.reliability()::text, '%first%', 'it names no organisation');
select pg_temp.as('specialist', '2022-11-01T15:00Z') \g /dev/null
select throws_ok('select veha.reliability()', 'VH403', null, 'who sees one organisation is told nothing of all');
select veha.enter(null, null, null, null, null) \g /dev/null
select throws_ok('select veha.reliability()', 'VH403', null, 'nor is nobody');
reset session authorization;
select is((select count(*)::int from sample where account = :vk and look = (select max(id) from look where account = :vk)), 1, 'the last look was drawn');
select * from finish();
rollback;

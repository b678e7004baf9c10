-- Days of the past, and where the weeks behind lead. tests/http/time.test.mjs compares whole documents with what was answered on the day.
begin;
\o /dev/null
\i tests/sql/support/region.sql
\o
select plan(17);

create function pg_temp.lines(query text) returns text language plpgsql as $$
declare
    line text;
    all_lines text[] := '{}';
begin
    for line in execute rtrim(query, E'; \n') loop
        all_lines := all_lines || line;
    end loop;
    return array_to_string(all_lines, E'\n');
end
$$;
\set query `cat tests/sql/tables/forecast.sql`
\set wanted `cat tests/sql/expected/forecast.txt`
select is(pg_temp.lines(:'query'), :'wanted', 'forecast() gives the table in expected/forecast.txt; tests/sql/print writes it anew');
-- By hand: four weeks of 0, 20, 0, 20 have the mean 10 and the deviation 11.547; four weeks more bring 40, give or take 1.638 × 11.547 × √(4 + 4²/4) = 53.5.
select is(forecast('{0,20,0,20}', 40, 1000, 28)->>'low', round((80 - 1.638 * 11.547005 * sqrt(8.0)) / 1000, 4)::text, 'the band is that of Student with three degrees of freedom');

-- The end of a day is that of the region, whose day begins three hours before the one of Greenwich.
update tenant set created_at = '2022-10-01T09:00Z' where kind = 'region';
select is(day_end('2022-10-31'), '2022-10-31T20:59:59.999999Z'::timestamptz, 'a day ends at midnight in the region');
select is((time_asked('2022-11-01', 'as_of')).past, false, 'today is not over');
select is((time_asked(null, 'as_of')).moment, 'infinity'::timestamptz, 'now is whatever is not over');
select is((time_asked('2022-10-31', 'as_of')).past, true, 'yesterday is');
select throws_ok($$select time_asked('2022-11-02', 'as_of')$$, 'VH422', 'date_ahead', 'tomorrow is refused');
select throws_ok($$select time_asked('2022-09-30', 'as_of')$$, 'VH422', 'date_before_region', 'and a day before the region began');

-- A change of the deadline is remembered: what was overdue then stays so.
\o /dev/null
select enter(null, null, null, null, '2022-11-05T10:00Z');
update region set deadline = '2022-12-20';
select deadline_keep('2022-12-20');
select step_refresh(array(select id from tenant));
select enter(null, null, null, null, '2022-11-08T10:00Z');
\o
select is((select due_on from step_state_at(pg_temp.tenant('first'), time_asked('2022-11-03', 'as_of')) where step = 'create_vk'), '2022-11-11'::date, 'the due day of then');
select is((select due_on from step_state_at(pg_temp.tenant('first'), time_asked(null, 'as_of')) where step = 'create_vk'), '2022-11-30'::date, 'and the one of now');
select is((select count(*) from step_history where tenant = pg_temp.tenant('first') and step = 'create_vk'), 1::bigint, 'in one row: a deadline that moves all of a region writes none');
select is((select count(*) from event where tenant = pg_temp.tenant('first') and kind = 'step_changed' and step = 'create_vk'), 0::bigint, 'and no event of a status');

-- What an account was seen to be: it holds until its grace is over, by the clock alone, and longer where the network is out of order.
\o /dev/null
select account_add(pg_temp.tenant('first'), 'vk', 'first', 'https://vk.com/first', null);
select id as vk from account where tenant = pg_temp.tenant('first') and network = 'vk' \gset
select pg_temp.look(:vk, 'present', '{"EXIST": "passed"}', '2022-11-08T11:00Z');
select pg_temp.look(:vk, 'missing', '{"EXIST": "failed"}', '2022-11-09T11:00Z');
select pg_temp.look(:vk, 'missing', '{"EXIST": "failed"}', '2022-11-10T11:00Z');
create function pg_temp.holds(moment timestamptz) returns boolean language sql as
$$ select holds_until > moment from veha.account_history where account = (select id from veha.account where network = 'vk' and address = 'first') and valid @> moment $$;
\o
select is(array[pg_temp.holds('2022-11-08T10:30Z'), pg_temp.holds('2022-11-08T12:00Z'), pg_temp.holds('2022-11-09T12:00Z')], array[false, true, true], 'nothing, seen, one failure');
select is(array[pg_temp.holds('2022-11-13T10:59Z'), pg_temp.holds('2022-11-13T11:00Z')], array[true, false], 'and until the third day after the second one');
select pg_temp.look(:vk, 'missing', '{"EXIST": "failed"}', '2022-11-11T11:00Z') \g /dev/null
select is((select count(*) from account_history where account = :vk), 4::bigint, 'a look that changes nothing of it leaves no row');
\o /dev/null
select enter(null, null, null, null, '2022-11-12T11:00Z');
update network_state set outage_since = veha.now() where network = 'vk';
\o
select is(pg_temp.holds('2022-11-20T11:00Z'), true, 'while the network is out of order the clock stands still');

-- What was is nobody's to write.
select pg_temp.as('admin') \g /dev/null
set local role veha_web;
select throws_ok('update veha.account_history set state = $$present$$', '42501', null, 'and nobody writes what was');
reset role;
select * from finish();
rollback;

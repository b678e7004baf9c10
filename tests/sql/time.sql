-- Days of the past, and where the weeks behind lead. tests/http/time.test.mjs compares whole documents with what was answered on the day.
begin;
\o /dev/null
\i tests/sql/support/region.sql
\o
select plan(33);

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

-- What looks had said by a day, the last and the last that could tell, and since when they said so.
select pg_temp.look(:vk, 'throttled', '{"EXIST": "unknown"}', '2022-11-13T11:00Z') \g /dev/null
create function pg_temp.said(moment timestamptz) returns text language sql as
$$ select concat_ws(' ', g.result, g.run_result, to_char(g.run_since at time zone 'UTC', 'DD')) from sight_at(pg_temp.tenant('first'), (select id from veha.account where network = 'vk' and address = 'first'), 'EXIST', moment) g $$;
select is(pg_temp.said('2022-11-08T10:59Z'), '', 'before the first look nothing was said');
select is(pg_temp.said('2022-11-08T12:00Z'), 'passed passed 08', 'then what it said');
select is(pg_temp.said('2022-11-09T12:00Z'), 'failed failed 09', 'the other result begins anew');
select is(pg_temp.said('2022-11-11T12:00Z'), 'failed failed 09', 'and goes on');
select is(pg_temp.said('2022-11-14T12:00Z'), 'unknown failed 09', 'what could not be told ends nothing');

-- Since when a step has its status: a change of what is seen, or of the due day, is none of the status.
select is_empty('select from step_state p join step_history h on h.tenant = p.tenant and h.step = p.step and upper_inf(h.valid) where h.changed_at <> p.changed_at', 'the history keeps since when a status holds');
select is_empty($$select from step_history a join step_history b on b.tenant = a.tenant and b.step = a.step and lower(b.valid) = upper(a.valid)
                   where (a.status, a.basis) is not distinct from (b.status, b.basis) and a.changed_at <> b.changed_at$$, 'which goes on where something else of it changed');
select isnt_empty($$select from step_history a join step_history b on b.tenant = a.tenant and b.step = a.step and lower(b.valid) = upper(a.valid)
                     where (a.status, a.basis) is not distinct from (b.status, b.basis)$$, 'as here');

-- What was next is what is next, asked of the day itself.
\o /dev/null
select pg_temp.as('admin', '2022-11-14T09:00Z');
select step_claim(pg_temp.tenant('first'), 'appoint', 'готово', null, null);
select step_decide(pg_temp.tenant('first'), 'appoint', 'returned', 'нет приказа', null, null);
select pg_temp.as('admin', '2022-11-16T09:00Z');
\o
select is((step_next_at(pg_temp.tenant('first'), time_asked('2022-11-15', 'as_of'))).status, 'returned', 'what was returned came first that day');
select is((step_next_at(pg_temp.tenant('first'), time_asked('2022-11-13', 'as_of'))).status, 'not_started', 'and was not begun the day before');
select is((step_next_at(pg_temp.tenant('first'), time_asked(null, 'as_of'))), step_next(pg_temp.tenant('first')), 'of now it is what step_next() says');

select is(due_document_at('2022-11-13', '2022-11-13'), '{"late": 0, "left": 0, "today": true}', 'a day is not late on itself');
select is(due_document_at('2022-11-10', '2022-11-13')->>'late', '3', 'but three days on');

-- Who named the same account, which each learns of their own alone.
\o /dev/null
select account_add(pg_temp.tenant('third'), 'vk', 'first', 'https://vk.com/first', null);
select id as other from account where tenant = pg_temp.tenant('third') and address = 'first' \gset
select pg_temp.as('admin', '2022-11-18T09:00Z');
\o
select is(array(select account_contested_at('2022-11-15T00:00Z')), '{}', 'nobody else had named it');
select is(array(select account_contested_at('2022-11-17T00:00Z') order by 1), array[:vk, :other]::bigint[], 'then two had');
select pg_temp.as('specialist', '2022-11-18T09:00Z') \g /dev/null
select is(array(select account_contested_at('2022-11-17T00:00Z')), array[:vk]::bigint[], 'of whom each is told of the own');

-- What was is nobody's to write.
select pg_temp.as('admin') \g /dev/null
set local role veha_web;
select throws_ok('update veha.account_history set state = $$present$$', '42501', null, 'and nobody writes what was');
reset role;
select * from finish();
rollback;

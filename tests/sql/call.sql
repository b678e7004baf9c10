-- Whom to call and why: the table of the risk, who notes calls and sees them, and what is a person's own.
begin;
\o /dev/null
\i tests/sql/support/region.sql
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
select pg_temp.tenant('first') as first, pg_temp.tenant('second') as second, pg_temp.tenant('third') as third,
       pg_temp.person('curator') as curator, pg_temp.person('coordinator') as coordinator, pg_temp.person('specialist') as specialist, pg_temp.person('admin') as admin \gset
\o
select plan(37);

\set query `cat tests/sql/tables/risk.sql`
\set wanted `cat tests/sql/expected/risk.txt`
select is(pg_temp.lines(:'query'), :'wanted', 'risk() gives the table in expected/risk.txt; tests/sql/print writes it anew');
select is((select max(total) from generate_series(0, 30) n cross join generate_series(0, 20) o cross join generate_series(0, 60, 5) s cross join generate_series(0, 5) c
           cross join lateral risk(n, o, s, c, 1000000)), 100, 'nothing is worse than a hundred points');
select is((select count(*) from generate_series(0, 30) n cross join generate_series(0, 20) o cross join generate_series(0, 60, 5) s cross join generate_series(0, 5) c
            cross join unnest('{50,500,5000,50000}'::bigint[]) a cross join lateral risk(n, o, s, c, a) r
            where r.total <> r.of_overdue + r.of_contradicted + r.of_still + r.of_near + r.of_audience), 0::bigint, 'the total is its parts');

-- Calls: one stands, the others are kept.
select pg_temp.as('coordinator') \g /dev/null
set session authorization veha_web;
select is(call_note(:first, 'no_answer', null, null, 0), :first::bigint, 'a coordinator notes a call');
select throws_ok(format('select call_note(%s, ''reached'', null, null, 0)', :first), 'VH412', 'stale', 'made from what was read before, it is refused');
select throws_ok(format('select call_note(%s, ''promised'', null, null, 1)', :first), 'VH422', 'promise_undated', 'a promise has a day');
select throws_ok(format('select call_note(%s, ''promised'', null, today(), 1)', :first), 'VH422', 'again_passed', 'that is to come');
select is(call_note(:first, 'promised', 'к пятнице', '2022-11-04', 1), :first::bigint, 'the next call');
select throws_ok(format('select call_note(%s, ''reached'', null, null, null)', :third), 'VH404', 'not_found', 'nobody notes calls where they keep none');
select results_eq('select number, outcome, upper_inf(valid) from call order by number', $$values (1, 'no_answer', false), (2, 'promised', true)$$, 'the newest stands');
select throws_ok(format('insert into call (tenant, place, number, person, outcome) select id, place, 9, %s, ''reached'' from tenant where id = %s', :curator, :second), '42501', null, 'in no name but the own');
select throws_ok('update call set note = ''x''', '42501', null, 'what was noted is not rewritten');
select throws_ok('delete from call', '42501', null, 'nor taken away');
reset session authorization;
select pg_temp.as('specialist') \g /dev/null
set session authorization veha_web;
select is((select count(*) from call), 0::bigint, 'whoever is called reads no notes of calls');
select throws_ok(format('select call_note(%s, ''reached'', null, null, null)', :first), 'VH404', 'not_found', 'and makes none');
reset session authorization;

-- Reminders: once a day.
select pg_temp.as('curator') \g /dev/null
set session authorization veha_web;
select is(tenant_remind(:first, 'скоро срок'), 'done', 'the specialists of an organisation are reminded');
select is(tenant_remind(:first, null), 'reminded_today', 'once a day');
select is(tenant_remind(:second, null), 'nobody_there', 'where there is one');
select is(tenant_remind(:third, null), 'not_found', 'and where the caller keeps calls');
select throws_ok('insert into reminder (tenant, place, today, person) select tenant, place, today + 1, person from reminder', '42501', null, 'by hand nobody says that it was so');
reset session authorization;
select is((select string_agg(p.login, ' ') from notice n join outbox o on o.id = n.outbox join person p on p.id = n.person where o.kind = 'reminder'), 'specialist', 'they are told');
select pg_temp.as('curator', '2022-11-01T21:30Z') \g /dev/null
set session authorization veha_web;
select is(tenant_remind(:first, null), 'done', 'the day is the region''s');

-- Who sees to what.
select is(tenant_assign(:first, :coordinator), 'done', 'an organisation is given to a coordinator');
select is(tenant_assign(:first, :coordinator), 'assigned_already', 'once');
select is(tenant_assign(:second, :specialist), 'not_assignable', 'not to whoever keeps no calls');
select is(tenant_assign(:third, :curator), 'not_found', 'nor what is not theirs to give');
select throws_ok(format('insert into assignment (tenant, place, keeper, person) select id, place, %s, %s from tenant where id = %s', :curator, :admin, :second), '42501', null, 'in no name but the own');
reset session authorization;
update membership set ended_at = veha.now() where person = :coordinator;
select is((select count(*) from assignment where upper_inf(valid)), 0::bigint, 'it ends with the role that it needs');

-- The own.
set session authorization veha_web;
select ok(filter_save('мой', '/calls', 'standing=overdue') > 0, 'a filter is kept');
select is(filter_list() #>> '{items,0,name}', 'мой', 'and shown');
select ok(bulk_remind(jsonb_build_array(:first, :third), null) > 0, 'something is done to many');
select is((select items #>> '{0,outcome}' || ' ' || (items #>> '{1,outcome}') from bulk), 'reminded_today not_found', 'and what became of each is kept');
select pg_temp.as('specialist') \g /dev/null
select is(filter_list() ->> 'count', '0', 'to its owner alone');
select is((select filter_remove(1000000)), null, 'a filter that is not theirs is none');
select is((select count(*) from bulk), 0::bigint, 'and what somebody did is told to them alone');
select throws_ok(format('insert into saved_filter (person, name, path, query) values (%s, ''x'', ''/calls'', ''a'')', :curator), '42501', null, 'nobody keeps one for others');
select throws_ok(format('insert into bulk (person, deed, detail, items) values (%s, ''remind'', ''{}'', ''[]'')', :curator), '42501', null, 'or says what others did');
reset session authorization;
select * from finish();
rollback;

-- Previews go the way of all looks and leave nothing behind; due dates of one step and of the region, and what recomputing gives.
begin;
\o /dev/null
\i tests/sql/support/region.sql
\o
select no_plan();
\o /dev/null
select account_add(pg_temp.tenant('second'), 'vk', 'second', 'https://vk.com/second', null);
select job_schedule('1 day', '7 days', 100);
\o
set session authorization veha_web;
select pg_temp.as('specialist') \g /dev/null
select preview_request(pg_temp.tenant('first'), 'vk', 'somebody', 'https://vk.com/somebody', 'vk.com/somebody') as made \gset
select is(preview_request(pg_temp.tenant('first'), 'vk', 'somebody', 'https://vk.com/somebody', 'somebody'), :made::bigint, 'what is being looked at is not looked at twice');
select throws_ok(format($$select veha.preview_request(%s, 'vk', 'x', 'https://vk.com/x', 'x')$$, pg_temp.tenant('second')), 'VH404', 'not_found', 'a neighbour is not there');
select throws_ok(format($$insert into veha.preview (tenant, place, network, address, url, spelling, person) select tenant, place, 'vk', 'x', 'x', 'x', %s from veha.preview$$, pg_temp.person('curator')),
                 '42501', null, 'nobody asks in another''s name');
select throws_ok('update veha.preview set seen = $${}$$', '42501', null, 'or says what was seen');
select pg_temp.as('observer') \g /dev/null
select throws_ok(format($$select veha.preview_request(%s, 'vk', 'x', 'https://vk.com/x', 'x')$$, pg_temp.tenant('first')), 'VH403', 'forbidden', 'who may register nothing looks at nothing');
select is((select count(*) from preview), 0::bigint, 'nor sees what others looked at');
select pg_temp.as('stranger') \g /dev/null
select is((select count(*) from preview), 0::bigint, 'as strangers do not');
select pg_temp.as('curator') \g /dev/null
select is((select count(*) from preview), 1::bigint, 'but whoever registers there does');

-- Ahead of what is scheduled, at home alone, and fenced.
set session authorization postgres;
select enter(null, null, null, null, '2022-11-01T10:00:05Z') \g /dev/null
select is(jsonb_array_length(job_take('out', 10, '1 minute', true, '', null, '{[0,2147483646]}')), 0, 'whoever is held to a subtree gets no previews');
select job_take('one', 1, '1 minute', false)->0 as job \gset
select is(array[:'job'::jsonb->>'network', :'job'::jsonb->>'address', :'job'::jsonb->>'url', :'job'::jsonb->'subject'->>'name'], '{vk,somebody,https://vk.com/somebody,first}'::text[],
          'a preview comes first, with all that judging takes');
select enter(null, null, null, null, '2022-11-01T10:02:00Z') \g /dev/null
select job_take('two', 1, '1 minute', true)->0 as again \gset
select is((:'again'::jsonb->>'fence')::int, 2, 'a lease that ran out is taken by another');
select is(pg_temp.record((:'job'::jsonb->>'id')::bigint, 1, '{"state": "missing"}'), false, 'a late worker changes nothing');
select is(pg_temp.record((:'job'::jsonb->>'id')::bigint, 2, '{"state": "present", "title": "first", "bodies": [], "requests": [{"url": "x"}], "reading": {"posts": [{"at": "2022-05-01T00:00:00Z", "own": true}]}, "network_version": 1, "rules_version": 1, "verdicts": [{"check": "NAME", "result": "passed", "reason": "r"}]}'),
          true, 'what was seen is recorded once');
select is(pg_temp.record((:'job'::jsonb->>'id')::bigint, 2, '{"state": "missing"}'), false, 'and not again');
select is((select seen ->> 'state' || ' ' || (seen ? 'requests') from preview), 'present false', 'of it what people see is kept');
select is((select array[(select count(*) from look), (select count(*) from verdict), (select count(*) from sighting), (select count(*) from network_tally), (select count(*) from event where kind = 'account_looked')]),
          '{0,0,0,0,0}'::bigint[], 'and nothing else: no look, no verdict, no tally');
select is(reading_abandoned((select seen->'reading' from preview)), true, 'a page without a post of its own for so long is abandoned');
select is(reading_abandoned('{"posts": []}'), null, 'where posts are not all shown nobody knows');
select is(reading_abandoned('{}'), null, 'nor where none are');
select is(reading_abandoned('{"posts": [], "posts_whole": true}'), true, 'but of an empty page one does');
select enter(null, null, null, null, '2022-11-02T10:00:01Z') \g /dev/null
select is(preview_forget(10), 1, 'a day later it is forgotten');
select is((select count(*) from job where preview is not null), 0::bigint, 'and its job with it');

-- Due dates.
set session authorization veha_web;
select pg_temp.as('curator', '2022-11-02T11:00Z') \g /dev/null
select lives_ok(format($$select veha.step_due(%s, 'name', '2022-12-24', 'отпуск', null)$$, pg_temp.tenant('first')), 'a curator moves one step of one organisation');
select is((select due_on from step_state where tenant = pg_temp.tenant('first') and step = 'name'), '2022-12-24'::date, 'which is due then');
select is((select due_on from step_state where tenant = pg_temp.tenant('second') and step = 'name'), '2022-11-26'::date, 'and no other');
select throws_ok(format($$insert into veha.due_change (tenant, place, step, due_on, person, reason) select id, place, 'publish', '2030-01-01', %s, 'r' from veha.tenant where id = %s$$, pg_temp.person('admin'), pg_temp.tenant('first')),
                 '42501', null, 'in no name but the own');
select throws_ok('update veha.due_change set due_on = $$2030-01-01$$', '42501', null, 'what was said can be ended and not rewritten');
select throws_ok(format($$select veha.deadline_change('2023-01-15', 'r', null)$$), 'VH403', 'forbidden', 'the region''s deadline is not a curator''s');
select pg_temp.as('admin', '2022-11-02T12:00Z') \g /dev/null
select throws_ok($$select veha.deadline_change('2023-01-15', 'r', 99)$$, 'VH412', 'stale', 'nor moved from what was not read');
\o /dev/null
set session authorization postgres;
-- What the clock will change besides: a confirmation that ends.
select pg_temp.as('curator', '2022-11-02T12:10Z');
select step_decide(pg_temp.tenant('second'), 'appoint', 'confirmed', 'приказ есть', '2022-11-20', null);
set session authorization veha_web;
select pg_temp.as('admin', '2022-11-02T13:00Z');
\o
select lives_ok($$select veha.deadline_change('2023-01-15', 'распоряжение', null)$$, 'who administers the region moves it');
select is((select due_on from step_state where tenant = pg_temp.tenant('first') and step = 'name'), '2022-12-24'::date, 'a date of its own stays');
select is((select due_on from step_state where tenant = pg_temp.tenant('second') and step = 'name'), '2023-01-10'::date, 'all others follow');
set session authorization postgres;
select enter(null, null, null, null, '2022-11-02T13:00Z') \g /dev/null
select results_eq('select tenant, step, due_on, (outcome).*, changes_at from step_compute(array(select id from tenant)) order by 1, 2',
                  'select tenant, step, due_on, status, basis, overdue, unverifiable, decayed, seen_early, disputed, changes_at from step_state order by 1, 2',
                  'recomputing everything gives the projection');
select results_eq('select tenant, overdue, due_next from tenant_count order by 1',
                  'select tenant, (count(*) filter (where overdue))::int, min(due_on) filter (where status not in (''verified'', ''not_applicable'') and not overdue)
                     from step_state group by 1 order by 1', 'and so are its counts');
select results_eq('select deadline, upper_inf(valid) from region_deadline order by valid', $$values ('2022-12-01'::date, false), ('2023-01-15', true)$$, 'which day was the deadline when is known');
select is((select count(*) from event where kind = 'deadline_changed' and detail->>'from' = '2022-12-01' and detail->>'to' = '2023-01-15'), 1::bigint, 'and who moved it, why');
select * from finish();
rollback;

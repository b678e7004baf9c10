-- Nothing was looked at for too long: told once, to whoever runs it, even when every process of verification is dead.
begin;
\o /dev/null
\i tests/sql/support/region.sql
create function pg_temp.at(moment timestamptz) returns void language sql as $$ select veha.enter(null, null, null, null, moment) $$;
create function pg_temp.beat(moment timestamptz, who text default 'one:1', leaving boolean default false) returns jsonb language sql as
$$ select veha.enter(null, null, null, null, moment); select veha.worker_beat(who, 'one', 3, leaving) $$;
create function pg_temp.watch(moment timestamptz) returns text language sql as
$$ select veha.enter(null, null, null, null, moment);
   select format('%s %s', w->'banner'->>'stopped_since', w->>'alarms') from veha.verification_watch() w $$;
create function pg_temp.told(what text) returns text language sql stable security definer as
$$ select format('%s %s', (select count(*) from veha.event where kind = what), (select count(*) from veha.outbox where kind = what)) $$;
create function pg_temp.troubles() returns text language sql stable as
$$ select string_agg(t->>'code', ' ' order by n) from jsonb_array_elements(veha.verification_document()->'troubles') with ordinality as x (t, n) $$;
\o
select plan(30);
set session authorization veha_web;
select is(pg_temp.watch('2022-11-10T10:00Z'), ' []', 'where there are no accounts nobody need look');
reset session authorization;
select pg_temp.at('2022-11-10T10:00Z') \g /dev/null
select account_add(pg_temp.tenant('first'), 'vk', 'first', 'https://vk.com/first', null) \g /dev/null
select account_add(pg_temp.tenant('second'), 'telegram', 'second', 'https://t.me/second', null) as second \gset
set session authorization veha_web;
select is(pg_temp.watch('2022-11-11T11:59Z'), ' []', 'there is a day and two hours');
select is(pg_temp.watch('2022-11-11T12:00Z'), '2022-11-10T10:00:00+00:00 ["verification_stopped"]', 'then the alarm is raised');
select is(pg_temp.told('verification_stopped'), '1 1', 'as an event and a message');
select is(pg_temp.watch('2022-11-11T12:01Z'), '2022-11-10T10:00:00+00:00 []', 'once, though the banner stays');
select is(pg_temp.watch('2022-11-13T12:01Z'), '2022-11-10T10:00:00+00:00 []', 'for days');
select is(pg_temp.told('verification_stopped'), '1 1', 'and nothing more is sent');
reset session authorization;
select pg_temp.look(:second, 'present', '{"EXIST": "passed"}', '2022-11-13T13:00Z') \g /dev/null
set session authorization veha_web;
select is(pg_temp.watch('2022-11-13T13:01Z'), ' []', 'a look ends it');
select is(pg_temp.told('verification_resumed'), '1 0', 'which is an event');

-- A worker that lives and has nothing to do is no silence; one that lives and does nothing is.
set session authorization veha_verify;
select pg_temp.beat('2022-11-16T09:00Z') \g /dev/null
set session authorization veha_web;
select is(pg_temp.watch('2022-11-16T10:00Z'), ' []', 'nothing is due: no alarm');
reset session authorization;
select pg_temp.at('2022-11-16T10:00Z') \g /dev/null
insert into job (tenant, place, account) select tenant, place, id from account;
set session authorization veha_verify;
select pg_temp.beat('2022-11-17T12:00Z') \g /dev/null
set session authorization veha_web;
select is(pg_temp.watch('2022-11-17T12:00Z'), '2022-11-13T13:00:00+00:00 ["verification_stopped"]', 'looks wait for a day: an alarm, the second');
select is(pg_temp.told('verification_stopped'), '2 2', 'told anew');

-- What an operator sees.
set session authorization veha_verify;
select budget_pause('vk', '', null, 1800, 'asked') \g /dev/null
set session authorization veha_web;
select pg_temp.as('admin', '2022-11-17T12:00Z') \g /dev/null
select is(pg_temp.troubles(), 'verification_stopped looks_late looks_late', 'what is wrong, the worst first');
select is(verification_document()->'queue', '{"due": 2, "accounts": 2, "oldest_due": "2022-11-16T10:00:00+00:00", "never_looked": 1}', 'how the queue lags');
select is((select n->>'paused_until' from jsonb_array_elements(verification_document()->'networks') n where n->>'code' = 'vk'), '2022-11-17T12:30:00+00:00',
          'how long a network asked to be left alone');
select is(verification_document()->'workers'->0->>'alive', 'true', 'who is at work');
select is(verification_document()->'tokens', '[]', 'no key was used yet');
set session authorization veha_verify;
select budget_take('vk', '0123456789abcdef', 334, 3, '{"wall.get": {"want": 3, "most": 10}}'), budget_pause('vk', 'fedcba9876543210', null, 240, 'captcha'),
       budget_pause('site', 'shkola.ru', null, 600, 'too_many_requests') \g /dev/null
set session authorization veha_web;
select pg_temp.as('admin', '2022-11-17T12:00Z') \g /dev/null
select is(verification_document()->'tokens',
          '[{"name": "01234567", "used": [{"count": 3, "method": "wall.get"}], "title": "vk", "reason": null, "network": "vk", "paused_until": null},
            {"name": "fedcba98", "used": [], "title": "vk", "reason": "captcha", "network": "vk", "paused_until": "2022-11-17T12:04:00+00:00"}]',
          'how each key fares, and no site is a key');
select is((select n->>'last_success' from jsonb_array_elements(verification_document()->'networks') n where n->>'code' = 'telegram'), '2022-11-13T13:00:00+00:00',
          'when a network was last seen well');
select pg_temp.as('admin', '2022-11-17T12:05Z') \g /dev/null
select is(pg_temp.troubles(), 'verification_stopped workers_none looks_late looks_late', 'five minutes without a word: nobody is at work');
set session authorization veha_verify;
select pg_temp.beat('2022-11-17T12:05Z', 'two:1') \g /dev/null
set session authorization veha_web;
select pg_temp.as('admin', '2022-11-17T12:05Z') \g /dev/null
select is(pg_temp.troubles(), 'verification_stopped looks_late looks_late worker_silent', 'or one of two is silent');
set session authorization veha_verify;
select pg_temp.beat('2022-11-17T12:05Z', 'one:1', true) \g /dev/null
set session authorization veha_web;
select pg_temp.as('curator', '2022-11-17T12:05Z') \g /dev/null
select is(pg_temp.troubles(), 'verification_stopped looks_late looks_late', 'one that left says so; a curator sees the same');
select pg_temp.as('specialist', '2022-11-17T12:05Z') \g /dev/null
select throws_ok('select veha.verification_document()', 'VH403', 'forbidden', 'a specialist does not');
select throws_ok('select * from veha.network_tally', '42501', null, 'tallies are nobody''s to read');
select throws_ok('select * from veha.worker', '42501', null, 'nor workers');
select throws_ok('update veha.network_state set outage_since = null', '42501', null, 'and no web process moves a breaker');
select throws_ok('update veha.verification_state set stopped_since = null', '42501', null, 'or an alarm');

-- Nothing is kept for ever.
set session authorization veha_verify;
select is((select count(*) from network_tally), 1::bigint, 'the last tally is kept');
select pg_temp.beat('2022-12-17T12:05Z', 'three:1') \g /dev/null
select is((select count(*) from network_tally), 1::bigint, 'however old, for it says when the last look was');
select is((select string_agg(name, ',') from worker), 'three:1', 'workers not heard of for a week are forgotten');
select * from finish();
rollback;

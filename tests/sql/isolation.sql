-- As the web server's role: nobody sees or moves what is not theirs, one level below HTTP.
begin;
\o /dev/null
\i tests/sql/support/region.sql
select account_add(pg_temp.tenant('first'), 'vk', 'first', 'https://vk.com/first', null);
select account_add(pg_temp.tenant('third'), 'vk', 'third', 'https://vk.com/third', null);
select pg_temp.tenant('first') as first, pg_temp.tenant('second') as second, pg_temp.tenant('third') as third, pg_temp.tenant('agency') as agency, pg_temp.person('curator') as curator \gset
select pg_temp.as('specialist');
select step_claim(:first, 'appoint', 'n', null, null);
select pg_temp.as('stranger');
select step_claim(:third, 'appoint', 'n', null, null);
grant usage on schema public to veha_web;
set session authorization veha_web;
\o
select plan(34);

select veha.enter(null, null, null, null, null) \g /dev/null
select is_empty('select * from veha.tenant', 'nobody sees nothing');
select is_empty('select * from veha.event', 'nor events');

select pg_temp.as('specialist') \g /dev/null
select results_eq('select name from veha.tenant', $$values ('first')$$, 'a specialist sees the own organisation');
select is_empty(format('select * from veha.account where tenant <> %s', :first), 'and its accounts alone');
select is_empty(format('select * from veha.step_state where tenant <> %s', :first), 'steps');
select is_empty(format('select * from veha.claim where tenant <> %s', :first), 'claims');
select is_empty(format('select * from veha.event where tenant <> %s', :first), 'events');
select is_empty(format('select * from veha.job where tenant <> %s', :first), 'jobs');
select is_empty('select id, login from veha.person where login <> ''specialist''', 'of people, themselves');
select throws_ok('select password_hash from veha.person', '42501', null, 'and never a password');
select throws_ok(format('select veha.step_claim(%s, ''appoint'', ''n'', null, null)', :third), 'VH404', null, 'a foreign step is not found');
select throws_ok('select veha.step_claim(999999, ''appoint'', ''n'', null, null)', 'VH404', null, 'exactly as one that is not there');
select throws_ok(format('select veha.step_decide(%s, ''appoint'', ''confirmed'', ''r'', null, null)', :first), 'VH403', null, 'a specialist decides nothing');
select throws_ok(format('select veha.tenant_rename(%s, ''x'', null, ''r'', null)', :first), 'VH404', null, 'and renames nothing: there is no such row to change');
select throws_ok(format('insert into veha.claim (tenant, place, step, person, on_behalf) values (%s, (select place from veha.tenant), ''appoint'', veha.caller(), false)', :third),
                 '23503', null, 'a foreign row cannot be written with a place of the own');
select throws_ok(format('update veha.step_state set status = ''verified'' where tenant = %s', :first), '42501', null, 'nobody writes a status');
select throws_ok(format('insert into veha.claim (tenant, place, step, person, on_behalf) values (%s, (select place from veha.tenant where id = %1$s), ''name'', %s, false)', :first, :curator),
                 '42501', null, 'nobody ticks in another''s name');
select throws_ok(format('insert into veha.claim (tenant, place, step, person, on_behalf) values (%s, (select place from veha.tenant where id = %1$s), ''name'', veha.caller(), true)', :first),
                 '42501', null, 'nor on behalf without the right to decide');
select throws_ok(format('insert into veha.draft (tenant, place, step, person) values (%s, (select place from veha.tenant where id = %1$s), ''name'', %s)', :first, :curator),
                 '42501', null, 'nor drafts so');
select throws_ok(format('update veha.claim set note = ''other'' where tenant = %s', :first), '42501', null, 'what was said is not rewritten');
select throws_ok(format('update veha.account set state = ''present'' where tenant = %s', :first), '42501', null, 'nor is what was seen written by who registers it');
select throws_ok(format('insert into veha.account (tenant, place, network, address, url, source, contested) select id, place, ''vk'', ''a'', ''u'', ''person'', false from veha.tenant where id = %s', :first),
                 '42501', null, 'in any way');
select throws_ok('delete from veha.event', '42501', null, 'nobody deletes an event');
select throws_ok('truncate veha.claim', '42501', null, 'nobody truncates');
select throws_ok('insert into veha.role_capability values (''specialist'', ''step.decide'')', '42501', null, 'nobody grants themselves a capability');

select pg_temp.as('observer') \g /dev/null
select results_eq('select name from veha.tenant order by name', $$values ('agency'), ('first'), ('second')$$, 'an observer sees the subtree');
select throws_ok(format('select veha.step_claim(%s, ''appoint'', ''n'', null, null)', :second), 'VH403', null, 'and ticks nothing in it');
select throws_ok(format('select veha.look_request(%s)', :first), '42501', null, 'nor asks for looks');

select pg_temp.as('curator') \g /dev/null
select throws_ok(format('select veha.tenant_move(%s, %s, ''r'', null)', :first, pg_temp.tenant('other')), 'VH422', null, 'a curator moves nothing out of the own subtree');
select is((select on_behalf from (select veha.step_claim(:second, 'appoint', 'по телефону', null, null)) x, veha.claim where tenant = :second), null, 'a claim made in this statement is not yet seen');
select is((select on_behalf from veha.claim where tenant = :second), true, 'a curator''s tick is recorded as made on behalf');

select is((select count(*) from veha.scope_ranges('tenant.read')), 1::bigint, 'a subtree is one range');
reset session authorization;
update veha.person set disabled_at = veha.now() where login = 'curator';
set session authorization veha_web;
select is_empty('select * from veha.tenant', 'a disabled person has no scope');
reset session authorization;
update veha.membership set ended_at = veha.now() where person = pg_temp.person('observer');
select pg_temp.as('observer') \g /dev/null
set session authorization veha_web;
select is_empty('select * from veha.tenant', 'nor has a membership that has ended');
select * from finish();
rollback;

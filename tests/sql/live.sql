-- What is told of changes: each tenant once with all that it lies below, nothing of people, and below which tenants somebody may hear.
begin;
\o /dev/null
\i tests/sql/support/region.sql
delete from unsealed;
-- A sealer leaves alone what its own transaction told: the links are made here.
create function pg_temp.happen(whose bigint, what text, step text default null) returns void language sql security definer set search_path = veha, pg_temp as
$$ with told as (select tell(what, whose, step, null, '{}') as event)
   insert into seal (number, event, at, hash) select coalesce((select max(number) from seal), 0) + 1, event, veha.now(), '' from told $$;
create function pg_temp.name(which jsonb) returns text language sql stable security definer as
$$ select name from veha.tenant where id = which::bigint $$;
create function pg_temp.told(since bigint, most int default 2000) returns text language sql as
$$ select concat_ws(' ', w->>'after', w->>'number', w->>'region',
                    (select string_agg(concat_ws(' ', c->>'number', c->>'step') || ' ' ||
                                       (select string_agg(pg_temp.name(a), '<' order by pg_temp.name(a)) from jsonb_array_elements(c->'above') a), ', ' order by n)
                       from jsonb_array_elements(w->'changes') with ordinality x (c, n)))
     from veha.live_changes(since, most) w $$;
create function pg_temp.roots() returns text language sql as
$$ select coalesce(string_agg(pg_temp.name(r), ' ' order by pg_temp.name(r)), 'none') from jsonb_array_elements(veha.live_roots()) r $$;
\o
select plan(17);
select name as region from tenant where kind = 'region' \gset
select pg_temp.tenant('first') as first, pg_temp.tenant('third') as third \gset
set session authorization veha_web;
select is(pg_temp.told(null), '0 0', 'a chain without links tells nothing');
select is(pg_temp.told(5), '0 0', 'and is begun anew by who knows a number of another one');
select pg_temp.happen(:first, 'step_claimed', 'appoint'), pg_temp.happen(:first, 'step_verified', 'appoint'), pg_temp.happen(:first, 'account_looked'), pg_temp.happen(:third, 'step_claimed', 'appoint') \g /dev/null
select is(pg_temp.told(0), format('0 4 2 appoint agency<first<%s, 3 agency<first<%1$s, 4 appoint other<third<%1$s', :'region'), 'each tenant and step once, with what is above');
select is(pg_temp.told(3), format('3 4 4 appoint other<third<%s', :'region'), 'only what came after');
select is(pg_temp.told(4), '4 4', 'and nothing twice');
select is(pg_temp.told(null, 1), format('3 4 4 appoint other<third<%s', :'region'), 'who knows nothing gets the latest');
select is(pg_temp.told(0, 2), format('0 2 2 appoint agency<first<%s', :'region'), 'a part at a time');
select pg_temp.happen(:first, 'person_invited'), pg_temp.happen(:first, 'membership_added'), pg_temp.happen(:first, 'step_drafted', 'appoint'), pg_temp.happen(null, 'session_opened'), pg_temp.happen(:first, 'token_refused') \g /dev/null
select is(pg_temp.told(4), '4 9', 'of people, ways in, drafts and keys nothing is told, but the number goes on');
select pg_temp.happen((select id from tenant where kind = 'region'), 'network_outage_began') \g /dev/null
reset session authorization;
select pg_temp.happen((select id from tenant where kind = 'region'), 'network_outage_ended') \g /dev/null
set session authorization veha_web;
select matches(pg_temp.told(9), '^9 1[01] 1[01]', 'an outage concerns everybody');
select throws_ok('select * from veha.seal', '42501', null, 'the chain itself is nobody''s to read');

select pg_temp.as('admin') \g /dev/null
select is(pg_temp.roots(), :'region', 'an administrator hears of the region');
select pg_temp.as('curator') \g /dev/null
select is(pg_temp.roots(), 'agency', 'a curator of the agency');
select pg_temp.as('specialist') \g /dev/null
select is(pg_temp.roots(), 'first', 'a specialist of the organisation');
select pg_temp.as('nobody') \g /dev/null
select is(pg_temp.roots(), 'none', 'nobody of nothing');
reset session authorization;
update membership set ended_at = veha.now() where tenant = :first;
set session authorization veha_web;
select pg_temp.as('specialist') \g /dev/null
select is(pg_temp.roots(), 'none', 'nor whoever was there once');
reset session authorization;
update person set disabled_at = veha.now() where login = 'curator';
set session authorization veha_verify;
select throws_ok('select veha.live_changes(0, 1)', '42501', null, 'only the web asks');
set session authorization veha_web;
select pg_temp.as('curator') \g /dev/null
select is(pg_temp.roots(), 'none', 'nor whoever is disabled');
select * from finish();
rollback;

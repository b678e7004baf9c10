-- The chain of events proves itself, and names the first link that was tampered with; people are erased and it still holds; who read what is seen by who may.
-- In transactions of its own: no event is sealed while its transaction runs.
begin;
\o /dev/null
\i tests/sql/support/region.sql
commit;
set search_path = veha, public;
set veha.now = '2022-11-01T09:00:00Z';
-- Others use this cluster, too, and hold the window open as long as they write.
create procedure pg_temp.seal_all() language plpgsql as $$
begin
    for i in 1..1200 loop
        perform veha.audit_seal(1000);
        exit when not exists (select from veha.unsealed);
        perform pg_sleep(0.05);
    end loop;
end
$$;
-- What the proof says, and nothing of it stays: "number/event is counted from/why".
create function pg_temp.proof() returns text language sql as
$$ select concat_ws(' ', b->>'number', b->>'why')
     from (select coalesce(nullif(seal_check(0, 1000)->'broken', 'null'), nullif(event_check(0, 1000)->'broken', 'null'), nullif(audit_window()->'broken', 'null')) as b) found $$;
create function pg_temp.sealed(link bigint) returns bigint language sql as $$ select event from veha.seal where number = link $$;
begin;
select pg_temp.as('specialist');
select step_claim(pg_temp.tenant('first'), 'appoint', 'готово', null, null);
commit;
begin;
select pg_temp.as('curator');
select step_decide(pg_temp.tenant('first'), 'appoint', 'confirmed', 'видел', null, null);
commit;
\o
-- pgTAP keeps its count in the database, where a rollback takes it back: the plan is told by hand.
select * from no_plan() \g /dev/null
\echo 1..62

-- Sealing
select cmp_ok((select count(*) from unsealed), '=', (select count(*) from event), 'every event waits for its link');
begin;
select tell('step_claimed', null, null, null, '{}') as late \gset
select audit_seal(1000) \g /dev/null
select is((select count(*) from seal) + (select count(*) from unsealed), (select count(*) from event), 'whatever is sealed no longer waits');
select ok(exists (select from unsealed where event = :late), 'an event whose transaction runs is never sealed');
commit;
call pg_temp.seal_all();
select is((select count(*) from unsealed), 0::bigint, 'all are sealed');
select is((select max(number) from seal), (select count(*) from event), 'without a gap, and each once');
select is(audit_seal(1000)->>'sealed', '0', 'and none again');
select is(pg_temp.proof(), '', 'the chain holds');
select is(seal_check((select max(number) from seal), 1000), '{"checked": 0, "last": null, "broken": null}'::jsonb, 'after the head there is nothing');
select is((select count(*) from generate_series(0, (select count(*) from event), 3) n where seal_check(n, 3)->>'broken' is not null), 0::bigint, 'in batches, too');
select is((select count(*) from seal s join event e on e.id = s.event where (e.address is null) <> (s.salt is null) or (s.salt is null) <> (s.veil is null)), 0::bigint,
          'an address stands behind a veil');
select is((select count(distinct veil) from seal), (select count(veil) from seal), 'no two veils are alike, though their address is');

-- Who may
set session authorization veha_verify;
select lives_ok('select veha.audit_seal(10)', 'the verifier seals');
select throws_ok('insert into veha.seal (number, event, at, hash) values (999, 999, veha.now(), ''\x00'')', '42501', null, 'but only so');
select throws_ok('delete from veha.unsealed', '42501', null, 'and takes nothing out of the queue');
set session authorization veha_web;
select throws_ok('select veha.audit_seal(10)', '42501', null, 'the web does not');
select throws_ok('select * from veha.seal', '42501', null, 'nor does it see the chain');
set session authorization veha_operator;
select throws_ok('select veha.audit_seal(10)', '42501', null, 'nor the operator');
select throws_ok('update veha.event set reason = ''x''', '42501', null, 'who changes no event');
select throws_ok('insert into veha.event (kind, actor) values (''x'', ''operator'')', '42501', null, 'and makes none');
select throws_ok('update veha.access set address = null', '42501', null, 'nor what was read');
select is(veha.seal_check(0, 1000)->>'broken', null, 'but proves the chain');
reset session authorization;
select throws_ok('select tell(''person_added'', null, null, null, ''{"login": "vera"}'')', '23514', null, 'no event holds a login');

-- Tampering, as who can do anything
select number as link, event as told from seal where event = (select max(id) from event where kind = 'step_claimed' and address is not null) \gset
select is((select max(number) > :link + 1 from seal), true, 'there are links after it');
begin;
update event set detail = '{"forged": true}' where id = :told;
select is(pg_temp.proof(), :'link' || ' event_changed', 'a changed payload');
rollback;
begin;
update event set reason = 'другое' where id = :told;
select is(pg_temp.proof(), :'link' || ' event_changed', 'a changed reason');
rollback;
begin;
update event set at = at + interval '1 microsecond' where id = :told;
select is(pg_temp.proof(), :'link' || ' event_changed', 'a changed time');
rollback;
begin;
update event set person = pg_temp.person('curator') where id = :told;
select is(pg_temp.proof(), :'link' || ' event_changed', 'another person');
rollback;
begin;
update event set address = '198.51.100.7' where id = :told;
select is(pg_temp.proof(), :'link' || ' address_changed', 'another address');
rollback;
begin;
update event set address = null where id = :told;
select is(pg_temp.proof(), :'link' || ' address_changed', 'an address taken out');
rollback;
begin;
update event set address = null where id = :told;
update seal set salt = null where event = :told;
select is(pg_temp.proof(), :'link' || ' address_removed', 'as if its person were erased');
rollback;
begin;
update event set address = '198.51.100.7' where id = (select s.event from seal s where s.veil is null and s.number < :link order by s.number limit 1);
select alike(pg_temp.proof(), '% address_changed', 'an address where there was none');
rollback;
begin;
delete from event where id = :told;
select is(pg_temp.proof(), :'link' || ' event_missing', 'a deleted event');
rollback;
begin;
delete from event where id = :told;
delete from seal where number = :link;
select is(pg_temp.proof(), :'link' || ' link_missing', 'with its link');
rollback;
begin;
delete from event where id = :told;
delete from seal where number = :link;
update seal set number = number - 1 where number = :link + 1;
select is(pg_temp.proof(), :'link' || ' event_changed', 'the next in its place');
rollback;
begin;
set session_replication_role = replica;
insert into event (kind, actor) values ('step_claimed', 'person') returning id as forged \gset
set session_replication_role = origin;
select is(pg_temp.proof(), 'event_inserted', 'an event without a link');
select is((event_check(0, 1000)->'broken'->>'event')::bigint, :forged::bigint, 'is named');
rollback;
select event as another from seal where number > :link order by number limit 1 \gset
begin;
create temp table swapped as select * from event where id in (:told, :another);
update event e set kind = s.kind, detail = s.detail, reason = s.reason, step = s.step, at = s.at from swapped s where e.id in (:told, :another) and s.id in (:told, :another) and s.id <> e.id;
select is(pg_temp.proof(), :'link' || ' event_changed', 'two events that changed places');
rollback;
begin;
update seal set hash = sha256('x') where number = :link;
select is(pg_temp.proof(), :'link' || ' hash_changed', 'a changed hash');
rollback;
begin;
update seal set at = at - interval '1 day' where number = :link;
select is(pg_temp.proof(), :'link' || ' event_changed', 'a changed time of sealing');
rollback;
begin;
delete from seal where number > :link;
delete from event where id not in (select event from seal);
select is(pg_temp.proof(), '', 'a tail that is cut off fits in itself');
select is((select seal_head(s) from seal s where number = :link + 1), null, 'but the head that is known outside is not there');
rollback;
begin;
select tell('step_claimed', null, null, null, '{}') as gone \gset
delete from event where id = :gone;
select is(pg_temp.proof(), 'event_missing', 'an event that vanishes while it waits');
rollback;

-- Moving, closing and forgetting change nothing of it
begin;
select tenant_move(pg_temp.tenant('first'), pg_temp.tenant('other'), 'так', null) \g /dev/null
select is(pg_temp.proof(), '', 'a tenant moves with its events, and the chain holds');
commit;
begin;
select set_config('veha.now', '2023-06-01T09:00:00Z', true) \g /dev/null
select trace_forget(30, 100), look_forget(30, 100), job_forget(30, 100), body_forget(30, 100), access_forget(30, 100) \g /dev/null
select is(pg_temp.proof(), '', 'what is forgotten is no event');
commit;

-- Who read
begin;
set session authorization veha_web;
select veha.access_note(format('[{"tenant": %s, "at": "2022-11-01T10:00:00Z", "person": %s, "session": 1, "resource": "tenant_show", "address": "192.0.2.9"},
                                 {"tenant": 987654, "at": "2022-11-01T10:00:00Z", "person": %s, "session": 1, "resource": "tenant_show"}]',
                                pg_temp.tenant('first'), pg_temp.person('stranger'), pg_temp.person('stranger'))::jsonb) as noted \gset
select is(:noted, 1, 'reads of what is there are noted');
select throws_ok('insert into veha.access (tenant, place, at, person, session, resource) values (1, 1, veha.now(), 1, 1, ''x'')', '42501', null, 'and by hand none');
commit;
reset session authorization;
select is(access_note(format('[{"tenant": %s, "at": "2022-11-01T10:00:00Z", "person": %s, "session": 1, "resource": "tenant_show"}]', pg_temp.tenant('first'), pg_temp.person('stranger'))::jsonb), 0,
          'a batch that comes twice is noted once');
begin;
select pg_temp.as('admin') \g /dev/null
set local role veha_web;
select is((select count(*) from veha.access), 1::bigint, 'an administrator sees who read');
rollback;
begin;
select pg_temp.as('curator') \g /dev/null
set local role veha_web;
select is((select count(*) from veha.access), 0::bigint, 'a curator of elsewhere does not');
rollback;
begin;
select pg_temp.as('stranger') \g /dev/null
set local role veha_web;
select is((select count(*) from veha.access), 0::bigint, 'and who works there may not ask');
select is((select count(*) from veha.event where kind = 'list_exported'), 0::bigint, 'nobody exported anything');
select export_note('tenant_history', pg_temp.tenant('third')), export_note('tenant_history', pg_temp.tenant('agency')) \g /dev/null
select results_eq('select tenant from veha.event where kind = ''list_exported''', 'select pg_temp.tenant(''third'')', 'an export is told of what the caller may see, and of nothing else');
rollback;

-- Erasing
insert into session (person, refresh_hash) values (pg_temp.person('specialist'), 'r');
insert into session_spent select 's', id, 1 from session where refresh_hash = 'r';
insert into idempotency (person, key, use) values (pg_temp.person('specialist'), 'k', 'u');
insert into access (tenant, place, at, person, session, resource, address)
select id, place, now(), pg_temp.person('specialist'), 1, 'tenant_show', '192.0.2.1' from tenant where id = pg_temp.tenant('first');
update person set password_hash = 'h' where login = 'specialist';
select pg_temp.person('specialist') as gone \gset
set session authorization veha_web;
select throws_ok('select veha.person_erase(''specialist'', ''просил'')', '42501', null, 'the web erases nobody');
set session authorization veha_operator;
select is(veha.person_erase(' Specialist ', 'просил'), jsonb_build_object('person', :'gone', 'name', 'удалённый пользователь №' || :'gone'), 'the operator does');
select throws_ok('select veha.person_erase(''specialist'', ''просил'')', 'VH404', 'person_unknown', 'once');
reset session authorization;
select is(pg_temp.proof(), '', 'at once the chain holds');
call pg_temp.seal_all();
select is(pg_temp.proof(), '', 'and after the next links');
select results_eq(format('select login, name, password_hash, disabled_at is not null from person where id = %s', :gone),
                  format($$values ('erased %1$s', 'удалённый пользователь №%1$s', null::text, true)$$, :gone), 'a pseudonym is left');
select is((select count(*) from session where person = :gone) + (select count(*) from idempotency where person = :gone) + (select count(*) from session_spent)
          + (select count(*) from event where person = :gone and address is not null) + (select count(*) from access where person = :gone and address is not null)
          + (select count(*) from membership where person = :gone and ended_at is null) + (select count(*) from seal s join event e on e.id = s.event where e.person = :gone and s.salt is not null),
          0::bigint, 'and nothing that was theirs alone');
select is((select person_name(person) from event where id = :told), 'удалённый пользователь №' || :'gone', 'the history is readable');
begin;
update event set address = '192.0.2.1' where id = :told;
select is(pg_temp.proof(), :'link' || ' address_changed', 'no address comes back');
rollback;
begin;
delete from event where kind = 'person_erased';
delete from seal where number = (select max(number) from seal);
select alike(pg_temp.proof(), '% address_removed', 'an address is gone rightly only while the erasure is told');
rollback;

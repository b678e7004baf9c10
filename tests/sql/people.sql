-- Who manages whom, one level below HTTP: never above the own role, never outside the own subtree; invitations, idle and disabled people.
begin;
\o /dev/null
\i tests/sql/support/region.sql
insert into person (login, name) values ('both', 'B'), ('deputy', 'D'), ('neighbour', 'N');
insert into membership (person, tenant, place, last, role)
select pg_temp.person(m.login), t.id, t.place, t.last, m.role
  from (values ('both', 'first', 'specialist'), ('both', 'third', 'specialist'), ('deputy', 'second', 'specialist'), ('neighbour', 'other', 'coordinator')) as m (login, tenant, role)
  join tenant t on t.id = pg_temp.tenant(m.tenant);
select pg_temp.tenant('first') as first, pg_temp.tenant('second') as second, pg_temp.tenant('third') as third, pg_temp.tenant('agency') as agency, pg_temp.tenant('other') as other,
       pg_temp.person('specialist') as specialist, pg_temp.person('curator') as curator, pg_temp.person('coordinator') as coordinator, pg_temp.person('both') as both,
       pg_temp.person('deputy') as deputy, pg_temp.person('stranger') as stranger, pg_temp.person('admin') as admin \gset
update person set created_at = '2022-10-01T00:00Z', password_hash = 'hash of ' || login;

create function pg_temp.roles(who text) returns text language sql security definer as
$$ select coalesce(string_agg(t.name || ':' || m.role, ' ' order by t.name, m.role), '-') from veha.membership m join veha.tenant t on t.id = m.tenant
    where m.person = pg_temp.person(who) and m.ended_at is null $$;
create function pg_temp.events(what text) returns bigint language sql security definer as $$ select count(*) from veha.event where kind = what $$;
create function pg_temp.rows(who text, sign text, wanted_role text, numbers text) returns jsonb language sql as
$$ select veha.invitation_rows(jsonb_build_array(jsonb_build_object('line', 2, 'number', 1, 'login', who, 'name', who, 'role', wanted_role, 'hash', sign, 'link', 'https://v/' || sign,
       'organisations', (select jsonb_agg(jsonb_build_object('line', 2, 'number', n)) from unnest(string_to_array(numbers, ',')) as n))), 7) $$;
create function pg_temp.letters() returns text language sql security definer as
$$ select coalesce(string_agg(coalesce(detail ->> 'link', 'forgotten'), ' ' order by id), '-') from veha.outbox where kind = 'invitation' $$;
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
grant usage on schema public to veha_web;
\o
select plan(91);

-- The rules.
\set query `cat tests/sql/tables/role_manage.sql`
\set wanted `cat tests/sql/expected/role_manage.txt`
select is(pg_temp.lines(:'query'), :'wanted', 'role_manage is the table in expected/role_manage.txt; tests/sql/print writes it anew');
set session authorization veha_web;

-- Who sees whom.
select pg_temp.as('specialist') \g /dev/null
select is((select string_agg(login, ' ' order by login) from veha.person), 'specialist', 'a specialist sees nobody else');
select is(veha.manage_scope('specialist'), '{}', 'and manages nobody');
select pg_temp.as('observer') \g /dev/null
select is(veha.manage_scope('observer'), '{}', 'nor does an observer');
select pg_temp.as('coordinator') \g /dev/null
select is((select string_agg(login, ' ' order by login) from veha.person), 'both coordinator curator deputy observer specialist', 'a coordinator sees who works in the subtree');
select is((select count(*) from veha.membership where person = :both), 1::bigint, 'and of one who works elsewhere, too, only what lies inside');
select is(veha.person_version(:both), 2, 'the version counts no more than that');
select throws_ok('select password_hash from veha.person', '42501', null, 'passwords are nobody''s to see');

-- Never above the own role, nor beside it.
select throws_ok(format('select veha.membership_add(%s, %s, null, %L, null)', :deputy, :first, r), 'VH403', 'role_above', 'a coordinator makes no ' || r)
  from unnest('{region_admin,curator,coordinator}'::text[]) r;
select throws_ok(format('insert into veha.membership (person, tenant, place, last, role) select %s, id, place, last, %L from veha.tenant where id = %s', :deputy, r, :first), '42501', null, 'nor by hand')
  from unnest('{region_admin,curator,coordinator}'::text[]) r;
select throws_ok(format('select veha.person_disable(%s, ''w'', null)', :curator), 'VH403', 'role_above', 'nor shuts out a curator');
select throws_ok(format('select veha.person_enable(%s, ''w'', null)', :curator), 'VH403', 'role_above', 'nor lets one in');
select throws_ok(format('select veha.person_unlock(%s, null)', :curator), 'VH403', 'role_above', 'nor unlocks one');
select throws_ok(format('select veha.person_hand_over(%s, ''deputy'', ''w'', null)', :curator), 'VH403', 'role_above', 'nor gives away what one does');
select throws_ok(format('select veha.membership_end(%s, (select id from veha.membership where person = %1$s), ''w'', null)', :curator), 'VH403', 'role_above', 'nor ends it');
select lives_ok(format('update veha.person set disabled_at = veha.now() where id = %s', :curator), 'and an update by hand');
select lives_ok(format('update veha.membership set ended_at = veha.now() where person = %s', :curator), 'changes nothing');
select is((select disabled_at from veha.person where id = :curator), null, 'of a curator');
select is(pg_temp.roles('curator'), 'agency:curator', 'at all');
select throws_ok(format('select veha.person_disable(%s, ''w'', null)', :coordinator), 'VH409', 'person_self', 'nobody shuts out themselves');

-- Never outside the own subtree.
select throws_ok(format('select veha.person_disable(%s, ''w'', null)', :stranger), 'VH404', 'not_found', 'who works elsewhere is not there');
select throws_ok('select veha.person_disable(999999, ''w'', null)', 'VH404', 'not_found', 'exactly as who does not exist');
select throws_ok(format('select veha.membership_add(%s, %s, null, ''specialist'', null)', :deputy, :third), 'VH422', 'tenant_unknown', 'no role is given elsewhere');
select throws_ok(format('select veha.membership_add(%s, 999999, null, ''specialist'', null)', :deputy), 'VH422', 'tenant_unknown', 'exactly as nowhere');
select throws_ok(format('select veha.person_hand_over(%s, ''stranger'', ''w'', null)', :deputy), 'VH422', 'successor_unknown', 'nobody elsewhere takes over');
select throws_ok(format('select veha.person_hand_over(%s, ''nobody'', ''w'', null)', :deputy), 'VH422', 'successor_unknown', 'exactly as nobody');
select throws_ok(format('select veha.person_disable(%s, ''w'', null)', :both), 'VH409', 'person_elsewhere', 'who works elsewhere, too, is not shut out there');
select lives_ok(format('update veha.person set disabled_at = veha.now() where id = %s', :both), 'nor by hand');
select is((select disabled_at from veha.person where id = :both), null, 'at all');

-- What may be done.
select is(veha.membership_add(:deputy, :first, null, 'observer', 2), :deputy::bigint, 'a role below is given');
select throws_ok(format('select veha.membership_add(%s, %s, null, ''observer'', null)', :deputy, :first), 'VH409', 'membership_exists', 'once');
select throws_ok(format('select veha.membership_add(%s, null, ''1026901949051'', ''observer'', 2)', :deputy), 'VH412', 'stale', 'the version has moved on');
select is(veha.membership_add(:deputy, null, '1026901949051', 'observer', 3), :deputy::bigint, 'an organisation is known by its number, too');
select is(pg_temp.roles('deputy'), 'first:observer second:observer second:specialist', 'so there are three');
select is(veha.membership_end(:deputy, (select id from veha.membership where person = :deputy and tenant = :second and role = 'observer'), 'w', 4), :deputy::bigint, 'one is taken away');
select is(pg_temp.roles('deputy'), 'first:observer second:specialist', 'and gone');
select throws_ok(format('select veha.membership_end(%s, (select id from veha.membership where person = %1$s and ended_at is not null), ''w'', null)', :deputy), 'VH404', null, 'no role ends twice');
select is(veha.person_hand_over(:deputy, 'specialist', 'ушла', null), :deputy::bigint, 'all goes over in one action');
select is(pg_temp.roles('deputy') || ' / ' || pg_temp.roles('specialist'), '- / first:observer first:specialist second:specialist', 'to the other');
select is(pg_temp.events('membership_moved'), 2::bigint, 'with an event each');
select is((select count(*) from veha.event where kind = 'membership_moved' and reason = 'ушла' and detail = jsonb_build_object('person', :'deputy', 'heir', :'specialist', 'role', detail ->> 'role')), 2::bigint,
          'that say from whom, to whom and why');

-- Disabled, and let in again.
reset session authorization;
insert into session (person, refresh_hash) values (:specialist, 'a'), (:specialist, 'b');
set session authorization veha_web;
select pg_temp.as('coordinator') \g /dev/null
select is(veha.person_disable(:specialist, 'w', null), :specialist::bigint, 'a specialist is shut out');
reset session authorization;
select is((select count(*) from session where person = :specialist and ended_at is null), 0::bigint, 'all sessions end at once');
set session authorization veha_web;
select pg_temp.as('coordinator') \g /dev/null
select throws_ok(format('select veha.person_disable(%s, ''w'', null)', :specialist), 'VH409', 'person_disabled', 'once');
select throws_ok(format('select veha.membership_add(%s, %s, null, ''specialist'', null)', :specialist, :first), 'VH409', 'membership_exists', 'roles stay meanwhile');
select is(veha.session_attempt('specialist') -> 'hash', 'null', 'a disabled person has no hash');
select is(veha.person_enable(:specialist, 'w', null), :specialist::bigint, 'and is let in again');
select throws_ok(format('select veha.person_enable(%s, ''w'', null)', :specialist), 'VH409', 'person_active', 'once');
select is(veha.session_attempt('specialist') ->> 'hash', 'hash of specialist', 'with the password of before');

-- Idle.
select pg_temp.as('coordinator', '2023-01-29T09:59Z') \g /dev/null
select is(veha.session_attempt('specialist') ->> 'hash', 'hash of specialist', 'ninety days are counted from when a person was let in');
select is(veha.session_attempt('observer') -> 'hash', 'null', 'or came');
select is(veha.session_attempt('observer') - 'wait', veha.session_attempt('nobody') - 'wait', 'an idle person is answered as nobody is');
select is(veha.session_open(pg_temp.person('observer'), 'o1', 12), '{"refused": "sign_in_refused"}', 'and gets no session');
select pg_temp.as('coordinator', '2023-01-29T09:59Z') \g /dev/null
select is((select veha.person_state(disabled_at, greatest(created_at, seen_at, enabled_at), null) from veha.person where login = 'observer'), 'idle', 'the state says so');
select is(veha.person_enable(pg_temp.person('observer'), 'w', null), pg_temp.person('observer'), 'a manager enables');
select is(veha.session_open(pg_temp.person('observer'), 'o2', 12) ->> 'name', 'V', 'and the person comes in');
select pg_temp.as('coordinator', '2023-01-29T10:00Z') \g /dev/null
select is((select seen_at from veha.person where login = 'observer'), timestamptz '2023-01-29T09:59Z', 'when that was is known');

-- Locked out.
select pg_temp.as('coordinator') \g /dev/null
select veha.session_attempt('both') from generate_series(1, 11) \g /dev/null
select isnt(veha.person_locked_until(:both), null, 'who manages a person sees the lock-out');
select pg_temp.as('specialist') \g /dev/null
select is(veha.person_locked_until(:both), null, 'nobody else does');
select is(veha.person_forgive(:both), false, 'nor ends it');
select pg_temp.as('coordinator') \g /dev/null
select is(veha.person_unlock(:both, null), :both::bigint, 'the manager ends it');
select throws_ok(format('select veha.person_unlock(%s, null)', :both), 'VH409', 'person_not_locked', 'once');

-- Invitations.
select is(pg_temp.rows('new@example.org', 'h1', 'specialist', '1026901606610,1026901949051'), '[{"line": 2, "outcome": "added"}]', 'somebody new is invited to two schools');
select is(pg_temp.rows('NEW@example.org', 'h2', 'specialist', '1026901606610,1026901949051'), '[{"line": 2, "outcome": "unchanged"}]', 'once');
select is(pg_temp.rows('both', 'h3', 'specialist', '1026901606610,1026901949051'), '[{"line": 2, "outcome": "changed"}]', 'who is there already gets what is missing at once');
select is(pg_temp.rows('x', 'h4', 'coordinator', '1026901606610') -> 0 ->> 'code', 'role_above', 'to no role above');
select is(pg_temp.rows('x', 'h5', 'specialist', '1026900000001') -> 0 ->> 'code', 'tenant_unknown', 'to no place elsewhere');
select is(pg_temp.letters(), 'https://v/h1', 'one letter waits');
select throws_ok('select token_hash from veha.invitation', '42501', null, 'of the token nobody reads even the hash');
select id as invitation from veha.invitation \gset
select is(veha.invitation_renew(jsonb_build_array(jsonb_build_object('id', :invitation, 'hash', 'h6', 'link', 'https://v/h6')), 7, 1), 1, 'it is sent again');
select is(pg_temp.letters(), 'https://v/h6', 'in place of the letter that was not sent');
select pg_temp.as('neighbour') \g /dev/null
select is((select count(*) from veha.invitation), 0::bigint, 'others see no invitation');
select throws_ok(format('select veha.invitation_revoke(%s, ''w'', null)', :invitation), 'VH404', null, 'nor take it back');
select veha.enter(null, null, null, null, '2022-11-02T10:00Z') \g /dev/null
select is((veha.invitation_open('h1'), veha.invitation_open('never')), (null::jsonb, null::jsonb), 'the old token is good for nothing');
select is(veha.invitation_open('h6') -> 'tenants', '["first", "second"]', 'the new one tells what it is for');
select is(veha.invitation_accept('h6', 'hash of new', 'n1', 12) ->> 'name', 'new@example.org', 'and is accepted');
select is(pg_temp.roles('new@example.org') || ' ' || pg_temp.letters(), 'first:specialist second:specialist -', 'with its places, and the letter is forgotten');
select veha.enter(null, null, null, null, '2022-11-02T10:00Z') \g /dev/null
select is(veha.invitation_accept('h6', 'hash', 'n2', 12), null, 'once');

-- A letter that was sent keeps no link.
reset session authorization;
select pg_temp.as('coordinator') \g /dev/null
select pg_temp.rows('late@example.org', 'h7', 'specialist', '1026901606610') \g /dev/null
update outbox set sent_at = veha.now() where kind = 'invitation';
select is(pg_temp.letters(), 'forgotten', 'a sent letter keeps no link');

-- What ends a token, and who may take what it is for. → was it shown, and what came of it
create function pg_temp.taken(hash text, changed text default 'version = version')
returns text
language plpgsql
as $$
declare
    shown boolean;
    answer jsonb;
begin
    begin
        execute format('update veha.invitation set %s where token_hash = %L', changed, hash);
        shown := veha.invitation_open(hash) is not null;
        answer := veha.invitation_accept(hash, 'chosen', 'n9', 12);
        raise exception using errcode = 'VT001'; -- undo it all
    exception when sqlstate 'VT001' then
        null;
    end;
    return concat_ws(' ', shown, coalesce(answer ->> 'outcome', answer ->> 'name'));
end
$$;
select veha.enter(null, null, null, null, '2022-11-02T10:00Z') \g /dev/null
select is(pg_temp.taken('h7'), 't late@example.org', 'somebody new comes in');
select is(pg_temp.taken('h7', 'accepted_at = veha.now()'), 'f', 'not when it was accepted');
select is(pg_temp.taken('h7', 'revoked_at = veha.now()'), 'f', 'or revoked');
select is(pg_temp.taken('h7', 'expires_at = veha.now()'), 'f', 'or is over');
select is(pg_temp.taken('h7', 'login = ''specialist'''), 't sign_in', 'whoever is known signs in first');
select pg_temp.as('curator') \g /dev/null
select is(pg_temp.taken('h7', 'login = ''specialist'''), 't another', 'and takes nothing of another''s');
select pg_temp.as('coordinator') \g /dev/null
insert into invitation_tenant (tenant, place, invitation, role)
select t.id, t.place, i.id, i.role from invitation i, tenant t where i.token_hash = 'h7' and t.id = :third;
select throws_ok(format('select veha.invitation_revoke(%s, ''w'', null)', (select id from invitation where token_hash = 'h7')), 'VH409', 'person_elsewhere',
                 'an invitation that is for a place elsewhere, too, is nobody''s below to take back');
update membership set ended_at = veha.now() where person = :coordinator;
select is(manage_scope('observer'), '{}', 'who works nowhere any more manages nobody');
select * from finish();
rollback;

-- Each policy by itself: what it lets through when every privilege is granted and no key, check or trigger helps. What the grants add is in isolation.sql.
--
-- `expected` holds every table of tenants and is compared with the catalogue: a new one needs its line.
begin;
\o /dev/null
\i tests/sql/support/region.sql

-- The capability by which the web server sees rows of a table and adds, changes and removes them (NULL: none), the one that forbids adding, and what a
-- verifier may. The operator may all.
create temp table expected (name text, reading text, adding text, changing text, removing text, not_adding text, verify text);
insert into expected values
    ('tenant',         'tenant.read', 'tenant.move',    'tenant.change',  null,         null,          'reads'),
    ('tenant_history', 'tenant.read', null,             null,             null,         null,          null),
    ('membership',     'tenant.read', null,             null,             null,         null,          null), -- who gives and takes roles: below
    ('event',          'tenant.read', null,             null,             null,         null,          null),
    ('outbox',         null,          'step.decide',    null,             null,         null,          null), -- read by whom it was told: below
    ('account',        'tenant.read', 'account.change', 'account.change', null,         null,          'writes'),
    ('exemption',      'tenant.read', null,             null,             null,         null,          null),
    ('tenant_roadmap', 'tenant.read', null,             null,             null,         null,          'reads'),
    ('job',            'tenant.read', 'look.request',   'look.request',   null,         null,          'writes'),
    ('look',           'tenant.read', null,             null,             null,         null,          'writes'),
    ('verdict',        'tenant.read', null,             null,             null,         null,          'writes'),
    ('sighting',       'tenant.read', null,             null,             null,         null,          'writes'),
    ('claim',          'tenant.read', 'step.claim',     'step.claim',     null,         'step.decide', null), -- who decides claims on behalf: below
    ('draft',          'tenant.read', 'step.claim',     'step.claim',     'step.claim', null,          null),
    ('file',           'tenant.read', 'step.claim',     'step.claim',     null,         null,          null),
    ('file_part',      'tenant.read', 'step.claim',     'step.claim',     null,         null,          null),
    ('comment',        'tenant.read', 'step.comment',   null,             null,         null,          null), -- who takes the own back: below
    ('decision',       'tenant.read', 'step.decide',    'step.decide',    null,         null,          null),
    ('dispute',        'tenant.read', 'step.dispute',   'step.dispute',   null,         null,          null),
    ('step_state',     'tenant.read', null,             null,             null,         null,          'reads'),
    ('step_history',   'tenant.read', null,             null,             null,         null,          null),
    ('tenant_count',   'tenant.read', null,             null,             null,         null,          null),
    ('step_day',       'tenant.read', null,             null,             null,         null,          null),
    ('account_history', 'tenant.read', null,            null,             null,         null,          null),
    ('register_entry', 'tenant.read', null,             null,             null,         null,          null),
    ('body',           'body.read',   null,             null,             null,         null,          'writes'),
    ('trial',          'roadmap.try', 'roadmap.try',    'roadmap.try',    null,         null,          null),
    ('trial_verdict',  'roadmap.try', null,             null,             null,         null,          null),
    ('trial_flip',     'roadmap.try', null,             null,             null,         null,          null),
    ('trial_count',    'roadmap.try', null,             null,             null,         null,          null),
    ('sample',         'step.decide', null,             'step.decide',    null,         null,          'writes'),
    ('invitation_tenant', 'person.manage', null,        null,             null,         null,          null), -- who invites: below
    ('service',        'verification.read', null,       null,             null,         null,          null),
    ('service_capability', 'verification.read', null,   null,             null,         null,          null),
    ('preview',        'account.change', 'account.change', 'account.change', null,      null,          'writes'),
    ('due_change',     'tenant.read', 'step.decide',    'step.decide',    null,         null,          null),
    ('call',           'call.keep',   'call.keep',      'call.keep',      null,         null,          null),
    ('assignment',     'tenant.read', 'call.keep',      'call.keep',      null,         null,          null),
    ('reminder',       'call.keep',   null,             null,             null,         null,          null),
    ('access',         'audit.read',  null,             null,             null,         null,          null);

-- `mixed` may more at one place than at another.
create temp table asker (login text, role text, reaches text[]);
insert into asker values
    ('nobody',      null,           '{}'),
    ('observer',    'observer',     '{agency,first,second}'),
    ('specialist',  'specialist',   '{first}'),
    ('coordinator', 'coordinator',  '{agency,first,second}'),
    ('curator',     'curator',      '{agency,first,second}'),
    ('admin',       'region_admin', '{agency,first,other,region,second,third}'),
    ('mixed',       'region_admin', '{third}'),
    ('mixed',       'observer',     '{agency,first,second}');
insert into person (login, name) values ('mixed', 'M');
insert into membership (person, tenant, place, last, role)
select pg_temp.person('mixed'), t.id, t.place, t.last, m.role
  from (values ('third', 'region_admin'), ('agency', 'observer')) as m (tenant, role)
  join tenant t on t.id = pg_temp.tenant(m.tenant);

create temp table spot as
select case kind when 'region' then 'region' else name end as name, id, place, last from tenant;

-- ---------------------------------------------------------------------------------------------------------------------
-- A row of each table at each tenant, and nothing left but policies.

create temp table guarded as
select oid, relname::text as name from pg_class
 where relnamespace = 'veha'::regnamespace and relkind = 'r' and relrowsecurity
   and exists (select from pg_attribute where attrelid = pg_class.oid and attname = 'place');

-- A row that has something in each column that must have it.
create function pg_temp.some_row(which regclass) returns jsonb language sql as
$$
    select jsonb_object_agg(attname, case when atttypid::regtype::text like '%[]' then '[]'::jsonb
                                          when typcategory = 'N' then '1'
                                          when typcategory = 'B' then 'false'
                                          when typcategory = 'D' then '"2022-11-01"'
                                          when typcategory = 'R' then '"[2022-11-01,)"'
                                          when atttypid = 'jsonb'::regtype then '{}'
                                          when atttypid = 'bytea'::regtype then '"\\x00"'
                                          else '"x"' end)
      from pg_attribute a join pg_type t on t.oid = a.atttypid
     where attrelid = which and attnum > 0 and not attisdropped and attnotnull
$$;
create temp table seed as
select oid, name, pg_temp.some_row(oid) as fields, exists (select from pg_attribute where attrelid = guarded.oid and attname = 'person') as has_person
  from guarded;

do $$
declare
    thing record;
begin
    set local client_min_messages = warning;
    set local session_replication_role = replica;
    for thing in select g.name, k.conname from guarded g join pg_constraint k on k.conrelid = g.oid loop
        execute format('alter table veha.%I drop constraint if exists %I cascade', thing.name, thing.conname);
    end loop;
    for thing in select i.indexrelid::regclass as index from guarded g join pg_index i on i.indrelid = g.oid and i.indisunique loop
        execute format('drop index %s', thing.index);
    end loop;
    for thing in select g.name, a.attname from guarded g join pg_attribute a on a.attrelid = g.oid and a.attgenerated = 's' loop
        execute format('alter table veha.%I alter column %I drop expression', thing.name, thing.attname);
    end loop;
    for thing in select * from seed where name not in ('tenant', 'membership') loop
        execute format('delete from veha.%I', thing.name);
    end loop;
    for thing in select s.name, jsonb_agg(s.fields || jsonb_build_object('tenant', t.id, 'place', t.place, 'last', t.last, 'person', -1, 'invitation', -1)) as rows
                   from seed s, spot t where s.name <> 'tenant' group by s.name loop
        execute format('insert into veha.%1$I overriding system value select * from jsonb_populate_recordset(null::veha.%1$I, $1)', thing.name)
          using thing.rows;
    end loop;
end
$$;
insert into session (person, refresh_hash) select id, login from person;
insert into session_spent select refresh_hash, id, 1 from session;
insert into idempotency (person, key, use) select id, 'k', 'u' from person;
insert into sign_in_attempt values ('\x00', 1, veha.now());
insert into factor (person, sealed, since) select id, 's', veha.now() from person;
insert into recovery_code (person, hash) select id, 'h' from person;
insert into sign_in_challenge (hash, person) select login, id from person;
insert into password_reset (token_hash, login_hash, person) select login, '\x00', id from person;
insert into reset_attempt values ('\x00', 1, veha.now());
insert into letter (kind, person, address) select 'news', id, 'a' from person;
insert into notice (person, outbox, wanted) select id, -1, false from person; -- of no matter
insert into invitation (login, name, role, token_hash, invited_by, expires_at) select login, name, 'observer', login, id, veha.now() from person;
insert into invitation_tenant (tenant, place, invitation, role)
select s.id, s.place, i.id, i.role from invitation i join spot s on s.name = case i.login when 'stranger' then 'third' else 'first' end;
delete from unsealed;
insert into unsealed (event, transaction) values (1, pg_current_xact_id());
insert into seal (number, event, at, hash) values (1, 1, veha.now(), '\x00');
grant all on all tables in schema veha to veha_web, veha_verify, veha_notify, veha_operator;

-- ---------------------------------------------------------------------------------------------------------------------
-- What somebody reaches: the names of the tenants whose rows a deed saw or changed. Changes name no column they read, so that the policy of reading has no
-- say in them.
--   reading, removing: every row
--   adding: a row at each tenant
--   changing: every row at its place; refused: it reached rows that may not become so
--   moving: every row to each tenant
-- given: fields of the row that is written; before: a statement of the superuser.

create function pg_temp.reached(who text, login text, what text, deed text, given jsonb default '{}', before text default '')
returns text
language plpgsql
as $$
declare
    thing    record;
    fields   jsonb;
    change   text;
    at       int;
    places   int[] := '{}';
    touched  int;
    refused  boolean := false;
    me       text := session_user;
    everyone int[] := array(select place from spot);
begin
    select * into thing from seed where name = what;
    begin
        execute before;
        fields := thing.fields || case when thing.has_person then jsonb_build_object('person', coalesce(pg_temp.person(login), -1)) else '{}' end || given;
        change := case when what = 'tenant' then 'parent = -1' else 'tenant = -1' end
                  || case when thing.has_person then format(', person = %L', fields ->> 'person') else '' end;
        perform veha.enter(pg_temp.person(login), null, null, null, '2022-11-01T10:00Z');
        perform set_config('session_authorization', who, true); -- of which actor() asks
        if deed = 'reading' then
            execute format('select array_agg(place) from veha.%I', what) into places;
        elsif deed = 'removing' then
            execute format('delete from veha.%I', what);
            perform set_config('session_authorization', me, true);
            execute format('select array(select unnest($1) except select place from veha.%I)', what) into places using everyone;
        elsif deed = 'adding' then
            foreach at in array everyone loop
                begin
                    execute format('insert into veha.%1$I overriding system value select * from jsonb_populate_record(null::veha.%1$I, $1)', what)
                      using fields || jsonb_build_object('tenant', -1, 'place', at, 'last', at);
                    places := places || at;
                exception when insufficient_privilege then
                    null;
                end;
            end loop;
        elsif deed = 'changing' then
            begin
                execute format('update veha.%I set %s', what, change);
            exception when insufficient_privilege then
                refused := true;
            end;
            perform set_config('session_authorization', me, true);
            execute format('select array_agg(place) from veha.%I where %s = -1', what, split_part(change, ' ', 1)) into places;
        else
            foreach at in array everyone loop
                begin
                    execute format('update veha.%I set %s, place = %s', what, change, at);
                    get diagnostics touched = row_count;
                    places := case when touched > 0 then places || at else places end;
                exception when insufficient_privilege then
                    null;
                end;
            end loop;
        end if;
        raise exception using errcode = 'VT001'; -- undo it all, the role as well
    exception when sqlstate 'VT001' then
        null;
    end;
    return case when refused then 'refused' else
           (select string_agg(distinct coalesce(s.name, '-'), ' ' order by coalesce(s.name, '-')) from unnest(places) as p left join spot s on s.place = p) end;
end
$$;

-- What somebody should reach by a capability, and by not having another.
create function pg_temp.within(who text, wanted text, unwanted text)
returns text
language sql
as $$
    select string_agg(name, ' ' order by name)
      from (select unnest(reaches) as name from asker a join veha.role_capability r on r.role = a.role where login = who and capability = wanted
            except
            select unnest(reaches) from asker a join veha.role_capability r on r.role = a.role where login = who and capability = unwanted) as place;
$$;

create temp table deed (name text);
insert into deed values ('reading'), ('adding'), ('changing'), ('moving'), ('removing');
create function pg_temp.wanted(e expected, deed text) returns text language sql as
$$ select case deed when 'reading' then e.reading when 'adding' then e.adding when 'removing' then e.removing else e.changing end $$;

-- How many rows a statement reads or changes; NULL: it is refused.
create function pg_temp.counted(who text, login text, statement text)
returns int
language plpgsql
as $$
declare
    count int;
begin
    begin
        perform veha.enter(pg_temp.person(login), null, null, null, '2022-11-01T10:00Z');
        perform set_config('session_authorization', who, true); -- of which actor() asks
        execute statement;
        get diagnostics count = row_count;
        raise exception using errcode = 'VT001';
    exception when sqlstate 'VT001' then
        null;
    when insufficient_privilege then
        count := null;
    end;
    return count;
end
$$;
select pg_temp.person('admin') as admin, pg_temp.person('specialist') as specialist, (select place from spot where name = 'third') as third,
       count(*) as people from person \gset
\o
select plan((select 2 + count(*)::int * 7 from expected) + 118); -- less two deeds with memberships

select set_eq('select name from expected', 'select name from guarded', 'every table of tenants has its line');
select is_empty($$select x.capability from expected e, lateral (values (e.reading), (e.adding), (e.changing), (e.removing), (e.not_adding)) as x (capability)
                   where x.capability not in (select code from veha.capability)$$, 'which names capabilities');

-- The web server, whoever asks.
select is((select jsonb_object_agg(a.login, pg_temp.reached('veha_web', a.login, e.name, d.name)) from (select distinct login from asker) a),
          (select jsonb_object_agg(a.login, pg_temp.within(a.login, pg_temp.wanted(e, d.name), case when d.name = 'adding' then e.not_adding end))
             from (select distinct login from asker) a),
          format('%s of %s takes %s there', d.name, e.name, coalesce(pg_temp.wanted(e, d.name), 'what nobody has')))
  from expected e, deed d
 where not (e.name = 'membership' and d.name in ('changing', 'moving'));

-- The verifier and the operator, whom nobody's scope binds.
select is((select jsonb_object_agg(d.name, pg_temp.reached('veha_verify', 'nobody', e.name, d.name)) from deed d),
          (select jsonb_object_agg(d.name, case when e.verify = 'writes' or e.verify = 'reads' and d.name = 'reading'
                                                then pg_temp.within('admin', 'tenant.read', null) end)
             from deed d),
          format('a verifier %s %s', coalesce(e.verify, 'knows nothing of'), e.name))
  from expected e;
select is((select jsonb_object_agg(d.name, pg_temp.reached('veha_operator', 'nobody', e.name, d.name)) from deed d),
          (select jsonb_object_agg(d.name, pg_temp.within('admin', 'tenant.read', null)) from deed d),
          format('the operator may all with %s', e.name))
  from expected e;

-- What the policies ask beside the place.
select is(pg_temp.reached('veha_web', who, what, deed, given::jsonb, before), reached, why)
  from (values
        ('specialist', 'claim',    'adding',   format('{"person": %s}', :admin),    '', null, 'nobody claims in another''s name'),
        ('specialist', 'claim',    'adding',   '{"on_behalf": true}',               '', null, 'nor on behalf without the right to decide'),
        ('curator',    'claim',    'adding',   '{"on_behalf": true}',               '', 'agency first second', 'who decides claims on behalf'),
        ('curator',    'decision', 'adding',   format('{"person": %s}', :admin),    '', null, 'nobody decides in another''s name'),
        ('specialist', 'draft',    'adding',   format('{"person": %s}', :admin),    '', null, 'nor drafts'),
        ('specialist', 'draft',    'changing', format('{"person": %s}', :admin),    '', 'refused', 'nor puts a draft under another''s name'),
        ('specialist', 'file',     'adding',   format('{"person": %s}', :admin),    '', null, 'nor adds files'),
        ('specialist', 'file',     'changing', '{}', format('update veha.file set remover = %s', :admin), 'refused', 'nor removes them'),
        ('specialist', 'dispute',  'adding',   format('{"person": %s}', :admin),    '', null, 'nor disputes'),
        ('specialist', 'dispute',  'adding',   '{"ending": "x"}',                   '', null, 'no dispute begins with its end'),
        ('specialist', 'dispute',  'adding',   '{"valid": "[2022-11-01,2022-11-02)"}', '', null, 'nor in the past'),
        ('specialist', 'comment',  'adding',   format('{"person": %s}', :admin),    '', null, 'nobody comments in another''s name'),
        ('specialist', 'comment',  'adding',   '{"taken_at": "2022-11-01"}',        '', null, 'nor takes back what was never written'),
        ('specialist', 'comment',  'changing', '{}', format('update veha.comment set person = %s', :specialist), 'first', 'of comments the own are changed'),
        ('specialist', 'outbox',   'adding',   '{"kind": "comment_asked"}',         '', 'first', 'who comments tells of it'),
        ('specialist', 'outbox',   'adding',   '{"kind": "step_returned"}',         '', null, 'and of nothing else'),
        ('curator',    'sample',   'changing', format('{"person": %s}', :admin),    '', 'refused', 'no sample is answered in another''s name'),
        ('curator',    'sample',   'changing', '{}', 'update veha.sample set answer = ''right''', null, 'nor twice'),
        ('specialist', 'membership', 'reading', '{}',
            format('update veha.membership set person = %s where place = %s and role = ''x''', :specialist, :third), 'first third',
            'own memberships are seen anywhere'),
        ('specialist', 'event',    'reading',  '{}',
            format('update veha.event set person = %s where place = %s', :specialist, :third), 'first', 'an own event at a foreign tenant is not'),
        ('specialist', 'event',    'reading',  '{}',
            format('insert into veha.event (kind, actor, person) values (''x'', ''person'', %s)', :specialist), '- first', 'one at none is'),
        ('specialist', 'event',    'reading',  '{}',
            format('insert into veha.event (kind, actor, person) values (''x'', ''person'', %s)', :admin), 'first', 'another''s is not'),
        ('specialist', 'outbox',   'reading',  '{}',
            format('insert into veha.notice (person, outbox, wanted) values (%s, 1, true)', :specialist), 'first', 'a matter is read by whom it was told, where they work'),
        ('specialist', 'outbox',   'reading',  '{}',
            format('insert into veha.notice (person, outbox, wanted) values (%s, 1, true)', :admin), null, 'and by nobody else'),
        ('specialist', 'outbox',   'reading',  '{}',
            format('insert into veha.outbox (id, kind) overriding system value values (2, ''x''); insert into veha.notice (person, outbox, wanted) values (%s, 2, true)',
                   :specialist), '-', 'or anywhere, when it is of no tenant'),
        ('specialist', 'outbox',   'reading',  '{}',
            format('insert into veha.outbox (id, kind) overriding system value values (2, ''x''); insert into veha.notice (person, outbox, wanted) values (%s, 2, true)',
                   :admin), null, 'if it was told to them'),
        ('admin',       'membership', 'adding', '{"role": "region_admin"}', '', 'agency first other region second third', 'administrators make their like'),
        ('curator',     'membership', 'adding', '{"role": "coordinator"}',  '', 'agency first second', 'who manages gives the roles below'),
        ('curator',     'membership', 'adding', '{"role": "curator"}',      '', null, 'and not the own'),
        ('coordinator', 'membership', 'adding', '{"role": "specialist"}',   '', 'agency first second', 'so does a coordinator'),
        ('coordinator', 'membership', 'adding', '{"role": "coordinator"}',  '', null, 'and no more'),
        ('specialist',  'membership', 'adding', '{"role": "observer"}',     '', null, 'a specialist gives none'),
        ('mixed',       'membership', 'adding', '{"role": "observer"}',     '', 'third', 'roles are given where the own role is'),
        ('nobody',      'membership', 'adding', '{"role": "observer"}',     '', null, 'nobody gives none'),
        ('coordinator', 'membership', 'changing', '{}', 'update veha.membership set role = ''observer'' where role = ''x''', 'agency first second',
            'what may be given may be taken'),
        ('coordinator', 'membership', 'moving',   '{}', '', 'agency first second', 'and stays there'),
        ('coordinator', 'membership', 'changing', '{}', 'update veha.membership set role = ''curator'' where role in (''specialist'', ''observer'')', null,
            'but not who stands above'),
        ('specialist',  'membership', 'changing', '{}', '', null, 'a specialist takes none'),
        ('nobody',      'membership', 'changing', '{}', '', null, 'nor does nobody'),
        ('curator',     'invitation_tenant', 'adding', '{"role": "coordinator"}', '', 'agency first second', 'who gives a role invites to it'),
        ('curator',     'invitation_tenant', 'adding', '{"role": "curator"}',     '', null, 'and to no other'),
        ('specialist',  'invitation_tenant', 'adding', '{"role": "observer"}',    '', null, 'a specialist invites nobody')
       ) as particular (who, what, deed, given, before, reached, why);

-- What belongs to a person.
select is(pg_temp.counted(who, login, statement), count, format('%s as %s: %s', statement, coalesce(login, who), coalesce(count::text, 'refused')))
  from (values
        ('veha_web', 'specialist', 'select from veha.person', 1),
        ('veha_web', 'specialist', 'update veha.person set name = ''x''', 0),
        ('veha_web', 'specialist', 'insert into veha.person (login, name) values (''x'', ''x'')', null),
        ('veha_web', 'specialist', 'delete from veha.person', 0),
        ('veha_web', null,         'select from veha.person', 0),
        ('veha_web', 'coordinator', 'select from veha.person', 5), -- who works in the agency
        ('veha_web', 'observer',   'select from veha.person', 1),
        ('veha_web', 'coordinator', 'update veha.person set disabled_at = veha.now()', 2), -- the specialist and the observer: of the others some place is out of reach
        ('veha_web', 'specialist', 'select from veha.acknowledgement', 1),
        ('veha_web', 'specialist', format('insert into veha.acknowledgement (person, version) values (%s, 9)', :specialist), 1),
        ('veha_web', 'specialist', format('insert into veha.acknowledgement (person, version) values (%s, 9)', :admin), null),
        ('veha_web', null,         'select from veha.acknowledgement', 0),
        ('veha_web', 'specialist', 'select from veha.notice', 1),
        ('veha_web', 'specialist', 'update veha.notice set read_at = veha.now()', 1),
        ('veha_web', 'specialist', format('update veha.notice set person = %s', :admin), null),
        ('veha_web', null,         'select from veha.notice', 0),
        ('veha_web', 'coordinator', 'select from veha.invitation', 6),
        ('veha_web', 'coordinator', 'update veha.invitation set version = 2', 6),
        ('veha_web', 'specialist', 'select from veha.invitation', 0),
        ('veha_web', 'specialist', 'update veha.invitation set version = 2', 0),
        ('veha_web', 'coordinator', format('insert into veha.invitation (login, name, role, token_hash, invited_by, expires_at) values (''x'', ''x'', ''observer'', ''x'', %s, veha.now())',
                                           (select id from veha.person where login = 'coordinator')), 1),
        ('veha_web', 'coordinator', format('insert into veha.invitation (login, name, role, token_hash, invited_by, expires_at) values (''x'', ''x'', ''observer'', ''x'', %s, veha.now())',
                                           :admin), null),
        ('veha_web', 'coordinator', format('insert into veha.invitation (login, name, role, token_hash, invited_by, expires_at) values (''x'', ''x'', ''curator'', ''x'', %s, veha.now())',
                                           (select id from veha.person where login = 'coordinator')), null),
        ('veha_web', 'admin',      'select from veha.letter', 0),
        ('veha_web', 'admin',      'select from veha.factor', 0),
        ('veha_web', 'admin',      'select from veha.recovery_code', 0),
        ('veha_web', 'admin',      'select from veha.sign_in_challenge', 0),
        ('veha_web', 'admin',      'select from veha.password_reset', 0),
        ('veha_web', 'admin',      'select from veha.reset_attempt', 0),
        ('veha_web', 'admin',      'select from veha.seal', 0),
        ('veha_web', 'admin',      'select from veha.unsealed', 0),
        ('veha_web', 'specialist', 'select from veha.session', 1),
        ('veha_web', 'specialist', 'update veha.session set ended_at = null', 0),
        ('veha_web', 'specialist', format('insert into veha.session (person, refresh_hash) values (%s, ''x'')', :specialist), null),
        ('veha_web', 'specialist', 'delete from veha.session', 0),
        ('veha_web', null,         'select from veha.session', 0),
        ('veha_web', 'specialist', 'select from veha.idempotency', 1),
        ('veha_web', 'specialist', 'update veha.idempotency set answer = ''x''', 1),
        ('veha_web', 'specialist', format('update veha.idempotency set person = %s', :admin), null),
        ('veha_web', 'specialist', format('insert into veha.idempotency (person, key, use) values (%s, ''x'', ''u'')', :specialist), 1),
        ('veha_web', 'specialist', format('insert into veha.idempotency (person, key, use) values (%s, ''x'', ''u'')', :admin), null),
        ('veha_web', 'specialist', 'delete from veha.idempotency', 1),
        ('veha_web', null,         'select from veha.idempotency', 0),
        ('veha_web', 'specialist', 'select from veha.session_spent', 0),
        ('veha_web', 'specialist', 'delete from veha.session_spent', 0),
        ('veha_web', 'specialist', 'select from veha.sign_in_attempt', 0),
        ('veha_web', 'specialist', 'delete from veha.sign_in_attempt', 0),
        ('veha_verify', null,      'select from veha.person', 0),
        ('veha_verify', null,      'select from veha.session', 0),
        ('veha_verify', null,      'select from veha.idempotency', 0),
        ('veha_verify', null,      'select from veha.session_spent', 0),
        ('veha_verify', null,      'select from veha.sign_in_attempt', 0),
        ('veha_notify', null,      'select from veha.person', 0),
        ('veha_notify', null,      'select from veha.tenant', 0),
        ('veha_notify', null,      'select from veha.outbox', 0),
        ('veha_notify', null,      'select from veha.notice', 0),
        ('veha_notify', null,      'select from veha.letter', 0),
        ('veha_notify', null,      'select from veha.password_reset', 0),
        ('veha_operator', null,    'select from veha.factor', :people),
        ('veha_operator', null,    'update veha.factor set wanted = null', :people),
        ('veha_operator', null,    'select from veha.acknowledgement', :people - 1), -- mixed has read nothing
        ('veha_operator', null,    'select from veha.invitation', :people),
        ('veha_operator', null,    'update veha.invitation set version = 2', :people),
        ('veha_operator', null,    'select from veha.letter', 0),
        ('veha_operator', null,    'select from veha.notice', 0),
        ('veha_operator', null,    'select from veha.recovery_code', 0),
        ('veha_operator', null,    'select from veha.password_reset', 0),
        ('veha_operator', null,    'select from veha.seal', 1),
        ('veha_operator', null,    'select from veha.unsealed', 1),
        ('veha_operator', null,    'delete from veha.seal', 0),
        ('veha_operator', null,    'select from veha.person', :people),
        ('veha_operator', null,    'update veha.person set name = ''x''', :people),
        ('veha_operator', null,    'insert into veha.person (login, name) values (''x'', ''x'')', 1),
        ('veha_operator', null,    'select from veha.session', :people),
        ('veha_operator', null,    'update veha.session set ended_at = null', :people),
        ('veha_operator', null,    'select from veha.idempotency', 0),
        ('veha_operator', null,    'select from veha.session_spent', 0),
        ('veha_operator', null,    'select from veha.sign_in_attempt', 0)
       ) as personal (who, login, statement, count);
select * from finish();
rollback;

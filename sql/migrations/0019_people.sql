-- Who manages whom, how people are invited, and when they are kept out.

-- ---------------------------------------------------------------------------------------------------------------------
-- Which role may give, end and manage which: policies and functions read this table alone. Only region administrators manage their like.

create table role_manage (
    role    text not null references role,
    manages text not null references role,
    primary key (role, manages)
);
insert into role_manage
select role, manages
  from (values
        ('region_admin', '{region_admin,curator,coordinator,specialist,observer}'::text[]),
        ('curator',      '{coordinator,specialist,observer}'),
        ('coordinator',  '{specialist,observer}')) as r (role, managed),
       unnest(managed) as manages;
grant select on role_manage to veha_web, veha_operator;

insert into capability values ('person.manage', 'see the people of a subtree, invite others, and manage those of the roles below');
insert into role_capability values ('region_admin', 'person.manage'), ('curator', 'person.manage'), ('coordinator', 'person.manage');

-- Where the caller may give a role and take it away; the operator may everywhere. SECURITY DEFINER as scope() is, and for the same reason.
create function manage_scope(wanted text)
returns int4multirange
language plpgsql
stable parallel safe
security definer
set search_path = veha, pg_temp
as $$
begin
    if actor() = 'operator' then
        return '{[0,)}';
    end if;
    return (select coalesce(range_agg(int4range(m.place, m.last, '[]')), '{}')
              from membership m
              join person p on p.id = m.person and p.disabled_at is null
              join role_manage r on r.role = m.role and r.manages = wanted
             where m.person = caller()
               and m.ended_at is null);
end
$$;

create index membership_places on membership (place) where ended_at is null;

-- Roles are given and taken where the table above allows it; nothing else of a membership ever changes.
create policy adding on membership for insert to veha_web with check (place <@ veha.manage_scope(role));
create policy changing on membership for update to veha_web using (place <@ veha.manage_scope(role)) with check (place <@ veha.manage_scope(role));
grant insert (person, tenant, place, last, role), update (ended_at) on membership to veha_web;

-- ---------------------------------------------------------------------------------------------------------------------
-- People, seen by whoever manages a place where they work. What they are elsewhere stays hidden by the policies of membership.

alter table person
    add seen_at    timestamptz, -- when a session of theirs was last opened or renewed
    add enabled_at timestamptz, -- when they were last let in again
    add email      text,        -- where letters go
    add version    int not null default 1;

create policy managed on person for select to veha_web
    using (exists (select from veha.membership m where m.person = person.id and m.ended_at is null and m.place <@ (select veha.scope('person.manage'))));
grant select (disabled_at, created_at, seen_at, enabled_at, version) on person to veha_web;

-- Is the caller the one who manages all that a person is? SECURITY DEFINER: it looks at what they are elsewhere, too, for whoever shuts a person out does so
-- everywhere; it tells no more than that there is something.
create function person_manageable(who bigint)
returns boolean
language plpgsql
stable
security definer
set search_path = veha, pg_temp
as $$
begin
    return (select coalesce(bool_and(place <@ manage_scope(role)), actor() = 'operator') from membership where person = who and ended_at is null);
end
$$;

create policy changing on person for update to veha_web using (veha.person_manageable(id)) with check (true);
grant update (disabled_at, enabled_at, version) on person to veha_web;

-- SECURITY DEFINER: a person's row is nobody's to write.
create function person_seen()
returns trigger
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
begin
    update person set seen_at = new.rotated_at where id = new.person and new.rotated_at > coalesce(seen_at, '-infinity');
    return null;
end
$$;
create trigger seen after insert or update of rotated_at on session for each row execute function person_seen();

-- Ninety days without a session, since they came or were let in again: nobody signs in to such an account, for nobody would notice that it is a stranger.
create function person_idle(p person)
returns boolean
language sql
stable
as $$
    select greatest(p.created_at, p.seen_at, p.enabled_at) <= veha.now() - interval '90 days';
$$;

-- Until when attempts to sign in by a person's login wait; NULL: they do not. SECURITY DEFINER: the attempts are nobody's to read, and those for logins that nobody
-- has must not be told apart. Only whoever sees the person is told.
create function person_locked_until(who bigint)
returns timestamptz
language plpgsql
stable
security definer
set search_path = veha, pg_temp
as $$
begin
    return (select a.at + sign_in_pause(a.count)
              from person p
              join sign_in_attempt a on a.login_hash = login_hash(p.login)
             where p.id = who
               and a.at + sign_in_pause(a.count) > veha.now()
               and exists (select from membership m where m.person = who and m.ended_at is null and m.place <@ scope('person.manage')));
end
$$;

create function person_state(disabled_at timestamptz, since timestamptz, locked_until timestamptz)
returns text
language sql
stable parallel safe
as $$
    select case when disabled_at is not null then 'disabled'
                when since <= veha.now() - interval '90 days' then 'idle'
                when locked_until is not null then 'locked'
                else 'active' end;
$$;

create function invitation_state(expires_at timestamptz)
returns text
language sql
stable
as $$
    select case when expires_at > veha.now() then 'invited' else 'expired' end;
$$;

-- The version of what the caller sees of a person: each membership counts once when it begins and once when it ends.
create function person_version(who bigint)
returns int
language sql
stable
as $$
    select p.version + (select count(*) + count(m.ended_at) from veha.membership m where m.person = p.id and m.place <@ (select veha.scope('person.manage')))::int
      from veha.person p
     where p.id = who;
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- What managers do. Changes of one person follow one another.

create function person_held(who bigint, seen int)
returns void
language plpgsql
as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('veha.person', who));
    if not exists (select from veha.membership where person = who and ended_at is null and place <@ veha.scope('person.manage')) then
        perform veha.refuse(404, 'not_found');
    end if;
    if seen is not null and seen <> veha.person_version(who) then
        perform veha.refuse(412, 'stale');
    end if;
end
$$;

-- Refuses whoever manages nothing of a person, or not all of it.
create function person_whole(who bigint)
returns void
language plpgsql
as $$
begin
    if not exists (select from veha.membership where person = who and ended_at is null and place <@ veha.manage_scope(role)) then
        perform veha.refuse(403, 'role_above');
    end if;
    if not veha.person_manageable(who) then
        perform veha.refuse(409, 'person_elsewhere');
    end if;
end
$$;

-- One event for each place of theirs that the caller sees. Events name people by number: what they are called can be forgotten.
create function person_tell(what text, who bigint, why text)
returns void
language sql
as $$
    select veha.tell(what, m.tenant, null, why, jsonb_build_object('person', who::text))
      from (select distinct tenant from veha.membership where person = who and ended_at is null and place <@ veha.scope('person.manage')) m;
$$;

-- SECURITY DEFINER: sessions are nobody's but their own, and end at once with the right to have them.
create function person_sign_out(who bigint, why text)
returns void
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
begin
    if person_manageable(who) then
        perform session_close(id, why) from session where person = who and ended_at is null;
    end if;
end
$$;

create function person_disable(who bigint, why text, seen int)
returns bigint
language plpgsql
as $$
begin
    perform veha.person_held(who, seen);
    if who = veha.caller() then
        perform veha.refuse(409, 'person_self');
    end if;
    perform veha.person_whole(who);
    update veha.person set disabled_at = veha.now(), version = version + 1 where id = who and disabled_at is null;
    if not found then
        perform veha.refuse(409, 'person_disabled');
    end if;
    perform veha.person_sign_out(who, 'disabled');
    perform veha.person_tell('person_disabled', who, why);
    return who;
end
$$;

-- Lets in again whoever was disabled or idle.
create function person_enable(who bigint, why text, seen int)
returns bigint
language plpgsql
as $$
begin
    perform veha.person_held(who, seen);
    perform veha.person_whole(who);
    update veha.person set disabled_at = null, enabled_at = veha.now(), version = version + 1
     where id = who
       and veha.person_state(disabled_at, greatest(created_at, seen_at, enabled_at), null) <> 'active';
    if not found then
        perform veha.refuse(409, 'person_active');
    end if;
    perform veha.person_tell('person_enabled', who, why);
    return who;
end
$$;

-- Attempts are forgiven. SECURITY DEFINER: they are nobody's to touch; it asks as the caller whether this is somebody they manage.
create function person_forgive(who bigint)
returns boolean
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
begin
    delete from sign_in_attempt
     where login_hash = (select login_hash(login) from person where id = who)
       and at + sign_in_pause(count) > veha.now()
       and exists (select from membership m where m.person = who and m.ended_at is null and m.place <@ manage_scope(m.role));
    return found;
end
$$;

create function person_unlock(who bigint, seen int)
returns bigint
language plpgsql
as $$
begin
    perform veha.person_held(who, seen);
    if not exists (select from veha.membership where person = who and ended_at is null and place <@ veha.manage_scope(role)) then
        perform veha.refuse(403, 'role_above');
    end if;
    if not veha.person_forgive(who) then
        perform veha.refuse(409, 'person_not_locked');
    end if;
    perform veha.person_tell('person_unlocked', who, null);
    return who;
end
$$;

-- An open tenant by its number in Veha, or by ОГРН or ИНН, where the caller may give this role. What is not theirs is as unknown as what does not exist.
create function manage_tenant(number bigint, state_number text, wanted_role text)
returns tenant
language plpgsql
stable
as $$
declare
    homes veha.tenant[];
begin
    homes := array(select t
                     from veha.tenant t
                    where (t.id = number or t.ogrn = state_number or t.inn = state_number)
                      and t.merged_into is null -- the index of ОГРН holds these
                      and t.closed_at is null
                      and t.place <@ (select veha.manage_scope(wanted_role))
                    limit 2);
    if cardinality(homes) = 0 then
        perform veha.refuse(422, 'tenant_unknown');
    elsif cardinality(homes) > 1 then
        perform veha.refuse(422, 'inn_ambiguous');
    end if;
    return homes[1];
end
$$;

create function membership_give(who bigint, home tenant, given text)
returns void
language sql
as $$
    insert into veha.membership (person, tenant, place, last, role) values (who, home.id, home.place, home.last, given);
    select veha.tell('membership_added', home.id, null, null, jsonb_build_object('person', who::text, 'role', given));
$$;

create function membership_add(who bigint, number bigint, state_number text, wanted_role text, seen int)
returns bigint
language plpgsql
as $$
declare
    home veha.tenant;
begin
    perform veha.person_held(who, seen);
    if isempty(veha.manage_scope(wanted_role)) then
        perform veha.refuse(403, 'role_above');
    end if;
    home := veha.manage_tenant(number, state_number, wanted_role);
    if exists (select from veha.membership where person = who and tenant = home.id and role = wanted_role and ended_at is null) then
        perform veha.refuse(409, 'membership_exists');
    end if;
    perform veha.membership_give(who, home, wanted_role);
    return who;
end
$$;

create function membership_end(who bigint, which bigint, why text, seen int)
returns bigint
language plpgsql
as $$
declare
    held veha.membership;
begin
    perform veha.person_held(who, seen);
    select * into held from veha.membership where person = who and id = which and ended_at is null and place <@ veha.scope('person.manage');
    if not found then
        perform veha.refuse(404, 'not_found');
    end if;
    if not held.place <@ veha.manage_scope(held.role) then
        perform veha.refuse(403, 'role_above');
    end if;
    if who = veha.caller() then
        perform veha.refuse(409, 'person_self');
    end if;
    update veha.membership set ended_at = veha.now() where tenant = held.tenant and id = which;
    perform veha.tell('membership_ended', held.tenant, null, why, jsonb_build_object('person', who::text, 'role', held.role));
    return who;
end
$$;

-- All that the caller may give goes from one person to another who works in the caller's scope: one event for each.
create function person_hand_over(who bigint, heir_login text, why text, seen int)
returns bigint
language plpgsql
as $$
declare
    heir bigint := (select p.id
                      from veha.person p
                     where p.login = lower(btrim(heir_login))
                       and p.disabled_at is null
                       and exists (select from veha.membership m where m.person = p.id and m.ended_at is null and m.place <@ veha.scope('person.manage')));
    held veha.membership;
    moved int := 0;
begin
    perform veha.person_held(who, seen);
    if heir is null or heir = who then
        perform veha.refuse(422, 'successor_unknown');
    end if;
    perform pg_advisory_xact_lock(hashtextextended('veha.person', heir));
    for held in
        select * from veha.membership where person = who and ended_at is null and place <@ veha.manage_scope(role) order by id
    loop
        update veha.membership set ended_at = veha.now() where tenant = held.tenant and id = held.id;
        insert into veha.membership (person, tenant, place, last, role)
        values (heir, held.tenant, held.place, held.last, held.role)
            on conflict do nothing;
        perform veha.tell('membership_moved', held.tenant, null, why, jsonb_build_object('person', who::text, 'heir', heir::text, 'role', held.role));
        moved := moved + 1;
    end loop;
    if moved = 0 then
        perform veha.refuse(403, 'role_above');
    end if;
    perform veha.assignment_hand_over(who, heir);
    return who;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Invitations. An invitation makes nobody: the person comes into being when it is accepted, or signs in if there is one of that login already; so an invitation
-- tells its maker nothing of people elsewhere. Of its token the database knows the hash.

create table invitation (
    id          bigint generated always as identity primary key,
    login       text not null check (login = lower(login) and login <> ''), -- also the address for the letter, when it is one
    name        text not null check (name <> ''),
    locale      text not null default 'ru' check (locale in ('ru', 'en')),
    role        text not null references role,
    token_hash  text not null,
    invited_by  bigint references person, -- NULL: the operator
    created_at  timestamptz not null default veha.now(),
    expires_at  timestamptz not null,
    accepted_at timestamptz,
    revoked_at  timestamptz,
    version     int not null default 1,
    unique (token_hash),
    unique (id, role)
);
create index invitation_login on invitation (login) where accepted_at is null and revoked_at is null;
create index invitation_over on invitation (coalesce(accepted_at, revoked_at, expires_at));

-- Where it is for.
create table invitation_tenant (
    tenant     bigint not null,
    place      int not null,
    invitation bigint not null,
    role       text not null,
    primary key (tenant, invitation),
    foreign key (tenant, place) references tenant (id, place) on update cascade,
    foreign key (invitation, role) references invitation (id, role)
);
create index invitation_tenant_place on invitation_tenant (place);
create index invitation_tenant_invitation on invitation_tenant (invitation);
call secure('invitation_tenant', 'person.manage', null);
create policy adding on invitation_tenant for insert to veha_web with check (place <@ veha.manage_scope(role));
grant insert on invitation_tenant to veha_web;

-- SECURITY DEFINER for the same reason as person_manageable().
create function invitation_manageable(which bigint)
returns boolean
language plpgsql
stable
security definer
set search_path = veha, pg_temp
as $$
begin
    return (select coalesce(bool_and(place <@ manage_scope(role)), false) from invitation_tenant where invitation = which);
end
$$;

alter table invitation enable row level security;
alter table invitation force row level security;
create policy owner on invitation to veha_owner using (true) with check (true);
create policy operator on invitation to veha_operator using (true) with check (true);
create policy reading on invitation for select to veha_web using (exists (select from veha.invitation_tenant x where x.invitation = invitation.id));
create policy adding on invitation for insert to veha_web with check (invited_by = (select veha.caller()) and not isempty(veha.manage_scope(role)));
create policy changing on invitation for update to veha_web using (veha.invitation_manageable(id)) with check (true);
grant select (id, login, name, locale, role, invited_by, created_at, expires_at, accepted_at, revoked_at, version) on invitation to veha_web;
grant insert (login, name, locale, role, token_hash, invited_by, expires_at), update (token_hash, expires_at, revoked_at, version) on invitation to veha_web;
grant select, insert, update on invitation to veha_operator;
grant usage on sequence invitation_id_seq to veha_web, veha_operator; -- an invitation is read through its places, which are written after it

create index outbox_invitation on outbox ((detail ->> 'invitation')) where kind = 'invitation' and sent_at is null;

-- The letter of an invitation, in place of an earlier one that was not sent. Only the program knows the link, so until it is sent it lies in the outbox, of no
-- tenant, where nobody but the sender reads it: a stolen copy of the database lets the thief accept what was written in the last moments before it. SECURITY DEFINER:
-- nobody but such functions writes messages.
create function invitation_post(which bigint, link text)
returns void
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
begin
    if not invitation_manageable(which) then
        return;
    end if;
    delete from outbox where kind = 'invitation' and sent_at is null and detail ->> 'invitation' = which::text;
    insert into outbox (kind, detail)
    select 'invitation', jsonb_build_object('invitation', i.id::text, 'address', i.login, 'name', i.name, 'locale', i.locale, 'link', link, 'expires', i.expires_at)
      from invitation i
     where i.id = which and i.login like '%_@_%' and link is not null;
end
$$;

-- A letter that was sent keeps no link.
create function invitation_sent()
returns trigger
language plpgsql
as $$
begin
    new.detail := new.detail - 'link';
    return new;
end
$$;
create trigger invitation_sent before update on outbox for each row
    when (new.kind = 'invitation' and new.sent_at is not null and old.sent_at is null) execute function invitation_sent();

-- Notes in veha.invitations what was made, for the query that shows it: the program knows the token by its number in the request.
create function invitation_note(which bigint, number int)
returns void
language sql
as $$
    select set_config('veha.invitations',
                      (coalesce(veha.setting('invitations'), '[]')::jsonb || jsonb_build_object('id', which, 'number', number))::text, true);
$$;

-- Somebody of a login who works in the caller's scope; NULL: nobody does.
create function person_near(wanted text)
returns bigint
language sql
stable
as $$
    select p.id
      from veha.person p
     where p.login = lower(btrim(wanted))
       and (veha.actor() = 'operator'
            or exists (select from veha.membership m where m.person = p.id and m.ended_at is null and m.place <@ (select veha.scope('person.manage'))));
$$;

-- Invites a login to a role at some places, but for those it has or is invited to already, as far as the caller can see. Somebody who works in the caller's scope
-- gets the places at once. → added, changed or unchanged.
create function invitation_add(new_login text, new_name text, new_role text, homes tenant[], hash text, link text, days int, number int)
returns text
language plpgsql
as $$
declare
    called text := lower(btrim(new_login));
    known bigint := veha.person_near(called);
    missing veha.tenant[];
    made bigint;
begin
    perform pg_advisory_xact_lock(hashtextextended('veha.invitation ' || called, 0));
    missing := array(select home
                       from unnest(homes) as home
                      where not exists (select from veha.membership m where m.person = known and m.tenant = home.id and m.role = new_role and m.ended_at is null)
                        and not exists (select from veha.invitation_tenant x
                                          join veha.invitation i on i.id = x.invitation
                                         where x.tenant = home.id and i.login = called and i.role = new_role
                                           and i.accepted_at is null and i.revoked_at is null and i.expires_at > veha.now()));
    if cardinality(missing) = 0 then
        return 'unchanged';
    end if;
    if known is not null then
        perform veha.membership_give(known, home, new_role) from unnest(missing) as home;
        return 'changed';
    end if;
    insert into veha.invitation (login, name, role, token_hash, invited_by, expires_at)
    values (called, new_name, new_role, hash, veha.caller(), veha.now() + make_interval(days => days));
    made := currval('veha.invitation_id_seq');
    insert into veha.invitation_tenant (tenant, place, invitation, role)
    select home.id, home.place, made, new_role from unnest(missing) as home;
    perform veha.invitation_post(made, link);
    perform veha.tell('person_invited', home.id, null, null, jsonb_build_object('invitation', made::text, 'role', new_role)) from unnest(missing) as home;
    perform veha.invitation_note(made, number);
    return 'added';
end
$$;

-- One invitation from a form.
create function invitation_create(new_login text, new_name text, new_role text, numbers jsonb, state_numbers jsonb, hash text, link text, days int)
returns text
language plpgsql
as $$
declare
    homes veha.tenant[];
    outcome text;
begin
    if isempty(veha.manage_scope(new_role)) then
        perform veha.refuse(403, 'role_above');
    end if;
    homes := array(select veha.manage_tenant(n::bigint, null, new_role) from jsonb_array_elements_text(numbers) as n
                    union
                   select veha.manage_tenant(null, n, new_role) from jsonb_array_elements_text(state_numbers) as n);
    if cardinality(homes) = 0 then
        perform veha.refuse(422, 'tenant_missing');
    end if;
    if veha.person_near(new_login) is not null then
        perform veha.refuse(409, 'person_known');
    end if;
    outcome := veha.invitation_add(new_login, new_name, new_role, homes, hash, link, days, 1);
    if outcome = 'unchanged' then
        perform veha.refuse(409, 'invitation_known');
    end if;
    return outcome;
end
$$;

-- One person of a table: {line, number, login, name, role, organisations: [{line, number: ОГРН or ИНН}], hash, link} → what became of it: one telling of the person, and
-- one of each organisation that stays out.
create function invitation_row(r jsonb, days int)
returns jsonb
language plpgsql
as $$
declare
    homes veha.tenant[] := '{}';
    wanted jsonb;
    tellings jsonb := '[]';
    outcome text;
begin
    if isempty(veha.manage_scope(r ->> 'role')) then
        return jsonb_build_array(jsonb_build_object('line', r -> 'line', 'column', 'role', 'value', r -> 'role', 'code', 'role_above'));
    end if;
    for wanted in select jsonb_array_elements(r -> 'organisations') loop
        begin
            homes := homes || veha.manage_tenant(null, wanted ->> 'number', r ->> 'role');
        exception when sqlstate 'VH422' then
            tellings := tellings || jsonb_build_object('line', wanted -> 'line', 'column', 'organisations', 'value', wanted -> 'number', 'code', sqlerrm);
        end;
    end loop;
    if cardinality(homes) > 0 then
        homes := array(select distinct home from unnest(homes) as home);
        outcome := veha.invitation_add(r ->> 'login', r ->> 'name', r ->> 'role', homes, r ->> 'hash', r ->> 'link', days, (r ->> 'number')::int);
        tellings := tellings || jsonb_build_object('line', r -> 'line', 'outcome', outcome);
    end if;
    return tellings;
end
$$;

-- → what became of all, in veha.invitation_rows as well, for the query that shows it.
create function invitation_rows(rows jsonb, days int)
returns jsonb
language plpgsql
as $$
declare
    r jsonb;
    told jsonb := '[]';
begin
    for r in select jsonb_array_elements(rows) loop
        told := told || veha.invitation_row(r, days);
    end loop;
    perform set_config('veha.invitation_rows', told::text, true);
    return told;
end
$$;

-- One that can still be accepted, if the caller may change it.
create function invitation_held(which bigint, seen int)
returns void
language plpgsql
as $$
declare
    found_version int;
    over boolean;
begin
    perform pg_advisory_xact_lock(hashtextextended('veha.invitation', which));
    select version, accepted_at is not null or revoked_at is not null into found_version, over from veha.invitation where id = which;
    if not found then
        perform veha.refuse(404, 'not_found');
    end if;
    if seen is not null and seen <> found_version then
        perform veha.refuse(412, 'stale');
    end if;
    if not exists (select from veha.invitation_tenant where invitation = which and place <@ veha.manage_scope(role)) then
        perform veha.refuse(403, 'role_above');
    end if;
    if not veha.invitation_manageable(which) then
        perform veha.refuse(409, 'person_elsewhere');
    end if;
    if over then
        perform veha.refuse(409, 'invitation_over');
    end if;
end
$$;

create function invitation_tell(what text, which bigint, why text)
returns void
language sql
as $$
    select veha.tell(what, x.tenant, null, why, jsonb_build_object('invitation', which::text, 'role', x.role))
      from veha.invitation_tenant x
     where x.invitation = which;
$$;

-- New tokens in place of old ones, which are good for nothing from now on: [{id, hash, link}]. link NULL: no letter, it is printed.
create function invitation_renew(wanted jsonb, days int, seen int)
returns int
language plpgsql
as $$
declare
    which bigint;
    hash text;
    link text;
    number bigint;
begin
    for which, hash, link, number in
        select (value ->> 'id')::bigint, value ->> 'hash', value ->> 'link', ordinality from jsonb_array_elements(wanted) with ordinality order by 1
    loop
        perform veha.invitation_held(which, seen);
        update veha.invitation set token_hash = hash, expires_at = veha.now() + make_interval(days => days), version = version + 1 where id = which;
        perform veha.invitation_post(which, link);
        perform veha.invitation_tell('invitation_renewed', which, null);
        perform veha.invitation_note(which, number::int);
    end loop;
    return jsonb_array_length(wanted);
end
$$;

create function invitation_revoke(which bigint, why text, seen int)
returns bigint
language plpgsql
as $$
begin
    perform veha.invitation_held(which, seen);
    update veha.invitation set revoked_at = veha.now(), version = version + 1 where id = which;
    perform veha.invitation_post(which, null);
    perform veha.invitation_tell('invitation_revoked', which, why);
    perform veha.invitation_note(which, null);
    return which;
end
$$;

-- Everybody who holds a token comes here without being anybody yet, hence SECURITY DEFINER, callable by veha_web only. NULL for used, expired, revoked and unknown ones
-- alike. known: somebody has that login, who signs in as ever; mine: the caller is that somebody.
create function invitation_open(hash text)
returns jsonb
language plpgsql
stable
security definer
set search_path = veha, pg_temp
as $$
begin
    return (select jsonb_build_object(
                       'name', i.name, 'login', i.login, 'role', i.role, 'expires_at', i.expires_at,
                       'known', p.id is not null,
                       'mine', coalesce(p.id = caller(), false),
                       'tenants', (select coalesce(jsonb_agg(t.name order by t.name), '[]')
                                     from invitation_tenant x
                                     join tenant t on t.id = x.tenant
                                    where x.invitation = i.id))
              from invitation i
              left join person p on p.login = i.login
             where i.token_hash = hash
               and i.accepted_at is null and i.revoked_at is null and i.expires_at > veha.now());
end
$$;

-- The holder of a token takes what it is for. Somebody new gets a person, with the password that they chose, and a session. Somebody who is known must be signed in as
-- that person; an idle one is let in again, because whoever invites them vouches for them. SECURITY DEFINER as above.
-- → NULL: no such token; {"outcome": taken, sign_in or another}; or the claims of session_open().
create function invitation_accept(hash text, chosen text, refresh text, hours int)
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    held invitation;
    somebody person;
    claims jsonb;
begin
    select * into held
      from invitation
     where token_hash = hash and accepted_at is null and revoked_at is null and expires_at > veha.now()
       for update;
    if held.id is null then
        return null;
    end if;
    select * into somebody from person where login = held.login;
    if somebody.id is distinct from caller() and caller() is not null then
        return '{"outcome": "another"}';
    end if;
    if caller() is null and (somebody.id is not null or chosen is null) then
        update person set enabled_at = veha.now(), version = version + 1 where id = somebody.id and disabled_at is null and person_idle(somebody);
        return '{"outcome": "sign_in"}';
    end if;
    if somebody.id is null then
        insert into person (login, name, locale, password_hash, email)
        values (held.login, held.name, held.locale, chosen, case when held.login like '%_@_%' then held.login end)
            on conflict (login) do nothing
        returning * into somebody;
        if somebody.id is null then
            return '{"outcome": "sign_in"}'; -- another invitation of the same login was accepted this moment
        end if;
        claims := session_open(somebody.id, refresh, hours);
    end if;
    update invitation set accepted_at = veha.now(), version = version + 1 where id = held.id;
    insert into membership (person, tenant, place, last, role)
    select somebody.id, t.id, t.place, t.last, held.role
      from invitation_tenant x
      join tenant t on t.id = x.tenant and t.closed_at is null
     where x.invitation = held.id
        on conflict do nothing;
    perform tell('invitation_accepted', x.tenant, null, null, jsonb_build_object('invitation', held.id::text, 'role', x.role, 'person', somebody.id::text))
       from invitation_tenant x
      where x.invitation = held.id;
    delete from outbox where kind = 'invitation' and sent_at is null and detail ->> 'invitation' = held.id::text;
    return case when claims is null then '{"outcome": "taken"}' else session_claims((claims ->> 'session')::bigint) end;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- The own sessions.

-- Another session of the caller's, or this one. SECURITY DEFINER as session_end() is.
create function session_revoke(which bigint)
returns bigint
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
begin
    if not exists (select from session where id = which and person = caller() and ended_at is null) then
        perform refuse(404, 'not_found');
    end if;
    perform session_close(which, 'revoked');
    return which;
end
$$;

-- The operator lets somebody in again, for instance the only administrator after ninety days. → {"person": id as text}
create function person_readmit(wanted text)
returns jsonb
language plpgsql
as $$
declare
    who bigint;
begin
    update veha.person set disabled_at = null, enabled_at = veha.now(), version = version + 1 where login = lower(btrim(wanted)) returning id into who;
    if who is null then
        perform veha.refuse(404, 'person_unknown');
    end if;
    perform veha.tell('person_enabled', m.tenant, null, null, jsonb_build_object('person', who::text))
       from (select distinct tenant from veha.membership where person = who and ended_at is null) m;
    return jsonb_build_object('person', who::text);
end
$$;

-- Invitations that were accepted, revoked or left to expire so long ago, with the names and addresses in them. SECURITY DEFINER, as in 0018_forget.sql. Whoever renews
-- one at this moment keeps it.
create function invitation_forget(days int, most int)
returns int
language sql
security definer
set search_path = veha, pg_temp
as $$
    with old as materialized (
        select id
          from invitation
         where coalesce(accepted_at, revoked_at, expires_at) < veha.now() - make_interval(days => days)
         order by coalesce(accepted_at, revoked_at, expires_at)
         limit most
           for update skip locked
    ), places as (
        delete from invitation_tenant x using old where x.invitation = old.id
    ), gone as (
        delete from invitation i using old where i.id = old.id returning 1
    )
    select count(*)::int from gone;
$$;

revoke execute on function person_seen, person_sign_out, person_forgive, invitation_post, invitation_open, invitation_accept, invitation_forget, session_revoke, person_readmit
    from public;
grant execute on function invitation_forget to veha_verify;
grant execute on function person_sign_out, person_forgive, invitation_post, invitation_open, invitation_accept, session_revoke to veha_web;
grant execute on function invitation_post, person_readmit to veha_operator;

-- Signing in, staying signed in, signing out; and the operator's first people.
--
-- Every function below that is SECURITY DEFINER is owned by veha_owner and may be called by veha_web only: a person who is not yet known owns no
-- row, so row security would hide the very rows that decide. Each looks at one login or one session and answers with what its caller just proved.

-- ---------------------------------------------------------------------------------------------------------------------
-- Attempts to sign in, by hash of the login whether or not there is such a person, so that a lock-out tells nothing about who exists.
-- An attempt is charged before the password is looked at (many at once cannot outrun the count) and forgiven when it succeeds.

create table sign_in_attempt (
    login_hash bytea primary key,
    count      int not null,
    at         timestamptz not null
);
create index sign_in_attempt_at on sign_in_attempt (at);

create function login_hash(login text)
returns bytea
language sql
immutable parallel safe
as $$
    select sha256(convert_to(lower(btrim(login)), 'UTF8'));
$$;

-- The pause after so many attempts in a row: none after nine, then 1 s, 2 s, 4 s ... and never more than 15 minutes.
create function sign_in_pause(count int)
returns interval
language sql
immutable parallel safe
as $$
    select case when count < 10 then interval '0' else least(power(2, least(count - 10, 20)), 900) * interval '1 s' end;
$$;

-- → {"wait": seconds, "person": id as text or null, "hash": Argon2id or null}. An unknown, disabled or idle person has no hash.
create function session_attempt(wanted text)
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    moment timestamptz := veha.now();
    answer jsonb;
begin
    delete from sign_in_attempt
     where login_hash in (select login_hash from sign_in_attempt where at < moment - interval '1 day' limit 100 for update skip locked);
    insert into sign_in_attempt as a (login_hash, count, at)
    values (login_hash(wanted), 1, moment)
        on conflict (login_hash) do update
       set count = a.count + 1, at = greatest(a.at, moment)
     where a.at + sign_in_pause(a.count) <= greatest(a.at, moment); -- one that began later may have come first
    if not found then
        select jsonb_build_object('wait', ceil(extract(epoch from at + sign_in_pause(count) - moment))::int, 'person', null, 'hash', null)
          into answer
          from sign_in_attempt
         where login_hash = login_hash(wanted);
        return answer;
    end if;
    select jsonb_build_object('wait', 0, 'person', p.id::text, 'hash', p.password_hash)
      into answer
      from (select) as always
      left join person p on p.login = lower(btrim(wanted)) and p.disabled_at is null and not person_idle(p);
    return answer;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Sessions and their refresh tokens.
--
-- A session is one family of refresh tokens, each used once. The database knows hashes only: of the current token (session.refresh_hash)
-- and of all spent ones. The successor of a token is computed by the program from the token itself and its keyring's secret, so two tabs
-- that renew with the same token at once get the same successor, although nobody keeps it. A token that was spent before the last one,
-- or more than 30 s ago, was stolen by somebody or from somebody: the whole family ends.

create unique index session_refresh on session (refresh_hash);

create table session_spent (
    refresh_hash text primary key,
    session      bigint not null references session,
    serial       int not null
);
create index session_spent_session on session_spent (session);

-- What the access token says. The scope is for integrators and bounded, as a cookie is; what a person may do is computed anew in each unit.
create function session_claims(which bigint)
returns jsonb
language sql
stable
as $$
    select jsonb_build_object(
               'session', s.id::text,
               'person', p.id::text,
               'name', p.name,
               'locale', p.locale,
               'state', s.state,
               'opened_at', extract(epoch from s.created_at)::bigint,
               'roles', to_jsonb(string_to_array(p.roles, ' ')),
               'scope', (select coalesce(jsonb_agg(m.role || ':' || m.tenant order by m.role, m.tenant), '[]')
                           from (select role, tenant
                                   from veha.membership
                                  where person = p.id and ended_at is null
                                  order by role, tenant
                                  limit 50) m))
      from veha.session s
      join veha.person p on p.id = s.person and p.disabled_at is null
     where s.id = which;
$$;

-- From here on the unit is the person's own: its events say so. One signs in before reading the notice about personal data.
create function session_enter(who bigint, which bigint)
returns void
language sql
as $$
    select veha.enter(who, which, veha.setting('request'), veha.setting('address')::inet, veha.setting('now')::timestamptz, null, true, null, true);
$$;

-- All that was to be proven is proven. → session_claims, or {"refused": code} when the person was disabled meanwhile.
create function session_begin(who bigint, refresh text, hours int)
returns jsonb
language plpgsql
as $$
declare
    opened bigint;
begin
    delete from veha.session_spent x
     using veha.session s
     where s.id = x.session and s.person = who and s.created_at < veha.now() - hours * interval '1 hour';
    insert into veha.session (person, state, refresh_hash, address)
    select id, case when veha.factor_missing(id) then 'setup' else 'open' end, refresh, veha.setting('address')::inet
      from veha.person p
     where id = who and disabled_at is null and not veha.person_idle(p)
    returning id into opened;
    if opened is null then
        return jsonb_build_object('refused', 'sign_in_refused');
    end if;
    delete from veha.sign_in_attempt where login_hash = (select veha.login_hash(login) from veha.person where id = who);
    perform veha.session_enter(who, opened);
    perform veha.tell('session_opened', null, null, null, '{}');
    return veha.session_claims(opened);
end
$$;

-- The program has found the password right. → as session_begin, or {"challenge": true} when a code is to follow: what would have been the first refresh
-- token is then good for that alone (0021_second_factor.sql).
create function session_open(who bigint, refresh text, hours int)
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
begin
    if factor_challenge(who, refresh) then
        return jsonb_build_object('challenge', true);
    end if;
    return session_begin(who, refresh, hours);
end
$$;

-- Who the caller is now, whatever the access token says. → session_claims
create function session_show()
returns jsonb
language plpgsql
stable
security definer
set search_path = veha, pg_temp
as $$
begin
    return (select session_claims(s.id) from session s where s.id = setting('session')::bigint and s.person = caller());
end
$$;

-- Ends a session for a reason; nothing happens to one that has ended.
create function session_close(which bigint, why text)
returns void
language plpgsql
as $$
begin
    update veha.session set ended_at = veha.now(), end_reason = why where id = which and ended_at is null;
    if found then
        delete from veha.session_spent where session = which;
        perform veha.tell('session_ended', null, null, null, jsonb_build_object('why', why));
    end if;
end
$$;

-- Trades a refresh token for its successor. → session_claims, or {"refused": code}.
create function session_renew(presented text, successor text, hours int, idle_minutes int)
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    moment timestamptz := veha.now();
    family session;
    used   session_spent;
begin
    -- Locks the family; whoever waited here finds the token spent in the next statement.
    select * into family from session where refresh_hash = presented and ended_at is null for update;
    if not found then
        select * into used from session_spent where refresh_hash = presented;
        select * into family from session where id = used.session and ended_at is null for update;
    end if;
    if family.id is null or not exists (select from person where id = family.person and disabled_at is null) then
        return jsonb_build_object('refused', 'refresh_refused');
    end if;
    perform session_enter(family.person, family.id);
    if family.created_at <= moment - hours * interval '1 hour' or family.seen_at <= moment - idle_minutes * interval '1 minute' then
        perform session_close(family.id, 'expired');
        return jsonb_build_object('refused', 'session_expired');
    end if;
    if used.serial < family.refresh_serial - 1 or family.rotated_at < moment - interval '30 s' and used.serial is not null then
        perform session_close(family.id, 'replayed');
        return jsonb_build_object('refused', 'refresh_replayed');
    end if;
    if used.serial is null then
        insert into session_spent values (presented, family.id, family.refresh_serial);
        update session
           set refresh_hash = successor, refresh_serial = refresh_serial + 1, rotated_at = moment, seen_at = moment
         where id = family.id;
    elsif family.refresh_hash <> successor then
        -- The keyring's secret changed between two tabs: this one cannot be given the successor the other one got.
        return jsonb_build_object('refused', 'refresh_refused');
    end if;
    return session_claims(family.id);
end
$$;

-- The caller signs out. → {"session": id as text}
create function session_end()
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    mine bigint;
begin
    select id into mine from session where id = setting('session')::bigint and person = caller() for update;
    perform session_close(mine, 'signed_out');
    return jsonb_build_object('session', mine::text);
end
$$;

alter table sign_in_attempt enable row level security;
alter table sign_in_attempt force row level security;
create policy owner on sign_in_attempt to veha_owner using (true) with check (true);
alter table session_spent enable row level security;
alter table session_spent force row level security;
create policy owner on session_spent to veha_owner using (true) with check (true);

revoke execute on function session_attempt, session_claims, session_enter, session_begin, session_open, session_show, session_close, session_renew, session_end from public;
grant execute on function session_attempt, session_open, session_show, session_renew, session_end to veha_web;

-- ---------------------------------------------------------------------------------------------------------------------
-- People made by the operator of the machine, under the operator's own rights.

-- One tenant named as {"id": ...} or {"ogrn": ...}.
create function membership_tenant(wanted jsonb)
returns tenant
language plpgsql
stable
as $$
declare
    home veha.tenant;
begin
    select * into home
      from veha.tenant t
     where t.merged_into is null
       and (t.id = (wanted ->> 'id')::bigint or t.ogrn = wanted ->> 'ogrn');
    if home.id is null then
        perform veha.refuse(422, 'tenant_unknown');
    end if;
    return home;
end
$$;

-- A person with one role at the tenants named, or at the region when none is; informed: has signed the notice about personal data on paper.
-- → {"person": id, "tenants": [{"id", "name"}]}
create function person_add(new_login text, new_name text, new_locale text, hash text, wanted_role text, wanted_tenants jsonb, new_email text default null,
                           informed boolean default false)
returns jsonb
language plpgsql
as $$
declare
    homes veha.tenant[];
    made  bigint;
begin
    if not exists (select from veha.role where code = wanted_role) then
        perform veha.refuse(422, 'role_unknown');
    end if;
    if wanted_tenants = '[]' then
        homes := array(select t from veha.tenant t where kind = 'region');
    else
        homes := array(select distinct veha.membership_tenant(wanted) from jsonb_array_elements(wanted_tenants) as wanted);
    end if;
    if cardinality(homes) = 0 then
        perform veha.refuse(422, 'region_missing');
    end if;
    insert into veha.person (login, name, locale, password_hash, email)
    values (lower(btrim(new_login)), new_name, new_locale, hash, new_email)
        on conflict (login) do nothing
    returning id into made;
    if made is null then
        perform veha.refuse(409, 'login_taken');
    end if;
    if informed then
        insert into veha.acknowledgement (person, version) values (made, veha.privacy_version());
    end if;
    insert into veha.membership (person, tenant, place, last, role)
    select made, home.id, home.place, home.last, wanted_role from unnest(homes) as home;
    perform veha.tell('person_added', home.id, null, null,
                      jsonb_build_object('person', made::text, 'role', wanted_role))
       from unnest(homes) as home;
    return jsonb_build_object('person', made::text,
                              'tenants', (select jsonb_agg(jsonb_build_object('id', home.id::text, 'name', home.name) order by home.name)
                                            from unnest(homes) as home));
end
$$;

revoke execute on function membership_tenant, person_add from public;
grant execute on function membership_tenant, person_add to veha_operator;

-- The second factor of signing in: a code of an authenticator (RFC 6238) or one of ten recovery codes; and what people do for their own safety.
--
-- The functions below that are SECURITY DEFINER are owned by veha_owner: what they read and write (sealed secrets, hashes, others' sessions) is nobody's to
-- reach by hand. Each works on the caller's own rows, or on what its caller has just proven; the one that works on another person's asks for the right itself.

alter table role add column second_factor boolean not null default false; -- who has this role signs in with a code, too
update role set second_factor = true where code in ('region_admin', 'curator');

-- A person's authenticator. The secrets are sealed by the program with a key that the database does not hold.
create table factor (
    person  bigint primary key references person,
    sealed  text,                      -- NULL: there is none
    counter bigint not null default 0, -- of the last code accepted: each serves once
    since   timestamptz,
    wanted  text,                      -- the secret of one that is being set up
    check ((sealed is null) = (since is null))
);

-- Hashes, keyed by the program.
create table recovery_code (
    person  bigint not null references person,
    hash    text not null,
    used_at timestamptz,
    primary key (person, hash)
);

-- Whose password was right, and who still owes the code.
create table sign_in_challenge (
    hash       text primary key,
    person     bigint not null references person,
    created_at timestamptz not null default veha.now()
);
create index sign_in_challenge_person on sign_in_challenge (person);
create index sign_in_challenge_at on sign_in_challenge (created_at);

alter table factor enable row level security;
alter table factor force row level security;
create policy owner on factor to veha_owner using (true) with check (true);
create policy operator on factor to veha_operator using (true) with check (true);
grant select, insert, update on factor to veha_operator;
alter table recovery_code enable row level security;
alter table recovery_code force row level security;
create policy owner on recovery_code to veha_owner using (true) with check (true);
alter table sign_in_challenge enable row level security;
alter table sign_in_challenge force row level security;
create policy owner on sign_in_challenge to veha_owner using (true) with check (true);

-- How long a code may follow its password.
create function challenge_life()
returns interval
language sql
immutable parallel safe
as $$
    select interval '10 minutes';
$$;

create function factor_on(who bigint)
returns boolean
language sql
stable
as $$
    select exists (select from veha.factor where person = who and sealed is not null);
$$;

create function factor_required(who bigint)
returns boolean
language sql
stable
as $$
    select exists (select from veha.membership m join veha.role r on r.code = m.role and r.second_factor where m.person = who and m.ended_at is null);
$$;

create function factor_missing(who bigint)
returns boolean
language sql
stable
as $$
    select veha.factor_required(who) and not veha.factor_on(who);
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- What a person's memberships mean for the tokens and sessions there are: a token of other roles is stale from this unit on, and whoever comes into a role
-- that asks for a second factor goes on only after setting it up. SECURITY DEFINER: whoever gives a role does not reach people's sessions.
create function membership_told()
returns trigger
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    who bigint;
begin
    foreach who in array array(select distinct p
                                 from unnest(array[case when tg_op <> 'INSERT' then old.person end, case when tg_op <> 'DELETE' then new.person end]) p
                                where p is not null) loop
        update person
           set roles = coalesce((select string_agg(distinct role, ' ' order by role) from membership where person = who and ended_at is null), '')
         where id = who;
        update session
           set state = case when factor_missing(who) then 'setup' else 'open' end
         where person = who and ended_at is null and (state = 'setup') <> factor_missing(who);
    end loop;
    return null;
end
$$;
create trigger told after insert or delete or update of person, role, ended_at on membership
    for each row execute function membership_told();

-- ---------------------------------------------------------------------------------------------------------------------
-- The second step of signing in.

-- Is a code to follow? Then the hash of what the program hands out opens the second step.
create function factor_challenge(who bigint, given text)
returns boolean
language plpgsql
as $$
begin
    if not veha.factor_on(who) then
        return false;
    end if;
    delete from veha.sign_in_challenge
     where hash in (select hash from veha.sign_in_challenge where created_at < veha.now() - veha.challenge_life() limit 100 for update skip locked);
    insert into veha.sign_in_challenge (hash, person) values (given, who);
    return true;
end
$$;

-- One code, charged like a password before it is looked at. → {"wait": seconds, "person", "sealed"}, or {"refused": code}.
create function factor_attempt(given text)
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    who     person;
    attempt jsonb;
begin
    select p.* into who
      from sign_in_challenge c
      join person p on p.id = c.person and p.disabled_at is null
     where c.hash = given and c.created_at >= veha.now() - challenge_life();
    if who.id is null then
        return jsonb_build_object('refused', 'challenge_refused');
    end if;
    attempt := session_attempt(who.login);
    return jsonb_build_object('wait', attempt -> 'wait', 'person', who.id::text,
                              'sealed', (select sealed from factor where person = who.id));
end
$$;

-- The program has found the code to be that of `step`, or it is a recovery code of this hash. Each serves once. → as session_begin.
create function factor_pass(given text, step bigint, recovery text, refresh text, hours int)
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    who bigint;
begin
    select person into who from sign_in_challenge where hash = given and created_at >= veha.now() - challenge_life() for update;
    if who is null then
        return jsonb_build_object('refused', 'challenge_refused');
    end if;
    if step is not null then
        update factor set counter = step where person = who and sealed is not null and counter < step;
    else
        update recovery_code set used_at = veha.now() where person = who and hash = recovery and used_at is null;
    end if;
    if not found then
        return jsonb_build_object('refused', 'code_refused');
    end if;
    delete from sign_in_challenge where hash = given;
    return session_begin(who, refresh, hours) || case when step is null then jsonb_build_object('recovery_used', true) else '{}' end;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- A person's own safety.

-- → {"login", "setup": this session may do nothing else, "factor": {"on", "required", "since", "codes_left"}}
create function security_show()
returns jsonb
language plpgsql
stable
security definer
set search_path = veha, pg_temp
as $$
begin
    return (select jsonb_build_object(
                       'login', p.login,
                       'setup', exists (select from session where id = setting('session')::bigint and person = p.id and state = 'setup'),
                       'factor', jsonb_build_object(
                           'on', f.sealed is not null,
                           'required', factor_required(p.id),
                           'since', f.since,
                           'codes_left', (select count(*) from recovery_code where person = p.id and used_at is null)))
              from person p
              left join factor f on f.person = p.id
             where p.id = caller());
end
$$;

-- The own password is asked for again, charged like any other. → {"wait", "person", "hash"}
create function password_attempt()
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
begin
    return session_attempt((select login from person where id = caller()));
end
$$;

create function sign_in_forgive(who bigint)
returns void
language sql
as $$
    delete from veha.sign_in_attempt where login_hash = (select veha.login_hash(login) from veha.person where id = who);
$$;

-- Ends a person's sessions but the one to keep, if any.
create function session_end_others(who bigint, kept bigint, why text)
returns void
language sql
as $$
    select veha.session_close(s.id, why) from veha.session s where s.person = who and s.ended_at is null and s.id is distinct from kept;
$$;

-- The program has found the old password right. The other sessions end. → {"changed": true}
create function password_change(hash text)
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
begin
    update person set password_hash = hash where id = caller();
    perform sign_in_forgive(caller());
    delete from sign_in_challenge where person = caller();
    perform session_end_others(caller(), setting('session')::bigint, 'password_changed');
    perform tell('password_changed', null, null, null, '{}');
    return jsonb_build_object('changed', true);
end
$$;

-- An authenticator to be set up; one that is on is ended first. → {"sealed", "login"}
create function factor_begin(fresh text)
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
begin
    insert into factor as f (person, wanted) values (caller(), fresh)
        on conflict (person) do update set wanted = fresh where f.sealed is null;
    if not found then
        perform refuse(409, 'factor_on');
    end if;
    return factor_wanted();
end
$$;

-- The one that is being set up. → {"sealed": NULL when none is, "login"}
create function factor_wanted()
returns jsonb
language plpgsql
stable
security definer
set search_path = veha, pg_temp
as $$
begin
    return (select jsonb_build_object('sealed', f.wanted, 'login', p.login) from person p left join factor f on f.person = p.id where p.id = caller());
end
$$;

create function recovery_replace(who bigint, hashes jsonb)
returns void
language plpgsql
as $$
begin
    delete from veha.recovery_code where person = who;
    insert into veha.recovery_code (person, hash) select who, jsonb_array_elements_text(hashes);
end
$$;

-- The code of the authenticator that is being set up was right: from now on it is asked for. Sessions that only waited for this are the person's in name alone:
-- but for the one that did it, they end. → {"on": true}
create function factor_confirm(proven text, step bigint, hashes jsonb)
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    mine bigint := setting('session')::bigint;
begin
    update factor set sealed = proven, wanted = null, counter = step, since = veha.now() where person = caller() and wanted = proven;
    if not found then
        perform refuse(409, 'factor_not_begun');
    end if;
    perform recovery_replace(caller(), hashes);
    perform session_close(id, 'factor_set') from session where person = caller() and ended_at is null and state = 'setup' and id <> mine;
    update session set state = 'open' where id = mine and person = caller();
    perform tell('factor_set', null, null, null, '{}');
    return jsonb_build_object('on', true);
end
$$;

-- The password was right: ten new recovery codes, the old ones serve no longer. → {"on": true}
create function recovery_renew(hashes jsonb)
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
begin
    if not factor_on(caller()) then
        perform refuse(409, 'factor_off');
    end if;
    perform sign_in_forgive(caller());
    perform recovery_replace(caller(), hashes);
    perform tell('recovery_renewed', null, null, null, '{}');
    return jsonb_build_object('on', true);
end
$$;

create function factor_forget(who bigint)
returns void
language plpgsql
as $$
begin
    update veha.factor set sealed = null, since = null, wanted = null where person = who;
    delete from veha.recovery_code where person = who;
    delete from veha.sign_in_challenge where person = who;
end
$$;

-- The password was right: the authenticator is forgotten, the other sessions end, and whose role asks for one sets up the next before all else. → {"on": false}
create function factor_end()
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    mine bigint := setting('session')::bigint;
begin
    if not factor_on(caller()) then
        perform refuse(409, 'factor_off');
    end if;
    perform sign_in_forgive(caller());
    perform factor_forget(caller());
    perform session_end_others(caller(), mine, 'factor_ended');
    update session set state = 'setup' where id = mine and person = caller() and factor_required(caller());
    perform tell('factor_ended', null, null, null, '{}');
    return jsonb_build_object('on', false);
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Who lost the device turns to a manager, and the last of these to the operator of the machine.

insert into capability values ('factor.reset', 'take the second factor from a person who lost it');
insert into role_capability values ('region_admin', 'factor.reset'), ('curator', 'factor.reset'), ('coordinator', 'factor.reset');

-- Which of two roles stands higher: nobody reaches for who stands above them.
create function role_rank(role text)
returns int
language sql
immutable parallel safe
as $$
    select array_position('{observer,specialist,coordinator,curator,region_admin}'::text[], role);
$$;

-- May the caller reset this person's? Each of the person's places must lie where the caller has a role with this right that is not lower than theirs.
create function factor_reachable(who bigint)
returns boolean
language sql
stable
as $$
    select exists (select from veha.membership where person = who and ended_at is null)
           and not exists (select
                             from veha.membership m
                            where m.person = who and m.ended_at is null
                              and not exists (select
                                                from veha.membership c
                                                join veha.role_capability r on r.role = c.role and r.capability = 'factor.reset'
                                               where c.person = veha.caller() and c.ended_at is null
                                                 and m.place between c.place and c.last
                                                 and veha.role_rank(c.role) >= veha.role_rank(m.role)));
$$;

-- All sessions of the person end: whoever found the device may have been in. → {"person"}; whom the caller does not reach is not there.
create function person_factor_reset(who bigint, why text)
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
begin
    if not factor_reachable(who) then
        perform refuse(404, 'not_found');
    end if;
    perform factor_forget(who);
    perform session_end_others(who, null, 'factor_reset');
    perform tell('factor_reset', tenant, null, why, jsonb_build_object('person', who::text))
       from (select distinct tenant from membership where person = who and ended_at is null) m;
    return jsonb_build_object('person', who::text);
end
$$;

-- Has this person a factor that the caller may reset? The own one is forgotten on the page of the own safety. SECURITY DEFINER for the reason of factor_on().
create function factor_resettable(who bigint)
returns boolean
language plpgsql
stable
security definer
set search_path = veha, pg_temp
as $$
begin
    return who <> caller() and factor_on(who) and factor_reachable(who);
end
$$;

-- The same by the operator, by login. SECURITY DEFINER: the operator does not write sessions' ends and recovery codes by hand.
create function operator_factor_reset(wanted text)
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    who bigint;
begin
    select id into who from person where login = lower(btrim(wanted));
    if who is null then
        perform refuse(422, 'person_unknown');
    end if;
    perform factor_forget(who);
    perform session_end_others(who, null, 'factor_reset');
    perform tell('factor_reset', null, null, null, jsonb_build_object('person', who::text));
    return jsonb_build_object('person', who::text);
end
$$;

revoke execute on function factor_on, factor_required, factor_missing, membership_told, factor_challenge, factor_attempt, factor_pass, security_show,
    password_attempt, sign_in_forgive, session_end_others, password_change, factor_begin, factor_wanted, recovery_replace, factor_confirm, recovery_renew,
    factor_forget, factor_end, factor_reachable, factor_resettable, person_factor_reset, operator_factor_reset from public;
grant execute on function factor_attempt, factor_pass, security_show, password_attempt, password_change, factor_begin, factor_wanted, factor_confirm,
    recovery_renew, factor_end, factor_resettable, person_factor_reset to veha_web;
grant execute on function operator_factor_reset to veha_operator;

-- What is done to a tenant while it closes or merges waits for that, and is refused: an account named meanwhile stayed with the one that was gone, where
-- its successor never got it.

-- Is the tenant open, and will it be until this unit ends? SECURITY DEFINER: to hold a row takes the right to change it, which a specialist has not.
-- Callers have looked whether they may see the tenant at all.
create function tenant_lives(who bigint)
returns boolean
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
begin
    perform 1 from tenant where id = who and closed_at is null for key share;
    return found;
end
$$;
revoke execute on function tenant_lives(bigint) from public;
grant execute on function tenant_lives(bigint) to veha_web, veha_operator;

-- As before (0008, 0005), but for tenant_lives().
create or replace function step_held(whose bigint, wanted_step text, wanted text, seen int)
returns veha.step_state
language plpgsql
as $$
declare
    held veha.step_state;
begin
    select p.* into held
      from veha.step_state p
      join veha.tenant t on t.id = p.tenant and t.closed_at is null
     where p.tenant = whose and p.step = wanted_step;
    if not found then
        perform veha.refuse(404, 'not_found');
    end if;
    if not held.place <@ veha.scope(wanted) then
        perform veha.refuse(403, 'forbidden');
    end if;
    -- The projection is nobody's to lock: changes of one step queue behind each other here.
    perform pg_advisory_xact_lock(hashtextextended('veha.step ' || wanted_step, whose));
    if not veha.tenant_lives(whose) then
        perform veha.refuse(404, 'not_found');
    end if;
    select * into held from veha.step_state where tenant = whose and step = wanted_step;
    if seen is not null and seen <> held.revision then
        perform veha.refuse(412, 'stale');
    end if;
    if held.status = 'not_applicable' then
        perform veha.refuse(409, 'step_not_applicable');
    end if;
    return held;
end
$$;

create or replace function account_add(whose bigint, what text, canonical text, full_url text, given text)
returns bigint
language plpgsql
as $$
declare
    home veha.tenant;
    made bigint;
begin
    select * into home from veha.tenant where id = whose;
    if not found or not veha.tenant_lives(whose) then
        perform veha.refuse(404, 'not_found');
    end if;
    if veha.caller() is not null and not home.place <@ veha.scope('account.change') then
        perform veha.refuse(403, 'forbidden');
    end if;
    insert into veha.account (tenant, place, network, address, url, spelling, source)
    values (whose, home.place, what, canonical, full_url, given, case when veha.caller() is null then 'register' else 'person' end)
        on conflict do nothing
    returning id into made;
    if made is null then
        perform veha.refuse(409, 'account_known');
    end if;
    if what = 'site' then
        perform veha.tenant_site(whose);
    end if;
    perform veha.tell('account_added', whose, null, null, jsonb_build_object('account', made, 'network', what, 'address', canonical, 'given', given));
    return made;
end
$$;

create or replace function account_remove(whose bigint, which bigint, why text, seen int)
returns bigint
language plpgsql
as $$
declare
    gone veha.account;
begin
    select * into gone from veha.account where tenant = whose and id = which and upper_inf(valid);
    if not found then
        perform veha.refuse(404, 'not_found');
    end if;
    if not gone.place <@ veha.scope('account.change') then
        perform veha.refuse(403, 'forbidden');
    end if;
    if seen is not null and seen <> gone.version then
        perform veha.refuse(412, 'stale');
    end if;
    update veha.job set finished_at = veha.now() where tenant = whose and account = which and finished_at is null;
    update veha.account
       set valid = tstzrange(lower(valid), greatest(veha.now(), lower(valid) + interval '1 microsecond')), version = version + 1
     where tenant = whose and id = which and upper_inf(valid);
    if not found then
        perform veha.refuse(404, 'not_found'); -- somebody else was first
    end if;
    if gone.network = 'site' then
        perform veha.tenant_site(whose);
    end if;
    perform veha.tell('account_removed', whose, null, why, jsonb_build_object('account', which, 'network', gone.network, 'address', gone.address));
    return which;
end
$$;

create or replace function look_request(whose bigint)
returns int
language plpgsql
as $$
declare
    asked int;
begin
    perform 1 from veha.tenant where id = whose;
    if not found or not veha.tenant_lives(whose) then
        perform veha.refuse(404, 'not_found');
    end if;
    insert into veha.job as j (tenant, place, account, on_demand, asked_by)
    select a.tenant, a.place, a.id, true, veha.caller()
      from veha.account a
     where a.tenant = whose and upper_inf(a.valid)
        on conflict (tenant, place, account) where finished_at is null do update
       set on_demand = true, due_at = least(j.due_at, veha.now()), asked_by = coalesce(j.asked_by, excluded.asked_by);
    get diagnostics asked = row_count;
    if asked = 0 then
        perform veha.refuse(409, 'no_accounts');
    end if;
    perform veha.tell('look_requested', whose, null, null, jsonb_build_object('accounts', asked));
    return asked;
end
$$;

-- What people do. Each function refuses what makes no sense with a code, and leaves an event.

-- The step of a live tenant, if the caller may do `wanted` to it. A step that is no part of the roadmap is not found.
create function step_held(whose bigint, wanted_step text, wanted text, seen int)
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

-- Whatever is said of a step makes a new version of it, even where its status stays: a second draft, or a second return for another reason, answers nothing that its author
-- has not read. Told last, when the projection's rows are held already: in the order of the others, so that nobody waits crosswise. SECURITY DEFINER: the projection is
-- nobody's to write; of it only the version moves.
create function step_said(whose bigint, wanted_step text, wanted text)
returns void
language sql
security definer
set search_path = veha, pg_temp
as $$
    update step_state set revision = revision + 1 where tenant = whose and step = wanted_step and place <@ scope(wanted);
$$;

-- A new claim answers what was returned. SECURITY DEFINER: who may tick a step need not have the right to decide on it, and under row security the return
-- would silently stay.
create function step_answer(whose bigint, wanted_step text)
returns void
language sql
security definer
set search_path = veha, pg_temp
as $$
    update decision set valid = tstzrange(lower(valid), greatest(veha.now(), lower(valid) + interval '1 microsecond'))
     where tenant = whose and step = wanted_step and upper_inf(valid) and word = 'returned'
       and place <@ scope('step.claim');
$$;

create function step_claim(whose bigint, wanted_step text, words text, address text, seen int)
returns text
language plpgsql
as $$
declare
    held veha.step_state := veha.step_held(whose, wanted_step, 'step.claim', seen);
    told boolean := held.place <@ veha.scope('step.decide');
begin
    if exists (select from veha.claim where tenant = whose and step = wanted_step and upper_inf(valid)) then
        if held.status <> 'returned' and held.status <> 'contradicted' then
            perform veha.refuse(409, 'step_claimed');
        end if;
        update veha.claim set valid = tstzrange(lower(valid), greatest(veha.now(), lower(valid) + interval '1 microsecond'))
         where tenant = whose and step = wanted_step and upper_inf(valid);
    end if;
    perform veha.step_answer(whose, wanted_step);
    delete from veha.draft where tenant = whose and step = wanted_step;
    insert into veha.claim (tenant, place, step, person, on_behalf, note, link)
    values (whose, held.place, wanted_step, veha.caller(), told, words, address);
    perform veha.step_said(whose, wanted_step, 'step.claim');
    perform veha.tell('step_claimed', whose, wanted_step, words, jsonb_build_object('on_behalf', told, 'link', address));
    return wanted_step;
end
$$;

create function step_withdraw(whose bigint, wanted_step text, why text, seen int)
returns text
language plpgsql
as $$
declare
    held veha.step_state := veha.step_held(whose, wanted_step, 'step.claim', seen);
begin
    update veha.claim set valid = tstzrange(lower(valid), greatest(veha.now(), lower(valid) + interval '1 microsecond'))
     where tenant = whose and step = wanted_step and upper_inf(valid);
    if not found then
        perform veha.refuse(409, 'step_not_claimed');
    end if;
    perform veha.tell('step_withdrawn', whose, wanted_step, why, jsonb_build_object('status', held.status));
    return wanted_step;
end
$$;

-- Kept over and over while somebody types; that is told once.
create function step_draft(whose bigint, wanted_step text, words text, address text, seen int)
returns text
language plpgsql
as $$
declare
    held veha.step_state := veha.step_held(whose, wanted_step, 'step.claim', seen);
    told boolean := exists (select from veha.draft
                             where tenant = whose and step = wanted_step and person = veha.caller() and link is not distinct from address
                               and at > veha.now() - interval '10 minutes');
begin
    insert into veha.draft (tenant, place, step, person, note, link)
    values (whose, held.place, wanted_step, veha.caller(), words, address)
        on conflict (tenant, place, step) do update
       set person = excluded.person, note = excluded.note, link = excluded.link, at = veha.now();
    perform veha.step_said(whose, wanted_step, 'step.claim');
    if not told then
        perform veha.tell('step_drafted', whose, wanted_step, null, jsonb_build_object('link', address));
    end if;
    return wanted_step;
end
$$;

-- Ticks a step with what its draft holds.
create function step_send(whose bigint, wanted_step text, seen int)
returns text
language plpgsql
as $$
declare
    held veha.step_state := veha.step_held(whose, wanted_step, 'step.claim', seen);
    kept veha.draft;
begin
    select * into kept from veha.draft where tenant = whose and step = held.step;
    if not found then
        perform veha.refuse(409, 'draft_missing');
    end if;
    return veha.step_claim(whose, wanted_step, kept.note, kept.link, seen);
end
$$;

-- One that would be over before it began is refused, and only a confirmation has an end.
create function step_decide(whose bigint, wanted_step text, told text, why text, until date, seen int)
returns text
language plpgsql
as $$
declare
    held veha.step_state := veha.step_held(whose, wanted_step, 'step.decide', seen);
begin
    if told <> 'confirmed' then
        until := null;
    elsif until < veha.today() then
        perform veha.refuse(422, 'until_passed');
    end if;
    update veha.decision set valid = tstzrange(lower(valid), greatest(veha.now(), lower(valid) + interval '1 microsecond'))
     where tenant = whose and step = wanted_step and upper_inf(valid);
    insert into veha.decision (tenant, place, step, person, word, reason, expires_at)
    values (whose, held.place, wanted_step, veha.caller(), told, why,
            ((until + 1)::timestamp at time zone (select timezone from veha.region)));
    perform veha.step_said(whose, wanted_step, 'step.decide');
    perform veha.tell('step_' || told, whose, wanted_step, why, jsonb_build_object('until', until, 'status', held.status));
    perform veha.dispute_answer(whose, wanted_step, case told when 'confirmed' then 'accepted' else 'rejected' end, why, until);
    if told = 'returned' then
        insert into veha.outbox (kind, tenant, place, detail)
        values ('step_returned', whose, held.place, jsonb_build_object('step', wanted_step, 'reason', why));
    end if;
    return wanted_step;
end
$$;
grant insert on outbox to veha_web;
create policy adding on outbox for insert to veha_web with check (place <@ (select veha.scope('step.decide')));

-- Registers an account by its canonical address; a site becomes the tenant's host.
create function account_add(whose bigint, what text, canonical text, full_url text, given text)
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
    if not veha.by_operator() and not home.place <@ veha.scope('account.change') then
        perform veha.refuse(403, 'forbidden');
    end if;
    insert into veha.account (tenant, place, network, address, url, spelling, source)
    values (whose, home.place, what, canonical, full_url, given, case when veha.by_operator() then 'register' else 'person' end)
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

-- The tenant's host follows its current site. SECURITY DEFINER: who may register a site need not have the right to rename.
create function tenant_site(whose bigint)
returns void
language sql
security definer
set search_path = veha, pg_temp
as $$
    update tenant
       set site_host = (select address from account where tenant = whose and network = 'site' and upper_inf(valid) order by id desc limit 1)
     where id = whose;
$$;

create function account_remove(whose bigint, which bigint, why text, seen int)
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

-- A curator adds an organisation by hand; it gets its roadmap at once.
create function tenant_create(above bigint, what text, full_name text, brief_name text, tax_number text, state_number text)
returns bigint
language plpgsql
as $$
declare
    made bigint;
begin
    perform 1 from veha.tenant where id = above and place <@ veha.scope('tenant.move');
    if not found then
        perform veha.refuse(422, 'parent_unknown');
    end if;
    made := veha.tenant_add(above, what, full_name, brief_name, tax_number, state_number);
    perform veha.roadmap_assign(made);
    return made;
exception when unique_violation then
    perform veha.refuse(409, 'ogrn_taken');
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- The second layer under what people do: whoever ticks, drafts or decides does so in no name but the own, a tick says itself whether it is on behalf, and
-- what was said or registered can be ended but not rewritten. What a look found is the verifier's to write.

alter policy adding on claim
    with check (place <@ (select veha.scope('step.claim')) and person = (select veha.caller())
                and on_behalf = (place <@ (select veha.scope('step.decide'))));
alter policy adding on draft with check (place <@ (select veha.scope('step.claim')) and person = (select veha.caller()));
alter policy changing on draft with check (place <@ (select veha.scope('step.claim')) and person = (select veha.caller()));
alter policy adding on decision with check (place <@ (select veha.scope('step.decide')) and person = (select veha.caller()));

revoke update on claim, decision from veha_web;
grant update (valid) on claim, decision to veha_web;
revoke insert, update on account from veha_web;
grant insert (tenant, place, network, address, url, spelling, source) on account to veha_web;
grant update (valid, version) on account to veha_web;

-- How a dispute begins and ends. What it does to a status is in step_status() (0006).

-- What a look may be contested for: it was seen to fail, lately or long enough to matter.
create function disputable(p step_state)
returns boolean
language sql
immutable parallel safe
as $$
    select (p).seen in ('failing', 'failed', 'slipping', 'grace', 'decayed') and coalesce((p).basis, '') not in ('person', 'both')
           and (p).status <> 'not_applicable';
$$;

-- What is seen to fail of a step now, the last verdict that could tell of each check and account: [{account, network, check, reason, at}].
create function step_failures(whose bigint, wanted_step text)
returns jsonb
language sql
stable
as $$
    select coalesce(jsonb_agg(jsonb_build_object('account', a.id, 'network', a.network, 'check', g."check", 'reason', f.reason, 'at', f.at)
                              order by g.run_since, a.id, g."check"), '[]')
      from veha.step_state p
      join veha.roadmap_step m on m.branch = p.branch and m.version = p.version and m.key = p.step
      join veha.account a on a.tenant = p.tenant and upper_inf(a.valid) and (m.network is null or a.network = m.network)
      join veha.sighting g on g.tenant = a.tenant and g.account = a.id and g."check" = any (m.checks) and g.run_result = 'failed'
     cross join lateral (select v.reason, v.at from veha.verdict v
                          where v.tenant = g.tenant and v.account = g.account and v."check" = g."check" and v.result = 'failed'
                          order by v.at desc limit 1) f
     where p.tenant = whose and p.step = wanted_step;
$$;

create function step_dispute(whose bigint, wanted_step text, why text, address text, seen int)
returns text
language plpgsql
as $$
declare
    held veha.step_state := veha.step_held(whose, wanted_step, 'step.dispute', seen);
    failures jsonb;
begin
    if exists (select from veha.dispute where tenant = whose and step = wanted_step and upper_inf(valid)) then
        perform veha.refuse(409, 'step_disputed');
    end if;
    if not veha.disputable(held) then
        perform veha.refuse(409, 'nothing_to_dispute');
    end if;
    failures := veha.step_failures(whose, wanted_step);
    insert into veha.dispute (tenant, place, step, person, reason, link, said)
    values (whose, held.place, wanted_step, veha.caller(), why, address, failures);
    perform veha.tell('step_disputed', whose, wanted_step, why, jsonb_build_object('link', address, 'said', failures));
    return wanted_step;
end
$$;

-- Ends the open dispute of a step, if there is one. SECURITY DEFINER: who decides on a step need not have the right to dispute, a look has none, and under row security the
-- dispute would silently stay. It tells nothing and changes only what the caller's own deed has settled.
create function dispute_end(whose bigint, wanted_step text, how text, words text)
returns veha.dispute
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    ended veha.dispute;
begin
    update dispute
       set ending = how, answer = words, decider = case when how in ('accepted', 'rejected') then caller() end,
           valid = tstzrange(lower(valid), greatest(veha.now(), lower(valid) + interval '1 microsecond'))
     where tenant = whose and step = wanted_step and upper_inf(valid)
       and place <@ scope(case how when 'withdrawn' then 'step.dispute' else 'step.decide' end)
    returning * into ended;
    return ended;
end
$$;
revoke execute on function dispute_end(bigint, text, text, text) from public;
grant execute on function dispute_end(bigint, text, text, text) to veha_web;

create function dispute_withdraw(whose bigint, wanted_step text, why text, seen int)
returns text
language plpgsql
as $$
declare
    held veha.step_state := veha.step_held(whose, wanted_step, 'step.dispute', seen);
begin
    if (veha.dispute_end(whose, wanted_step, 'withdrawn', why)).id is null then
        perform veha.refuse(409, 'step_not_disputed');
    end if;
    perform veha.tell('dispute_withdrawn', whose, wanted_step, why, jsonb_build_object('status', held.status));
    return wanted_step;
end
$$;

-- The end of a dispute by a curator's word, told to whoever began it.
create function dispute_answer(whose bigint, wanted_step text, how text, why text, until date)
returns void
language plpgsql
as $$
declare
    ended veha.dispute := veha.dispute_end(whose, wanted_step, how, why);
begin
    if ended.id is null then
        return;
    end if;
    perform veha.tell('dispute_' || how, whose, wanted_step, why, jsonb_build_object('until', until, 'disputed_at', lower(ended.valid)));
    insert into veha.outbox (kind, tenant, place, person, detail)
    values ('dispute_' || how, whose, ended.place, ended.person, jsonb_build_object('step', wanted_step, 'reason', why, 'until', until));
end
$$;

-- A curator's word on a dispute. Accepted: the organisation is right, which is a confirmation with all that this means, an end included; rejected: what the page says stands.
create function dispute_decide(whose bigint, wanted_step text, told text, why text, until date, seen int)
returns text
language plpgsql
as $$
declare
    held veha.step_state := veha.step_held(whose, wanted_step, 'step.decide', seen);
begin
    if not exists (select from veha.dispute where tenant = whose and step = wanted_step and upper_inf(valid)) then
        perform veha.refuse(409, 'step_not_disputed');
    end if;
    if told = 'accepted' then
        return veha.step_decide(whose, wanted_step, 'confirmed', why, until, null);
    end if;
    perform veha.dispute_answer(whose, wanted_step, 'rejected', why, null);
    return wanted_step;
end
$$;

-- A look that passes settles a dispute by itself. SECURITY DEFINER: it follows from what was seen, whoever saw it.
create function dispute_settle()
returns trigger
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
begin
    -- Without a join of the two, as in step_turn().
    with settled as (
        update dispute d
           set ending = 'seen', valid = tstzrange(lower(d.valid), greatest(veha.now(), lower(d.valid) + interval '1 microsecond'))
          from (select tenant, step from was where disputed
                intersect
                select tenant, step from changed where not disputed and seen in ('passed', 'recovering')) s
         where d.tenant = s.tenant and d.step = s.step and upper_inf(d.valid)
        returning d.tenant, d.place, d.step, d.id
    )
    insert into event (tenant, place, kind, step, detail, person, service, actor, session, request, address)
    select tenant, place, 'dispute_settled', step, jsonb_build_object('dispute', id),
           caller(), service(), actor(), setting('session')::bigint, setting('request'), setting('address')::inet
      from settled;
    return null;
end
$$;
create trigger dispute_settles after update on step_state referencing old table as was new table as changed for each statement execute function dispute_settle();

-- The second layer: one contests in no name but the own, and what was said is ended by the functions above alone.
alter policy adding on dispute
    with check (place <@ (select veha.scope('step.dispute')) and person = (select veha.caller()) and ending is null and upper_inf(valid));
revoke insert, update on dispute from veha_web;
grant insert (tenant, place, step, person, reason, link, said) on dispute to veha_web;

-- ---------------------------------------------------------------------------------------------------------------------
-- What a step's page says beside a verdict.

-- The code of what to do about it. Nobody is told to mend what nobody could see.
create function advice(result text, reason text)
returns text
language sql
immutable parallel safe
as $$
    select case result
        when 'failed' then reason
        when 'unknown' then case
            when reason in ('name_not_registered', 'short_name_not_registered', 'site_not_registered', 'no_accounts_registered',
                            'account_missing', 'account_closed', 'account_blocked', 'account_not_community') then reason
            when reason in ('network_cannot_tell', 'no_field', 'told_of_reader_only', 'not_told', 'needs_token', 'posts_not_shown', 'links_not_all_read',
                            'link_in_script', 'link_in_other_form', 'short_link', 'site_entry_page', 'pos_widget_partly_seen', 'contacts_unclear',
                            'account_withheld', 'preview_withheld') then 'unknown_person'
            else 'unknown_later' end
    end;
$$;

-- What a template cannot ask of a verdict's facts: of which check they are, and which of its lists hold anything.
create function facts_marks("check" text, facts jsonb)
returns jsonb
language sql
immutable parallel safe
as $$
    select jsonb_build_object("check", true,
                              'missing', coalesce(facts->'missing', '[]') <> '[]',
                              'doubtful', coalesce(facts->'doubtful', '[]') <> '[]',
                              'spoiled', coalesce(facts->'spoiled', '[]') <> '[]',
                              'widget', coalesce(facts ? 'pos_script', false));
$$;

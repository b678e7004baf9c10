-- What the matrix of organisations and steps shows in one cell.

-- A verified step is told by what it rests on.
create function matrix_word(status text, basis text)
returns text
language sql
immutable parallel safe
as $$
    select case when status = 'verified' then 'verified_' || basis else status end;
$$;

-- How many of a part's organisations have a step verified.
create function matrix_level(verified bigint, total bigint)
returns text
language sql
immutable parallel safe
as $$
    select case when total = 0                     then null
                when verified = 0                  then 'none'
                when 2 * verified < total          then 'some'
                when 10 * verified < 9 * total     then 'half'
                when verified < total              then 'most'
                else 'all' end;
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- A curator takes back the word given last. What was done stays in the history, and so does its end: nothing is made unsaid.

create function undo_span()
returns interval
language sql
immutable parallel safe
as $$
    select interval '10 minutes';
$$;

-- One's own decisions of late; see queue_list.
create index event_decision on event (person, id) where kind in ('step_confirmed', 'step_returned', 'dispute_accepted', 'dispute_rejected', 'sample_answered');

-- The decision on a step that the caller may take back: the own, of late, and nothing was done about the step since. Its events are of one unit, and so of one moment.
create function decision_last(whose bigint, wanted_step text)
returns veha.event
language sql
stable
as $$
    select l.*
      from (select v.* from veha.event v where v.tenant = whose and v.step = wanted_step order by v.id desc limit 1) l
     where l.person = veha.caller() and l.at > veha.now() - veha.undo_span()
       and l.kind in ('step_confirmed', 'step_returned', 'dispute_accepted', 'dispute_rejected');
$$;

-- Puts back what the caller's decision of that moment ended: the word that stood before, and the dispute, in the names of those who gave them. What nobody has read yet is not
-- told any more. SECURITY DEFINER: people speak in no name but their own, and notices are nobody's to take away; it does so only after the caller's own word.
create function decision_restore(whose bigint, wanted_step text, moment timestamptz)
returns void
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    mine bigint;
begin
    update decision set undone = true, valid = tstzrange(lower(valid), greatest(veha.now(), lower(valid) + interval '1 microsecond'))
     where tenant = whose and step = wanted_step and upper_inf(valid) and person = caller() and lower(valid) = moment
       and place <@ scope('step.decide')
    returning id into mine;
    insert into decision (tenant, place, step, person, word, reason, expires_at)
    select tenant, place, step, person, word, reason, expires_at
      from decision
     where tenant = whose and step = wanted_step and id < mine and upper(valid) between moment and moment + interval '1 microsecond'
     order by id desc limit 1;
    insert into dispute (tenant, place, step, person, reason, link, said)
    select tenant, place, step, person, reason, link, said
      from dispute
     where tenant = whose and step = wanted_step and ending in ('accepted', 'rejected') and decider = caller()
       and upper(valid) between moment and moment + interval '1 microsecond' and place <@ scope('step.decide')
     order by id desc limit 1;
    delete from outbox o
     where o.tenant = whose and o.at = moment and o.kind in ('step_returned', 'dispute_accepted', 'dispute_rejected') and o.detail->>'step' = wanted_step
       and o.sent_at is null and o.place <@ scope('step.decide')
       and not exists (select from notice n where n.outbox = o.id and (n.read_at is not null or n.letter is not null));
end
$$;
revoke execute on function decision_restore(bigint, text, timestamptz) from public;
grant execute on function decision_restore(bigint, text, timestamptz) to veha_web;

create function decision_undo(whose bigint, wanted_step text, seen int)
returns text
language plpgsql
as $$
declare
    held veha.step_state := veha.step_held(whose, wanted_step, 'step.decide', seen);
    deed veha.event := veha.decision_last(whose, wanted_step);
begin
    if deed.id is null then
        perform veha.refuse(409, 'nothing_to_undo');
    end if;
    perform veha.decision_restore(whose, wanted_step, deed.at);
    perform veha.step_said(whose, wanted_step, 'step.decide');
    perform veha.tell('decision_undone', whose, wanted_step, null, jsonb_build_object('deed', deed.kind, 'status', held.status));
    return wanted_step;
end
$$;

-- SECURITY DEFINER: an answer is given once, and only its own author may ask again, for a while.
create function sample_reopen(whose bigint, which bigint)
returns veha.sample
language sql
security definer
set search_path = veha, pg_temp
as $$
    update sample set answer = null, note = null, person = null, answered_at = null
     where tenant = whose and id = which and person = caller() and answered_at > veha.now() - undo_span() and place <@ scope('step.decide')
    returning *;
$$;
revoke execute on function sample_reopen(bigint, bigint) from public;
grant execute on function sample_reopen(bigint, bigint) to veha_web;

create function sample_undo(whose bigint, which bigint)
returns bigint
language plpgsql
as $$
declare
    held veha.sample;
begin
    if not exists (select from veha.sample where tenant = whose and id = which) then
        perform veha.refuse(404, 'not_found');
    end if;
    held := veha.sample_reopen(whose, which);
    if held.id is null then
        perform veha.refuse(409, 'nothing_to_undo');
    end if;
    perform veha.tell('sample_reopened', whose, null, null, jsonb_build_object('account', held.account, 'check', held."check", 'look', held.look));
    return which;
end
$$;

-- Where a step or a sample stands in one of the queues: a cursor that ends just before it.
create function queue_before(kind text, whose bigint, since timestamptz)
returns text
language sql
immutable
as $$
    select veha.cursor_print(jsonb_build_array(case kind when 'contradiction' then -extract(epoch from since) else extract(epoch from since) end, whose, ''));
$$;

-- Deciding as before (0008), but a confirmation that would be over before it began is refused, and only a confirmation has an end.
create or replace function step_decide(whose bigint, wanted_step text, told text, why text, until date, seen int)
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
    perform veha.tell('step_' || told, whose, wanted_step, why, jsonb_build_object('until', until, 'status', held.status));
    if told = 'returned' then
        insert into veha.outbox (kind, tenant, place, detail)
        values ('step_returned', whose, held.place, jsonb_build_object('step', wanted_step, 'reason', why));
    end if;
    return wanted_step;
end
$$;

-- A session that has ended ends its access tokens at once, on every worker and host: each unit asks whether its session still lives.

-- SECURITY DEFINER: under row security the plan would be made anew in each unit, at five times the cost. It tells of one session, and only to whom
-- has its number.
create function caller_lives(which bigint, who bigint)
returns boolean
language plpgsql
stable
security definer
set search_path = veha, pg_temp
as $$
begin
    return exists (select from session s
                     join person p on p.id = s.person and p.disabled_at is null
                    where s.id = which and s.person = who and s.ended_at is null);
end
$$;
revoke execute on function caller_lives(bigint, bigint) from public;
grant execute on function caller_lives(bigint, bigint) to veha_web, veha_verify, veha_operator; -- all of them enter

create or replace function enter(person bigint, session bigint, request text, address inet, moment timestamptz)
returns void
language plpgsql
as $$
begin
    perform set_config('veha.person', coalesce(person::text, ''), true);
    perform set_config('veha.session', coalesce(session::text, ''), true);
    perform set_config('veha.request', coalesce(request, ''), true);
    perform set_config('veha.address', coalesce(host(address), ''), true);
    perform set_config('veha.now', coalesce(moment::text, ''), true);
    if session is not null and not veha.caller_lives(session, person) then
        perform veha.refuse(401, 'session_ended');
    end if;
end
$$;

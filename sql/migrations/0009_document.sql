-- The shapes that several documents share. Codes, numbers and ISO times; never sentences.

-- A keyset cursor: the JSON array of the last row's sort values as base64url.
create function cursor_print(key jsonb)
returns text
language sql
immutable parallel safe
as $$
    select rtrim(translate(encode(convert_to(key::text, 'UTF8'), 'base64'), E'+/\n', '-_'), '=');
$$;

create function cursor_read(cursor text)
returns jsonb
language plpgsql
immutable parallel safe
as $$
begin
    return convert_from(decode(translate(cursor, '-_', '+/') || repeat('=', (4 - length(cursor) % 4) % 4), 'base64'), 'UTF8')::jsonb;
exception when others then
    perform veha.refuse(422, 'cursor_unreadable');
end
$$;

-- How far away a due day is on another: {late, left, today}, in days.
create function due_document_at(due_on date, day date)
returns jsonb
language sql
immutable parallel safe
as $$
    select jsonb_build_object('late', greatest(day - due_on, 0), 'left', greatest(due_on - day, 0), 'today', due_on = day);
$$;

-- The same of today.
create function due_document(day date)
returns jsonb
language sql
stable
as $$
    select veha.due_document_at(day, veha.today());
$$;

create function step_document(p step_state, m roadmap_step)
returns jsonb
language sql
stable parallel safe
as $$
    select jsonb_build_object(
        'key', (p).step,
        'number', (p).number,
        'title', (m).title,
        'due_on', (p).due_on,
        'status', (p).status,
        'basis', (p).basis,
        'seen', (p).seen,
        'claimed', (p).claimed,
        'overdue', (p).overdue,
        'waits', (p).status = 'claimed', -- for others to check it: what is overdue then is so by nobody's neglect at the organisation
        'unverifiable', (p).unverifiable,
        'decayed', (p).decayed,
        'seen_early', (p).seen_early,
        'disputed', (p).disputed,
        'version', (p).revision);
$$;

create function account_document(a account, network_title text, pending boolean)
returns jsonb
language sql
stable parallel safe
as $$
    select jsonb_build_object(
        'id', (a).id,
        'network', (a).network,
        'network_title', network_title,
        'address', (a).address,
        'url', (a).url,
        'spelling', (a).spelling,
        'contested', (a).contested,
        'state', (a).state,
        'title', (a).title,
        'audience', (a).audience,
        'rating', (a).rating,
        'looked_at', (a).looked_at,
        'pending', pending,
        'version', (a).version,
        'checks', (select coalesce(jsonb_agg(jsonb_build_object('check', c."check", 'tells', c.tells, 'result', g.result, 'reason', g.reason,
                                                                'facts', g.facts, 'at', g.at) order by c."check"), '[]')
                     from veha.network_check c
                     left join veha.sighting g on g.tenant = (a).tenant and g.account = (a).id and g."check" = c."check"
                    where c.network = (a).network));
$$;

create function event_document(v event)
returns jsonb
language sql
stable
as $$
    select jsonb_build_object(
        'id', (v).id,
        'at', (v).at,
        'kind', (v).kind,
        'step', (v).step,
        'step_title', (select m.title from veha.step_state p
                         join veha.roadmap_step m on m.branch = p.branch and m.version = p.version and m.key = p.step
                        where p.tenant = (v).tenant and p.step = (v).step),
        'account', (select jsonb_build_object('network', a.network, 'address', a.address)
                      from veha.account a
                     where a.tenant = (v).tenant and a.id = ((v).detail->>'account')::bigint),
        'reason', (v).reason,
        'detail', (v).detail,
        'actor', (v).actor,
        'who', coalesce(veha.person_name((v).person), veha.service_name((v).service)),
        'whom', veha.person_name(((v).detail->>'person')::bigint),
        'heir', veha.person_name(((v).detail->>'heir')::bigint));
$$;

-- A share between 0 and 1, or NULL where there is nothing to share: unknown is not zero.
create function share(part bigint, whole bigint)
returns numeric
language sql
immutable parallel safe
as $$
    select round(part::numeric / nullif(whole, 0), 4);
$$;

-- The points of an SVG polyline in a picture of 600 × 220 with its axes at 40 and 190: x and value / most grow right and up.
create function curve_point(line text, x numeric, value numeric, most numeric, past boolean)
returns text
language sql
immutable
as $$
    select case when past then concat_ws(' ', nullif(line, ''), round(40 + 540 * x, 1) || ',' || round(190 - 170 * value / most, 1)) else line end;
$$;

create aggregate curve_line(numeric, numeric, numeric, boolean) (
    sfunc = curve_point,
    stype = text,
    initcond = ''
);

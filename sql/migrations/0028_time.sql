-- The past: what anything was at the end of any day, how far it will go by the deadline, and what an account was seen to be when.
--
-- Scope is today's: a day of the past is read by who may read those organisations now, and they stand where they stand now.

-- ---------------------------------------------------------------------------------------------------------------------
-- Days.

-- The first day of the region. SECURITY DEFINER: a curator of one agency does not see the region's row; it tells a date.
create function region_began()
returns date
language sql
stable
security definer
set search_path = veha, pg_temp
as $$
    select (t.created_at at time zone z.timezone)::date from tenant t, region z where t.kind = 'region';
$$;

create type time_asked as (
    moment timestamptz, -- what holds then holds in the answer: the last moment of a day that is over, or infinity, at which only what is not over holds
    day    date,
    past   boolean
);

-- The time that a person asks for: a day that is over, or now, which today still is. `field` is what a wrong one is told of.
create function time_asked(wanted date, field text)
returns time_asked
language plpgsql
stable
as $$
declare
    now_on date := veha.today();
begin
    if wanted is null or wanted = now_on then
        return ('infinity', now_on, false)::veha.time_asked;
    elsif wanted > now_on then
        perform veha.refuse_field(422, field, 'date_ahead');
    elsif wanted < veha.region_began() then
        perform veha.refuse_field(422, field, 'date_before_region');
    end if;
    return (veha.day_end(wanted), wanted, true)::veha.time_asked;
end
$$;

-- The last moment of a day in the region's time zone.
create function day_end(which date)
returns timestamptz
language sql
stable
as $$
    select ((which + 1)::timestamp at time zone timezone) - interval '1 microsecond' from veha.region;
$$;

-- Did this hold at a moment of time_asked()? As valid @> moment, which the planner takes for one row in a thousand, and then joins a region's rows each with each.
create function holds_at(span tstzrange, moment timestamptz)
returns boolean
language sql
immutable parallel safe
as $$
    select (upper(span) is null or upper(span) > moment) and lower(span) <= moment;
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- What an account was seen to be. Beside the state and the mark, until when its existence holds: a run of failures ends it by the clock alone.

create table account_history (
    tenant      bigint not null,
    place       int not null,
    account     bigint not null,
    valid       tstzrange not null,
    state       text not null,
    zone        text,    -- of the mark
    mark        numeric, -- points out of those that could be known
    holds_until timestamptz not null,
    primary key (tenant, account, valid),
    foreign key (tenant, place) references tenant (id, place) on update cascade,
    foreign key (tenant, account) references account (tenant, id)
);
create index account_history_place on account_history (place, tenant);
call secure('account_history', 'tenant.read', null);

-- Until when it is seen that an account exists, as sight() says: forever, until a grace is over, or not at all. While its network is out of order the clock stands
-- still at `outage_since`.
create function account_holds(g sighting, outage_since timestamptz)
returns timestamptz
language sql
stable
as $$
    select case when outage_since is null then holds_until when holds_until > outage_since then 'infinity' else '-infinity' end
      from (select case when g.run_result = 'passed' and not (g.prior_result is not distinct from 'failed' and not g.run_on_demand and g.run_count < 2) then 'infinity'
                        when g.run_result = 'failed' and g.prior_result = 'passed' then coalesce(g.run_sure_at + veha.grace(), 'infinity')
                        else '-infinity' end::timestamptz as holds_until) u;
$$;

-- Remembers what these accounts are now, where it differs from what they were. SECURITY DEFINER: what was is written here alone.
create function account_remember(whose bigint[])
returns void
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
begin
    if cardinality(whose) = 0 then
        return;
    end if;
    with told as materialized (
        select a.tenant, a.place, a.id, a.state, a.rating->>'zone' as zone, round((a.rating->>'points')::numeric / nullif((a.rating->>'possible')::numeric, 0), 4) as mark,
               coalesce(account_holds(g, b.outage_since), '-infinity') as holds_until
          from unnest(whose) as w (id)
          join account a on a.id = w.id
          left join network_state b on b.network = a.network
          left join sighting g on g.tenant = a.tenant and g.account = a.id and g."check" = 'EXIST'
    ), turned as materialized (
        select t.*, h.valid
          from told t
          left join account_history h on h.tenant = t.tenant and h.account = t.id and upper_inf(h.valid)
         where (h.state, h.zone, h.mark, h.holds_until) is distinct from (t.state, t.zone, t.mark, t.holds_until)
    ), mended as (
        -- What held for no time at all was never true.
        update account_history h
           set state = t.state, zone = t.zone, mark = t.mark, holds_until = t.holds_until
          from turned t
         where h.tenant = t.tenant and h.account = t.id and h.valid = t.valid and lower(t.valid) >= veha.now()
    ), ended as (
        update account_history h
           set valid = tstzrange(lower(h.valid), veha.now())
          from turned t
         where h.tenant = t.tenant and h.account = t.id and h.valid = t.valid and lower(t.valid) < veha.now()
    )
    insert into account_history (tenant, place, account, valid, state, zone, mark, holds_until)
    select tenant, place, id, tstzrange(veha.now(), null), state, zone, mark, holds_until
      from turned
     where valid is null or lower(valid) < veha.now();
end
$$;

create function account_history_begin()
returns trigger
language plpgsql
as $$
begin
    perform veha.account_remember(array(select id from changed));
    return null;
end
$$;

create function account_history_turn()
returns trigger
language plpgsql
as $$
begin
    perform veha.account_remember(array(select id from (select id, state, rating from changed except select id, state, rating from was) told));
    return null;
end
$$;

create function account_history_sight()
returns trigger
language plpgsql
as $$
begin
    perform veha.account_remember(array(select distinct account from changed where "check" = 'EXIST'));
    return null;
end
$$;

create function account_history_outage()
returns trigger
language plpgsql
as $$
begin
    if old.outage_since is distinct from new.outage_since then
        perform veha.account_remember(array(select id from veha.account where network = new.network and upper_inf(valid)));
    end if;
    return null;
end
$$;

create trigger history_begins after insert on account referencing new table as changed for each statement execute function account_history_begin();
create trigger history_turns after update on account referencing old table as was new table as changed for each statement execute function account_history_turn();
create trigger history_begins after insert on sighting referencing new table as changed for each statement execute function account_history_sight();
create trigger history_turns after update on sighting referencing new table as changed for each statement execute function account_history_sight();
create trigger history_turns after update on network_state for each row execute function account_history_outage();

-- ---------------------------------------------------------------------------------------------------------------------
-- Steps as they were.

-- The steps of a tenant at a moment of time_asked(), as the projection tells those of now.
create function step_state_at(whose bigint, asked time_asked)
returns setof step_state
language plpgsql
stable
as $$
begin
    if not asked.past then
        return query select * from veha.step_state where tenant = whose;
        return;
    end if;
    return query
    select h.tenant, h.place, h.step, m.branch, m.version, m.number, coalesce(h.due_on, d.deadline + h.offset_days), h.status, h.basis, h.seen, h.claimed,
           veha.step_overdue(h.status, coalesce(h.due_on, d.deadline + h.offset_days), asked.day), h.unverifiable, h.status <> 'not_applicable' and h.seen in ('grace', 'decayed'),
           h.status = 'verified' and h.basis = 'account' and not h.claimed,
           h.status <> 'not_applicable' and coalesce(h.basis, '') not in ('person', 'both') and h.seen not in ('passed', 'recovering')
               and exists (select from veha.dispute d where d.tenant = h.tenant and d.step = h.step and d.valid @> asked.moment),
           false, h.changed_at, null::timestamptz, 1
      from veha.step_history h
      join veha.tenant_roadmap r on r.tenant = h.tenant and r.valid @> asked.moment
      join veha.roadmap_step m on m.branch = r.branch and m.version = r.version and m.key = h.step
     cross join (select veha.deadline_at(asked.moment) as deadline offset 0) d
     where h.tenant = whose and h.valid @> asked.moment;
end
$$;

-- The region's deadline as it was then.
create function deadline_at(moment timestamptz)
returns date
language sql
stable
as $$
    select coalesce((select deadline from veha.region_deadline where valid @> moment), (select deadline from veha.region));
$$;

create function step_overdue(status text, due_on date, day date)
returns boolean
language sql
immutable parallel safe
as $$
    select status not in ('verified', 'not_applicable') and due_on < day;
$$;

-- What was to be done next, as step_next() says it of now.
create function step_next_at(whose bigint, asked time_asked)
returns step_state
language sql
stable
as $$
    select p
      from veha.step_state_at(whose, asked) p
     where p.status not in ('verified', 'not_applicable')
     order by veha.step_urgency(p.status), p.due_on, p.number
     limit 1;
$$;

create type sight_then as (
    look       bigint, -- NULL: no look that is still kept had come by then
    result     text,
    reason     text,
    facts      jsonb,
    at         timestamptz,
    run_result text,   -- of the last that could tell
    run_since  timestamptz
);

-- What the looks of an account had said of a check by a moment, as far as they are kept.
create function sight_at(whose bigint, which bigint, wanted text, moment timestamptz)
returns sight_then
language sql
stable
as $$
    select (v.look, v.result, v.reason, v.facts, v.at, d.result,
            (select min(f.at) from veha.verdict f
              where f.tenant = whose and f.account = which and f."check" = wanted and f.result = d.result and f.at <= d.at
                and f.at > coalesce((select max(o.at) from veha.verdict o
                                      where o.tenant = whose and o.account = which and o."check" = wanted and o.result not in (d.result, 'unknown') and o.at <= d.at),
                                    '-infinity')))::veha.sight_then
      from (select) one
      left join lateral (select * from veha.verdict where tenant = whose and account = which and "check" = wanted and at <= moment order by at desc limit 1) v on true
      left join lateral (select * from veha.verdict where tenant = whose and account = which and "check" = wanted and at <= moment and result <> 'unknown'
                          order by at desc limit 1) d on true;
$$;

-- The files that were the evidence of a step, by the end of a day or now: whether or not they were removed since. gone: their bytes are kept no more.
create function file_list_at(whose bigint, wanted_step text, moment timestamptz)
returns jsonb
language sql
stable
as $$
    select coalesce(jsonb_agg(veha.file_document(f, (select lower(k.valid) from veha.claim k where k.tenant = whose and k.step = wanted_step and k.valid @> moment))
                              || jsonb_build_object('removed_at', null, 'remover', null, 'gone', k.gone, 'preview', f.kind <> 'pdf' and f.bytes <= 2097152 and not k.gone)
                              order by f.id), '[]')
      from veha.file f
     cross join lateral (select not exists (select from veha.file_part p where p.tenant = whose and p.sha256 = f.sha256 and p.number = 0) as gone) k
     where f.tenant = whose and f.step = wanted_step and f.valid @> moment;
$$;

-- Which accounts two tenants named. SECURITY DEFINER for the reason of account_contest(): whoever asks may see neither of the others, and learns of accounts by number, which
-- tell nothing to whoever does not see them.
create function account_contested_at(moment timestamptz)
returns setof bigint
language sql
stable
security definer
set search_path = veha, pg_temp
as $$
    select a.id
      from scope_ranges('tenant.read') s
      join account a on a.place between s.lo and s.hi and holds_at(a.valid, moment)
     where exists (select from account o where o.network = a.network and o.address = a.address and o.tenant <> a.tenant and holds_at(o.valid, moment));
$$;

-- The same of one account. SECURITY DEFINER for the same reason.
create function account_contested_then(a account, moment timestamptz)
returns boolean
language sql
stable
security definer
set search_path = veha, pg_temp
as $$
    select exists (select from account o where o.network = a.network and o.address = a.address and o.tenant <> a.tenant and holds_at(o.valid, moment));
$$;

-- An account as it was: what is not remembered of it is left out.
create function account_document_at(a account, network_title text, asked time_asked)
returns jsonb
language sql
stable
as $$
    select veha.account_document(a, network_title, false)
           || jsonb_build_object('state', h.state, 'audience', null, 'rating', null, 'looked_at', l.at, 'contested', veha.account_contested_then(a, asked.moment), 'title', null,
                                 'checks', (select coalesce(jsonb_agg(jsonb_build_object('check', v."check", 'tells', c.tells, 'result', v.result, 'reason', v.reason, 'facts', v.facts, 'at', v.at)
                                                                      order by v."check"), '[]')
                                              from veha.verdict v
                                              join veha.network_check c on c.network = a.network and c."check" = v."check"
                                             where v.tenant = a.tenant and v.look = l.id))
      from (select) one
      left join veha.account_history h on h.tenant = a.tenant and h.account = a.id and h.valid @> asked.moment
      left join lateral (select k.id, k.at from veha.look k where k.tenant = a.tenant and k.account = a.id and k.at <= asked.moment order by k.id desc limit 1) l on true;
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Where it leads.

-- How many of `asked` will be done in `days` if they go on as in the weeks behind: a straight line by the mean of what each week brought, oldest first. The band holds the
-- outcome in four cases of five (Student's t): weeks differ from one another, and their mean is known from few. NULL with less than four weeks, or nothing to come.
create function forecast(weekly numeric[], done numeric, asked numeric, days int)
returns jsonb
language sql
immutable parallel safe
as $$
    select jsonb_build_object('weeks', n, 'weekly', round(mean, 1), 'done', round(put.middle), 'share', round(put.middle / asked, 4),
                              'low', round(put.low / asked, 4), 'high', round(put.high / asked, 4), 'low_done', round(put.low), 'high_done', round(put.high))
      from (select count(*)::int as n, avg(w) as mean, coalesce(stddev_samp(w), 0) as deviation from unnest(weekly) as w) seen
     cross join lateral (select days / 7.0 as ahead) a
     cross join lateral (select done + mean * ahead as middle,
                                ('{1.638,1.533,1.476,1.440,1.415}'::numeric[])[least(n, 8) - 3] * deviation * sqrt(ahead + ahead * ahead / n) as half) f
     cross join lateral (select least(asked, greatest(0, middle)) as middle, least(asked, greatest(0, middle - half)) as low,
                                least(asked, greatest(0, middle + half)) as high) put
     where n >= 4 and days > 0 and asked > 0;
$$;

-- How far all checks can be trusted, in a line: what people found of their verdicts in the last 180 days, and how many looks of the last 30 could not tell.
-- SECURITY DEFINER for the reason of reliability().
create function reliability_short()
returns jsonb
language sql
stable
security definer
set search_path = veha, pg_temp
as $$
    select jsonb_build_object(
               'errors', (select reliability_errors(count(*) filter (where s.answer = 'disagreed'), count(*))
                            from sample s
                           where s.answered_at > veha.now() - interval '180 days' and s.answer <> 'unclear'),
               'looks', c.looks,
               'unknown_share', share(c.unknown, c.looks))
      from (select coalesce(sum(looks), 0)::bigint as looks, coalesce(sum(unknown), 0)::bigint as unknown from verdict_count where day > today() - 30) c
     where not isempty(scope('overview.read'));
$$;

-- What a person did is read from the newest.
create index event_done on event (person, id desc) where person is not null;

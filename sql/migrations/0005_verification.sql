-- Looks: who takes them, what they saw, and what has been seen so far of each check.

-- A look to take. States: queued (no lease) → taken (lease_until, fence) → finished. A lease that ran out is taken by somebody else with the
-- next fence; a late worker's fence no longer fits, and it changes nothing.
create table job (
    tenant      bigint not null,
    place       int not null,
    id          bigint generated always as identity,
    account     bigint, -- NULL: of an address that is no account yet (0031)
    preview     bigint,
    on_demand   boolean not null default false,
    first       boolean not null default false, -- nobody ever looked at this account
    due_at      timestamptz not null default veha.now(),
    attempts    int not null default 0,
    fence       int not null default 0,
    worker      text,
    service     bigint, -- of a worker outside the house (0022)
    lease_until timestamptz,
    asked_by    bigint references person,
    created_at  timestamptz not null default veha.now(),
    finished_at timestamptz,
    primary key (tenant, id),
    foreign key (tenant, place) references tenant (id, place) on update cascade,
    foreign key (tenant, account) references account (tenant, id),
    check ((account is null) <> (preview is null))
);
create unique index job_once on job (tenant, place, account) where finished_at is null;
create index job_due on job (on_demand desc, first desc, due_at) where finished_at is null;
create index job_place on job (tenant, place);
create unique index job_id on job (id);
create index job_service on job (service) where finished_at is null and service is not null;
call secure('job', 'tenant.read', 'look.request');

create table look (
    tenant          bigint not null,
    place           int not null,
    id              bigint generated always as identity,
    account         bigint not null,
    job             bigint not null,
    service         bigint, -- who looked, if it was a worker outside the house
    at              timestamptz not null default veha.now(),
    on_demand       boolean not null,
    state           text not null,
    reading         jsonb not null, -- facts with their origin
    requests        jsonb not null, -- what was asked: address, status, bytes
    body_hash       text,
    network_version int not null,
    rules_version   int not null,
    rating          jsonb, -- the mark by the rubric; NULL: nothing was told, or the network is not rated
    primary key (tenant, id),
    unique (tenant, job),
    foreign key (tenant, place) references tenant (id, place) on update cascade,
    foreign key (tenant, account) references account (tenant, id)
);
create index look_account on look (tenant, account, id desc);
create index look_place on look (tenant, place);
call secure('look', 'tenant.read', null);

create table verdict (
    tenant  bigint not null,
    place   int not null,
    look    bigint not null,
    account bigint not null,
    "check" text not null,
    result  text not null check (result in ('passed', 'failed', 'unknown')),
    reason  text not null,
    facts   jsonb not null,
    at      timestamptz not null,
    primary key (tenant, look, "check"),
    foreign key (tenant, place) references tenant (id, place) on update cascade,
    foreign key (tenant, look) references look (tenant, id)
);
create index verdict_run on verdict (tenant, account, "check", at);
create index verdict_place on verdict (tenant, place);
create index verdict_at on verdict using brin (at);
call secure('verdict', 'tenant.read', null);

-- What has been seen so far of one check on one account: the last verdict, and the current run of equal decisive ones. `unknown` never
-- touches the run.
create table sighting (
    tenant        bigint not null,
    place         int not null,
    account       bigint not null,
    "check"       text not null,
    look          bigint not null,
    result        text not null,
    reason        text not null,
    facts         jsonb not null,
    at            timestamptz not null,
    run_result    text check (run_result in ('passed', 'failed')),
    run_since     timestamptz,
    run_last      timestamptz,
    run_count     int not null default 0,
    run_on_demand boolean not null default false,
    run_sure_at   timestamptz, -- when the run had lasted a day: the grace of a decay counts from here
    prior_result  text check (prior_result in ('passed', 'failed')),
    primary key (tenant, account, "check"),
    foreign key (tenant, place) references tenant (id, place) on update cascade,
    foreign key (tenant, account) references account (tenant, id)
);
create index sighting_place on sighting (tenant, place);
call secure('sighting', 'tenant.read', null);

-- The verifier sees what it must judge and writes what it saw; it has no key, no person, and no other right.
create policy verify on tenant for select to veha_verify using (true);
create policy verify on account for all to veha_verify using (true) with check (true);
create policy verify on job for all to veha_verify using (true) with check (true);
create policy verify on look for all to veha_verify using (true) with check (true);
create policy verify on verdict for all to veha_verify using (true) with check (true);
create policy verify on sighting for all to veha_verify using (true) with check (true);
create policy verify on tenant_roadmap for select to veha_verify using (true);
grant select on tenant, account, job, look, verdict, sighting, tenant_roadmap to veha_verify;
grant update (state, title, audience, rating, looked_at, standing, version) on account to veha_verify;
grant insert, update on job, sighting to veha_verify;
grant insert on look, verdict to veha_verify;

-- ---------------------------------------------------------------------------------------------------------------------
-- When an account is looked at again. Pure functions; tests print the table of look_due().

-- How long after the last look the next is due, by what its tenant's steps wait for. `past`: the region's deadline has passed; `every` holds until then,
-- `later` after it. Nothing waits longer than an account of which nobody waits for anything.
create function look_due(standing text, past boolean, every interval, later interval)
returns interval
language sql
immutable parallel safe
as $$
    select least(case when past then later else every end,
                 case standing
                     when 'new'          then interval '0'
                     -- ticked since the last look: whoever ticked has just mended the page
                     when 'claimed'      then interval '10 minutes'
                     -- the second failure an hour later contradicts, the second scheduled pass recovers
                     when 'failing'      then interval '1 hour'
                     when 'recovering'   then interval '1 hour'
                     -- a day makes sure that what was verified fails; and it may be mended within its grace
                     when 'slipping'     then interval '24 hours'
                     -- people are at work on the page
                     when 'contradicted' then case when past then every else every / 2 end
                     when 'returned'     then case when past then every else every / 2 end
                     -- somebody waits, but the page tells nothing
                     when 'mute'         then case when past then every else every / 4 end
                     -- the day's quota left no posts to read: first in the next day's
                     when 'partial'      then every / 2
                 end);
$$;

-- The share of its interval by which an account comes later than others, below a tenth: what came due in one minute spreads further with each look.
create function look_jitter(account bigint)
returns double precision
language sql
immutable parallel safe
as $$
    select (account * 7919 % 1000) / 10000.0::double precision;
$$;

-- What one step makes of the standing of the accounts that it concerns; null: nothing.
create function step_standing(status text, seen text)
returns text
language sql
immutable parallel safe
as $$
    select case
        when status = 'claimed' and seen = 'failing'                                     then 'failing'
        when status in ('claimed', 'contradicted', 'returned') and seen = 'recovering'   then 'recovering'
        when status = 'verified' and seen in ('slipping', 'grace')                       then 'slipping'
        when status in ('contradicted', 'returned')                                      then status
    end;
$$;

-- Is it one of the hours FROM-TO of the region's day in which no scheduled look is taken? '' names none; 22-6 goes over midnight.
create function is_quiet(hours text)
returns boolean
language sql
stable parallel safe
as $$
    select case
        when hours = '' then false
        when f <= t     then h >= f and h < t
        else                 h >= f or h < t
    end
      from (select nullif(split_part(hours, '-', 1), '')::int as f, nullif(split_part(hours, '-', 2), '')::int as t,
                   extract(hour from veha.now() at time zone coalesce((select timezone from veha.region), 'UTC'))::int as h) as told;
$$;

-- Puts a look at each account that wants one into the queue: never looked at first, then the oldest. Returns how many.
create function job_schedule(every interval, later interval, most int)
returns int
language sql
as $$
    with made as (
        insert into veha.job (tenant, place, account, first, due_at)
        select a.tenant, a.place, a.id, a.looked_at is null, coalesce(a.looked_at + due * (1 + veha.look_jitter(a.id)), veha.now())
          from veha.account a
          join veha.tenant t on t.id = a.tenant and t.closed_at is null
         cross join (select coalesce(veha.today() > (select deadline from veha.region), false) as past offset 0) as day
         cross join lateral veha.look_due(a.standing, past, every, later) as due
         where upper_inf(a.valid)
           and (a.looked_at is null or a.looked_at <= veha.now() - due * (1 + veha.look_jitter(a.id)))
           -- Asked of each account that is due: as a join of all with all, the planner would take one way today and another tomorrow.
           and (select true from veha.job j where j.tenant = a.tenant and j.place = a.place and j.account = a.id and j.finished_at is null) is null
         order by a.looked_at nulls first, a.id
         limit most
            on conflict do nothing
        returning 1
    )
    select count(*)::int from made;
$$;

-- Whom a reading is judged for, and by which parameters: what judging it needs beside it.
create function judge_subject(t tenant)
returns jsonb
language sql
stable
as $$
    select jsonb_build_object(
        'name', (t).name,
        'short_name', (t).short_name,
        'inn', (t).inn,
        'ogrn', (t).ogrn,
        'site_host', (t).site_host,
        'accounts', (select coalesce(jsonb_agg(jsonb_build_object('network', o.network, 'address', o.address) order by o.id), '[]')
                       from veha.account o
                      where o.tenant = (t).id and upper_inf(o.valid)));
$$;

create function judge_parameters(whose bigint)
returns jsonb
language sql
stable
as $$
    select (select coalesce(jsonb_object_agg(p.key, p.value), '{}')
              from veha.tenant_roadmap r
              join veha.roadmap_step s on (s.branch, s.version) = (r.branch, r.version),
                   jsonb_each(s.parameters) p
             where r.tenant = whose and upper_inf(r.valid));
$$;

-- Takes up to `most` due looks for a worker, or of them only those asked for: what somebody waits for, then accounts never looked at, then the oldest. In
-- the quiet hours only what was asked for. Each comes with all that judging it needs. networks and within: only of these, NULL of all; whoever is held to
-- some gets no previews, which are for the house.
create function job_take(worker text, most int, lease interval, asked_only boolean, quiet text default '', networks text[] default null,
                         within int4multirange default null)
returns jsonb
language plpgsql
as $$
declare
    told jsonb;
begin
    with due as (
        select tenant, id
          from veha.job d
         where finished_at is null
           and due_at <= veha.now()
           and (job_take.within is null or place <@ job_take.within and preview is null)
           and (job_take.networks is null
                or (select a.network from veha.account a where a.tenant = d.tenant and a.id = d.account) = any(job_take.networks))
           and (lease_until is null or lease_until < veha.now())
           and (on_demand or not asked_only and not (select veha.is_quiet(quiet)))
         order by on_demand desc, first desc, due_at
         limit job_take.most
           for update skip locked
    ), taken as (
        update veha.job j
           set worker = job_take.worker, service = veha.service(), lease_until = veha.now() + job_take.lease, fence = fence + 1, attempts = attempts + 1
          from due
         where j.tenant = due.tenant and j.id = due.id
        returning j.*
    )
    select coalesce(jsonb_agg(jsonb_build_object(
               'id', j.id,
               'fence', j.fence,
               'lease_until', j.lease_until,
               'attempts', j.attempts,
               'on_demand', j.on_demand,
               'network', n.code,
               'address', coalesce(a.address, p.address),
               'url', coalesce(a.url, p.url),
               'host', case when not n.social then split_part(coalesce(a.address, p.address), '/', 1) end, -- of a site, each host is left alone by itself
               'paused', case when not n.social then veha.budget_paused(n.code, split_part(coalesce(a.address, p.address), '/', 1)) end,
               'subject', veha.judge_subject(t),
               'parameters', veha.judge_parameters(t.id))
               order by j.on_demand desc, j.first desc, j.due_at, j.id), '[]') into told
      from taken j
      left join veha.account a on a.tenant = j.tenant and a.id = j.account
      left join veha.preview p on p.tenant = j.tenant and p.id = j.preview
      join veha.network n on n.code = coalesce(a.network, p.network)
      join veha.tenant t on t.id = j.tenant;
    return told;
end
$$;

-- Records looks, many at once: the projection of status is then computed once for all of them, which is most of the work. looks: [{id, fence, seen: {state, reading, requests, body_hash, bodies, network_version, rules_version, title, audience, rating, verdicts: [{check, result, reason, facts}]}}]. Returns
-- the ids recorded: of a job that is missing there the lease is somebody else's by now, and nothing of it was changed.
create function job_record(looks jsonb)
returns jsonb
language plpgsql
as $$
declare
    recorded jsonb;
    previewed jsonb;
    owned jsonb; -- [{id, tenant, account}]
    touched text[];
    refused text[];
    working text[];
    slipped text[]; -- networks of which a check that stood and hangs on the layout failed
begin
    with given as materialized (
        select x.id, x.fence, x.seen
          from jsonb_to_recordset(looks) as x (id bigint, fence int, seen jsonb)
    ), ended as (
        update veha.job j
           set finished_at = veha.now(), lease_until = null
          from given g
         where j.id = g.id and j.fence = g.fence and j.finished_at is null
        returning j.tenant, j.place, j.account, j.preview, j.id, j.on_demand, j.service, g.seen
    ), held as (
        select * from ended where preview is null
    ), shown as (
        -- What a preview saw is shown, and proves nothing: no look, no verdict, no tally.
        update veha.preview p
           set finished_at = veha.now(), seen = e.seen - '{requests,bodies,body_hash,rating,alarm}'::text[]
          from ended e
         where p.tenant = e.tenant and p.id = e.preview
        returning e.id
    ), looked as materialized (
        -- While a network's breaker is open, what does not pass is as good as unknown, and no run of it moves.
        select h.tenant, h.account, h.service, a.network, n.outage_since is not null as frozen, h.seen->>'state' as state, h.seen->'reading'->>'reason' as reason,
               s.run_result is not distinct from 'passed' as stood, coalesce(h.seen->'verdicts' @> '[{"check": "EXIST", "result": "passed"}]', false) as well,
               coalesce((h.seen->>'alarm')::boolean, false) as refused, h.seen->'reading'->>'source' = 'api' as answered
          from held h
          join veha.account a on a.tenant = h.tenant and a.id = h.account
          left join veha.network_state n on n.network = a.network
          left join veha.sighting s on s.tenant = h.tenant and s.account = h.account and s."check" = 'EXIST'
    ), tallied as (
        -- A worker of one subtree proves nothing of a network as a whole, nor of our tokens: it could stop the clocks of all others.
        insert into veha.network_tally (network, state, reason, looks, well, turned, rest)
        select network, state, reason, count(*), coalesce(array_agg(account) filter (where well), '{}'),
               coalesce(array_agg(account) filter (where stood and not well), '{}'), coalesce(array_agg(account) filter (where not stood and not well), '{}')
          from looked
         where service is null
         group by network, state, reason
    ), made as (
        insert into veha.look (tenant, place, account, job, service, on_demand, state, reading, requests, body_hash, network_version, rules_version, rating)
        select h.tenant, h.place, h.account, h.id, h.service, h.on_demand, h.seen->>'state', coalesce(h.seen->'reading', '{}'),
               coalesce(h.seen->'requests', '[]'), h.seen->>'body_hash', (h.seen->>'network_version')::int, (h.seen->>'rules_version')::int,
               nullif(h.seen->'rating', 'null')
          from held h
        returning tenant, place, account, job, id, on_demand
    ), kept as (
        insert into veha.body (tenant, place, hash, length, packed)
        select distinct on (h.tenant, b.hash) h.tenant, h.place, b.hash, b.length, decode(b.packed, 'base64')
          from held h, jsonb_to_recordset(h.seen->'bodies') as b (hash text, length int, packed text)
         order by h.tenant, b.hash
            on conflict (tenant, hash) do update set seen_at = excluded.seen_at
    ), judged as (
        insert into veha.verdict (tenant, place, look, account, "check", result, reason, facts, at)
        select h.tenant, h.place, m.id, h.account, v."check", v.result, v.reason, coalesce(v.facts, '{}'), veha.now()
          from held h
          join made m on m.tenant = h.tenant and m.job = h.id,
               jsonb_to_recordset(h.seen->'verdicts') as v ("check" text, result text, reason text, facts jsonb)
        returning tenant, place, look, account, "check", result, reason, facts, at
    ), counted as (
        select j.tenant, j.place, j.look, j.account, j."check", j.facts, j.at, case when not l.frozen then nullif(j.result, 'unknown') end as decisive,
               case when l.frozen and j.result = 'failed' then 'unknown' else j.result end as result,
               case when l.frozen and j.result = 'failed' then 'network_outage' else j.reason end as reason
          from judged j
          join looked l on l.tenant = j.tenant and l.account = j.account
    ), sighted as (
        insert into veha.sighting as s (tenant, place, account, "check", look, result, reason, facts, at,
                                        run_result, run_since, run_last, run_count, run_on_demand, before, before_at)
        select j.tenant, j.place, j.account, j."check", j.look, j.result, j.reason, j.facts, j.at,
               j.decisive, case when j.decisive is not null then j.at end, case when j.decisive is not null then j.at end,
               (j.decisive is not null)::int, j.decisive is not null and m.on_demand,
               case when j.decisive = 'failed' then row(null, null, null, 0, false, null, null)::veha.sight_run end, case when j.decisive = 'failed' then j.at end
          from counted j
          join made m on m.tenant = j.tenant and m.id = j.look
            on conflict (tenant, account, "check") do update
           set look = excluded.look, result = excluded.result, reason = excluded.reason, facts = excluded.facts, at = excluded.at,
               run_result = coalesce(excluded.run_result, s.run_result),
               run_since = case when excluded.run_result is null or excluded.run_result = s.run_result then s.run_since else excluded.run_since end,
               run_last = coalesce(excluded.run_last, s.run_last),
               run_count = case when excluded.run_result is null then s.run_count
                                when excluded.run_result = s.run_result then s.run_count + 1
                                else 1 end,
               run_on_demand = case when excluded.run_result is null then s.run_on_demand
                                    when excluded.run_result = s.run_result then s.run_on_demand or excluded.run_on_demand
                                    else excluded.run_on_demand end,
               run_sure_at = case when excluded.run_result is null then s.run_sure_at
                                  when excluded.run_result is distinct from s.run_result then null
                                  when excluded.run_last - s.run_since >= interval '24 hours' then coalesce(s.run_sure_at, excluded.run_last) end,
               prior_result = case when excluded.run_result is null or excluded.run_result = s.run_result then s.prior_result
                                   else veha.sight_left(s.run_result, s.run_count, s.run_sure_at, s.run_on_demand, s.prior_result, excluded.at) end,
               -- What the breaker puts back, if it turns out that the network was at fault.
               before = case when excluded.run_result is null then s.before
                             when excluded.run_result = 'passed' then null
                             when s.before_at > excluded.at - veha.breaker_memory() then s.before
                             else row(s.run_result, s.run_since, s.run_last, s.run_count, s.run_on_demand, s.run_sure_at, s.prior_result)::veha.sight_run end,
               before_at = case when excluded.run_result is null then s.before_at
                                when excluded.run_result = 'passed' then null
                                when s.before_at > excluded.at - veha.breaker_memory() then s.before_at
                                else excluded.at end
        returning tenant, account, "check", at, before, before_at
    ), again as (
        -- Whoever asked is told at once that the network did not answer, and need not ask again.
        insert into veha.job (tenant, place, account, due_at)
        select h.tenant, h.place, h.account, veha.now() + interval '2 minutes'
          from held h
         where h.on_demand and h.seen->>'state' in ('throttled', 'unreachable')
            on conflict do nothing
    ), noted as (
        select veha.tell('account_looked', m.tenant, null, null,
                         jsonb_build_object('account', m.account, 'look', m.id, 'state', h.seen->>'state'))
          from made m
          join held h on h.tenant = m.tenant and h.id = m.job
    )
    select coalesce(jsonb_agg(h.id), '[]'), jsonb_agg(jsonb_build_object('id', h.id, 'tenant', h.tenant, 'account', h.account)), array_agg(distinct l.network), coalesce(array_agg(distinct l.network) filter (where l.refused), '{}'),
           coalesce(array_agg(distinct l.network) filter (where l.answered and not l.refused and l.service is null), '{}'),
           array(select distinct l.network
                   from sighted s
                   join looked l on l.tenant = s.tenant and l.account = s.account
                  where s.before_at = s.at and (s.before).result = 'passed' and s."check" = any (veha.breaker_checks()) and l.service is null),
           (select coalesce(jsonb_agg(id), '[]') from shown)
      into recorded, owned, touched, refused, working, slipped, previewed
      from held h
      join looked l on l.tenant = h.tenant and l.account = h.account
     where (select count(*) from noted) >= 0;
    -- The statuses of the steps are known by now, and with them when to look again.
    with seen as materialized (
        select o.tenant, o.account, x.seen, n.outage_since is not null as frozen
          from jsonb_to_recordset(looks) as x (id bigint, seen jsonb)
          join jsonb_to_recordset(owned) as o (id bigint, tenant bigint, account bigint) on o.id = x.id
          join veha.account a on a.tenant = o.tenant and a.id = o.account
          left join veha.network_state n on n.network = a.network
    ), waiting as (
        select s.tenant, s.account, min(array_position('{failing,recovering,slipping,contradicted,returned}', veha.step_standing(p.status, p.seen))) as rank
          from seen s
          join veha.account a on a.tenant = s.tenant and a.id = s.account
          join veha.step_state p on p.tenant = s.tenant
          join veha.roadmap_step r on r.branch = p.branch and r.version = p.version and r.key = p.step
         where (r.network is null or r.network = a.network) and r.checks <> '{MAN}'
         group by s.tenant, s.account
    )
    update veha.account a
       set state = case when s.frozen and s.seen->>'state' in ('missing', 'closed', 'blocked', 'not_community') then 'unreachable'
                        else s.seen->>'state' end,
           title = coalesce(s.seen->>'title', a.title),
           audience = coalesce((s.seen->>'audience')::bigint, a.audience),
           -- A look that saw nothing takes no mark away; one that saw the account gone does.
           rating = case when s.frozen or s.seen->>'state' in ('throttled', 'challenged', 'unfamiliar', 'unreachable', 'withheld') then a.rating
                         else nullif(s.seen->'rating', 'null') end,
           looked_at = veha.now(),
           standing = case when w.rank is not null and s.seen->>'state' in ('throttled', 'challenged', 'unfamiliar', 'unreachable') then 'mute'
                           when w.rank is not null then ('{failing,recovering,slipping,contradicted,returned}'::text[])[w.rank]
                           when s.seen->'reading'->>'posts_reason' = 'daily_quota' then 'partial'
                           else 'steady' end
      from seen s
      left join waiting w on w.tenant = s.tenant and w.account = s.account
     where a.tenant = s.tenant and a.id = s.account;
    perform veha.sample_draw(recorded);
    perform veha.breaker_weigh(n, n = any (slipped)) from unnest(touched) as n order by n;
    perform veha.token_weigh(refused, working);
    perform veha.verdict_add(recorded);
    return recorded || previewed;
end
$$;

-- Extends the leases of looks that a worker still holds: where many workers share a network's slow pace, a look waits at the gate for longer than a lease. held: [{id, fence}].
-- Returns how many are still its own.
create function job_keep(held jsonb, lease interval)
returns int
language sql
as $$
    with kept as (
        update veha.job j
           set lease_until = veha.now() + lease
          from jsonb_to_recordset(held) as h (id bigint, fence int)
         where j.id = h.id and j.fence = h.fence and j.finished_at is null
        returning 1
    )
    select count(*)::int from kept;
$$;

-- Puts a look back: nothing was seen, somebody should try again not before `after`. One that was not even `tried` (its network asked for a pause) counts as no attempt.
create function job_return(job_id bigint, holder int, after interval, tried boolean default true)
returns boolean
language sql
as $$
    with back as (
        update veha.job
           set lease_until = null, worker = null, service = null, due_at = veha.now() + after, attempts = attempts - (not tried)::int
         where id = job_id and fence = holder and finished_at is null
        returning 1
    )
    select exists (select from back);
$$;

-- "Check now": a look at each current account of a tenant; one already queued is moved forward.
create function look_request(whose bigint)
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

-- What people say of a step, and the status that follows from it and from what was seen.
--
-- Unique keys of what people may insert hold the place, too: a row naming a foreign tenant with a place of one's own then breaks the foreign key
-- alone, and no unique violation tells what that tenant has.

-- A specialist's tick. One current claim a step; a withdrawn or superseded one ends.
create table claim (
    tenant    bigint not null,
    place     int not null,
    id        bigint generated always as identity,
    step      text not null,
    person    bigint not null references person,
    on_behalf boolean not null, -- «со слов»: ticked by a curator for the organisation
    note      text,
    link      text,
    valid     tstzrange not null default tstzrange(veha.now(), null),
    primary key (tenant, id),
    foreign key (tenant, place) references tenant (id, place) on update cascade
);
create unique index claim_once on claim (tenant, place, step) where upper_inf(valid);
create index claim_place on claim (tenant, place);
call secure('claim', 'tenant.read', 'step.claim');

-- Evidence kept before it is claimed.
create table draft (
    tenant bigint not null,
    place  int not null,
    step   text not null,
    person bigint not null references person,
    note   text,
    link   text,
    at     timestamptz not null default veha.now(),
    primary key (tenant, place, step),
    foreign key (tenant, place) references tenant (id, place) on update cascade
);
call secure('draft', 'tenant.read', 'step.claim');
create policy removing on draft for delete to veha_web using (place <@ (select veha.scope('step.claim')));
grant delete on draft to veha_web;

-- A curator's word.
create table decision (
    tenant     bigint not null,
    place      int not null,
    id         bigint generated always as identity,
    step       text not null,
    person     bigint not null references person,
    word       text not null check (word in ('confirmed', 'returned')),
    reason     text not null check (reason <> ''),
    expires_at timestamptz,
    valid      tstzrange not null default tstzrange(veha.now(), null),
    undone     boolean not null default false, -- its author took it back
    primary key (tenant, id),
    foreign key (tenant, place) references tenant (id, place) on update cascade
);
create unique index decision_once on decision (tenant, place, step) where upper_inf(valid);
create index decision_place on decision (tenant, place);
create index decision_returned on decision (place) include (tenant, step) where word = 'returned' and not undone;
call secure('decision', 'tenant.read', 'step.decide');

-- An organisation contests what a look says of a step. One open a step; it ends when a curator decides, when it is withdrawn, or when a look passes.
create table dispute (
    tenant  bigint not null,
    place   int not null,
    id      bigint generated always as identity,
    step    text not null,
    person  bigint not null references person,
    reason  text not null check (reason <> ''),
    link    text,
    said    jsonb not null, -- what had been seen to fail then: [{account, network, check, reason, at}]
    ending  text check (ending in ('accepted', 'rejected', 'withdrawn', 'seen')),
    answer  text,           -- what the curator said to it
    decider bigint references person,
    valid   tstzrange not null default tstzrange(veha.now(), null),
    primary key (tenant, id),
    foreign key (tenant, place) references tenant (id, place) on update cascade,
    check (upper_inf(valid) = (ending is null)),
    check ((ending in ('accepted', 'rejected')) = (decider is not null))
);
create unique index dispute_once on dispute (tenant, place, step) where upper_inf(valid);
create index dispute_place on dispute (tenant, place);
create index dispute_step on dispute (tenant, step, id desc);
call secure('dispute', 'tenant.read', 'step.dispute');

-- A due date that one tenant's step has of its own, since when and why; no other change of the deadline moves it.
create table due_change (
    tenant bigint not null,
    place  int not null,
    id     bigint generated always as identity,
    step   text not null,
    due_on date not null,
    person bigint not null references person,
    reason text not null check (reason <> ''),
    valid  tstzrange not null default tstzrange(veha.now(), null),
    primary key (tenant, id),
    foreign key (tenant, place) references tenant (id, place) on update cascade
);
create unique index due_change_once on due_change (tenant, place, step) where upper_inf(valid);
create index due_change_place on due_change (tenant, place);
create index due_change_step on due_change (tenant, step, id desc);
call secure('due_change', 'tenant.read', 'step.decide');

-- The projection: one row a tenant and step, written by the triggers below and by nobody else.
create table step_state (
    tenant       bigint not null,
    place        int not null,
    step         text not null,
    branch       text not null,
    version      int not null,  -- of the roadmap
    number       int not null,
    due_on       date not null,
    status       text not null check (status in
        ('not_started', 'in_progress', 'claimed', 'verified', 'contradicted', 'returned', 'not_applicable')),
    basis        text check (basis in ('account', 'person', 'both')),
    seen         text not null,
    claimed      boolean not null,
    overdue      boolean not null,
    unverifiable boolean not null,
    decayed      boolean not null,
    seen_early   boolean not null,
    disputed       boolean not null default false,
    first_accepted boolean not null default false,
    changed_at   timestamptz not null,
    changes_at   timestamptz, -- when the clock alone will change it
    revision     int not null default 1,
    primary key (tenant, step),
    foreign key (tenant, place) references tenant (id, place) on update cascade,
    foreign key (branch, version, step) references roadmap_step
);
create index step_state_place on step_state (tenant, place);
-- All that the matrix counts, a step of a branch at a time.
create index step_state_matrix on step_state (branch, step, place) include (tenant, status, basis, claimed, overdue);
create index step_state_waiting on step_state (place) where status = 'claimed';
create index step_state_queue on step_state (place) where status in ('contradicted', 'claimed', 'returned') or disputed;
create index step_state_clock on step_state (changes_at) where changes_at is not null;
call secure('step_state', 'tenant.read', null);

create table step_history (
    tenant  bigint not null,
    place   int not null,
    step    text not null,
    valid   tstzrange not null,
    status  text not null,
    basis   text,
    seen    text not null,
    claimed boolean not null,
    offset_days  int not null, -- from the deadline of the day, which moves all of a region at once
    due_on       date,         -- its own, which holds in place of that
    unverifiable boolean not null,
    changed_at   timestamptz not null, -- since when it had this status, and on this basis
    primary key (tenant, step, valid),
    foreign key (tenant, place) references tenant (id, place) on update cascade
);
create unique index step_history_now on step_history (tenant, step) where upper_inf(valid);
-- All that an overview or a list of risks of a day that is over asks of it stands in this index.
create index step_history_place on step_history (place) include (step, valid, status, basis, seen, claimed, offset_days, due_on, unverifiable, changed_at);
create index step_history_tenant on step_history (tenant, place);
call secure('step_history', 'tenant.read', null);

-- ---------------------------------------------------------------------------------------------------------------------
-- The rules. Three pure functions and nothing else decide a status; tests print the whole table of each.

-- After a verified step has failed long enough, its people have this long before it reopens.
create function grace()
returns interval
language sql
immutable parallel safe
as $$
    select interval '3 days';
$$;

-- What a run of equal verdicts means. Spans are differences of moments, which depend on no time zone: only so it is truly immutable, and is planned into the
-- statements that ask it of thousands. `since` is the first of the run that counts: a claim starts a new count. `sure_at` is the
-- verdict with which the run had lasted a day.
create function sight(run_result text, since timestamptz, last timestamptz, count int, sure_at timestamptz, on_demand boolean,
                      prior_result text, looked boolean, moment timestamptz)
returns text
language sql
immutable parallel safe
as $$
    select case
        -- nothing decisive so far
        when run_result is null and not looked                        then 'none'
        when run_result is null                                       then 'unknown'
        -- recovery needs one pass on demand, or two
        when run_result = 'passed' and prior_result = 'failed'
             and not on_demand and count < 2                          then 'recovering'
        when run_result = 'passed'                                    then 'passed'
        -- it was passed before: decay takes two failures a day apart, then grace
        when prior_result = 'passed' and moment - sure_at >= veha.grace() then 'decayed'
        when prior_result = 'passed' and sure_at is not null          then 'grace'
        when prior_result = 'passed'                                  then 'slipping'
        -- it never passed: two failures an hour apart contradict
        when count >= 2 and last - since >= interval '1 hour'         then 'failed'
        else                                                               'failing'
    end;
$$;

-- What a run leaves behind when the other result ends it at `moment`: the next run's prior_result. What holds outlives a run that ended before it meant anything: one
-- failure, or failures within their grace, leave what was passed; one scheduled pass that was not enough to recover leaves what had failed.
create function sight_left(run_result text, count int, sure_at timestamptz, on_demand boolean, prior_result text, moment timestamptz)
returns text
language sql
immutable parallel safe
as $$
    select case
        when run_result = 'failed' and prior_result = 'passed' and (sure_at is null or moment - sure_at < veha.grace()) then 'passed'
        when run_result = 'passed' and prior_result = 'failed' and not on_demand and count < 2                          then 'failed'
        else run_result
    end;
$$;

-- Of all sights of a step's checks the first in this order stands for the step.
create function sight_order()
returns text[]
language sql
immutable parallel safe
as $$
    select '{decayed,failed,failing,unknown,none,recovering,grace,slipping,passed}'::text[];
$$;

-- Nothing decisive was ever seen, and nobody can do anything about it: the network tells it of no account, or of none without a key. What is unknown by
-- any other reason may still be wrong on that very page.
create function sight_beyond(run_result text, reason text)
returns boolean
language sql
immutable parallel safe
as $$
    select run_result is null and coalesce(reason in ('network_cannot_tell', 'no_field', 'needs_token'), false);
$$;

create function sight_rank(seen text)
returns int
language sql
immutable parallel safe
as $$
    select array_position(veha.sight_order(), seen);
$$;

create function sight_of_rank(rank int)
returns text
language sql
immutable parallel safe
as $$
    select (veha.sight_order())[rank];
$$;

create type step_facts as (
    applicable boolean, -- the branch and the region ask for it
    drafted    boolean,
    claimed    boolean,
    decision   text,    -- none, confirmed, expired, returned
    manual     boolean, -- MAN is among its checks: only a person can say so
    seen       text,    -- see sight(); `none` also when no look can tell
    due        boolean, -- its day has passed
    disputed   boolean  -- a dispute is open
);

create type step_outcome as (
    status       text,
    basis        text,
    overdue      boolean,
    unverifiable boolean,
    decayed      boolean,
    seen_early   boolean,
    disputed     boolean
);

create function step_status(f step_facts)
returns step_outcome
language plpgsql
immutable parallel safe
as $$
declare
    holds boolean := f.seen in ('passed', 'slipping', 'grace');
    fails boolean := f.seen in ('failed', 'decayed');
    confirmed boolean := f.decision = 'confirmed';
    o veha.step_outcome;
begin
    o.status := case
        when not f.applicable         then 'not_applicable'
        when f.decision = 'returned'  then 'returned'
        when confirmed                then 'verified'
        when holds and not f.manual   then 'verified'
        when f.claimed and fails      then 'contradicted'
        when f.claimed                then 'claimed'
        when f.drafted                then 'in_progress'
        else                               'not_started'
    end;
    o.basis := case o.status
        when 'verified'     then case when confirmed and holds then 'both' when confirmed then 'person' else 'account' end
        when 'contradicted' then 'account'
        when 'returned'     then 'person'
    end;
    o.overdue := o.status not in ('verified', 'not_applicable') and f.due;
    o.unverifiable := o.status = 'claimed' and (f.seen = 'unknown' or f.seen = 'none' and not f.manual);
    o.decayed := o.status <> 'not_applicable' and f.seen in ('grace', 'decayed');
    o.seen_early := o.status = 'verified' and holds and not confirmed and not f.claimed;
    -- Beside the status, never instead of it: the page still says what it says, until somebody or a look says otherwise.
    o.disputed := f.disputed and f.applicable and not confirmed and f.seen not in ('passed', 'recovering');
    return o;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- The facts, gathered.

-- The moment a network's runs are judged at: while its breaker is open its clock stands still. plpgsql, because its table comes later.
create function network_moment(which text)
returns timestamptz
language plpgsql
stable
as $$
begin
    return coalesce((select outage_since from veha.network_state where network = which), veha.now());
end
$$;

-- The status of every step of these tenants, from the facts alone. A set at a time: one tenant costs as little as a thousand do each.
create function step_compute(whose bigint[])
returns table (tenant bigint, place int, step text, branch text, version int, number int, due_on date, facts step_facts,
               outcome step_outcome, changes_at timestamptz)
language sql
stable
set search_path = veha, pg_temp
as $$
    with clock as materialized (
        select code, network_moment(code) as moment from network
    ), member as materialized (
        select t.id, t.place, r.branch, r.version,
               array(select distinct a.network from account a where a.tenant = t.id and upper_inf(a.valid)) as networks,
               array(select distinct a.network from account a join network n on n.code = a.network and n.social
                      where a.tenant = t.id and upper_inf(a.valid)) as social
          from tenant t
          join tenant_roadmap r on r.tenant = t.id and upper_inf(r.valid)
         where t.id = any (whose)
    ), asked as materialized (
        select m.id, m.place, s.branch, s.version, s.key, s.number, s.network, s.checks, coalesce(u.due_on, z.deadline + s.offset_days) as due_on, z.timezone,
               s.network is null
               or s.network = any (z.networks)
                  -- N of M: once enough of the asked social networks are there, the others are not asked for; a site is none
                  and (s.network = any (m.networks)
                       or (select count(*) from unnest(m.social) as held where held = any (z.networks)) < z.networks_required) as applicable,
               k.valid as claimed, w.step is not null as drafted, d.word, d.expires_at, x.step is not null as disputed
          from member m
         cross join region z
          join roadmap_step s on s.branch = m.branch and s.version = m.version
          left join claim k on k.tenant = m.id and k.place = m.place and k.step = s.key and upper_inf(k.valid)
          left join draft w on w.tenant = m.id and w.place = m.place and w.step = s.key
          left join decision d on d.tenant = m.id and d.place = m.place and d.step = s.key and upper_inf(d.valid)
          left join dispute x on x.tenant = m.id and x.place = m.place and x.step = s.key and upper_inf(x.valid)
          left join due_change u on u.tenant = m.id and u.place = m.place and u.step = s.key and upper_inf(u.valid)
    ), told as materialized (
        -- Each check of each step on each account that can tell it. A claim starts a new count: of a run of failures that began before it, the first
        -- after it counts.
        select q.id, q.key, q.network is not null and c."check" = 'EXIST' as any_will_do, c."check", g.account, g.reason, g.run_result, g.run_last, g.run_count,
               g.run_sure_at, g.run_on_demand, z.moment,
               -- What had decayed when a claim answered it is no longer what was passed before.
               case when g.run_result = 'failed' and lower(q.claimed) >= g.run_sure_at + grace() then null else g.prior_result end as prior_result,
               case when g.run_result = 'failed' and lower(q.claimed) > g.run_since
                    then coalesce((select min(v.at) from verdict v
                                    where v.tenant = q.id and v.account = g.account and v."check" = g."check" and v.result = 'failed'
                                      and v.at >= lower(q.claimed)), g.run_last)
                    else g.run_since end as since
          from asked q
         cross join unnest(q.checks) as c ("check")
          join account a on a.tenant = q.id and a.place = q.place and upper_inf(a.valid) and (q.network is null or a.network = q.network)
          join network_check n on n.network = a.network and n."check" = c."check" and n.tells in ('tells', 'token')
          join clock z on z.code = a.network
          left join sighting g on g.tenant = q.id and g.account = a.id and g."check" = c."check"
    ), sighted as materialized (
        select id, key, "check", any_will_do, run_result is not null as decided, sight_beyond(run_result, reason) as beyond,
               sight_rank(sight(run_result, since, run_last, run_count, run_sure_at, run_on_demand, prior_result, account is not null, moment)) as rank,
               case when run_result = 'failed' and prior_result = 'passed' then run_sure_at + grace() end as grace_ends_at
          from told
    ), checked as (
        -- That one exists may be shown by any account; everything else by all of them, but where some decide, those are not asked that cannot tell.
        select id, key,
               case when any_will_do      then max(rank)
                    when bool_or(decided) then min(rank) filter (where not beyond)
                    else                       min(rank) end as rank,
               min(grace_ends_at) as grace_ends_at
          from sighted
         group by id, key, "check", any_will_do
    ), seen as materialized (
        select id, key, min(rank) as rank, min(grace_ends_at) as grace_ends_at from checked group by id, key
    ), judged as materialized (
        select q.*, s.grace_ends_at, f.facts, step_status(f.facts) as outcome
          from asked q
          left join seen s on s.id = q.id and s.key = q.key
         cross join lateral (
              select (q.applicable, q.drafted, q.claimed is not null,
                      case when q.word is null then 'none'
                           when q.word = 'confirmed' and q.expires_at <= veha.now() then 'expired'
                           else q.word end,
                      'MAN' = any (q.checks), coalesce(sight_of_rank(s.rank), 'none'), q.due_on < today(), q.disputed)::step_facts as facts
              offset 0) f
    )
    select id, place, key, branch, version, number, due_on, facts, outcome,
           least(case when (outcome).status not in ('verified', 'not_applicable') and not (outcome).overdue
                      then (due_on + 1)::timestamp at time zone timezone end,
                 case when word = 'confirmed' and expires_at > veha.now() then expires_at end,
                 case when grace_ends_at > veha.now() then grace_ends_at end)
      from judged;
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- The projection. SECURITY DEFINER: a status follows from facts, no caller may write one.

create function step_refresh(whose bigint[])
returns void
language plpgsql
security definer
set search_path = veha, pg_temp
set jit = off
as $$
begin
    if cardinality(whose) = 0 then
        return;
    end if;
    -- What two say at once of one tenant is computed one after the other: who waits here sees what the other said, and does not write over it. The table's lock comes first, or
    -- who moves the deadline would wait for these rows while they wait for the table.
    lock table step_state in row exclusive mode;
    perform 1 from step_state where tenant = any (whose) order by tenant, step for no key update;
    with computed as materialized (
        select c.tenant, c.place, c.step, c.branch, c.version, c.number, c.due_on, (c.outcome).*, (c.facts).seen, (c.facts).claimed, c.changes_at
          from step_compute(whose) c
    ), gone as (
        delete from step_state p
         where p.tenant = any (whose)
           and not exists (select from computed c where c.tenant = p.tenant and c.step = p.step)
    )
    insert into step_state as p (tenant, place, step, branch, version, number, due_on, status, basis, seen, claimed,
                                 overdue, unverifiable, decayed, seen_early, disputed, changed_at, changes_at)
    select tenant, place, step, branch, version, number, due_on, status, basis, seen, claimed,
           overdue, unverifiable, decayed, seen_early, disputed, veha.now(), changes_at
      from computed
        on conflict (tenant, step) do update
       set branch = excluded.branch, version = excluded.version, number = excluded.number, due_on = excluded.due_on,
           status = excluded.status, basis = excluded.basis, seen = excluded.seen, claimed = excluded.claimed,
           overdue = excluded.overdue, unverifiable = excluded.unverifiable, decayed = excluded.decayed,
           seen_early = excluded.seen_early, disputed = excluded.disputed, changes_at = excluded.changes_at,
           changed_at = case when (p.status, p.basis) is distinct from (excluded.status, excluded.basis)
                             then excluded.changed_at else p.changed_at end,
           revision = p.revision + 1
     where (p.branch, p.version, p.number, p.due_on, p.status, p.basis, p.seen, p.claimed, p.overdue, p.unverifiable, p.decayed,
            p.seen_early, p.disputed, p.changes_at)
           is distinct from
           (excluded.branch, excluded.version, excluded.number, excluded.due_on, excluded.status, excluded.basis, excluded.seen,
            excluded.claimed, excluded.overdue, excluded.unverifiable, excluded.decayed, excluded.seen_early, excluded.disputed, excluded.changes_at);
end
$$;

-- What of a step its history keeps.
create type step_turned as (
    tenant       bigint,
    place        int,
    step         text,
    status       text,
    basis        text,
    seen         text,
    claimed      boolean,
    unverifiable boolean,
    offset_days  int,
    due_on       date,
    changed_at   timestamptz
);

-- What is told of a step, and since when its status holds.
create type step_told as (
    tenant       bigint,
    place        int,
    step         text,
    branch       text,
    version      int,
    status       text,
    basis        text,
    seen         text,
    claimed      boolean,
    unverifiable boolean,
    due_on       date,
    changed_at   timestamptz
);

-- These as history keeps them. plpgsql, because the table of own due days comes later.
-- Mostly of a few steps: planned for a thousand, each change of one would read all of the history.
create function step_kept(told step_told[])
returns setof step_turned
language plpgsql
stable
rows 10
as $$
begin
    return query
    select p.tenant, p.place, p.step, p.status, p.basis, p.seen, p.claimed, p.unverifiable, m.offset_days,
           (select u.due_on from veha.due_change u where u.tenant = p.tenant and u.step = p.step and upper_inf(u.valid)), p.changed_at
      from unnest(told) p
      join veha.roadmap_step m on m.branch = p.branch and m.version = p.version and m.key = p.step;
end
$$;

-- Each change of the projection is remembered, and a change of status is an event. SECURITY DEFINER: both are written here alone.
create function step_begin()
returns trigger
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
begin
    insert into step_history (tenant, place, step, valid, status, basis, seen, claimed, unverifiable, offset_days, due_on, changed_at)
    select tenant, place, step, tstzrange(veha.now(), null), status, basis, seen, claimed, unverifiable, offset_days, due_on, changed_at
      from step_kept(array(select (tenant, place, step, branch, version, status, basis, seen, claimed, unverifiable, due_on, changed_at)::step_told from changed));
    return null;
end
$$;

create function step_end()
returns trigger
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
begin
    delete from step_history h using changed c
     where h.tenant = c.tenant and h.step = c.step and upper_inf(h.valid) and lower(h.valid) >= veha.now();
    update step_history h
       set valid = tstzrange(lower(h.valid), veha.now())
      from changed c
     where h.tenant = c.tenant and h.step = c.step and upper_inf(h.valid);
    return null;
end
$$;

-- Rows before and after are told apart by grouping them: a join of the two would be planned once, for a few, and compare each of a region with each. A place is no news:
-- it moves with its tenant. What a step was stands in the open row of its history.
create function step_turn()
returns trigger
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    told step_told[];
    turned step_turned[];
begin
    told := array(
        select (tenant, max(place) filter (where fresh), step, branch, version, status, basis, seen, claimed, unverifiable, due_on,
                max(changed_at) filter (where fresh))::step_told
          from (select true as fresh, tenant, place, step, branch, version, status, basis, seen, claimed, unverifiable, due_on, changed_at from changed
                union all
                select false, tenant, place, step, branch, version, status, basis, seen, claimed, unverifiable, due_on, changed_at from was) both_times
         group by tenant, step, branch, version, status, basis, seen, claimed, unverifiable, due_on
        having count(*) = 1 and bool_and(fresh));
    if cardinality(told) = 0 then
        return null;
    end if;
    turned := array(
        select k
          from step_kept(told) k
          left join step_history h on h.tenant = k.tenant and h.step = k.step and upper_inf(h.valid)
         where (h.status, h.basis, h.seen, h.claimed, h.unverifiable, h.offset_days, h.due_on)
               is distinct from (k.status, k.basis, k.seen, k.claimed, k.unverifiable, k.offset_days, k.due_on));
    insert into event (tenant, place, kind, step, detail, person, service, actor, session, request, address)
    select k.tenant, k.place, 'step_changed', k.step,
           jsonb_build_object('from', h.status, 'to', k.status, 'basis', k.basis, 'seen', k.seen),
           caller(), service(), actor(), setting('session')::bigint, setting('request'), setting('address')::inet
      from unnest(turned) k
      join step_history h on h.tenant = k.tenant and h.step = k.step and upper_inf(h.valid)
     where (h.status, h.basis) is distinct from (k.status, k.basis);
    -- What held for no time at all was never true.
    delete from step_history h using unnest(turned) k
     where h.tenant = k.tenant and h.step = k.step and upper_inf(h.valid) and lower(h.valid) >= veha.now();
    update step_history h
       set valid = tstzrange(lower(h.valid), veha.now())
      from unnest(turned) k
     where h.tenant = k.tenant and h.step = k.step and upper_inf(h.valid);
    insert into step_history (tenant, place, step, valid, status, basis, seen, claimed, unverifiable, offset_days, due_on, changed_at)
    select tenant, place, step, tstzrange(veha.now(), null), status, basis, seen, claimed, unverifiable, offset_days, due_on, changed_at from unnest(turned);
    return null;
end
$$;

create trigger history_begins after insert on step_state referencing new table as changed for each statement execute function step_begin();
create trigger history_turns after update on step_state referencing old table as was new table as changed for each statement execute function step_turn();
create trigger history_ends after delete on step_state referencing old table as changed for each statement execute function step_end();

create function step_on_insert()
returns trigger
language plpgsql
as $$
begin
    perform veha.step_refresh(array(select distinct tenant from changed));
    return null;
end
$$;

-- A row of which only the named columns changed says nothing new of any step: its place (its tenant moved), or what a look found.
create function step_on_update()
returns trigger
language plpgsql
as $$
begin
    perform veha.step_refresh(array(
        select distinct (row->>'tenant')::bigint
          from (select to_jsonb(c) - tg_argv as row from changed c
                except
                select to_jsonb(w) - tg_argv from was w) as told));
    return null;
end
$$;

-- Nor does one more verdict in a run that means what it meant. Of failures it may, for a claim counts them anew: the whole run is compared.
create function step_on_sight()
returns trigger
language plpgsql
as $$
declare
    moment timestamptz := veha.now();
begin
    -- Without a join, as in step_turn().
    perform veha.step_refresh(array(
        select distinct tenant
          from (select tenant, account, "check", run_result, veha.sight_beyond(run_result, reason),
                       veha.sight(run_result, run_since, run_last, run_count, run_sure_at, run_on_demand, prior_result, true, moment),
                       case when run_result = 'failed' then (look, run_since, run_last, run_count, run_sure_at, run_on_demand, prior_result) end
                  from changed
                except
                select tenant, account, "check", run_result, veha.sight_beyond(run_result, reason),
                       veha.sight(run_result, run_since, run_last, run_count, run_sure_at, run_on_demand, prior_result, true, moment),
                       case when run_result = 'failed' then (look, run_since, run_last, run_count, run_sure_at, run_on_demand, prior_result) end
                  from was) as told));
    return null;
end
$$;

do $$
declare
    source text;
begin
    foreach source in array '{claim,draft,decision,dispute,due_change,sighting,account,tenant_roadmap,exemption}'::text[] loop
        execute format('create trigger steps_on_insert after insert on veha.%I referencing new table as changed
                        for each statement execute function veha.step_on_insert()', source);
    end loop;
    foreach source in array '{claim,draft,decision,dispute,due_change,tenant_roadmap,exemption}'::text[] loop
        execute format('create trigger steps_on_update after update on veha.%I referencing old table as was new table as changed
                        for each statement execute function veha.step_on_update(''place'')', source);
    end loop;
end
$$;
create trigger steps_on_update after update on account referencing old table as was new table as changed
    for each statement execute function step_on_update('place', 'state', 'title', 'audience', 'rating', 'looked_at', 'standing', 'contested', 'version');
create trigger steps_on_update after update on sighting referencing old table as was new table as changed
    for each statement execute function step_on_sight();
create trigger steps_on_delete after delete on draft referencing old table as changed
    for each statement execute function step_on_insert();

-- Whoever ticks a step that a look can tell wants the look soon. SECURITY DEFINER: when an account is looked at is no caller's to say.
create function account_on_claim()
returns trigger
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
begin
    update account a
       set standing = 'claimed'
      from changed c
      join step_state p on p.tenant = c.tenant and p.step = c.step
      join roadmap_step r on r.branch = p.branch and r.version = p.version and r.key = p.step
     where a.tenant = c.tenant and upper_inf(a.valid) and a.standing not in ('new', 'claimed')
       and (r.network is null or r.network = a.network) and r.checks <> '{MAN}';
    return null;
end
$$;
create trigger wants_look after insert on claim referencing new table as changed for each statement execute function account_on_claim();

-- What only the clock changes. Returns how many tenants were looked through. It begins with rows of its own: computed beside a look that is being recorded, it
-- would write over what that look showed; whose rows another unit holds waits for the next time. SECURITY DEFINER: nobody else may hold a status.
create function step_tick(most int)
returns int
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    due bigint[] := array(select distinct tenant from (select tenant from step_state where changes_at <= veha.now() order by changes_at limit most) d);
begin
    lock table step_state in row exclusive mode; -- as in step_refresh()
    due := array(with held as materialized (select tenant from step_state where tenant = any (due) for update skip locked)
                 select tenant from held h group by tenant having count(*) = (select count(*) from step_state s where s.tenant = h.tenant));
    perform step_refresh(due);
    return cardinality(due);
end
$$;
create policy verify on step_state for select to veha_verify using (true);
grant select on step_state to veha_verify;

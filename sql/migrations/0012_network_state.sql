-- How verification itself fares: what each batch of looks showed of a network, the breaker, who is at work, and the alarm when nobody is.

-- A look of the EXIST check on an account is *well* when it passed, and *turned* when it did not, though it had passed before. What was never
-- seen standing says nothing of the network. Of the other checks nothing is tallied: sightings tell of them (breaker_told). One line a batch, network,
-- state and reason: appended, never changed, forgotten after a week.
create table network_tally (
    id      bigint generated always as identity primary key,
    network text not null references network,
    at      timestamptz not null default veha.now(),
    state   text not null,
    reason  text,
    looks   int not null,
    well    bigint[] not null, -- accounts
    turned  bigint[] not null,
    rest    bigint[] not null
);
create index network_tally_latest on network_tally (network, id desc);
grant select, insert, delete on network_tally to veha_verify;

-- What is wrong with a network as a whole. One row a network, written when something begins or ends.
create table network_state (
    network             text primary key references network,
    outage_since        timestamptz, -- the breaker is open: transitions of this network are frozen
    probed_at           timestamptz, -- when looks were last queued to find out whether the outage is over
    token_refused_since timestamptz
);
grant select on network_state to veha_web, veha_verify, veha_operator;
grant insert, update on network_state to veha_verify, veha_operator;

-- Processes of `veha verify`, by what they say of themselves, and workers outside the house, by when they were last heard of.
create table worker (
    name       text primary key, -- host:pid; of a worker outside the house service:NAME
    host       text not null,
    service    bigint,           -- of a worker outside the house (0022)
    started_at timestamptz not null default veha.now(),
    seen_at    timestamptz not null default veha.now(),
    looks      int not null -- held at that moment
);
grant select, insert, update, delete on worker to veha_verify;

-- Since when nothing was looked at, once that has been told of.
create table verification_state (
    singleton     boolean primary key default true check (singleton),
    stopped_since timestamptz
);
insert into verification_state default values;

alter table region add column alarm_hours int not null default 26; -- nothing was looked at for so long: the operator is told

insert into capability values ('verification.read', 'see how verification fares: networks, queue, workers');
insert into role_capability values ('region_admin', 'verification.read'), ('curator', 'verification.read');

-- A run of equal verdicts as it was before the failures of the last hours: what the breaker puts back when it opens.
create type sight_run as (
    result    text,
    since     timestamptz,
    last      timestamptz,
    count     int,
    on_demand boolean,
    sure_at   timestamptz,
    prior     text
);
alter table sighting add column before sight_run, add column before_at timestamptz;

-- So long a run is remembered as it was; no network's window may be longer.
create function breaker_memory()
returns interval
language sql
immutable parallel safe
as $$
    select interval '3 hours';
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- The breaker's rule. One pure function decides; a test prints its table.

create type breaker_rule as (
    window_minutes int, -- how far back a look counts
    looks_least    int, -- fewer accounts prove nothing
    looks_most     int, -- the latest accounts that are asked whether it opens
    opens_percent  int, -- of them turned
    closes_percent int, -- fewer than this of the latest looks_least turned
    again_minutes  int  -- between two rounds of looks to find out whether it is over
);

-- closed → opens → open → closes. An open breaker closes at a lower share than a closed one opens at.
create function breaker_move(is_open boolean, well int, turned int, rule breaker_rule)
returns text
language sql
immutable parallel safe
as $$
    select case
        when well + turned < (rule).looks_least                                            then 'stays'
        when not is_open and turned * 100 >= (rule).opens_percent * (well + turned)         then 'opens'
        when is_open and turned * 100 < (rule).closes_percent * (well + turned)             then 'closes'
        else                                                                                     'stays'
    end;
$$;

-- What the network's file says, or else this.
create function breaker_rule_of(which text)
returns breaker_rule
language sql
stable
as $$
    select jsonb_populate_record(row(180, 12, 24, 60, 25, 5)::veha.breaker_rule, coalesce(n.document->'breaker', '{}'))
      from veha.network n
     where n.code = which;
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- The breaker at work.

-- The latest accounts looked at within the window, each by its last look: how many were well, how many had turned.
create function breaker_count(which text, since timestamptz, most int, out well int, out turned int)
language sql
stable
as $$
    select count(*) filter (where good)::int, count(*) filter (where not good)::int
      from (select good
              from (select distinct on (account) account, good, id
                      from (select id, at, well, turned from veha.network_tally where network = which order by id desc limit 200) t,
                   lateral (select unnest(t.well), true union all select unnest(t.turned), false) as a (account, good)
                     where t.at >= since
                     order by account, id desc) latest
             order by id desc, account
             limit most) sample;
$$;

-- The checks that a changed layout fails for everybody while the page is still there. FRESH, FREQ and ANSW turn with the calendar: after holidays many
-- fail together, and truly.
create function breaker_checks()
returns text[]
language sql
immutable parallel safe
as $$
    select '{NAME,DESC,SITE,CONT,LOOK,GOS,MSG,COMM,LINK,POSW}'::text[];
$$;

-- Was what is seen now judged by the same rules as what passed at that moment?
create function breaker_same_rules(whose bigint, which bigint, now_look bigint, passed_at timestamptz)
returns boolean
language sql
stable
as $$
    select not exists (select from veha.look n
                         cross join lateral (select p.rules_version from veha.look p
                                              where p.tenant = whose and p.account = which and p.id < now_look and p.at <= passed_at
                                              order by p.id desc limit 1) p
                        where n.tenant = whose and n.id = now_look and p.rules_version <> n.rules_version);
$$;

-- The same of each of those checks, by what was last seen of it. Turned is what failed though it had passed by the same rules of judging: a new program may
-- judge more strictly, and rightly. What is merely no longer told accuses nobody, and is usual where a key or its quota is used up: it counts
-- only beside as many that fail.
create function breaker_told(which text, since timestamptz, most int)
returns table ("check" text, well int, turned int)
language sql
stable
as $$
    with latest as materialized (
        select account, max(id) as id
          from (select id, at, well || turned || rest as accounts from veha.network_tally where network = which order by id desc limit 200) t,
               unnest(t.accounts) as account
         where t.at >= since
         group by account
         order by max(id) desc, account
         limit 200
    ), told as (
        select s."check", l.id, l.account,
               case when s.result = 'passed'                                                             then 'well'
                    when s.run_result = 'passed' and s.reason = 'not_told'                               then 'mute'
                    when s.run_result = 'passed' and s.reason = 'network_outage'
                         and veha.breaker_same_rules(s.tenant, s.account, s.look, s.run_last)            then 'turned'
                    when s.result = 'failed' and s.before_at >= since and (s.before).result = 'passed'
                         and veha.breaker_same_rules(s.tenant, s.account, s.look, (s.before).last)       then 'turned' end as seen
          from latest l
          join veha.account a on a.id = l.account
          join veha.sighting s on s.tenant = a.tenant and s.account = a.id and s."check" = any (veha.breaker_checks()) and s.at >= since
    ), numbered as (
        select "check", seen, row_number() over (partition by "check" order by id desc, account) as nth from told where seen is not null
    )
    select "check", count(*) filter (where seen = 'well')::int,
           (count(*) filter (where seen = 'turned') + least(count(*) filter (where seen = 'turned'), count(*) filter (where seen = 'mute')))::int
      from numbered
     where nth <= most
     group by "check";
$$;

-- SECURITY DEFINER: who tells of the region may know its number.
create function region_tenant()
returns bigint
language sql
stable
security definer
set search_path = veha, pg_temp
as $$
    select id from tenant where kind = 'region';
$$;

-- What the outage began before the breaker opened is undone: each run is what it was before the failures of the last hours, and what they said is as good
-- as unknown. Rows that another batch holds are left to it: it comes here itself.
create function breaker_put_back(which text)
returns void
language sql
as $$
    with seen as (
        select distinct unnest(t.well || t.turned || t.rest) as account
          from (select well, turned, rest
                  from veha.network_tally where network = which and at >= veha.now() - veha.breaker_memory() order by id desc limit 200) t
    ), held as (
        select a.tenant, a.id, a.state
          from seen
          join veha.account a on a.id = seen.account
         where a.state in ('missing', 'closed', 'blocked', 'not_community')
            or exists (select from veha.sighting s
                        where s.tenant = a.tenant and s.account = a.id and s.before_at >= veha.now() - veha.breaker_memory())
           for update of a skip locked
    ), untold as (
        update veha.account a
           set state = 'unreachable'
          from held h
         where a.tenant = h.tenant and a.id = h.id and h.state in ('missing', 'closed', 'blocked', 'not_community')
    ), moved as (
        select s.tenant, s.account, s."check"
          from held h
          join veha.sighting s on s.tenant = h.tenant and s.account = h.id
         where s.before_at >= veha.now() - veha.breaker_memory()
           for update of s skip locked
    )
    update veha.sighting s
       set result = 'unknown', reason = 'network_outage', before = null, before_at = null,
           run_result = (s.before).result, run_since = (s.before).since, run_last = (s.before).last, run_count = coalesce((s.before).count, 0),
           run_on_demand = coalesce((s.before).on_demand, false), run_sure_at = (s.before).sure_at, prior_result = (s.before).prior
      from moved m
     where s.tenant = m.tenant and s.account = m.account and s."check" = m."check";
$$;

-- The clock stood still: a grace has as long left as it had. Looks whose verdicts did not count are taken again.
create function breaker_resume(which text, since timestamptz)
returns void
language sql
as $$
    update veha.sighting s
       set run_sure_at = s.run_sure_at + (veha.now() - greatest(since, s.run_sure_at))
      from veha.account a
     where a.network = which and upper_inf(a.valid) and s.tenant = a.tenant and s.account = a.id
       and s.run_result = 'failed' and s.prior_result = 'passed' and since - s.run_sure_at < veha.grace();
    insert into veha.job (tenant, place, account)
    select a.tenant, a.place, a.id
      from veha.account a
      join veha.tenant t on t.id = a.tenant and t.closed_at is null
     where a.network = which and upper_inf(a.valid)
       and exists (select from veha.sighting s
                    where s.tenant = a.tenant and s.account = a.id
                      and (s.reason = 'network_outage' or s.at >= since and s.result is distinct from s.run_result))
        on conflict do nothing;
$$;

-- After a batch was recorded: does the breaker of its network open, or close? slipped: one of breaker_checks() failed in it that stood; without one none
-- of them can open it, and they are not asked.
create function breaker_weigh(which text, slipped boolean)
returns text
language plpgsql
as $$
declare
    rule veha.breaker_rule := veha.breaker_rule_of(which);
    since timestamptz;
    back timestamptz := veha.now() - make_interval(mins => rule.window_minutes);
    counted record;
    move text;
begin
    select outage_since into since from veha.network_state where network = which;
    select 'EXIST' as "check", c.well, c.turned into counted
      from veha.breaker_count(which, back, case when since is null then rule.looks_most else rule.looks_least end) c;
    move := veha.breaker_move(since is not null, counted.well, counted.turned, rule);
    if since is null and move = 'stays' and slipped then
        select t.* into counted
          from veha.breaker_told(which, back, rule.looks_most) t
         where veha.breaker_move(false, t.well, t.turned, rule) = 'opens'
         order by t.turned desc, t."check"
         limit 1;
        move := case when found then 'opens' else 'stays' end;
    elsif move = 'closes'
          -- a check that few pass holds it open as well, if so many of them turned as would of the least that prove something
          and exists (select from veha.breaker_told(which, back, rule.looks_least) t
                       where veha.breaker_move(true, greatest(t.well, rule.looks_least - t.turned), t.turned, rule) <> 'closes') then
        move := 'stays';
    end if;
    if move = 'opens' then
        update veha.network_state set outage_since = veha.now(), probed_at = veha.now() where network = which and outage_since is null;
        if found then
            perform veha.tell('network_outage_began', veha.region_tenant(), null, null, veha.network_detail(which) || to_jsonb(counted));
        end if;
    elsif move = 'closes' then
        update veha.network_state set outage_since = null, probed_at = null where network = which and outage_since = since;
        if found then
            perform veha.breaker_resume(which, since);
            perform veha.tell('network_outage_ended', veha.region_tenant(), null, null,
                              veha.network_detail(which) || to_jsonb(counted) || jsonb_build_object('since', since));
        end if;
        return move;
    end if;
    if since is not null or move = 'opens' then
        perform veha.breaker_put_back(which);
    end if;
    return move;
end
$$;

create function network_detail(which text)
returns jsonb
language sql
stable
as $$
    select jsonb_build_object('network', code, 'title', title) from veha.network where code = which;
$$;

-- While a breaker is open some accounts that stood are looked at again now and then, those first that were not looked at for longest: only so it can close.
-- Returns how many looks were queued.
create function breaker_probe()
returns int
language plpgsql
as $$
declare
    one text;
    made int;
    queued int := 0;
begin
    for one in select network from veha.network_state where outage_since is not null loop
        update veha.network_state
           set probed_at = veha.now()
         where network = one and outage_since is not null
           and probed_at <= veha.now() - make_interval(mins => (veha.breaker_rule_of(one)).again_minutes);
        continue when not found;
        insert into veha.job (tenant, place, account)
        select a.tenant, a.place, a.id
          from veha.account a
          join veha.tenant t on t.id = a.tenant and t.closed_at is null
          join veha.sighting s on s.tenant = a.tenant and s.account = a.id and s."check" = 'EXIST' and s.run_result = 'passed'
         where a.network = one and upper_inf(a.valid)
         order by a.looked_at, a.id
         limit (veha.breaker_rule_of(one)).looks_least
            on conflict do nothing;
        get diagnostics made = row_count;
        queued := queued + made;
    end loop;
    return queued;
end
$$;

-- A token the network refuses is the operator's to mend: told once, and again when it works.
create function token_weigh(refused text[], working text[])
returns void
language plpgsql
as $$
declare
    one text;
begin
    for one in update veha.network_state set token_refused_since = veha.now()
                where network = any (refused) and token_refused_since is null returning network loop
        perform veha.tell('token_refused', veha.region_tenant(), null, null, veha.network_detail(one));
        perform veha.operator_message('token_refused', veha.network_detail(one));
    end loop;
    for one in update veha.network_state set token_refused_since = null
                where network = any (working) and network <> all (refused) and token_refused_since is not null
                      and not exists (select from veha.budget b -- another of its tokens, tried again now and then
                                       where b.network = network_state.network and b.reason = 'token' and b.paused_until > veha.now() - interval '1 hour')
                returning network loop
        perform veha.tell('token_works', veha.region_tenant(), null, null, veha.network_detail(one));
    end loop;
end
$$;

-- SECURITY DEFINER: messages to the operator are the region's, and no role that finds out may write there otherwise.
create function operator_message(what text, told jsonb)
returns void
language sql
security definer
set search_path = veha, pg_temp
as $$
    insert into outbox (kind, tenant, place, detail) select what, id, place, told from tenant where kind = 'region';
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Who is at work.

-- A worker says that it lives, or that it leaves; and does what wants doing now and then. Returns {probes: count}.
create function worker_beat(worker_name text, worker_host text, held int, leaving boolean)
returns jsonb
language plpgsql
as $$
begin
    if leaving then
        delete from veha.worker where name = worker_name;
        return '{"probes": 0}';
    end if;
    insert into veha.worker as w (name, host, looks) values (worker_name, worker_host, held)
        on conflict (name) do update set seen_at = veha.now(), looks = excluded.looks;
    delete from veha.worker where seen_at < veha.now() - interval '7 days';
    delete from veha.network_tally
     where id in (select id from veha.network_tally order by id limit 500)
       and at < veha.now() - interval '7 days'
       and id < (select max(id) from veha.network_tally);
    return jsonb_build_object('probes', veha.breaker_probe());
end
$$;

-- Since when verification stands still: nothing was looked at for the region's alarm_hours though there are accounts, and either nobody is at work
-- or looks wait that long. NULL: it does not. SECURITY DEFINER: it counts over the whole region, and tells one moment.
create function verification_silence()
returns timestamptz
language plpgsql
stable
security definer
set search_path = veha, pg_temp
as $$
declare
    patience interval := (select make_interval(hours => alarm_hours) from region);
    last_look timestamptz := (select at from network_tally order by id desc limit 1);
    first_account timestamptz;
begin
    if patience is null or last_look > veha.now() - patience
       or (exists (select from worker where seen_at > veha.now() - patience)
           and not exists (select from job where finished_at is null and created_at <= veha.now() - patience)) then
        return null;
    end if;
    select min(lower(a.valid)) into first_account
      from account a
      join tenant t on t.id = a.tenant and t.closed_at is null
     where upper_inf(a.valid);
    return case when greatest(last_look, first_account) <= veha.now() - patience and first_account is not null
                then greatest(last_look, first_account) end;
end
$$;

-- Asked by every web process every few seconds: {banner, alarms}. The banner is what every page tells; alarms are what began just now, told to one asker
-- only. SECURITY DEFINER: that nobody looks at anything must be noticed by those who may not look.
create function verification_watch()
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    silent_since timestamptz := verification_silence();
    known timestamptz := (select stopped_since from verification_state);
    alarms jsonb := '[]';
    banner jsonb;
begin
    if known is null and silent_since is not null then
        update verification_state set stopped_since = silent_since where stopped_since is null;
        if found then
            perform tell('verification_stopped', region_tenant(), null, null, jsonb_build_object('since', silent_since));
            perform operator_message('verification_stopped', jsonb_build_object('since', silent_since));
            alarms := '["verification_stopped"]';
        end if;
    elsif known is not null and silent_since is null then
        update verification_state set stopped_since = null where stopped_since is not null;
        if found then
            perform tell('verification_resumed', region_tenant(), null, null, jsonb_build_object('since', known));
        end if;
    end if;
    banner := (select jsonb_build_object(
                          'outages', coalesce(jsonb_agg(jsonb_build_object('network', n.code, 'title', n.title, 'since', s.outage_since, 'social', n.social,
                                                                           'ours', s.token_refused_since is not null) order by n.code), '[]'),
                          'stopped_since', silent_since)
                 from network_state s
                 join network n on n.code = s.network
                where s.outage_since is not null);
    return jsonb_build_object('banner', case when silent_since is not null or banner->'outages' <> '[]' then banner end, 'alarms', alarms);
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- How it fares, for those who run it.

create function trouble(code text, network text, since timestamptz, count bigint)
returns jsonb
language sql
immutable
as $$
    select jsonb_build_object('code', code, 'network', network, 'since', since, 'count', count);
$$;

-- One line a network. SECURITY DEFINER: counts over the region's accounts and jobs, without any of their addresses. plpgsql, because budgets come later.
create function verification_networks()
returns table (code text, title text, accounts bigint, never_looked bigint, due bigint, oldest_due timestamptz, looks bigint, states jsonb, nothing bigint,
               reader_deaths bigint, last_look timestamptz, last_success timestamptz, outage_since timestamptz, token_refused_since timestamptz,
               paused_until timestamptz)
language plpgsql
stable
security definer
set search_path = veha, pg_temp
as $$
#variable_conflict use_column
begin
    return query with held as (
        select a.network, count(*) as accounts, count(*) filter (where a.looked_at is null) as never_looked
          from account a
          join tenant t on t.id = a.tenant and t.closed_at is null
         where upper_inf(a.valid)
         group by a.network
    ), waiting as (
        select a.network, count(*) as due, min(j.due_at) as oldest_due
          from job j
          join account a on a.tenant = j.tenant and a.id = j.account
         where j.finished_at is null and j.due_at <= veha.now()
         group by a.network
    ), hour as (
        select network, sum(looks)::bigint as looks, jsonb_agg(jsonb_build_object('state', state, 'looks', looks) order by looks desc, state) as states,
               sum(looks) filter (where state in ('throttled', 'unreachable'))::bigint as nothing, sum(deaths)::bigint as deaths
          from (select network, state, sum(looks) as looks, sum(looks) filter (where reason = 'reader_died') as deaths
                  from network_tally
                 where at > veha.now() - interval '1 hour'
                 group by network, state) s
         group by network
    )
    select n.code, n.title, coalesce(h.accounts, 0), coalesce(h.never_looked, 0), coalesce(w.due, 0), w.oldest_due, coalesce(o.looks, 0),
           coalesce(o.states, '[]'), coalesce(o.nothing, 0), coalesce(o.deaths, 0),
           (select at from network_tally where network = n.code order by id desc limit 1),
           (select at from network_tally where network = n.code and state = 'present' order by id desc limit 1),
           s.outage_since, s.token_refused_since,
           -- the pauses of single sites are theirs alone
           (select max(b.paused_until) from budget b where b.network = n.code and n.social and b.paused_until > veha.now())
      from network n
      left join network_state s on s.network = n.code
      left join held h on h.network = n.code
      left join waiting w on w.network = n.code
      left join hour o on o.network = n.code;
end
$$;

-- The page of those who run verification. SECURITY DEFINER: workers and tallies are nobody's rows; the capability is asked for here as well.
create function verification_document()
returns jsonb
language plpgsql
stable
security definer
set search_path = veha, pg_temp
as $$
declare
    silent_since timestamptz := coalesce((select stopped_since from verification_state), verification_silence());
    patience int := (select alarm_hours from region);
begin
    if isempty(scope('verification.read')) then
        perform refuse(403, 'forbidden');
    end if;
    return (
        with n as materialized (
            select * from verification_networks()
        ), w as materialized (
            select name, host, started_at, seen_at, looks, service is not null as outside, seen_at > veha.now() - interval '2 minutes' as alive
              from worker
             where seen_at > veha.now() - interval '1 day'
        ), found as (
            select 1 as rank, trouble('verification_stopped', null, silent_since, null) as what where silent_since is not null
            union all
            select 2, trouble('workers_none', null, (select max(seen_at) from worker), null)
             where not exists (select from w where alive) and exists (select from n where accounts > 0)
            union all
            select 3, trouble('token_refused', title, token_refused_since, null) from n where token_refused_since is not null
            union all
            select 4, trouble('network_out', title, outage_since, null) from n where outage_since is not null
            union all
            select 5, trouble('looks_late', title, oldest_due, due) from n where oldest_due <= veha.now() - interval '1 hour' and outage_since is null
            union all
            select 6, trouble('looks_see_nothing', title, null, nothing) from n where looks >= 10 and nothing * 2 > looks and outage_since is null
            union all
            select 7, trouble('reader_dies', title, null, reader_deaths) from n where reader_deaths >= 3
            union all
            select 8, trouble('worker_silent', host, seen_at, null) from w where not alive and exists (select from w where alive)
            union all
            select 9, t from letter_troubles() t
        )
        select jsonb_build_object(
                   'at', veha.now(),
                   'alarm_hours', patience,
                   'stopped_since', silent_since,
                   'last_look', (select max(last_look) from n),
                   'last_success', (select max(last_success) from n),
                   'queue', (select jsonb_build_object('due', sum(due), 'oldest_due', min(oldest_due), 'never_looked', sum(never_looked), 'accounts', sum(accounts))
                               from n),
                   'troubles', (select coalesce(jsonb_agg(what order by rank, what->>'network'), '[]') from found),
                   'workers', (select coalesce(jsonb_agg(jsonb_build_object('name', name, 'host', host, 'started_at', started_at, 'seen_at', seen_at,
                                                                            'looks', looks, 'outside', outside, 'alive', alive) order by not alive, name), '[]')
                                 from w),
                   'networks', (select coalesce(jsonb_agg(to_jsonb(n) - 'nothing' - 'reader_deaths' order by code), '[]') from n),
                   -- Each of several keys of a network, by the beginning of its fingerprint; not those that were taken out of use.
                   'tokens', (select coalesce(jsonb_agg(jsonb_build_object(
                                         'network', b.network, 'title', w.title, 'name', left(b.holder, 8),
                                         'paused_until', case when b.paused_until > veha.now() then b.paused_until end,
                                         'reason', case when b.paused_until > veha.now() then b.reason end,
                                         'used', (select coalesce(jsonb_agg(jsonb_build_object('method', q.method, 'count', q.used) order by q.method), '[]')
                                                    from quota q
                                                   where q.network = b.network and q.holder = b.holder and q.day = today() and q.used > 0))
                                     order by b.network, b.holder), '[]')
                                from budget b
                                join network w on w.code = b.network and w.social
                               where b.holder <> '' and (b.next_at > pulse() - interval '1 day' or b.paused_until > veha.now()))));
end
$$;

-- What is forgotten, a few at a time. SECURITY DEFINER: the verifier deletes nothing but what these rules name. Each returns how many; events stay for ever.

create index look_at on look using brin (at);
create index job_finished on job (finished_at) where finished_at is not null;

-- The pages that no look has seen for so long.
create function body_forget(days int, most int)
returns int
language sql
security definer
set search_path = veha, pg_temp
as $$
    with old as (
        select tenant, hash from body where seen_at < veha.now() - make_interval(days => days) order by seen_at limit most
    ), gone as (
        delete from body b using old
         where b.tenant = old.tenant and b.hash = old.hash and b.seen_at < veha.now() - make_interval(days => days) -- a look may have seen it this moment
        returning 1
    )
    select count(*)::int from gone;
$$;

-- Old looks with their verdicts, but never the last of an account, one that a sighting tells of, or the first failure after a claim that still stands: from that
-- step_compute() counts.
create function look_forget(days int, most int)
returns int
language sql
security definer
set search_path = veha, pg_temp
as $$
    with old as materialized (
        select l.tenant, l.id
          from look l
         where l.at < veha.now() - make_interval(days => days)
           and exists (select from look n where n.tenant = l.tenant and n.account = l.account and n.id > l.id)
           and not exists (select from sighting s where s.tenant = l.tenant and s.account = l.account and s.look = l.id)
           and not exists (select
                             from verdict v
                             join claim k on k.tenant = v.tenant and upper_inf(k.valid) and lower(k.valid) <= v.at
                            where v.tenant = l.tenant and v.look = l.id and v.result = 'failed'
                              and not exists (select
                                                from verdict e
                                               where e.tenant = v.tenant and e.account = v.account and e."check" = v."check" and e.result = 'failed'
                                                 and e.at >= lower(k.valid) and e.at < v.at))
         limit most
    ), unsaid as (
        delete from verdict v using old where v.tenant = old.tenant and v.look = old.id
    ), gone as (
        delete from look l using old where l.tenant = old.tenant and l.id = old.id returning 1
    )
    select count(*)::int from gone;
$$;

-- Jobs that were finished, and what was used of past days' quotas.
create function job_forget(days int, most int)
returns int
language sql
security definer
set search_path = veha, pg_temp
as $$
    with old as materialized (
        select tenant, id from job where finished_at < veha.now() - make_interval(days => days) order by finished_at limit most
    ), spent as (
        delete from quota where day < today() - days
    ), gone as (
        delete from job j using old where j.tenant = old.tenant and j.id = old.id returning 1
    )
    select count(*)::int from gone;
$$;

-- Sessions that ended or that nobody used for so long, the answers that were kept for a day, and trials that were finished.
create function trace_forget(days int, most int)
returns int
language sql
security definer
set search_path = veha, pg_temp
as $$
    with ended as materialized (
        select id from session where coalesce(ended_at, seen_at) < veha.now() - make_interval(days => days) order by id limit most
    ), spent as (
        delete from session_spent p using ended e where p.session = e.id
    ), sessions as (
        delete from session s using ended e where s.id = e.id returning 1
    ), answers as (
        delete from idempotency i
         using (select person, service, key from idempotency where at < veha.now() - interval '1 day' limit most) old
         where i.key = old.key and (i.person = old.person or i.service = old.service)
        returning 1
    ), trials as (
        delete from trial t
         using (select tenant, id from trial where finished_at < veha.now() - make_interval(days => days) order by id limit most) old
         where t.tenant = old.tenant and t.id = old.id
        returning 1
    )
    select greatest((select count(*) from sessions), (select count(*) from answers), (select count(*) from trials))::int;
$$;

-- What holds outlives a run that ended before it meant anything: one failure, or failures within their grace, leave what was passed; one scheduled pass
-- that was not enough to recover leaves what had failed.

-- What a run leaves behind when the other result ends it at `moment`: the next run's prior_result.
create function sight_left(run_result text, count int, sure_at timestamptz, on_demand boolean, prior_result text, moment timestamptz)
returns text
language sql
immutable parallel safe
as $$
    select case
        when run_result = 'failed' and prior_result = 'passed' and (sure_at is null or moment < sure_at + veha.grace()) then 'passed'
        when run_result = 'passed' and prior_result = 'failed' and not on_demand and count < 2                          then 'failed'
        else run_result
    end;
$$;

-- As before (0031), but for prior_result.
create or replace function job_record(looks jsonb)
returns jsonb
language plpgsql
as $$
declare
    recorded jsonb;
begin
    with given as materialized (
        select x.id, x.fence, x.seen
          from jsonb_to_recordset(looks) as x (id bigint, fence int, seen jsonb)
    ), held as (
        update veha.job j
           set finished_at = veha.now(), lease_until = null
          from given g
         where j.id = g.id and j.fence = g.fence and j.finished_at is null
        returning j.tenant, j.place, j.account, j.id, j.on_demand, g.seen
    ), made as (
        insert into veha.look (tenant, place, account, job, on_demand, state, reading, requests, body_hash, network_version, rules_version)
        select h.tenant, h.place, h.account, h.id, h.on_demand, h.seen->>'state', coalesce(h.seen->'reading', '{}'),
               coalesce(h.seen->'requests', '[]'), h.seen->>'body_hash', (h.seen->>'network_version')::int, (h.seen->>'rules_version')::int
          from held h
        returning tenant, place, account, job, id, on_demand
    ), judged as (
        insert into veha.verdict (tenant, place, look, account, "check", result, reason, facts, at)
        select h.tenant, h.place, m.id, h.account, v."check", v.result, v.reason, coalesce(v.facts, '{}'), veha.now()
          from held h
          join made m on m.tenant = h.tenant and m.job = h.id,
               jsonb_to_recordset(h.seen->'verdicts') as v ("check" text, result text, reason text, facts jsonb)
        returning tenant, place, look, account, "check", result, reason, facts, at, nullif(result, 'unknown') as decisive
    ), told as (
        update veha.account a
           set state = h.seen->>'state',
               title = coalesce(h.seen->>'title', a.title),
               audience = coalesce((h.seen->>'audience')::bigint, a.audience),
               looked_at = veha.now()
          from held h
         where a.tenant = h.tenant and a.id = h.account
    ), sighted as (
        insert into veha.sighting as s (tenant, place, account, "check", look, result, reason, facts, at,
                                        run_result, run_since, run_last, run_count, run_on_demand)
        select j.tenant, j.place, j.account, j."check", j.look, j.result, j.reason, j.facts, j.at,
               j.decisive, case when j.decisive is not null then j.at end, case when j.decisive is not null then j.at end,
               (j.decisive is not null)::int, j.decisive is not null and m.on_demand
          from judged j
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
                                   else veha.sight_left(s.run_result, s.run_count, s.run_sure_at, s.run_on_demand, s.prior_result, excluded.at) end
    ), noted as (
        select veha.tell('account_looked', m.tenant, null, null,
                         jsonb_build_object('account', m.account, 'look', m.id, 'state', h.seen->>'state'))
          from made m
          join held h on h.tenant = m.tenant and h.id = m.job
    )
    select coalesce(jsonb_agg(h.id), '[]') into recorded
      from held h
     where (select count(*) from noted) >= 0;
    return recorded;
end
$$;

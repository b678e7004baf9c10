-- A second look by a person: some verdicts are drawn by lot, shown to curators as they were, and what they answer measures how far the checks can be trusted.

create table sample (
    tenant      bigint not null,
    place       int not null,
    id          bigint generated always as identity,
    account     bigint not null,
    look        bigint not null, -- its number only: what was shown is kept here, for as long as the answer counts
    "check"     text not null,
    result      text not null check (result in ('passed', 'failed')),
    reason      text not null,
    facts       jsonb not null,
    state       text not null,   -- of the account
    at          timestamptz not null,
    answer      text check (answer in ('agreed', 'disagreed', 'unclear')),
    note        text,
    person      bigint references person,
    answered_at timestamptz,
    primary key (tenant, id),
    unique (tenant, look, "check"),
    foreign key (tenant, place) references tenant (id, place) on update cascade,
    foreign key (tenant, account) references account (tenant, id),
    check ((answer is null) = (answered_at is null)),
    check (answer <> 'disagreed' or note <> '')
);
create index sample_place on sample (tenant, place);
create index sample_waiting on sample (place, at) where answered_at is null;
create index sample_answered on sample (answered_at) where answered_at is not null;
call secure('sample', 'step.decide', 'step.decide');

-- The lot of a verdict, 0 … 9999: always the same for the same verdict.
create function sample_lot(tenant bigint, look bigint, "check" text)
returns int
language sql
immutable parallel safe
as $$
    select ((hashtextextended(tenant || '/' || look || '/' || "check", 0) % 10000 + 10000) % 10000)::int;
$$;

-- How long a sample waits for an answer, and how many may wait at once: a curator's day is no machine's. What is drawn beyond that is dropped by lot, too.
create function sample_days()
returns interval
language sql
immutable parallel safe
as $$
    select interval '14 days';
$$;

create function sample_most()
returns int
language sql
immutable parallel safe
as $$
    select 200;
$$;

-- Draws among the verdicts of looks just recorded, named by their jobs. Unknown says nothing that could be wrong.
create function sample_draw(recorded jsonb)
returns void
language plpgsql
as $$
declare
    room int;
begin
    if recorded = '[]' then
        return;
    end if;
    room := veha.sample_most() - (select count(*) from (select from veha.sample where answered_at is null and at > veha.now() - veha.sample_days()
                                                         limit veha.sample_most()) w);
    insert into veha.sample (tenant, place, account, look, "check", result, reason, facts, state, at)
    select v.tenant, v.place, v.account, v.look, v."check", v.result, v.reason, v.facts, l.state, v.at
      from jsonb_array_elements_text(recorded) as r (id)
      join veha.job j on j.id = r.id::bigint
      join veha.look l on l.tenant = j.tenant and l.job = j.id
      join veha.verdict v on v.tenant = l.tenant and v.look = l.id
     cross join veha.region z
     where veha.sample_lot(v.tenant, v.look, v."check") < 100 * case v.result when 'passed' then z.sample_passed when 'failed' then z.sample_failed else 0 end
     order by veha.sample_lot(v.tenant, v.look, v."check"), v.tenant, v.look, v."check"
     limit room;
end
$$;

-- A curator's answer to a sample: is what the machine said so?
create function sample_answer(whose bigint, which bigint, told text, words text)
returns bigint
language plpgsql
as $$
declare
    held veha.sample;
begin
    select s.* into held
      from veha.sample s
      join veha.tenant t on t.id = s.tenant and t.closed_at is null
     where s.tenant = whose and s.id = which;
    if not found then
        perform veha.refuse(404, 'not_found');
    end if;
    if told = 'disagreed' and coalesce(words, '') = '' then
        perform veha.refuse(422, 'note_wanted');
    end if;
    update veha.sample set answer = told, note = words, person = veha.caller(), answered_at = veha.now() where tenant = whose and id = which and answer is null;
    if not found then
        perform veha.refuse(409, 'sample_answered'); -- perhaps somebody else was first
    end if;
    perform veha.tell('sample_answered', whose, null, words, jsonb_build_object('account', held.account, 'check', held."check", 'result', held.result,
                                                                                'reason', held.reason, 'look', held.look, 'answer', told));
    return which;
end
$$;

-- The second layer: answered once, in the own name; drawn by the verifier alone.
alter policy changing on sample
    using (place <@ (select veha.scope('step.decide')) and answer is null)
    with check (place <@ (select veha.scope('step.decide')) and person = (select veha.caller()));
drop policy adding on sample;
revoke insert, update on sample from veha_web;
grant update (answer, note, person, answered_at) on sample to veha_web;
create policy verify on sample for all to veha_verify using (true) with check (true);
grant select, insert on sample to veha_verify;

-- ---------------------------------------------------------------------------------------------------------------------
-- How far the checks can be trusted.

-- Verdicts counted as they come, a day at a time: the verdicts of a month are millions, and their page is asked for often. A row is one of four of its kind, so that workers seldom wait for
-- each other.
create table verdict_count (
    day     date not null,
    network text not null,
    "check" text not null,
    part    int not null,
    looks   bigint not null,
    unknown bigint not null,
    blocked bigint not null, -- the network did not let us in
    primary key (day, network, "check", part)
) with (fillfactor = 50);
grant select, insert, update on verdict_count to veha_verify, veha_operator;

-- Counts the verdicts of looks just recorded, named by their jobs. In one order everywhere, so that two workers never wait for each other in a ring.
create function verdict_add(recorded jsonb)
returns void
language sql
as $$
    insert into veha.verdict_count as c (day, network, "check", part, looks, unknown, blocked)
    select veha.today(), a.network, v."check", pg_backend_pid() % 4, count(*), count(*) filter (where v.result = 'unknown'),
           count(*) filter (where v.reason in ('account_throttled', 'account_challenged', 'account_unreachable', 'account_unfamiliar'))
      from jsonb_array_elements_text(recorded) as r (id)
      join veha.job j on j.id = r.id::bigint
      join veha.look l on l.tenant = j.tenant and l.job = j.id
      join veha.verdict v on v.tenant = l.tenant and v.look = l.id
      join veha.account a on a.tenant = l.tenant and a.id = l.account
     group by a.network, v."check"
     order by a.network, v."check"
        on conflict (day, network, "check", part) do update
       set looks = c.looks + excluded.looks, unknown = c.unknown + excluded.unknown, blocked = c.blocked + excluded.blocked;
$$;

-- The bounds of a share of which `errors` of `n` were seen, with a confidence of 95 % (Wilson's score interval); NULL for n = 0.
create function wilson(errors bigint, n bigint)
returns numeric[]
language sql
immutable parallel safe
as $$
    select array[greatest(0, round((p + z * z / (2 * n) - d) / (1 + z * z / n), 4)), least(1, round((p + z * z / (2 * n) + d) / (1 + z * z / n), 4))]
      from (select 1.959964::numeric as z, errors::numeric / nullif(n, 0) as p) q,
           lateral (select z * sqrt(p * (1 - p) / n + z * z / (4::numeric * n * n)) as d) r
     where n > 0;
$$;

-- What the page says of errors among n answers; fewer than twenty say too little for a share.
create function reliability_errors(errors bigint, n bigint)
returns jsonb
language sql
immutable parallel safe
as $$
    select jsonb_build_object('n', n, 'errors', errors, 'few', n < 20,
                              'share', case when n >= 20 then veha.share(errors, n) end,
                              'low', case when n >= 20 then (veha.wilson(errors, n))[1] end,
                              'high', case when n >= 20 then (veha.wilson(errors, n))[2] end);
$$;

-- Each check on each network that can tell it: what its looks came to in the last 30 days, and what people found of its verdicts in the last 180. SECURITY DEFINER: machines are
-- measured over the whole region, whatever part of it the caller sees; the answer names no tenant and no person.
create function reliability()
returns jsonb
language plpgsql
stable
security definer
set search_path = veha, pg_temp
set jit = off
as $$
declare
    moment timestamptz := veha.now();
begin
    if isempty(scope('overview.read')) then
        perform refuse(403, 'forbidden');
    end if;
    return (
        with looked as (
            select c.network, c."check", sum(c.looks)::bigint as looks, sum(c.unknown)::bigint as unknown, sum(c.blocked)::bigint as blocked
              from verdict_count c
             where c.day > today() - 30
             group by c.network, c."check"
        ), ticked as materialized (
            -- Each recent tick with the checks and accounts that could tell of it; that one exists may be shown by any account.
            select a.network, c."check", k.tenant, k.id, lower(k.valid) as at, a.id as account
              from claim k
              join tenant_roadmap r on r.tenant = k.tenant and upper_inf(r.valid)
              join roadmap_step m on m.branch = r.branch and m.version = r.version and m.key = k.step
             cross join unnest(m.checks) as c ("check")
              join account a on a.tenant = k.tenant and (m.network is null or a.network = m.network) and a.valid @> lower(k.valid)
              join network_check n on n.network = a.network and n."check" = c."check" and n.tells <> 'cannot'
             where lower(k.valid) > moment - interval '30 days' and lower(k.valid) <= moment - interval '24 hours'
        ), timed as (
            select t.network, t."check", count(*) as claims,
                   count(*) filter (where exists (select from verdict v
                                                   where v.tenant = t.tenant and v.account = t.account and v."check" = t."check" and v.result <> 'unknown'
                                                     and v.at >= t.at and v.at < t.at + interval '24 hours')) as in_time
              from ticked t
             group by t.network, t."check"
        ), sampled as (
            select a.network, s."check",
                   count(*) filter (where s.result = 'passed' and s.answer <> 'unclear') as passed,
                   count(*) filter (where s.result = 'passed' and s.answer = 'disagreed') as passed_errors,
                   count(*) filter (where s.result = 'failed' and s.answer <> 'unclear') as failed,
                   count(*) filter (where s.result = 'failed' and s.answer = 'disagreed') as failed_errors,
                   count(*) filter (where s.answer = 'unclear') as unclear
              from sample s
              join account a on a.tenant = s.tenant and a.id = s.account
             where s.answered_at > moment - interval '180 days'
             group by a.network, s."check"
        ), contested as (
            select x.network, x."check",
                   count(distinct d.id) filter (where d.ending = 'accepted') as accepted,
                   count(distinct d.id) filter (where d.ending = 'rejected') as rejected
              from dispute d
             cross join lateral jsonb_to_recordset(d.said) as x (network text, "check" text)
             where d.ending in ('accepted', 'rejected') and lower(d.valid) > moment - interval '180 days'
             group by x.network, x."check"
        )
        select jsonb_build_object(
                   'items', coalesce(jsonb_agg(jsonb_build_object(
                       'network', w.code, 'network_title', w.title, 'check', n."check", 'tells', n.tells,
                       'looks', coalesce(l.looks, 0),
                       'unknown', coalesce(l.unknown, 0), 'unknown_share', share(l.unknown, l.looks),
                       'blocked', coalesce(l.blocked, 0), 'blocked_share', share(l.blocked, l.looks),
                       'claims', coalesce(t.claims, 0), 'in_time', coalesce(t.in_time, 0), 'in_time_share', share(t.in_time, t.claims),
                       'sampled', coalesce(s.passed + s.failed + s.unclear, 0), 'unclear', coalesce(s.unclear, 0),
                       'passed', reliability_errors(coalesce(s.passed_errors, 0), coalesce(s.passed, 0)),
                       'failed', reliability_errors(coalesce(s.failed_errors, 0), coalesce(s.failed, 0)),
                       'accepted', coalesce(d.accepted, 0), 'rejected', coalesce(d.rejected, 0))
                       order by w.code, n."check"), '[]'),
                   'since', moment - interval '30 days')
          from network w
          join network_check n on n.network = w.code and n.tells <> 'cannot'
          left join looked l on l.network = n.network and l."check" = n."check"
          left join timed t on t.network = n.network and t."check" = n."check"
          left join sampled s on s.network = n.network and s."check" = n."check"
          left join contested d on d.network = n.network and d."check" = n."check");
end
$$;

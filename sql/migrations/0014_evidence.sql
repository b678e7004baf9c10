-- The pages themselves, as long as they are kept, and what is done with old readings: judged again, and tried under a roadmap that is not published yet.

insert into capability values
    ('body.read',   'see the very bytes that a look read'),
    ('roadmap.try', 'try a roadmap before it is published');
insert into role_capability values ('region_admin', 'body.read'), ('curator', 'body.read'), ('region_admin', 'roadmap.try');

-- What came from a network, compressed, once for all looks of a tenant that saw the same. A look names it by its hash, and stands without it.
create table body (
    tenant  bigint not null,
    place   int not null,
    hash    text not null check (hash ~ '^[0-9a-f]{64}$'),       -- SHA-256 of the bytes
    length  int not null check (length between 1 and 2097152),   -- of the bytes
    packed  bytea not null,                                      -- zlib's
    seen_at timestamptz not null default veha.now(),             -- by the last look
    primary key (tenant, hash),
    foreign key (tenant, place) references tenant (id, place) on update cascade
);
alter table body alter column packed set storage external; -- compressing it again would be in vain
create index body_place on body (tenant, place);
create index body_seen on body (seen_at);
call secure('body', 'body.read', null);
create policy verify on body for all to veha_verify using (true) with check (true);
grant select, insert, update (seen_at) on body to veha_verify;

-- Did a look in this state see the account? If not, its reading says nothing that could be judged otherwise.
create function look_saw(state text)
returns boolean
language sql
immutable parallel safe
as $$
    select state not in ('throttled', 'challenged', 'unreachable', 'unfamiliar');
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- A trial: what a roadmap that is not published yet would change for the tenants that follow its branch.
--
-- The readings that are kept are judged twice at the moment they were read, with the parameters each tenant has and with those of the candidate. Where the two
-- differ, the sighting is taken to be what it will be when the coming looks show the same: a run that has lasted. All else stays as it was seen. The statuses then
-- follow by the same rules as ever, from the candidate's steps.

-- Belongs to the tenant in whose subtree it looks. States: queued → running (a part at a time, each under a lease with its fence) → done, or failed when one
-- part was taken up too often. A late worker's fence no longer fits, and it changes nothing.
create table trial (
    tenant      bigint not null,
    place       int not null,
    id          bigint generated always as identity,
    branch      text not null,
    document    jsonb not null,
    person      bigint not null references person,
    state       text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed')),
    total       int,                        -- tenants to try
    done        int not null default 0,
    upto        bigint not null default 0,  -- the last tenant tried
    attempts    int not null default 0,     -- at the part under way
    fence       int not null default 0,
    worker      text,
    lease_until timestamptz,
    created_at  timestamptz not null default veha.now(),
    finished_at timestamptz,
    primary key (tenant, id),
    foreign key (tenant, place) references tenant (id, place) on update cascade
);
create unique index trial_id on trial (id);
create index trial_place on trial (tenant, place);
create index trial_open on trial (id) where finished_at is null;
call secure('trial', 'roadmap.try', 'roadmap.try');
revoke update on trial from veha_web;

-- Verdicts that differ between the parameters of now and the candidate's.
create table trial_verdict (
    tenant  bigint not null,
    place   int not null,
    trial   bigint not null references trial (id) on delete cascade,
    account bigint not null,
    "check" text not null,
    result  text not null check (result in ('passed', 'failed')),
    reason  text not null,
    primary key (tenant, trial, account, "check"),
    foreign key (tenant, place) references tenant (id, place) on update cascade
);
create index trial_verdict_trial on trial_verdict (trial);
create index trial_verdict_place on trial_verdict (tenant, place);
call secure('trial_verdict', 'roadmap.try', null);

-- Steps whose status would be another one.
create table trial_flip (
    tenant  bigint not null,
    place   int not null,
    trial   bigint not null references trial (id) on delete cascade,
    step    text not null,
    was     text not null,
    becomes text not null,
    primary key (tenant, trial, step),
    foreign key (tenant, place) references tenant (id, place) on update cascade
);
create index trial_flip_trial on trial_flip (trial, tenant);
create index trial_flip_place on trial_flip (tenant, place);
call secure('trial_flip', 'roadmap.try', null);

-- How many tenants: of a step that stays, was → becomes; an added step has no `was`, a removed one never becomes anything.
create table trial_count (
    tenant  bigint not null,
    place   int not null,
    trial   bigint not null references trial (id) on delete cascade,
    step    text not null,
    was     text not null,     -- '': there is no such step now
    becomes text not null,     -- '': there would be none
    tenants int not null,
    primary key (tenant, trial, step, was, becomes),
    foreign key (tenant, place) references tenant (id, place) on update cascade
);
create index trial_count_trial on trial_count (trial);
create index trial_count_place on trial_count (tenant, place);
call secure('trial_count', 'roadmap.try', null);

-- What step_compute() reads, as it would be: names that hide those of veha while one trial (the setting veha.trial) is computed.
create schema veha_trial;
grant usage on schema veha_trial to veha_operator;

create view veha_trial.tenant_roadmap with (security_invoker = true) as
select r.tenant, r.place, r.branch, (t.document->>'version')::int as version, r.valid
  from veha.tenant_roadmap r
  join veha.trial t on t.branch = r.branch
 where t.id = veha.setting('trial')::bigint;

create view veha_trial.roadmap_step with (security_invoker = true) as
select s.*
  from veha.trial t
 cross join lateral veha.roadmap_steps(t.document) s
 where t.id = veha.setting('trial')::bigint;

-- A run begun this moment and old enough for every rule: since no claim is younger, it answers all of them.
create view veha_trial.sighting with (security_invoker = true) as
select s.tenant, s.place, s.account, s."check", s.reason, s.run_result, s.run_since, s.run_last, s.run_count, s.run_on_demand, s.run_sure_at, s.prior_result
  from veha.sighting s
 where not exists (select from veha.trial_verdict v
                    where v.tenant = s.tenant and v.trial = veha.setting('trial')::bigint and v.account = s.account and v."check" = s."check")
 union all
select v.tenant, v.place, v.account, v."check", v.reason, v.result, veha.now(), veha.now() + interval '24 hours', 2, true, veha.now() - veha.grace(),
       case when s.run_result = v.result then s.prior_result
            else veha.sight_left(s.run_result, s.run_count, s.run_sure_at, s.run_on_demand, s.prior_result, veha.now()) end
  from veha.trial_verdict v
  left join veha.sighting s on s.tenant = v.tenant and s.account = v.account and s."check" = v."check"
 where v.trial = veha.setting('trial')::bigint;

-- step_compute() itself, its very text, where those names hide the tables. A test holds the two together.
do $$
begin
    execute format('create function trial_compute(whose bigint[])
                    returns table (tenant bigint, place int, step text, branch text, version int, number int, due_on date, facts step_facts,
                                   outcome step_outcome, changes_at timestamptz)
                    language sql stable set search_path = veha_trial, veha, pg_temp as %L',
                   (select prosrc from pg_proc where oid = 'veha.step_compute(bigint[])'::regprocedure));
end
$$;

-- Puts a trial into the queue; returns its id. Without `within` it looks through all that the caller may try it on.
create function trial_create(candidate jsonb, within bigint)
returns bigint
language plpgsql
as $$
declare
    top veha.tenant;
    made bigint;
begin
    select t.* into top
      from veha.scope_ranges('roadmap.try') s
      join veha.tenant t on t.place between s.lo and s.hi
     where within is null or t.id = within
     order by t.place
     limit 1;
    if top.id is null then
        perform veha.refuse(404, 'not_found');
    end if;
    if exists (select from veha.roadmap r
                where r.branch = candidate->>'branch' and r.version = (candidate->>'version')::int and r.document <> candidate) then
        perform veha.refuse(409, 'roadmap_published');
    end if;
    if (select count(*) from veha.trial where tenant = top.id and finished_at is null) >= 3 then
        perform veha.refuse(429, 'trials_many');
    end if;
    insert into veha.trial (tenant, place, branch, document, person)
    values (top.id, top.place, candidate->>'branch', candidate, veha.caller())
    returning id into made;
    perform set_config('veha.made', made::text, true);
    perform veha.tell('roadmap_tried', top.id, null, null, jsonb_build_object('branch', candidate->>'branch', 'version', candidate->'version', 'trial', made));
    return made;
end
$$;

-- The tenants a trial is about, after the last one tried. SECURITY DEFINER, like those below: a trial looks at the whole subtree, whoever works at it, and what it
-- finds follows from facts.
create function trial_tenants(of trial, most int)
returns bigint[]
language sql
stable
security definer
set search_path = veha, pg_temp
as $$
    select coalesce(array_agg(q.id order by q.id), '{}')
      from (select t.id
              from tenant o
              join tenant t on t.place between o.place and o.last
              join tenant_roadmap r on r.tenant = t.id and upper_inf(r.valid) and r.branch = (of).branch
             where o.id = (of).tenant and t.closed_at is null and t.id > (of).upto
             order by t.id
             limit most) q;
$$;

-- Takes the next part of a trial for a worker: {id, fence, parameters (the candidate's), tenants: [id], items: [{tenant, account, network, at, reading, subject, parameters}]};
-- NULL when there is nothing to do. SECURITY DEFINER: a worker takes a part and sees no more of a trial.
create function trial_take(worker text, most int, lease interval)
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    held trial;
    part bigint[];
begin
    select * into held from trial
     where finished_at is null and (lease_until is null or lease_until < veha.now())
     order by id limit 1 for update skip locked;
    if not found then
        return null;
    end if;
    part := trial_tenants(held, most);
    update trial t
       set state = case when cardinality(part) = 0 then 'done' when t.attempts >= 5 then 'failed' else 'running' end,
           finished_at = case when cardinality(part) = 0 or t.attempts >= 5 then veha.now() end,
           total = coalesce(t.total, cardinality(trial_tenants(held, null))),
           fence = t.fence + 1, attempts = t.attempts + 1, worker = trial_take.worker, lease_until = veha.now() + lease
     where t.id = held.id
    returning * into held;
    if held.finished_at is not null then
        return null;
    end if;
    return jsonb_build_object(
        'id', held.id,
        'fence', held.fence,
        'tenants', to_jsonb(part),
        'parameters', (select coalesce(jsonb_object_agg(p.key, p.value), '{}') from roadmap_steps(held.document) s, jsonb_each(s.parameters) p),
        'items', (select coalesce(jsonb_agg(jsonb_build_object(
                             'tenant', t.id, 'account', a.id, 'network', a.network, 'at', l.at, 'reading', l.reading,
                             'subject', judge_subject(t), 'parameters', judge_parameters(t.id))), '[]')
                    from tenant t
                    join account a on a.tenant = t.id and upper_inf(a.valid)
                   cross join lateral (select l.at, l.reading from look l
                                        where l.tenant = a.tenant and l.account = a.id and look_saw(l.state)
                                        order by l.id desc limit 1) l
                   where t.id = any (part)));
end
$$;

-- Records a part: verdicts: [{tenant, account, check, result, reason}], those that differ and are decisive. False when the lease is somebody else's by now. SECURITY DEFINER:
-- what a trial found is written here alone.
create function trial_record(trial_id bigint, holder int, part bigint[], verdicts jsonb)
returns boolean
language plpgsql
security definer
set search_path = veha, pg_temp
set jit = off
as $$
declare
    held trial;
begin
    select * into held from trial where id = trial_id and fence = holder and lease_until is not null and finished_at is null for update;
    if not found then
        return false;
    end if;
    perform set_config('veha.trial', trial_id::text, true);
    insert into trial_verdict (tenant, place, trial, account, "check", result, reason)
    select t.id, t.place, trial_id, v.account, v."check", v.result, v.reason
      from jsonb_to_recordset(verdicts) as v (tenant bigint, account bigint, "check" text, result text, reason text)
      join tenant t on t.id = v.tenant;
    with compared as materialized (
        select coalesce(n.tenant, c.tenant) as tenant, coalesce(n.place, c.place) as place, coalesce(n.step, c.step) as step,
               coalesce((n.outcome).status, '') as was, coalesce((c.outcome).status, '') as becomes
          from step_compute(part) n
          full join trial_compute(part) c on c.tenant = n.tenant and c.step = n.step
    ), flipped as (
        insert into trial_flip (tenant, place, trial, step, was, becomes)
        select tenant, place, trial_id, step, was, becomes from compared where was <> '' and becomes <> '' and was <> becomes
    )
    insert into trial_count as k (tenant, place, trial, step, was, becomes, tenants)
    select held.tenant, held.place, trial_id, step, was, becomes, count(*) from compared where was <> becomes group by step, was, becomes
        on conflict (tenant, trial, step, was, becomes) do update set tenants = k.tenants + excluded.tenants;
    update trial
       set done = done + cardinality(part), upto = (select max(id) from unnest(part) as id), attempts = 0, lease_until = null, worker = null
     where id = trial_id;
    return true;
end
$$;
revoke execute on function trial_tenants(trial, int), trial_take(text, int, interval), trial_record(bigint, int, bigint[], jsonb) from public;
grant execute on function trial_tenants(trial, int), trial_take(text, int, interval), trial_record(bigint, int, bigint[], jsonb) to veha_verify;

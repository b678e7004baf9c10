-- Callers that are programs: what they may do and where, how they are let in, and the looks they take outside the house.
--
-- A service is issued by the operator of the machine, for one subtree and a few capabilities, until a day. It proves itself by a secret of 256 bits, of which
-- the database knows the hash, and gets access tokens of ten minutes for it; each unit asks whether it still lives (enter), so a revocation holds at once
-- on every node. scope() answers for it as for a person, from service_capability.

-- May a program have it?
alter table capability add column program boolean not null default false;
insert into capability values
    ('job.take',   'take looks that are due, to be made outside the house', true),
    ('job.record', 'say what was seen at a look that was taken', true);
update capability set program = true where code in ('tenant.read', 'overview.read', 'verification.read', 'body.read');
alter table capability add unique (code, program);

create table service (
    tenant      bigint not null, -- its scope is the subtree of this tenant
    place       int not null,
    last        int not null,
    id          bigint generated always as identity,
    name        text not null check (name ~ '^[a-z][a-z0-9_-]{0,59}$'),
    secret_hash text not null unique,
    created_at  timestamptz not null default veha.now(),
    expires_at  timestamptz not null,
    revoked_at  timestamptz,
    seen_at     timestamptz, -- last use, at most a minute late
    address     inet,        -- whence
    primary key (tenant, id),
    unique (id),
    foreign key (tenant, place, last) references tenant (id, place, last) on update cascade
);
create unique index service_name_once on service (name) where revoked_at is null;
create index service_place on service (tenant, place, last);
call secure('service', 'verification.read', null);
-- Whoever looks after verification sees which programs there are; what proves them is nobody's to read.
revoke select on service from veha_web;
grant select (tenant, place, last, id, name, created_at, expires_at, revoked_at, seen_at, address) on service to veha_web;

create table service_capability (
    tenant     bigint not null,
    place      int not null,
    service    bigint not null,
    capability text not null,
    program    boolean not null default true check (program), -- what people alone may do refers to nothing
    primary key (tenant, service, capability),
    foreign key (tenant, place) references tenant (id, place) on update cascade,
    foreign key (tenant, service) references service (tenant, id),
    foreign key (capability, program) references capability (code, program)
);
create index service_capability_place on service_capability (tenant, place);
create index service_capability_of on service_capability (service, capability);
call secure('service_capability', 'verification.read', null);

alter table event add foreign key (service) references service (id);
alter table idempotency add foreign key (service) references service (id);
alter table job add foreign key (service) references service (id);
alter table look add foreign key (service) references service (id);
alter table worker add foreign key (service) references service (id);

-- ---------------------------------------------------------------------------------------------------------------------
-- Getting in. SECURITY DEFINER throughout: a program that is not yet known owns no row. Each tells of one service, and only to whom has its secret or number.

create function service_lives(which bigint)
returns boolean
language plpgsql
stable
security definer
set search_path = veha, pg_temp
as $$
begin
    return exists (select from service where id = which and revoked_at is null and expires_at > veha.now());
end
$$;

-- The last use, written at most once a minute.
create function service_touch()
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
begin
    update service
       set seen_at = veha.now(), address = setting('address')::inet
     where id = service() and (seen_at is null or seen_at <= veha.now() - interval '1 minute');
    return jsonb_build_object('noted', found);
end
$$;

-- A secret for what an access token says. → {"service", "name", "tenant", "capabilities", "expires_at"}, or {"refused": code}.
create function service_open(hash text)
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    mine service;
begin
    select * into mine from service where secret_hash = hash and revoked_at is null and expires_at > veha.now();
    if not found then
        return jsonb_build_object('refused', 'service_refused');
    end if;
    perform enter(null, null, setting('request'), setting('address')::inet, setting('now')::timestamptz, service => mine.id);
    perform service_touch();
    return jsonb_build_object(
        'service', mine.id::text,
        'name', mine.name,
        'tenant', mine.tenant::text,
        'capabilities', (select coalesce(jsonb_agg(capability order by capability), '[]') from service_capability where service = mine.id),
        'expires_at', extract(epoch from mine.expires_at)::bigint);
end
$$;

revoke execute on function service_lives, service_touch, service_open from public;
grant execute on function service_lives to veha_web, veha_verify, veha_notify, veha_operator; -- all of them enter
grant execute on function service_touch, service_open to veha_web;

-- ---------------------------------------------------------------------------------------------------------------------
-- What the operator of the machine does, under the operator's own rights.

-- wanted: {"id"} or {"ogrn"}; null: the region. → {"service", "tenant_name", "expires_at"}
create function service_issue(new_name text, wanted jsonb, capabilities text[], hash text, days int)
returns jsonb
language plpgsql
as $$
declare
    home    veha.tenant;
    unknown text;
    made    veha.service;
begin
    select w into unknown from unnest(capabilities) w where not exists (select from veha.capability c where c.code = w and c.program);
    if found then
        perform veha.refuse(422, 'capability_unknown');
    end if;
    if wanted is null then
        select * into home from veha.tenant where kind = 'region';
    else
        home := veha.membership_tenant(wanted);
    end if;
    if home.id is null then
        perform veha.refuse(422, 'region_missing');
    end if;
    insert into veha.service (tenant, place, last, name, secret_hash, expires_at)
    values (home.id, home.place, home.last, new_name, hash, veha.now() + make_interval(days => days))
        on conflict (name) where revoked_at is null do nothing
    returning * into made;
    if made.id is null then
        perform veha.refuse(409, 'service_known');
    end if;
    insert into veha.service_capability (tenant, place, service, capability)
    select distinct made.tenant, made.place, made.id, c from unnest(capabilities) c;
    perform veha.tell('service_issued', made.tenant, null, null,
                      jsonb_build_object('service', made.id, 'name', made.name, 'capabilities', to_jsonb(capabilities), 'expires_at', made.expires_at));
    return jsonb_build_object('service', made.id, 'tenant_name', home.name, 'expires_at', made.expires_at);
end
$$;

-- → {"service"}; what it holds is taken by others when its leases run out.
create function service_revoke(which text)
returns jsonb
language plpgsql
as $$
declare
    gone veha.service;
begin
    update veha.service set revoked_at = veha.now() where name = which and revoked_at is null returning * into gone;
    if gone.id is null then
        perform veha.refuse(404, 'service_unknown');
    end if;
    perform veha.tell('service_revoked', gone.tenant, null, null, jsonb_build_object('service', gone.id, 'name', gone.name));
    return jsonb_build_object('service', gone.id);
end
$$;

-- → {"items": [...]}, the living first.
create function service_list()
returns jsonb
language sql
stable
as $$
    select jsonb_build_object('items', coalesce(jsonb_agg(jsonb_build_object(
               'name', s.name,
               'tenant_name', t.name,
               'state', case when s.revoked_at is not null then 'revoked' when s.expires_at <= veha.now() then 'expired' else 'valid' end,
               'capabilities', (select coalesce(jsonb_agg(c.capability order by c.capability), '[]') from veha.service_capability c where c.service = s.id),
               'expires_at', s.expires_at,
               'seen_at', s.seen_at) order by s.revoked_at is not null, s.name, s.id), '[]'))
      from veha.service s
      join veha.tenant t on t.id = s.tenant;
$$;

revoke execute on function service_issue, service_revoke, service_list from public;
grant execute on function service_issue, service_revoke, service_list to veha_operator;
grant select on capability to veha_operator;

-- ---------------------------------------------------------------------------------------------------------------------
-- Looks outside the house. SECURITY DEFINER: what was seen, and who is at work, nobody writes by hand; the capability and the subtree are asked for here.

-- So many looks a worker outside may hold at once.
create function job_lease_most()
returns int
language sql
immutable parallel safe
as $$
    select 100;
$$;

create function job_lease_beat(mine service, held bigint)
returns void
language sql
as $$
    insert into veha.worker as w (name, host, looks, service)
    values ('service:' || mine.name, coalesce(veha.setting('address'), '-'), held, mine.id)
        on conflict (name) do update set host = excluded.host, seen_at = veha.now(), looks = excluded.looks, service = excluded.service;
$$;

create function job_lease_held(which bigint)
returns bigint
language sql
stable
as $$
    select count(*) from veha.job where service = which and finished_at is null and lease_until > veha.now();
$$;

-- Leases up to `most` due looks of the caller's subtree to it, as to a worker of the house. → {"items": [job]}
create function job_lease(networks text[], most int, lease interval, quiet text)
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    within int4multirange := scope('job.take');
    mine   service;
    held   bigint;
    told   jsonb;
begin
    -- Charged one after another: what two requests lease at once is counted by both.
    select * into mine from service where id = service() for update;
    if not found or isempty(within) then
        perform refuse(403, 'forbidden');
    end if;
    held := job_lease_held(mine.id);
    told := job_take('service:' || mine.name, least(most, greatest(job_lease_most() - held, 0))::int, lease, false, quiet, networks, within);
    perform job_lease_beat(mine, held + jsonb_array_length(told));
    return jsonb_build_object('items', told);
end
$$;

-- What judging a look needs: {"network", "subject", "parameters"}; NULL where there is no such job in the caller's subtree.
create function job_case(which bigint)
returns jsonb
language plpgsql
stable
security definer
set search_path = veha, pg_temp
as $$
begin
    return (select jsonb_build_object('network', a.network, 'subject', judge_subject(t), 'parameters', judge_parameters(t.id))
              from job j
              join account a on a.tenant = j.tenant and a.id = j.account
              join tenant t on t.id = j.tenant
             where j.id = which and j.place <@ scope('job.record'));
end
$$;

-- Records what a worker outside saw, by job_record(), exactly once. → {"id", "look", "state", "verdicts"}
create function job_result(which bigint, holder int, seen jsonb)
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    mine service;
    held job;
begin
    select * into mine from service where id = service();
    select * into held from job where id = which and place <@ scope('job.record') for update;
    if mine.id is null or held.id is null then
        perform refuse(404, 'not_found');
    end if;
    if held.service is distinct from mine.id or held.fence <> holder then
        perform refuse(409, 'lease_lost');
    end if;
    if held.finished_at is not null then
        perform refuse(409, 'result_known');
    end if;
    if held.lease_until is null or held.lease_until <= veha.now() then
        perform refuse(409, 'lease_lost');
    end if;
    perform job_record(jsonb_build_array(jsonb_build_object('id', which, 'fence', holder, 'seen', seen)));
    perform job_lease_beat(mine, job_lease_held(mine.id));
    return (select jsonb_build_object('id', which, 'look', l.id, 'state', l.state, 'verdicts', seen->'verdicts')
              from look l
             where l.tenant = held.tenant and l.job = which);
end
$$;

revoke execute on function job_lease_beat, job_lease_held, job_lease, job_case, job_result from public;
grant execute on function job_lease, job_case, job_result to veha_web;

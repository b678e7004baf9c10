-- Networks, roadmaps, and which of them a tenant has.

create table network (
    code     text primary key,
    version  int not null,
    title    text not null,
    social   boolean not null, -- false: the official site, which is no social network and does not count as one
    document jsonb not null
);

-- What a network can tell: the table network × check.
create table network_check (
    network text not null references network,
    "check" text not null,
    tells   text not null check (tells in ('tells', 'cannot', 'token', 'shows')), -- shows: people see it, and no step rests on it
    primary key (network, "check")
);
grant select on network, network_check to veha_web, veha_verify, veha_operator;
grant insert, update, delete on network, network_check to veha_operator;

-- The drawing that helps where a step asks for a check: a symbol of templates/assets/drawings.svg.
create table check_drawing (
    "check" text primary key,
    drawing text not null check (drawing in ('mark', 'copy', 'fields', 'links', 'look', 'talk'))
);
insert into check_drawing
values ('GOS', 'mark'), ('EXIST', 'copy'), ('DESC', 'fields'), ('CONT', 'fields'), ('SITE', 'fields'), ('LINK', 'links'), ('LOOK', 'look'), ('COMM', 'talk'), ('MSG', 'talk');
grant select on check_drawing to veha_web, veha_operator;

-- Those of a step. The last one asks for all checks once more: there drawings would only be in the way.
create function check_drawings(checks text[])
returns jsonb
language sql
stable
as $$
    select coalesce(jsonb_agg(distinct d.drawing), '[]') from veha.check_drawing d where d."check" = any (checks) and cardinality(checks) <= 3;
$$;

alter table account add foreign key (network) references network;

create table roadmap (
    branch       text not null check (branch in ('open', 'keep', 'exempt')),
    version      int not null,
    title        text not null,
    document     jsonb not null,
    published_at timestamptz not null default veha.now(),
    primary key (branch, version)
);

create table roadmap_step (
    branch      text not null,
    version     int not null,
    key         text not null,
    number      int not null,
    title       text not null,
    why         text not null,
    how         text not null,
    evidence    text not null,
    offset_days int not null, -- before the region's deadline: negative
    weight      int not null,
    mandatory   boolean not null,
    network     text references network, -- a creation step: applies where the region asks for this network
    checks      text[] not null,         -- codes; MAN is a person's
    parameters  jsonb not null,          -- check → its parameters
    depends_on  text[] not null,
    primary key (branch, version, key),
    foreign key (branch, version) references roadmap
);
grant select on roadmap, roadmap_step to veha_web, veha_verify, veha_operator;
grant insert, update on roadmap, roadmap_step to veha_operator;

-- A tenant is exempt by a legal act.
create table exemption (
    tenant bigint not null,
    place  int not null,
    id     bigint generated always as identity,
    ground text not null,
    valid  tstzrange not null default tstzrange(veha.now(), null),
    primary key (tenant, id),
    foreign key (tenant, place) references tenant (id, place) on update cascade
);
create unique index exemption_once on exemption (tenant) where upper_inf(valid);
create index exemption_place on exemption (tenant, place);
call secure('exemption', 'tenant.read', null);

-- Which branch and version a tenant follows, since when.
create table tenant_roadmap (
    tenant  bigint not null,
    place   int not null,
    branch  text not null,
    version int not null,
    valid   tstzrange not null default tstzrange(veha.now(), null),
    primary key (tenant, valid),
    foreign key (tenant, place) references tenant (id, place) on update cascade,
    foreign key (branch, version) references roadmap
);
create unique index tenant_roadmap_once on tenant_roadmap (tenant) where upper_inf(valid);
create index tenant_roadmap_place on tenant_roadmap (tenant, place);
call secure('tenant_roadmap', 'tenant.read', null);

-- The branch that fits what a tenant has. Once begun, a branch is left only for an exemption and back: opening the first account is what the branch
-- `open` is for.
create function roadmap_branch(who bigint, held text)
returns text
language sql
stable
as $$
    select case
        when exists (select from veha.exemption where tenant = who and upper_inf(valid)) then 'exempt'
        when held in ('open', 'keep') then held
        when exists (select from veha.account a join veha.network n on n.code = a.network and n.social
                      where a.tenant = who and upper_inf(a.valid)) then 'keep'
        else 'open' end;
$$;

-- Gives a tenant its branch. SECURITY DEFINER: an assignment is never a person's to write.
create function roadmap_assign(who bigint)
returns void
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    current tenant_roadmap;
    wanted text;
    newest int;
begin
    select * into current from tenant_roadmap where tenant = who and upper_inf(valid);
    wanted := roadmap_branch(who, current.branch);
    select max(version) into newest from roadmap where branch = wanted;
    if newest is null
       or current.branch is not distinct from wanted
       or not (select participates and kind <> 'region' from tenant where id = who) then
        return;
    end if;
    delete from tenant_roadmap where tenant = who and upper_inf(valid) and lower(valid) = veha.now();
    update tenant_roadmap set valid = tstzrange(lower(valid), veha.now()) where tenant = who and upper_inf(valid) and lower(valid) < veha.now();
    insert into tenant_roadmap (tenant, place, branch, version, valid)
    select id, place, wanted, newest, tstzrange(veha.now(), null) from tenant where id = who;
    perform tell('roadmap_assigned', who, null, null, jsonb_build_object('branch', wanted, 'version', newest, 'from', current.branch));
end
$$;

-- The same for many: those that had none yet get theirs in one statement, so that their steps are computed as one set. SECURITY DEFINER as above.
create function roadmap_assign(whose bigint[])
returns void
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    told bigint;
begin
    with made as (
        insert into tenant_roadmap (tenant, place, branch, version, valid)
        select t.id, t.place, n.branch, n.version, tstzrange(veha.now(), null)
          from tenant t
          join (select branch, max(version) as version from roadmap group by branch) n on n.branch = roadmap_branch(t.id, null)
         where t.id = any (whose)
           and t.participates and t.kind <> 'region'
           and not exists (select from tenant_roadmap r where r.tenant = t.id and upper_inf(r.valid))
         order by t.id
        returning tenant, branch, version
    )
    select count(tell('roadmap_assigned', tenant, null, null, jsonb_build_object('branch', branch, 'version', version, 'from', null)))
      into told
      from made;
    perform roadmap_assign(r.tenant)
       from tenant_roadmap r
      where r.tenant = any (whose) and upper_inf(r.valid) and r.branch <> roadmap_branch(r.tenant, r.branch);
end
$$;

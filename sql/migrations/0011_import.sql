-- Registers brought in by `veha import`, as veha_operator: rows are found again, added, moved and changed, never removed.

-- What a register says of a tenant beyond what the tenant itself holds: who answers for it, telephone, comments ...
create table register_entry (
    tenant bigint not null,
    place  int not null,
    detail jsonb not null,
    at     timestamptz not null default veha.now(),
    primary key (tenant),
    foreign key (tenant, place) references tenant (id, place) on update cascade
);
create index register_entry_place on register_entry (tenant, place);
call secure('register_entry', 'tenant.read', null);

-- Founders are known by their names.
create index tenant_folded on tenant (fold(name));
create index tenant_folded_short on tenant (fold(short_name));

-- One row of a file; NULL members are not said by it. The last five are what becomes of it.
create type import_row as (
    line         int,
    name         text,
    short_name   text,
    ogrn         text,
    inn          text,
    kind         text,
    founder_ogrn text,
    founder_inn  text,
    founder_name text,
    founder_kind text,
    category     text,
    spheres      text[],
    ground       text,
    accounts     jsonb, -- [{network, address, url, spelling}]
    detail       jsonb,
    tenant       bigint,
    outcome      text,  -- added, changed, unchanged; NULL: refused
    founder      text,  -- name of the founder that was added for it
    wrong        text,  -- the column that is to blame
    code         text
);

-- Where merging has led: the tenant that stands for this one now.
create function import_successor(who bigint)
returns bigint
language sql
stable
as $$
    with recursive chain as (
        select id, merged_into from veha.tenant where id = who
         union
        select t.id, t.merged_into from chain c join veha.tenant t on t.id = c.merged_into
    )
    select id from chain where merged_into is null;
$$;

-- The tenant a row names as its founder: by number, else by name, where a body of power goes before an organisation of the same name;
-- else the one that a founder of that number or name was merged into.
-- (`materialized` leaves the planner, which knows nothing of a table that is just being filled, the index of names alone.)
create function import_founder(r import_row, out who bigint, out code text)
language plpgsql
stable
as $$
declare
    called text := veha.fold(r.founder_name);
    leaders bigint[];
    others bigint[];
begin
    if r.founder_ogrn is not null then
        select id into who from veha.tenant where ogrn = r.founder_ogrn and merged_into is null;
    end if;
    if who is null and r.founder_inn is not null then
        select array_agg(id) into others
          from veha.tenant
         where inn = r.founder_inn and merged_into is null and (r.founder_ogrn is null or ogrn is null);
        who := case when cardinality(others) = 1 then others[1] end;
    end if;
    if who is null and called is not null then
        with named as materialized (
            select t.* from veha.tenant t where veha.fold(t.name) = called
             union
            select t.* from veha.tenant t where veha.fold(t.short_name) = called
        )
        select array_agg(id) filter (where kind <> 'organisation'), array_agg(id) into leaders, others
          from named
         where merged_into is null
           and (r.founder_ogrn is null or ogrn is null);
        others := coalesce(leaders, others);
        who := case when cardinality(others) = 1 then others[1] end;
    end if;
    if who is null and others is null then
        with gone as materialized (
            select id from veha.tenant where merged_into is not null and ogrn = r.founder_ogrn
             union
            select t.id from veha.tenant t where t.merged_into is not null and veha.fold(t.name) = called
        )
        select array_agg(distinct veha.import_successor(id)) into others from gone;
        who := case when cardinality(others) = 1 then others[1] end;
    end if;
    code := case when who is null and cardinality(others) > 1 then 'parent_ambiguous'
                 when exists (select from veha.tenant where id = who and closed_at is not null) then 'parent_closed' end;
end
$$;

-- The tenant a row means: by ОГРН, else by ИНН, else by founder and name. One known so far only as somebody's founder gets its numbers.
create function import_match(r import_row, above bigint, out who bigint, out code text)
language plpgsql
stable
as $$
declare
    called text := veha.fold(r.name);
    others bigint[];
    taken boolean;
begin
    if r.ogrn is not null then
        select id into who from veha.tenant where ogrn = r.ogrn and merged_into is null;
        if who is null and exists (select from veha.tenant where ogrn = r.ogrn and merged_into is not null) then
            code := 'tenant_merged';
        end if;
    end if;
    if who is null and code is null and r.inn is not null then
        select array_agg(id order by id) filter (where r.ogrn is null or ogrn is null), bool_or(ogrn <> r.ogrn)
          into others, taken
          from veha.tenant
         where inn = r.inn and merged_into is null;
        code := case when taken then 'inn_taken' when cardinality(others) > 1 then 'inn_ambiguous' end;
        who := case when code is null then others[1] end;
    end if;
    if who is null and code is null then
        with named as materialized (
            select t.* from veha.tenant t where veha.fold(t.name) = called
        )
        select array_agg(id order by id) into others
          from named
         where merged_into is null
           and case when r.ogrn is null and r.inn is null then parent = above
                    else not participates and ogrn is null and (inn is null or inn = r.inn) end;
        who := case when cardinality(others) = 1 then others[1] end;
        code := case when cardinality(others) > 1 then 'name_ambiguous'
                     when others is null and r.ogrn is null and r.inn is null
                      and exists (select from veha.tenant t
                                   where t.merged_into is not null and veha.fold(t.name) = called and veha.import_successor(t.parent) = above)
                     then 'tenant_merged' end;
    end if;
    if who is not null and exists (select from veha.tenant where id = who and closed_at is not null) then
        code := 'tenant_closed';
    end if;
end
$$;

-- Gives a row its tenant: finds or adds its founder, finds, moves or adds the tenant. A row that cannot be placed comes back with its fault;
-- so does one whose tenant an earlier row has taken.
create function import_place(r import_row, taken bigint[])
returns import_row
language plpgsql
as $$
declare
    region bigint := (select id from veha.tenant where kind = 'region');
    above bigint;
    held veha.tenant;
begin
    select who, code into above, r.code from veha.import_founder(r);
    if above is null and r.code is null and coalesce(r.founder_ogrn, r.founder_inn) is not null and r.founder_name is null then
        r.code := 'parent_unknown';
    end if;
    if r.code is not null then
        r.wrong := 'founder';
        return r;
    end if;
    if above is null and r.founder_name is not null then
        above := veha.tenant_add(region, coalesce(r.founder_kind, 'agency'), r.founder_name, null, r.founder_inn, r.founder_ogrn);
        update veha.tenant set participates = false where id = above;
        r.founder := r.founder_name;
    end if;

    select who, code into r.tenant, r.code from veha.import_match(r, coalesce(above, region));
    if r.tenant = any (taken) then
        r.code := 'tenant_repeated';
    end if;
    if r.code is not null then
        r.wrong := case when r.code like 'inn%' then 'inn' when r.ogrn is null or r.code in ('name_ambiguous', 'tenant_repeated') then 'name'
                        else 'ogrn' end;
        r.tenant := null;
        return r;
    end if;
    if r.tenant is null then
        r.tenant := veha.tenant_add(coalesce(above, region), coalesce(r.kind, 'organisation'), r.name, r.short_name, r.inn, r.ogrn);
        r.outcome := 'added';
        return r;
    end if;
    r.outcome := 'unchanged';
    select * into held from veha.tenant where id = r.tenant;
    if above is not null and above <> held.parent then
        if exists (select from veha.tenant where id = above and place between held.place and held.last) then
            r.wrong := 'founder';
            r.code := 'parent_loop';
            r.outcome := null;
            r.tenant := null;
        else
            perform veha.tenant_move(r.tenant, above, null, null);
            r.outcome := 'changed';
        end if;
    end if;
    return r;
end
$$;

-- What a row says otherwise than its tenant: {"name": {"from", "to"}, ...}. What the row does not say stays.
create function import_changes(t tenant, r import_row)
returns jsonb
language sql
stable
as $$
    select coalesce(jsonb_object_agg(v.member, jsonb_build_object('from', v.before, 'to', v.after)), '{}')
      from (values ('name', to_jsonb(t.name), to_jsonb(r.name)),
                   ('short_name', to_jsonb(t.short_name), to_jsonb(r.short_name)),
                   ('inn', to_jsonb(t.inn), to_jsonb(r.inn)),
                   ('ogrn', to_jsonb(t.ogrn), to_jsonb(r.ogrn)),
                   ('kind', to_jsonb(t.kind), to_jsonb(r.kind)),
                   ('category', to_jsonb(t.category), to_jsonb(r.category)),
                   ('spheres', to_jsonb(t.spheres), to_jsonb(r.spheres)),
                   ('participates', to_jsonb(t.participates), 'true'::jsonb)) as v (member, before, after)
     where v.after is not null
       and v.after is distinct from v.before;
$$;

-- Each of the four below brings one kind of fact of the placed rows up to date, and returns the tenants it changed.
create function import_tenants(rows import_row[])
returns bigint[]
language plpgsql
as $$
declare
    touched bigint[];
begin
    perform veha.tell('tenant_updated', t.id, null, null, c.changes)
       from unnest(rows) r
       join veha.tenant t on t.id = r.tenant,
            veha.import_changes(t, r) as c (changes)
      where r.outcome <> 'added'
        and c.changes <> '{}';
    with written as (
        update veha.tenant t
           set name = r.name, short_name = coalesce(r.short_name, t.short_name), inn = coalesce(r.inn, t.inn),
               ogrn = coalesce(r.ogrn, t.ogrn), kind = coalesce(r.kind, t.kind), category = coalesce(r.category, t.category),
               spheres = coalesce(r.spheres, t.spheres), participates = true
          from unnest(rows) r
         where t.id = r.tenant
           and veha.import_changes(t, r) <> '{}'
        returning t.id
    )
    select array_agg(id) into touched from written;
    return touched;
end
$$;

-- An account that somebody removed stays removed: a person's word outlives the register's.
create function import_accounts(rows import_row[])
returns bigint[]
language plpgsql
as $$
declare
    touched bigint[];
begin
    with made as (
        insert into veha.account (tenant, place, network, address, url, spelling, source)
        select t.id, t.place, a.value->>'network', a.value->>'address', a.value->>'url', a.value->>'spelling', 'register'
          from unnest(rows) r
          join veha.tenant t on t.id = r.tenant
         cross join jsonb_array_elements(r.accounts) with ordinality a
         where not exists (select from veha.account x
                            where x.tenant = t.id and x.network = a.value->>'network' and x.address = a.value->>'address')
         order by r.line, a.ordinality
        returning tenant, id, network, address, spelling
    ), told as (
        select tenant, network,
               veha.tell('account_added', tenant, null, null,
                         jsonb_build_object('account', id, 'network', network, 'address', address, 'given', spelling)) as event
          from made
    )
    select array_agg(distinct tenant) filter (where event is not null) into touched from told;
    perform veha.tenant_site(t.id)
       from veha.tenant t
      where t.id = any (touched)
        and t.site_host is distinct from (select address from veha.account
                                           where tenant = t.id and network = 'site' and upper_inf(valid) order by id desc limit 1);
    return touched;
end
$$;

-- A ground makes a tenant exempt; another ground takes the place of the one before.
create function import_exemptions(rows import_row[])
returns bigint[]
language plpgsql
as $$
declare
    touched bigint[];
begin
    touched := array(select r.tenant
                       from unnest(rows) r
                      where r.tenant is not null
                        and r.ground is not null
                        and not exists (select from veha.exemption e where e.tenant = r.tenant and upper_inf(e.valid) and e.ground = r.ground));
    update veha.exemption
       set valid = tstzrange(lower(valid), greatest(veha.now(), lower(valid) + interval '1 microsecond'))
     where tenant = any (touched) and upper_inf(valid);
    insert into veha.exemption (tenant, place, ground)
    select t.id, t.place, r.ground
      from unnest(rows) r
      join veha.tenant t on t.id = r.tenant
     where t.id = any (touched);
    perform veha.tell('exemption_granted', r.tenant, null, r.ground, '{}') from unnest(rows) r where r.tenant = any (touched);
    return touched;
end
$$;

create function import_details(rows import_row[])
returns bigint[]
language plpgsql
as $$
declare
    touched bigint[];
begin
    with written as (
        insert into veha.register_entry as e (tenant, place, detail)
        select t.id, t.place, r.detail
          from unnest(rows) r
          join veha.tenant t on t.id = r.tenant
            on conflict (tenant) do update
           set detail = excluded.detail, at = excluded.at
         where e.detail <> excluded.detail
        returning tenant
    )
    select array_agg(tenant) into touched from written;
    return touched;
end
$$;

-- What the operator should know of the accounts of the placed rows: [{line, column, code, value}].
create function import_notices(rows import_row[])
returns jsonb
language sql
stable
as $$
    select coalesce(jsonb_agg(jsonb_build_object('line', r.line, 'column', a.network, 'value', a.url,
                                                 'code', case when x.contested then 'account_contested' else 'account_removed' end)
                              order by r.line), '[]')
      from unnest(rows) r
     cross join jsonb_to_recordset(r.accounts) as a (network text, address text, url text)
      left join veha.account x on x.tenant = r.tenant and x.network = a.network and x.address = a.address and upper_inf(x.valid)
     where r.tenant is not null
       and coalesce(x.contested, true);
$$;

-- Rows whose founders are in the database already, or have no row of their own. Result: {added, changed, unchanged, founders: [name],
-- errors: [{line, column, code}], notices: [{line, column, code, value}]}.
create function import_batch(batch jsonb)
returns jsonb
language plpgsql
as $$
declare
    one veha.import_row;
    rows veha.import_row[] := '{}';
    taken bigint[] := '{}';
    touched bigint[];
begin
    for one in select * from jsonb_populate_recordset(null::veha.import_row, batch) loop
        one := veha.import_place(one, taken);
        taken := taken || one.tenant;
        rows := rows || one;
    end loop;
    touched := veha.import_tenants(rows) || veha.import_accounts(rows) || veha.import_exemptions(rows) || veha.import_details(rows);
    perform veha.roadmap_assign(touched);
    return (select jsonb_build_object(
                'added', count(*) filter (where outcome = 'added'),
                'changed', count(*) filter (where outcome = 'changed' or outcome = 'unchanged' and tenant = any (touched)),
                'unchanged', count(*) filter (where outcome = 'unchanged' and not coalesce(tenant = any (touched), false)),
                'founders', coalesce(jsonb_agg(founder) filter (where founder is not null), '[]'),
                'errors', coalesce(jsonb_agg(jsonb_build_object('line', line, 'column', wrong, 'code', code) order by line)
                                   filter (where code is not null), '[]'),
                'notices', veha.import_notices(rows))
              from unnest(rows));
end
$$;

-- Several batches, each after those it stands on; when they are not to be kept, all is tried and undone. Result: what became of the last.
-- Indexes are preferred: statements planned while a region was empty would go on reading whole tables when it has ten thousand tenants.
create function import_rows(batches jsonb, keep boolean)
returns jsonb
language plpgsql
set enable_seqscan = off
as $$
declare
    batch jsonb;
    result jsonb;
begin
    begin
        for batch in select value from jsonb_array_elements(batches) loop
            result := veha.import_batch(batch);
        end loop;
        if not keep then
            raise exception using errcode = 'VH000', message = 'import_tried';
        end if;
    exception when sqlstate 'VH000' then
        null;
    end;
    return result;
end
$$;

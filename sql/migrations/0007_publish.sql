-- What the region's files say, brought into the database by `veha migrate`. Each function changes nothing when nothing is new.

-- Remembers which day is the deadline from now on.
create function deadline_keep(day date)
returns void
language sql
as $$
    delete from veha.region_deadline where upper_inf(valid) and lower(valid) >= veha.now();
    update veha.region_deadline set valid = tstzrange(lower(valid), veha.now()) where upper_inf(valid);
    insert into veha.region_deadline (deadline, valid)
    select day, tstzrange(greatest(veha.now(), max(upper(valid))), null) from veha.region_deadline;
$$;

-- {code, name, timezone, deadline, networks: [..], networks_required, sample_passed, sample_failed}. Makes the root of the tree the first time.
-- Of the deadline the newest word counts: what was set by hand stays until the file says another day than it said before.
create function region_configure(wanted jsonb)
returns boolean
language plpgsql
as $$
declare
    before veha.region;
    after veha.region;
begin
    select * into before from veha.region;
    after := jsonb_populate_record(before, wanted - 'version' - 'singleton');
    after.deadline_filed := after.deadline;
    if after.deadline_filed = before.deadline_filed then
        after.deadline := before.deadline;
    end if;
    if before.singleton is null then
        insert into veha.region (code, name, timezone, deadline, deadline_filed, networks, networks_required, sample_passed, sample_failed, alarm_hours)
        values (after.code, after.name, after.timezone, after.deadline, after.deadline_filed, after.networks, after.networks_required,
                coalesce(after.sample_passed, 2), coalesce(after.sample_failed, 10), coalesce(after.alarm_hours, 26));
        perform veha.tenant_add(null, 'region', after.name, null, null, null);
    elsif after is not distinct from before then
        return false;
    else
        update veha.region
           set code = after.code, name = after.name, timezone = after.timezone, deadline = after.deadline, deadline_filed = after.deadline_filed,
               networks = after.networks, networks_required = after.networks_required, sample_passed = after.sample_passed,
               sample_failed = after.sample_failed, alarm_hours = after.alarm_hours, version = before.version + 1;
        update veha.tenant set name = after.name where kind = 'region' and name <> after.name;
    end if;
    if after.deadline is distinct from before.deadline then
        perform veha.deadline_keep(after.deadline);
    end if;
    perform veha.tell('region_configured', (select id from veha.tenant where kind = 'region'), null, null, to_jsonb(after) - 'singleton');
    perform veha.step_refresh(array(select tenant from veha.tenant_roadmap where upper_inf(valid)));
    return true;
end
$$;

-- A network's file: {code, version, title, social, checks: {CHECK: tells|cannot|token|shows}, ...}.
create function network_publish(file jsonb)
returns boolean
language plpgsql
as $$
begin
    if exists (select from veha.network where code = file->>'code' and document = file) then
        return false;
    end if;
    insert into veha.network (code, version, title, social, document)
    values (file->>'code', (file->>'version')::int, file->>'title', coalesce((file->>'social')::boolean, file->>'code' <> 'site'), file)
        on conflict (code) do update
       set version = excluded.version, title = excluded.title, social = excluded.social, document = excluded.document;
    insert into veha.network_state (network) values (file->>'code') on conflict do nothing;
    delete from veha.network_check where network = file->>'code';
    insert into veha.network_check (network, "check", tells)
    select file->>'code', key, value from jsonb_each_text(file->'checks');
    perform veha.step_refresh(array(select tenant from veha.tenant_roadmap where upper_inf(valid)));
    return true;
end
$$;

-- The steps a roadmap's file says.
create function roadmap_steps(file jsonb)
returns setof roadmap_step
language sql
immutable
as $$
    select file->>'branch', (file->>'version')::int, s.value->>'key', s.ordinality::int, s.value->>'title', s.value->>'why', s.value->>'how',
           s.value->>'evidence', (s.value->>'offset')::int, coalesce((s.value->>'weight')::int, 1),
           coalesce((s.value->>'mandatory')::boolean, true), s.value->>'network',
           coalesce((select array_agg(c.value->>'check' order by c.ordinality)
                       from jsonb_array_elements(s.value->'checks') with ordinality c), '{}'),
           coalesce((select jsonb_object_agg(c.value->>'check', c.value - 'check')
                       from jsonb_array_elements(s.value->'checks') c
                      where c.value - 'check' <> '{}'), '{}'),
           coalesce((select array_agg(d.value) from jsonb_array_elements_text(s.value->'depends_on') d), '{}')
      from jsonb_array_elements(file->'steps') with ordinality s;
$$;

-- A roadmap: {branch, version, title, steps: [{key, title, why, how, evidence, offset, weight, mandatory, network?, checks: [{check, ...parameters}],
-- depends_on?}]}. A published version never changes: another text wants another version.
create function roadmap_publish(file jsonb)
returns boolean
language plpgsql
as $$
declare
    known veha.roadmap;
begin
    select * into known from veha.roadmap where branch = file->>'branch' and version = (file->>'version')::int;
    if found then
        if known.document <> file then
            perform veha.refuse(409, 'roadmap_published');
        end if;
        return false;
    end if;
    insert into veha.roadmap (branch, version, title, document)
    values (file->>'branch', (file->>'version')::int, file->>'title', file);
    insert into veha.roadmap_step select * from veha.roadmap_steps(file);
    -- Tenants without a roadmap so far get theirs; others keep the version they began with until it is decided otherwise.
    perform veha.roadmap_assign(t.id)
       from veha.tenant t
      where t.participates and t.closed_at is null
        and not exists (select from veha.tenant_roadmap r where r.tenant = t.id and upper_inf(r.valid));
    return true;
end
$$;

-- All that the region's files say, in one unit: settings, then networks, then the roadmaps that name them.

-- Returns the names of what was new: ["region", "network vk", "roadmap open 1"].
create function template_publish(settings jsonb, networks jsonb, roadmaps jsonb, rubric jsonb)
returns jsonb
language plpgsql
as $$
declare
    file jsonb;
    fresh jsonb := '[]';
begin
    for file in select value from jsonb_array_elements(networks) loop
        if veha.network_publish(file) then
            fresh := fresh || to_jsonb('network ' || (file->>'code'));
        end if;
    end loop;
    if veha.region_configure(settings) then
        fresh := fresh || to_jsonb('region'::text);
    end if;
    for file in select value from jsonb_array_elements(roadmaps) loop
        if veha.roadmap_publish(file) then
            fresh := fresh || to_jsonb(format('roadmap %s %s', file->>'branch', file->>'version'));
        end if;
    end loop;
    if veha.rubric_publish(rubric) then
        fresh := fresh || to_jsonb(format('rubric %s %s', rubric->>'code', rubric->>'version'));
    end if;
    -- Tables of a few rows, which nobody else would ever analyse: taken for hundreds, they make plans that read a whole region for one tenant.
    analyze veha.region, veha.network, veha.network_check, veha.roadmap, veha.roadmap_step;
    return fresh;
end
$$;

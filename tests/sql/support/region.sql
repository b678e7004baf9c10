-- A small region for the tests beside it: tenants 'agency' and 'other' with schools below, one person a role, three networks, three roadmaps.
-- Their versions are newer than any real file's. Runs inside the test's transaction; ids are looked up by name with tenant('...') and person('...').
set local search_path = veha, public;
set local veha.now = '2022-11-01T09:00:00Z';

select region_configure('{"code": "69", "name": "Пробная область", "timezone": "Europe/Moscow", "deadline": "2022-12-01",
                          "networks": ["vk", "telegram"], "networks_required": 1}');
select network_publish(('{"code": "' || code || '", "version": 99, "title": "' || code || '", "checks": ' || checks || '}')::jsonb)
  from (values ('vk', '{"EXIST": "tells", "NAME": "tells", "FRESH": "token"}'),
               ('telegram', '{"EXIST": "tells", "NAME": "tells", "FRESH": "tells"}'),
               ('site', '{"LINK": "tells"}')) as n (code, checks);
select roadmap_publish(('{"branch": "' || branch || '", "version": 99, "title": "t", "steps": [
    {"key": "appoint", "title": "t", "why": "w", "how": "h", "evidence": "e", "offset": -75, "checks": [{"check": "MAN"}]},
    {"key": "create_vk", "title": "t", "why": "w", "how": "h", "evidence": "e", "offset": -20, "network": "vk", "checks": [{"check": "EXIST"}]},
    {"key": "create_telegram", "title": "t", "why": "w", "how": "h", "evidence": "e", "offset": -20, "network": "telegram", "checks": [{"check": "EXIST"}]},
    {"key": "name", "title": "t", "why": "w", "how": "h", "evidence": "e", "offset": -5, "checks": [{"check": "NAME", "share_least": 60}]},
    {"key": "publish", "title": "t", "why": "w", "how": "h", "evidence": "e", "offset": -5, "checks": [{"check": "MAN"}, {"check": "FRESH"}]}
]}')::jsonb)
  from unnest('{open,keep,exempt}'::text[]) as branch;

create function pg_temp.tenant(wanted text) returns bigint language sql stable as $$ select tenant from veha.directory where words like wanted || '%' $$;
create function pg_temp.person(wanted text) returns bigint language sql stable security definer as $$ select id from veha.person where login = wanted $$;

select tenant_add((select id from tenant where kind = 'region'), 'agency', 'agency', null, null, null);
select tenant_add((select id from tenant where kind = 'region'), 'municipality', 'other', null, null, null);
select tenant_add(pg_temp.tenant('agency'), 'organisation', 'first', null, '6907006968', '1026901606610');
select tenant_add(pg_temp.tenant('agency'), 'organisation', 'second', null, null, '1026901949051');
select tenant_add(pg_temp.tenant('other'), 'organisation', 'third', null, null, null);
select roadmap_assign(id) from tenant;

insert into person (login, name)
values ('admin', 'A'), ('curator', 'C'), ('coordinator', 'O'), ('specialist', 'S'), ('observer', 'V'), ('stranger', 'X');
insert into acknowledgement (person, version) select id, privacy_version() from person;
insert into membership (person, tenant, place, last, role)
select p.id, t.id, t.place, t.last, m.role
  from (values ('admin', 'пробная', 'region_admin'), ('curator', 'agency', 'curator'), ('coordinator', 'agency', 'coordinator'),
               ('specialist', 'first', 'specialist'), ('observer', 'agency', 'observer'), ('stranger', 'third', 'specialist')) as m (login, tenant, role)
  join person p on p.login = m.login
  join tenant t on t.id = pg_temp.tenant(m.tenant);

-- Who asks from now on, at what time.
create function pg_temp.as(login text, moment timestamptz default '2022-11-01T10:00:00Z') returns void language sql as
$$ select veha.enter(pg_temp.person(login), null, 'test', '192.0.2.1', moment) $$;

-- Was the look recorded, or is the lease somebody else's?
create function pg_temp.record(job bigint, holder int, seen jsonb) returns boolean language sql as
$$ select veha.job_record(jsonb_build_array(jsonb_build_object('id', job, 'fence', holder, 'seen', seen))) <> '[]' $$;

-- A verdict on one account, as a verifier records it; results: check → result, or result and reason ('unknown not_told').
create function pg_temp.look(which bigint, seen text, results jsonb, moment timestamptz, on_demand boolean default false) returns void
language plpgsql as $$
declare
    made bigint;
begin
    perform veha.enter(null, null, null, null, moment);
    insert into veha.job (tenant, place, account, on_demand) select tenant, place, id, look.on_demand from veha.account where id = which returning id into made;
    perform veha.job_take('test', 100, '1 minute', false);
    if not pg_temp.record(made, 1, jsonb_build_object('state', seen, 'network_version', 1, 'rules_version', 1, 'verdicts',
        (select jsonb_agg(jsonb_build_object('check', key, 'result', split_part(value, ' ', 1), 'reason', coalesce(nullif(split_part(value, ' ', 2), ''), 'r')))
           from jsonb_each_text(results)))) then
        raise exception 'not recorded';
    end if;
end
$$;
create function pg_temp.status(whose text, which text) returns text language sql as
$$ select concat_ws('/', status, basis, seen) from veha.step_state where tenant = pg_temp.tenant(whose) and step = which $$;

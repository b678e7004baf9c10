-- A region of :tenants organisations below 70 founders, with accounts, ticks and sightings: for plans and benchmarks.
-- Run as the operator in a migrated database with its networks and roadmaps published.
\set ON_ERROR_STOP 1
set client_min_messages = error;
select veha.enter(null, null, null, null, null);

do $$
begin
    perform veha.tenant_add((select id from veha.tenant where kind = 'region'), 'agency', 'Ведомство № ' || n, null, null, null)
       from generate_series(1, 70) n;
end
$$;

-- Organisations in one statement: places are dealt out behind one another, 65 apart.
insert into veha.tenant (parent, place, last, kind, name, short_name, ogrn)
select a.id, a.place + 1 + 65 * (n / 70), a.place + 1 + 65 * (n / 70) + 64, 'organisation',
       'Муниципальное бюджетное общеобразовательное учреждение «Средняя школа № ' || n || '»', 'МБОУ СОШ № ' || n,
       (1026900000000 + n)::text
  from generate_series(0, :tenants - 1) n
  join (select id, place, row_number() over (order by id) - 1 as number from veha.tenant where kind = 'agency') a on a.number = n % 70;

insert into veha.account (tenant, place, network, address, url, source)
select id, place, 'vk', 'club' || id, 'https://vk.com/club' || id, 'register'
  from veha.tenant
 where kind = 'organisation' and id % 10 < 7;
insert into veha.account (tenant, place, network, address, url, source)
select id, place, 'site', 'school' || id || '.example', 'https://school' || id || '.example/', 'register'
  from veha.tenant
 where kind = 'organisation' and id % 10 < 9;

insert into veha.tenant_roadmap (tenant, place, branch, version)
select t.id, t.place, b.branch, (select max(version) from veha.roadmap r where r.branch = b.branch)
  from veha.tenant t
 cross join lateral (select case when t.id % 10 < 7 then 'keep' else 'open' end as branch) b
 where t.kind = 'organisation';

insert into veha.person (login, name) values ('load-admin', 'Нагрузка, администратор'), ('load-specialist', 'Нагрузка, специалист')
    on conflict do nothing;
insert into veha.membership (person, tenant, place, last, role)
select p.id, t.id, t.place, t.last, 'region_admin' from veha.person p, veha.tenant t where p.login = 'load-admin' and t.kind = 'region';
insert into veha.membership (person, tenant, place, last, role)
select p.id, t.id, t.place, t.last, 'specialist'
  from veha.person p, (select * from veha.tenant where kind = 'organisation' order by id offset 5000 limit 10) t
 where p.login = 'load-specialist';

insert into veha.claim (tenant, place, step, person, on_behalf, note)
select s.tenant, s.place, s.step, p.id, false, 'готово'
  from veha.step_state s, veha.person p
 where p.login = 'load-specialist' and s.number <= s.tenant % 12;

-- The database is analysed by its owner afterwards.

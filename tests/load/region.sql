-- A region of :tenants organisations below 70 founders, with accounts, exemptions, ticks and sightings: for plans and benchmarks.
-- Run as the owner in a migrated database with its networks and roadmaps published; it analyses as it goes, as time would.
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

analyze veha.tenant;
insert into veha.account (tenant, place, network, address, url, source)
select id, place, 'vk', 'club' || id, 'https://vk.com/club' || id, 'register'
  from veha.tenant
 where kind = 'organisation' and id % 10 < 7;
insert into veha.account (tenant, place, network, address, url, source)
select id, place, 'site', 'school' || id || '.example', 'https://school' || id || '.example/', 'register'
  from veha.tenant
 where kind = 'organisation' and id % 10 < 9;

-- A sixth needs none.
insert into veha.exemption (tenant, place, ground)
select id, place, 'Приказ № ' || id
  from veha.tenant
 where kind = 'organisation' and id % 10 >= 7 and id % 2 = 0;

analyze veha.account, veha.exemption;
insert into veha.tenant_roadmap (tenant, place, branch, version)
select t.id, t.place, b.branch, (select max(version) from veha.roadmap r where r.branch = b.branch)
  from veha.tenant t
 cross join lateral (select veha.roadmap_branch(t.id, null) as branch) b
 where t.kind = 'organisation';

insert into veha.person (login, name) values ('load-admin', 'Нагрузка, администратор'), ('load-specialist', 'Нагрузка, специалист')
    on conflict do nothing;
insert into veha.membership (person, tenant, place, last, role)
select p.id, t.id, t.place, t.last, 'region_admin' from veha.person p, veha.tenant t where p.login = 'load-admin' and t.kind = 'region';
insert into veha.membership (person, tenant, place, last, role)
select p.id, t.id, t.place, t.last, 'specialist'
  from veha.person p, (select * from veha.tenant where kind = 'organisation' order by id offset 5000 limit 10) t
 where p.login = 'load-specialist';
-- And a specialist to five organisations each.
insert into veha.person (login, name)
select 'load-' || n, 'Нагрузка № ' || n from generate_series(1, :tenants / 5) n;
insert into veha.membership (person, tenant, place, last, role)
select p.id, t.id, t.place, t.last, 'specialist'
  from (select *, row_number() over (order by id) - 1 as number from veha.tenant where kind = 'organisation') t
  join veha.person p on p.login = 'load-' || (t.number / 5 + 1);
-- And one who is invited to each tenth.
insert into veha.invitation (login, name, role, token_hash, expires_at)
select 'guest-' || n || '@example.org', 'Нагрузка, гость № ' || n, 'specialist', 'hash-' || n, veha.now() + interval '7 days' from generate_series(1, :tenants / 10) n;
insert into veha.invitation_tenant (tenant, place, invitation, role)
select t.id, t.place, i.id, i.role
  from (select *, row_number() over (order by id) as number from veha.tenant where kind = 'organisation') t
  join veha.invitation i on i.login = 'guest-' || t.number / 10 || '@example.org' and t.number % 10 = 0;
insert into veha.acknowledgement (person, version) select id, veha.privacy_version() from veha.person where login like 'load-%' on conflict do nothing;
analyze veha.person, veha.membership;
-- Each was told something once, most of it by letter.
insert into veha.outbox (kind, tenant, place, detail)
select 'step_returned', id, place, '{"step": "appoint"}' from veha.tenant where kind = 'organisation' order by id;
insert into veha.letter (kind, person, address, ended_at, outcome)
select 'news', id, login || '@load.example', veha.now(), 'sent' from veha.person where login like 'load-%' order by id;
update veha.notice n set letter = l.id, read_at = veha.now() from veha.letter l where l.person = n.person;
analyze veha.outbox, veha.notice, veha.letter, veha.person;

analyze veha.step_state, veha.step_history, veha.tenant_roadmap;
insert into veha.claim (tenant, place, step, person, on_behalf, note)
select s.tenant, s.place, s.step, p.id, false, 'готово'
  from veha.step_state s, veha.person p
 where p.login = 'load-specialist' and s.number <= s.tenant % 4;

insert into veha.decision (tenant, place, step, person, word, reason)
select k.tenant, k.place, k.step, p.id, 'confirmed', 'видел'
  from veha.claim k, veha.person p
 where p.login = 'load-admin' and k.tenant % 4 = 1;

insert into veha.draft (tenant, place, step, person, note)
select s.tenant, s.place, s.step, p.id, 'почти готово'
  from veha.step_state s, veha.person p
 where p.login = 'load-specialist' and s.number = 4 and s.tenant % 4 < 2;
-- Every other organisation asked once, and was answered.
insert into veha.comment (tenant, place, step, person, own, words)
select s.tenant, s.place, s.step, p.id, p.login = 'load-specialist', 'где взять бланк?'
  from veha.step_state s, veha.person p
 where p.login in ('load-admin', 'load-specialist') and s.number = 1 and s.tenant % 2 = 0;

-- A tenth has a due date of its own, another looked at an account beforehand or holds a file, and each ticked something once.
insert into veha.due_change (tenant, place, step, due_on, person, reason)
select s.tenant, s.place, s.step, s.due_on + 14, p.id, 'каникулы'
  from veha.step_state s, veha.person p
 where p.login = 'load-admin' and s.number = 2 and s.tenant % 10 = 0;
insert into veha.preview (tenant, place, network, address, url, spelling, person, at, finished_at)
select m.tenant, m.place, 'telegram', 'school' || m.tenant, 'https://t.me/school' || m.tenant, '@school' || m.tenant, m.person, a.at, a.at
  from (select veha.now() - interval '2 days' as at) a, veha.membership m
  join veha.person p on p.id = m.person and p.login ~ '^load-[0-9]+$'
 where m.tenant % 10 = 1;
insert into veha.file (tenant, place, step, person, name, kind, bytes, sha256)
select m.tenant, m.place, 'appoint', m.person, 'приказ.pdf', 'pdf', 1000, md5(m.tenant::text) || md5(m.place::text)
  from veha.membership m
  join veha.person p on p.id = m.person and p.login ~ '^load-[0-9]+$'
 where m.tenant % 10 = 2;
insert into veha.file_part (tenant, place, sha256, number, bytes) select tenant, place, sha256, 0, convert_to(repeat('a', bytes), 'UTF8') from veha.file;
insert into veha.event (tenant, place, kind, step, actor, person)
select m.tenant, m.place, 'step_claimed', 'appoint', 'person', m.person
  from veha.membership m
  join veha.person p on p.id = m.person and p.login ~ '^load-[0-9]+$';
analyze veha.due_change, veha.preview, veha.file, veha.file_part, veha.event;

insert into veha.session (person, refresh_hash) select id, 'load-' || id from veha.person;
insert into veha.factor (person, sealed, since) select id, 'sealed', veha.now() from veha.person where login ~ '^load-[0-9]+$';
insert into veha.recovery_code (person, hash) select f.person, f.person || '-' || n from veha.factor f, generate_series(1, 10) n;

-- One look at each account, half a day ago; a fifth of the pages is missing, of which the half was ticked.
insert into veha.job (tenant, place, account, attempts, fence, finished_at)
select tenant, place, id, 1, 1, veha.now() - interval '12 hours' from veha.account;
insert into veha.look (tenant, place, account, job, at, on_demand, state, reading, requests, network_version, rules_version)
select a.tenant, a.place, a.id, j.id, j.finished_at, false, case when a.tenant % 5 = 0 then 'missing' else 'present' end, '{}', '[]', 1, 1
  from veha.account a
  join veha.job j on j.tenant = a.tenant and j.account = a.id;
insert into veha.verdict (tenant, place, look, account, "check", result, reason, facts, at)
select l.tenant, l.place, l.id, l.account, c."check", case when l.state = 'present' then 'passed' else 'failed' end, 'load', '{}', l.at
  from veha.look l
  join veha.account a on a.tenant = l.tenant and a.id = l.account
  join veha.network_check c on c.network = a.network and c.tells <> 'cannot' and c."check" in ('EXIST', 'NAME', 'LINK');
analyze veha.claim, veha.verdict, veha.look;
insert into veha.sighting (tenant, place, account, "check", look, result, reason, facts, at, run_result, run_since, run_last, run_count)
select tenant, place, account, "check", look, result, reason, facts, at, result, at, at, 1 from veha.verdict;

-- Of what fails every tenth is disputed, and a half was once; some verdicts were drawn for a second look.
analyze veha.sighting;
insert into veha.dispute (tenant, place, step, person, reason, said, ending, answer, decider, valid)
select s.tenant, s.place, s.step, p.id, 'не согласны', jsonb_build_array(jsonb_build_object('network', 'vk', 'check', 'EXIST')),
       'rejected', 'страницы нет', p.id, tstzrange(veha.now() - interval '9 days', veha.now() - interval '8 days')
  from veha.step_state s, veha.person p
 where p.login = 'load-admin' and s.number <= 4 and s.tenant % 2 = 0;
insert into veha.dispute (tenant, place, step, person, reason, said)
select s.tenant, s.place, s.step, p.id, 'не согласны', jsonb_build_array(jsonb_build_object('network', 'vk', 'check', 'EXIST'))
  from veha.step_state s, veha.person p
 where p.login = 'load-admin' and s.seen in ('failing', 'failed') and s.tenant % 10 = 0;
insert into veha.sample (tenant, place, account, look, "check", result, reason, facts, state, at, answer, person, answered_at)
select v.tenant, v.place, v.account, v.look, v."check", v.result, v.reason, v.facts, 'present', v.at, 'agreed', p.id, v.at + interval '1 hour'
  from veha.verdict v, veha.person p
 where p.login = 'load-admin' and v.tenant % 7 = 0;
insert into veha.sample (tenant, place, account, look, "check", result, reason, facts, state, at)
select tenant, place, account, look, "check", result, reason, facts, 'present', at from veha.verdict where tenant % 70 = 1;
insert into veha.verdict_count (day, network, "check", part, looks, unknown, blocked)
select veha.today() - n, c.network, c."check", p, 1000, 100, 10 from veha.network_check c, generate_series(0, 59) n, generate_series(0, 3) p;
analyze veha.dispute, veha.sample, veha.verdict_count;

-- Each organisation was read now and then.
insert into veha.access (tenant, place, at, person, session, resource)
select t.id, t.place, veha.now() - n * interval '1 hour', p.id, 1, r.resource
  from veha.tenant t, veha.person p, generate_series(1, 3) n, unnest('{tenant_show,roadmap_show}'::text[]) as r (resource)
 where p.login = 'load-admin';
analyze veha.access;

-- A tenth is to be looked at again.
insert into veha.job (tenant, place, account) select tenant, place, id from veha.account where id % 10 = 0;

-- Of what was told the first part is sealed, as soon as no older transaction (an autovacuum, say) is under way.
do $$ begin while (select count(*) from veha.seal) < least(20000, (select count(*) from veha.event)) loop perform veha.audit_seal(20000), pg_sleep(0.1); end loop; end $$;

analyze;

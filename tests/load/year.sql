-- A year behind a region of region.sql: each step went through two states before the one it is in, and fifty things happened to each organisation.
-- Run as the owner after region.sql.
\set ON_ERROR_STOP 1
set client_min_messages = error;

create function pg_temp.ago(tenant bigint, step text, part int)
returns timestamptz
language sql
as $$
    select date_trunc('day', veha.now())
           - make_interval(days => 1 + 120 * part + (hashtext(tenant || step || part) & 2147483647) % 120, mins => hashtext(step || tenant) & 1023);
$$;

create temp table latest as select * from veha.step_history where upper_inf(valid);
truncate veha.step_history;
update veha.tenant set created_at = created_at - interval '400 days' where kind = 'region';
alter table veha.tenant_roadmap disable trigger user; -- what is asked of a step did not change
update veha.tenant_roadmap set valid = tstzrange(lower(valid) - interval '400 days', null) where upper_inf(valid);
alter table veha.tenant_roadmap enable trigger user;
insert into veha.step_history (tenant, place, step, valid, status, basis, seen, claimed, offset_days, due_on, unverifiable, changed_at)
select l.tenant, l.place, l.step, tstzrange(pg_temp.ago(l.tenant, l.step, x.part), case when x.part > 0 then pg_temp.ago(l.tenant, l.step, x.part - 1) end),
       coalesce(x.status, l.status), case when x.status is null then l.basis end, l.seen, case when x.status is null then l.claimed else x.status = 'claimed' end,
       l.offset_days, l.due_on, l.unverifiable, pg_temp.ago(l.tenant, l.step, x.part)
  from latest l
 cross join (values (2, 'not_started'), (1, 'claimed'), (0, null)) as x (part, status);

truncate veha.step_day;
insert into veha.step_day (tenant, place, day, total, reported, verified, seen, confirmed)
select h.tenant, h.place, (x.at at time zone z.timezone)::date,
       coalesce(sum(x.sign) filter (where h.status <> 'not_applicable'), 0), coalesce(sum(x.sign) filter (where h.claimed and h.status <> 'not_applicable'), 0),
       coalesce(sum(x.sign) filter (where h.status = 'verified'), 0), coalesce(sum(x.sign) filter (where h.status = 'verified' and h.basis in ('account', 'both')), 0),
       coalesce(sum(x.sign) filter (where h.status = 'verified' and h.basis in ('person', 'both')), 0)
  from veha.region z
 cross join veha.step_history h
 cross join lateral (values (lower(h.valid), 1), (upper(h.valid), -1)) as x (at, sign)
 where x.at is not null
 group by 1, 2, 3;

insert into veha.event (at, tenant, place, kind, step, detail, actor)
select veha.now() - make_interval(days => 7 * n, mins => (t.id & 1023)::int), t.id, t.place, 'status_changed', 'appoint', '{}', 'verify'
  from veha.tenant t, generate_series(0, 49) n
 where t.kind = 'organisation';

analyze veha.step_history, veha.step_day, veha.event;

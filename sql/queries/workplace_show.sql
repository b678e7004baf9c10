-- Where a person's day begins: own organisations and tasks in order of urgency; for those who decide, what waits for a word. tenant, status.
with home as (
    select distinct t.id, t.place, coalesce(t.short_name, t.name) as name
      from membership m
      join tenant t on t.place between m.place and m.last and t.closed_at is null
     where m.person = caller() and m.ended_at is null and m.role = 'specialist'
), mine as (
    select * from home where :tenant::bigint is null or id = :tenant::bigint
), task as (
    select p.*, o.name, u.urgency,
           row_number() over (partition by p.status order by u.urgency, p.due_on, p.number, p.tenant) as turn,
           count(*) over (partition by p.status) as alike
      from mine o
      join step_state p on p.tenant = o.id
     cross join lateral (select case when p.status = 'returned' then 0
                                     when p.status = 'contradicted' then 1
                                     when p.status in ('verified', 'not_applicable') then 5
                                     when p.status = 'claimed' then 4
                                     when p.overdue then 2
                                     else 3 end as urgency) u
), shown as materialized (
    select k.status, k.turn, k.alike, k.urgency, k.due_on, k.number, k.tenant,
           jsonb_build_object(
               'tenant', jsonb_build_object('id', k.tenant, 'name', k.name),
               'key', k.step, 'number', k.number, 'title', m.title, 'due_on', k.due_on, 'due', case when k.status <> 'claimed' then due_document(k.due_on) end, 'status', k.status, 'basis', k.basis,
               'seen', k.seen, 'claimed', k.claimed, 'overdue', k.overdue, 'unverifiable', k.unverifiable,
               'decayed', k.decayed, 'seen_early', k.seen_early, 'disputed', k.disputed,
               'returned', (select jsonb_build_object('reason', d.reason, 'who', person_name(d.person), 'at', lower(d.valid))
                              from decision d
                             where d.tenant = k.tenant and d.step = k.step and upper_inf(d.valid) and d.word = 'returned')) as document
      from task k
      join roadmap_step m on m.branch = k.branch and m.version = k.version and m.key = k.step
     where k.turn <= case when :status::text is null then 5 when :status = k.status then 200 else 0 end
), place as materialized (
    select o.id, o.name, c.*, row_number() over (order by c.overdue desc, o.name, o.id) as turn
      from mine o
     cross join lateral (select count(*) filter (where status <> 'not_applicable') as total,
                                count(*) filter (where status = 'verified' and basis in ('account', 'both')) as seen,
                                count(*) filter (where status = 'verified' and basis in ('person', 'both')) as confirmed,
                                count(*) filter (where claimed and status <> 'not_applicable') as reported,
                                count(*) filter (where status not in ('claimed', 'verified', 'not_applicable')) as left,
                                count(*) filter (where overdue) as overdue
                           from step_state
                          where tenant = o.id) c
), waiting as materialized (
    select p.*
      from scope_ranges('step.decide') s
      join step_state p on p.place between s.lo and s.hi
     where p.status = 'claimed'
), pressing as materialized (
    select count(*) filter (where not p.disputed) as contradicted, count(*) filter (where p.disputed) as disputed
      from scope_ranges('step.decide') s
      join step_state p on p.place between s.lo and s.hi
     where (p.status = 'contradicted' or p.disputed) and (select t.closed_at is null from tenant t where t.id = p.tenant)
)
select jsonb_build_object(
           'tenants', (select coalesce(jsonb_agg(jsonb_build_object(
                                  'id', l.id, 'name', l.name, 'total', l.total, 'of', l.total, 'reported', l.reported, 'seen', l.seen, 'confirmed', l.confirmed,
                                  'seen_share', share(l.seen, l.total), 'reported_share', share(l.reported, l.total), 'left', l.left, 'overdue', l.overdue)
                                  order by l.turn), '[]')
                         from place l
                        where l.turn <= 12),
           'tenant_count', (select count(*) from place),
           'more', (select jsonb_build_object('count', count(*), 'left', sum(l.left), 'overdue', sum(l.overdue)) from place l where l.turn > 12 having count(*) > 0),
           'homes', (select coalesce(jsonb_agg(jsonb_build_object('id', h.id, 'name', h.name) order by h.name, h.id), '[]')
                       from (select * from home order by name, id limit 500) h),
           'several', (select count(*) > 1 from home),
           'mixed', (select count(*) > 1 from mine),
           'filter', jsonb_build_object('tenant', (select jsonb_build_object('id', id, 'name', name) from mine where id = :tenant::bigint), 'status', :status),
           'groups', (select coalesce(jsonb_agg(jsonb_build_object(
                                 'status', g.status, 'count', coalesce(k.alike, 0), 'shown', coalesce(k.shown, 0), 'more', k.alike > k.shown,
                                 'done', g.status in ('verified', 'not_applicable'), 'items', coalesce(k.items, '[]')) order by g.turn), '[]')
                        from unnest('{returned,contradicted,not_started,in_progress,claimed,verified,not_applicable}'::text[]) with ordinality as g (status, turn)
                        left join (select status, max(alike) as alike, count(*) as shown, jsonb_agg(document order by turn) as items
                                     from shown
                                    group by status) k on k.status = g.status
                       where :status::text is null or g.status = :status),
           'next', (select document from shown where urgency < 4 order by urgency, due_on, number, tenant limit 1),
           'task_count', (select count(*) from task where urgency < 4),
           'claimed', (select count(*) from task where status = 'claimed'),
           'specialist', exists (select from home),
           'saved', filter_list(),
           'decides', not isempty(scope('step.decide')),
           'pressing', (select to_jsonb(p) from pressing p),
           'overviews', not isempty(scope('overview.read')),
           'waiting', (select coalesce(jsonb_agg(jsonb_build_object(
                                  'tenant', jsonb_build_object('id', w.tenant, 'name', w.name),
                                  'key', w.step, 'number', w.number, 'title', w.title, 'due_on', w.due_on, 'status', w.status, 'seen', w.seen,
                                  'overdue', w.overdue, 'waits', true, 'since', w.changed_at)
                                  order by w.changed_at, w.tenant, w.number), '[]')
                         from (select p.tenant, t.name, p.step, p.number, m.title, p.due_on, p.status, p.seen, p.overdue, p.changed_at
                                 from waiting p
                                 join tenant t on t.id = p.tenant and t.closed_at is null
                                 join roadmap_step m on m.branch = p.branch and m.version = p.version and m.key = p.step
                                where 'MAN' = any (m.checks)
                                order by p.changed_at, p.tenant, p.number
                                limit 50) w))
 where :tenant::bigint is null or exists (select from mine)

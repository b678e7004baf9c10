-- Where a person's day begins: own organisations and tasks in order of urgency; for those who decide, what waits for a word.
with mine as (
    select distinct t.id, t.place, t.name, t.short_name
      from membership m
      join tenant t on t.place between m.place and m.last and t.closed_at is null
     where m.person = caller() and m.ended_at is null and m.role = 'specialist'
), task as (
    select p.*, m.title, o.name as tenant_name,
           case when p.status = 'returned' then 0
                when p.status = 'contradicted' then 1
                when p.overdue then 2
                when p.status in ('not_started', 'in_progress') then 3
                else 4 end as urgency
      from mine o
      join step_state p on p.tenant = o.id
      join roadmap_step m on m.branch = p.branch and m.version = p.version and m.key = p.step
     where p.status not in ('verified', 'not_applicable') or p.seen_early
), waiting as materialized (
    select p.*
      from scope_ranges('step.decide') s
      join step_state p on p.place between s.lo and s.hi
     where p.status = 'claimed'
)
select jsonb_build_object(
           'tenants', (select coalesce(jsonb_agg(jsonb_build_object(
                                  'id', o.id, 'name', o.name, 'short_name', o.short_name,
                                  'total', c.total, 'reported', c.reported, 'seen', c.seen, 'confirmed', c.confirmed, 'overdue', c.overdue)
                                  order by o.name, o.id), '[]')
                         from mine o
                        cross join lateral (select count(*) filter (where status <> 'not_applicable') as total,
                                                   count(*) filter (where status = 'verified' and basis in ('account', 'both')) as seen,
                                                   count(*) filter (where status = 'verified' and basis in ('person', 'both')) as confirmed,
                                                   count(*) filter (where claimed and status <> 'not_applicable') as reported,
                                                   count(*) filter (where overdue) as overdue
                                              from step_state
                                             where tenant = o.id) c),
           'tasks', (select coalesce(jsonb_agg(jsonb_build_object(
                                'tenant', jsonb_build_object('id', k.tenant, 'name', k.tenant_name),
                                'key', k.step, 'number', k.number, 'title', k.title, 'due_on', k.due_on, 'status', k.status, 'basis', k.basis,
                                'seen', k.seen, 'claimed', k.claimed, 'overdue', k.overdue, 'unverifiable', k.unverifiable,
                                'decayed', k.decayed, 'seen_early', k.seen_early, 'disputed', k.disputed,
                                'reason', (select d.reason from decision d
                                            where d.tenant = k.tenant and d.step = k.step and upper_inf(d.valid) and d.word = 'returned'))
                                order by k.urgency, k.due_on, k.number, k.tenant), '[]')
                       from (select * from task order by urgency, due_on, number, tenant limit 200) k),
           'task_count', (select count(*) from task),
           'saved', filter_list(),
           'specialist', exists (select from mine),
           'decides', not isempty(scope('step.decide')),
           'overviews', not isempty(scope('overview.read')),
           'waiting', (select coalesce(jsonb_agg(jsonb_build_object(
                                  'tenant', jsonb_build_object('id', w.tenant, 'name', w.name),
                                  'key', w.step, 'number', w.number, 'title', w.title, 'due_on', w.due_on, 'status', w.status, 'seen', w.seen,
                                  'overdue', w.overdue, 'since', w.changed_at)
                                  order by w.changed_at, w.tenant, w.number), '[]')
                         from (select p.tenant, t.name, p.step, p.number, m.title, p.due_on, p.status, p.seen, p.overdue, p.changed_at
                                 from waiting p
                                 join tenant t on t.id = p.tenant and t.closed_at is null
                                 join roadmap_step m on m.branch = p.branch and m.version = p.version and m.key = p.step
                                where 'MAN' = any (m.checks)
                                order by p.changed_at, p.tenant, p.number
                                limit 50) w))

-- The region's deadline, how it came about, and what another one would move; whoever has a part of the region sees it and may move nothing. deadline (the day
-- that is tried).
with right_over as materialized (
    select exists (select from tenant where kind = 'region' and place <@ (select scope('deadline.change'))) as can
), moves as materialized (
    select * from deadline_moves(:deadline::date) where :deadline::date is not null and exists (select from right_over where can)
)
select jsonb_build_object(
           'version', z.version, 'deadline', z.deadline, 'filed', z.deadline_filed, 'moved', z.deadline <> z.deadline_filed, 'passed', z.deadline < today(),
           'can', jsonb_build_object('change', r.can),
           'history', (select coalesce(jsonb_agg(event_document(v) order by v.id desc), '[]')
                         from (select * from event where tenant = t.id and kind = 'deadline_changed' order by id desc limit 50) v),
           'tried', case when r.can and :deadline::date is not null then jsonb_build_object(
               'deadline', :deadline::date, 'same', :deadline::date = z.deadline, 'passed', :deadline::date < today(),
               'good', :deadline::date <> z.deadline and :deadline::date >= today(),
               'later', :deadline::date > z.deadline, 'distance', abs(:deadline::date - z.deadline),
               'counts', (select jsonb_build_object('steps', count(*), 'tenants', count(distinct tenant), 'begins', count(*) filter (where begins),
                                                    'stops', count(*) filter (where stops),
                                                    'kept', (select count(*) from due_change u where upper_inf(u.valid))) from moves),
               'steps', (select coalesce(jsonb_agg(jsonb_build_object('key', s.step, 'title', m.title, 'number', m.number, 'branch', s.branch, 'from', s.due_from, 'to', s.due_to,
                                                                      'tenants', s.tenants, 'begins', s.begins, 'stops', s.stops)
                                                   order by m.number, s.branch, s.version, s.due_from), '[]')
                           from (select step, branch, version, due_from, due_to, count(*) as tenants, count(*) filter (where begins) as begins,
                                        count(*) filter (where stops) as stops
                                   from moves group by step, branch, version, due_from, due_to) s
                           join roadmap_step m on m.branch = s.branch and m.version = s.version and m.key = s.step),
               'items', (select coalesce(jsonb_agg(jsonb_build_object('tenant', jsonb_build_object('id', o.id, 'name', o.name), 'steps', f.steps,
                                                                      'begins', f.begins, 'stops', f.stops) order by o.name, o.id), '[]')
                           from (select o.id, o.name, count(*) as steps, count(*) filter (where v.begins) as begins, count(*) filter (where v.stops) as stops
                                   from moves v
                                   join tenant o on o.id = v.tenant
                                  group by o.id, o.name
                                  order by count(*) filter (where v.begins or v.stops) desc, o.name, o.id
                                  limit 20) f
                           join tenant o on o.id = f.id)) end)
  from region z
 cross join right_over r
  left join tenant t on t.kind = 'region'

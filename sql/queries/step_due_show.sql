-- The due date of a step, and what another one would move. id, key, due_on (the day that is tried).
select step_document(p, m) || jsonb_build_object(
           'tenant', jsonb_build_object('id', t.id, 'name', t.name),
           'usual', step_usual_due(p),
           'deadline', z.deadline,
           'own', (select jsonb_build_object('due_on', u.due_on, 'reason', u.reason, 'who', person_name(u.person), 'at', lower(u.valid))
                     from due_change u
                    where u.tenant = p.tenant and u.step = p.step and upper_inf(u.valid)),
           'past', (select coalesce(jsonb_agg(jsonb_build_object('due_on', u.due_on, 'reason', u.reason, 'who', person_name(u.person), 'at', lower(u.valid),
                                                                 'until', upper(u.valid)) order by u.id desc), '[]')
                      from due_change u
                     where u.tenant = p.tenant and u.step = p.step and not upper_inf(u.valid)),
           'tried', case when :due_on::date is not null then (select jsonb_build_object(
                        'due_on', d.day, 'same', d.day = p.due_on, 'passed', d.day < today(), 'days', d.day - p.due_on, 'later', d.day > p.due_on, 'distance', abs(d.day - p.due_on),
                        'begins', not p.overdue and f.awaited and d.day < today(), 'stops', p.overdue and d.day >= today(), 'beyond', d.day > z.deadline,
                        'good', d.day <> p.due_on and d.day >= today(),
                        'earlier', (select coalesce(jsonb_agg(jsonb_build_object('key', o.step, 'title', om.title, 'due_on', o.due_on) order by o.number), '[]')
                                      from step_state o
                                      join roadmap_step om on om.branch = o.branch and om.version = o.version and om.key = o.step
                                     where o.tenant = p.tenant and p.step = any (om.depends_on) and o.due_on < d.day and o.status not in ('verified', 'not_applicable')))
                   from (select :due_on::date as day) d, (select p.status not in ('verified', 'not_applicable') as awaited) f) end)
  from step_state p
  join tenant t on t.id = p.tenant and t.closed_at is null
  join roadmap_step m on m.branch = p.branch and m.version = p.version and m.key = p.step
 cross join region z
 where p.tenant = :id::bigint and p.step = :key and p.status <> 'not_applicable'
   and p.place <@ (select scope('step.decide'))

-- Organisations that were chosen in a list, and what may be done to them at once: {items, count, missing, people, steps, returnable, list}. tenants: JSON array; chosen: these are all, and one at least; list: the filters of that list.
with asked as materialized (
    select unnest(case when :chosen::boolean then bulk_some(:tenants::jsonb) else bulk_chosen(coalesce(:tenants, '[]')::jsonb) end) as id
), chosen as materialized (
    select t as row, t.id, t.place, t.name from asked a cross join lateral call_tenant(a.id) t where t.id is not null
), sent as materialized (
    select p.step, m.title, min(p.number) as number, count(*) as count
      from chosen c
      join step_state p on p.tenant = c.id and p.status in ('claimed', 'contradicted', 'verified')
      join roadmap_step m on m.branch = p.branch and m.version = p.version and m.key = p.step
     where p.place <@ (select scope('step.decide'))
     group by p.step, m.title
), named as materialized (
    select distinct m.person
      from chosen c
      join membership m on c.place between m.place and m.last and m.ended_at is null
      join role_capability r on r.role = m.role and r.capability = 'call.keep'
)
select jsonb_build_object(
           'items', (select coalesce(jsonb_agg(jsonb_build_object(
                                'id', c.id, 'name', c.name, 'contact', contact_document(c.row),
                                'assigned', (select person_name(g.keeper) from assignment g where g.tenant = c.id and upper_inf(g.valid)),
                                'reminded', exists (select from reminder r where r.tenant = c.id and r.today = today()),
                                'next', (select jsonb_build_object('key', n.step, 'title', m.title, 'status', n.status, 'due_on', n.due_on, 'overdue', n.overdue, 'waits', n.status = 'claimed')
                                           from step_next(c.id) n
                                           join roadmap_step m on m.branch = n.branch and m.version = n.version and m.key = n.step))
                                order by c.name, c.id), '[]')
                       from chosen c),
           'count', (select count(*) from chosen),
           'missing', (select count(*) from asked) - (select count(*) from chosen),
           'people', (select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name, 'me', p.id = caller()) order by p.id = caller() desc, p.name, p.id), '[]')
                        from named n
                        join person p on p.id = n.person and p.disabled_at is null),
           'steps', (select coalesce(jsonb_agg(jsonb_build_object('key', s.step, 'title', s.title, 'count', s.count) order by s.number, s.step), '[]')
                       from (select distinct on (step) * from sent order by step, count desc) s),
           'returnable', exists (select from sent),
           'list', coalesce(:list::text, 'limit=50'))

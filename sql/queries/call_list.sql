-- The calls to one organisation, newest first, and what the next one needs: {tenant, version, contact, assigned, next_step, can, items, next}. id, cursor, limit.
with numbered as (
    select c as row, c.number, row_number() over (order by c.number desc) as rank
      from call c
     where c.tenant = :id::bigint
       and (:cursor::text is null or c.number < (cursor_read(:cursor)->>0)::int)
     order by c.number desc
     limit coalesce(:limit::int, 50) + 1
)
select jsonb_build_object(
           'tenant', jsonb_build_object('id', t.id, 'name', t.name, 'short_name', t.short_name),
           'version', (select coalesce(max(c.number), 0) from call c where c.tenant = t.id),
           'contact', contact_document(t),
           'assigned', (select jsonb_build_object('id', g.keeper, 'name', person_name(g.keeper), 'me', g.keeper = caller())
                          from assignment g
                         where g.tenant = t.id and upper_inf(g.valid)),
           'next_step', (select jsonb_build_object('key', n.step, 'title', m.title, 'status', n.status, 'due_on', n.due_on, 'overdue', n.overdue)
                           from step_next(t.id) n
                           join roadmap_step m on m.branch = n.branch and m.version = n.version and m.key = n.step),
           'can', jsonb_build_object('note', (call_tenant(t.id)).id is not null),
           'items', (select coalesce(jsonb_agg(call_document(n.row) order by n.rank), '[]') from numbered n where n.rank <= coalesce(:limit::int, 50)),
           'next', (select cursor_print(jsonb_build_array(n.number))
                      from numbered n
                     where n.rank = coalesce(:limit::int, 50) and exists (select from numbered m where m.rank > n.rank)))
  from tenant t
 where t.id = :id::bigint and t.place <@ (select scope('call.keep'))

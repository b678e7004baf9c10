-- What happened to a tenant, newest first. id, cursor, limit.
with numbered as (
    select v as row, row_number() over (order by v.id desc) as number
      from event v
     where v.tenant = :id::bigint
       and (:cursor::text is null or v.id < (cursor_read(:cursor)->>0)::bigint)
     order by v.id desc
     limit coalesce(:limit::int, 50) + 1
)
select jsonb_build_object(
           'tenant', jsonb_build_object('id', t.id, 'name', t.name),
           'items', (select coalesce(jsonb_agg(event_document(n.row) order by n.number), '[]') from numbered n where n.number <= coalesce(:limit::int, 50)),
           'next', (select cursor_print(jsonb_build_array((n.row).id))
                      from numbered n
                     where n.number = coalesce(:limit::int, 50)
                       and exists (select from numbered m where m.number > n.number)))
  from tenant t
 where t.id = :id::bigint

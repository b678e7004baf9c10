-- What a person did where the caller manages people and may read, newest first. id, cursor, limit.
with numbered as materialized (
    select v as row, t.name, row_number() over (order by v.id desc) as number
      from event v
      join tenant t on t.id = v.tenant
     where v.person = :id::bigint
       and v.place <@ (select scope('person.manage'))
       and (:cursor::text is null or v.id < (cursor_read(:cursor)->>0)::bigint)
     order by v.id desc
     limit coalesce(:limit::int, 50) + 1
)
select jsonb_build_object(
           'person', jsonb_build_object('id', p.id, 'name', p.name),
           'items', (select coalesce(jsonb_agg(event_document(n.row) || jsonb_build_object('tenant', jsonb_build_object('id', (n.row).tenant, 'name', n.name))
                                               order by n.number), '[]')
                       from numbered n where n.number <= coalesce(:limit::int, 50)),
           'next', (select cursor_print(jsonb_build_array((n.row).id))
                      from numbered n
                     where n.number = coalesce(:limit::int, 50)
                       and exists (select from numbered m where m.number > n.number)))
  from person p
 where p.id = :id::bigint
   and exists (select from membership m where m.person = p.id and m.ended_at is null and m.place <@ (select scope('person.manage')))

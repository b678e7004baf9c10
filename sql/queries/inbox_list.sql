-- What the caller was told, newest first. cursor, limit.
with numbered as (
    select o as row, n.read_at, row_number() over (order by n.outbox desc) as number
      from notice n
      join outbox o on o.id = n.outbox
     where n.person = caller()
       and (:cursor::text is null or n.outbox < (cursor_read(:cursor)->>0)::bigint)
     order by n.outbox desc
     limit coalesce(:limit::int, 50) + 1
)
select jsonb_build_object(
           'email', (select email from person where id = caller()),
           'unread', (select count(*) from notice n join outbox o on o.id = n.outbox where n.person = caller() and n.read_at is null),
           'items', (select coalesce(jsonb_agg(notice_document(n.row) || jsonb_build_object('read_at', n.read_at) order by n.number), '[]')
                       from numbered n
                      where n.number <= coalesce(:limit::int, 50)),
           'next', (select cursor_print(jsonb_build_array((n.row).id))
                      from numbered n
                     where n.number = coalesce(:limit::int, 50)
                       and exists (select from numbered m where m.number > n.number)))

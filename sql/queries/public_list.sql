-- Organisations and their official accounts, by name: {items, next, filter}. For everybody.
-- search: words of a name in any form, ИНН or ОГРН, or an account's address, found by its one form (address); cursor, limit: keyset by (name, id).
with page as materialized (
    select p.id, p.name, row_number() over (order by p.name, p.id) as number
      from (select cursor_read(:cursor) as value) c
     cross join lateral public_page(:search::text, :address::text, c.value->>0, (c.value->>1)::bigint, coalesce(:limit::int, 50) + 1) p
)
select jsonb_build_object(
           'items', coalesce(jsonb_agg(public_document(p.id) order by p.number) filter (where p.number <= coalesce(:limit::int, 50)), '[]'),
           'next', (select cursor_print(jsonb_build_array(l.name, l.id))
                      from page l
                     where l.number = coalesce(:limit::int, 50)
                       and exists (select from page m where m.number > l.number)),
           'filter', jsonb_build_object('search', :search::text))
  from page p

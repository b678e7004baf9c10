-- Official accounts, a line each, and a line without one of whoever has none, by the name of their organisation: {items, next}. For everybody.
-- search, address, cursor, limit: as of public_list; the limit counts organisations.
with page as materialized (
    select p.id, p.name, row_number() over (order by p.name, p.id) as number
      from (select cursor_read(:cursor) as value) c
     cross join lateral public_page(:search::text, :address::text, c.value->>0, (c.value->>1)::bigint, coalesce(:limit::int, 50) + 1) p
), line as (
    select p.number, a.number as account, d.document - 'accounts' - 'id' || jsonb_build_object('tenant', p.id)
                                          || coalesce(a.document, '{"network": null, "title": null, "url": null, "seen": null}') as document
      from page p
     cross join lateral (select public_document(p.id) as document) d
      left join lateral jsonb_array_elements(d.document->'accounts') with ordinality as a (document, number) on true
     where p.number <= coalesce(:limit::int, 50)
)
select jsonb_build_object(
           'items', (select coalesce(jsonb_agg(l.document order by l.number, l.account), '[]') from line l),
           'next', (select cursor_print(jsonb_build_array(l.name, l.id))
                      from page l
                     where l.number = coalesce(:limit::int, 50)
                       and exists (select from page m where m.number > l.number)))

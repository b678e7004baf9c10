-- Who read and who changed a tenant, newest first, for whoever may ask that there. id, deed, person, since, until, cursor, limit.
with asked as materialized (
    select t.id, t.name,
           coalesce(:since::date::timestamp at time zone r.timezone, '-infinity') as since,
           coalesce((:until::date + 1)::timestamp at time zone r.timezone, 'infinity') as until,
           coalesce((c.key->>0)::timestamptz, 'infinity') as at, coalesce(c.key->>1, 'z') as deed,
           coalesce((c.key->>2)::bigint, 0) as number, coalesce((c.key->>3)::bigint, 0) as session, coalesce(c.key->>4, '') as resource
      from scope_ranges('audit.read') s
      join tenant t on t.id = :id::bigint and t.place between s.lo and s.hi
     cross join region r
     cross join (select case when :cursor::text is not null then cursor_read(:cursor) end as key) c
), found as materialized (
    -- Each of the two kinds by itself and along its index, so that a page of a long list costs no more than one of a short one.
    select f.*
      from asked a,
           lateral ((select v.at, 'change' as deed, v.id as key, 0::bigint as session, '' as resource, v.person, v.actor, v.address, v as event
                       from event v
                      where v.tenant = a.id and v.actor <> 'verify' and v.at >= a.since and v.at < a.until and v.at <= a.at
                        and (:deed::text is null or :deed = 'change')
                        and (:person::bigint is null or v.person = :person::bigint)
                        and (v.at, 'change', v.id) < (a.at, a.deed, a.number)
                      order by v.at desc, v.id desc
                      limit coalesce(:limit::int, 50) + 1)
                    union all
                    (select x.at, 'read', x.person, x.session, x.resource, x.person, 'person', x.address, null
                       from access x
                      where x.tenant = a.id and x.at >= a.since and x.at < a.until and x.at <= a.at
                        and (:deed::text is null or :deed = 'read')
                        and (:person::bigint is null or x.person = :person::bigint)
                        and (x.at, 'read', x.person, x.session, x.resource) < (a.at, a.deed, a.number, a.session, a.resource)
                      order by x.at desc, x.person desc, x.session desc, x.resource desc
                      limit coalesce(:limit::int, 50) + 1)) f
), numbered as materialized (
    select f.*, row_number() over (order by f.at desc, f.deed desc, f.key desc, f.session desc, f.resource desc) as number from found f
)
select jsonb_build_object(
           'tenant', jsonb_build_object('id', a.id, 'name', a.name),
           'filter', jsonb_build_object('deed', :deed, 'person', :person::bigint, 'since', :since::date, 'until', :until::date,
                                        'who', (select person_name(n.person) from numbered n where n.person = :person::bigint limit 1)),
           'items', (select coalesce(jsonb_agg(jsonb_build_object(
                                'at', n.at, 'deed', n.deed, 'resource', nullif(n.resource, ''), 'kind', v.document->'kind', 'person', n.person, 'who', person_name(n.person),
                                'actor', n.actor, 'address', host(n.address), 'step', v.document->'step', 'step_title', v.document->'step_title',
                                'account', v.document->'account', 'reason', v.document->'reason', 'detail', v.document->'detail')
                                order by n.number), '[]')
                       from numbered n
                       left join lateral (select event_document(n.event) as document where n.deed = 'change') v on true
                      where n.number <= coalesce(:limit::int, 50)),
           'next', (select cursor_print(jsonb_build_array(n.at, n.deed, n.key, n.session, n.resource))
                      from numbered n
                     where n.number = coalesce(:limit::int, 50)
                       and exists (select from numbered m where m.number > n.number)))
  from asked a

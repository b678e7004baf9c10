-- What the forms of a tenant's life offer: itself, and where it could go. id.
select jsonb_build_object(
           'id', t.id,
           'version', t.version,
           'name', t.name,
           'short_name', t.short_name,
           'kind', t.kind,
           'inn', t.inn,
           'ogrn', t.ogrn,
           'parent', t.parent,
           'closed_at', t.closed_at,
           'can', jsonb_build_object('change', t.closed_at is null and t.place <@ (select scope('tenant.change')),
                                     'move', t.parent is not null and t.place <@ (select scope('tenant.move'))),
           'parents', (select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name, 'chosen', p.id = t.parent) order by p.name, p.id), '[]')
                         from (select u.id, u.name
                                 from scope_ranges('tenant.move') s
                                 join tenant u on u.place between s.lo and s.hi
                                where u.closed_at is null and u.kind <> 'organisation' and not u.place between t.place and t.last
                                order by u.name, u.id
                                limit 500) p),
           'siblings', (select coalesce(jsonb_agg(jsonb_build_object('id', b.id, 'name', b.name) order by b.name, b.id), '[]')
                          from (select id, name
                                  from tenant
                                 where parent = t.parent and id <> t.id and closed_at is null
                                 order by name, id
                                 limit 500) b))
  from tenant t
 where t.id = :id::bigint

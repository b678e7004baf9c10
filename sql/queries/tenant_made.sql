-- What tenant_create has just made.
select jsonb_build_object('id', t.id, 'version', t.version, 'name', t.name, 'kind', t.kind, 'inn', t.inn, 'ogrn', t.ogrn, 'parent', t.parent)
  from tenant t
 where t.id = setting('made')::bigint

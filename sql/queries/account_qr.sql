-- An account as a poster tells it. id, account.
select jsonb_build_object(
           'tenant', jsonb_build_object('id', t.id, 'name', t.name, 'short_name', t.short_name),
           'account', jsonb_build_object('id', a.id, 'network', a.network, 'network_title', n.title, 'social', n.social, 'address', a.address, 'url', a.url,
                                         -- as one types it from a wall
                                         'typed', regexp_replace(a.url, '^https?://|/$', '', 'g'), 'title', a.title, 'state', a.state, 'contested', a.contested))
  from account a
  join tenant t on t.id = a.tenant
  join network n on n.code = a.network
 where a.tenant = :id::bigint and a.id = :account::bigint and upper_inf(a.valid)

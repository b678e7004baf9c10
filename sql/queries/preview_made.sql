-- What preview_request has just made. id.
select jsonb_build_object('id', p.id, 'network', p.network, 'address', p.address, 'url', p.url, 'at', p.at, 'open', p.finished_at is null)
  from preview p
 where p.tenant = :id::bigint and p.id = setting('made')::bigint

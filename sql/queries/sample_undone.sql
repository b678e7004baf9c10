-- The sample after it, and where it stands in the queue again. id, sample.
select jsonb_build_object('id', x.tenant, 'sample', x.id, 'check', x."check", 'result', x.result, 'cursor', queue_before('sample', x.tenant, x.at))
  from sample x
 where x.tenant = :id::bigint and x.id = :sample::bigint

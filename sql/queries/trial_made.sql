-- What trial_create has just made.
select jsonb_build_object('id', r.id, 'branch', r.branch, 'version', (r.document->>'version')::int, 'state', r.state, 'created_at', r.created_at)
  from trial r
 where r.id = setting('made')::bigint

-- The step after it, and where it stands in the queue again. id, key, queue.
select jsonb_build_object(
           'id', p.tenant, 'key', p.step, 'status', p.status, 'disputed', p.disputed, 'version', p.revision,
           'cursor', queue_before(:queue::text, p.tenant,
                                  case :queue::text when 'dispute' then (select lower(d.valid) from dispute d where d.tenant = p.tenant and d.step = p.step and upper_inf(d.valid))
                                                    else p.changed_at end))
  from step_state p
 where p.tenant = :id::bigint and p.step = :key

-- Ticks a step with what its draft holds. id, key, version.
select to_jsonb(step_send(:id::bigint, :key, :version::int))

-- Writes to the other side about a step. id, key, comment, version.
select to_jsonb(step_comment(:id::bigint, :key, :comment, :version::int))

-- Contests what a look says of a step. id, key, reason, link, version.
select to_jsonb(step_dispute(:id::bigint, :key, :reason, :link, :version::int))

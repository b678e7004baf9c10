-- Ticks a step. id, key, note, link, version.
select to_jsonb(step_claim(:id::bigint, :key, :note, :link, :version::int))

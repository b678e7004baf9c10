-- Keeps evidence without ticking. id, key, note, link, version.
select to_jsonb(step_draft(:id::bigint, :key, :note, :link, :version::int))

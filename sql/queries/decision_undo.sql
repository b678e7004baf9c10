-- Takes the caller's last word on a step back. id, key, version.
select to_jsonb(decision_undo(:id::bigint, :key, :version::int))

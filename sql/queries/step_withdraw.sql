-- Takes a tick back. id, key, reason, version.
select to_jsonb(step_withdraw(:id::bigint, :key, :reason, :version::int))

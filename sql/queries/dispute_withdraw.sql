-- Takes a dispute back. id, key, reason, version.
select to_jsonb(dispute_withdraw(:id::bigint, :key, :reason, :version::int))

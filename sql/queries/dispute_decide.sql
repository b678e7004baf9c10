-- A curator's word on a dispute. id, key, outcome, reason, until, version.
select to_jsonb(dispute_decide(:id::bigint, :key, :outcome, :reason, :until::date, :version::int))

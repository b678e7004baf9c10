-- A curator's word on a step. id, key, word, reason, until, version.
select to_jsonb(step_decide(:id::bigint, :key, :word, :reason, :until::date, :version::int))

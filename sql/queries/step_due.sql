-- Gives a step of one tenant a due date of its own, or, without a day, the roadmap's again. id, key, due_on, reason, version.
select to_jsonb(step_due(:id::bigint, :key, :due_on::date, :reason, :version::int))

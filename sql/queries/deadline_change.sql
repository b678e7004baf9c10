-- Moves the region's deadline, and with it all steps that have no due date of their own. deadline, reason, version.
select to_jsonb(deadline_change(:deadline::date, :reason, :version::int))

-- Lets in again whoever was disabled or idle. id, reason, version.
select to_jsonb(person_enable(:id::bigint, :reason, :version::int))

-- Shuts a person out and ends their sessions. id, reason, version.
select to_jsonb(person_disable(:id::bigint, :reason, :version::int))

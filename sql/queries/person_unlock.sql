-- Forgives the attempts to sign in as a person. id, version.
select to_jsonb(person_unlock(:id::bigint, :version::int))

-- Gives all that a person does in the caller's scope to another. id, to: login, reason, version.
select to_jsonb(person_hand_over(:id::bigint, :to, :reason, :version::int))

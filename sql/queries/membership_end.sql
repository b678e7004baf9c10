-- Takes a role away. id, membership, reason, version.
select to_jsonb(membership_end(:id::bigint, :membership::bigint, :reason, :version::int))

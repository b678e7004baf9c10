-- Takes an invitation back. id, reason, version.
select to_jsonb(invitation_revoke(:id::bigint, :reason, :version::int))

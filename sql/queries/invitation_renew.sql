-- New tokens in place of old ones. wanted: [{id, hash, link}]; days, version.
select to_jsonb(invitation_renew(:wanted::jsonb, :days::int, :version::int))

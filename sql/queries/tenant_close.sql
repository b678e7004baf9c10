-- Closes a tenant. id, reason, version.
select to_jsonb(tenant_close(:id::bigint, :reason, :version::int))

-- Merges a tenant into another. id, into, reason, version.
select to_jsonb(tenant_merge(:id::bigint, :into::bigint, :reason, :version::int))

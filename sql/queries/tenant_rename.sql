-- Gives a tenant another name. id, name, short_name, reason, version.
select to_jsonb(tenant_rename(:id::bigint, :name, :short_name, :reason, :version::int))

-- Moves a tenant with all below it under another parent. id, parent, reason, version.
select to_jsonb(tenant_move(:id::bigint, :parent::bigint, :reason, :version::int))

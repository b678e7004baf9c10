-- Asks for a look at every account of a tenant now. id, version: of the tenant.
select to_jsonb(look_request(:id::bigint))
  from (select tenant_seen(:id::bigint, :version::int)) seen

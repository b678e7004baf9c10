-- Registers an account; its address was canonicalised before. id, network, key, url, address (as given), version: of the tenant.
select to_jsonb(account_add(:id::bigint, :network, :key, :url, :address))
  from (select tenant_seen(:id::bigint, :version::int)) seen

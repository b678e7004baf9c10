-- Registers an account; its address was canonicalised before. id, network, key, url, address (as given).
select to_jsonb(account_add(:id::bigint, :network, :key, :url, :address))

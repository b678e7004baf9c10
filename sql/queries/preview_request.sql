-- Asks what an address is, before anybody registers it; it was canonicalised before. id, network, key, url, address (as given).
select to_jsonb(preview_request(:id::bigint, :network, :key, :url, :address))

-- Asks for a look at every account of a tenant now. id.
select to_jsonb(look_request(:id::bigint))

-- Reminds the specialists of many organisations, each once a day. tenants: JSON array; words.
select to_jsonb(bulk_remind(:tenants::jsonb, :words))

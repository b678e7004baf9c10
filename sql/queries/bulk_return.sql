-- Returns one step of many organisations with one reason. tenants: JSON array; step, reason.
select to_jsonb(bulk_return(:tenants::jsonb, :step, :reason))

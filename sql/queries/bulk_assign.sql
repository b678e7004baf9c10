-- Says who sees to many organisations. tenants: JSON array; person: nobody any more when left out.
select to_jsonb(bulk_assign(:tenants::jsonb, :person::bigint))

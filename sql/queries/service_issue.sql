-- A program that may call, from now on for so many days: {service, tenant_name, expires_at}. name, tenant ({id} or {ogrn}; null: the region), capabilities, hash, days.
select service_issue(:name::text, :tenant::jsonb, array(select jsonb_array_elements_text(:capabilities::jsonb)), :hash::text, :days::int)

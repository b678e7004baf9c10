-- What the access token of a program says: {service, name, tenant, capabilities, expires_at}, or {refused}. hash (of its secret).
select service_open(:hash::text)

-- Keeps who read what of a tenant: [{tenant, at, person, session, resource, address}]. batch.
select to_jsonb(access_note(:batch::jsonb))

-- Tells that a list with people's data left as a table. resource, id: the tenant, if one.
select export_note(:resource::text, :id::bigint)

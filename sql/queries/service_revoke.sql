-- A program may call no more: {service}. name.
select service_revoke(:name::text)

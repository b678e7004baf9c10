-- Mends a tenant's ИНН or ОГРН. id, inn, ogrn, reason, version.
select to_jsonb(tenant_mend(:id::bigint, :inn, :ogrn, :reason, :version::int))

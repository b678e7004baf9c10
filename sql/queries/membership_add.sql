-- Gives a person a role at a tenant, named by its number here or by ОГРН or ИНН. id, tenant, organisation, role, version.
select to_jsonb(membership_add(:id::bigint, :tenant::bigint, :organisation, :role, :version::int))

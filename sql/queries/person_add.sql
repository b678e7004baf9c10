-- A person with a role at some tenants, made by the operator; tenants: [{"id" or "ogrn"}]. → {"person", "tenants": [{"id", "name"}]}
select veha.person_add(:login::text, :name::text, :locale::text, :hash::text, :role::text, :tenants::jsonb)

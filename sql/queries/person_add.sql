-- A person with a first membership, made by the operator. → {"person", "tenant", "tenant_name"}
select veha.person_add(:login::text, :name::text, :locale::text, :hash::text, :role::text, :tenant::bigint, :ogrn::text)

-- A person with a role at some tenants, made by the operator; tenants: [{"id" or "ogrn"}]; informed: of personal data, on paper. → {"person", "tenants": [{"id", "name"}]}
select veha.person_add(:login::text, :name::text, :locale::text, :hash::text, :role::text, :tenants::jsonb, :email::text, :informed::boolean)

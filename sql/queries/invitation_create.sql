-- Invites somebody. login, name, role, tenants: [id], organisations: [ОГРН or ИНН], hash, link, days.
select to_jsonb(invitation_create(:login, :name, :role, coalesce(:tenants::jsonb, '[]'), coalesce(:organisations::jsonb, '[]'), :hash, :link, :days::int))

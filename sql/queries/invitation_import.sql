-- Invites many: rows, each {line, number, login, name, role, organisations: [{line, number}], hash, link}; days. → what became of each
select veha.invitation_rows(:rows::jsonb, :days::int)

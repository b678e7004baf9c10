-- Erases a person; what they did stays, done by a pseudonym. → {"person", "name"}. login, reason.
select person_erase(:login::text, :reason::text)

-- Forgets the bytes of files that were removed and never claimed. days, most.
select jsonb_build_object('forgotten', file_forget(:days::int, :most::int))

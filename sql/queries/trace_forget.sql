-- Forgets sessions, kept answers and finished trials of more than so many days ago, at most `most`; {forgotten: count}. days, most.
select jsonb_build_object('forgotten', trace_forget(:days::int, :most::int))

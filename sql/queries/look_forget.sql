-- Forgets looks made more than so many days ago, with their verdicts, at most `most`; {forgotten: count}. days, most.
select jsonb_build_object('forgotten', look_forget(:days::int, :most::int))

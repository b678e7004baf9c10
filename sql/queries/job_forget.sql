-- Forgets jobs finished more than so many days ago, at most `most`; {forgotten: count}. days, most.
select jsonb_build_object('forgotten', job_forget(:days::int, :most::int))

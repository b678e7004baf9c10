-- Forgets who read what more than so many days ago, at most `most`; {forgotten: count}. days, most.
select jsonb_build_object('forgotten', access_forget(:days::int, :most::int))

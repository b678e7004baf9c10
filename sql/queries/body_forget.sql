-- Forgets bodies that no look has seen for so long, at most `most`; {forgotten: count}. days, most.
select jsonb_build_object('forgotten', body_forget(:days::int, :most::int))

-- Forgets what people were told so many days ago, with its letters, and spent links; at most `most`: {forgotten: count}. days, most.
select jsonb_build_object('forgotten', letter_forget(:days::int, :most::int))

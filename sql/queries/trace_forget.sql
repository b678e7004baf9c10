-- Forgets sessions, kept answers, finished trials and invitations that are over, of more than so many days ago, each at most `most`; {forgotten: count}. days, most.
select jsonb_build_object('forgotten', greatest(trace_forget(:days::int, :most::int), invitation_forget(:days::int, :most::int)))

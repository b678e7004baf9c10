-- Forgets previews of yesterday, at most `most`; {forgotten: count}. most.
select jsonb_build_object('forgotten', preview_forget(:most::int))

-- Makes letters of what people are to be told. pause: minutes between two to one person; most. → {"gathered": count}
select jsonb_build_object('gathered', veha.letter_gather(make_interval(mins => :pause::int), :most::int))

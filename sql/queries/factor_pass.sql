-- The code was right, by its step or as the hash of a recovery code. → claims, or {"refused"}.
select veha.factor_pass(:challenge::text, :step::bigint, :recovery::text, :refresh::text, :hours::int)

-- A refresh token for its successor, both as hashes. → claims, or {"refused"}.
select veha.session_renew(:presented::text, :successor::text, :hours::int, :idle_minutes::int)

-- A session for a person whose password was right. → claims, or {"refused"}.
select veha.session_open(:person::bigint, :refresh::text, :hours::int)

-- One code of a second step, charged. → {"wait", "person", "sealed"}, or {"refused"}; see 0021_second_factor.sql.
select veha.factor_attempt(:challenge::text)

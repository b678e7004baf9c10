-- Whose password a link may change. hash. → {"login"}
select veha.password_reset_show(:hash::text)

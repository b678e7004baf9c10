-- The sealed secret of an authenticator the caller sets up. → {"sealed", "login"}
select veha.factor_begin(:sealed::text)

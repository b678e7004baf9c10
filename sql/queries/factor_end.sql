-- The caller's authenticator is forgotten. → {"on"}
select veha.factor_end()

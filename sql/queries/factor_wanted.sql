-- The authenticator the caller is setting up. → {"sealed": null when there is none, "login"}
select veha.factor_wanted()

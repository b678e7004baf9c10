-- Somebody of that name forgot the password. login, hash of the link's token, seed it is computed from. → {"wait": seconds}
select veha.password_reset_ask(:login::text, :hash::text, :seed::text)

-- Changes the password by a link, once, and ends all sessions. hash, password: its Argon2id. → {"person"}
select veha.password_reset_use(:hash::text, :password::text)

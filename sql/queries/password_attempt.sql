-- The caller's own password is about to be looked at, charged. → {"wait", "person", "hash"}
select veha.password_attempt()

-- The caller's new password. → {"changed"}
select veha.password_change(:hash::text)

-- The caller's session ends. → {"session"}
select veha.session_end()

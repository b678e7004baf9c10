-- One attempt to sign in, charged. → {"wait", "person", "hash"}; see 0010_session.sql.
select veha.session_attempt(:login::text)

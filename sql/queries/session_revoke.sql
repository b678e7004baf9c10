-- Ends one of the caller's sessions. session.
select to_jsonb(session_revoke(:session::bigint))

-- New hashes of recovery codes for the caller. → {"on"}
select veha.recovery_renew(:codes::jsonb)

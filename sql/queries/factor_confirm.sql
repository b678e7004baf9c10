-- It is the caller's from now on, with these hashes of recovery codes. → {"on"}
select veha.factor_confirm(:sealed::text, :step::bigint, :codes::jsonb)

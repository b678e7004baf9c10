-- Records what the calling program saw, once: {id, look, state, verdicts}. id, fence, seen.
select job_result(:id::bigint, :fence::int, :seen::jsonb)

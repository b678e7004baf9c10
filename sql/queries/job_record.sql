-- Records what a look saw; {recorded: false} when the lease is somebody else's by now. id, fence, seen (document of the look).
select jsonb_build_object('recorded', job_record(:id::bigint, :fence::int, :seen::jsonb))

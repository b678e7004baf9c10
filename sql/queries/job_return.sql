-- Puts a look back that saw nothing; {returned: false} when the lease is somebody else's by now. id, fence, after (seconds), tried.
select jsonb_build_object('returned', job_return(:id::bigint, :fence::int, make_interval(secs => :after::int), :tried::boolean))

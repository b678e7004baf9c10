-- Records what looks saw: {recorded: [id]}; of a job that is missing there the lease is somebody else's by now. looks: [{id, fence, seen}].
select jsonb_build_object('recorded', job_record(:looks::jsonb))

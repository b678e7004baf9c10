-- Records what a part of a trial found; {recorded: false} when the lease is somebody else's by now. id, fence, tenants, verdicts: [{tenant, account, check, result, reason}].
select jsonb_build_object('recorded', trial_record(:id::bigint, :fence::int, array(select value::bigint from jsonb_array_elements_text(:tenants::jsonb)), :verdicts::jsonb))

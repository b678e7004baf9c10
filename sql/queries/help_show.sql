-- The signs that the help page explains, as parts of pages show them: {statuses, sights}.
select jsonb_build_object(
           'statuses', jsonb_build_array(
               jsonb_build_object('status', 'not_started', 'is', jsonb_build_object('not_started', true)),
               jsonb_build_object('status', 'in_progress', 'is', jsonb_build_object('in_progress', true)),
               jsonb_build_object('status', 'claimed', 'is', jsonb_build_object('claimed', true)),
               jsonb_build_object('status', 'verified', 'basis', 'account', 'is', jsonb_build_object('verified_account', true)),
               jsonb_build_object('status', 'verified', 'basis', 'person', 'is', jsonb_build_object('verified_person', true)),
               jsonb_build_object('status', 'contradicted', 'basis', 'account', 'is', jsonb_build_object('contradicted', true)),
               jsonb_build_object('status', 'returned', 'is', jsonb_build_object('returned', true)),
               jsonb_build_object('status', 'not_applicable', 'is', jsonb_build_object('not_applicable', true))))

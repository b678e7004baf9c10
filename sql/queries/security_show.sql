-- What the caller has done for the own safety. next: where its page leads on to. → {"login", "setup", "factor": {"on", "required", "since", "codes_left"}, "next"}
select veha.security_show() || jsonb_build_object('next', :next::text)

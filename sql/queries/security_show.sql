-- What the caller has done for the own safety. → {"login", "setup", "factor": {"on", "required", "since", "codes_left"}}
select veha.security_show()

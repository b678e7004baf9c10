-- A person's authenticator, made ready beforehand by the operator; the secret is sealed. → {"on"}
insert into veha.factor (person, sealed, since)
values (:person::bigint, :sealed::text, veha.now())
returning jsonb_build_object('on', true)

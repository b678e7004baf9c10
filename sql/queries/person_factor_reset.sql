-- A person loses the second factor, by a manager. → {"person"}
select veha.person_factor_reset(:person::bigint, :reason::text)

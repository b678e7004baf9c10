-- The operator lets somebody in again. login. → {"person"}
select veha.person_readmit(:login::text)

-- A person loses the second factor, by the operator. → {"person"}
select veha.operator_factor_reset(:login::text)

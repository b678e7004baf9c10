-- Who the caller is now. → claims
select veha.session_show()

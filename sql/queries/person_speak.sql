-- The caller reads pages and letters in another language from now on: {locale}. locale.
select person_speak(:locale)

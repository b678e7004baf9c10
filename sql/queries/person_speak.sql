-- The caller reads pages and letters in another language from now on: {locale}. locale.
update person set locale = :locale where id = caller() returning jsonb_build_object('locale', locale)

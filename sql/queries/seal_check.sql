-- Do the links after this number fit? {checked, last, broken}. after, most.
select seal_check(:after::bigint, :most::int)

-- Are the events after this id in the chain, or waiting for it? {checked, last, broken}. after, most.
select event_check(:after::bigint, :most::int)

-- Leases letters that are due, for so many seconds. worker, lease, most. → {"items": [...]}; see letter_document() of 0020_letter.sql.
select veha.letter_take(:worker::text, make_interval(secs => :lease::int), :most::int)

-- How the sending of a leased letter went: sent, refused or failed, and what the server said; no row: the lease was lost. id, fence, how, why, most. → {"outcome"}
select ended from veha.letter_end(:id::bigint, :fence::int, :how::text, :why::text, :most::int) as ended where ended is not null

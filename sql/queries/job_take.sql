-- Takes due looks for a worker: {items: [job]}, each with all that judging it needs. worker, most, lease (seconds), asked_only, quiet (hours).
select jsonb_build_object('items', job_take(:worker::text, :most::int, make_interval(secs => :lease::int), :asked_only::boolean, :quiet::text))

-- Takes the next part of a trial for a worker: {trial: part or null}, a part with all that judging it needs. worker, most (tenants), lease (seconds).
select jsonb_build_object('trial', trial_take(:worker::text, :most::int, make_interval(secs => :lease::int)))

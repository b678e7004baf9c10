-- Queues a look at each account whose next look is due; {scheduled: count}. every (hours), later (hours, after the deadline), most.
select jsonb_build_object('scheduled', job_schedule(make_interval(hours => :every::int), make_interval(hours => :later::int), :most::int))

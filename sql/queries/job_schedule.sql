-- Queues a look at each account that was not looked at for so long; {scheduled: count}. every (hours), most.
select jsonb_build_object('scheduled', job_schedule(make_interval(hours => :every::int), :most::int))

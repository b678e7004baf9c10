-- The whole table of forecast(): what weeks behind say of the day of the deadline, of a hundred steps of which forty are done.
select format('%-38s in %s days | %s', weekly, days,
              coalesce((select format('%s %% (%s – %s)', round(100 * (f->>'share')::numeric, 2), round(100 * (f->>'low')::numeric, 2), round(100 * (f->>'high')::numeric, 2))
                          from veha.forecast(weekly::numeric[], 40, 100, days) as f where f is not null), 'nothing'))
  from unnest(array['{}', '{10,10,10}', '{10,10,10,10}', '{0,20,0,20}', '{5,6,4,5,5,5}', '{0,0,0,0}', '{-5,-4,-6,-5}', '{20,20,20,20,20,20,20,20}', '{1,2,3,4,5,6,7,8}']) with ordinality as w (weekly, number),
       unnest(array[-1, 0, 7, 28]) as days
 order by number, days;

-- The whole table of sight_left(): what a run of equal verdicts leaves behind when the other result ends it.
select format('%-6s %-6s %s %-5s %-4s | %s', result, coalesce(prior, '-'), count, case when on_demand then 'asked' else 'due' end, coalesce(sure, '-'),
              veha.sight_left(result, count, t - sure::interval, on_demand, prior, t))
  from unnest(array['passed', 'failed']) with ordinality as r (result, result_number),
       unnest(array[null, 'passed', 'failed']) with ordinality as p (prior, prior_number),
       unnest(array[1, 2]) as count,
       unnest(array[false, true]) as on_demand,
       unnest(array[null, '0h', '71h', '72h']) with ordinality as a (sure, sure_number),
       (select timestamptz '2022-12-01 12:00Z' as t) as moment
 where prior is distinct from result
   and case when result = 'passed' then sure is null else not on_demand and (sure is null or count = 2) end
 order by result_number, prior_number, count, on_demand, sure_number;

-- The whole table of moves of sight(): what a run of equal verdicts means, by its length and age.
select format('%-6s %-6s %-8s %s %-5s %-4s %-9s | %s', coalesce(result, '-'), coalesce(prior, '-'), 'looked=' || left(looked::text, 1), count,
              case when on_demand then 'asked' else 'due' end, span, coalesce(sure, '-'),
              veha.sight(result, t - span::interval, t, count, t - sure::interval, on_demand, prior, looked, t))
  from unnest(array[null, 'passed', 'failed']) with ordinality as r (result, result_number),
       unnest(array[null, 'passed', 'failed']) with ordinality as p (prior, prior_number),
       unnest(array[false, true]) as looked,
       unnest(array[1, 2]) as count,
       unnest(array[false, true]) as on_demand,
       unnest('{0h,59m,1h,24h,99h}'::text[]) with ordinality as s (span, span_number),
       unnest(array[null, '0h', '71h', '72h']) with ordinality as a (sure, sure_number),
       (select timestamptz '2022-12-01 12:00Z' as t) as moment
 where case result
           when 'passed' then looked and prior is distinct from 'passed' and span = '0h' and sure is null
           when 'failed' then looked and prior is distinct from 'failed' and not on_demand and (count = 2 or span = '0h')
                and (sure is null or prior = 'passed' and count = 2 and span = '99h')
           else prior is null and count = 1 and not on_demand and span = '0h' and sure is null end
 order by result_number nulls first, prior_number, looked, count, on_demand, span_number, sure_number;

-- The whole table of moves of breaker_move(): what an outage begins and ends with, by how many of the accounts looked at last had turned.
select format('%-6s %2s looked at, %2s turned | %s', case when is_open then 'open' else 'closed' end, looked, turned,
              veha.breaker_move(is_open, looked - turned, turned, row(180, 12, 24, 60, 25, 5)::veha.breaker_rule))
  from unnest(array[false, true]) as is_open,
       unnest(array[0, 1, 5, 11, 12, 24]) as looked,
       generate_series(0, looked) as turned
 order by is_open, looked, turned;

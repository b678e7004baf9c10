-- The whole table of step_standing(): what a step's status and sight make of the accounts that it concerns.
select format('%-14s %-10s | %s', status, seen, coalesce(veha.step_standing(status, seen), '-'))
  from unnest('{not_started,in_progress,claimed,verified,contradicted,returned,not_applicable}'::text[]) with ordinality as s (status, status_number),
       unnest(veha.sight_order()) with ordinality as o (seen, seen_number)
 order by status_number, seen_number;

-- The whole table of look_due(): how long after a look the next is due, before and after the deadline, with looks every 24 hours and every 168 after it; and the same where looks are made every 6.
select format('%-12s %-6s | %-8s | %s', standing, case when past then 'after' else 'before' end,
              veha.look_due(standing, past, '24 hours', '168 hours'), veha.look_due(standing, past, '6 hours', '48 hours'))
  from unnest('{new,claimed,failing,recovering,slipping,contradicted,returned,mute,partial,steady}'::text[]) with ordinality as s (standing, number),
       unnest(array[false, true]) as past
 order by number, past;

-- The whole truth table of step_status(): one line a combination of facts.
select format('%-3s %-5s %-5s %-9s %-6s %-10s %-5s %-8s | %-14s %-7s %s',
              case when f.applicable then 'yes' else 'no' end, coalesce(f.drafted::text, '*'), coalesce(f.claimed::text, '*'),
              coalesce(f.decision, '*'), coalesce(f.manual::text, '*'), coalesce(f.seen, '*'), coalesce(f.due::text, '*'),
              case when f.disputed then 'disputed' else '-' end,
              o.status, coalesce(o.basis, '-'),
              concat_ws(' ', case when o.overdue then 'overdue' end, case when o.unverifiable then 'unverifiable' end,
                             case when o.decayed then 'decayed' end, case when o.seen_early then 'seen_early' end,
                             case when o.disputed then 'disputed' end))
  from (select false as applicable, null::boolean as drafted, null::boolean as claimed, null as decision, null::boolean as manual,
               null as seen, null::boolean as due, true as disputed, 0 as number
        union all
        select true, drafted, claimed, decision, manual, seen, due, disputed,
               row_number() over (order by claimed, drafted, decision_number, manual, seen_number, due, disputed)
          from unnest(array[false, true]) as drafted,
               unnest(array[false, true]) as claimed,
               unnest('{none,confirmed,expired,returned}'::text[]) with ordinality as d (decision, decision_number),
               unnest(array[false, true]) as manual,
               unnest('{none,unknown,failing,failed,recovering,passed,slipping,grace,decayed}'::text[]) with ordinality as s (seen, seen_number),
               unnest(array[false, true]) as due,
               unnest(array[false, true]) as disputed) as f
 cross join lateral veha.step_status((f.applicable, coalesce(f.drafted, true), coalesce(f.claimed, true), coalesce(f.decision, 'confirmed'),
                                      coalesce(f.manual, false), coalesce(f.seen, 'passed'), coalesce(f.due, true), f.disputed)::veha.step_facts) as o
 order by f.number;

-- The table of risk(): what each part gives by itself, and some of what is met together: next_in, overdue, still, contradicted, audience | total = overdue + contradicted + still + near + audience.
select format('%-4s %-4s %-4s %-4s %-6s | %3s = %2s + %2s + %2s + %2s + %2s', coalesce(next_in::text, '-'), overdue, still, contradicted, coalesce(audience::text, '-'),
              r.total, r.of_overdue, r.of_contradicted, r.of_still, r.of_near, r.of_audience)
  from (select 1 as part, null::int as next_in, 0 as overdue, 0 as still, 0 as contradicted, null::bigint as audience
        union all select 2, null, n, 0, 0, null from unnest('{1,2,3,4,5,6,16}'::int[]) n
        union all select 3, null, 0, 0, n, null from unnest('{1,2,3}'::int[]) n
        union all select 4, null, 0, n, 0, null from unnest('{7,8,14,21,27,28,365}'::int[]) n
        union all select 5, n, 0, 0, 0, null from unnest('{0,3,4,7,8,14,15}'::int[]) n
        union all select 6, 3, 0, 0, 0, n from unnest('{99,100,999,1000,9999,10000,1000000}'::bigint[]) n
        union all select 7, null, 0, 0, 0, 1000000
        union all select 8, n.next_in, n.overdue, n.still, n.contradicted, n.audience
                    from (values (2, 3, 21, 1, 450::bigint), (null, 16, 365, 16, 1000000), (0, 5, 27, 2, 10000), (10, 1, 9, 0, 50), (15, 0, 3, 0, 20000)) n (next_in, overdue, still, contradicted, audience)) f
 cross join lateral veha.risk(next_in, overdue, still, contradicted, audience) r
 order by part, overdue, contradicted, still, next_in, audience;

-- Counts over the tenants in the caller's scope, or over one subtree of it. within: a tenant, optional.
--
-- `reported` is what people said (an account registered, a step ticked); `seen` is what a look showed; `confirmed` is a curator's word. They never add up
-- to one number.
with area as (
    select greatest(s.lo, coalesce(w.place, s.lo)) as lo, least(s.hi, coalesce(w.last, s.hi)) as hi
      from scope_ranges('overview.read') s
      left join tenant w on w.id = :within::bigint
     where :within::bigint is null or w.id is not null
), member as materialized (
    select t.id, t.place, t.name,
           exists (select from exemption e where e.tenant = t.id and upper_inf(e.valid)) as exempt
      from area
      join tenant t on t.place between area.lo and area.hi
     where t.participates and t.closed_at is null and t.kind <> 'region'
), presence as materialized (
    select a.tenant, a.network, n.social, bool_or(g.account is not null
                   and sight(g.run_result, g.run_since, g.run_last, g.run_count, g.run_sure_at, g.run_on_demand, g.prior_result, true,
                             coalesce(b.outage_since, veha.now()))
                       in ('passed', 'slipping', 'grace')) as seen
      from area
      join account a on a.place between area.lo and area.hi and upper_inf(a.valid)
      join network n on n.code = a.network
      left join network_state b on b.network = n.code
      left join sighting g on g.tenant = a.tenant and g.account = a.id and g."check" = 'EXIST'
     group by a.tenant, a.network, n.social
), held as materialized (
    select m.id, m.place, m.exempt,
           count(p.network) filter (where p.social) as reported,
           count(p.network) filter (where p.social and p.seen) as seen,
           count(p.network) filter (where p.social and p.network = any (z.networks)) as reported_asked,
           count(p.network) filter (where p.social and p.network = any (z.networks) and p.seen) as seen_asked
      from member m
     cross join region z
      left join presence p on p.tenant = m.id
     group by m.id, m.place, m.exempt
), step as materialized (
    select p.tenant, p.status, p.basis, p.seen, p.claimed, p.overdue
      from area
      join step_state p on p.place between area.lo and area.hi
      join member m on m.id = p.tenant
), day as materialized (
    -- Ninety days back from today, or from a deadline that has passed; no day on which there was nothing yet.
    select d::date as on
      from region z,
           generate_series(greatest(least(z.deadline, today()) - 90, coalesce((select min(lower(h.valid))::date from area join step_history h on h.place between area.lo and area.hi), today())),
                           greatest(z.deadline, today()), interval '1 day') d
), move as materialized (
    -- What happened before the first day of the curve is where it begins.
    select greatest((x.at at time zone z.timezone)::date, (select min(d.on) from day d)) as on, x.sign,
           h.claimed and h.status <> 'not_applicable' as reported,
           h.status = 'verified' and h.basis in ('account', 'both') as seen,
           h.status = 'verified' and h.basis in ('person', 'both') as confirmed,
           h.status <> 'not_applicable' as asked
      from area
     cross join region z
      join step_history h on h.place between area.lo and area.hi
      join member m on m.id = h.tenant
     cross join lateral (values (lower(h.valid), 1), (upper(h.valid), -1)) as x (at, sign)
     where x.at is not null
), daily as (
    select move.on, sum(sign) filter (where reported) as reported, sum(sign) filter (where seen) as seen,
           sum(sign) filter (where confirmed) as confirmed, sum(sign) filter (where asked) as asked
      from move
     group by move.on
), curve as materialized (
    select d.on, (d.on <= today()) as past,
           coalesce(sum((select sum(c.reported) from daily c where c.on = d.on)) over w, 0) as reported,
           coalesce(sum((select sum(c.seen) from daily c where c.on = d.on)) over w, 0) as seen,
           coalesce(sum((select sum(c.confirmed) from daily c where c.on = d.on)) over w, 0) as confirmed,
           coalesce(sum((select sum(c.asked) from daily c where c.on = d.on)) over w, 0) as asked,
           (d.on - min(d.on) over ())::numeric / greatest(max(d.on) over () - min(d.on) over (), 1) as x
      from day d
    window w as (order by d.on)
)
select jsonb_build_object(
           'region', (select jsonb_build_object('name', z.name, 'deadline', z.deadline, 'days_left', z.deadline - today(),
                                                'networks_required', z.networks_required,
                                                'networks', (select coalesce(jsonb_agg(jsonb_build_object('code', n.code, 'title', n.title) order by n.code), '[]')
                                                               from network n where n.code = any (z.networks)))
                        from region z),
           'within', (select jsonb_build_object('id', id, 'name', name) from tenant where id = :within::bigint),
           'tenants', (select jsonb_build_object('total', count(*), 'exempt', count(*) filter (where exempt),
                                                 'asked', count(*) filter (where not exempt)) from held),
           'coverage', (select jsonb_build_object(
                                   'any', jsonb_build_object(
                                       'reported', count(*) filter (where reported > 0), 'seen', count(*) filter (where seen > 0),
                                       'of', count(*),
                                       'reported_share', share(count(*) filter (where reported > 0), count(*)),
                                       'seen_share', share(count(*) filter (where seen > 0), count(*))),
                                   'enough', jsonb_build_object(
                                       'reported', count(*) filter (where reported_asked >= z.networks_required),
                                       'seen', count(*) filter (where seen_asked >= z.networks_required),
                                       'of', count(*),
                                       'reported_share', share(count(*) filter (where reported_asked >= z.networks_required), count(*)),
                                       'seen_share', share(count(*) filter (where seen_asked >= z.networks_required), count(*))))
                          from held, region z
                         where not exempt),
           'networks', (select coalesce(jsonb_agg(jsonb_build_object(
                                   'code', n.code, 'title', n.title, 'asked', n.code = any (z.networks),
                                   'reported', c.reported, 'seen', c.seen, 'of', c.of,
                                   'reported_share', share(c.reported, c.of), 'seen_share', share(c.seen, c.of))
                                   order by n.code = any (z.networks) desc, n.code), '[]')
                          from region z
                         cross join network n
                         cross join lateral (select count(p.tenant) as reported, count(p.tenant) filter (where p.seen) as seen, count(*) as of
                                               from held h
                                               left join presence p on p.tenant = h.id and p.network = n.code
                                              where not h.exempt) c),
           'steps', (select jsonb_build_object(
                                'total', count(*) filter (where status <> 'not_applicable'),
                                'reported', count(*) filter (where claimed and status <> 'not_applicable'),
                                'seen', count(*) filter (where status = 'verified' and basis in ('account', 'both')),
                                'confirmed', count(*) filter (where status = 'verified' and basis in ('person', 'both')),
                                'overdue', count(*) filter (where overdue))
                       from step),
           'statuses', (select coalesce(jsonb_agg(jsonb_build_object('status', x.status, 'basis', x.basis, 'count', x.count) order by x.rank, x.basis nulls first), '[]')
                          from (select status, basis, count(*) as count,
                                       array_position('{not_started,in_progress,claimed,verified,contradicted,returned,not_applicable}', status) as rank
                                  from step group by status, basis) x),
           'behind', (select coalesce(jsonb_agg(jsonb_build_object('id', b.id, 'name', b.name, 'overdue', b.overdue, 'total', b.total, 'seen', b.seen,
                                                                                   'confirmed', b.confirmed)
                                                order by b.overdue desc, b.name), '[]')
                        from (select m.id, m.name, count(*) filter (where s.overdue) as overdue,
                                     count(*) filter (where s.status <> 'not_applicable') as total,
                                     count(*) filter (where s.status = 'verified' and s.basis in ('account', 'both')) as seen,
                                     count(*) filter (where s.status = 'verified' and s.basis in ('person', 'both')) as confirmed
                                from step s
                                join member m on m.id = s.tenant
                               group by m.id, m.name
                              having count(*) filter (where s.overdue) > 0
                               order by overdue desc, m.name
                               limit 10) b),
           'parts', (select coalesce(jsonb_agg(jsonb_build_object('id', k.id, 'name', k.name, 'tenants', k.tenants, 'reported', k.reported, 'seen', k.seen,
                                                                  'reported_share', share(k.reported, k.tenants), 'seen_share', share(k.seen, k.tenants))
                                               order by share(k.seen, k.tenants) nulls last, k.name), '[]')
                       from (select t.id, t.name, count(h.id) filter (where not h.exempt) as tenants,
                                    count(h.id) filter (where h.reported > 0 and not h.exempt) as reported,
                                    count(h.id) filter (where h.seen > 0 and not h.exempt) as seen
                               from area
                               join tenant t on t.place between area.lo and area.hi and t.closed_at is null
                                            and t.kind in ('agency', 'municipality') and t.id is distinct from :within::bigint
                               join held h on h.place between t.place and t.last
                              group by t.id, t.name) k),
           'burnup', (select jsonb_build_object(
                                 'from', min(c.on), 'to', max(c.on), 'today', today(),
                                 'most', max(c.asked),
                                 'today_x', round(40 + 540 * max(c.x) filter (where c.past), 1),
                                 'deadline_x', (select round(40 + 540 * d.x, 1) from curve d, region z where d.on = z.deadline),
                                 'reported', curve_line(c.x, c.reported, top.most, c.past order by c.on),
                                 'seen', curve_line(c.x, c.seen, top.most, c.past order by c.on),
                                 'confirmed', curve_line(c.x, c.confirmed, top.most, c.past order by c.on),
                                 'points', coalesce(jsonb_agg(jsonb_build_object('on', c.on, 'reported', c.reported, 'seen', c.seen, 'confirmed', c.confirmed,
                                                                                 'asked', c.asked) order by c.on) filter (where c.past), '[]'))
                        from curve c, (select greatest(max(asked), 1) as most from curve) top
                       group by top.most))
 where exists (select from area)

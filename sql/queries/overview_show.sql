-- Counts over the tenants in the caller's scope, or over one subtree of it, now or at the end of a day. within: a tenant, optional; as_of: a day, optional.
--
-- `reported` is what people said (an account registered, a step ticked); `seen` is what a look showed; `confirmed` is a curator's word. They never add up
-- to one number: `verified` counts a step once, whichever of the two it rests on.
with asked as materialized (
    select (t.t).moment, (t.t).day, (t.t).past, date_trunc('week', (t.t).day)::date as monday,
           day_end(date_trunc('week', (t.t).day)::date - 1) as before
      from (select time_asked(:as_of::date, 'as_of') as t) t
), area as (
    select greatest(s.lo, coalesce(w.place, s.lo)) as lo, least(s.hi, coalesce(w.last, s.hi)) as hi
      from scope_ranges('overview.read') s
      left join tenant w on w.id = :within::bigint
     where :within::bigint is null or w.place <= s.hi and w.last >= s.lo
), member as materialized (
    select t.id, t.place, t.parent, t.kind, coalesce(h.name, t.name) as name,
           exists (select from exemption e where e.tenant = t.id and e.valid @> q.moment) as exempt
      from area
     cross join asked q
      join tenant t on t.place between area.lo and area.hi
      left join tenant_history h on q.past and h.tenant = t.id and h.valid @> q.moment
     where t.kind <> 'region'
       and case when q.past then h.participates and not h.closed else t.participates and t.closed_at is null end
), account_then as materialized (
    select a.place, a.network, n.social, h.holds_until > least(q.moment, veha.now()) as seen, h.zone, h.mark,
           coalesce(a.place in (select place from member where not exempt), false) as counts -- hashed once, however many the planner expects
      from area
     cross join asked q
      join account a on a.place between area.lo and area.hi and holds_at(a.valid, q.moment)
      join network n on n.code = a.network
      left join account_history h on h.place = a.place and h.tenant = a.tenant and h.account = a.id and h.valid @> q.moment
), presence as materialized (
    select place, network, social, coalesce(bool_or(seen), false) as seen from account_then group by place, network, social
), held as materialized (
    select m.id, m.place, m.exempt,
           count(p.network) filter (where p.social) as reported,
           count(p.network) filter (where p.social and p.seen) as seen,
           count(p.network) filter (where p.social and p.network = any (z.networks)) as reported_asked,
           count(p.network) filter (where p.social and p.network = any (z.networks) and p.seen) as seen_asked
      from member m
     cross join region z
      left join presence p on p.place = m.place
     group by m.id, m.place, m.exempt
), span as materialized (
    -- What held at the time that is asked for, or just before its week began.
    select h.place, h.step, h.status, h.basis, h.seen, h.claimed, h.unverifiable, step_overdue(h.status, h.due_on, q.day) as overdue,
           holds_at(h.valid, q.moment) as now, holds_at(h.valid, q.before) as earlier
      from area
     cross join asked q
      join step_history h on h.place between area.lo and area.hi and (holds_at(h.valid, q.moment) or holds_at(h.valid, q.before))
), tally as materialized (
    select m.id, m.place, m.parent, m.kind, m.name,
           count(*) filter (where s.status <> 'not_applicable') as total,
           count(*) filter (where s.claimed and s.status <> 'not_applicable') as reported,
           count(*) filter (where s.status = 'verified') as verified,
           count(*) filter (where s.status = 'verified' and s.basis in ('account', 'both')) as seen,
           count(*) filter (where s.status = 'verified' and s.basis in ('person', 'both')) as confirmed,
           count(*) filter (where s.status = 'contradicted') as contradicted,
           count(*) filter (where s.unverifiable) as unknown,
           count(*) filter (where s.overdue) as overdue
      from member m
      join span s on s.place = m.place and s.now
     group by m.id, m.place, m.parent, m.kind, m.name
), turn as materialized (
    -- Each step that is not what it was before the week.
    select m.id, m.name,
           (n.status = 'verified')::int - coalesce((e.status = 'verified')::int, 0) as verified,
           (n.status = 'contradicted')::int - coalesce((e.status = 'contradicted')::int, 0) as contradicted,
           (n.status = 'returned')::int - coalesce((e.status = 'returned')::int, 0) as returned,
           (n.status <> 'not_applicable' and n.seen in ('grace', 'decayed'))::int
               - coalesce((e.status <> 'not_applicable' and e.seen in ('grace', 'decayed'))::int, 0) as decayed
      from span n
      join member m on m.place = n.place
      left join span e on e.place = n.place and e.step = n.step and e.earlier
     where n.now and not n.earlier
), mover as materialized (
    select id, name, change,
           row_number() over (order by change desc, name, id) as from_top, row_number() over (order by change, name, id) as from_bottom
      from (select id, name, sum(verified - contradicted) as change from turn group by id, name) t
     where change <> 0
), daily as materialized (
    select (x.at at time zone z.timezone)::date as on,
           sum(x.sign) filter (where h.claimed and h.status <> 'not_applicable') as reported,
           sum(x.sign) filter (where h.status = 'verified') as verified,
           sum(x.sign) filter (where h.status = 'verified' and h.basis in ('account', 'both')) as seen,
           sum(x.sign) filter (where h.status = 'verified' and h.basis in ('person', 'both')) as confirmed,
           sum(x.sign) filter (where h.status <> 'not_applicable') as asked
      from area
     cross join region z
     cross join asked q
      join step_history h on h.place between area.lo and area.hi
      join member m on m.place = h.place
     cross join lateral (values (lower(h.valid), 1), (upper(h.valid), -1)) as x (at, sign)
     where x.at <= q.moment
     group by 1
), extent as materialized (
    -- Ninety days back from the day, or from a deadline that has passed; no day on which there was nothing yet.
    select greatest(least(z.deadline, q.day) - 90, d.first) as since, greatest(z.deadline, q.day) as until, d.first, q.day, z.deadline
      from region z
     cross join asked q
     cross join (select coalesce(min(d.on), (select day from asked)) as first from daily d) d
), curve as materialized (
    -- What happened before the first day of the curve is where it begins.
    select s.on, s.on <= e.day as past,
           coalesce(sum(s.reported) over w, 0) as reported, coalesce(sum(s.verified) over w, 0) as verified, coalesce(sum(s.seen) over w, 0) as seen,
           coalesce(sum(s.confirmed) over w, 0) as confirmed, coalesce(sum(s.asked) over w, 0) as asked,
           (s.on - e.since)::numeric / greatest(e.until - e.since, 1) as x
      from extent e
     cross join (select g.on::date as on, sum(d.reported) as reported, sum(d.verified) as verified, sum(d.seen) as seen, sum(d.confirmed) as confirmed, sum(d.asked) as asked
                   from extent e
                  cross join generate_series(e.since::timestamp, e.until::timestamp, interval '1 day') as g ("on")
                   left join daily d on greatest(d.on, e.since) = g.on::date
                  group by g.on) s
    window w as (order by s.on)
), ahead as materialized (
    -- By the whole weeks behind, eight at most.
    select forecast(array(select (n.verified - b.verified) from generate_series(least(8, (e.day - e.first) / 7), 1, -1) as week
                            join curve n on n.on = e.day - 7 * (week - 1)
                            join curve b on b.on = e.day - 7 * week
                           order by n.on),
                    n.verified, n.asked, e.deadline - e.day) as f, n.verified, n.x, d.x as deadline_x
      from extent e
      join curve n on n.on = e.day
      join curve d on d.on = e.deadline
), head as materialized (
    select t.id, t.name, t.place, t.last
      from area
      join tenant t on t.place between area.lo and area.hi and t.closed_at is null
                   and t.kind in ('agency', 'municipality') and t.id is distinct from :within::bigint
), part as materialized (
    select a.*, coalesce(c.steps, 0) as steps, coalesce(c.verified, 0) as verified, coalesce(c.contradicted, 0) as contradicted, coalesce(c.overdue, 0) as overdue
      from (select t.id, t.name, count(*) filter (where not h.exempt) as tenants,
                   count(*) filter (where h.reported > 0 and not h.exempt) as reported,
                   count(*) filter (where h.seen > 0 and not h.exempt) as seen
              from head t
              join held h on h.place between t.place and t.last
             group by t.id, t.name) a
      left join (select t.id, sum(k.total) as steps, sum(k.verified) as verified, sum(k.contradicted) as contradicted, sum(k.overdue) as overdue
                   from head t
                   join tally k on k.place between t.place and t.last
                  group by t.id) c on c.id = a.id
)
select jsonb_build_object(
           'region', (select jsonb_build_object('name', z.name, 'deadline', z.deadline, 'days_left', z.deadline - q.day, 'over', z.deadline <= q.day,
                                                'networks_required', z.networks_required,
                                                'networks', (select coalesce(jsonb_agg(jsonb_build_object('code', n.code, 'title', n.title) order by n.code), '[]')
                                                               from network n where n.code = any (z.networks)))
                        from region z),
           'as_of', case when q.past then q.day end,
           'day', q.day, 'first', region_began(), 'last', today(),
           'difference_from', greatest(q.monday - 1, region_began()),
           'within', (select jsonb_build_object(
                                 'id', t.id, 'name', t.name, 'kind', t.kind,
                                 'path', (select coalesce(jsonb_agg(jsonb_build_object('id', u.id, 'name', u.name) order by u.place), '[]')
                                            from tenant u where t.place between u.place and u.last and u.id <> t.id and u.kind <> 'region'))
                        from tenant t where t.id = :within::bigint),
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
                         cross join lateral (select count(p.place) as reported, count(p.place) filter (where p.seen) as seen, count(*) as of
                                               from held h
                                               left join presence p on p.place = h.place and p.network = n.code
                                              where not h.exempt) c),
           'steps', (select jsonb_build_object(
                                'total', total, 'reported', reported, 'verified', verified, 'seen', seen, 'confirmed', confirmed, 'contradicted', contradicted,
                                'unknown', unknown, 'overdue', overdue, 'verified_share', share(verified::bigint, total::bigint), 'reported_share', share(reported::bigint, total::bigint))
                       from (select coalesce(sum(total), 0) as total, coalesce(sum(reported), 0) as reported, coalesce(sum(verified), 0) as verified,
                                    coalesce(sum(seen), 0) as seen, coalesce(sum(confirmed), 0) as confirmed, coalesce(sum(contradicted), 0) as contradicted,
                                    coalesce(sum(unknown), 0) as unknown, coalesce(sum(overdue), 0) as overdue
                               from tally) s),
           'statuses', (select coalesce(jsonb_agg(jsonb_build_object('status', x.status, 'basis', x.basis, 'count', x.count) order by x.rank, x.basis nulls first), '[]')
                          from (select s.status, s.basis, count(*) as count,
                                       array_position('{not_started,in_progress,claimed,verified,contradicted,returned,not_applicable}', s.status) as rank
                                  from span s join member m on m.place = s.place where s.now group by s.status, s.basis) x),
           'week', (select jsonb_build_object(
                               'since', q.monday,
                               'verified', count(*) filter (where verified > 0), 'lost', count(*) filter (where verified < 0),
                               'contradicted', count(*) filter (where contradicted > 0), 'decayed', count(*) filter (where decayed > 0),
                               'returned', count(*) filter (where returned > 0),
                               'any', exists (select from mover),
                               'risen', (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name, 'change', change) order by from_top), '[]')
                                           from mover where change > 0 and from_top <= 5),
                               'fallen', (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name, 'change', change) order by from_bottom), '[]')
                                            from mover where change < 0 and from_bottom <= 5))
                      from turn),
           'rating', (select jsonb_build_object(
                                 'rated', count(r.zone), 'accounts', count(*), 'mean', round(avg(r.mark), 4),
                                 'zones', (select coalesce(jsonb_agg(jsonb_build_object('zone', d.zone->>'zone', 'from', round((d.zone->>'from')::numeric / 100, 4),
                                                                                        'count', coalesce(c.count, 0)) order by d.number), '[]')
                                             from jsonb_array_elements(rubric_current()->'zones') with ordinality as d (zone, number)
                                             left join (select a.zone, count(*) as count from account_then a where a.counts group by a.zone) c
                                               on c.zone = d.zone->>'zone'))
                        from account_then r
                       where r.counts and r.social),
           'reliability', case when not q.past then reliability_short() end,
           'behind', (select coalesce(jsonb_agg(jsonb_build_object('id', b.id, 'name', b.name, 'overdue', b.overdue, 'total', b.total, 'seen', b.seen,
                                                                                   'confirmed', b.confirmed)
                                                order by b.overdue desc, b.name), '[]')
                        from (select * from tally where overdue > 0 order by overdue desc, name limit 10) b),
           'parts', (select coalesce(jsonb_agg(jsonb_build_object('id', k.id, 'name', k.name, 'tenants', k.tenants, 'reported', k.reported, 'seen', k.seen,
                                                                  'reported_share', share(k.reported, k.tenants), 'seen_share', share(k.seen, k.tenants),
                                                                  'steps', k.steps, 'verified', k.verified, 'verified_share', share(k.verified::bigint, k.steps::bigint),
                                                                  'contradicted', k.contradicted, 'overdue', k.overdue)
                                               order by share(k.seen, k.tenants) nulls last, k.name), '[]')
                       from part k),
           'parts_any', exists (select from part),
           'organisations_any', exists (select from tally where parent = :within::bigint and kind = 'organisation'),
           'organisations', (select coalesce(jsonb_agg(to_jsonb(o) - '{place,parent,kind}'::text[] || jsonb_build_object('verified_share', share(o.verified, o.total))
                                                       order by share(o.verified, o.total) nulls last, o.name, o.id), '[]')
                               from (select * from tally where parent = :within::bigint and kind = 'organisation'
                                      order by share(verified, total) nulls last, name, id
                                      limit 50) o),
           'organisations_more', (select count(*) > 50 from tally where parent = :within::bigint and kind = 'organisation'),
           'forecast', (select f from ahead),
           'burnup', (select jsonb_build_object(
                                 'from', min(c.on), 'to', max(c.on), 'today', q.day,
                                 'most', max(c.asked),
                                 'today_x', round(40 + 540 * max(c.x) filter (where c.past), 1),
                                 'deadline_x', (select round(40 + 540 * d.x, 1) from curve d, region z where d.on = z.deadline),
                                 'reported', curve_line(c.x, c.reported, top.most, c.past order by c.on),
                                 'verified', curve_line(c.x, c.verified, top.most, c.past order by c.on),
                                 'seen', curve_line(c.x, c.seen, top.most, c.past order by c.on),
                                 'confirmed', curve_line(c.x, c.confirmed, top.most, c.past order by c.on),
                                 'ahead', (select curve_point(curve_point('', a.x, a.verified, top.most, true), a.deadline_x, (a.f->>'done')::numeric, top.most, true)
                                             from ahead a where a.f is not null),
                                 'band', (select curve_point(curve_point(curve_point('', a.x, a.verified, top.most, true), a.deadline_x, (a.f->>'low_done')::numeric, top.most, true),
                                                             a.deadline_x, (a.f->>'high_done')::numeric, top.most, true)
                                            from ahead a where a.f is not null),
                                 'points', coalesce(jsonb_agg(jsonb_build_object('on', c.on, 'reported', c.reported, 'verified', c.verified, 'seen', c.seen, 'confirmed', c.confirmed,
                                                                                 'asked', c.asked) order by c.on) filter (where c.past), '[]'))
                        from curve c, (select greatest(max(asked), 1) as most from curve) top
                       group by top.most))
  from asked q
 where exists (select from area)

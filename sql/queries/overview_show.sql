-- Counts over the tenants in the caller's scope, or over one subtree of it, now or at the end of a day. within: a tenant, optional; as_of: a day, optional.
--
-- `reported` is what people said (an account registered, a step ticked); `seen` is what a look showed; `confirmed` is a curator's word. They never add up
-- to one number: `verified` counts a step once, whichever of the two it rests on.
--
-- The planner takes a CTE of a region's organisations for a few, and would read each of two such once for every row of the other. So what is gathered from one is
-- filtered by the other with a hash ("is true" keeps it from becoming a join), and agencies are counted by the homes of their organisations.
with asked as materialized (
    select (t.t).moment, (t.t).day, (t.t).past, date_trunc('week', (t.t).day)::date as monday,
           day_end(date_trunc('week', (t.t).day)::date - 1) as before, deadline_at((t.t).moment) as deadline,
           (select least(z.deadline, (t.t).day) - 90 from region z) as since
      from (select time_asked(:as_of::date, 'as_of') as t) t
), area as (
    select greatest(s.lo, coalesce(w.place, s.lo)) as lo, least(s.hi, coalesce(w.last, s.hi)) as hi
      from scope_ranges('overview.read') s
      left join tenant w on w.id = :within::bigint
     where :within::bigint is null or w.place <= s.hi and w.last >= s.lo
), anybody as materialized (
    select t.id, t.place, t.parent, t.kind, case when t.kind = 'organisation' then t.parent else t.id end as home, coalesce(h.name, t.name) as name,
           (t.id in (select e.tenant from exemption e where e.valid @> (select moment from asked))) is true as exempt,
           (t.kind <> 'region' and case when q.past then h.participates and not h.closed else t.participates and t.closed_at is null end) is true as belongs
      from area
     cross join asked q
      join tenant t on t.place between area.lo and area.hi
      -- read for the past alone: as a plain join it would be read and then thrown away
      left join lateral (select * from tenant_history h where q.past and h.tenant = t.id and h.valid @> q.moment offset 0) h on true
), member as materialized (
    select * from anybody where belongs
), net as materialized (
    -- Each network is a bit: which of them an organisation has is one number.
    select n.code, n.social, n.social and n.code = any (z.networks) as asked, 1::bigint << (row_number() over (order by n.code) - 1)::int as bit from network n cross join region z
), account_then as materialized (
    select a.id, a.place, n.bit, n.social,
           (a.id in (select h.account
                       from area
                      cross join asked q
                       join account_history h on h.place between area.lo and area.hi and h.valid @> q.moment and h.holds_until > least(q.moment, veha.now()))) is true as seen,
           (a.place in (select place from member where not exempt)) is true as counts
      from area
     cross join asked q
      join account a on a.place between area.lo and area.hi and holds_at(a.valid, q.moment)
      join net n on n.code = a.network
), mark_then as materialized (
    select h.zone, h.mark, (h.account in (select id from account_then where social)) is true as social
      from area
     cross join asked q
      join account_history h on h.place between area.lo and area.hi and h.valid @> q.moment
     where (h.zone is not null or h.mark is not null) and (h.account in (select id from account_then where counts)) is true
), presence as materialized (
    select place, bit_or(bit) as reported, coalesce(bit_or(bit) filter (where seen), 0) as seen from account_then group by place
), held as materialized (
    select p.id, p.place, p.home, p.exempt, p.reported_of, p.seen_of,
           bit_count((p.reported_of & w.social)::bit(64)) as reported, bit_count((p.seen_of & w.social)::bit(64)) as seen,
           bit_count((p.reported_of & w.asked)::bit(64)) as reported_asked, bit_count((p.seen_of & w.asked)::bit(64)) as seen_asked
      from (select m.id, m.place, m.home, m.exempt, coalesce(p.reported, 0) as reported_of, coalesce(p.seen, 0) as seen_of
              from member m
              left join presence p on p.place = m.place) p
     cross join (select coalesce(bit_or(bit) filter (where social), 0) as social, coalesce(bit_or(bit) filter (where asked), 0) as asked from net) w
), span as materialized (
    -- Every step at the end of a day that is over.
    select h.place, h.status, h.basis, h.claimed, h.unverifiable, step_overdue(h.status, coalesce(h.due_on, q.deadline + h.offset_days), q.day) as overdue
      from area
     cross join asked q
      join step_history h on h.place between area.lo and area.hi and holds_at(h.valid, q.moment)
     where q.past
), counted as materialized (
    select c.* from area join tenant_count c on c.place between area.lo and area.hi
), tally as materialized (
    select m.id, m.place, m.parent, m.home, m.kind, m.name, c.not_started, c.in_progress, c.claimed, c.contradicted, c.returned, c.not_applicable,
           c.by_account, c.by_person, c.by_both, c.reported, c.unknown, c.overdue, c.verified, c.seen, c.confirmed, c.total
      from asked q
     cross join member m
      join counted c on c.place = m.place
     where not q.past
     union all
    select m.id, m.place, m.parent, m.home, m.kind, m.name,
           (count(*) filter (where s.status = 'not_started'))::int, (count(*) filter (where s.status = 'in_progress'))::int, (count(*) filter (where s.status = 'claimed'))::int,
           (count(*) filter (where s.status = 'contradicted'))::int, (count(*) filter (where s.status = 'returned'))::int, (count(*) filter (where s.status = 'not_applicable'))::int,
           (count(*) filter (where s.status = 'verified' and s.basis = 'account'))::int, (count(*) filter (where s.status = 'verified' and s.basis = 'person'))::int,
           (count(*) filter (where s.status = 'verified' and s.basis = 'both'))::int,
           (count(*) filter (where s.claimed and s.status <> 'not_applicable'))::int, (count(*) filter (where s.unverifiable))::int, (count(*) filter (where s.overdue))::int,
           (count(*) filter (where s.status = 'verified'))::int, (count(*) filter (where s.status = 'verified' and s.basis in ('account', 'both')))::int,
           (count(*) filter (where s.status = 'verified' and s.basis in ('person', 'both')))::int, (count(*) filter (where s.status <> 'not_applicable'))::int
      from member m
      join span s on s.place = m.place
     group by m.id, m.place, m.parent, m.home, m.kind, m.name
), level as materialized (
    select coalesce(sum(not_started), 0) as not_started, coalesce(sum(in_progress), 0) as in_progress, coalesce(sum(claimed), 0) as claimed,
           coalesce(sum(contradicted), 0) as contradicted, coalesce(sum(returned), 0) as returned, coalesce(sum(not_applicable), 0) as not_applicable,
           coalesce(sum(by_account), 0) as by_account, coalesce(sum(by_person), 0) as by_person, coalesce(sum(by_both), 0) as by_both,
           coalesce(sum(reported), 0) as reported, coalesce(sum(unknown), 0) as unknown, coalesce(sum(overdue), 0) as overdue,
           coalesce(sum(verified), 0) as verified, coalesce(sum(seen), 0) as seen, coalesce(sum(confirmed), 0) as confirmed, coalesce(sum(total), 0) as total
      from tally
), turn as materialized (
    -- Each step that is not what it was before the week: what began since and holds, less what held before and ended since, laid upon each other and not joined.
    select x.tenant as id,
           sum(x.sign) filter (where x.status = 'verified') as verified, sum(x.sign) filter (where x.status = 'contradicted') as contradicted,
           sum(x.sign) filter (where x.status = 'returned') as returned,
           sum(x.sign) filter (where x.status <> 'not_applicable' and x.seen in ('grace', 'decayed')) as decayed
      from (select h.tenant, h.step, h.status, h.seen, 1 as sign
              from step_history h
             where h.begun > (select before from asked) and h.begun <= (select moment from asked) and holds_at(h.valid, (select moment from asked))
               and (h.place in (select place from member)) is true
             union all
            select h.tenant, h.step, h.status, h.seen, -1
              from step_history h
             where h.ended > (select before from asked) and h.ended < 'infinity' and h.ended <= (select moment from asked)
               and holds_at(h.valid, (select before from asked)) and (h.place in (select place from member)) is true) x
     group by x.tenant, x.step
    having max(x.sign) > 0
), mover as materialized (
    select id, change, row_number() over (order by change desc, id) as from_top, row_number() over (order by change, id) as from_bottom
      from (select id, coalesce(sum(verified), 0) - coalesce(sum(contradicted), 0) as change from turn group by id) t
     where change <> 0
), daily as materialized (
    -- From ninety days back, of the day or of a deadline that has passed.
    select d.day as on, sum(d.total) as asked, sum(d.reported) as reported, sum(d.verified) as verified, sum(d.seen) as seen, sum(d.confirmed) as confirmed
      from step_day d
     where d.day between (select since + 1 from asked) and (select day from asked)
       and d.place <@ (select range_agg(int4range(lo, hi, '[]')) from area)
       and (d.place in (select place from anybody where not belongs)) is not true -- of whom there are few
     group by d.day
), extent as materialized (
    -- No day on which there was nothing yet.
    select greatest(q.since, u.first) as since, greatest(z.deadline, q.day) as until, u.first, q.day, z.deadline
      from region z
     cross join asked q
     cross join lateral (select case when (select l.total from level l) > coalesce((select sum(d.asked) from daily d), 0) then q.since
                                     else coalesce((select min(d.on) from daily d), q.day) end as first) u
), curve as materialized (
    -- Back from what is: what a day moved is not there on the days before it.
    select g.on::date as on, g.on::date <= e.day as past,
           l.reported - coalesce(sum(d.reported) over after, 0) as reported, l.verified - coalesce(sum(d.verified) over after, 0) as verified,
           l.seen - coalesce(sum(d.seen) over after, 0) as seen, l.confirmed - coalesce(sum(d.confirmed) over after, 0) as confirmed,
           l.total - coalesce(sum(d.asked) over after, 0) as asked,
           (g.on::date - e.since)::numeric / greatest(e.until - e.since, 1) as x
      from extent e
     cross join level l
     cross join generate_series(e.since::timestamp, e.until::timestamp, interval '1 day') as g ("on")
      left join daily d on d.on = g.on::date
    window after as (order by g.on desc rows between unbounded preceding and 1 preceding)
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
), home as materialized (
    select h.home as id, sum(h.tenants) as tenants, sum(h.reported) as reported, sum(h.seen) as seen, sum(h.steps) as steps, sum(h.verified) as verified,
           sum(h.contradicted) as contradicted, sum(h.overdue) as overdue
      from (select home, count(*) filter (where not exempt) as tenants, count(*) filter (where reported > 0 and not exempt) as reported,
                   count(*) filter (where seen > 0 and not exempt) as seen, 0 as steps, 0 as verified, 0 as contradicted, 0 as overdue
              from held group by home
             union all
            select home, 0, 0, 0, sum(total), sum(verified), sum(contradicted), sum(overdue) from tally group by home) h
     group by h.home
), part as materialized (
    select t.id, t.name, sum(c.tenants)::bigint as tenants, sum(c.reported)::bigint as reported, sum(c.seen)::bigint as seen, sum(c.steps)::bigint as steps,
           sum(c.verified)::bigint as verified, sum(c.contradicted)::bigint as contradicted, sum(c.overdue)::bigint as overdue
      from home c
      join tenant o on o.id = c.id
      join tenant t on o.place between t.place and t.last and t.closed_at is null and t.kind in ('agency', 'municipality') and t.id is distinct from :within::bigint
      join area on t.place between area.lo and area.hi
     group by t.id, t.name
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
                          left join (select w.code, count(*) filter (where h.reported_of & w.bit <> 0) as reported, count(*) filter (where h.seen_of & w.bit <> 0) as seen
                                       from held h, net w where not h.exempt group by w.code) p on p.code = n.code
                         cross join lateral (select coalesce(p.reported, 0) as reported, coalesce(p.seen, 0) as seen,
                                                    (select count(*) from held where not exempt) as of) c),
           'steps', (select jsonb_build_object(
                                'total', total, 'reported', reported, 'verified', verified, 'seen', seen, 'confirmed', confirmed, 'contradicted', contradicted,
                                'unknown', unknown, 'overdue', overdue, 'verified_share', share(verified::bigint, total::bigint), 'reported_share', share(reported::bigint, total::bigint))
                       from level),
           'statuses', (select coalesce(jsonb_agg(jsonb_build_object('status', x.status, 'basis', x.basis, 'count', x.count) order by x.number), '[]')
                          from level l
                         cross join lateral (values (1, 'not_started', null, l.not_started), (2, 'in_progress', null, l.in_progress), (3, 'claimed', null, l.claimed),
                                                    (4, 'verified', 'account', l.by_account), (5, 'verified', 'both', l.by_both), (6, 'verified', 'person', l.by_person),
                                                    (7, 'contradicted', 'account', l.contradicted), (8, 'returned', 'person', l.returned),
                                                    (9, 'not_applicable', null, l.not_applicable)) as x (number, status, basis, count)
                         where x.count > 0),
           'week', (select jsonb_build_object(
                               'since', q.monday,
                               'verified', count(*) filter (where verified > 0), 'lost', count(*) filter (where verified < 0),
                               'contradicted', count(*) filter (where contradicted > 0), 'decayed', count(*) filter (where decayed > 0),
                               'returned', count(*) filter (where returned > 0),
                               'any', exists (select from mover),
                               'risen', (select coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'name', m.name, 'change', v.change) order by v.from_top), '[]')
                                           from mover v join member m on m.id = v.id where v.change > 0 and v.from_top <= 5),
                               'fallen', (select coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'name', m.name, 'change', v.change) order by v.from_bottom), '[]')
                                            from mover v join member m on m.id = v.id where v.change < 0 and v.from_bottom <= 5))
                      from turn),
           'rating', (select jsonb_build_object(
                                 'rated', count(r.zone) filter (where r.social), 'accounts', (select count(*) from account_then where counts and social),
                                 'mean', round(avg(r.mark) filter (where r.social), 4),
                                 'zones', (select coalesce(jsonb_agg(jsonb_build_object('zone', d.zone->>'zone', 'from', round((d.zone->>'from')::numeric / 100, 4),
                                                                                        'count', coalesce(c.count, 0)) order by d.number), '[]')
                                             from jsonb_array_elements(rubric_current()->'zones') with ordinality as d (zone, number)
                                             left join (select a.zone, count(*) as count from mark_then a group by a.zone) c
                                               on c.zone = d.zone->>'zone'))
                        from mark_then r),
           'reliability', case when not q.past then reliability_short() end,
           'behind', (select coalesce(jsonb_agg(jsonb_build_object('id', b.id, 'name', b.name, 'overdue', b.overdue, 'total', b.total, 'seen', b.seen,
                                                                                   'confirmed', b.confirmed)
                                                order by b.overdue desc, b.name), '[]')
                        from (select * from tally where overdue > 0 order by overdue desc, name limit 10) b),
           'parts', (select coalesce(jsonb_agg(jsonb_build_object('id', k.id, 'name', k.name, 'tenants', k.tenants, 'reported', k.reported, 'seen', k.seen,
                                                                  'reported_share', share(k.reported, k.tenants), 'seen_share', share(k.seen, k.tenants),
                                                                  'steps', k.steps, 'verified', k.verified, 'verified_share', share(k.verified, k.steps),
                                                                  'contradicted', k.contradicted, 'overdue', k.overdue)
                                               order by share(k.seen, k.tenants) nulls last, k.name), '[]')
                       from part k),
           'parts_any', exists (select from part),
           'organisations_any', exists (select from tally where parent = :within::bigint and kind = 'organisation'),
           'organisations', (select coalesce(jsonb_agg(to_jsonb(o) - '{place,parent,kind}'::text[] || jsonb_build_object('verified_share', share(o.verified, o.total))
                                                       order by share(o.verified, o.total) nulls last, o.name, o.id), '[]')
                               from (select id, place, parent, kind, name, total, reported, verified, seen, confirmed, contradicted, unknown, overdue
                                       from tally where parent = :within::bigint and kind = 'organisation'
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

-- What became of organisations between two days, at the end of each: who rose, or who fell. direction: risen (when none is given) or fallen; from, to: days, a week back and
-- today when none is given; within: a tenant, optional; cursor, limit: keyset by (change, name, id).
--
-- change: steps verified, less those contradicted, at the later day against the earlier. What is overdue by the calendar alone is told beside it.
with asked as materialized (
    select (f.f).moment as from_moment, (f.f).day as from_day, deadline_at((f.f).moment) as from_deadline,
           (t.t).moment as to_moment, (t.t).day as to_day, deadline_at((t.t).moment) as to_deadline
      from (select time_asked(:to::date, 'to') as t) t
     cross join lateral (select time_asked(coalesce(:from::date, greatest((t.t).day - 7, region_began())), 'from') as f) f
), area as (
    select greatest(s.lo, coalesce(w.place, s.lo)) as lo, least(s.hi, coalesce(w.last, s.hi)) as hi
      from scope_ranges('overview.read') s
      left join tenant w on w.id = :within::bigint
     where :within::bigint is null or w.place <= s.hi and w.last >= s.lo
), days as materialized (
    select case when from_day > to_day then refuse_field(422, 'to', 'date_before_from')::text end as fault from asked
), changed as materialized (
    -- What began between the two and holds at the later, what held at the earlier and ended between them, and what held all along and is overdue by one alone.
    select h.place, h.status, 1 as sign, step_overdue(h.status, coalesce(h.due_on, q.to_deadline + h.offset_days), q.to_day) as overdue
      from days
     cross join asked q
      join step_history h on h.begun > q.from_moment and h.begun <= q.to_moment and h.ended >= q.to_moment and holds_at(h.valid, q.to_moment)
     where days.fault is null
    union all
    select h.place, h.status, -1, step_overdue(h.status, coalesce(h.due_on, q.from_deadline + h.offset_days), q.from_day)
      from days
     cross join asked q
      join step_history h on h.ended > q.from_moment and h.ended <= q.to_moment and h.ended < 'infinity' and holds_at(h.valid, q.from_moment)
     where days.fault is null
    union all
    select h.place, null, o.sign, true
      from days
     cross join asked q
     cross join lateral (select d.offset_days, (q.to_deadline + d.offset_days < q.to_day)::int - (q.from_deadline + d.offset_days < q.from_day)::int as sign
                           from (select distinct offset_days from roadmap_step) d) o
      join step_history h on h.offset_days = o.offset_days and h.ended >= q.to_moment and h.begun <= q.from_moment
                         and h.due_on is null and h.status not in ('verified', 'not_applicable')
     where days.fault is null and o.sign <> 0 and (h.ended > q.to_moment or h.ended = 'infinity')
    union all
    select h.place, null, 1, true
      from days
     cross join asked q
      join step_history h on h.due_on >= q.from_day and h.due_on < q.to_day and h.begun <= q.from_moment
                         and h.due_on is not null and h.status not in ('verified', 'not_applicable')
     where days.fault is null and (h.ended > q.to_moment or h.ended = 'infinity')
), counted as materialized (
    select place, sum(sign) filter (where status = 'verified') as verified, sum(sign) filter (where status = 'contradicted') as contradicted,
           sum(sign) filter (where overdue) as overdue
      from changed
     group by place
), moved as materialized (
    select t.id, t.name, t.parent, coalesce(c.verified, 0) as verified, coalesce(c.contradicted, 0) as contradicted, coalesce(c.overdue, 0) as overdue,
           coalesce(c.verified, 0) - coalesce(c.contradicted, 0) as change
      from counted c
      join area on c.place between area.lo and area.hi
      join tenant t on t.place = c.place and t.participates and t.closed_at is null and t.kind <> 'region'
), held as materialized (
    -- Of whom anything was asked between the two: the planner takes them for a few, so one is a filter of the other, hashed, and no join.
    select count(*) as tenants
      from area
      join tenant t on t.place between area.lo and area.hi
     cross join asked q
     where t.participates and t.closed_at is null and t.kind <> 'region'
       and (t.id in (select r.tenant from tenant_roadmap r, asked q
                      where lower(r.valid) <= q.to_moment and (upper(r.valid) is null or upper(r.valid) > q.from_moment))) is true
), page as materialized (
    select m.*, row_number() over (order by abs(m.change) desc, m.name, m.id) as number
      from moved m
     cross join (select case when :cursor::text is not null then cursor_read(:cursor) end as key) c
     where case coalesce(:direction, 'risen') when 'risen' then m.change > 0 else m.change < 0 end
       and (c.key is null or (-abs(m.change), m.name, m.id) > (-(c.key->>0)::numeric, c.key->>1, (c.key->>2)::bigint))
     order by abs(m.change) desc, m.name, m.id
     limit coalesce(:limit::int, 50) + 1
)
select jsonb_build_object(
           'from', q.from_day, 'to', q.to_day, 'direction', coalesce(:direction, 'risen'),
           'first', region_began(), 'last', today(),
           'within', (select jsonb_build_object('id', t.id, 'name', t.name) from tenant t where t.id = :within::bigint),
           'counts', (select jsonb_build_object('risen', count(*) filter (where change > 0), 'fallen', count(*) filter (where change < 0),
                                                'same', (select tenants from held) - count(*) filter (where change <> 0), 'verified', coalesce(sum(verified), 0),
                                                'contradicted', coalesce(sum(contradicted), 0), 'overdue', coalesce(sum(overdue), 0))
                        from moved),
           'items', (select coalesce(jsonb_agg(jsonb_build_object(
                                'id', p.id, 'name', p.name, 'parent', u.name, 'change', p.change, 'verified', p.verified, 'contradicted', p.contradicted, 'overdue', p.overdue)
                                order by p.number), '[]')
                       from page p
                       left join tenant u on u.id = p.parent and u.kind <> 'region'
                      where p.number <= coalesce(:limit::int, 50)),
           'next', (select cursor_print(jsonb_build_array(abs(l.change), l.name, l.id))
                      from page l
                     where l.number = coalesce(:limit::int, 50)
                       and exists (select from page m where m.number > l.number)))
  from asked q
 where exists (select from area)

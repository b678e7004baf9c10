-- matrix_show at the end of a day that is over: the same document, from the histories. As there but as_of: the day. Organisations are found and ordered by the names of today, and parts
-- are those of today's tree.
with asked as materialized (
    select t.t as whole, (t.t).moment, (t.t).day, (t.t).past, deadline_at((t.t).moment) as deadline from (select time_asked(:as_of::date, 'as_of') as t) t
), area as (
    select greatest(s.lo, coalesce(w.place, s.lo)) as lo, least(s.hi, coalesce(w.last, s.hi)) as hi
      from scope_ranges('overview.read') s
      left join tenant w on w.id = :within::bigint
     where :within::bigint is null or w.place <= s.hi and w.last >= s.lo
), member as materialized (
    select t.id, t.place, r.branch, r.version
      from asked q
     cross join area
      join tenant t on t.place between area.lo and area.hi
     cross join lateral (select h.participates, h.closed from tenant_history h where h.tenant = t.id and h.valid @> q.moment offset 0) h
     cross join lateral (select r.branch, r.version from tenant_roadmap r where r.tenant = t.id and r.valid @> q.moment offset 0) r
     where t.kind <> 'region' and h.participates and not h.closed
), branches as materialized (
    select m.branch, count(*) as tenants from member m group by m.branch
), chosen as materialized (
    select b.branch, coalesce((select max(m.version) from member m where m.branch = b.branch), (select max(r.version) from roadmap r where r.branch = b.branch)) as version
      from (select coalesce(:branch::text, (select branch from branches order by tenants desc, branch limit 1), 'open') as branch) b
), follower as materialized (
    select m.id, m.place from member m where m.branch = (select branch from chosen)
), step as materialized (
    select m.key, m.number, m.title, row_number() over (order by m.number) - 1 as at
      from chosen c
      join roadmap_step m on m.branch = c.branch and m.version = c.version
), part as materialized (
    select t.id, t.name, t.place, t.last, row_number() over (order by t.place)::int as number
      from (select t.id, h.name, t.place, t.last, max(t.last) over (order by t.place rows between unbounded preceding and 1 preceding) as covered
              from asked q
             cross join area
              join tenant t on t.place between area.lo and area.hi
              join tenant_history h on h.tenant = t.id and h.valid @> q.moment
             where t.kind in ('agency', 'municipality') and not h.closed and t.id is distinct from :within::bigint) t
     where t.covered is null or t.place > t.covered
), bounds as materialized (
    select coalesce(array_agg(place order by place), '{}') as places, array_agg(last order by place) as lasts from part
), cell as materialized (
    select p.step, x.part,
           count(*) filter (where p.status <> 'not_applicable') as total,
           count(*) filter (where p.claimed and p.status <> 'not_applicable') as reported,
           count(*) filter (where p.status = 'verified') as verified,
           count(*) filter (where p.status = 'verified' and p.basis in ('account', 'both')) as seen,
           count(*) filter (where p.status = 'verified' and p.basis in ('person', 'both')) as confirmed,
           count(*) filter (where p.status = 'contradicted') as contradicted,
           count(*) filter (where step_overdue(p.status, coalesce(p.due_on, q.deadline + p.offset_days), q.day)) as overdue
      from asked q
     cross join area
      join step_history p on p.place between area.lo and area.hi and holds_at(p.valid, q.moment)
     cross join bounds b
     cross join lateral (select width_bucket(p.place, b.places) as number) n
     cross join lateral (select case when p.place <= b.lasts[n.number] then n.number end as part) x
     where :cursor::text is null and (p.place in (select place from follower)) is true
     group by x.part, p.step
), tally as materialized (
    select step, 0 as part, sum(total)::bigint as total, sum(reported)::bigint as reported, sum(verified)::bigint as verified, sum(seen)::bigint as seen,
           sum(confirmed)::bigint as confirmed, sum(contradicted)::bigint as contradicted, sum(overdue)::bigint as overdue
      from cell
     group by step
     union all
    select step, part, total, reported, verified, seen, confirmed, contradicted, overdue from cell where part is not null
), graded as materialized (
    select y.*, share(y.verified, y.total) as verified_share, share(y.reported, y.total) as reported_share,
           matrix_level(y.verified, y.total) as level,
           min(share(y.verified, y.total)) over w as least, max(share(y.verified, y.total)) over w as most
      from tally y
    window w as (partition by y.step, y.part = 0)
), summary as materialized (
    select p.part, jsonb_agg(jsonb_build_object('key', s.key, 'number', s.number, 'total', coalesce(g.total, 0), 'reported', coalesce(g.reported, 0),
                                                'verified', coalesce(g.verified, 0), 'seen', coalesce(g.seen, 0), 'confirmed', coalesce(g.confirmed, 0),
                                                'contradicted', coalesce(g.contradicted, 0), 'overdue', coalesce(g.overdue, 0),
                                                'verified_share', g.verified_share, 'reported_share', g.reported_share, 'level', g.level,
                                                'worst', coalesce(g.verified_share = g.least and g.least < g.most, false)) order by s.at) as cells
      from (select distinct part from tally) p
     cross join step s
      left join graded g on g.step = s.key and g.part = p.part
     group by p.part
), page as (
    select t.id, t.name, t.parent
      from area
      join tenant t on t.place between area.lo and area.hi
     where (t.id in (select id from follower)) is true
       and (:search::text is null
            or t.id in (select d.tenant
                          from directory d
                         where d.words like fold_needle(:search) and d.words ~ all (fold_matches(:search)) or d.words like fold_pattern(:address)))
       and (:status::text is null and not coalesce(:overdue::boolean, false)
            or (t.place in (select p.place
                              from asked q
                             cross join area
                              join step_history p on p.place between area.lo and area.hi and holds_at(p.valid, q.moment)
                             where p.step = coalesce(:step::text, p.step) and p.status = coalesce(:status::text, p.status)
                               and (step_overdue(p.status, coalesce(p.due_on, q.deadline + p.offset_days), q.day) or not coalesce(:overdue::boolean, false)))) is true)
       and (:cursor::text is null
            or (t.name, t.id) > (select c.value->>0, (c.value->>1)::bigint
                                   from (select cursor_read(:cursor) as value) c))
     order by t.name, t.id
     limit coalesce(:limit::int, 25) + 1
), shown as materialized (
    select *, row_number() over (order by name, id) as number from page
)
select jsonb_build_object(
           'as_of', (select case when past then day end from asked), 'first', region_began(), 'last', today(),
           -- The filters as they stand in the address, but for words, for who goes back to today
           'list', concat_ws('&', 'branch=' || (select branch from chosen), 'within=' || :within::bigint, 'step=' || :step::text, 'status=' || :status::text,
                             case when :overdue::boolean then 'overdue=true' end),
           'within', (select jsonb_build_object('id', t.id, 'name', coalesce(h.name, t.name))
                        from asked q
                        join tenant t on t.id = :within::bigint
                        left join tenant_history h on h.tenant = t.id and h.valid @> q.moment),
           'path', (select coalesce(jsonb_agg(jsonb_build_object('id', u.id, 'name', u.name) order by u.place), '[]')
                      from tenant w
                      join tenant u on w.place between u.place and u.last and u.id <> w.id and u.kind <> 'region'
                     where w.id = :within::bigint),
           'branch', (select branch from chosen),
           'branches', case when :cursor::text is null then
                       (select coalesce(jsonb_agg(jsonb_build_object('branch', b.branch, 'tenants', b.tenants) order by b.tenants desc, b.branch), '[]') from branches b) end,
           'steps', (select coalesce(jsonb_agg(jsonb_build_object('key', s.key, 'number', s.number, 'title', s.title) order by s.at), '[]') from step s),
           'total', (select jsonb_build_object('cells', y.cells) from summary y where y.part = 0),
           'parts', (select jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name, 'cells', y.cells) order by p.name, p.id) from part p join summary y on y.part = p.number),
           'columns', (select coalesce(jsonb_agg(jsonb_build_object('key', s.key, 'title', s.number || '. ' || s.title, 'path', 'cells.' || s.at || '.word',
                                                                    'code', 'matrix.cell') order by s.at), '[]') from step s),
           'items', (select coalesce(jsonb_agg(jsonb_build_object(
                                'id', h.id, 'name', w.name, 'short_name', w.short_name, 'inn', w.inn, 'ogrn', w.ogrn,
                                'parent', (select jsonb_build_object('id', u.id, 'name', u.name) from tenant u where u.id = h.parent and u.kind <> 'region'),
                                'overdue', c.overdue, 'overdue_steps', c.overdue_steps, 'cells', c.cells) order by h.number), '[]')
                       from asked q
                      cross join shown h
                       join tenant_history w on w.tenant = h.id and w.valid @> q.moment
                      cross join lateral (select count(*) filter (where p.overdue) as overdue,
                                                 string_agg(s.number::text, ', ' order by s.at) filter (where p.overdue) as overdue_steps,
                                                 jsonb_agg(jsonb_build_object('key', s.key, 'number', s.number, 'status', p.status, 'basis', p.basis, 'overdue', p.overdue,
                                                                              'disputed', p.disputed, 'claimed', p.claimed, 'word', matrix_word(p.status, p.basis))
                                                           order by s.at) as cells
                                            from step s
                                            left join step_state_at(h.id, q.whole) p on p.step = s.key) c
                      where h.number <= coalesce(:limit::int, 25)),
           'next', (select cursor_print(jsonb_build_array(h.name, h.id))
                      from shown h
                     where h.number = coalesce(:limit::int, 25)
                       and exists (select from shown m where m.number > h.number)),
           'words', '[{"code": "verified_account"}, {"code": "verified_person"}, {"code": "verified_both"}, {"code": "claimed"}, {"code": "contradicted"},
                      {"code": "returned"}, {"code": "in_progress"}, {"code": "not_started"}, {"code": "not_applicable"}]'::jsonb,
           'levels', '[{"code": "all"}, {"code": "most"}, {"code": "half"}, {"code": "some"}, {"code": "none"}]'::jsonb,
           'statuses', '[{"code": "not_started"}, {"code": "in_progress"}, {"code": "claimed"}, {"code": "verified"}, {"code": "contradicted"}, {"code": "returned"},
                         {"code": "not_applicable"}]'::jsonb,
           'continued', :cursor::text is not null,
           'filter', jsonb_build_object('search', :search::text, 'step', :step::text, 'status', :status::text, 'overdue', coalesce(:overdue::boolean, false),
                                        'within', :within::bigint))
 where exists (select from area)

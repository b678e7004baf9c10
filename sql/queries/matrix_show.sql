-- The steps of one branch: how far each part of an area is with each (parts, with the whole area in total), and each organisation's status of each by name: {items, next, ...}.
-- within: a subtree's root; branch: the one with most tenants there, unless told; search, address: as in tenant_list; step, status, overdue: who has such a step; cursor, limit:
-- keyset by (name, id). The parts and the branches come with the first page alone, and so do not follow the filters below the area.
--
-- `reported` is what people ticked, `verified` what a look showed (seen) or a curator said (confirmed), which may be both: they never add up to one number.
with area as (
    select greatest(s.lo, coalesce(w.place, s.lo)) as lo, least(s.hi, coalesce(w.last, s.hi)) as hi
      from scope_ranges('overview.read') s
      left join tenant w on w.id = :within::bigint
     where :within::bigint is null or w.place <= s.hi and w.last >= s.lo
), member as materialized (
    select t.id, t.name, r.branch
      from area
      join tenant t on t.place between area.lo and area.hi
      join tenant_roadmap r on r.tenant = t.id and upper_inf(r.valid)
     where t.participates and t.closed_at is null and t.kind <> 'region'
), branches as materialized (
    select m.branch, count(*) as tenants from member m group by m.branch
), chosen as materialized (
    select b.branch, (select max(r.version) from roadmap r where r.branch = b.branch) as version
      from (select coalesce(:branch::text, (select branch from branches order by tenants desc, branch limit 1), 'open') as branch) b
), step as materialized (
    select m.key, m.number, m.title, row_number() over (order by m.number) - 1 as at
      from chosen c
      join roadmap_step m on m.branch = c.branch and m.version = c.version
), part as materialized (
    -- What has no agency or municipality above it in the area: they lie beside each other, and each member in one of them at most.
    select t.id, t.name, t.place, t.last, row_number() over (order by t.place)::int as number
      from (select t.*, max(t.last) over (order by t.place rows between unbounded preceding and 1 preceding) as covered
              from area
              join tenant t on t.place between area.lo and area.hi
             where t.kind in ('agency', 'municipality') and t.closed_at is null and t.id is distinct from :within::bigint) t
     where t.covered is null or t.place > t.covered
), band as materialized (
    -- The places of each part, and those of no part.
    select number as part, place as lo, last as hi from part
    union all
    select null, lower(rest), upper(rest) - 1
      from unnest((select range_agg(int4range(lo, hi, '[]')) from area) - (select coalesce(range_agg(int4range(place, last, '[]')), '{}') from part)) as rest
), cell as materialized (
    -- Each by itself, from an index alone: gathered, all steps of a region would be sorted.
    select b.part, s.key as step, n.*
      from chosen c
     cross join step s
     cross join band b
     cross join lateral (select count(*) filter (where p.status <> 'not_applicable') as total,
                                count(*) filter (where p.claimed and p.status <> 'not_applicable') as reported,
                                count(*) filter (where p.status = 'verified') as verified,
                                count(*) filter (where p.status = 'verified' and p.basis in ('account', 'both')) as seen,
                                count(*) filter (where p.status = 'verified' and p.basis in ('person', 'both')) as confirmed,
                                count(*) filter (where p.status = 'contradicted') as contradicted,
                                count(*) filter (where p.overdue) as overdue,
                                count(*) as held
                           from step_state p
                          where p.branch = c.branch and p.step = s.key and p.place between b.lo and b.hi
                            -- The planner takes what an area holds for a few: members are a filter that is hashed, and no join.
                            and (p.tenant in (select id from member)) is true) n
     where :cursor::text is null and n.held > 0
), tally as materialized (
    -- Of the whole area as part 0, and of each part.
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
    -- worst: no other part has less of it verified.
    select p.part, jsonb_agg(jsonb_build_object('key', s.key, 'number', s.number, 'total', coalesce(g.total, 0), 'reported', coalesce(g.reported, 0),
                                                'verified', coalesce(g.verified, 0), 'seen', coalesce(g.seen, 0), 'confirmed', coalesce(g.confirmed, 0),
                                                'contradicted', coalesce(g.contradicted, 0), 'overdue', coalesce(g.overdue, 0),
                                                'verified_share', g.verified_share, 'reported_share', g.reported_share, 'level', g.level,
                                                'worst', coalesce(g.verified_share = g.least and g.least < g.most, false)) order by s.at) as cells
      from (select distinct part from tally) p
     cross join step s
      left join graded g on g.step = s.key and g.part = p.part
     group by p.part
), page as materialized (
    select m.id, m.name, row_number() over (order by m.name, m.id) as number
      from (select m.id, m.name
              from member m
             where m.branch = (select branch from chosen)
               and (:search::text is null
                    or m.id in (select d.tenant
                                  from directory d
                                 where d.words like fold_needle(:search) and d.words ~ all (fold_matches(:search)) or d.words like fold_pattern(:address)))
               and (:status::text is null and not coalesce(:overdue::boolean, false)
                    or (m.id in (select p.tenant
                                   from chosen c
                                  cross join area
                                  cross join lateral (select distinct k.key from roadmap_step k where k.branch = c.branch and k.key = coalesce(:step::text, k.key)) k
                                   join step_state p on p.branch = c.branch and p.step = k.key and p.place between area.lo and area.hi
                                  where p.status = coalesce(:status::text, p.status)
                                    and (p.overdue or not coalesce(:overdue::boolean, false)))) is true)
               and (:cursor::text is null
                    or (m.name, m.id) > (select c.value->>0, (c.value->>1)::bigint
                                           from (select cursor_read(:cursor) as value) c))
             order by m.name, m.id
             limit coalesce(:limit::int, 25) + 1) m
), shown as materialized (
    select t.id, t.name, t.short_name, t.inn, t.ogrn, t.parent, p.number from page p join tenant t on t.id = p.id
)
select jsonb_build_object(
           'first', region_began(), 'last', today(),
           'within', (select jsonb_build_object('id', id, 'name', name) from tenant where id = :within::bigint),
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
                                'id', h.id, 'name', h.name, 'short_name', h.short_name, 'inn', h.inn, 'ogrn', h.ogrn,
                                'parent', (select jsonb_build_object('id', u.id, 'name', u.name) from tenant u where u.id = h.parent and u.kind <> 'region'),
                                'overdue', c.overdue, 'overdue_steps', c.overdue_steps, 'cells', c.cells) order by h.number), '[]')
                       from shown h
                      cross join lateral (select count(*) filter (where p.overdue) as overdue,
                                                 string_agg(s.number::text, ', ' order by s.at) filter (where p.overdue) as overdue_steps,
                                                 jsonb_agg(jsonb_build_object('key', s.key, 'number', s.number, 'status', p.status, 'basis', p.basis, 'overdue', p.overdue,
                                                                              'disputed', p.disputed, 'claimed', p.claimed, 'word', matrix_word(p.status, p.basis))
                                                           order by s.at) as cells
                                            from step s
                                            left join step_state p on p.tenant = h.id and p.step = s.key) c
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

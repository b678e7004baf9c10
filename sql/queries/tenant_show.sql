-- One tenant with its accounts, roadmap, children and latest events, now or at the end of a day. id; as_of: a day, optional.
with asked as materialized (
    select t.t as whole, (t.t).moment, (t.t).day, (t.t).past from (select time_asked(:as_of::date, 'as_of') as t) t
)
select jsonb_build_object(
           'id', t.id,
           'as_of', case when q.past then q.day end,
           'version', t.version,
           'name', coalesce(h.name, t.name),
           'short_name', case when q.past then h.short_name else t.short_name end,
           'kind', t.kind,
           'inn', case when q.past then h.inn else t.inn end,
           'ogrn', case when q.past then h.ogrn else t.ogrn end,
           'category', t.category,
           'spheres', t.spheres,
           'site_host', t.site_host,
           'participates', case when q.past then h.participates else t.participates end,
           'closed_at', case when q.past and not h.closed then null else t.closed_at end,
           'merged_into', (select jsonb_build_object('id', m.id, 'name', m.name) from tenant m where m.id = t.merged_into and (not q.past or h.closed)),
           'path', (select coalesce(jsonb_agg(jsonb_build_object('id', u.id, 'name', u.name) order by u.place), '[]')
                      from tenant u
                     where t.place between u.place and u.last and u.id <> t.id and u.kind <> 'region'),
           'branch', r.branch,
           'roadmap', (select m.title from roadmap m where m.branch = r.branch and m.version = r.version),
           'exemption', (select jsonb_build_object('ground', e.ground, 'since', lower(e.valid)) from exemption e where e.tenant = t.id and e.valid @> q.moment),
           'can', jsonb_build_object(
               'change', not q.past and t.closed_at is null and t.place <@ (select scope('tenant.change')),
               'move', not q.past and t.parent is not null and t.place <@ (select scope('tenant.move')),
               'account', not q.past and t.closed_at is null and t.place <@ (select scope('account.change')),
               'look', not q.past and t.closed_at is null and t.place <@ (select scope('look.request')) and a.any,
               'claim', not q.past and t.closed_at is null and t.place <@ (select scope('step.claim')),
               'decide', not q.past and t.closed_at is null and t.place <@ (select scope('step.decide'))),
           'pending', a.pending,
           'accounts', a.list,
           'counts', to_jsonb(c),
           'steps', s.list,
           'children', (select coalesce(jsonb_agg(jsonb_build_object('id', k.id, 'name', k.name, 'kind', k.kind) order by k.name, k.id), '[]')
                          from (select id, name, kind from tenant where not q.past and parent = t.id and closed_at is null
                                 union all
                                select tenant, name, kind from tenant_history where q.past and parent = t.id and valid @> q.moment and not closed
                                 order by name, id limit 200) k),
           'past', (select coalesce(jsonb_agg(jsonb_build_object('name', h.name, 'inn', h.inn, 'ogrn', h.ogrn, 'until', upper(h.valid),
                                                                 'parent', (select u.name from tenant u where u.id = h.parent))
                                              order by h.valid desc), '[]')
                      from tenant_history h
                     where h.tenant = t.id and upper(h.valid) <= q.moment),
           'events', (select coalesce(jsonb_agg(event_document(v) order by v.id desc), '[]')
                        from (select * from event where tenant = t.id and kind <> 'account_looked' and at <= q.moment order by id desc limit 20) v))
  from asked q
  join tenant t on t.id = :id::bigint
  left join tenant_history h on q.past and h.tenant = t.id and h.valid @> q.moment
  left join tenant_roadmap r on r.tenant = t.id and r.valid @> q.moment
 cross join lateral (
      select coalesce(bool_or(true), false) as any,
             coalesce(bool_or(x.pending), false) as pending,
             coalesce(jsonb_agg(case when q.past then account_document_at(x.account, x.title, q.whole)
                                     else account_document(x.account, x.title, x.pending)
                                          || jsonb_build_object('last_post', reading_last_post(x.reading), 'social', x.social,
                                                                'warnings', account_warnings(t.id, (x.account).id, (x.account).network, (x.account).address,
                                                                                             (x.account).title, x.reading),
                                                                'rivals', case when (x.account).contested then account_rivals(x.account) end) end
                                order by x.account), '[]') as list
        from (select a as account, n.title, n.social, r.reading,
                     not q.past and exists (select from job j where j.tenant = a.tenant and j.account = a.id and j.finished_at is null and j.on_demand) as pending
                from account a
                join network n on n.code = a.network
                left join lateral (select l.reading from look l where l.tenant = a.tenant and l.account = a.id and look_saw(l.state)
                                    order by l.id desc limit 1) r on not q.past
               where a.tenant = t.id and a.valid @> q.moment) x
  ) a
 cross join lateral (
      select coalesce(jsonb_agg(step_document(p, m) order by p.number), '[]') as list
        from step_state_at(t.id, q.whole) p
        join roadmap_step m on m.branch = p.branch and m.version = p.version and m.key = p.step
  ) s
 cross join lateral (
      select count(*) filter (where status <> 'not_applicable') as total,
             count(*) filter (where status = 'verified') as verified,
             count(*) filter (where status = 'verified' and basis in ('account', 'both')) as seen,
             count(*) filter (where status = 'verified' and basis in ('person', 'both')) as confirmed,
             count(*) filter (where claimed and status <> 'not_applicable') as reported,
             count(*) filter (where status = 'contradicted') as contradicted,
             count(*) filter (where overdue) as overdue
        from step_state_at(t.id, q.whole)
  ) c
 where not q.past or h.tenant is not null

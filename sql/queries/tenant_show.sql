-- One tenant with its accounts, roadmap, children and latest events. id.
select jsonb_build_object(
           'id', t.id,
           'version', t.version,
           'name', t.name,
           'short_name', t.short_name,
           'kind', t.kind,
           'inn', t.inn,
           'ogrn', t.ogrn,
           'category', t.category,
           'spheres', t.spheres,
           'site_host', t.site_host,
           'participates', t.participates,
           'closed_at', t.closed_at,
           'merged_into', (select jsonb_build_object('id', m.id, 'name', m.name) from tenant m where m.id = t.merged_into),
           'path', (select coalesce(jsonb_agg(jsonb_build_object('id', u.id, 'name', u.name) order by u.place), '[]')
                      from tenant u
                     where t.place between u.place and u.last and u.id <> t.id and u.kind <> 'region'),
           'branch', r.branch,
           'roadmap', (select m.title from roadmap m where m.branch = r.branch and m.version = r.version),
           'exemption', (select jsonb_build_object('ground', e.ground, 'since', lower(e.valid)) from exemption e where e.tenant = t.id and upper_inf(e.valid)),
           'can', jsonb_build_object(
               'change', t.closed_at is null and t.place <@ (select scope('tenant.change')),
               'move', t.parent is not null and t.place <@ (select scope('tenant.move')),
               'account', t.closed_at is null and t.place <@ (select scope('account.change')),
               'look', t.closed_at is null and t.place <@ (select scope('look.request')) and a.any,
               'claim', t.closed_at is null and t.place <@ (select scope('step.claim')),
               'decide', t.closed_at is null and t.place <@ (select scope('step.decide'))),
           'pending', a.pending,
           'accounts', a.list,
           'counts', to_jsonb(c),
           'steps', s.list,
           'children', (select coalesce(jsonb_agg(jsonb_build_object('id', k.id, 'name', k.name, 'kind', k.kind) order by k.name, k.id), '[]')
                          from (select id, name, kind from tenant where parent = t.id and closed_at is null order by name, id limit 200) k),
           'past', (select coalesce(jsonb_agg(jsonb_build_object('name', h.name, 'inn', h.inn, 'ogrn', h.ogrn, 'until', upper(h.valid),
                                                                 'parent', (select u.name from tenant u where u.id = h.parent))
                                              order by h.valid desc), '[]')
                      from tenant_history h
                     where h.tenant = t.id and not upper_inf(h.valid)),
           'events', (select coalesce(jsonb_agg(event_document(v) order by v.id desc), '[]')
                        from (select * from event where tenant = t.id and kind <> 'account_looked' order by id desc limit 20) v))
  from tenant t
  left join tenant_roadmap r on r.tenant = t.id and upper_inf(r.valid)
 cross join lateral (
      select coalesce(bool_or(true), false) as any,
             coalesce(bool_or(x.pending), false) as pending,
             coalesce(jsonb_agg(account_document(x.account, x.title, x.pending)
                                || jsonb_build_object('last_post', reading_last_post(x.reading), 'social', x.social,
                                                      'warnings', account_warnings(t.id, (x.account).id, (x.account).network, (x.account).address, (x.account).title, x.reading))
                                order by x.account), '[]') as list
        from (select a as account, n.title, n.social, r.reading,
                     exists (select from job j where j.tenant = a.tenant and j.account = a.id and j.finished_at is null and j.on_demand) as pending
                from account a
                join network n on n.code = a.network
                left join lateral (select l.reading from look l where l.tenant = a.tenant and l.account = a.id and look_saw(l.state)
                                    order by l.id desc limit 1) r on true
               where a.tenant = t.id and upper_inf(a.valid)) x
  ) a
 cross join lateral (
      select coalesce(jsonb_agg(step_document(p, m) order by p.number), '[]') as list
        from step_state p
        join roadmap_step m on m.branch = p.branch and m.version = p.version and m.key = p.step
       where p.tenant = t.id
  ) s
 cross join lateral (
      select count(*) filter (where status <> 'not_applicable') as total,
             count(*) filter (where status = 'verified') as verified,
             count(*) filter (where status = 'verified' and basis in ('account', 'both')) as seen,
             count(*) filter (where status = 'verified' and basis in ('person', 'both')) as confirmed,
             count(*) filter (where claimed and status <> 'not_applicable') as reported,
             count(*) filter (where status = 'contradicted') as contradicted,
             count(*) filter (where overdue) as overdue
        from step_state
       where tenant = t.id
  ) c
 where t.id = :id::bigint

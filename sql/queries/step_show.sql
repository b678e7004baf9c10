-- One step of a tenant: what it asks, what was reported, what was seen. id, key.
select step_document(p, m) || jsonb_build_object(
           'first', region_began(), 'last', today(),
           'tenant', jsonb_build_object('id', t.id, 'name', t.name, 'closed_at', t.closed_at),
           'why', m.why,
           'how', m.how,
           'how_lines', to_jsonb(string_to_array(m.how, E'\n')),
           'drawings', check_drawings(m.checks),
           'due', due_document(p.due_on),
           'undone', p.status not in ('claimed', 'verified', 'not_applicable'),
           'doing', t.closed_at is null and p.status in ('not_started', 'in_progress', 'returned') and p.place <@ (select scope('step.claim'))
                    and not p.place <@ (select scope('step.decide')),
           'evidence', m.evidence,
           'mandatory', m.mandatory,
           'manual', 'MAN' = any (m.checks),
           'looked', p.seen not in ('none', 'passed') and p.status <> 'not_applicable' and coalesce(p.basis, '') not in ('person', 'both'),
           'depends_on', (select coalesce(jsonb_agg(jsonb_build_object('key', d.step, 'title', dm.title, 'status', d.status) order by d.number), '[]')
                            from step_state d
                            join roadmap_step dm on dm.branch = d.branch and dm.version = d.version and dm.key = d.step
                           where d.tenant = p.tenant and d.step = any (m.depends_on)),
           'claim', (select jsonb_build_object('who', person_name(k.person), 'mine', k.person = caller(), 'at', lower(k.valid), 'note', k.note,
                                               'link', k.link, 'on_behalf', k.on_behalf,
                                               'late', (lower(k.valid) at time zone (select timezone from region))::date > p.due_on,
                                               'fresh', k.person = caller() and p.status in ('claimed', 'verified')
                                                        and lower(k.valid) > veha.now() - interval '15 minutes')
                       from claim k
                      where k.tenant = p.tenant and k.step = p.step and upper_inf(k.valid)),
           'draft', (select jsonb_build_object('who', person_name(w.person), 'at', w.at, 'note', w.note, 'link', w.link)
                       from draft w
                      where w.tenant = p.tenant and w.step = p.step),
           'files', file_list(p.tenant, p.step, false),
           'files_removed', file_list(p.tenant, p.step, true),
           'typed', coalesce((select jsonb_build_object('note', w.note, 'link', w.link) from draft w where w.tenant = p.tenant and w.step = p.step),
                             (select jsonb_build_object('note', k.note, 'link', k.link) from claim k where k.tenant = p.tenant and k.step = p.step order by k.id desc limit 1)),
           'decision', (select jsonb_build_object('word', d.word, 'who', person_name(d.person), 'at', lower(d.valid), 'reason', d.reason,
                                                  'expires_at', d.expires_at)
                          from decision d
                         where d.tenant = p.tenant and d.step = p.step and upper_inf(d.valid)),
           'returned', (select jsonb_build_object('who', person_name(d.person), 'at', lower(d.valid), 'reason', d.reason)
                          from decision d
                         where d.tenant = p.tenant and d.step = p.step and upper_inf(d.valid) and d.word = 'returned' and p.status = 'returned'),
           'dispute', (select jsonb_build_object('open', upper_inf(d.valid), 'who', person_name(d.person), 'at', lower(d.valid), 'reason', d.reason, 'link', d.link,
                                                 'ending', d.ending, 'ended_at', upper(d.valid), 'answer', d.answer, 'decider', person_name(d.decider))
                         from dispute d
                        where d.tenant = p.tenant and d.step = p.step
                        order by d.id desc
                        limit 1),
           'checks', (select coalesce(jsonb_agg(jsonb_build_object(
                                 'check', c."check",
                                 'sights', (select coalesce(jsonb_agg(jsonb_build_object(
                                                      'account', a.id, 'network', a.network, 'network_title', n.title, 'address', a.address, 'url', a.url,
                                                      'tells', nc.tells, 'state', a.state, 'result', g.result, 'reason', g.reason, 'facts', g.facts, 'at', g.at,
                                                      'since', g.run_since, 'look', g.look, 'looked', g.look is not null, 'is', facts_marks(c."check", g.facts), 'advice', advice(g.result, g.reason),
                                                      'past', (select coalesce(jsonb_agg(jsonb_build_object('look', v.look, 'at', v.at, 'result', v.result, 'reason', v.reason,
                                                                                                            'facts', v.facts) order by v.at desc), '[]')
                                                                 from (select * from verdict where tenant = a.tenant and account = a.id and "check" = c."check"
                                                                        order by at desc limit 10) v))
                                                      order by n.code, a.id), '[]')
                                              from account a
                                              join network n on n.code = a.network
                                              join network_check nc on nc.network = a.network and nc."check" = c."check" and nc.tells <> 'shows'
                                              left join sighting g on g.tenant = a.tenant and g.account = a.id and g."check" = c."check"
                                             where a.tenant = p.tenant and upper_inf(a.valid)
                                               and (m.network is null or a.network = m.network)))
                                 order by c.number), '[]')
                        from unnest(m.checks) with ordinality as c ("check", number)
                       where c."check" <> 'MAN'),
           'comments', (select coalesce(jsonb_agg(comment_document(c) order by c.id), '[]')
                          from (select * from comment where tenant = p.tenant and step = p.step order by id desc limit 50) c),
           'can', jsonb_build_object(
               'work', t.closed_at is null and p.place <@ (select scope('step.claim')) and not p.place <@ (select scope('step.decide')),
               'send', t.closed_at is null and p.status <> 'not_applicable' and p.place <@ (select scope('step.claim'))
                       and (not p.claimed or p.status in ('returned', 'contradicted'))
                       and exists (select from draft w where w.tenant = p.tenant and w.step = p.step),
               'comment', t.closed_at is null and p.status <> 'not_applicable' and p.place <@ (select scope('step.comment')),
               'claim', t.closed_at is null and p.status <> 'not_applicable' and p.place <@ (select scope('step.claim'))
                        and (not p.claimed or p.status in ('returned', 'contradicted')),
               'attach', t.closed_at is null and p.status <> 'not_applicable' and p.place <@ (select scope('step.claim')),
               'withdraw', t.closed_at is null and p.claimed and p.place <@ (select scope('step.claim')),
               'on_behalf', p.place <@ (select scope('step.decide')),
               'decide', t.closed_at is null and p.status <> 'not_applicable' and p.place <@ (select scope('step.decide')),
               'dispute', t.closed_at is null and disputable(p) and not p.disputed and p.place <@ (select scope('step.dispute')),
               'undispute', t.closed_at is null and p.disputed and p.place <@ (select scope('step.dispute')),
               'settle', t.closed_at is null and p.disputed and p.place <@ (select scope('step.decide')),
               'look', t.closed_at is null and m.checks <> '{MAN}' and p.place <@ (select scope('look.request'))
                       and exists (select from account a where a.tenant = p.tenant and upper_inf(a.valid))),
           'branch', p.branch,
           'others', (select count(distinct o.tenant)
                        from membership w
                        join step_state o on o.place between w.place and w.last and o.tenant <> p.tenant and o.branch = p.branch and o.step = p.step
                                         and o.status <> 'not_applicable' and (not o.claimed or o.status in ('returned', 'contradicted'))
                       where w.person = caller() and w.ended_at is null and w.role = 'specialist'
                         and (select u.closed_at is null from tenant u where u.id = o.tenant)),
           'pending', exists (select from job j where j.tenant = p.tenant and j.account is not null and j.finished_at is null and j.on_demand),
           'progress', (select coalesce(jsonb_agg(jsonb_build_object('network', a.network, 'network_title', n.title, 'since', j.created_at,
                                                                     'taken', coalesce(j.lease_until > veha.now(), false)) order by n.code, a.id), '[]')
                          from job j
                          join account a on a.tenant = j.tenant and a.id = j.account
                          join network n on n.code = a.network
                         where j.tenant = p.tenant and j.finished_at is null and j.on_demand),
           'events', (select coalesce(jsonb_agg(event_document(v) order by v.id desc), '[]')
                        from (select * from event where tenant = p.tenant and step = p.step order by id desc limit 50) v))
  from step_state p
  join tenant t on t.id = p.tenant
  join roadmap_step m on m.branch = p.branch and m.version = p.version and m.key = p.step
 where p.tenant = :id::bigint and p.step = :key

-- All that was ever true and said of one step of a tenant, newest first. id, key.
select jsonb_build_object(
           'tenant', jsonb_build_object('id', t.id, 'name', t.name),
           'key', :key::text,
           'title', coalesce((select m.title from step_state p join roadmap_step m on m.branch = p.branch and m.version = p.version and m.key = p.step
                               where p.tenant = t.id and p.step = :key),
                             (select m.title from roadmap_step m where m.key = :key order by m.version desc limit 1)),
           'current', exists (select from step_state p where p.tenant = t.id and p.step = :key),
           'statuses', (select coalesce(jsonb_agg(jsonb_build_object('since', lower(h.valid), 'until', upper(h.valid), 'status', h.status, 'basis', h.basis, 'seen', h.seen,
                                                                     'claimed', h.claimed, 'due_on', coalesce(h.due_on, deadline_at(lower(h.valid)) + h.offset_days)) order by h.valid desc), '[]')
                          from (select * from step_history where tenant = t.id and step = :key order by valid desc limit 200) h),
           'claims', (select coalesce(jsonb_agg(jsonb_build_object('since', lower(k.valid), 'until', upper(k.valid), 'who', person_name(k.person), 'on_behalf', k.on_behalf,
                                                                   'note', k.note, 'link', k.link) order by k.id desc), '[]')
                        from (select * from claim where tenant = t.id and step = :key order by id desc limit 200) k),
           'decisions', (select coalesce(jsonb_agg(jsonb_build_object('since', lower(d.valid), 'until', upper(d.valid), 'word', d.word, 'who', person_name(d.person),
                                                                      'reason', d.reason, 'expires_at', d.expires_at) order by d.id desc), '[]')
                           from (select * from decision where tenant = t.id and step = :key order by id desc limit 200) d),
           'disputes', (select coalesce(jsonb_agg(jsonb_build_object('since', lower(d.valid), 'until', upper(d.valid), 'who', person_name(d.person), 'reason', d.reason,
                                                                     'link', d.link, 'ending', d.ending, 'answer', d.answer, 'decider', person_name(d.decider)) order by d.id desc), '[]')
                          from (select * from dispute where tenant = t.id and step = :key order by id desc limit 200) d),
           'verdicts', (select coalesce(jsonb_agg(jsonb_build_object('at', v.at, 'network', v.network, 'address', v.address, 'check', v."check", 'look', v.look,
                                                                     'result', v.result, 'reason', v.reason) order by v.at desc, v.account, v."check"), '[]')
                          from (select v.*, a.network, a.address
                                  from (select *, lag(result) over (partition by account, "check" order by at, look) as before
                                          from verdict
                                         where tenant = t.id and "check" = any (array(select unnest(m.checks)
                                                                                        from tenant_roadmap r
                                                                                        join roadmap_step m on m.branch = r.branch and m.version = r.version and m.key = :key
                                                                                       where r.tenant = t.id))) v
                                  join account a on a.tenant = v.tenant and a.id = v.account
                                 where v.result is distinct from v.before
                                   and coalesce((select m.network from roadmap_step m where m.key = :key order by m.version desc limit 1), a.network) = a.network
                                 order by v.at desc
                                 limit 200) v))
  from tenant t
 where t.id = :id::bigint
   and exists (select from step_history h where h.tenant = t.id and h.step = :key)

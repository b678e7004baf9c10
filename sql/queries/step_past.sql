-- step_show at the end of a day that is over: the same document, from the histories, in which nothing can be done. id, key; as_of: the day. Drafts are kept of now alone, and words of a comment
-- that was taken back are gone for every day. forgotten: of an account that had been looked at no look of then is kept.
with asked as materialized (
    select t.t as whole, (t.t).moment, (t.t).day, (t.t).past from (select time_asked(:as_of::date, 'as_of') as t) t
), sight as materialized (
    select c.number, c."check", a.id as account, n.code, jsonb_build_object(
               'account', a.id, 'network', a.network, 'network_title', n.title, 'address', a.address, 'url', a.url, 'tells', nc.tells, 'state', h.state,
               'result', g.result, 'reason', g.reason, 'facts', g.facts, 'at', g.at, 'since', g.run_since, 'look', g.look, 'looked', g.look is not null,
               'is', facts_marks(c."check", g.facts), 'advice', advice(g.result, g.reason),
               'past', (select coalesce(jsonb_agg(jsonb_build_object('look', v.look, 'at', v.at, 'result', v.result, 'reason', v.reason, 'facts', v.facts)
                                                  order by v.at desc), '[]')
                          from (select * from verdict where tenant = a.tenant and account = a.id and "check" = c."check" and at <= q.moment
                                 order by at desc limit 10) v)) as document,
           h.state <> 'unseen' and not exists (select from look k where k.tenant = a.tenant and k.account = a.id and k.at <= q.moment) as forgotten
      from asked q
      join tenant_roadmap r on r.tenant = :id::bigint and r.valid @> q.moment
      join roadmap_step m on m.branch = r.branch and m.version = r.version and m.key = :key
     cross join unnest(m.checks) with ordinality as c ("check", number)
      join account a on a.tenant = r.tenant and a.valid @> q.moment and (m.network is null or a.network = m.network)
      join network n on n.code = a.network
      join network_check nc on nc.network = a.network and nc."check" = c."check" and nc.tells <> 'shows'
      left join account_history h on h.tenant = a.tenant and h.account = a.id and h.valid @> q.moment
     cross join sight_at(a.tenant, a.id, c."check", q.moment) g
     where c."check" <> 'MAN'
)
select step_document(p, m) || jsonb_build_object(
           'as_of', case when q.past then q.day end, 'first', region_began(), 'last', today(),
           'forgotten', exists (select from sight where forgotten),
           'tenant', jsonb_build_object('id', t.id, 'name', w.name, 'closed_at', case when w.closed then t.closed_at end),
           'why', m.why,
           'how', m.how,
           'how_lines', to_jsonb(string_to_array(m.how, E'\n')),
           'drawings', check_drawings(m.checks),
           'due', due_document_at(p.due_on, q.day),
           'undone', p.status not in ('claimed', 'verified', 'not_applicable'),
           'doing', false,
           'evidence', m.evidence,
           'mandatory', m.mandatory,
           'manual', 'MAN' = any (m.checks),
           'looked', p.seen not in ('none', 'passed') and p.status <> 'not_applicable' and coalesce(p.basis, '') not in ('person', 'both'),
           'depends_on', (select coalesce(jsonb_agg(jsonb_build_object('key', d.step, 'title', dm.title, 'status', d.status) order by d.number), '[]')
                            from step_state_at(t.id, q.whole) d
                            join roadmap_step dm on dm.branch = d.branch and dm.version = d.version and dm.key = d.step
                           where d.step = any (m.depends_on)),
           'claim', (select jsonb_build_object('who', person_name(k.person), 'mine', k.person = caller(), 'at', lower(k.valid), 'note', k.note,
                                               'link', k.link, 'on_behalf', k.on_behalf,
                                               'late', (lower(k.valid) at time zone (select timezone from region))::date > p.due_on, 'fresh', false)
                       from claim k
                      where k.tenant = p.tenant and k.step = p.step and k.valid @> q.moment),
           'draft', null,
           'files', file_list_at(p.tenant, p.step, q.moment),
           'files_removed', '[]'::jsonb,
           'typed', null,
           'decision', (select jsonb_build_object('word', d.word, 'who', person_name(d.person), 'at', lower(d.valid), 'reason', d.reason, 'expires_at', d.expires_at)
                          from decision d
                         where d.tenant = p.tenant and d.step = p.step and d.valid @> q.moment),
           'returned', (select jsonb_build_object('who', person_name(d.person), 'at', lower(d.valid), 'reason', d.reason)
                          from decision d
                         where d.tenant = p.tenant and d.step = p.step and d.valid @> q.moment and d.word = 'returned' and p.status = 'returned'),
           -- A dispute that ended later was open then.
           'dispute', (select jsonb_build_object('open', o.open, 'who', person_name(d.person), 'at', lower(d.valid), 'reason', d.reason, 'link', d.link,
                                                 'ending', case when not o.open then d.ending end, 'ended_at', case when not o.open then upper(d.valid) end,
                                                 'answer', case when not o.open then d.answer end, 'decider', case when not o.open then person_name(d.decider) end)
                         from dispute d
                        cross join lateral (select d.valid @> q.moment as open) o
                        where d.tenant = p.tenant and d.step = p.step and lower(d.valid) <= q.moment
                        order by d.id desc
                        limit 1),
           'checks', (select coalesce(jsonb_agg(jsonb_build_object(
                                 'check', c."check",
                                 'sights', (select coalesce(jsonb_agg(s.document order by s.code, s.account), '[]') from sight s where s.number = c.number))
                                 order by c.number), '[]')
                        from unnest(m.checks) with ordinality as c ("check", number)
                       where c."check" <> 'MAN'),
           'comments', (select coalesce(jsonb_agg(comment_document(c) || '{"can": {"take": false}}' order by c.id), '[]')
                          from (select * from comment where tenant = p.tenant and step = p.step and at <= q.moment order by id desc limit 50) c),
           'can', '{"work": false, "send": false, "comment": false, "claim": false, "attach": false, "withdraw": false, "on_behalf": false, "decide": false,
                    "dispute": false, "undispute": false, "settle": false, "look": false}'::jsonb,
           'branch', p.branch,
           'others', 0,
           'pending', false,
           'progress', '[]'::jsonb,
           'events', (select coalesce(jsonb_agg(event_document(v) order by v.id desc), '[]')
                        from (select * from event where tenant = p.tenant and step = p.step and at <= q.moment order by id desc limit 50) v))
  from asked q
  join tenant t on t.id = :id::bigint
  join tenant_history w on w.tenant = t.id and w.valid @> q.moment
 cross join lateral step_state_at(t.id, q.whole) p
  join roadmap_step m on m.branch = p.branch and m.version = p.version and m.key = p.step
 where p.step = :key

-- What waits for a curator's word, one kind at a time: steps that the pages contradict (the newest first), disputes, verdicts to look at again, ticks that nobody could check for a week, and
-- returned steps that were ticked anew, and returned steps that were not (the longest waiting first). Beside them the caller's last word, while it can be taken back. queue, network, cursor, limit.
with scoped as materialized (
    select p.tenant, p.step, p.status, p.disputed, p.unverifiable, p.changed_at
      from scope_ranges('step.decide') s
      join step_state p on p.place between s.lo and s.hi
     where p.status in ('contradicted', 'claimed', 'returned') or p.disputed
), every as materialized (
    select 1 as rank, 'contradiction' as kind, p.tenant, p.step, null::bigint as sample, p.changed_at as since, -extract(epoch from p.changed_at) as key
      from scoped p
     where p.status = 'contradicted' and not p.disputed
    union all
    select 2, 'dispute', p.tenant, p.step, null, lower(d.valid), extract(epoch from lower(d.valid))
      from scoped p
      join dispute d on d.tenant = p.tenant and d.step = p.step and upper_inf(d.valid)
     where p.disputed
    union all
    select 3, 'sample', x.tenant, null, x.id, x.at, extract(epoch from x.at)
      from scope_ranges('step.decide') s
      join sample x on x.place between s.lo and s.hi and x.answered_at is null and x.at > veha.now() - sample_days()
    union all
    select 4, 'unknown', p.tenant, p.step, null, p.changed_at, extract(epoch from p.changed_at)
      from scoped p
     where p.unverifiable and not p.disputed and p.changed_at <= veha.now() - interval '7 days'
    union all
    select 5, 'answered', p.tenant, p.step, null, p.changed_at, extract(epoch from p.changed_at)
      from scoped p
     where p.status = 'claimed' and not p.disputed
       and ((p.tenant, p.step) in (select d.tenant, d.step from scope_ranges('step.decide') s join decision d on d.place between s.lo and s.hi
                                   where d.word = 'returned' and not d.undone)) is true
       and (select d.word from decision d where d.tenant = p.tenant and d.step = p.step and not d.undone order by lower(d.valid) desc limit 1) = 'returned'
    union all
    select 6, 'returned', p.tenant, p.step, null, p.changed_at, extract(epoch from p.changed_at)
      from scoped p
     where p.status = 'returned' and not p.disputed
), filtered as materialized (
    select e.*
      from every e
     where (e.tenant in (select t.id from scope_ranges('step.decide') s join tenant t on t.place between s.lo and s.hi where t.closed_at is null)) is true
       and (:network::text is null
            or exists (select from sample x
                         join account a on a.tenant = x.tenant and a.id = x.account
                        where x.tenant = e.tenant and x.id = e.sample and a.network = :network)
            or exists (select from step_state p
                         join roadmap_step m on m.branch = p.branch and m.version = p.version and m.key = p.step
                         join account a on a.tenant = p.tenant and upper_inf(a.valid) and a.network = :network and (m.network is null or m.network = a.network)
                         join sighting g on g.tenant = a.tenant and g.account = a.id and g."check" = any (m.checks)
                        where p.tenant = e.tenant and p.step = e.step
                          and (e.kind not in ('contradiction', 'dispute') or g.run_result = 'failed')))
), chosen as (
    select coalesce(:queue::text, (select kind from filtered order by rank limit 1), 'contradiction') as kind
), page as (
    select f.*, coalesce(f.step, f.sample::text) as name
      from filtered f
      join chosen c on c.kind = f.kind
     where :cursor::text is null
        or (f.key, f.tenant, coalesce(f.step, f.sample::text))
           > ((cursor_read(:cursor)->>0)::numeric, (cursor_read(:cursor)->>1)::bigint, cursor_read(:cursor)->>2)
     order by f.key, f.tenant, coalesce(f.step, f.sample::text)
     limit coalesce(:limit::int, 20) + 1
), numbered as materialized (
    select p.*, row_number() over w as number, cursor_print(jsonb_build_array(p.key, p.tenant, p.name)) as cursor
      from page p
    window w as (order by p.key, p.tenant, p.name)
)
select jsonb_build_object(
           'first', region_began(), 'last', today(),
           'queue', (select kind from chosen),
           'filter', jsonb_build_object('network', :network),
           'counts', (select jsonb_agg(jsonb_build_object('kind', k.kind, 'count', (select count(*) from filtered f where f.kind = k.kind)) order by k.number)
                        from unnest('{contradiction,dispute,sample,unknown,answered,returned}'::text[]) with ordinality as k (kind, number)),
           'networks', (select coalesce(jsonb_agg(jsonb_build_object('code', n.code, 'title', n.title) order by n.code), '[]') from network n),
           'undo', (select case when v.kind = 'sample_answered' then
                                       (select jsonb_build_object('sample', x.id, 'answer', x.answer, 'check', x."check", 'tenant', jsonb_build_object('id', t.id, 'name', t.name))
                                          from sample x
                                          join tenant t on t.id = x.tenant
                                         where x.tenant = v.tenant and x.look = (v.detail->>'look')::bigint and x."check" = v.detail->>'check'
                                           and x.person = caller() and x.answered_at > veha.now() - undo_span())
                                   else
                                       (select jsonb_build_object('deed', l.kind, 'step', jsonb_build_object('key', p.step, 'title', m.title, 'version', p.revision),
                                                                  'tenant', jsonb_build_object('id', t.id, 'name', t.name))
                                          from decision_last(v.tenant, v.step) l
                                          join step_state p on p.tenant = l.tenant and p.step = l.step
                                          join roadmap_step m on m.branch = p.branch and m.version = p.version and m.key = p.step
                                          join tenant t on t.id = l.tenant and t.closed_at is null) end
                      from event v
                     where v.person = caller() and v.at > veha.now() - undo_span()
                       and v.kind in ('step_confirmed', 'step_returned', 'dispute_accepted', 'dispute_rejected', 'sample_answered')
                     order by v.id desc
                     limit 1),
           'more', (select count(*) > 1 from numbered),
           'continued', :cursor::text is not null,
           'items', (select coalesce(jsonb_agg(jsonb_build_object(
                                'kind', n.kind, 'first', n.number = 1, 'since', n.since, 'cursor', n.cursor,
                                'before', (select b.cursor from numbered b where b.number = n.number - 1),
                                'tenant', jsonb_build_object('id', t.id, 'name', t.name, 'short_name', t.short_name),
                                'step', s.document, 'claim', s.claim, 'sights', s.sights, 'dispute', s.dispute, 'returned', s.returned,
                                'sample', (select jsonb_build_object('id', x.id, 'check', x."check", 'is', facts_marks(x."check", x.facts), 'result', x.result,
                                                                     'reason', x.reason, 'facts', x.facts, 'state', x.state, 'at', x.at, 'account', a.id,
                                                                     'network', a.network, 'network_title', w.title, 'address', a.address, 'url', a.url)
                                             from sample x
                                             join account a on a.tenant = x.tenant and a.id = x.account
                                             join network w on w.code = a.network
                                            where x.tenant = n.tenant and x.id = n.sample))
                                order by n.number), '[]')
                       from numbered n
                       join tenant t on t.id = n.tenant
                       left join lateral (
                            select step_document(p, m) as document,
                                   (select jsonb_build_object('who', person_name(k.person), 'at', lower(k.valid), 'note', k.note, 'link', k.link, 'on_behalf', k.on_behalf)
                                      from claim k
                                     where k.tenant = p.tenant and k.step = p.step and upper_inf(k.valid)) as claim,
                                   (select coalesce(jsonb_agg(jsonb_build_object('check', g."check", 'is', facts_marks(g."check", g.facts), 'advice', advice(g.result, g.reason), 'result', g.result,
                                                                                 'reason', g.reason, 'facts', g.facts, 'at', g.at, 'since', g.run_since, 'look', g.look, 'account', a.id,
                                                                                 'network', a.network, 'network_title', w.title, 'address', a.address, 'url', a.url)
                                                              order by g.run_since, a.id, g."check"), '[]')
                                      from account a
                                      join network w on w.code = a.network
                                      join sighting g on g.tenant = a.tenant and g.account = a.id and g."check" = any (m.checks)
                                     where a.tenant = p.tenant and upper_inf(a.valid) and (m.network is null or a.network = m.network)
                                       and (n.kind not in ('contradiction', 'dispute') or g.run_result = 'failed')) as sights,
                                   (select jsonb_build_object('who', person_name(d.person), 'at', lower(d.valid), 'reason', d.reason, 'link', d.link, 'said', d.said)
                                      from dispute d
                                     where d.tenant = p.tenant and d.step = p.step and upper_inf(d.valid)) as dispute,
                                   (select jsonb_build_object('who', person_name(d.person), 'at', lower(d.valid), 'word', d.word, 'reason', d.reason)
                                      from decision d
                                     where d.tenant = p.tenant and d.step = p.step and d.word = 'returned' and n.kind in ('answered', 'returned')
                                     order by lower(d.valid) desc limit 1) as returned
                              from step_state p
                              join roadmap_step m on m.branch = p.branch and m.version = p.version and m.key = p.step
                             where p.tenant = n.tenant and p.step = n.step) s on true
                      where n.number <= coalesce(:limit::int, 20)),
           'next', (select n.cursor
                      from numbered n
                     where n.number = coalesce(:limit::int, 20)
                       and exists (select from numbered m where m.number > n.number)))

-- queue_list at the end of a day that is over: what waited then, from the histories, as the same document without the last word to take back. As there but as_of: the day. What looks had said is told
-- as far as they are kept.
with asked as materialized (
    select t.t as whole, (t.t).moment, (t.t).day, (t.t).past, least((t.t).moment, veha.now()) as instant from (select time_asked(:as_of::date, 'as_of') as t) t
), contested as materialized (
    select d.tenant, d.step, d.person, d.reason, d.link, d.said, lower(d.valid) as at
      from asked q
     cross join scope_ranges('step.decide') s
      join dispute d on d.place between s.lo and s.hi and holds_at(d.valid, q.moment)
), scoped as materialized (
    select p.tenant, p.step, p.status, p.unverifiable, p.changed_at, p.contested
      from (select h.*,
                   h.status <> 'not_applicable' and coalesce(h.basis, '') not in ('person', 'both') and h.seen not in ('passed', 'recovering')
                   and ((h.tenant, h.step) in (select tenant, step from contested)) is true as contested
              from asked q
             cross join scope_ranges('step.decide') s
              join step_history h on h.place between s.lo and s.hi and holds_at(h.valid, q.moment)) p
     where p.status in ('contradicted', 'claimed', 'returned') or p.contested
), every as materialized (
    select 1 as rank, 'contradiction' as kind, p.tenant, p.step, null::bigint as sample, p.changed_at as since, -extract(epoch from p.changed_at) as key
      from scoped p
     where p.status = 'contradicted' and not p.contested
    union all
    -- A filter that is hashed, and no join: the planner takes both for a few.
    select 2, 'dispute', d.tenant, d.step, null, d.at, extract(epoch from d.at)
      from contested d
     where ((d.tenant, d.step) in (select p.tenant, p.step from scoped p where p.contested)) is true
    union all
    select 3, 'sample', x.tenant, null, x.id, x.at, extract(epoch from x.at)
      from asked q
     cross join scope_ranges('step.decide') s
      join sample x on x.place between s.lo and s.hi and x.at <= q.moment and x.at > q.instant - sample_days() and (x.answered_at is null or x.answered_at > q.moment)
    union all
    select 4, 'unknown', p.tenant, p.step, null, p.changed_at, extract(epoch from p.changed_at)
      from asked q
     cross join scoped p
     where p.unverifiable and not p.contested and p.changed_at <= q.instant - interval '7 days'
    union all
    -- What its author took back later was said then.
    select 5, 'answered', p.tenant, p.step, null, p.changed_at, extract(epoch from p.changed_at)
      from asked q
     cross join scoped p
     where p.status = 'claimed' and not p.contested
       and ((p.tenant, p.step) in (select d.tenant, d.step from scope_ranges('step.decide') s join decision d on d.place between s.lo and s.hi
                                   where d.word = 'returned')) is true
       and (select d.word from decision d
             where d.tenant = p.tenant and d.step = p.step and lower(d.valid) <= q.moment and not (d.undone and upper(d.valid) <= q.moment)
             order by lower(d.valid) desc limit 1) = 'returned'
    union all
    select 6, 'returned', p.tenant, p.step, null, p.changed_at, extract(epoch from p.changed_at)
      from scoped p
     where p.status = 'returned' and not p.contested
), filtered as materialized (
    select e.*
      from asked q
     cross join every e
     where exists (select from tenant_history h where h.tenant = e.tenant and h.valid @> q.moment and not h.closed)
       and (:network::text is null
            or exists (select from sample x
                         join account a on a.tenant = x.tenant and a.id = x.account
                        where x.tenant = e.tenant and x.id = e.sample and a.network = :network)
            or exists (select from tenant_roadmap r
                         join roadmap_step m on m.branch = r.branch and m.version = r.version and m.key = e.step
                         join account a on a.tenant = e.tenant and a.valid @> q.moment and a.network = :network and (m.network is null or m.network = a.network)
                        cross join unnest(m.checks) as c ("check")
                        where r.tenant = e.tenant and r.valid @> q.moment
                          -- not sight_at(), which tells more than is asked here of thousands
                          and case when e.kind in ('contradiction', 'dispute')
                                   then (select v.result from verdict v
                                          where v.tenant = a.tenant and v.account = a.id and v."check" = c."check" and v.at <= q.moment and v.result <> 'unknown'
                                          order by v.at desc limit 1) = 'failed'
                                   else exists (select from verdict v where v.tenant = a.tenant and v.account = a.id and v."check" = c."check" and v.at <= q.moment) end))
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
           'as_of', (select case when past then day end from asked), 'first', region_began(), 'last', today(),
           'list', concat_ws('&', 'queue=' || (select kind from chosen), 'network=' || :network::text),
           'queue', (select kind from chosen),
           'filter', jsonb_build_object('network', :network),
           'counts', (select jsonb_agg(jsonb_build_object('kind', k.kind, 'count', (select count(*) from filtered f where f.kind = k.kind)) order by k.number)
                        from unnest('{contradiction,dispute,sample,unknown,answered,returned}'::text[]) with ordinality as k (kind, number)),
           'networks', (select coalesce(jsonb_agg(jsonb_build_object('code', n.code, 'title', n.title) order by n.code), '[]') from network n),
           'undo', null,
           'more', (select count(*) > 1 from numbered),
           'continued', :cursor::text is not null,
           'items', (select coalesce(jsonb_agg(jsonb_build_object(
                                'kind', n.kind, 'first', n.number = 1, 'since', n.since, 'cursor', n.cursor,
                                'before', (select b.cursor from numbered b where b.number = n.number - 1),
                                'tenant', jsonb_build_object('id', t.tenant, 'name', t.name, 'short_name', t.short_name),
                                'step', s.document, 'claim', s.claim, 'sights', s.sights, 'dispute', s.dispute, 'returned', s.returned,
                                'sample', (select jsonb_build_object('id', x.id, 'check', x."check", 'is', facts_marks(x."check", x.facts), 'result', x.result,
                                                                     'reason', x.reason, 'facts', x.facts, 'state', x.state, 'at', x.at, 'account', a.id,
                                                                     'network', a.network, 'network_title', w.title, 'address', a.address, 'url', a.url)
                                             from sample x
                                             join account a on a.tenant = x.tenant and a.id = x.account
                                             join network w on w.code = a.network
                                            where x.tenant = n.tenant and x.id = n.sample))
                                order by n.number), '[]')
                       from asked q
                      cross join numbered n
                       join tenant_history t on t.tenant = n.tenant and t.valid @> q.moment
                       left join lateral (
                            select step_document(p, m) as document,
                                   (select jsonb_build_object('who', person_name(k.person), 'at', lower(k.valid), 'note', k.note, 'link', k.link, 'on_behalf', k.on_behalf)
                                      from claim k
                                     where k.tenant = p.tenant and k.step = p.step and k.valid @> q.moment) as claim,
                                   (select coalesce(jsonb_agg(jsonb_build_object('check', c."check", 'is', facts_marks(c."check", g.facts), 'advice', advice(g.result, g.reason), 'result', g.result,
                                                                                 'reason', g.reason, 'facts', g.facts, 'at', g.at, 'since', g.run_since, 'look', g.look, 'account', a.id,
                                                                                 'network', a.network, 'network_title', w.title, 'address', a.address, 'url', a.url)
                                                              order by g.run_since, a.id, c."check"), '[]')
                                      from account a
                                      join network w on w.code = a.network
                                     cross join unnest(m.checks) as c ("check")
                                     cross join sight_at(a.tenant, a.id, c."check", q.moment) g
                                     where a.tenant = p.tenant and a.valid @> q.moment and (m.network is null or a.network = m.network) and g.look is not null
                                       and (n.kind not in ('contradiction', 'dispute') or g.run_result = 'failed')) as sights,
                                   (select jsonb_build_object('who', person_name(d.person), 'at', d.at, 'reason', d.reason, 'link', d.link, 'said', d.said)
                                      from contested d
                                     where d.tenant = p.tenant and d.step = p.step) as dispute,
                                   (select jsonb_build_object('who', person_name(d.person), 'at', lower(d.valid), 'word', d.word, 'reason', d.reason)
                                      from decision d
                                     where d.tenant = p.tenant and d.step = p.step and d.word = 'returned' and n.kind in ('answered', 'returned')
                                       and lower(d.valid) <= q.moment and not (d.undone and upper(d.valid) <= q.moment)
                                     order by lower(d.valid) desc limit 1) as returned
                              from step_state_at(n.tenant, q.whole) p
                              join roadmap_step m on m.branch = p.branch and m.version = p.version and m.key = p.step
                             where p.step = n.step) s on true
                      where n.number <= coalesce(:limit::int, 20)),
           'next', (select n.cursor
                      from numbered n
                     where n.number = coalesce(:limit::int, 20)
                       and exists (select from numbered m where m.number > n.number)))

-- risk_list at the end of a day that is over: the same document, from the histories. As there but as_of: the day. What is kept of now alone is told as unknown: how many readers there were
-- (the risk is without them), and who was there to be called. The tree and the names in it are today's.
with asked as materialized (
    select t.t as whole, (t.t).moment, (t.t).day, (t.t).past, least((t.t).moment, veha.now()) as instant, deadline_at((t.t).moment) as deadline,
           (select timezone from region) as zone
      from (select time_asked(:as_of::date, 'as_of') as t) t
), area as (
    select greatest(s.lo, coalesce(w.place, s.lo)) as lo, least(s.hi, coalesce(w.last, s.hi)) as hi
      from scope_ranges('call.keep') s
      left join tenant w on w.id = :within::bigint
     where :within::bigint is null or w.id is not null
), held as materialized (
    select h.place, h.status, h.changed_at, coalesce(h.due_on, q.deadline + h.offset_days) as due_on, q.day, q.zone
      from asked q
     cross join area
      join step_history h on h.place between area.lo and area.hi and holds_at(h.valid, q.moment)
     where h.status <> 'not_applicable'
), fact as materialized (
    select place,
           min(due_on - day) filter (where status <> 'verified' and due_on >= day) as next_in,
           count(*) filter (where step_overdue(status, due_on, day))::int as overdue,
           (min(day) - (max(changed_at) at time zone min(zone))::date) as still,
           count(*) filter (where status = 'contradicted')::int as contradicted,
           count(*) filter (where status = 'returned')::int as returned,
           count(*) filter (where status = 'claimed')::int as waiting
      from held
     group by place
    having count(*) filter (where status <> 'verified') > 0
), gathered as materialized (
    -- Laid upon each other, as in risk_list.
    select x.place, max(x.next_in) as next_in, max(x.overdue) as overdue, max(x.still) as still, max(x.contradicted) as contradicted,
           max(x.returned) as returned, max(x.waiting) as waiting, coalesce(bool_or(x.social), false) as social,
           coalesce(bool_or(x.network = :network::text), false) as there, max(x.called_at) as called_at, coalesce(bool_or(x.promised), false) as promised,
           max(x.keeper) as assigned
      from (select f.place, f.next_in, f.overdue, f.still, f.contradicted, f.returned, f.waiting, true as open, null::boolean as social, null::text as network,
                   null::timestamptz as called_at, null::boolean as promised, null::bigint as keeper
              from fact f
             union all
            select a.place, null, null, null, null, null, null, null, n.social, a.network, null, null, null
              from asked q
             cross join area
              join account a on a.place between area.lo and area.hi and holds_at(a.valid, q.moment)
              join network n on n.code = a.network
             union all
            select c.place, null, null, null, null, null, null, null, null, null, lower(c.valid), c.again_on > q.day, null
              from asked q
             cross join area
              join call c on c.place between area.lo and area.hi and holds_at(c.valid, q.moment)
             union all
            select g.place, null, null, null, null, null, null, null, null, null, null, null, g.keeper
              from asked q
             cross join area
              join assignment g on g.place between area.lo and area.hi and holds_at(g.valid, q.moment)) x
     group by x.place
    having bool_or(x.open)
), ranked as materialized (
    select t.id as tenant, f.*, r.*
      from asked q
     cross join gathered f
      join tenant t on t.place = f.place
     cross join lateral risk(f.next_in, f.overdue, f.still, f.contradicted, null) r
     where case :assigned::text when 'me' then f.assigned = caller() when 'nobody' then f.assigned is null else true end
       and case :called::text when 'recently' then f.called_at > q.instant - interval '7 days'
                              when 'not_recently' then f.called_at is null or f.called_at <= q.instant - interval '7 days'
                              when 'promised' then f.promised
                              else true end
       and case :standing::text when 'overdue' then f.overdue > 0
                                when 'contradicted' then f.contradicted > 0
                                when 'returned' then f.returned > 0
                                when 'waiting' then f.waiting > 0
                                when 'contested' then (f.place in (select a.place from account a where a.id in (select account_contested_at((select moment from asked))))) is true
                                when 'without_account' then not f.social
                                else true end
       and (:network::text is null or f.there)
       and (:branch::text is null or exists (select from tenant_roadmap m where m.tenant = t.id and m.valid @> q.moment and m.branch = :branch))
       and exists (select from tenant_history h where h.tenant = t.id and h.valid @> q.moment and not h.closed)
), page as (
    select r.*, row_number() over (order by r.promised, r.total desc, r.tenant) as number
      from (select *
              from ranked
             where :cursor::text is null
                or (promised::int, -total, tenant) > ((cursor_read(:cursor)->>0)::int, (cursor_read(:cursor)->>1)::int, (cursor_read(:cursor)->>2)::bigint)
             order by promised, total desc, tenant
             limit coalesce(:limit::int, 50) + 1) r
)
select jsonb_build_object(
           'as_of', (select case when past then day end from asked), 'first', region_began(), 'last', today(),
           'items', (select coalesce(jsonb_agg(jsonb_build_object(
                                'id', p.tenant, 'name', w.name, 'short_name', w.short_name, 'risk', p.total, 'promised', p.promised,
                                'why', jsonb_build_object(
                                    'overdue', case when p.of_overdue > 0 then p.overdue end, 'of_overdue', p.of_overdue,
                                    'contradicted', case when p.of_contradicted > 0 then p.contradicted end, 'of_contradicted', p.of_contradicted,
                                    'still', case when p.of_still > 0 then p.still end, 'of_still', p.of_still,
                                    'near', case when p.of_near > 0 then jsonb_build_object('days', p.next_in, 'today', p.next_in = 0) end, 'of_near', p.of_near,
                                    'audience', null, 'of_audience', null),
                                'next', (select jsonb_build_object('key', n.step, 'title', m.title, 'status', n.status, 'due_on', n.due_on, 'overdue', n.overdue, 'waits', n.status = 'claimed')
                                           from step_next_at(p.tenant, q.whole) n
                                           join roadmap_step m on m.branch = n.branch and m.version = n.version and m.key = n.step),
                                'word', (select event_document(e)
                                           from event e
                                          where e.tenant = p.tenant and e.step is not null and e.person is not null and e.kind not in ('step_changed', 'tenant_reminded')
                                            and e.at <= q.moment
                                          order by e.id desc
                                          limit 1),
                                'contact', null, 'call', c.document, 'calls', coalesce(c.number, 0),
                                'assigned', (select jsonb_build_object('id', p.assigned, 'name', person_name(p.assigned), 'me', p.assigned = caller())
                                              where p.assigned is not null),
                                'reminded_at', (select max(r.at) from reminder r where r.tenant = p.tenant and r.at <= q.moment))
                                order by p.number), '[]')
                       from asked q
                      cross join page p
                       join tenant_history w on w.tenant = p.tenant and w.valid @> q.moment
                       left join lateral (select c.number, call_document(c) as document from call c where c.tenant = p.tenant and c.valid @> q.moment) c on true
                      where p.number <= coalesce(:limit::int, 50)),
           'count', (select count(*) from ranked),
           'decides', false,
           'networks', (select coalesce(jsonb_agg(jsonb_build_object('code', n.code, 'title', n.title) order by n.code), '[]') from network n),
           'parts', (select coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'name', h.name) order by h.name, t.id), '[]')
                       from asked q
                      cross join scope_ranges('call.keep') s
                       join tenant t on t.place between s.lo and s.hi and t.kind in ('agency', 'municipality')
                       join tenant_history h on h.tenant = t.id and h.valid @> q.moment and not h.closed),
           'filter', jsonb_build_object('within', :within::bigint, 'network', :network::text, 'branch', :branch::text, 'standing', :standing::text,
                                        'assigned', :assigned::text, 'called', :called::text),
           'filtered', num_nonnulls(:within::bigint, :network::text, :branch::text, :standing::text, :assigned::text, :called::text) > 0,
           'list', concat_ws('&', 'limit=' || coalesce(:limit::int, 50), 'within=' || :within::bigint, 'network=' || :network::text, 'branch=' || :branch::text,
                             'standing=' || :standing::text, 'assigned=' || :assigned::text, 'called=' || :called::text),
           'noted', null,
           'saved', filter_list(),
           'continued', :cursor::text is not null,
           'next', (select cursor_print(jsonb_build_array(p.promised::int, -p.total, p.tenant))
                      from page p
                     where p.number = coalesce(:limit::int, 50)
                       and exists (select from page m where m.number > p.number)))
 where exists (select from area)

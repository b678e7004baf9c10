-- Whom to call, by risk: organisations of which a step is open, those called with a promise after all others until its day: {items, count, next, ...}.
-- within: a subtree's root; network: has an account there; branch; standing: as of tenant_list; assigned: me, nobody; called: recently (within a week), not_recently, promised;
-- noted: whose call was just noted; cursor, limit: keyset by (promised, risk, tenant).
with area as (
    select greatest(s.lo, coalesce(w.place, s.lo)) as lo, least(s.hi, coalesce(w.last, s.hi)) as hi
      from scope_ranges('call.keep') s
      left join tenant w on w.id = :within::bigint
     where :within::bigint is null or w.id is not null
), today as materialized ( -- or the day is asked for anew with each row
    select today() as day, timezone as zone from region
), fact as materialized (
    -- A step that has come due since it was counted, and that no clock has told so yet, is no next one: then the steps are asked themselves.
    select c.tenant, c.place,
           case when c.due_next >= today.day then c.due_next
                when c.due_next is not null then
                    (select min(p.due_on) from step_state p where p.tenant = c.tenant and p.status not in ('verified', 'not_applicable') and p.due_on >= today.day)
                end - today.day as next_in,
           c.overdue, today.day - (c.changed_at at time zone today.zone)::date as still, c.contradicted, c.returned, c.claimed as waiting
      from today
     cross join area
      join tenant_count c on c.place between area.lo and area.hi
     where c.total > c.verified
), gathered as materialized (
    -- The planner takes each of these for a few and would read one for every row of another: they are laid upon each other and not joined.
    select x.tenant, max(x.place) as place, max(x.next_in) as next_in, max(x.overdue) as overdue, max(x.still) as still, max(x.contradicted) as contradicted,
           max(x.returned) as returned, max(x.waiting) as waiting, sum(x.audience)::bigint as audience, coalesce(bool_or(x.contested), false) as contested,
           coalesce(bool_or(x.social), false) as social, coalesce(bool_or(x.network = :network::text), false) as there,
           max(x.called_at) as called_at, coalesce(bool_or(x.promised), false) as promised, max(x.keeper) as assigned
      from (select f.tenant, f.place, f.next_in, f.overdue, f.still, f.contradicted, f.returned, f.waiting, null::bigint as audience, null::boolean as contested,
                   null::boolean as social, null::text as network, null::timestamptz as called_at, null::boolean as promised, null::bigint as keeper
              from fact f
             union all
            select a.tenant, null, null, null, null, null, null, null, a.audience, a.contested, n.social, a.network, null, null, null
              from area
              join account a on a.place between area.lo and area.hi
              join network n on n.code = a.network
             where upper_inf(a.valid)
             union all
            select c.tenant, null, null, null, null, null, null, null, null, null, null, null, lower(c.valid), c.again_on > today.day, null
              from area
             cross join today
              join call c on c.place between area.lo and area.hi
             where upper_inf(c.valid)
             union all
            select g.tenant, null, null, null, null, null, null, null, null, null, null, null, null, null, g.keeper
              from area
              join assignment g on g.place between area.lo and area.hi
             where upper_inf(g.valid)) x
     group by x.tenant
    having max(x.place) is not null
), ranked as materialized (
    select f.*, r.*
      from gathered f
     cross join lateral risk(f.next_in, f.overdue, f.still, f.contradicted, f.audience) r
     where case :assigned::text when 'me' then f.assigned = caller() when 'nobody' then f.assigned is null else true end
       and case :called::text when 'recently' then f.called_at > veha.now() - interval '7 days'
                              when 'not_recently' then f.called_at is null or f.called_at <= veha.now() - interval '7 days'
                              when 'promised' then f.promised
                              else true end
       and case :standing::text when 'overdue' then f.overdue > 0
                                when 'contradicted' then f.contradicted > 0
                                when 'returned' then f.returned > 0
                                when 'waiting' then f.waiting > 0
                                when 'contested' then f.contested
                                when 'without_account' then not f.social
                                else true end
       and (:network::text is null or f.there)
       and (:branch::text is null or (f.tenant in (select m.tenant from tenant_roadmap m where upper_inf(m.valid) and m.branch = :branch)) is true)
       and (f.tenant in (select t.id from area join tenant t on t.place between area.lo and area.hi where t.closed_at is null)) is true
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
           'first', region_began(), 'last', today(),
           'items', (select coalesce(jsonb_agg(jsonb_build_object(
                                'id', t.id, 'name', t.name, 'short_name', t.short_name, 'risk', p.total, 'promised', p.promised,
                                'why', jsonb_build_object(
                                    'overdue', case when p.of_overdue > 0 then p.overdue end, 'of_overdue', p.of_overdue,
                                    'contradicted', case when p.of_contradicted > 0 then p.contradicted end, 'of_contradicted', p.of_contradicted,
                                    'still', case when p.of_still > 0 then p.still end, 'of_still', p.of_still,
                                    'near', case when p.of_near > 0 then jsonb_build_object('days', p.next_in, 'today', p.next_in = 0) end, 'of_near', p.of_near,
                                    'audience', case when p.of_audience > 0 then p.audience end, 'of_audience', p.of_audience),
                                'next', (select jsonb_build_object('key', n.step, 'title', m.title, 'status', n.status, 'due_on', n.due_on, 'overdue', n.overdue, 'waits', n.status = 'claimed')
                                           from step_next(t.id) n
                                           join roadmap_step m on m.branch = n.branch and m.version = n.version and m.key = n.step),
                                'word', (select event_document(e)
                                           from event e
                                          where e.tenant = t.id and e.step is not null and e.person is not null and e.kind not in ('step_changed', 'tenant_reminded')
                                          order by e.id desc
                                          limit 1),
                                'contact', contact_document(t), 'call', (select call_document(c) from call c where c.tenant = t.id and upper_inf(c.valid)),
                                'calls', coalesce((select c.number from call c where c.tenant = t.id and upper_inf(c.valid)), 0),
                                'assigned', (select jsonb_build_object('id', p.assigned, 'name', person_name(p.assigned), 'me', p.assigned = caller())
                                              where p.assigned is not null),
                                'reminded_at', (select max(r.at) from reminder r where r.tenant = t.id))
                                order by p.number), '[]')
                       from page p
                       join tenant t on t.id = p.tenant
                      where p.number <= coalesce(:limit::int, 50)),
           'count', (select count(*) from ranked),
           'decides', not isempty(scope('step.decide')),
           'networks', (select coalesce(jsonb_agg(jsonb_build_object('code', n.code, 'title', n.title) order by n.code), '[]') from network n),
           'parts', (select coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name) order by t.name, t.id), '[]')
                       from scope_ranges('call.keep') s
                       join tenant t on t.place between s.lo and s.hi and t.kind in ('agency', 'municipality') and t.closed_at is null),
           'filter', jsonb_build_object('within', :within::bigint, 'network', :network::text, 'branch', :branch::text, 'standing', :standing::text,
                                        'assigned', :assigned::text, 'called', :called::text),
           'filtered', num_nonnulls(:within::bigint, :network::text, :branch::text, :standing::text, :assigned::text, :called::text) > 0,
           -- Where a form leads back to: the filters as they stand in the address, and never empty
           'list', concat_ws('&', 'limit=' || coalesce(:limit::int, 50), 'within=' || :within::bigint, 'network=' || :network::text, 'branch=' || :branch::text,
                             'standing=' || :standing::text, 'assigned=' || :assigned::text, 'called=' || :called::text),
           'noted', (select jsonb_build_object('id', id, 'name', name) from call_tenant(:noted::bigint) where id is not null),
           'saved', filter_list(),
           'continued', :cursor::text is not null,
           'next', (select cursor_print(jsonb_build_array(p.promised::int, -p.total, p.tenant))
                      from page p
                     where p.number = coalesce(:limit::int, 50)
                       and exists (select from page m where m.number > p.number)))
 where exists (select from area)

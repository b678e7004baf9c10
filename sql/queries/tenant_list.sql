-- Tenants in the caller's scope, by name: {items, next, search, ...}.
-- search: words of a name, or the beginning of an ИНН or ОГРН, or an account's address, which is found in any spelling
-- by its one form (address); kind; branch; parent: a subtree's root;
-- standing: overdue, contradicted, returned, without_account, contested, waiting; network: has an account there; closed: show the closed instead;
-- as_of: those there were at the end of that day, and what they were; found and ordered by the names of today;
-- cursor, limit: keyset by (name, id).
with asked as materialized (
    select t.t as whole, (t.t).moment, (t.t).day, (t.t).past from (select time_asked(:as_of::date, 'as_of') as t) t
), page as (
    select t.id, t.place, t.name, t.short_name, t.kind, t.inn, t.ogrn, t.category, t.parent, t.closed_at
      from unnest(scope('tenant.read')) as s -- not scope_ranges(): a page of a long list is found by walking the names
      join tenant t on t.place between lower(s) and upper(s) - 1
     where t.kind <> 'region'
       and (:search::text is null
            or t.id in (select d.tenant
                          from directory d
                         where d.words like fold_needle(:search) and d.words ~ all (fold_matches(:search)) or d.words like fold_pattern(:address)))
       and (:kind::text is null or t.kind = :kind)
       and (:parent::bigint is null
            or exists (select from tenant p where p.id = :parent::bigint and t.place between p.place and p.last and t.id <> p.id))
       and (:branch::text is null
            or exists (select from tenant_roadmap r where r.tenant = t.id and r.valid @> (select moment from asked) and r.branch = :branch))
       and (:network::text is null
            or exists (select from account a where a.tenant = t.id and a.network = :network and a.valid @> (select moment from asked)))
       and case :standing::text
               when 'overdue' then case when (select past from asked) then exists (select from step_state_at(t.id, (select whole from asked)) p where p.overdue)
                    else exists (select from tenant_count c where c.tenant = t.id and c.overdue > 0) end
               when 'contradicted' then case when (select past from asked) then exists (select from step_state_at(t.id, (select whole from asked)) p where p.status = 'contradicted')
                    else exists (select from tenant_count c where c.tenant = t.id and c.contradicted > 0) end
               when 'returned' then case when (select past from asked) then exists (select from step_state_at(t.id, (select whole from asked)) p where p.status = 'returned')
                    else exists (select from tenant_count c where c.tenant = t.id and c.returned > 0) end
               when 'waiting' then case when (select past from asked) then exists (select from step_state_at(t.id, (select whole from asked)) p where p.status = 'claimed')
                    else exists (select from tenant_count c where c.tenant = t.id and c.claimed > 0) end
               when 'contested' then case when (select past from asked)
                    then exists (select from account a where a.tenant = t.id and a.id in (select account_contested_at((select moment from asked))))
                    else exists (select from account a where a.tenant = t.id and a.contested and upper_inf(a.valid)) end
               when 'without_account' then t.participates
                    and not exists (select from account a join network n on n.code = a.network and n.social
                                     where a.tenant = t.id and a.valid @> (select moment from asked))
               else true
           end
       and case when (select past from asked)
                then exists (select from tenant_history h where h.tenant = t.id and h.valid @> (select moment from asked) and h.closed = coalesce(:closed::boolean, false))
                else (t.closed_at is not null) = coalesce(:closed::boolean, false) end
       and (:cursor::text is null
            or (t.name, t.id) > (select c.value->>0, (c.value->>1)::bigint
                                   from (select cursor_read(:cursor) as value) c))
     order by t.name, t.id
     limit coalesce(:limit::int, 50) + 1
), shown as (
    select p.id, p.name, coalesce(h.name, p.name) as name_then, case when q.past then h.short_name else p.short_name end as short_name, p.kind,
           case when q.past then h.inn else p.inn end as inn, case when q.past then h.ogrn else p.ogrn end as ogrn, p.category,
           case when q.past then h.parent else p.parent end as parent, case when q.past and not h.closed then null else p.closed_at end as closed_at,
           row_number() over (order by p.name, p.id) as number, q.past, q.moment
      from asked q
     cross join page p
      left join tenant_history h on q.past and h.tenant = p.id and h.valid @> q.moment
)
select jsonb_build_object(
           'items', coalesce(jsonb_agg(jsonb_build_object(
               'id', p.id,
               'name', p.name_then,
               'short_name', p.short_name,
               'kind', p.kind,
               'inn', p.inn,
               'ogrn', p.ogrn,
               'category', p.category,
               'closed_at', p.closed_at,
               'parent', (select jsonb_build_object('id', u.id, 'name', u.name) from tenant u where u.id = p.parent and u.kind <> 'region'),
               'branch', r.branch,
               'accounts', (select coalesce(jsonb_agg(jsonb_build_object('network', a.network, 'state', case when p.past then s.state else a.state end, 'contested', case when p.past then account_contested_then(a, p.moment) else a.contested end)
                                                      order by a.network, a.id), '[]')
                              from account a
                              left join account_history s on p.past and s.tenant = a.tenant and s.account = a.id and s.valid @> p.moment
                             where a.tenant = p.id and a.valid @> p.moment),
               'steps', to_jsonb(c))
               order by p.number) filter (where p.number <= coalesce(:limit::int, 50)), '[]'),
           'next', (select cursor_print(jsonb_build_array(l.name, l.id))
                      from shown l
                     where l.number = coalesce(:limit::int, 50)
                       and exists (select from shown m where m.number > l.number)),
           'networks', (select jsonb_agg(jsonb_build_object('code', n.code, 'title', n.title, 'chosen', n.code is not distinct from :network::text)
                                         order by n.code) from network n),
           'filter', jsonb_build_object('search', :search::text, 'kind', :kind::text, 'branch', :branch::text,
                                        'standing', :standing::text, 'network', :network::text, 'parent', :parent::bigint,
                                        'closed', coalesce(:closed::boolean, false)),
           'as_of', (select day from asked where past),
           'within', (select jsonb_build_object('id', u.id, 'name', u.name) from tenant u where u.id = :parent::bigint))
  from shown p
  left join tenant_roadmap r on r.tenant = p.id and r.valid @> p.moment
  left join lateral (
      select count(*) filter (where status <> 'not_applicable') as total,
             count(*) filter (where status = 'verified') as verified,
             count(*) filter (where status = 'verified' and basis in ('account', 'both')) as seen,
             count(*) filter (where status = 'verified' and basis in ('person', 'both')) as confirmed,
             count(*) filter (where claimed and status <> 'not_applicable') as reported,
             count(*) filter (where status = 'claimed') as waiting,
             count(*) filter (where status = 'contradicted') as contradicted,
             count(*) filter (where status = 'returned') as returned,
             count(*) filter (where overdue) as overdue
        from step_state_at(p.id, (select whole from asked))
  ) c on true

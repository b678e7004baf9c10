-- The people who work in the caller's scope, and those who are invited, by name: {items, next, filter, ...}. Of each only what lies inside.
-- search: part of a name or login; state; role; within: a subtree's root; cursor, limit: keyset by (name, kind, id).
with within as (
    select coalesce((select int4range(place, last, '[]') from tenant where id = :within::bigint), case when :within::bigint is null then int4range(null, null) else 'empty' end) as places
), worker as (
    select distinct m.person
      from scope_ranges('person.manage') s
      join membership m on m.place between s.lo and s.hi
     where m.ended_at is null
       and m.place <@ (select places from within)
       and (:role::text is null or m.role = :role)
), guest as (
    select distinct x.invitation
      from scope_ranges('person.manage') s
      join invitation_tenant x on x.place between s.lo and s.hi
     where x.place <@ (select places from within)
       and (:role::text is null or x.role = :role)
), everybody as (
    select p.name, 'person' as kind, p.id, p.login, p.seen_at, null::timestamptz as expires_at,
           person_state(p.disabled_at, greatest(p.created_at, p.seen_at, p.enabled_at), person_locked_until(p.id)) as state
      from worker w
      join person p on p.id = w.person
     union all
    select i.name, 'invitation', i.id, i.login, null, i.expires_at, invitation_state(i.expires_at)
      from guest g
      join invitation i on i.id = g.invitation
     where i.accepted_at is null and i.revoked_at is null
), page as (
    select e.*, row_number() over (order by e.name, e.kind, e.id) as number
      from everybody e
     where (:search::text is null or fold(e.name || ' ' || e.login) like fold_pattern(:search))
       and (:state::text is null or e.state = :state)
       and (:cursor::text is null
            or (e.name, e.kind, e.id) > (select c.value->>0, c.value->>1, (c.value->>2)::bigint from (select cursor_read(:cursor) as value) c))
     order by e.name, e.kind, e.id
     limit coalesce(:limit::int, 50) + 1
)
select jsonb_build_object(
           'items', coalesce(jsonb_agg(jsonb_build_object(
               'id', p.id,
               'kind', p.kind,
               'invited', p.kind = 'invitation',
               'name', p.name,
               'login', p.login,
               'state', p.state,
               'seen_at', p.seen_at,
               'expires_at', p.expires_at,
               'places', (select coalesce(jsonb_agg(jsonb_build_object('role', h.role, 'tenant', jsonb_build_object('id', h.tenant, 'name', h.name)) order by h.role, h.name), '[]')
                            from (select m.role, m.tenant, t.name, row_number() over (order by m.role, t.name) as number
                                    from (select role, tenant from membership
                                           where p.kind = 'person' and person = p.id and ended_at is null and place <@ (select scope('person.manage'))
                                           union all
                                          select role, tenant from invitation_tenant where p.kind = 'invitation' and invitation = p.id) m
                                    join tenant t on t.id = m.tenant) h
                           where h.number <= 20))
               order by p.number) filter (where p.number <= coalesce(:limit::int, 50)), '[]'),
           'next', (select cursor_print(jsonb_build_array(l.name, l.kind, l.id))
                      from page l
                     where l.number = coalesce(:limit::int, 50)
                       and exists (select from page m where m.number > l.number)),
           'states', (select jsonb_agg(jsonb_build_object('code', s, 'chosen', s is not distinct from :state::text) order by number)
                        from unnest('{active,invited,expired,idle,locked,disabled}'::text[]) with ordinality as u (s, number)),
           'roles', (select jsonb_agg(jsonb_build_object('code', r.code, 'chosen', r.code is not distinct from :role::text) order by r.code) from role r),
           'filter', jsonb_build_object('search', :search::text, 'state', :state::text, 'role', :role::text, 'within', :within::bigint))
  from page p

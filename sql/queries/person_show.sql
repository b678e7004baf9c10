-- A person, as far as they work in the caller's scope, and what the caller may do. id.
select jsonb_build_object(
           'id', p.id,
           'version', person_version(p.id),
           'name', p.name,
           'login', p.login,
           'state', person_state(p.disabled_at, greatest(p.created_at, p.seen_at, p.enabled_at), person_locked_until(p.id)),
           'created_at', p.created_at,
           'seen_at', p.seen_at,
           'disabled_at', p.disabled_at,
           'locked_until', person_locked_until(p.id),
           'me', p.id = caller(),
           'memberships', (select jsonb_agg(jsonb_build_object('id', m.id, 'role', m.role, 'since', m.created_at, 'tenant', jsonb_build_object('id', t.id, 'name', t.name),
                                                               'can_end', p.id <> caller() and m.place <@ manage_scope(m.role))
                                            order by m.role, t.name, m.id)
                             from membership m
                             join tenant t on t.id = m.tenant
                            where m.person = p.id and m.ended_at is null and m.place <@ (select scope('person.manage'))),
           'past', (select coalesce(jsonb_agg(jsonb_build_object('role', m.role, 'since', m.created_at, 'ended_at', m.ended_at, 'tenant', jsonb_build_object('id', m.tenant, 'name', m.name))
                                              order by m.ended_at desc, m.id), '[]')
                      from (select m.id, m.role, m.created_at, m.ended_at, t.id as tenant, t.name
                              from membership m
                              join tenant t on t.id = m.tenant
                             where m.person = p.id and m.ended_at is not null and m.place <@ (select scope('person.manage'))
                             order by m.ended_at desc, m.id
                             limit 20) m),
           'can', jsonb_build_object('enable', p.id <> caller() and person_manageable(p.id)
                                               and person_state(p.disabled_at, greatest(p.created_at, p.seen_at, p.enabled_at), null) in ('disabled', 'idle'),
                                     'reset_factor', factor_resettable(p.id),
                                     'manage', exists (select from membership m where m.person = p.id and m.ended_at is null and m.place <@ manage_scope(m.role)),
                                     'disable', p.id <> caller() and person_manageable(p.id)),
           'roles', (select coalesce(jsonb_agg(r.code order by r.code), '[]') from role r where not isempty(manage_scope(r.code))),
           'heads', (select coalesce(jsonb_agg(jsonb_build_object('id', h.id, 'name', h.name) order by h.name, h.id), '[]')
                       from (select t.id, t.name
                               from scope_ranges('person.manage') s
                               join tenant t on t.place between s.lo and s.hi
                              where t.kind <> 'organisation' and t.closed_at is null
                              order by t.name, t.id
                              limit 500) h),
           'others', (select coalesce(jsonb_agg(jsonb_build_object('login', o.login, 'name', o.name) order by o.name, o.login), '[]')
                        from (select q.login, q.name
                                from (select distinct m.person
                                        from scope_ranges('person.manage') s
                                        join membership m on m.place between s.lo and s.hi
                                       where m.ended_at is null and m.person <> p.id) m
                                join person q on q.id = m.person and q.disabled_at is null
                               order by q.name, q.login
                               limit 200) o))
  from person p
 where p.id = :id::bigint
   and exists (select from membership m where m.person = p.id and m.ended_at is null and m.place <@ (select scope('person.manage')))

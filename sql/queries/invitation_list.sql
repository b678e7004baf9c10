-- Invitations that wait in the caller's scope, newest first, and what the form offers: {items, next, roles, heads}. organisation: what the form shall hold; cursor, limit: keyset by id.
with guest as (
    select distinct x.invitation
      from scope_ranges('person.manage') s
      join invitation_tenant x on x.place between s.lo and s.hi
), page as (
    select i.*, row_number() over (order by i.id desc) as number
      from (select id, login, name, role, invited_by, created_at, expires_at, version
              from invitation
             where id in (select invitation from guest)
               and accepted_at is null and revoked_at is null
               and (:cursor::text is null or id < (cursor_read(:cursor)->>0)::bigint)
             order by id desc
             limit coalesce(:limit::int, 50) + 1) i
)
select jsonb_build_object(
           'organisation', :organisation::text,
           'items', coalesce(jsonb_agg(jsonb_build_object(
               'id', p.id,
               'version', p.version,
               'name', p.name,
               'login', p.login,
               'role', p.role,
               'state', invitation_state(p.expires_at),
               'created_at', p.created_at,
               'expires_at', p.expires_at,
               'who', person_name(p.invited_by),
               'mailed', p.login like '%_@_%',
               'can_change', invitation_manageable(p.id),
               'tenants', (select coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name) order by t.name), '[]')
                             from invitation_tenant x
                             join tenant t on t.id = x.tenant
                            where x.invitation = p.id))
               order by p.number) filter (where p.number <= coalesce(:limit::int, 50)), '[]'),
           'next', (select cursor_print(jsonb_build_array(l.id))
                      from page l
                     where l.number = coalesce(:limit::int, 50)
                       and exists (select from page m where m.number > l.number)),
           'roles', (select coalesce(jsonb_agg(r.code order by r.code), '[]') from role r where not isempty(manage_scope(r.code))),
           'heads', (select coalesce(jsonb_agg(jsonb_build_object('id', h.id, 'name', h.name) order by h.name, h.id), '[]')
                       from (select t.id, t.name
                               from scope_ranges('person.manage') s
                               join tenant t on t.place between s.lo and s.hi
                              where t.kind <> 'organisation' and t.closed_at is null
                              order by t.name, t.id
                              limit 500) h))
  from page p

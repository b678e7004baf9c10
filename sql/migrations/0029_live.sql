-- What changed since, for pages that follow changes. The number of a link in the chain of events is the cursor: it has no gaps, and no event comes in before one that was told.

-- The changes after a number, of up to `most` links; without a number those of the latest links. After a number that the chain has not reached, for the database was restored, it goes on
-- from the newest.
-- → {"after": where it began, "number": the last link read, "region": the last that concerns everybody, or null, "changes": [{"number", "tenant", "step", "above"}]}
--
-- A change is a tenant, and the step it concerns, if one, told once with its last number; `above` is the tenant with all that it lies below, by number and not by place, for places
-- are given anew when the tree grows. What concerns people and their ways in shows on no page that follows changes, and a draft is its writer's. SECURITY DEFINER: a process of the web
-- asks once for all who listen, and tells each of them what lies in the scope that live_roots() says.
create function live_changes(since bigint, most int)
returns jsonb
language sql
stable
security definer
set search_path = veha, pg_temp
as $$
    with recursive head as materialized (
        select coalesce(max(number), 0) as newest from seal
    ), begin as materialized (
        select least(coalesce(since, greatest(newest - most, 0)), newest) as after from head
    ), link as materialized (
        select s.number, e.tenant, e.step, e.kind
          from (select number, event from seal where number > (select after from begin) order by number limit most) s
          left join event e on e.id = s.event
    ), told as materialized (
        select tenant, step, max(number) as number
          from link
         where tenant is not null
           and kind <> 'step_drafted'
           and kind !~ '^(factor|invitation|list|membership|password|person|privacy|recovery|service|session|token)_'
         group by tenant, step
    ), up as (
        select distinct tenant, tenant as above from told
        union
        select up.tenant, t.parent from up join tenant t on t.id = up.above where t.parent is not null
    )
    select jsonb_build_object(
               'after', (select after from begin),
               'number', coalesce((select max(number) from link), (select after from begin)),
               'region', (select max(number) from link where kind in ('network_outage_began', 'network_outage_ended', 'verification_stopped', 'verification_resumed', 'region_configured')),
               'changes', (select coalesce(jsonb_agg(jsonb_build_object('number', t.number, 'tenant', t.tenant, 'step', t.step,
                                                                        'above', (select jsonb_agg(u.above) from up u where u.tenant = t.tenant)) order by t.number), '[]')
                             from told t));
$$;

-- The tenants below which all is the caller's to read: those of the memberships, or of the service, that lie in the scope. SECURITY DEFINER for a service's row, which is nobody's to
-- read; it looks at nothing but what the caller was given.
create function live_roots()
returns jsonb
language sql
stable
security definer
set search_path = veha, pg_temp
as $$
    with within as materialized (
        select scope('tenant.read') as places
    ), given as (
        select m.tenant, m.place from membership m where m.person = caller() and m.ended_at is null
        union
        select s.tenant, s.place from service s where s.id = service()
    )
    select coalesce(jsonb_agg(distinct g.tenant), '[]') from given g, within w where g.place <@ w.places;
$$;

revoke execute on function live_changes, live_roots from public;
grant execute on function live_changes, live_roots to veha_web;

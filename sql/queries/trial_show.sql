-- What a roadmap would change: how many statuses of which steps, and of which tenants. id, cursor, limit.
with flipped as materialized (
    select distinct f.tenant
      from trial_flip f
     where f.trial = :id::bigint
), page as (
    select f.tenant, row_number() over (order by f.tenant) as number
      from (select f.tenant
              from flipped f
             where :cursor::text is null or f.tenant > (cursor_read(:cursor)->>0)::bigint
             order by f.tenant
             limit coalesce(:limit::int, 50) + 1) f
)
select jsonb_build_object(
           'id', r.id, 'branch', r.branch, 'version', (r.document->>'version')::int, 'title', r.document->>'title',
           'within', jsonb_build_object('id', o.id, 'name', o.name),
           'state', r.state, 'who', person_name(r.person), 'created_at', r.created_at, 'finished_at', r.finished_at,
           'open', r.finished_at is null,
           'total', r.total, 'done', r.done,
           'flipped', (select count(*) from flipped),
           'steps', (select coalesce(jsonb_agg(jsonb_build_object(
                                'key', k.step, 'title', coalesce(s.title, m.title), 'was', nullif(k.was, ''), 'becomes', nullif(k.becomes, ''),
                                'change', case when k.was = '' then 'added' when k.becomes = '' then 'removed' else 'changed' end,
                                'tenants', k.tenants)
                                order by coalesce(s.number, m.number), k.step, k.was, k.becomes), '[]')
                       from trial_count k
                       left join roadmap_steps(r.document) s on s.key = k.step
                       left join lateral (select m.title, m.number from roadmap_step m
                                           where m.branch = r.branch and m.key = k.step order by m.version desc limit 1) m on true
                      where k.trial = r.id),
           'items', (select coalesce(jsonb_agg(jsonb_build_object(
                                'tenant', jsonb_build_object('id', t.id, 'name', t.name),
                                'steps', (select jsonb_agg(jsonb_build_object('key', f.step, 'title', s.title, 'was', f.was, 'becomes', f.becomes) order by s.number)
                                            from trial_flip f
                                            join roadmap_steps(r.document) s on s.key = f.step
                                           where f.trial = r.id and f.tenant = t.id))
                                order by p.number), '[]')
                       from page p
                       join tenant t on t.id = p.tenant
                      where p.number <= coalesce(:limit::int, 50)),
           'next', (select cursor_print(jsonb_build_array(p.tenant))
                      from page p
                     where p.number = coalesce(:limit::int, 50)
                       and exists (select from page m where m.number > p.number)))
  from trial r
  join tenant o on o.id = r.tenant
 where r.id = :id::bigint

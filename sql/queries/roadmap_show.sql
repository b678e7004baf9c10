-- A tenant's roadmap, step by step, now or at the end of a day. id; as_of: a day, optional.
with asked as materialized (
    select t.t as whole, (t.t).moment, (t.t).day, (t.t).past from (select time_asked(:as_of::date, 'as_of') as t) t
)
select jsonb_build_object(
           'tenant', jsonb_build_object('id', t.id, 'name', coalesce(h.name, t.name)),
           'as_of', case when q.past then q.day end,
           'branch', r.branch,
           'version', r.version,
           'title', (select title from roadmap m where m.branch = r.branch and m.version = r.version),
           'steps', (select coalesce(jsonb_agg(step_document(p, m) order by p.number), '[]')
                       from step_state_at(t.id, q.whole) p
                       join roadmap_step m on m.branch = p.branch and m.version = p.version and m.key = p.step))
  from asked q
  join tenant t on t.id = :id::bigint
  left join tenant_history h on q.past and h.tenant = t.id and h.valid @> q.moment
  left join tenant_roadmap r on r.tenant = t.id and r.valid @> q.moment
 where not q.past or h.tenant is not null

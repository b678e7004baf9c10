-- A tenant's roadmap, step by step. id.
select jsonb_build_object(
           'tenant', jsonb_build_object('id', t.id, 'name', t.name),
           'branch', r.branch,
           'version', r.version,
           'title', (select title from roadmap m where m.branch = r.branch and m.version = r.version),
           'steps', (select coalesce(jsonb_agg(step_document(p, m) order by p.number), '[]')
                       from step_state p
                       join roadmap_step m on m.branch = p.branch and m.version = p.version and m.key = p.step
                      where p.tenant = t.id))
  from tenant t
  left join tenant_roadmap r on r.tenant = t.id and upper_inf(r.valid)
 where t.id = :id::bigint

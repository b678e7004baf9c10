-- One step of a roadmap in all organisations of which the caller is a specialist, those first where it may be ticked: {branch, key, title, evidence, open, closed, chosen, items, from}.
-- branch, key; from: the organisation somebody came from; tenants: JSON array of those chosen so far; chosen: these are all, and one at least.
with mine as (
    select distinct t.id, t.place, t.name
      from membership m
      join tenant t on t.place between m.place and m.last and t.closed_at is null
     where m.person = caller() and m.ended_at is null and m.role = 'specialist'
), held as materialized (
    select o.id, o.name, p as row, m as step,
           p.status <> 'not_applicable' and (not p.claimed or p.status in ('returned', 'contradicted')) and p.place <@ (select scope('step.claim')) as open,
           o.id = any (case when :chosen::boolean then bulk_some(:tenants::jsonb) else bulk_chosen(coalesce(:tenants, '[]')::jsonb) end) as chosen
      from mine o
      join step_state p on p.tenant = o.id and p.step = :key and p.branch = :branch
      join roadmap_step m on m.branch = p.branch and m.version = p.version and m.key = p.step
)
select jsonb_build_object(
           'branch', m.branch, 'key', m.key, 'title', m.title, 'how', m.how, 'evidence', m.evidence,
           'open', (select count(*) from held where open),
           'closed', (select count(*) from held where not open),
           'chosen', (select count(*) from held where open and chosen),
           'from', (select jsonb_build_object('id', h.id, 'name', h.name) from held h where h.id = :from::bigint),
           'items', (select coalesce(jsonb_agg(step_document(h.row, h.step) || jsonb_build_object(
                                'tenant', jsonb_build_object('id', h.id, 'name', h.name), 'open', h.open, 'chosen', h.open and h.chosen, 'value', h.id || '.' || (h.row).revision,
                                'reason', (select d.reason from decision d where d.tenant = h.id and d.step = :key and upper_inf(d.valid) and d.word = 'returned'))
                                order by h.open desc, h.name, h.id), '[]')
                       from (select * from held order by open desc, name, id limit 200) h))
  from (select * from roadmap_step where branch = :branch and key = :key order by version desc limit 1) m

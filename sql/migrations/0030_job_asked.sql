-- Looks that somebody waits for go ahead of the sweep: a worker whose hands are full of slow sites may still take those alone.

-- Takes up to `most` due looks for a worker, or of them only those asked for. Each comes with all that judging it needs.
create function job_take(worker text, most int, lease interval, asked_only boolean)
returns jsonb
language sql
as $$
    with due as (
        select tenant, id
          from veha.job
         where finished_at is null
           and due_at <= veha.now()
           and (lease_until is null or lease_until < veha.now())
           and (on_demand or not asked_only)
         order by on_demand desc, due_at
         limit most
           for update skip locked
    ), taken as (
        update veha.job j
           set worker = job_take.worker, lease_until = veha.now() + lease, fence = fence + 1, attempts = attempts + 1
          from due
         where j.tenant = due.tenant and j.id = due.id
        returning j.*
    )
    select coalesce(jsonb_agg(jsonb_build_object(
               'id', j.id,
               'fence', j.fence,
               'attempts', j.attempts,
               'on_demand', j.on_demand,
               'network', a.network,
               'address', a.address,
               'url', a.url,
               'subject', jsonb_build_object(
                   'name', t.name,
                   'short_name', t.short_name,
                   'inn', t.inn,
                   'ogrn', t.ogrn,
                   'site_host', t.site_host,
                   'accounts', (select coalesce(jsonb_agg(jsonb_build_object('network', o.network, 'address', o.address) order by o.id), '[]')
                                  from veha.account o
                                 where o.tenant = t.id and upper_inf(o.valid))),
               'parameters', (select coalesce(jsonb_object_agg(p.key, p.value), '{}')
                                from veha.tenant_roadmap r
                                join veha.roadmap_step s on (s.branch, s.version) = (r.branch, r.version),
                                     jsonb_each(s.parameters) p
                               where r.tenant = t.id and upper_inf(r.valid)))
               order by j.on_demand desc, j.due_at, j.id), '[]')
      from taken j
      join veha.account a on a.tenant = j.tenant and a.id = j.account
      join veha.tenant t on t.id = j.tenant;
$$;

create or replace function job_take(worker text, most int, lease interval)
returns jsonb
language sql
as $$
    select veha.job_take(worker, most, lease, false);
$$;

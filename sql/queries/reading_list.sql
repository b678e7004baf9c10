-- Readings that are kept, with all that judging them again needs: the last of each account that saw it, or all since a day; by account. network, tenant, since, after (the account
-- the part before ended with), limit (accounts).
with chosen as (
    select a.*
      from account a
      join tenant t on t.id = a.tenant and t.closed_at is null
     where upper_inf(a.valid)
       and (:network::text is null or a.network = :network)
       and (:tenant::bigint is null or a.tenant = :tenant::bigint)
       and a.id > coalesce(:after::bigint, 0)
     order by a.id
     limit :limit::int
)
select jsonb_build_object(
           'upto', (select max(id) from chosen),
           'items', (select coalesce(jsonb_agg(jsonb_build_object(
                                'tenant', t.id, 'tenant_name', t.name, 'account', c.id, 'network', c.network, 'address', c.address,
                                'look', l.id, 'at', l.at, 'reading', l.reading, 'network_version', l.network_version, 'rules_version', l.rules_version,
                                'subject', judge_subject(t), 'parameters', judge_parameters(t.id),
                                'verdicts', (select coalesce(jsonb_object_agg(v."check", v.result), '{}')
                                               from verdict v
                                              where v.tenant = l.tenant and v.look = l.id))
                                order by c.id, l.id), '[]')
                       from chosen c
                       join tenant t on t.id = c.tenant
                      cross join lateral (select l.* from look l
                                           where l.tenant = c.tenant and l.account = c.id and look_saw(l.state)
                                             and (:since::date is null or l.at >= :since::date)
                                           order by l.id desc
                                           limit case when :since::date is null then 1 end) l))

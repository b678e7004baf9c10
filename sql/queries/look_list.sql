-- Looks at a tenant's accounts, newest first, with what is still to be looked at. id, account, cursor, limit.
with page as (
    select l.*
      from look l
     where l.tenant = :id::bigint
       and (:account::bigint is null or l.account = :account::bigint)
       and (:cursor::text is null or l.id < (cursor_read(:cursor)->>0)::bigint)
     order by l.id desc
     limit coalesce(:limit::int, 20) + 1
), numbered as (
    select p.*, row_number() over (order by p.id desc) as number from page p
)
select jsonb_build_object(
           'tenant', jsonb_build_object('id', t.id, 'name', t.name),
           'version', t.version,
           'pending', (select coalesce(jsonb_agg(jsonb_build_object('account', j.account, 'since', j.created_at, 'taken', j.lease_until is not null) order by j.account), '[]')
                         from job j
                        where j.tenant = t.id and j.account is not null and j.finished_at is null and j.on_demand),
           'items', (select coalesce(jsonb_agg(jsonb_build_object(
                                'id', n.id, 'at', n.at, 'on_demand', n.on_demand, 'state', n.state, 'requests', n.requests,
                                'reading', n.reading, 'body_hash', n.body_hash, 'network_version', n.network_version, 'rules_version', n.rules_version, 'rating', n.rating,
                                'account', jsonb_build_object('id', a.id, 'network', a.network, 'address', a.address, 'url', a.url),
                                'verdicts', (select coalesce(jsonb_agg(jsonb_build_object('check', v."check", 'result', v.result, 'reason', v.reason,
                                                                                          'facts', v.facts) order by v."check"), '[]')
                                               from verdict v
                                              where v.tenant = n.tenant and v.look = n.id))
                                order by n.number), '[]')
                       from numbered n
                       join account a on a.tenant = n.tenant and a.id = n.account
                      where n.number <= coalesce(:limit::int, 20)),
           'next', (select cursor_print(jsonb_build_array(n.id))
                      from numbered n
                     where n.number = coalesce(:limit::int, 20)
                       and exists (select from numbered m where m.number > n.number)))
  from tenant t
 where t.id = :id::bigint

-- The whole evidence of one look. id, look. A value of a fact is also told as `text`, but for what is only yes or no.
select jsonb_build_object(
           'tenant', jsonb_build_object('id', t.id, 'name', t.name),
           'id', l.id, 'at', l.at, 'on_demand', l.on_demand, 'state', l.state, 'reason', l.reading->>'reason',
           'body_hash', l.body_hash, 'network_version', l.network_version, 'rules_version', l.rules_version,
           'account', jsonb_build_object('id', a.id, 'network', a.network, 'network_title', n.title, 'address', a.address, 'url', a.url),
           'requests', (select coalesce(jsonb_agg(
                                   r.value
                                   || jsonb_build_object(
                                          'number', r.ordinality,
                                          'kept', b.hash is not null,
                                          'packed_bytes', length(b.packed),
                                          'header_count', (select count(*) from jsonb_object_keys(r.value->'headers')),
                                          'headers', (select coalesce(jsonb_agg(jsonb_build_object('name', h.key, 'value', h.value) order by h.key), '[]')
                                                        from jsonb_each_text(r.value->'headers') h))
                                   order by r.ordinality), '[]')
                          from jsonb_array_elements(l.requests) with ordinality r
                          left join body b on b.tenant = l.tenant and b.hash = r.value->>'hash'),
           'facts', (select coalesce(jsonb_agg(jsonb_build_object(
                                'name', f.key, 'value', f.value->'value', 'origin', f.value->>'origin',
                                'flag', case when jsonb_typeof(f.value->'value') = 'boolean' then f.value->>'value' end,
                                'text', case jsonb_typeof(f.value->'value')
                                            when 'boolean' then null
                                            when 'array' then (select string_agg(e.value #>> '{}', E'\n' order by e.ordinality)
                                                                 from jsonb_array_elements(f.value->'value') with ordinality e)
                                            else f.value->>'value' end) order by f.key), '[]')
                       from jsonb_each(l.reading->'facts') f),
           'posts', l.reading->'posts',
           'post_count', jsonb_array_length(l.reading->'posts'),
           'links', l.reading->'links',
           'link_count', jsonb_array_length(l.reading->'links'),
           'source', l.reading->'source',
           'service', service_name(l.service), -- who looked, if it was a program outside the house
           'verdicts', (select coalesce(jsonb_agg(jsonb_build_object('check', v."check", 'result', v.result, 'reason', v.reason, 'facts', v.facts)
                                                  order by v."check"), '[]')
                          from verdict v
                         where v.tenant = l.tenant and v.look = l.id))
  from look l
  join tenant t on t.id = l.tenant
  join account a on a.tenant = l.tenant and a.id = l.account
  join network n on n.code = a.network
 where l.tenant = :id::bigint and l.id = :look::bigint

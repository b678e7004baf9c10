-- What an address is, as far as it has been looked at; nothing that is older than a day. id, preview.
with checks as materialized (
    select c."check", c.tells, v.result, v.reason, v.facts
      from preview p
      join network_check c on c.network = p.network
      left join lateral jsonb_to_recordset(p.seen->'verdicts') as v ("check" text, result text, reason text, facts jsonb) on v."check" = c."check"
     where p.tenant = :id::bigint and p.id = :preview::bigint
)
select jsonb_build_object(
           'id', p.id, 'at', p.at, 'until', p.at + preview_age(),
           'tenant', jsonb_build_object('id', t.id, 'name', t.name, 'version', t.version),
           'network', p.network, 'network_title', n.title, 'social', n.social, 'address', p.address, 'url', p.url, 'spelling', p.spelling,
           'open', p.finished_at is null,
           'taken', coalesce(j.lease_until > veha.now(), false),
           -- Honest about what does not come: nobody is at work, or nobody has taken it up for so long.
           'stopped', p.finished_at is null and not verification_lives(),
           'slow', p.finished_at is null and verification_lives() and p.at < veha.now() - interval '10 seconds',
           'state', p.seen->>'state', 'reason', p.seen->'reading'->>'reason',
           'title', p.seen->>'title', 'audience', (p.seen->>'audience')::bigint,
           'avatar', case p.seen->'reading'->'facts'->'avatar'->>'value' when 'true' then 'there' when 'false' then 'missing' else 'unknown' end,
           'last_post', reading_last_post(p.seen->'reading'),
           'silent', reading_abandoned(p.seen->'reading') and reading_last_post(p.seen->'reading') is null,
           'name_check', (select to_jsonb(c) from checks c where c."check" = 'NAME'),
           'mark_check', (select to_jsonb(c) from checks c where c."check" = 'GOS'),
           'checks', (select coalesce(jsonb_agg(to_jsonb(c) order by c."check"), '[]') from checks c),
           'known', a.id is not null,
           'contested', account_elsewhere(t.id, p.network, p.address),
           'warnings', account_warnings(t.id, a.id, p.network, p.address, p.seen->>'title', p.seen->'reading'),
           'can', jsonb_build_object('add', a.id is null and t.closed_at is null and t.place <@ (select scope('account.change'))))
  from preview p
  join tenant t on t.id = p.tenant
  join network n on n.code = p.network
  left join job j on j.tenant = p.tenant and j.preview = p.id
  left join account a on a.tenant = p.tenant and a.network = p.network and a.address = p.address and upper_inf(a.valid)
 where p.tenant = :id::bigint and p.id = :preview::bigint and p.at > veha.now() - preview_age()

-- What the statements of queries.mjs speak of: a specialist's organisation with an account and a tick, one beside it, and their founder.
select jsonb_build_object(
           'admin', (select id from veha.person where login = 'load-admin'),
           'specialist', (select id from veha.person where login = 'load-specialist'),
           'tenant', t.id,
           'sibling', (select b.id from veha.tenant b where b.parent = t.parent and b.id <> t.id order by b.id limit 1),
           'founder', t.parent,
           'other', (select o.id from veha.tenant o where o.kind = 'agency' and o.id <> t.parent order by o.id limit 1),
           'inn', '6907006968',
           'ogrn', t.ogrn,
           'account', a.id)
  from veha.tenant t
  join veha.membership m on m.tenant = t.id
  join veha.person p on p.id = m.person and p.login = 'load-specialist'
  join veha.account a on a.tenant = t.id and a.network = 'vk' and a.id % 10 <> 0
  join veha.claim k on k.tenant = t.id and k.step = 'appoint'
 order by t.id
 limit 1

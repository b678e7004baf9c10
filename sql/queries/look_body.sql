-- The bytes that one request of a look brought, compressed: {hash, length, packed}. id, look, request (its number, from 1).
select jsonb_build_object('hash', b.hash, 'length', b.length, 'packed', encode(b.packed, 'base64'))
  from look l
  join body b on b.tenant = l.tenant and b.hash = l.requests->(coalesce(:request::int, 1) - 1)->>'hash'
 where l.tenant = :id::bigint and l.id = :look::bigint

-- Below which tenants the caller hears of changes: {roots}. tenant, within: optional; of one that the caller does not see there is nothing to hear.
select jsonb_build_object('roots', live_roots())
 where (:tenant::bigint is null or exists (select from tenant where id = :tenant::bigint))
   and (:within::bigint is null or exists (select from tenant where id = :within::bigint))

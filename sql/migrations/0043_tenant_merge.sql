-- Merging as before (0003), but accounts go over in one statement: given to the successor before the predecessor let go, each looked for a moment like an
-- account that two name, and the history of both told of a contest that never was.
create or replace function tenant_merge(who bigint, into_whom bigint, reason text, seen int)
returns bigint
language plpgsql
as $$
declare
    held veha.tenant;
    target veha.tenant;
    child bigint;
begin
    perform veha.tenant_tree_lock();
    held := veha.tenant_alive(who, 'tenant.move', seen);
    select * into target from veha.tenant where id = into_whom;
    if not found or target.closed_at is not null
       or (veha.caller() is not null and not target.place <@ veha.scope('tenant.move')) then
        perform veha.refuse(422, 'target_unknown');
    end if;
    if held.parent is null or target.place between held.place and held.last then
        perform veha.refuse(409, 'tree_loop');
    end if;
    for child in select id from veha.tenant where parent = who and closed_at is null order by id loop
        perform veha.tenant_move(child, into_whom, reason, null);
    end loop;
    select * into target from veha.tenant where id = into_whom;
    with gone as (
        update veha.account
           set valid = tstzrange(lower(valid), greatest(veha.now(), lower(valid) + interval '1 microsecond'))
         where tenant = who and upper_inf(valid)
        returning id, network, address, url, spelling, source
    )
    insert into veha.account (tenant, place, network, address, url, spelling, source)
    select into_whom, target.place, network, address, url, spelling, source
      from gone
     order by id
        on conflict do nothing;
    update veha.job set finished_at = veha.now() where tenant = who and finished_at is null;
    if target.site_host is null then
        perform veha.tenant_site(into_whom);
    end if;
    perform veha.tenant_site(who);
    update veha.tenant set closed_at = veha.now(), merged_into = into_whom where id = who;
    perform veha.tell('tenant_merged', who, null, reason, jsonb_build_object('into', into_whom));
    perform veha.tell('tenant_absorbed', into_whom, null, reason, jsonb_build_object('from', who));
    return into_whom;
end
$$;

-- How a tenant comes into the tree, moves in it, and what remembers it.

-- ---------------------------------------------------------------------------------------------------------------------
-- Places. A new child takes room behind its last sibling. A parent whose interval is full moves behind its own last sibling, into twice the width, so that it
-- moves seldom, and nobody else does; only when the region has no such room is the whole tree numbered anew. Every table's place follows by `on update cascade`.

-- How many free places a node keeps behind its children.
create function tenant_slack(depth int)
returns int
language sql
immutable parallel safe
as $$
    select case depth when 1 then 16384 when 2 then 64 else 1 end;
$$;

-- How deep a tenant lies decides how much room it keeps, whoever asks. SECURITY DEFINER for the ancestors' sake: to a curator of one agency, who does not see what
-- is above it, the agency would look like the region. It tells a number.
create function tenant_depth(who bigint)
returns int
language sql
stable
security definer
set search_path = veha, pg_temp
as $$
    with recursive up as (
        select parent, 0 as depth from tenant where id = who
        union all
        select t.parent, up.depth + 1 from up join tenant t on t.id = up.parent
    )
    select max(depth) from up;
$$;

-- Numbers the tree anew, with `size` more places behind the children of `above`: a node comes after all nodes before it in preorder, less the
-- slack of its ancestors, which lies behind it. SECURITY DEFINER: it touches rows far outside the caller's scope, and changes nothing in them but the number.
create function tenant_renumber(above bigint, size int)
returns void
language sql
security definer
set search_path = veha, pg_temp
as $$
    with recursive tree as (
        select id, 0 as depth, array[id] as path, 0::bigint as slack_above from tenant where parent is null
        union all
        select t.id, tree.depth + 1, tree.path || t.id,
               tree.slack_above + tenant_slack(tree.depth) + case when tree.id = above then size else 0 end
          from tree
          join tenant t on t.parent = tree.id
    ), weighed as (
        select id, path, slack_above, 1 + tenant_slack(depth)::bigint + case when id = above then size else 0 end as weight from tree
    ), numbered as (
        select id, sum(weight) over (order by path) - weight - slack_above as place from weighed
    ), subtree as (
        select ancestor, sum(weight) as weight from weighed, unnest(path) as ancestor group by ancestor
    ), fresh as (
        select n.id, n.place::int as place, (case when n.place = 0 then 2147483646 else n.place + s.weight - 1 end)::int as last
          from numbered n
          join subtree s on s.ancestor = n.id
    )
    update tenant t
       set place = f.place, last = f.last
      from fresh f
     where f.id = t.id
       and (t.place, t.last) is distinct from (f.place, f.last);
$$;

-- Changes of the tree follow one another: taken before anything of it is read, so that what was checked still holds when it is changed.
create function tenant_tree_lock()
returns void
language sql
as $$
    select pg_advisory_xact_lock(hashtext('veha.tenant_tree'));
$$;

-- The first place of `size` free ones at the end of a parent's interval. SECURITY DEFINER: it must see all siblings, not only those in the caller's scope.
create function tenant_room(above bigint, size bigint)
returns int
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    full_one tenant;
    room int;
begin
    perform tenant_tree_lock();
    for attempt in 1 .. 2 loop
        select * into full_one from tenant where id = above;
        room := coalesce((select max(last) from tenant where parent = above), full_one.place) + 1;
        if room + size - 1 <= full_one.last then
            return room;
        end if;
        if full_one.parent is null then
            perform tenant_renumber(above, size::int);
        else
            perform tenant_shift(above, full_one.parent, 2 * (full_one.last - full_one.place + 1)::bigint + size);
        end if;
    end loop;
    raise 'no room below tenant % for % places', above, size;
end
$$;

-- Puts a subtree at the end of a parent's interval, `size` places wide: every place in it is shifted by one distance.
-- SECURITY DEFINER for the shift alone: a row on its way from one scope to another would satisfy neither policy.
create function tenant_shift(who bigint, above bigint, size bigint)
returns void
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    room int := tenant_room(above, size);
    node tenant;
begin
    select * into node from tenant where id = who; -- tenant_room may have moved it
    update tenant t
       set parent = case when t.id = who then above else t.parent end,
           place = t.place - node.place + room,
           last = case when t.id = who then room + size - 1 else t.last - node.place + room end
     where t.place between node.place and node.last;
end
$$;
revoke execute on function tenant_renumber(bigint, int), tenant_room(bigint, bigint), tenant_shift(bigint, bigint, bigint) from public;
grant execute on function tenant_room(bigint, bigint), tenant_shift(bigint, bigint, bigint) to veha_web, veha_operator;

create function tenant_add(above bigint, what text, full_name text, brief_name text, tax_number text, state_number text)
returns bigint
language plpgsql
as $$
declare
    size bigint;
    room int;
    made bigint;
begin
    if above is null then
        insert into veha.tenant (place, last, kind, name) values (0, 2147483646, what, full_name) returning id into made;
        return made;
    end if;
    perform veha.tenant_tree_lock();
    perform 1 from veha.tenant where id = above and closed_at is null;
    if not found then
        perform veha.refuse(422, 'parent_unknown');
    end if;
    size := 1 + veha.tenant_slack(veha.tenant_depth(above) + 1);
    room := veha.tenant_room(above, size);
    insert into veha.tenant (parent, place, last, kind, name, short_name, inn, ogrn)
    values (above, room, room + size - 1, what, full_name, brief_name, tax_number, state_number)
    returning id into made;
    perform set_config('veha.made', made::text, true); -- for the query that shows what was made
    perform veha.tell('tenant_added', made, null, null, jsonb_build_object('parent', above, 'name', full_name, 'ogrn', state_number));
    return made;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Memory of names, numbers and position, the version, and the public directory.

create function tenant_on_change()
returns trigger
language plpgsql
as $$
begin
    if (new.parent, new.kind, new.name, new.short_name, new.inn, new.ogrn, new.category, new.spheres, new.site_host, new.participates,
        new.merged_into, new.closed_at)
       is distinct from
       (old.parent, old.kind, old.name, old.short_name, old.inn, old.ogrn, old.category, old.spheres, old.site_host, old.participates,
        old.merged_into, old.closed_at) then
        new.version := old.version + 1;
    end if;
    return new;
end
$$;
create trigger on_change before update on tenant for each row execute function tenant_on_change();

create table account (
    tenant     bigint not null,
    place      int not null,
    id         bigint generated always as identity,
    network    text not null,
    address    text not null, -- canonical key within the network
    url        text not null,
    spelling   text,          -- as it was given
    source     text not null check (source in ('register', 'person')),
    contested  boolean not null default false, -- somebody else names the same account, too
    state      text not null default 'unseen' check (state in
        ('unseen', 'present', 'missing', 'closed', 'blocked', 'withheld', 'throttled', 'challenged', 'not_community', 'unfamiliar', 'unreachable')),
    title      text,          -- the name last read there
    audience   bigint,
    rating     jsonb,         -- the last mark: {rubric, version, points, possible, zone, parts}
    looked_at  timestamptz,
    standing   text not null default 'new', -- what its next look is wanted for: see look_due()
    valid      tstzrange not null default tstzrange(veha.now(), null),
    version    int not null default 1,
    primary key (tenant, id),
    foreign key (tenant, place) references tenant (id, place) on update cascade
);
create unique index account_once on account (tenant, place, network, address) where upper_inf(valid);
create unique index account_id on account (id);
create index account_address on account (network, address);
-- Serves both those who count the accounts of a subtree and the tenant that moves.
create index account_place on account (place, tenant);
call secure('account', 'tenant.read', 'account.change');

-- SECURITY DEFINER: the directory and the history are written by these triggers alone.
create function directory_refresh(whose bigint[])
returns void
language sql
security definer
set search_path = veha, pg_temp
as $$
    insert into directory (tenant, names, words, inn, ogrn)
    select t.id, fold(n.names),
           fold(concat_ws(' ', n.names, (select string_agg(a.address, ' ' order by a.id) from account a where a.tenant = t.id and upper_inf(a.valid)))),
           t.inn, t.ogrn
      from tenant t
     cross join lateral (select concat_ws(' ', t.name, t.short_name, t.inn, t.ogrn) as names) n
     where t.id = any (whose)
    on conflict (tenant) do update set names = excluded.names, words = excluded.words, inn = excluded.inn, ogrn = excluded.ogrn;
$$;

-- Each version of a tenant is remembered. SECURITY DEFINER: what was is written here alone.
create function tenant_remember()
returns trigger
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
begin
    if tg_op = 'UPDATE' then
        if (new.parent, new.kind, new.name, new.short_name, new.inn, new.ogrn, new.closed_at, new.participates)
           is not distinct from (old.parent, old.kind, old.name, old.short_name, old.inn, old.ogrn, old.closed_at, old.participates) then
            return null;
        end if;
        delete from tenant_history where tenant = new.id and lower(valid) = veha.now() and upper_inf(valid);
        update tenant_history set valid = tstzrange(lower(valid), veha.now()) where tenant = new.id and upper_inf(valid);
        -- A tenant changed twice in one unit keeps one row of it.
        delete from tenant_history where tenant = new.id and isempty(valid);
    end if;
    insert into tenant_history (tenant, place, valid, parent, kind, name, short_name, inn, ogrn, closed, participates)
    values (new.id, new.place, tstzrange(veha.now(), null), new.parent, new.kind, new.name, new.short_name, new.inn, new.ogrn,
            new.closed_at is not null, new.participates);
    perform directory_refresh(array[new.id]);
    return null;
end
$$;
create trigger remember after insert or update on tenant for each row execute function tenant_remember();

-- An account named by two tenants is contested for both, and the history of both says so. SECURITY DEFINER: neither may see the other, each learns only that, and
-- so the event names nobody.
create function account_contest(touched bigint[])
returns void
language sql
security definer
set search_path = veha, pg_temp
as $$
    -- Two who name one account at once would each not see the other: they come here one after the other, in 64 rows, for a register names thousands.
    select pg_advisory_xact_lock(hashtext('veha.account_contest'), bucket)
      from (select distinct hashtext(network || ' ' || address) & 63 as bucket from account where id = any (touched) order by 1) b;
    with turned as (
        update account a
           set contested = c.contested, version = a.version + 1
          from (select network, address, count(distinct o.tenant) > 1 as contested
                  from account o
                 where upper_inf(o.valid)
                   and (network, address) in (select network, address from account where id = any (touched))
                 group by network, address) c
         where a.network = c.network and a.address = c.address and upper_inf(a.valid)
           and a.contested <> c.contested
        returning a.*
    )
    insert into event (tenant, place, kind, detail, actor)
    select tenant, place, case when contested then 'account_contested' else 'account_settled' end,
           jsonb_build_object('account', id, 'network', network, 'address', address), 'program'
      from turned
     order by id;
$$;

create function account_on_insert()
returns trigger
language plpgsql
as $$
begin
    perform veha.account_contest(array(select id from changed));
    perform veha.directory_refresh(array(select distinct tenant from changed));
    return null;
end
$$;

-- Only the beginning and the end of an account's validity matter here; most updates are looks, or follow a tree that is numbered anew: joins without statistics would
-- compare each of its rows with each.
create function account_on_update()
returns trigger
language plpgsql
as $$
begin
    if exists (select tenant, id, valid, network, address from changed except select tenant, id, valid, network, address from was) then
        perform veha.account_contest(array(select id from changed));
        perform veha.directory_refresh(array(select distinct tenant from changed));
    end if;
    return null;
end
$$;
create trigger on_insert after insert on account referencing new table as changed for each statement execute function account_on_insert();
create trigger on_update after update on account referencing old table as was new table as changed for each statement execute function account_on_update();

-- ---------------------------------------------------------------------------------------------------------------------
-- Life of a tenant. Each takes a reason, leaves an event, and refuses what would lose something.

-- Finds a tenant that the caller may do `wanted` to, and checks the version it was read at (NULL: not asked). A foreign one and none are alike.
create function tenant_held(who bigint, wanted text, seen int)
returns veha.tenant
language plpgsql
as $$
declare
    held veha.tenant;
begin
    select * into held from veha.tenant where id = who for update;
    if not found then
        perform veha.refuse(404, 'not_found');
    end if;
    if not veha.by_operator() and not held.place <@ veha.scope(wanted) then
        perform veha.refuse(403, 'forbidden');
    end if;
    if seen is not null and seen <> held.version then
        perform veha.refuse(412, 'stale');
    end if;
    return held;
end
$$;

-- The same for what is done to the living alone: what is closed stays as it was until it is opened again.
create function tenant_alive(who bigint, wanted text, seen int)
returns veha.tenant
language plpgsql
as $$
declare
    held veha.tenant := veha.tenant_held(who, wanted, seen);
begin
    if held.closed_at is not null then
        perform veha.refuse(409, 'tenant_closed');
    end if;
    return held;
end
$$;

-- For what changes something of a tenant but not the tenant itself: is it still the version that was read (NULL: not asked)?
create function tenant_seen(who bigint, seen int)
returns void
language plpgsql
as $$
begin
    if seen <> (select version from veha.tenant where id = who) then
        perform veha.refuse(412, 'stale');
    end if;
end
$$;

-- Is the tenant open, and will it be until this unit ends? What is done to a tenant while it closes or merges waits for that: an account named meanwhile would stay
-- with the one that is gone. SECURITY DEFINER: to hold a row takes the right to change it, which a specialist has not. Callers have looked whether they may see it.
create function tenant_lives(who bigint)
returns boolean
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
begin
    perform 1 from tenant where id = who and closed_at is null for key share;
    return found;
end
$$;
revoke execute on function tenant_lives(bigint) from public;
grant execute on function tenant_lives(bigint) to veha_web, veha_operator;

create function tenant_rename(who bigint, full_name text, brief_name text, reason text, seen int)
returns bigint
language plpgsql
as $$
declare
    held veha.tenant := veha.tenant_alive(who, 'tenant.change', seen);
begin
    update veha.tenant set name = full_name, short_name = brief_name where id = who;
    perform veha.tell('tenant_renamed', who, null, reason,
                      jsonb_build_object('from', held.name, 'to', full_name, 'short_from', held.short_name, 'short_to', brief_name));
    return who;
end
$$;

-- A number that is not given stays: numbers are mended, never wiped out, for registers find their organisations by them.
create function tenant_mend(who bigint, tax_number text, state_number text, reason text, seen int)
returns bigint
language plpgsql
as $$
declare
    held veha.tenant := veha.tenant_alive(who, 'tenant.change', seen);
    mended veha.tenant;
begin
    if tax_number is null and state_number is null then
        perform veha.refuse(422, 'number_missing');
    end if;
    update veha.tenant set inn = coalesce(tax_number, inn), ogrn = coalesce(state_number, ogrn) where id = who returning * into mended;
    perform veha.tell('tenant_mended', who, null, reason,
                      jsonb_build_object('inn_from', held.inn, 'inn_to', mended.inn, 'ogrn_from', held.ogrn, 'ogrn_to', mended.ogrn));
    return who;
exception when unique_violation then
    perform veha.refuse(409, 'ogrn_taken');
end
$$;

create function tenant_move(who bigint, above bigint, reason text, seen int)
returns bigint
language plpgsql
as $$
declare
    held veha.tenant;
    target veha.tenant;
begin
    perform veha.tenant_tree_lock();
    held := veha.tenant_alive(who, 'tenant.move', seen);
    select * into target from veha.tenant where id = above;
    if not found or target.closed_at is not null
       or (not veha.by_operator() and not target.place <@ veha.scope('tenant.move')) then
        perform veha.refuse(422, 'parent_unknown');
    end if;
    if held.parent is null or target.place between held.place and held.last then
        perform veha.refuse(409, 'tree_loop');
    end if;
    if held.parent = above then
        return who;
    end if;
    perform veha.tenant_shift(who, above, greatest(held.last - held.place, veha.tenant_slack(veha.tenant_depth(above) + 1)) + 1);
    perform veha.tell('tenant_moved', who, null, reason, jsonb_build_object('from', held.parent, 'to', above));
    return who;
end
$$;

create function tenant_close(who bigint, reason text, seen int)
returns bigint
language plpgsql
as $$
declare
    held veha.tenant;
begin
    perform veha.tenant_tree_lock();
    held := veha.tenant_alive(who, 'tenant.move', seen);
    perform 1 from veha.tenant where parent = who and closed_at is null;
    if found or held.parent is null then
        perform veha.refuse(409, 'tenant_has_children');
    end if;
    update veha.tenant set closed_at = veha.now() where id = who;
    update veha.job set finished_at = veha.now() where tenant = who and finished_at is null;
    perform veha.tell('tenant_closed', who, null, reason, '{}');
    return who;
end
$$;

create function tenant_reopen(who bigint, reason text, seen int)
returns bigint
language plpgsql
as $$
declare
    held veha.tenant;
begin
    perform veha.tenant_tree_lock();
    held := veha.tenant_held(who, 'tenant.move', seen);
    if held.closed_at is null then
        perform veha.refuse(409, 'tenant_open');
    end if;
    perform 1 from veha.tenant where id = held.parent and closed_at is null;
    if not found then
        perform veha.refuse(409, 'parent_closed');
    end if;
    update veha.tenant set closed_at = null, merged_into = null where id = who;
    perform veha.tell('tenant_reopened', who, null, reason, jsonb_build_object('merged_into', held.merged_into));
    return who;
exception when unique_violation then
    perform veha.refuse(409, 'ogrn_taken');
end
$$;

-- Merges one tenant into another: its children and current accounts go over, it is closed and points to its successor. Its claims, decisions
-- and history stay with it, where they happened.
-- Accounts go over in one statement: given to the successor before the predecessor let go, each would for a moment be one that two name.
create function tenant_merge(who bigint, into_whom bigint, reason text, seen int)
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
       or (not veha.by_operator() and not target.place <@ veha.scope('tenant.move')) then
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

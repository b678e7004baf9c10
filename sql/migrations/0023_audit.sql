-- What proves that no event was changed, and who read what.
--
-- A sealer numbers events without gaps and chains their hashes; it never touches the events themselves. Each link's hash is over the one before and the event's form, so whoever knows
-- one head of the chain, kept outside, knows that all before it is as it was. What must be forgotten some day (where a person was) is not in the form: in its place stands a *veil*, the hash
-- of a random salt and the address. While there is a salt, the address is proven, too; erasing a person destroys the salts, and then nobody can guess the address from the veil.

insert into capability values ('audit.read', 'see who read and who changed a tenant, when and from where');
insert into role_capability values ('region_admin', 'audit.read'), ('curator', 'audit.read');

-- ---------------------------------------------------------------------------------------------------------------------
-- Events that no link tells of yet, with the transaction that told them. A table of its own, because an event is never changed, and because the numbers of transactions
-- mean nothing any more once a database was dumped and restored.

create table unsealed (
    event       bigint primary key, -- no foreign key: an event that vanishes must not take its trace along
    transaction xid8 not null
);
create index unsealed_order on unsealed (transaction, event);

create table seal (
    number bigint primary key check (number > 0),
    event  bigint not null unique, -- no foreign key, for the same reason
    at     timestamptz not null,
    salt   uuid,
    veil   bytea,          -- NULL: the event had no address
    hash   bytea not null
);

-- The chain belongs to no tenant, and says nothing of any.
alter table unsealed enable row level security;
alter table unsealed force row level security;
create policy owner on unsealed to veha_owner using (true) with check (true);
create policy operator on unsealed for select to veha_operator using (true);
alter table seal enable row level security;
alter table seal force row level security;
create policy owner on seal to veha_owner using (true) with check (true);
create policy operator on seal for select to veha_operator using (true);
grant select on unsealed, seal to veha_operator;

-- Events are told by tell() and by triggers; the operator, too, only reads them.
revoke insert, update on event from veha_operator;
-- People stand in them by number: what is hashed cannot be forgotten.
alter table event add constraint event_names_nobody check (not detail ?| '{login,email,mail,phone,password}');

-- SECURITY DEFINER: nobody writes the queue of the sealer by hand.
create function event_queue()
returns trigger
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
begin
    insert into unsealed (event, transaction) select id, pg_current_xact_id() from told;
    return null;
end
$$;
create trigger queued after insert on event referencing new table as told for each statement execute function event_queue();
insert into unsealed (event, transaction) select id, pg_current_xact_id() from event;

-- Whole microseconds, for the text of a time depends on who asks.
create function seal_moment(moment timestamptz)
returns bigint
language sql
immutable parallel safe
as $$
    select (extract(epoch from moment) * 1000000)::bigint;
$$;

create function seal_veil(salt uuid, address inet)
returns bytea
language sql
immutable parallel safe
as $$
    select sha256(uuid_send(salt) || convert_to(host(address), 'UTF8'));
$$;

-- What is hashed of an event: all of it but its place, which follows the tenant, and its address, which may be erased.
create function seal_form(link bigint, moment timestamptz, e event, veil bytea)
returns text
language sql
stable parallel safe
as $$
    select jsonb_build_array(link, veha.seal_moment(moment), (e).id, veha.seal_moment((e).at), (e).tenant, (e).kind, (e).step, (e).reason, (e).detail, (e).person,
                             (e).actor, (e).session, (e).request, encode(veil, 'hex'))::text;
$$;

-- The first link follows 32 zero bytes.
create function seal_hash(before bytea, form text)
returns bytea
language sql
immutable parallel safe
as $$
    select sha256(coalesce(before, decode(repeat('00', 32), 'hex')) || convert_to(form, 'UTF8'));
$$;

create function seal_head(s seal)
returns jsonb
language sql
immutable parallel safe
as $$
    select jsonb_build_object('number', (s).number, 'hash', encode((s).hash, 'hex'), 'at', (s).at);
$$;

-- Seals up to so many events. → {"sealed": count, "head": the newest link, when it is the first of an hour, or null}
--
-- Events of transactions that ended before the oldest that still runs began to write: no other event can come in among them any more. (A number beyond all that this cluster has given is
-- of the cluster that the database was restored from.) They are taken in the order in which their transactions began to write, which is that of their commits but for those that
-- ran at the same time. SECURITY DEFINER: the verifier writes no link but so. One sealer at a time; whoever comes second has nothing to do.
create function audit_seal(most int)
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    moment timestamptz := veha.now();
    head   seal;
    link   seal;
    one    event;
begin
    if not pg_try_advisory_xact_lock(hashtext('veha.audit_seal')) then
        return jsonb_build_object('sealed', 0, 'head', null);
    end if;
    select * into head from seal order by number desc limit 1;
    link := head;
    for one in
        select e.*
          from unsealed u
          join event e on e.id = u.event
         where (u.transaction < pg_snapshot_xmin(pg_current_snapshot()) or u.transaction >= pg_snapshot_xmax(pg_current_snapshot()))
           and u.transaction is distinct from pg_current_xact_id_if_assigned()
         order by u.transaction, u.event
         limit most
    loop
        link.number := coalesce(link.number, 0) + 1;
        link.event := one.id;
        link.at := moment;
        link.salt := case when one.address is not null then gen_random_uuid() end;
        link.veil := seal_veil(link.salt, one.address);
        link.hash := seal_hash(link.hash, seal_form(link.number, moment, one, link.veil));
        insert into seal values (link.*);
    end loop;
    delete from unsealed u using seal s where s.event = u.event and s.number > coalesce(head.number, 0);
    return jsonb_build_object('sealed', coalesce(link.number, 0) - coalesce(head.number, 0),
                              'head', case when date_trunc('hour', link.at) is distinct from date_trunc('hour', head.at) then seal_head(link) end);
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- The proof, in batches, under the operator's own rights.

create index event_erasure on event ((detail->>'person')) where kind = 'person_erased';

-- The links after a number. → {"checked": count, "last": number or null, "broken": {"number", "event", "why"} of the first that does not fit, or null}
--
-- A hash that was changed alone is known by the next link, which follows the hash that should be there; at the end of the chain that cannot be told from a changed event.
create function seal_check(after bigint, most int)
returns jsonb
language sql
stable
as $$
    with link as materialized (
        select s.*, e.id is null as gone, e.address, e.person, veha.seal_form(s.number, s.at, e, s.veil) as form
          from (select * from veha.seal where number > after order by number limit most) s
          left join veha.event e on e.id = s.event
    ), followed as materialized (
        select l.*, after + row_number() over w as expected, lead(l.form) over w as next_form, lead(l.hash) over w as next_hash,
               veha.seal_hash(coalesce(lag(l.hash) over w, (select hash from veha.seal where number = after)), l.form) as computed
          from link l
        window w as (order by l.number)
    ), judged as (
        select f.expected, f.number, f.event,
               case when f.number <> f.expected then 'link_missing'
                    when f.gone then 'event_missing'
                    when f.salt is not null and f.veil is distinct from veha.seal_veil(f.salt, f.address) or f.salt is null and f.address is not null then 'address_changed'
                    when f.salt is null and f.veil is not null
                         and not exists (select from veha.event x where x.kind = 'person_erased' and x.detail->>'person' = f.person::text) then 'address_removed'
                    when f.hash = f.computed then null
                    when f.next_hash = veha.seal_hash(f.computed, f.next_form) then 'hash_changed'
                    else 'event_changed' end as why
          from followed f
    )
    select jsonb_build_object(
               'checked', (select count(*) from judged),
               'last', (select max(number) from judged),
               'broken', (select jsonb_build_object('number', expected, 'event', case when why <> 'link_missing' then event end, 'why', why)
                            from judged where why is not null order by expected limit 1));
$$;

-- The events after an id: is each in the chain, or waiting to be? → {"checked", "last": id or null, "broken": {"event", "why"} or null}
create function event_check(after bigint, most int)
returns jsonb
language sql
stable
as $$
    with page as materialized (
        select id from veha.event where id > after order by id limit most
    )
    select jsonb_build_object(
               'checked', (select count(*) from page),
               'last', (select max(id) from page),
               'broken', (select jsonb_build_object('number', null, 'event', p.id, 'why', 'event_inserted')
                            from page p -- each asked for by itself: the chain is never read as a whole
                            left join lateral (select true as found from veha.seal s where s.event = p.id limit 1) s on true
                            left join lateral (select true as found from veha.unsealed u where u.event = p.id limit 1) u on true
                           where s.found is null and u.found is null
                           order by p.id limit 1));
$$;

-- The window that nothing proves yet, and how long the last thousand events were in it.
-- → {"waiting", "oldest_ms": of those, "half_ms", "most_ms": of the sealed, "broken": {"event", "why"} or null}
create function audit_window()
returns jsonb
language sql
stable
as $$
    with latest as (
        select (extract(epoch from s.at - e.at) * 1000)::bigint as lag
          from (select * from veha.seal order by number desc limit 1000) s
          join veha.event e on e.id = s.event
    )
    select jsonb_build_object(
               'waiting', count(*),
               'oldest_ms', (extract(epoch from veha.now() - min(e.at)) * 1000)::bigint,
               'half_ms', (select percentile_disc(0.5) within group (order by lag) from latest),
               'most_ms', (select max(lag) from latest),
               'broken', case when count(*) > count(e.id)
                              then jsonb_build_object('number', null, 'event', min(u.event) filter (where e.id is null), 'why', 'event_missing') end)
      from veha.unsealed u
      left join veha.event e on e.id = u.event;
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Who read a tenant's pages and documents. Rows are kept for a time and then forgotten, so they are no part of the chain.

alter table person add column erased_at timestamptz; -- what is left of them is a pseudonym, see person_erase()

create table access (
    tenant   bigint not null,
    place    int not null,
    at       timestamptz not null, -- the second in which it was read, once or often
    person   bigint not null references person,
    session  bigint not null,
    resource text not null,
    address  inet,
    primary key (tenant, at, person, session, resource),
    foreign key (tenant, place) references tenant (id, place) on update cascade
);
create index access_place on access (tenant, place);
create index access_at on access (at);
create index access_person on access (person) where address is not null;
create index event_person on event (person) where address is not null;
-- The looks of the verifier are most of all events, and nobody's deed.
create index event_deed on event (tenant, at, id) where actor <> 'verify';

call secure('access', 'audit.read', null);
revoke insert, update on access from veha_operator;

-- What one process of the web saw read within a second: [{"tenant", "at", "person", "session", "resource", "address"}] → how many rows. A batch that comes
-- again, because nobody knew whether it had come, changes nothing. SECURITY DEFINER: nobody may say by hand who read what.
create function access_note(batch jsonb)
returns int
language sql
security definer
set search_path = veha, pg_temp
as $$
    with noted as (
        insert into access (tenant, place, at, person, session, resource, address)
        select t.id, t.place, b.at, b.person, b.session, b.resource, case when p.erased_at is null then b.address end
          from jsonb_to_recordset(batch) as b (tenant bigint, at timestamptz, person bigint, session bigint, resource text, address inet)
          join tenant t on t.id = b.tenant
          join person p on p.id = b.person
         order by t.id, b.at
           for key share of t -- of one that moves just now, the place it comes to
            on conflict do nothing
        returning 1
    )
    select count(*)::int from noted;
$$;

-- SECURITY DEFINER: the verifier forgets what is old enough, and nothing else of it.
create function access_forget(days int, most int)
returns int
language sql
security definer
set search_path = veha, pg_temp
as $$
    with gone as (
        delete from access a
         using (select tenant, at, person, session, resource from access where at < veha.now() - make_interval(days => days) order by at limit most) old
         where (a.tenant, a.at, a.person, a.session, a.resource) = (old.tenant, old.at, old.person, old.session, old.resource)
        returning 1
    )
    select count(*)::int from gone;
$$;

-- A list with people's data leaves the product: that is an event of the tenant it tells of, or of the caller alone. Nothing is told of a tenant that the caller cannot see.
create function export_note(what text, whose bigint)
returns jsonb
language plpgsql
as $$
declare
    named bigint;
begin
    select id into named from veha.tenant where id = whose;
    if whose is null or named is not null then
        perform veha.tell('list_exported', named, null, null, jsonb_build_object('resource', what));
    end if;
    return '{}';
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Forgetting a person. What they did stays, done by a pseudonym; who they were, how they signed in and where they were goes.

-- SECURITY DEFINER: the operator deletes nothing by hand, and changes no event. → {"person": id, "name": the pseudonym}
create function person_erase(wanted text, why text)
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    who       bigint;
    pseudonym text;
begin
    perform pg_advisory_xact_lock(hashtext('veha.audit_seal')); -- or a link that is being made would veil an address that is gone
    select id into who from person where login = lower(btrim(wanted)) and erased_at is null for update;
    if who is null then
        perform refuse(404, 'person_unknown');
    end if;
    pseudonym := format('удалённый пользователь №%s', who);
    delete from sign_in_attempt where login_hash = (select login_hash(login) from person where id = who);
    delete from session_spent p using session s where s.id = p.session and s.person = who;
    delete from session where person = who;
    delete from idempotency where person = who;
    delete from factor where person = who;
    delete from recovery_code where person = who;
    delete from sign_in_challenge where person = who;
    delete from password_reset where person = who;
    delete from notice where person = who;
    delete from letter where person = who;
    delete from outbox where person = who;
    delete from saved_filter where person = who;
    delete from bulk where person = who;
    update invitation set login = format('erased %s', who), name = pseudonym where login = (select login from person where id = who);
    update membership set ended_at = veha.now() where person = who and ended_at is null;
    update access set address = null where person = who and address is not null;
    update seal s set salt = null from event e where e.person = who and e.address is not null and s.event = e.id;
    update event set address = null where person = who and address is not null;
    update person
       set login = format('erased %s', who), -- with a space, which no login has
           name = pseudonym, email = null, password_hash = null, disabled_at = coalesce(disabled_at, veha.now()), erased_at = veha.now()
     where id = who;
    perform tell('person_erased', null, null, why, jsonb_build_object('person', who::text));
    return jsonb_build_object('person', who::text, 'name', pseudonym);
end
$$;

revoke execute on function event_queue, audit_seal, seal_check, event_check, audit_window, access_note, access_forget, person_erase from public;
grant execute on function audit_seal, access_forget to veha_verify;
grant execute on function seal_check, event_check, audit_window, person_erase to veha_operator;
grant execute on function access_note to veha_web;

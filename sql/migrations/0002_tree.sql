-- The tree of tenants, the people, and which part of the tree each may reach.

create extension if not exists pg_trgm with schema public;
create extension if not exists btree_gist with schema public;

-- ---------------------------------------------------------------------------------------------------------------------
-- The region's own settings: one row, written by region_configure().

create table region (
    singleton         boolean primary key default true check (singleton),
    code              text not null,
    name              text not null,
    timezone          text not null,
    deadline          date not null, -- what counts
    deadline_filed    date not null, -- what the region's file said last: it counts again only when it says something else
    networks          text[] not null, -- which networks of the country's list the region asks for
    networks_required int not null,    -- how many of them are enough: «N of M»
    sample_passed     int not null default 2 check (sample_passed between 0 and 100),  -- of a hundred verdicts that pass, how many a curator looks at again
    sample_failed     int not null default 10 check (sample_failed between 0 and 100), -- and of a hundred that fail
    version           int not null default 1
);
grant select on region to veha_web, veha_verify, veha_operator;
grant insert, update on region to veha_operator;

-- Which day was the deadline when; why it was moved stands in the event.
create table region_deadline (
    deadline date not null,
    valid    tstzrange not null default tstzrange(veha.now(), null),
    exclude using gist (valid with &&)
);
grant select on region_deadline to veha_web, veha_verify, veha_operator;
grant insert, update, delete on region_deadline to veha_operator;

create function today()
returns date
language sql
stable parallel safe
as $$
    select (veha.now() at time zone coalesce((select timezone from veha.region), 'UTC'))::date;
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Tenants. place and last are the preorder interval of the node's subtree: a descendant's place lies in [place, last].

create table tenant (
    id           bigint generated always as identity primary key,
    parent       bigint references tenant,
    place        int not null,
    last         int not null,
    kind         text not null check (kind in ('region', 'agency', 'municipality', 'organisation')),
    name         text not null check (name <> ''),
    short_name   text,
    inn          text check (inn ~ '^([0-9]{10}|[0-9]{12})$'),
    ogrn         text check (ogrn ~ '^([0-9]{13}|[0-9]{15})$'),
    category     text, -- флагманский, активный, визитка ...: as the register says
    spheres      text[] not null default '{}',
    site_host    text, -- of the current official site, for SITE and search
    participates boolean not null default true, -- false: known only as somebody's founder
    merged_into  bigint references tenant,
    closed_at    timestamptz,
    created_at   timestamptz not null default veha.now(),
    version      int not null default 1,
    check (last >= place),
    check ((parent is null) = (kind = 'region')),
    check (merged_into is null or closed_at is not null),
    unique (id, place),
    unique (id, place, last),
    unique (place) deferrable initially deferred
);
create unique index tenant_region on tenant ((true)) where kind = 'region';
create unique index tenant_ogrn on tenant (ogrn) where merged_into is null;
create index tenant_inn on tenant (inn);
create index tenant_parent on tenant (parent);
create index tenant_merged on tenant (merged_into) where merged_into is not null;
create index tenant_founder on tenant (place) where kind <> 'organisation';
-- Lists are ordered by name within the caller's places.
create index tenant_name on tenant (name, id);

-- What a tenant was, when: names, numbers and position as of any date.
create table tenant_history (
    tenant     bigint not null,
    place      int not null,
    valid      tstzrange not null,
    parent     bigint,
    kind       text not null,
    name       text not null,
    short_name text,
    inn        text,
    ogrn       text,
    closed     boolean not null,
    participates boolean not null,
    primary key (tenant, valid),
    foreign key (tenant, place) references tenant (id, place) on update cascade,
    exclude using gist (tenant with =, valid with &&)
);
create index tenant_history_place on tenant_history (tenant, place);
create index tenant_history_parent on tenant_history (parent);

-- ---------------------------------------------------------------------------------------------------------------------
-- People and where they work.

create table person (
    id            bigint generated always as identity primary key,
    login         text not null check (login = lower(login) and login <> ''),
    name          text not null check (name <> ''),
    locale        text not null default 'ru' check (locale in ('ru', 'en')),
    password_hash text,
    roles         text not null default '', -- of the memberships that go on, once each, in order, parted by spaces; kept by membership_told()
    disabled_at   timestamptz,
    created_at    timestamptz not null default veha.now(),
    unique (login)
);

create table membership (
    id         bigint generated always as identity,
    person     bigint not null references person,
    tenant     bigint not null,
    place      int not null,
    last       int not null,
    role       text not null references role,
    created_at timestamptz not null default veha.now(),
    ended_at   timestamptz,
    primary key (tenant, id),
    foreign key (tenant, place, last) references tenant (id, place, last) on update cascade
);
create unique index membership_once on membership (person, tenant, role) where ended_at is null;
create index membership_place on membership (tenant, place, last);

create table session (
    id             bigint generated always as identity primary key,
    person         bigint not null references person,
    state          text not null default 'open' check (state in ('open', 'setup')), -- setup: it may do nothing but set up the second factor
    refresh_hash   text not null, -- of the current refresh token
    refresh_serial int not null default 1,
    rotated_at     timestamptz not null default veha.now(),
    created_at     timestamptz not null default veha.now(),
    seen_at        timestamptz not null default veha.now(),
    ended_at       timestamptz,
    end_reason     text,
    address        inet
);
create index session_person on session (person) where ended_at is null;

-- The places where the caller has a capability, a person by memberships, a service by what it was issued for. SECURITY DEFINER because the policy of
-- membership itself asks for it: read as the caller, it would call itself without end. It looks at nothing but the caller's own memberships.
create function scope(wanted text)
returns int4multirange
language plpgsql
stable parallel safe
security definer
set search_path = veha, pg_temp
as $$
begin
    if service() is not null then
        return (select coalesce(range_agg(int4range(s.place, s.last, '[]')), '{}')
                  from service s
                  join service_capability c on c.tenant = s.tenant and c.service = s.id and c.capability = wanted
                 where s.id = service() and s.revoked_at is null);
    end if;
    return (select coalesce(range_agg(int4range(m.place, m.last, '[]')), '{}')
              from membership m
              join person p on p.id = m.person and p.disabled_at is null
              join role_capability r on r.role = m.role and r.capability = wanted
             where m.person = caller()
               and m.ended_at is null);
end
$$;

-- The same as rows: `from scope_ranges('tenant.read') s join tenant t on t.place between s.lo and s.hi` walks an index, where the policy's
-- operator alone, not being leakproof, would be tried on every row first. plpgsql, because an SQL function would be inlined, and the planner would then
-- expect a hundred ranges where there are few, and read the table from end to end.
create function scope_ranges(wanted text)
returns table (lo int, hi int)
language plpgsql
stable parallel safe rows 1
as $$
begin
    return query select lower(r), upper(r) - 1 from unnest(veha.scope(wanted)) as r;
end
$$;

-- What stands against the caller's session: a code, or NULL. SECURITY DEFINER: under row security the plan would be made anew in each unit, at five times the
-- cost. It tells of one session, and only to whom has its number.
create function caller_objection(which bigint, who bigint, told text, unfinished boolean)
returns text
language plpgsql
stable
security definer
set search_path = veha, pg_temp
as $$
declare
    objection text;
begin
    select case when s.ended_at is not null then 'session_ended'
                when p.roles <> told then 'token_stale'
                when s.state <> 'open' and not unfinished then 'factor_required' end
      into objection
      from session s
      join person p on p.id = s.person and p.disabled_at is null
     where s.id = which and s.person = who;
    return case when found then objection else 'session_ended' end;
end
$$;
revoke execute on function caller_objection from public;
grant execute on function caller_objection to veha_web, veha_verify, veha_notify, veha_operator; -- all of them enter

-- A name for "who did it". SECURITY DEFINER: people's rows are nobody's to read but their own; a name beside a deed is.
create function person_name(who bigint)
returns text
language plpgsql
stable parallel safe
security definer
set search_path = veha, pg_temp
as $$
begin
    return (select name from person where id = who);
end
$$;

-- The same of a program that did it; SECURITY DEFINER for the same reason.
create function service_name(which bigint)
returns text
language plpgsql
stable parallel safe strict
security definer
set search_path = veha, pg_temp
as $$
begin
    return (select name from service where id = which);
end
$$;

call secure('tenant', 'tenant.read', 'tenant.change');
call secure('tenant_history', 'tenant.read', null);
call secure('membership', 'tenant.read', null);

-- Moving is a stronger right than renaming: rows are added, and places change, only under it. (Policies of one command are OR-ed; these
-- two replace the general ones.)
drop policy adding on tenant;
create policy adding on tenant for insert to veha_web with check (place <@ (select veha.scope('tenant.move')));
drop policy changing on tenant;
create policy changing on tenant for update to veha_web
    using (place <@ (select veha.scope('tenant.change')))
    with check (place <@ (select veha.scope('tenant.change')));

-- A person and a session are nobody's but their own; the sign-in functions reach them otherwise (0010).
alter table person enable row level security;
alter table person force row level security;
create policy owner on person to veha_owner using (true) with check (true);
create policy operator on person to veha_operator using (true) with check (true);
create policy own on person for select to veha_web using (id = (select veha.caller()));
grant select (id, login, name, locale) on person to veha_web;
grant select, insert, update on person to veha_operator;

alter table session enable row level security;
alter table session force row level security;
create policy owner on session to veha_owner using (true) with check (true);
create policy operator on session to veha_operator using (true) with check (true);
create policy own on session for select to veha_web using (person = (select veha.caller()));
grant select (id, person, created_at, seen_at, ended_at, address) on session to veha_web;
grant select, insert, update on session to veha_operator;

-- A person's own memberships are theirs to see wherever they are.
create policy own on membership for select to veha_web using (person = (select veha.caller()));

-- ---------------------------------------------------------------------------------------------------------------------
-- Public identity, for search. Without row security, because trigram operators are not leakproof and their indexes would be ignored
-- under it; it holds only what the public register holds, and every query joins the guarded tables.

create table directory (
    tenant bigint primary key references tenant,
    names  text not null, -- folded: names and numbers
    words  text not null, -- the same, and addresses of accounts
    inn    text,
    ogrn   text,
    stems  tsvector generated always as (to_tsvector('russian', names)) stored
);
create index directory_words on directory using gin (words public.gin_trgm_ops);
create index directory_stems on directory using gin (stems);
create index directory_inn on directory (inn text_pattern_ops);
create index directory_ogrn on directory (ogrn text_pattern_ops);
grant select on directory to veha_web, veha_operator, veha_verify;

-- Lower case, ё as е, quotes and repeated spaces gone: the form in which names are compared.
create function fold(words text)
returns text
language sql
immutable parallel safe
as $$
    select btrim(regexp_replace(translate(lower(words), 'ё«»"„“”''', 'е       '), '\s+', ' ', 'g'));
$$;

-- What a folded text must look like to hold these letters.
create function fold_pattern(letters text)
returns text
language sql
immutable parallel safe
as $$
    select '%' || regexp_replace(fold(letters), '([\\%_])', '\\\1', 'g') || '%';
$$;

-- The words of a search; «№», commas and dashes part them.
create function fold_words(words text)
returns text[]
language sql
immutable parallel safe
as $$
    select array(select word from regexp_split_to_table(veha.fold(words), '[\s№,;()—–-]+') with ordinality as w (word, number) where word <> '' order by number);
$$;

-- What names must hold of the words of a search, in any form: «школы» finds «школа». Empty, which matches nothing, when none of them means anything.
create function fold_stems(words text)
returns tsquery
language sql
immutable parallel safe
as $$
    select plainto_tsquery('russian', array_to_string(veha.fold_words(words), ' '));
$$;

-- The longest of them as a pattern: what an index can find. NULL, which is like nothing, when there are none.
create function fold_needle(words text)
returns text
language sql
immutable parallel safe
as $$
    select (select veha.fold_pattern(word) from unnest(veha.fold_words(words)) as word order by length(word) desc, word limit 1);
$$;

-- And what must be found of each, in any order: a word anywhere, but a number of up to three digits only as a whole, or «школа 1» would be every school with a 1 in its ИНН.
create function fold_matches(words text)
returns text[]
language sql
immutable parallel safe
as $$
    select array(select case when word ~ '^\d{1,3}$' then '(^|\W)' || word || '(\W|$)' else regexp_replace(word, '(\W)', '\\\1', 'g') end
                   from unnest(veha.fold_words(words)) as word);
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- What every change leaves behind.

create table event (
    id       bigint generated always as identity primary key,
    at       timestamptz not null default veha.now(),
    tenant   bigint,
    place    int,
    kind     text not null,  -- noun_verb in the past: "step_claimed"
    step     text,           -- the step it concerns, if one
    reason   text,
    detail   jsonb not null default '{}',
    person   bigint references person, -- who; NULL: the machine, see actor
    service  bigint,         -- or which program
    actor    text not null,  -- person, service, operator, verify; program: what followed from the deed of somebody who must not be named
    session  bigint,
    request  text,
    address  inet,
    foreign key (tenant, place) references tenant (id, place) on update cascade
);
create index event_tenant on event (tenant, id desc);
create index event_place on event (tenant, place);
create index event_at on event using brin (at);

call secure('event', 'tenant.read', null);
create policy own on event for select to veha_web using (tenant is null and person = (select veha.caller()));

create function actor()
returns text
language sql
stable
as $$
    select case when caller() is not null then 'person'
                when service() is not null then 'service'
                when session_user = 'veha_verify' then 'verify'
                when session_user = 'veha_web' then 'nobody'
                else 'operator' end;
$$;

-- The one way to write an event. SECURITY DEFINER: the tables are append-only, and nobody but this function appends.
create function tell(what text, whose bigint, step text, reason text, detail jsonb)
returns bigint
language sql
security definer
set search_path = veha, pg_temp
as $$
    insert into event (tenant, place, kind, step, reason, detail, person, service, actor, session, request, address)
    select whose, (select place from tenant where id = whose), what, step, reason, coalesce(detail, '{}'),
           caller(), service(), actor(), setting('session')::bigint, setting('request'), setting('address')::inet
    returning id;
$$;

-- What people are to be told, written in the unit of the change it tells of; 0020_letter.sql says who is told, and how.
create table outbox (
    id         bigint generated always as identity primary key,
    at         timestamptz not null default veha.now(),
    kind       text not null,
    tenant     bigint,
    place      int,
    person     bigint references person,
    detail     jsonb not null default '{}',
    sent_at    timestamptz, -- when the first letter that tells of it went
    foreign key (tenant, place) references tenant (id, place) on update cascade
);
create index outbox_at on outbox (at);
create index outbox_place on outbox (tenant, place);
call secure('outbox', 'tenant.read', null);

-- ---------------------------------------------------------------------------------------------------------------------
-- Idempotency keys: the answer of a change, stored in the unit of the change, for a day.

create table idempotency (
    person   bigint references person,
    service  bigint,        -- of a caller that is a program
    key      text not null check (length(key) between 1 and 200),
    use      text not null, -- resource and hash of its arguments
    answer   text,          -- the bytes that were answered
    at       timestamptz not null default veha.now(),
    check (num_nonnulls(person, service) = 1),
    unique (person, key),
    unique (service, key)
);
create index idempotency_at on idempotency (person, at);
create index idempotency_service_at on idempotency (service, at);
alter table idempotency enable row level security;
alter table idempotency force row level security;
create policy owner on idempotency to veha_owner using (true) with check (true);
create policy own on idempotency to veha_web
    using (person = (select veha.caller()) or service = (select veha.service()))
    with check (person = (select veha.caller()) or service = (select veha.service()));
grant select, insert, update, delete on idempotency to veha_web;

create function idempotency_begin(wanted text, purpose text)
returns void
language plpgsql
as $$
declare
    earlier veha.idempotency;
begin
    delete from veha.idempotency where (person = veha.caller() or service = veha.service()) and at < veha.now() - interval '1 day';
    insert into veha.idempotency (person, service, key, use) values (veha.caller(), veha.service(), wanted, purpose)
        on conflict do nothing;
    if found then
        return;
    end if;
    select * into earlier from veha.idempotency where (person = veha.caller() or service = veha.service()) and key = wanted;
    if earlier.use is distinct from purpose then
        perform veha.refuse(409, 'idempotency_key_reused');
    end if;
    perform veha.refuse(208, 'replay');
end
$$;

create function idempotency_answer(wanted text)
returns text
language sql
stable
as $$
    select answer from veha.idempotency where (person = veha.caller() or service = veha.service()) and key = wanted;
$$;

create function idempotency_keep(wanted text, document text)
returns void
language sql
as $$
    update veha.idempotency set answer = document where (person = veha.caller() or service = veha.service()) and key = wanted;
$$;

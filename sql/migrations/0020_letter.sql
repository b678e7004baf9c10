-- What people are told: in their inbox, and by the letters of `veha notify`; the notice about personal data; the password that somebody forgot.
--
--   outbox (a matter, in the unit of the change) → notice (one a person who is to know: the inbox) → letter (one a person and a time, of several matters)
--
-- `veha notify` has no right to any table: letter_gather(), letter_take() and letter_end() are all it may do.

alter table person add column if not exists email text;
alter table person add constraint person_email check (email ~ '^[^[:space:][:cntrl:]<>"(),:;@]+@[^[:space:][:cntrl:]<>"(),:;@]+$' and length(email) <= 254);
grant select (email) on person to veha_web;

-- ---------------------------------------------------------------------------------------------------------------------
-- Who is told of what. person: whom the matter names; specialists: those of its tenant; curators: curators and coordinators
-- above it, but for whoever causes it; operators: whoever answers for verification above it.

create table notice_kind (
    code    text primary key,
    readers text not null check (readers in ('person', 'specialists', 'curators', 'operators'))
);
insert into notice_kind values
    ('step_returned', 'specialists'),
    ('step_contradicted', 'specialists'),
    ('step_due_changed', 'specialists'),
    ('deadline_changed', 'person'),
    ('dispute_accepted', 'person'),
    ('dispute_rejected', 'person'),
    ('comment_asked', 'curators'),
    ('comment_answered', 'specialists'),
    ('password_changed', 'person'),
    ('token_refused', 'operators'),
    ('verification_stopped', 'operators');
grant select on notice_kind to veha_web;

create table letter (
    id       bigint generated always as identity primary key,
    at       timestamptz not null default veha.now(),
    kind     text not null check (kind in ('news', 'invitation', 'password_reset')),
    person   bigint references person, -- NULL: somebody who is none yet
    outbox   bigint references outbox on delete cascade, -- of the single matter that is nobody's notice
    address  text not null,
    message  uuid not null default gen_random_uuid(), -- of its Message-ID: a letter that comes twice is known by it
    due_at   timestamptz not null default veha.now(), -- while somebody sends it: when others may
    attempts int not null default 0,
    fence    int not null default 0,
    worker   text,
    ended_at timestamptz,
    outcome  text check (outcome in ('sent', 'given_up', 'refused')),
    reason   text, -- what the server said last
    check ((ended_at is null) = (outcome is null))
);
create index letter_due on letter (due_at) where ended_at is null;
create index letter_person on letter (person, at);
create index letter_lost on letter (ended_at) where outcome in ('given_up', 'refused');
create index letter_outbox on letter (outbox);
create index letter_at on letter (at);

create table notice (
    person  bigint not null references person,
    outbox  bigint not null references outbox on delete cascade,
    wanted  boolean not null, -- by letter as well: there was an address
    letter  bigint references letter,
    read_at timestamptz,
    primary key (person, outbox)
);
create index notice_outbox on notice (outbox);
create index notice_letter on notice (letter);
create index notice_unread on notice (person) where read_at is null;
create index notice_unsent on notice (person) where wanted and letter is null and read_at is null;

alter table letter enable row level security;
alter table letter force row level security;
create policy owner on letter to veha_owner using (true) with check (true);
alter table notice enable row level security;
alter table notice force row level security;
create policy owner on notice to veha_owner using (true) with check (true);
create policy own on notice to veha_web using (person = (select veha.caller())) with check (person = (select veha.caller()));
grant select, update (read_at) on notice to veha_web;

-- A matter is read by whom it was told, and by nobody who has lost its tenant since: some hold links that let a person in.
drop policy reading on outbox;
create policy reading on outbox for select to veha_web
    using (place <@ (select veha.scope('tenant.read'))
           and exists (select from veha.notice n where n.outbox = outbox.id and n.person = (select veha.caller())));
create policy own on outbox for select to veha_web
    using (tenant is null and exists (select from veha.notice n where n.outbox = outbox.id and n.person = (select veha.caller())));

-- The people to be told of a matter. SECURITY DEFINER: whoever causes it may not see who works elsewhere.
create function notice_readers(readers text, named bigint, whose bigint)
returns setof bigint
language sql
stable rows 3 -- or all people would be read for the few of a tenant
security definer
set search_path = veha, pg_temp
as $$
    with recursive above (id, parent) as (
        select id, parent from tenant where id = whose
        union all
        select t.id, t.parent from above a join tenant t on t.id = a.parent
    )
    select named where readers = 'person' and named is not null
    union
    select m.person
      from above a
      join membership m on m.tenant = a.id and m.ended_at is null
     where (readers = 'specialists' and m.role = 'specialist')
        or (readers = 'curators' and m.role in ('curator', 'coordinator') and m.person is distinct from caller())
        or (readers = 'operators' and exists (select from role_capability c where c.role = m.role and c.capability = 'verification.read'));
$$;
revoke execute on function notice_readers(text, bigint, bigint) from public;

-- SECURITY DEFINER: notices and letters are written here alone.
create function outbox_tell()
returns trigger
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
begin
    insert into notice (person, outbox, wanted)
    select p.id, o.id, p.email is not null
      from told o
      join notice_kind k on k.code = o.kind
     cross join lateral notice_readers(k.readers, o.person, o.tenant) r
      join person p on p.id = r and p.disabled_at is null;
    insert into letter (kind, outbox, address)
    select 'invitation', id, detail ->> 'address' from told where kind = 'invitation' and detail ->> 'address' <> '';
    return null;
end
$$;
create trigger tells after insert on outbox referencing new table as told for each statement execute function outbox_tell();

-- A ticked step that a look finds not to hold. SECURITY DEFINER: it follows from what was seen, whoever saw it.
create function step_contradict()
returns trigger
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
begin
    -- Without a join of the two, as in step_turn().
    insert into outbox (kind, tenant, place, detail)
    select 'step_contradicted', p.tenant, p.place, jsonb_build_object('step', p.step)
      from (select tenant, step from changed where status = 'contradicted'
            intersect
            select tenant, step from was where status <> 'contradicted') c
      join step_state p on p.tenant = c.tenant and p.step = c.step
     order by p.tenant, p.number;
    return null;
end
$$;
create trigger contradicts after update on step_state referencing old table as was new table as changed for each statement execute function step_contradict();

-- What a comment says now. plpgsql, because its table comes later.
create function comment_words(whose bigint, which bigint)
returns text
language plpgsql
stable
as $$
begin
    return (select words from veha.comment where tenant = whose and id = which);
end
$$;

-- {id, at, kind, tenant, step, reason, until, network, since, due, path}; path: where it leads, here.
create function notice_document(o outbox)
returns jsonb
language sql
stable
as $$
    select jsonb_build_object(
               'id', o.id, 'at', o.at, 'kind', o.kind,
               'tenant', (select jsonb_build_object('id', t.id, 'name', t.name) from veha.tenant t where t.id = o.tenant),
               'step', (select jsonb_build_object('key', p.step, 'title', m.title)
                          from veha.step_state p
                          join veha.roadmap_step m on m.branch = p.branch and m.version = p.version and m.key = p.step
                         where p.tenant = o.tenant and p.step = o.detail ->> 'step'),
               'reason', coalesce(o.detail ->> 'reason', veha.comment_words(o.tenant, (o.detail ->> 'comment')::bigint)),
               'until', o.detail ->> 'until', 'network', o.detail ->> 'title', 'since', o.detail ->> 'since', 'due', o.detail ->> 'due',
               'path', case when o.detail ? 'step' then format('/tenants/%s/steps/%s', o.tenant, o.detail ->> 'step')
                                                  || case when o.detail ? 'comment' then '#comments' else '' end
                            when k.readers = 'operators' then '/verification'
                            when o.kind = 'deadline_changed' then '/' end)
      from (select) as always
      left join veha.notice_kind k on k.code = o.kind;
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- A forgotten password. Whoever asks learns nothing, not even by the time it takes: serve keeps the hash of the name alone, and it is veha notify that looks
-- whether anybody is called so. The link's token is computed from the seed and a key that the database never sees.

create table password_reset (
    token_hash  text primary key,
    login_hash  bytea not null,
    seed        text, -- gone with the letter
    at          timestamptz not null default veha.now(),
    gathered_at timestamptz,
    person      bigint references person,
    letter      bigint references letter on delete cascade,
    used_at     timestamptz
);
create index password_reset_new on password_reset (at) where gathered_at is null;
create index password_reset_person on password_reset (person);
create index password_reset_letter on password_reset (letter);
create index password_reset_at on password_reset (at);
create index person_login_hash on person (login_hash(login));

create table reset_attempt (
    key_hash bytea primary key, -- of a login or an address
    count    int not null,
    since    timestamptz not null
);
create index reset_attempt_since on reset_attempt (since);

alter table password_reset enable row level security;
alter table password_reset force row level security;
create policy owner on password_reset to veha_owner using (true) with check (true);
alter table reset_attempt enable row level security;
alter table reset_attempt force row level security;
create policy owner on reset_attempt to veha_owner using (true) with check (true);

-- Counts one more try within the hour; → seconds to wait when there were too many.
create function reset_charge(what text, most int)
returns int
language plpgsql
as $$
declare
    charged veha.reset_attempt;
    moment timestamptz := veha.now();
begin
    insert into veha.reset_attempt as a values (sha256(convert_to(what, 'UTF8')), 1, moment)
        on conflict (key_hash) do update
       set count = case when a.since <= moment - interval '1 hour' then 1 else a.count + 1 end,
           since = case when a.since <= moment - interval '1 hour' then moment else a.since end
    returning * into charged;
    return case when charged.count > most then greatest(1, ceil(extract(epoch from charged.since + interval '1 hour' - moment))::int) else 0 end;
end
$$;

-- → {"wait": seconds}; 0: it was kept. Three an hour for a name, twenty for an address, behind which there may be a whole office.
-- SECURITY DEFINER, as all of this: whoever forgot the password is nobody yet. Each looks at one name or one token.
create function password_reset_ask(wanted text, hash text, seed text)
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    name bytea := login_hash(wanted);
    wait int := greatest(reset_charge('login ' || encode(name, 'hex'), 3), reset_charge('address ' || coalesce(setting('address'), ''), 20));
begin
    if wait = 0 then
        insert into password_reset (token_hash, login_hash, seed) values (hash, name, seed);
    end if;
    return jsonb_build_object('wait', wait);
end
$$;

-- Whose password the link may change now; NULL: nobody's.
create function password_reset_person(hash text)
returns bigint
language sql
stable
as $$
    select p.id
      from veha.password_reset r
      join veha.person p on p.id = r.person and p.disabled_at is null
     where r.token_hash = hash and r.used_at is null and r.at > veha.now() - interval '1 hour';
$$;
revoke execute on function password_reset_person(text) from public;

-- → {"login"}, for whoever keeps passwords under names; refused when the link is no good, whatever the reason. SECURITY DEFINER: nobody is signed in.
create function password_reset_show(hash text)
returns jsonb
language plpgsql
stable
security definer
set search_path = veha, pg_temp
as $$
declare
    found text := (select login from person where id = password_reset_person(hash));
begin
    if found is null then
        perform refuse(404, 'password_reset_over');
    end if;
    return jsonb_build_object('login', found);
end
$$;

-- The new password; all that was open under the old one is closed, and the lock-out with it. SECURITY DEFINER: nobody is signed in. → {"person"}
create function password_reset_use(hash text, password text)
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    who bigint;
    one bigint;
begin
    perform from password_reset where token_hash = hash for update; -- whoever waits here finds it used
    who := password_reset_person(hash);
    if who is null then
        perform refuse(404, 'password_reset_over');
    end if;
    update password_reset set used_at = veha.now(), seed = null where person = who and used_at is null;
    update person set password_hash = password where id = who;
    delete from sign_in_attempt where login_hash = (select login_hash(login) from person where id = who);
    delete from sign_in_challenge where person = who; -- the password before it was the old one
    for one in select id from session where person = who and ended_at is null order by id loop
        perform session_enter(who, one);
        perform session_close(one, 'password_reset');
    end loop;
    perform session_enter(who, null);
    perform tell('password_reset', null, null, null, '{}');
    insert into outbox (kind, person) values ('password_changed', who);
    return jsonb_build_object('person', who::text);
end
$$;
revoke execute on function reset_charge, password_reset_ask, password_reset_show, password_reset_use from public;
grant execute on function password_reset_ask, password_reset_show, password_reset_use to veha_web;

-- ---------------------------------------------------------------------------------------------------------------------
-- Letters, as veha notify takes them: leased with a fence, sent at least once.

create function letter_document(l letter)
returns jsonb
language sql
stable
as $$
    select jsonb_build_object(
               'id', l.id, 'fence', l.fence, 'kind', l.kind, 'message', l.message, 'attempts', l.attempts, 'address', l.address,
               'locale', coalesce(p.locale, o.detail ->> 'locale', 'ru'),
               'name', coalesce(p.name, o.detail ->> 'name'),
               'region', (select name from veha.region),
               'matters', (select coalesce(jsonb_agg(veha.notice_document(m) order by m.id), '[]')
                             from veha.notice n
                             join veha.outbox m on m.id = n.outbox
                            where n.letter = l.id),
               'link', o.detail ->> 'link', 'expires', o.detail ->> 'expires',
               'seed', r.seed, 'until', r.at + interval '1 hour')
      from (select) as always
      left join veha.person p on p.id = l.person
      left join veha.outbox o on o.id = l.outbox
      left join veha.password_reset r on r.letter = l.id;
$$;

-- Makes letters of what people are to be told: one a person at a time, `pause` apart; and of the passwords that were asked for. One gathers at a time.
-- SECURITY DEFINER here and below: veha notify reaches nobody's rows but through these. → how many
create function letter_gather(pause interval, most int)
returns int
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    news int;
    resets int;
begin
    if not pg_try_advisory_xact_lock(hashtext('veha.letter_gather')) then
        return 0;
    end if;
    with ready as (
        select p.id, p.email
          from (select distinct person from notice where wanted and letter is null and read_at is null) w
          join person p on p.id = w.person and p.email is not null and p.disabled_at is null
         where not exists (select from letter l where l.person = p.id and l.kind = 'news' and (l.ended_at is null or l.at > veha.now() - pause))
         limit most
    ), made as (
        insert into letter (kind, person, address) select 'news', id, email from ready order by id returning id, person
    ), told as (
        update notice n set letter = m.id from made m where n.person = m.person and n.wanted and n.letter is null and n.read_at is null
    )
    select count(*) into news from made;
    with asked as (
        select token_hash, login_hash from password_reset where gathered_at is null order by at limit most
    ), whose as materialized (
        select a.token_hash, p.id, p.email, nextval(pg_get_serial_sequence('veha.letter', 'id')) as letter
          from asked a
          join person p on login_hash(p.login) = a.login_hash and p.email is not null and p.disabled_at is null and p.password_hash is not null
    ), made as (
        insert into letter (id, kind, person, address) overriding system value select letter, 'password_reset', id, email from whose
    )
    update password_reset r
       set gathered_at = veha.now(), person = w.id, letter = w.letter, seed = case when w.id is not null then r.seed end
      from asked a
      left join whose w using (token_hash)
     where r.token_hash = a.token_hash;
    get diagnostics resets = row_count;
    return news + resets;
end
$$;

-- Leases letters that are due. SECURITY DEFINER: the sender has no right to any table. → {"items": [letter_document]}
create function letter_take(holder text, lease interval, most int)
returns jsonb
language sql
security definer
set search_path = veha, pg_temp
as $$
    with due as (
        select id from letter where ended_at is null and due_at <= veha.now() order by due_at, id limit most for update skip locked
    ), taken as (
        update letter l
           set worker = holder, fence = l.fence + 1, attempts = l.attempts + 1, due_at = veha.now() + lease
          from due d
         where d.id = l.id
        returning l.*
    )
    select jsonb_build_object('items', coalesce(jsonb_agg(letter_document(t) order by t.id), '[]')) from taken t;
$$;

-- The pause after so many tries: 1, 4, 16, 64 minutes, and never more than four hours.
create function letter_pause(attempts int)
returns interval
language sql
immutable parallel safe
as $$
    select least(power(4, least(attempts, 6) - 1), 240) * interval '1 minute';
$$;

-- SECURITY DEFINER as above. How it went: sent; refused, for good; failed, which is tried again until there were `most` tries. What was said in secret is not kept.
-- → {"outcome": null while it is to be tried again}; no row: the lease is somebody else's.
create function letter_end(which bigint, holder int, how text, why text, most int)
returns jsonb
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    ended letter;
begin
    update letter l
       set outcome = case when how <> 'failed' then how when l.attempts >= most then 'given_up' end,
           ended_at = case when how <> 'failed' or l.attempts >= most then veha.now() end,
           due_at = veha.now() + letter_pause(l.attempts),
           reason = left(why, 500)
     where l.id = which and l.fence = holder and l.ended_at is null
    returning * into ended;
    if ended.id is null then
        return null;
    end if;
    if ended.outcome is not null then
        update outbox o
           set sent_at = case when ended.outcome = 'sent' then coalesce(o.sent_at, veha.now()) else o.sent_at end, detail = o.detail - 'link'
         where o.id in (select ended.outbox union all select outbox from notice where letter = which);
        update password_reset set seed = null where letter = which;
    end if;
    return jsonb_build_object('outcome', ended.outcome);
end
$$;

revoke execute on function letter_gather, letter_take, letter_end from public;
grant execute on function letter_gather, letter_take, letter_end to veha_notify;

-- What is wrong with letters, as rows of trouble(), for the page of those who run verification.
create function letter_troubles()
returns setof jsonb
language sql
stable
as $$
    select veha.trouble('letters_wait', null, min(due_at), count(*))
      from veha.letter
     where ended_at is null and due_at <= veha.now() - interval '10 minutes'
    having count(*) > 0
    union all
    select veha.trouble('letters_fail', null, min(at), count(*)) || jsonb_build_object('said', (array_agg(reason order by id desc))[1])
      from veha.letter
     where ended_at is null and attempts >= 3 and due_at > veha.now() - interval '10 minutes'
    having count(*) > 0
    union all
    select veha.trouble('letters_lost', null, max(ended_at), count(*)) || jsonb_build_object('said', (array_agg(reason order by ended_at desc))[1])
      from veha.letter
     where outcome in ('given_up', 'refused') and ended_at > veha.now() - interval '1 day'
    having count(*) > 0;
$$;

-- What people were told and the letters that told it, and links that nobody may use any more. SECURITY DEFINER, as in 0018_forget.sql.
create function letter_forget(days int, most int)
returns int
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    messages int;
    letters int;
    resets int;
begin
    delete from outbox
     where id in (select id from outbox where at < veha.now() - make_interval(days => days) order by at limit most);
    get diagnostics messages = row_count;
    delete from password_reset
     where token_hash in (select token_hash from password_reset where at < veha.now() - interval '1 day' order by at limit most);
    get diagnostics resets = row_count;
    delete from reset_attempt where key_hash in (select key_hash from reset_attempt where since < veha.now() - interval '1 day' order by since limit most);
    delete from letter
     where id in (select id from letter l
                   where at < veha.now() - make_interval(days => days)
                     and not exists (select from notice n where n.letter = l.id)
                   order by at limit most);
    get diagnostics letters = row_count;
    return greatest(messages, letters, resets);
end
$$;
revoke execute on function letter_forget(int, int) from public;
grant execute on function letter_forget(int, int) to veha_verify;

-- ---------------------------------------------------------------------------------------------------------------------
-- The notice about personal data (152-ФЗ): what is kept of a person and why, acknowledged once a version before anything else.

create function privacy_version()
returns int
language sql
immutable parallel safe
as $$
    select 1;
$$;

create table acknowledgement (
    person  bigint not null references person,
    version int not null,
    at      timestamptz not null default veha.now(),
    primary key (person, version)
);
alter table acknowledgement enable row level security;
alter table acknowledgement force row level security;
create policy owner on acknowledgement to veha_owner using (true) with check (true);
create policy operator on acknowledgement to veha_operator using (true) with check (true);
create policy own on acknowledgement to veha_web using (person = (select veha.caller())) with check (person = (select veha.caller()));
grant select, insert on acknowledgement to veha_web, veha_operator;

-- SECURITY DEFINER for the reason of caller_objection(): each unit asks it.
create function caller_informed(who bigint)
returns boolean
language plpgsql
stable
security definer
set search_path = veha, pg_temp
as $$
begin
    return exists (select from acknowledgement where person = who and version = privacy_version());
end
$$;
revoke execute on function caller_informed(bigint) from public;
grant execute on function caller_informed(bigint) to veha_web, veha_verify, veha_notify, veha_operator; -- all of them enter

-- What was read must be what is asked for now.
create function privacy_accept(seen int)
returns int
language plpgsql
as $$
begin
    if seen <> veha.privacy_version() then
        perform veha.refuse(409, 'privacy_changed');
    end if;
    insert into veha.acknowledgement (person, version) values (veha.caller(), seen) on conflict do nothing;
    if found then
        perform veha.tell('privacy_acknowledged', null, null, null, jsonb_build_object('version', seen));
    end if;
    return seen;
end
$$;

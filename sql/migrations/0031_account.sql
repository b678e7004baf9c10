-- What an address is before anybody registers it, what makes an account doubtful, and due dates that are moved by people.

-- ---------------------------------------------------------------------------------------------------------------------
-- A preview: one look at an address that is no account yet. Its job goes the way of all others, with a lease and a fence and ahead of scheduled ones; what was
-- seen is kept here for a day, and is no look: nothing of the tenant follows from it. It leaves no event for the same reason.

create table preview (
    tenant      bigint not null,
    place       int not null,
    id          bigint generated always as identity,
    network     text not null references network,
    address     text not null, -- canonical key within the network
    url         text not null,
    spelling    text not null, -- as it was given
    person      bigint not null references person,
    at          timestamptz not null default veha.now(),
    finished_at timestamptz,
    seen        jsonb,         -- {state, reading, title, audience, verdicts, ...}
    primary key (tenant, id),
    foreign key (tenant, place) references tenant (id, place) on update cascade
);
create index preview_person on preview (person, at);
create index preview_place on preview (tenant, place);
create index preview_at on preview (at);
call secure('preview', 'account.change', 'account.change');
alter policy adding on preview with check (place <@ (select veha.scope('account.change')) and person = (select veha.caller()));
revoke insert, update on preview from veha_web;
grant insert (tenant, place, network, address, url, spelling, person) on preview to veha_web;
create policy verify on preview for all to veha_verify using (true) with check (true);
grant select, update on preview to veha_verify;

alter table job add foreign key (tenant, preview) references preview (tenant, id) on delete cascade;
create index job_preview on job (tenant, preview) where preview is not null;

-- How long a preview is kept.
create function preview_age()
returns interval
language sql
immutable parallel safe
as $$
    select interval '1 day';
$$;

-- So many a person may wait for at once, and so many they may ask for in an hour.
create function preview_most()
returns int[]
language sql
immutable parallel safe
as $$
    select '{10,60}'::int[];
$$;

-- Asks what an address is. The same address that is being looked at for the same person already is not looked at twice.
create function preview_request(whose bigint, what text, canonical text, full_url text, given text)
returns bigint
language plpgsql
as $$
declare
    home veha.tenant;
    made bigint;
begin
    select * into home from veha.tenant where id = whose;
    if not found or not veha.tenant_lives(whose) then
        perform veha.refuse(404, 'not_found');
    end if;
    if not home.place <@ veha.scope('account.change') then
        perform veha.refuse(403, 'forbidden');
    end if;
    -- Counted one after another: what two requests ask at once is counted by both.
    perform pg_advisory_xact_lock(hashtextextended('veha.preview', veha.caller()));
    select id into made from veha.preview
     where tenant = whose and person = veha.caller() and network = what and address = canonical and finished_at is null
       and at > veha.now() - interval '1 minute';
    if made is null then
        if (select count(*) filter (where finished_at is null and at > veha.now() - interval '10 minutes') >= (veha.preview_most())[1]
                   or count(*) >= (veha.preview_most())[2]
              from veha.preview
             where person = veha.caller() and at > veha.now() - interval '1 hour') then
            perform veha.refuse(429, 'previews_many');
        end if;
        insert into veha.preview (tenant, place, network, address, url, spelling, person)
        values (whose, home.place, what, canonical, full_url, given, veha.caller())
        returning id into made;
        insert into veha.job (tenant, place, preview, on_demand, first, asked_by) values (whose, home.place, made, true, true, veha.caller());
    end if;
    perform set_config('veha.made', made::text, true); -- for the query that shows what was made
    return made;
end
$$;

-- Previews of yesterday, with their jobs. SECURITY DEFINER: the verifier deletes nothing else of them.
create function preview_forget(most int)
returns int
language sql
security definer
set search_path = veha, pg_temp
as $$
    with old as materialized (
        select tenant, id from preview where at < veha.now() - preview_age() order by at limit most
    ), gone as (
        delete from preview p using old where p.tenant = old.tenant and p.id = old.id returning 1
    )
    select count(*)::int from gone;
$$;
revoke execute on function preview_forget(int) from public;
grant execute on function preview_forget(int) to veha_verify;

-- Does any worker of the house live? It beats every few seconds. SECURITY DEFINER: the workers are nobody's to see; this tells yes or no.
create function verification_lives()
returns boolean
language sql
stable
security definer
set search_path = veha, pg_temp
as $$
    select exists (select from worker where service is null and seen_at > veha.now() - interval '1 minute');
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- What makes an account doubtful.

-- An address as the eye sees it: what is taken for one another is one, and neither signs between letters nor doubled letters count. Two numbers stay two.
create function address_skeleton(address text)
returns text
language sql
immutable parallel safe
as $$
    select translate(regexp_replace(replace(lower(address), 'rn', 'm'), '([^0-9])\1+', '\1', 'g'), '01|il5_-.', 'olllls');
$$;
create index account_skeleton on account (network, address_skeleton(address)) where upper_inf(valid);

-- Whose account another address is easily taken for: {tenant name, address} of other tenants' accounts that look the same and are not. Numbers say nothing.
-- SECURITY DEFINER: it tells of strangers what the directory tells of everybody, names and addresses.
create function account_alike(whose bigint, what text, canonical text)
returns jsonb
language sql
stable
security definer
set search_path = veha, pg_temp
as $$
    select jsonb_build_object('name', t.name, 'address', a.address)
      from account a
      join tenant t on t.id = a.tenant and t.closed_at is null
     where a.network = what and address_skeleton(a.address) = address_skeleton(canonical) and upper_inf(a.valid)
       and a.address <> canonical and a.tenant <> whose
       and canonical !~ '^(club|public|event|group/)?[0-9]+$' and a.address !~ '^(club|public|event|group/)?[0-9]+$'
     order by a.id
     limit 1;
$$;

-- The words of a title that say whose page it is, in one text.
create function title_words(title text)
returns text
language sql
immutable parallel safe
as $$
    select coalesce(string_agg(word, ' ' order by number), '')
      from unnest(veha.fold_words(title)) with ordinality as w (word, number)
     where word !~ '^(официальн|сообществ|страниц|групп|канал|паблик|сайт|вконтакте|телеграм|telegram|vk$|вк$|ok$|max$|\W+$)';
$$;

-- The organisation whose name has all the words of a title, where the own lacks some; NULL: there is none, or so many that the title names nobody. Words are
-- found by the directory's index, the longest and the number first. SECURITY DEFINER: as above, it tells a name.
create function title_alike(whose bigint, title text)
returns text
language plpgsql
stable
security definer
set search_path = veha, pg_temp
as $$
declare
    told text := title_words(title);
    patterns text[] := fold_matches(told);
    needle text := fold_needle(told);
    figure text := coalesce(fold_pattern((select w from unnest(fold_words(told)) w where w ~ '^\d+$' order by length(w) desc limit 1)), '%');
    found text[];
begin
    if length(told) < 8 or (select words ~ all (patterns) from directory where tenant = whose) then
        return null;
    end if;
    found := array(select t.name
                     from (select d.tenant from directory d
                            where d.words like needle and d.words like figure and d.words ~ all (patterns) and d.tenant <> whose offset 0) d
                     join tenant t on t.id = d.tenant and t.closed_at is null and t.kind <> 'region'
                    where fold(concat_ws(' ', t.name, t.short_name)) ~ all (patterns) -- numbers and addresses name nobody
                    limit 4);
    return case when cardinality(found) between 1 and 3 then found[1] end;
end
$$;

-- Is the address another tenant's account, too? SECURITY DEFINER: it tells that and not whose, as the account's own mark does.
create function account_elsewhere(whose bigint, what text, canonical text)
returns boolean
language sql
stable
security definer
set search_path = veha, pg_temp
as $$
    select exists (select from account where network = what and address = canonical and upper_inf(valid) and tenant <> whose);
$$;

-- Who else names this account, as far as the caller sees them: a curator of both is to say whose it is.
create function account_rivals(a account)
returns jsonb
language sql
stable
as $$
    select jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name) order by t.name, t.id)
      from veha.account o
      join veha.tenant t on t.id = o.tenant
     where o.network = (a).network and o.address = (a).address and upper_inf(o.valid) and o.tenant <> (a).tenant;
$$;

-- After so many days without a post of its own a page counts as abandoned.
create function abandoned_days()
returns int
language sql
immutable parallel safe
as $$
    select 90;
$$;

-- The last own post that a reading tells of; NULL: it tells of none.
create function reading_last_post(reading jsonb)
returns timestamptz
language sql
stable
as $$
    select max((p->>'at')::timestamptz)
      from jsonb_array_elements(case when jsonb_typeof(reading->'posts') = 'array' then reading->'posts' else '[]' end) p
     where (p->>'own')::boolean and p->>'at' is not null;
$$;

-- Has it been abandoned? NULL: not known. That there is no post at all is known only where the reading has all of them.
create function reading_abandoned(reading jsonb)
returns boolean
language sql
stable
as $$
    select case when last.at is not null then last.at < veha.now() - make_interval(days => veha.abandoned_days())
                when (reading->>'posts_whole')::boolean and jsonb_typeof(reading->'posts') = 'array' then true end
      from (select veha.reading_last_post(reading) as at) last;
$$;

-- What is doubtful of an address for a tenant: [{warning, ...}]. title and reading: what the newest look saw, NULL when there was none. own: the account's number, when it is one already.
create function account_warnings(whose bigint, own bigint, what text, canonical text, title text, reading jsonb)
returns jsonb
language sql
stable
as $$
    select coalesce(jsonb_agg(w.value order by w.number), '[]')
      from (select 1, jsonb_build_object('warning', 'contested') where veha.account_elsewhere(whose, what, canonical)
             union all
            select 2, jsonb_build_object('warning', 'look_alike') || a from veha.account_alike(whose, what, canonical) a where a is not null
             union all
            select 3, jsonb_build_object('warning', 'names_another', 'name', t)
              from (select veha.title_alike(whose, title) as t where title is not null) o where t is not null
             union all
            select 4, jsonb_build_object('warning', 'duplicate', 'address', string_agg(a.address, ', ' order by a.id), 'network', what)
              from veha.account a
             where a.tenant = whose and a.network = what and upper_inf(a.valid) and a.id is distinct from own and a.address <> canonical
            having count(*) > 0
             union all
            select 5, jsonb_build_object('warning', 'abandoned', 'silent_since', veha.reading_last_post(reading), 'days', veha.abandoned_days())
             where veha.reading_abandoned(reading)) as w (number, value);
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Due dates. The region's deadline moves all that have no date of their own; a step's own date holds until it is taken back.

insert into capability values ('deadline.change', 'move the region''s deadline');
insert into role_capability values ('region_admin', 'deadline.change');

alter policy adding on due_change with check (place <@ (select veha.scope('step.decide')) and person = (select veha.caller()));
revoke update on due_change from veha_web;
grant update (valid) on due_change to veha_web;

-- No date is moved into the past, nor so far that it is a slip of the pen.
create function due_check(day date)
returns void
language plpgsql
stable
as $$
begin
    if day < veha.today() then
        perform veha.refuse(422, 'due_passed');
    elsif day > veha.today() + 3660 then
        perform veha.refuse(422, 'due_far');
    end if;
end
$$;

-- The day the roadmap says for a step.
create function step_usual_due(p step_state)
returns date
language sql
stable
as $$
    select z.deadline + m.offset_days
      from veha.region z, veha.roadmap_step m
     where m.branch = (p).branch and m.version = (p).version and m.key = (p).step;
$$;

-- Gives a step of one tenant a due date of its own, or (day NULL) the roadmap's again.
create function step_due(whose bigint, wanted_step text, day date, why text, seen int)
returns text
language plpgsql
as $$
declare
    held veha.step_state := veha.step_held(whose, wanted_step, 'step.decide', seen);
    usual date := veha.step_usual_due(held);
    becomes date := coalesce(day, usual);
begin
    if becomes = held.due_on and (day is not null or not exists (select from veha.due_change where tenant = whose and step = wanted_step and upper_inf(valid))) then
        perform veha.refuse(409, 'due_same');
    end if;
    if day is not null then
        perform veha.due_check(day);
    end if;
    update veha.due_change set valid = tstzrange(lower(valid), greatest(veha.now(), lower(valid) + interval '1 microsecond'))
     where tenant = whose and step = wanted_step and upper_inf(valid);
    if day is not null then
        insert into veha.due_change (tenant, place, step, due_on, person, reason)
        values (whose, held.place, wanted_step, day, veha.caller(), why);
    end if;
    perform veha.step_said(whose, wanted_step, 'step.decide');
    perform veha.tell('step_due_changed', whose, wanted_step, why, jsonb_build_object('from', held.due_on, 'to', becomes, 'own', day is not null));
    insert into veha.outbox (kind, tenant, place, detail)
    values ('step_due_changed', whose, held.place, jsonb_build_object('step', wanted_step, 'reason', why, 'due', becomes));
    return wanted_step;
end
$$;

-- What another deadline would do to each step that it moves and that is still to be done. Invoker's rights: nobody learns of more than they see.
create function deadline_moves(day date)
returns table (tenant bigint, branch text, version int, step text, due_from date, due_to date, begins boolean, stops boolean)
language sql
stable
as $$
    with today as materialized (select veha.today() as day) -- or the day is asked for anew with each step
    select p.tenant, p.branch, p.version, p.step, p.due_on, deadline_moves.day + m.offset_days,
           not p.overdue and deadline_moves.day + m.offset_days < today.day, p.overdue and deadline_moves.day + m.offset_days >= today.day
      from veha.step_state p
      join veha.tenant t on t.id = p.tenant and t.closed_at is null
      join veha.roadmap_step m on m.branch = p.branch and m.version = p.version and m.key = p.step
     cross join today
     where p.status not in ('verified', 'not_applicable')
       -- Hashed once: the table is small or empty, and the planner would look through it for each step.
       and (p.tenant, p.step) not in (select u.tenant, u.step from veha.due_change u where upper_inf(u.valid));
$$;

-- Moves the region's deadline. All steps get their dates in one statement: only the day differs, so nothing but what hangs on the day is computed; where the
-- clock will change more of a tenant than that (a confirmation ends, a page's grace), its steps are computed as ever. SECURITY DEFINER: the settings and the projection
-- are nobody's to write; the capability is asked for here, over the whole region.
create function deadline_change(day date, why text, seen int)
returns int
language plpgsql
security definer
set search_path = veha, pg_temp
set jit = off
as $$
#variable_conflict use_column
declare
    home tenant;
    held region;
    told jsonb;
    this_day date := today(); -- asked of each step, it would cost more than all else
begin
    select * into home from tenant where kind = 'region';
    if not found or not home.place <@ scope('deadline.change') then
        perform refuse(403, 'forbidden');
    end if;
    select * into held from region for update;
    if seen is not null and seen <> held.version then
        perform refuse(412, 'stale');
    end if;
    if deadline_change.day = held.deadline then
        perform refuse(409, 'due_same');
    end if;
    perform due_check(deadline_change.day);
    -- Whoever computes a step at this moment knows the old day: they go first, and those who come later wait.
    lock table step_state in share row exclusive mode;
    update region set deadline = deadline_change.day, version = version + 1;
    perform deadline_keep(deadline_change.day);
    with moved as materialized (
        select p.tenant, p.step, p.overdue, deadline_change.day + m.offset_days as due_on, p.status not in ('verified', 'not_applicable') as awaited
          from step_state p
          join roadmap_step m on m.branch = p.branch and m.version = p.version and m.key = p.step
         where (p.tenant, p.step) not in (select u.tenant, u.step from due_change u where upper_inf(u.valid))
    ), written as (
        update step_state p
           set due_on = n.due_on, overdue = n.awaited and n.due_on < this_day, revision = p.revision + 1,
               changes_at = case when n.awaited and n.due_on >= this_day then (n.due_on + 1)::timestamp at time zone held.timezone end
          from moved n
         where n.tenant = p.tenant and n.step = p.step
    )
    select jsonb_build_object('from', held.deadline, 'to', deadline_change.day, 'steps', count(*),
                              'begins', count(*) filter (where not m.overdue and m.due_on < this_day), 'stops', count(*) filter (where m.overdue and m.due_on >= this_day))
      into told
      from moved m
      join tenant t on t.id = m.tenant and t.closed_at is null
     where m.awaited;
    perform step_refresh(array(
        select tenant from decision where upper_inf(valid) and word = 'confirmed' and expires_at > veha.now()
        union
        select tenant from sighting where run_result = 'failed' and prior_result = 'passed' and run_sure_at + grace() > veha.now()));
    perform tell('deadline_changed', home.id, null, why, told);
    insert into outbox (kind, person, detail)
    select 'deadline_changed', m.person, jsonb_build_object('reason', why, 'due', deadline_change.day)
      from (select distinct person from membership where ended_at is null and role in ('curator', 'coordinator', 'specialist') and person <> caller()) m
     order by m.person;
    return held.version + 1;
end
$$;
revoke execute on function deadline_change(date, text, int) from public;
grant execute on function deadline_change(date, text, int) to veha_web, veha_operator;

-- Whom to call and why: the risk of an organisation, the notes of calls, who sees to it, reminders; what is done to many at once; filters that people keep.

insert into capability values ('call.keep', 'see whom to call, note calls, remind organisations, and say who sees to them');
insert into role_capability values ('region_admin', 'call.keep'), ('curator', 'call.keep'), ('coordinator', 'call.keep');

-- ---------------------------------------------------------------------------------------------------------------------
-- The risk: a pure function, and nothing else ranks. tests/sql/expected/risk.txt prints its table.
--
-- next_in: days until the next open step is due (NULL: none is to come); overdue, contradicted: how many steps are; still: days in which no status of a step changed;
-- audience: readers of all accounts by their newest looks. Of a hundred points each part has a share that it cannot exceed, so that no single one drowns the others;
-- readers alone are no risk: they weigh only where something else is wrong.
create function risk(next_in int, overdue int, still int, contradicted int, audience bigint)
returns table (total int, of_overdue int, of_contradicted int, of_still int, of_near int, of_audience int)
language sql
immutable parallel safe
rows 1
as $$
    select w.late + w.wrong + w.idle + w.near + w.heard, w.late, w.wrong, w.idle, w.near, w.heard
      from (select p.late, p.wrong, p.idle, p.near,
                   case when p.late + p.wrong + p.idle + p.near = 0 or audience is null then 0
                        when audience >= 10000 then 10
                        when audience >= 1000  then 6
                        when audience >= 100   then 3
                        else 0 end as heard
              from (select least(7 * overdue, 35) as late,
                           least(10 * contradicted, 20) as wrong,
                           -- a week is no standstill, four are a whole one
                           least(greatest(still - 7, 0), 20) as idle,
                           case when next_in <= 3  then 15
                                when next_in <= 7  then 10
                                when next_in <= 14 then 5
                                else 0 end as near) p) w;
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- A note of a call. The newest of each organisation stands until the next.

create table call (
    tenant   bigint not null,
    place    int not null,
    id       bigint generated always as identity,
    number   int not null, -- of this organisation's calls: the version that the next note is made from
    person   bigint not null references person,
    outcome  text not null check (outcome in ('reached', 'no_answer', 'promised', 'refused')),
    note     text,
    again_on date, -- not before this day
    valid    tstzrange not null default tstzrange(veha.now(), null),
    primary key (tenant, id),
    foreign key (tenant, place) references tenant (id, place) on update cascade
);
create unique index call_once on call (tenant, place) where upper_inf(valid);
create index call_place on call (place) where upper_inf(valid);
call secure('call', 'call.keep', 'call.keep');
alter policy adding on call with check (place <@ (select veha.scope('call.keep')) and person = (select veha.caller()));
revoke insert, update on call from veha_web;
grant insert (tenant, place, number, person, outcome, note, again_on), update (valid) on call to veha_web;

-- Who sees to an organisation.
create table assignment (
    tenant bigint not null,
    place  int not null,
    id     bigint generated always as identity,
    keeper bigint not null references person,
    person bigint not null references person, -- who said so
    valid  tstzrange not null default tstzrange(veha.now(), null),
    primary key (tenant, id),
    foreign key (tenant, place) references tenant (id, place) on update cascade
);
create unique index assignment_once on assignment (tenant, place) where upper_inf(valid);
create index assignment_place on assignment (place) where upper_inf(valid);
create index assignment_keeper on assignment (keeper);
call secure('assignment', 'tenant.read', 'call.keep');
alter policy adding on assignment with check (place <@ (select veha.scope('call.keep')) and person = (select veha.caller()));
revoke insert, update on assignment from veha_web;
grant insert (tenant, place, keeper, person), update (valid) on assignment to veha_web;

-- That an organisation was reminded: once a day.
create table reminder (
    tenant bigint not null,
    place  int not null,
    today  date not null,
    person bigint not null references person,
    at     timestamptz not null default veha.now(),
    primary key (tenant, today),
    foreign key (tenant, place) references tenant (id, place) on update cascade
);
create index reminder_place on reminder (tenant, place);
call secure('reminder', 'call.keep', null);

-- ---------------------------------------------------------------------------------------------------------------------
-- What is a person's own: filters under a name, and what became of that which they did to many at once.

create table saved_filter (
    id     bigint generated always as identity primary key,
    person bigint not null references person,
    name   text not null check (name <> ''),
    path   text not null check (path ~ '^/[a-z_/-]*$' and path !~ '^//'),
    query  text not null,
    at     timestamptz not null default veha.now(),
    unique (person, name)
);
create table bulk (
    id     bigint generated always as identity primary key,
    person bigint not null references person,
    deed   text not null check (deed in ('remind', 'assign', 'return', 'claim')),
    detail jsonb not null, -- what was to be done: {person} or {step, reason}
    items  jsonb not null, -- [{tenant, outcome}]: done, or the reason it was not
    at     timestamptz not null default veha.now()
);
create index bulk_person on bulk (person);

do $$
declare
    own text;
begin
    foreach own in array '{saved_filter,bulk}'::text[] loop
        execute format('alter table veha.%I enable row level security', own);
        execute format('alter table veha.%I force row level security', own);
        execute format('create policy owner on veha.%I to veha_owner using (true) with check (true)', own);
        execute format('create policy own on veha.%I to veha_web using (person = (select veha.caller())) with check (person = (select veha.caller()))', own);
        execute format('grant select, insert on veha.%I to veha_web', own);
    end loop;
end
$$;

create function filter_save(called text, where_to text, what text)
returns bigint
language plpgsql
as $$
begin
    if (select count(*) from veha.saved_filter where person = veha.caller() and name <> called) >= 50 then
        perform veha.refuse(409, 'filters_full');
    end if;
    return veha.filter_keep(called, where_to, what);
end
$$;

-- The same name again is the same filter, changed. SECURITY DEFINER, as below: a filter is nobody's to rewrite or delete by hand; both look at nothing but the caller's own.
create function filter_keep(called text, where_to text, what text)
returns bigint
language sql
security definer
set search_path = veha, pg_temp
as $$
    insert into saved_filter (person, name, path, query)
    values (caller(), called, where_to, coalesce(what, ''))
        on conflict (person, name) do update set path = excluded.path, query = excluded.query, at = veha.now()
    returning id;
$$;

-- SECURITY DEFINER for the reason of filter_keep().
create function filter_remove(which bigint)
returns bigint
language sql
security definer
set search_path = veha, pg_temp
as $$
    delete from saved_filter where id = which and person = caller() returning id;
$$;

create function filter_list()
returns jsonb
language sql
stable
as $$
    select jsonb_build_object('count', count(*),
                              'items', coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name, 'path', path, 'query', query) order by name, id), '[]'))
      from veha.saved_filter
     where person = veha.caller();
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- What is done to one organisation.

-- An open organisation where the caller keeps calls; what is not theirs is as unknown as what does not exist.
create function call_tenant(whose bigint)
returns tenant
language sql
stable
as $$
    select t from veha.tenant t
     where t.id = whose and t.closed_at is null and t.participates and t.kind <> 'region' and t.place <@ (select veha.scope('call.keep'));
$$;

create function call_document(c call)
returns jsonb
language sql
stable
as $$
    select jsonb_build_object('id', (c).id, 'who', veha.person_name((c).person), 'at', lower((c).valid), 'outcome', (c).outcome, 'note', (c).note, 'again_on', (c).again_on)
     where (c).id is not null;
$$;

-- Whom to call: those who work at an organisation or above it, as far as the caller sees people, and what the register says: {people: [{id, name, email}], number, phone, dial, email}.
create function contact_document(t tenant)
returns jsonb
language sql
stable
as $$
    with recursive above (id, parent) as (
        select (t).id, (t).parent
        union all
        select u.id, u.parent from above a join veha.tenant u on u.id = a.parent
    )
    select jsonb_build_object(
               'people', (select coalesce(jsonb_agg(jsonb_build_object('id', w.id, 'name', w.name, 'email', w.email) order by w.name, w.id), '[]')
                            from (select distinct p.id, p.name, p.email
                                    from above a
                                    join veha.membership m on m.tenant = a.id and m.role = 'specialist' and m.ended_at is null
                                    join veha.person p on p.id = m.person and p.disabled_at is null) w),
               'number', coalesce((t).ogrn, (t).inn),
               'phone', e.detail->>'phone', 'dial', (select d from regexp_replace(e.detail->>'phone', '[^0-9+]', '', 'g') d where length(d) between 10 and 12),
               'email', e.detail->>'email')
      from (select) always
      left join veha.register_entry e on e.tenant = (t).id;
$$;

-- seen: the number of the call before; 0: there was none. What was said stays out of the event: it may name people.
create function call_note(whose bigint, how text, words text, again date, seen int)
returns bigint
language plpgsql
as $$
declare
    home veha.tenant := veha.call_tenant(whose);
    last int;
begin
    if home.id is null then
        perform veha.refuse(404, 'not_found');
    end if;
    if how = 'promised' and again is null then
        perform veha.refuse(422, 'promise_undated');
    elsif again <= veha.today() then
        perform veha.refuse(422, 'again_passed');
    end if;
    perform pg_advisory_xact_lock(hashtextextended('veha.call', whose));
    select coalesce(max(number), 0) into last from veha.call where tenant = whose;
    if seen is not null and seen <> last then
        perform veha.refuse(412, 'stale');
    end if;
    update veha.call set valid = tstzrange(lower(valid), greatest(veha.now(), lower(valid) + interval '1 microsecond'))
     where tenant = whose and upper_inf(valid);
    insert into veha.call (tenant, place, number, person, outcome, note, again_on) values (whose, home.place, last + 1, veha.caller(), how, words, again);
    perform veha.tell('call_noted', whose, null, null, jsonb_build_object('outcome', how, 'again_on', again));
    return whose;
end
$$;

-- Of open steps, which somebody has to do first.
create function step_urgency(status text)
returns int
language sql
immutable parallel safe
as $$
    select case status when 'returned' then 0 when 'contradicted' then 1 when 'claimed' then 3 else 2 end;
$$;

-- The step that somebody has to do next: what was returned comes first, then what the pages contradict, what is overdue, what is due.
create function step_next(whose bigint)
returns step_state
language sql
stable
as $$
    select p
      from veha.step_state p
     where p.tenant = whose and p.status not in ('verified', 'not_applicable')
     order by veha.step_urgency(p.status), p.due_on, p.number
     limit 1;
$$;

-- A notice and, where there is an address, a letter for each specialist. SECURITY DEFINER: who works here may be unknown to the caller, and messages are nobody's to write
-- by hand; it asks itself where the caller keeps calls. → done, or why not.
create function tenant_remind(whose bigint, words text)
returns text
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    home tenant := call_tenant(whose);
    next step_state := step_next(whose);
begin
    if home.id is null then
        return 'not_found';
    elsif next.step is null then
        return 'nothing_open';
    elsif not exists (select from notice_readers('specialists', null, whose) r join person p on p.id = r and p.disabled_at is null) then
        return 'nobody_there';
    end if;
    insert into reminder (tenant, place, today, person) values (whose, home.place, today(), caller()) on conflict do nothing;
    if not found then
        return 'reminded_today';
    end if;
    insert into outbox (kind, tenant, place, detail) values ('reminder', whose, home.place, jsonb_build_object('step', next.step, 'reason', words));
    perform tell('tenant_reminded', whose, next.step, words, '{}');
    return 'done';
end
$$;
insert into notice_kind values ('reminder', 'specialists');

-- May this person, as far as the caller sees people, see to what stands here?
create function assignable(who bigint, where_to int)
returns boolean
language sql
stable
as $$
    select exists (select from veha.membership m
                     join veha.person p on p.id = m.person and p.disabled_at is null
                     join veha.role_capability r on r.role = m.role and r.capability = 'call.keep'
                    where m.person = who and m.ended_at is null and where_to between m.place and m.last);
$$;

-- who: NULL: nobody any more.
create function tenant_assign(whose bigint, who bigint)
returns text
language plpgsql
as $$
declare
    home veha.tenant := veha.call_tenant(whose);
    held bigint;
begin
    if home.id is null then
        return 'not_found';
    end if;
    perform pg_advisory_xact_lock(hashtextextended('veha.assignment', whose));
    select keeper into held from veha.assignment where tenant = whose and upper_inf(valid);
    if held is not distinct from who then
        return 'assigned_already';
    elsif who is not null and not veha.assignable(who, home.place) then
        return 'not_assignable';
    end if;
    update veha.assignment set valid = tstzrange(lower(valid), greatest(veha.now(), lower(valid) + interval '1 microsecond'))
     where tenant = whose and upper_inf(valid);
    if who is not null then
        insert into veha.assignment (tenant, place, keeper, person) values (whose, home.place, who, veha.caller());
    end if;
    if who is null then
        perform veha.tell('tenant_unassigned', whose, null, null, jsonb_build_object('person', held::text));
    else
        perform veha.tell('tenant_assigned', whose, null, null, jsonb_build_object('person', who::text));
    end if;
    return 'done';
end
$$;

-- Whoever lost the role that let them see to an organisation does so no more. SECURITY DEFINER: it follows from a membership that ended, whoever ended it.
create function assignment_on_membership()
returns trigger
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
begin
    update assignment a
       set valid = tstzrange(lower(a.valid), greatest(veha.now(), lower(a.valid) + interval '1 microsecond'))
      from changed c
     where c.ended_at is not null and a.keeper = c.person and upper_inf(a.valid) and not assignable(a.keeper, a.place);
    return null;
end
$$;
create trigger assignments_end after update on membership referencing new table as changed for each statement execute function assignment_on_membership();

-- What somebody saw to is their successor's, where that one may. SECURITY DEFINER: the memberships that it follows are just changing.
create function assignment_hand_over(who bigint, heir bigint)
returns void
language sql
security definer
set search_path = veha, pg_temp
as $$
    insert into assignment (tenant, place, keeper, person)
    select a.tenant, a.place, heir, caller()
      from assignment a
     where a.keeper = who and upper(a.valid) >= veha.now() and assignable(heir, a.place) and a.place <@ scope('person.manage')
        on conflict do nothing;
$$;

-- A step goes back only where there is something to send back.
create function tenant_return(whose bigint, which text, why text)
returns text
language plpgsql
as $$
declare
    held veha.step_state;
begin
    select p.* into held from veha.step_state p join veha.tenant t on t.id = p.tenant and t.closed_at is null where p.tenant = whose and p.step = which;
    if not found or not held.place <@ veha.scope('step.decide') then
        return 'not_found';
    elsif held.status = 'returned' then
        return 'returned_already';
    elsif held.status not in ('claimed', 'contradicted', 'verified') then
        return 'nothing_claimed';
    end if;
    perform veha.step_decide(whose, which, 'returned', why, null, null);
    return 'done';
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- The same to many. Each apart: what cannot be done is told and stops nothing else. In the order of their numbers, so that nobody waits crosswise.

-- The organisations of a request, each once.
create function bulk_chosen(chosen jsonb)
returns bigint[]
language plpgsql
immutable
as $$
declare
    whose bigint[] := array(select distinct t::bigint from jsonb_array_elements_text(chosen) t order by 1);
begin
    if cardinality(whose) > 200 then
        perform veha.refuse(422, 'too_many_chosen');
    end if;
    return whose;
end
$$;

-- The same of whoever has chosen: one at least.
create function bulk_some(chosen jsonb)
returns bigint[]
language plpgsql
immutable
as $$
begin
    if chosen is null then
        perform veha.refuse_field(422, 'tenants', 'none_chosen');
    end if;
    return veha.bulk_chosen(chosen);
end
$$;

create function bulk_keep(what text, told jsonb, outcomes jsonb)
returns bigint
language plpgsql
as $$
declare
    made bigint;
begin
    insert into veha.bulk (person, deed, detail, items) values (veha.caller(), what, told, coalesce(outcomes, '[]')) returning id into made;
    perform set_config('veha.bulk', made::text, true);
    return made;
end
$$;

create function bulk_remind(chosen jsonb, words text)
returns bigint
language plpgsql
as $$
declare
    outcomes jsonb := '[]';
    one bigint;
begin
    foreach one in array veha.bulk_chosen(chosen) loop
        outcomes := outcomes || jsonb_build_object('tenant', one, 'outcome', veha.tenant_remind(one, words));
    end loop;
    return veha.bulk_keep('remind', jsonb_build_object('reason', words), outcomes);
end
$$;

create function bulk_assign(chosen jsonb, who bigint)
returns bigint
language plpgsql
as $$
declare
    outcomes jsonb := '[]';
    one bigint;
begin
    -- Whom the caller may not see is as unknown as nobody.
    if who is not null and not exists (select from veha.person where id = who) then
        perform veha.refuse(422, 'assignee_unknown');
    end if;
    foreach one in array veha.bulk_chosen(chosen) loop
        outcomes := outcomes || jsonb_build_object('tenant', one, 'outcome', veha.tenant_assign(one, who));
    end loop;
    return veha.bulk_keep('assign', jsonb_build_object('person', who::text), outcomes);
end
$$;

create function bulk_return(chosen jsonb, which text, why text)
returns bigint
language plpgsql
as $$
declare
    outcomes jsonb := '[]';
    one bigint;
begin
    foreach one in array veha.bulk_chosen(chosen) loop
        outcomes := outcomes || jsonb_build_object('tenant', one, 'outcome', veha.tenant_return(one, which, why));
    end loop;
    return veha.bulk_keep('return', jsonb_build_object('step', which, 'reason', why), outcomes);
end
$$;

-- One step of one roadmap in many organisations, ticked with the same evidence: all of them or none, for one order is one fact. chosen: TENANT, or TENANT.VERSION
-- of what was read.
create function bulk_claim(wanted_branch text, wanted_step text, chosen jsonb, words text, address text)
returns bigint
language plpgsql
as $$
declare
    outcomes jsonb := '[]';
    one record;
begin
    perform veha.bulk_chosen((select jsonb_agg(split_part(c, '.', 1)) from jsonb_array_elements_text(chosen) c));
    for one in
        select split_part(c, '.', 1)::bigint as tenant, max(nullif(split_part(c, '.', 2), '')::int) as version
          from jsonb_array_elements_text(chosen) c group by 1 order by 1
    loop
        if not exists (select from veha.step_state where tenant = one.tenant and step = wanted_step and branch = wanted_branch) then
            perform veha.refuse(404, 'not_found');
        end if;
        perform veha.step_claim(one.tenant, wanted_step, words, address, one.version);
        outcomes := outcomes || jsonb_build_object('tenant', one.tenant, 'outcome', 'done');
    end loop;
    return veha.bulk_keep('claim', jsonb_build_object('branch', wanted_branch, 'step', wanted_step, 'reason', words), outcomes);
end
$$;

-- What became of it: {id, deed, at, done, skipped, items}. Of an organisation that its reader does not see nothing is told but the number that was asked for.
create function bulk_document(b bulk)
returns jsonb
language sql
stable
as $$
    select jsonb_build_object(
               'id', (b).id, 'deed', (b).deed, 'at', (b).at, 'reason', (b).detail->>'reason', 'whom', veha.person_name(((b).detail->>'person')::bigint),
               'done', count(*) filter (where i.outcome = 'done'), 'skipped', count(*) filter (where i.outcome <> 'done'),
               'items', coalesce(jsonb_agg(jsonb_build_object(
                            'tenant', jsonb_build_object('id', i.tenant, 'name', i.name), 'done', i.outcome = 'done', 'outcome', i.outcome,
                            'step', (select jsonb_build_object('key', p.step, 'title', m.title)
                                       from veha.step_state p
                                       join veha.roadmap_step m on m.branch = p.branch and m.version = p.version and m.key = p.step
                                      where p.tenant = i.tenant and p.step = (b).detail->>'step'))
                            order by i.outcome = 'done', i.name, i.tenant), '[]'))
      -- each name by itself: joined, a hundred were expected, and the region read for two
      from (select r.tenant, r.outcome, (select t.name from veha.tenant t where t.id = r.tenant) as name
              from jsonb_to_recordset((b).items) as r (tenant bigint, outcome text)) i;
$$;

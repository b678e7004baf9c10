-- What is counted of each tenant's steps, and by how much a day moved it: the overview of a region reads a row a tenant, and the days it shows, in place of every
-- step and all of its history. Both follow from step_state, and nothing else writes them; a test counts all anew.

create table tenant_count (
    tenant         bigint primary key,
    place          int not null,
    not_started    int not null,
    in_progress    int not null,
    claimed        int not null,
    contradicted   int not null,
    returned       int not null,
    not_applicable int not null,
    by_account     int not null, -- verified, by its basis
    by_person      int not null,
    by_both        int not null,
    reported       int not null, -- ticked, whatever else
    unknown        int not null,
    overdue        int not null,
    changed_at     timestamptz, -- the newest status of what is asked
    due_next       date,        -- of what is open and was not overdue when this was counted
    verified       int not null generated always as (by_account + by_person + by_both) stored,
    seen           int not null generated always as (by_account + by_both) stored,
    confirmed      int not null generated always as (by_person + by_both) stored,
    total          int not null generated always as (not_started + in_progress + claimed + contradicted + returned + by_account + by_person + by_both) stored,
    foreign key (tenant, place) references tenant (id, place) on update cascade
);
create index tenant_count_place on tenant_count (place);
call secure('tenant_count', 'tenant.read', null);

create table step_day (
    tenant    bigint not null,
    place     int not null,
    day       date not null,
    total     int not null,
    reported  int not null,
    verified  int not null,
    seen      int not null,
    confirmed int not null,
    primary key (tenant, day),
    foreign key (tenant, place) references tenant (id, place) on update cascade
);
create index step_day_day on step_day (day, place) include (total, reported, verified, seen, confirmed);
create index step_day_place on step_day (tenant, place);
call secure('step_day', 'tenant.read', null);

-- SECURITY DEFINER, as all that writes a projection.
create function count_refresh(whose bigint[])
returns void
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
begin
    if cardinality(whose) = 0 then
        return;
    end if;
    delete from tenant_count c where c.tenant = any (whose) and not exists (select from step_state p where p.tenant = c.tenant);
    insert into tenant_count as c (tenant, place, not_started, in_progress, claimed, contradicted, returned, not_applicable, by_account, by_person, by_both,
                                   reported, unknown, overdue, changed_at, due_next)
    select tenant, place,
           count(*) filter (where status = 'not_started'), count(*) filter (where status = 'in_progress'), count(*) filter (where status = 'claimed'),
           count(*) filter (where status = 'contradicted'), count(*) filter (where status = 'returned'), count(*) filter (where status = 'not_applicable'),
           count(*) filter (where status = 'verified' and basis = 'account'), count(*) filter (where status = 'verified' and basis = 'person'),
           count(*) filter (where status = 'verified' and basis = 'both'),
           count(*) filter (where claimed and status <> 'not_applicable'), count(*) filter (where unverifiable), count(*) filter (where overdue),
           max(changed_at) filter (where status <> 'not_applicable'), min(due_on) filter (where not overdue and status not in ('verified', 'not_applicable'))
      from step_state
     where tenant = any (whose)
     group by tenant, place
        on conflict (tenant) do update
       set not_started = excluded.not_started, in_progress = excluded.in_progress, claimed = excluded.claimed, contradicted = excluded.contradicted,
           returned = excluded.returned, not_applicable = excluded.not_applicable, by_account = excluded.by_account, by_person = excluded.by_person,
           by_both = excluded.by_both, reported = excluded.reported, unknown = excluded.unknown, overdue = excluded.overdue,
           changed_at = excluded.changed_at, due_next = excluded.due_next
     where (c.not_started, c.in_progress, c.claimed, c.contradicted, c.returned, c.not_applicable, c.by_account, c.by_person, c.by_both, c.reported, c.unknown, c.overdue,
            c.changed_at, c.due_next)
           is distinct from
           (excluded.not_started, excluded.in_progress, excluded.claimed, excluded.contradicted, excluded.returned, excluded.not_applicable, excluded.by_account,
            excluded.by_person, excluded.by_both, excluded.reported, excluded.unknown, excluded.overdue, excluded.changed_at, excluded.due_next);
end
$$;

-- Of a row of which its place alone changed there is nothing new to count.
create function count_on_turn()
returns trigger
language plpgsql
as $$
begin
    perform veha.count_refresh(array(
        select distinct tenant
          from (select tenant, step, status, basis, claimed, unverifiable, overdue, due_on, changed_at from changed
                except
                select tenant, step, status, basis, claimed, unverifiable, overdue, due_on, changed_at from was) told));
    return null;
end
$$;

create function count_on_change()
returns trigger
language plpgsql
as $$
begin
    perform veha.count_refresh(array(select distinct tenant from changed));
    return null;
end
$$;

create trigger counts_begin after insert on step_state referencing new table as changed for each statement execute function count_on_change();
create trigger counts_turn after update on step_state referencing old table as was new table as changed for each statement execute function count_on_turn();
create trigger counts_end after delete on step_state referencing old table as changed for each statement execute function count_on_change();

-- What a count was is nothing before it began, and nothing after it ended. SECURITY DEFINER, as above.
create function day_on_count()
returns trigger
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    now_on date := today();
begin
    insert into step_day as d (tenant, place, day, total, reported, verified, seen, confirmed)
    select n.tenant, n.place, now_on, n.total - o.total, n.reported - o.reported, n.verified - o.verified, n.seen - o.seen, n.confirmed - o.confirmed
      from (select coalesce(new.tenant, old.tenant) as tenant, coalesce(new.place, old.place) as place, coalesce(new.total, 0) as total,
                   coalesce(new.reported, 0) as reported, coalesce(new.verified, 0) as verified, coalesce(new.seen, 0) as seen,
                   coalesce(new.confirmed, 0) as confirmed) n
     cross join (select coalesce(old.total, 0) as total, coalesce(old.reported, 0) as reported, coalesce(old.verified, 0) as verified,
                        coalesce(old.seen, 0) as seen, coalesce(old.confirmed, 0) as confirmed) o
     where (n.total, n.reported, n.verified, n.seen, n.confirmed) <> (o.total, o.reported, o.verified, o.seen, o.confirmed)
        on conflict (tenant, day) do update
       set total = d.total + excluded.total, reported = d.reported + excluded.reported, verified = d.verified + excluded.verified,
           seen = d.seen + excluded.seen, confirmed = d.confirmed + excluded.confirmed;
    return null;
end
$$;

create trigger days_move after insert or update or delete on tenant_count for each row execute function day_on_count();

-- Each change that held, by when it began and when it ended, which a policy lets an index find; and what only the calendar makes overdue, of which nothing began or
-- ended: by the days it lies off the deadline, or by a day of its own.
alter table step_history add column begun timestamptz not null generated always as (lower(valid)) stored,
                         add column ended timestamptz not null generated always as (coalesce(upper(valid), 'infinity')) stored;
create index step_history_begun on step_history (begun);
create index step_history_ended on step_history (ended) where ended < 'infinity';
create index step_history_due on step_history (offset_days, ended) include (begun, place) where due_on is null and status not in ('verified', 'not_applicable');
create index step_history_own on step_history (due_on) where due_on is not null;

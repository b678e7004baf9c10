-- Who asks, what time it is, what a role may do, and what every change leaves behind.
--
-- The migration runner works as veha_owner with search_path = veha, public. No role but the owner owns anything; the
-- program's roles are veha_web (serve), veha_verify (verify), veha_notify (notify) and veha_operator (commands of the machine's operator).

grant usage on schema veha to veha_web, veha_verify, veha_notify, veha_operator;

-- ---------------------------------------------------------------------------------------------------------------------
-- The unit's scope: settings that live as long as its transaction.

-- plpgsql here and in scope(), because it keeps its plans: an SQL function would be planned anew in every unit.
-- A session that has ended, or a service that was revoked, ends its access tokens at once, on every worker and host: each unit asks whether its own still
-- stands. So do tokens of other roles than their person has now (roles: those the token tells, NULL when there is no token), and a session whose second
-- factor is missing may do nothing but what says of itself that it takes an unfinished one. Nor does anybody get further who has not acknowledged the notice
-- about personal data, but where the unit says that this comes before it.
create function enter(person bigint, session bigint, request text, address inet, moment timestamptz, roles text default null, unfinished boolean default false,
                      service bigint default null, before_notice boolean default false)
returns void
language plpgsql
as $$
declare
    objection text;
begin
    perform set_config('veha.person', coalesce(person::text, ''), true);
    perform set_config('veha.session', coalesce(session::text, ''), true);
    perform set_config('veha.service', coalesce(service::text, ''), true);
    perform set_config('veha.request', coalesce(request, ''), true);
    perform set_config('veha.address', coalesce(host(address), ''), true);
    perform set_config('veha.now', coalesce(moment::text, ''), true);
    if session is not null then
        objection := veha.caller_objection(session, person, roles, coalesce(unfinished, false));
        if objection = 'factor_required' then
            perform veha.refuse(403, 'factor_required');
        elsif objection is not null then
            perform veha.refuse(401, objection);
        elsif not coalesce(before_notice, false) and not veha.caller_informed(person) then
            perform veha.refuse(403, 'privacy_unread');
        end if;
    end if;
    if service is not null and not veha.service_lives(service) then
        perform veha.refuse(401, 'service_ended');
    end if;
end
$$;

create function setting(name text)
returns text
language sql
stable parallel safe
as $$
    select nullif(current_setting('veha.' || name, true), '');
$$;

create function caller()
returns bigint
language sql
stable parallel safe
as $$
    select nullif(current_setting('veha.person', true), '')::bigint;
$$;

-- The program that asks, where it is no person (0022).
create function service()
returns bigint
language sql
stable parallel safe
as $$
    select nullif(current_setting('veha.service', true), '')::bigint;
$$;

-- Does the operator of the machine act, and nobody who would have to have a capability?
create function by_operator()
returns boolean
language sql
stable parallel safe
as $$
    select veha.caller() is null and veha.service() is null and session_user <> 'veha_web';
$$;

-- The only clock of SQL. It is the transaction's, unless the unit brought its own (tests play weeks in seconds).
create function now()
returns timestamptz
language sql
stable parallel safe
as $$
    select coalesce(nullif(current_setting('veha.now', true), '')::timestamptz, pg_catalog.now());
$$;

-- Raises a fault of the project's own SQLSTATE class: the last three digits are the HTTP status, the message is the code.
create function refuse(status int, code text)
returns void
language plpgsql
as $$
begin
    raise exception using errcode = 'VH' || status, message = code;
end
$$;

-- The same of one field of what was sent, which is then named beside the code.
create function refuse_field(status int, field text, code text)
returns void
language plpgsql
as $$
begin
    raise exception using errcode = 'VH' || status, message = code, column = field;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- What a role may do. The only source: resources name a capability, policies read the same table.

create table role (
    code text primary key
);

create table capability (
    code    text primary key,
    meaning text not null
);

create table role_capability (
    role       text not null references role,
    capability text not null references capability,
    primary key (role, capability)
);

insert into role values ('region_admin'), ('curator'), ('coordinator'), ('specialist'), ('observer');

insert into capability values
    ('tenant.read',    'see a tenant, its accounts, steps, looks and history'),
    ('tenant.change',  'rename a tenant and mend its numbers'),
    ('tenant.move',    'add, move, merge, close and reopen tenants'),
    ('account.change', 'register and remove accounts'),
    ('look.request',   'ask for a look at an account now'),
    ('step.claim',     'tick a step, withdraw the tick'),
    ('step.dispute',   'contest what a look says of a step'),
    ('step.decide',    'confirm or return a step, decide on a dispute, answer a sample, tick on behalf'),
    ('overview.read',  'see counts over many tenants');

insert into role_capability
select role, capability
  from (values
        ('region_admin', '{tenant.read,tenant.change,tenant.move,account.change,look.request,step.claim,step.dispute,step.decide,overview.read}'::text[]),
        ('curator',      '{tenant.read,tenant.change,tenant.move,account.change,look.request,step.claim,step.decide,overview.read}'),
        ('coordinator',  '{tenant.read,account.change,look.request,step.claim,step.dispute,overview.read}'),
        ('specialist',   '{tenant.read,account.change,look.request,step.claim,step.dispute}'),
        ('observer',     '{tenant.read,overview.read}')) as r (role, capabilities),
       unnest(capabilities) as capability;

grant select on role, capability, role_capability to veha_web, veha_verify, veha_operator;

-- ---------------------------------------------------------------------------------------------------------------------
-- Row security by place, told in one line a table.
--
-- Every tenant-owned table carries its tenant's place. secure() enables and forces row security, gives the owner and the operator all rows (under
-- FORCE an owner without a policy would silently change nothing), and lets the web role see rows whose place lies in the scope of
-- `reading` and change those in the scope of `changing` (NULL: never, the table is written by triggers).

create procedure secure(what regclass, reading text, changing text)
language plpgsql
as $$
begin
    execute format('alter table %s enable row level security', what);
    execute format('alter table %s force row level security', what);
    execute format('create policy owner on %s to veha_owner using (true) with check (true)', what);
    execute format('create policy operator on %s to veha_operator using (true) with check (true)', what);
    execute format('create policy reading on %s for select to veha_web using (place <@ (select veha.scope(%L)))', what, reading);
    execute format('grant select on %s to veha_web', what);
    execute format('grant select, insert, update on %s to veha_operator', what);
    if changing is not null then
        execute format('create policy adding on %s for insert to veha_web with check (place <@ (select veha.scope(%L)))', what, changing);
        execute format('create policy changing on %s for update to veha_web using (place <@ (select veha.scope(%L))) with check (place <@ (select veha.scope(%L)))',
                       what, changing, changing);
        execute format('grant insert, update on %s to veha_web', what);
    end if;
end
$$;

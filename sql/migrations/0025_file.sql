-- Files as evidence of a step: what they are said to be was found in their bytes before they come here.

-- A file belongs to the evidence of a step for a time, so that it can be told which were there when a claim was sent.
create table file (
    tenant  bigint not null,
    place   int not null,
    id      bigint generated always as identity,
    step    text not null,
    person  bigint not null references person,
    name    text not null check (length(name) between 1 and 200),
    kind    text not null check (kind in ('pdf', 'png', 'jpeg', 'webp')),
    bytes   int not null check (bytes between 1 and 10485760),
    sha256  text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    remover bigint references person,
    valid   tstzrange not null default tstzrange(veha.now(), null),
    primary key (tenant, id),
    foreign key (tenant, place) references tenant (id, place) on update cascade,
    check (upper_inf(valid) = (remover is null))
);
create unique index file_once on file (tenant, place, step, sha256) where upper_inf(valid);
create index file_place on file (tenant, place);
create index file_bytes on file (tenant, sha256);
create index file_gone on file (upper(valid)) where not upper_inf(valid);
call secure('file', 'tenant.read', 'step.claim');
alter policy adding on file with check (place <@ (select veha.scope('step.claim')) and person = (select veha.caller()));
alter policy changing on file with check (place <@ (select veha.scope('step.claim')) and (remover is null or remover = (select veha.caller())));
revoke insert, update on file from veha_web;
grant insert (tenant, place, step, person, name, kind, bytes, sha256), update (valid, remover) on file to veha_web;

-- The bytes, in parts that a reader can wait for one after the other; once for all files of a tenant that are the same.
create table file_part (
    tenant bigint not null,
    place  int not null,
    sha256 text not null,
    number int not null check (number between 0 and 39),
    bytes  bytea not null check (length(bytes) between 1 and 262144),
    primary key (tenant, sha256, number),
    foreign key (tenant, place) references tenant (id, place) on update cascade
);
alter table file_part alter column bytes set storage external; -- pictures and PDF are compressed already
create index file_part_place on file_part (tenant, place);
call secure('file_part', 'tenant.read', 'step.claim');
revoke update on file_part from veha_web;

create function file_most()
returns int
language sql
immutable parallel safe
as $$
    select 10;
$$;

create function file_media(kind text)
returns text
language sql
immutable parallel safe
as $$
    select case kind when 'pdf' then 'application/pdf' else 'image/' || kind end;
$$;

-- A picture of some megabytes is opened by whoever wants to see it, and not with each view of the page. `claimed`: it was there when the step was ticked.
create function file_document(f file, claimed_at timestamptz)
returns jsonb
language sql
stable
as $$
    select jsonb_build_object(
        'id', (f).id,
        'name', (f).name,
        'kind', (f).kind,
        'media', veha.file_media((f).kind),
        'bytes', (f).bytes,
        'sha256', (f).sha256,
        'picture', (f).kind <> 'pdf',
        'preview', (f).kind <> 'pdf' and (f).bytes <= 2097152,
        'who', veha.person_name((f).person),
        'at', lower((f).valid),
        'claimed', coalesce((f).valid @> claimed_at, false),
        'removed_at', upper((f).valid),
        'remover', veha.person_name((f).remover));
$$;

-- The files of a step: those that belong to its evidence, or the newest of those that were removed, whose bytes are kept and of which there is no other.
create function file_list(whose bigint, wanted_step text, removed boolean)
returns jsonb
language sql
stable
as $$
    select coalesce(jsonb_agg(veha.file_document(f, (select lower(k.valid) from veha.claim k where k.tenant = whose and k.step = wanted_step and upper_inf(k.valid)))
                              order by upper(f.valid) desc, f.id), '[]')
      from (select f.*
              from veha.file f
             where f.tenant = whose and f.step = wanted_step and upper_inf(f.valid) <> removed
               and (not removed
                    or exists (select from veha.file_part p where p.tenant = whose and p.sha256 = f.sha256 and p.number = 0)
                       and not exists (select from veha.file n where n.tenant = whose and n.step = wanted_step and n.sha256 = f.sha256 and n.id > f.id))
             order by upper(f.valid) desc, f.id
             limit veha.file_most()) f;
$$;

-- Whoever adds bytes and whoever forgets them wait for each other, a tenant at a time: what is being forgotten must not be taken for kept.
create function file_hold(whose bigint)
returns void
language sql
as $$
    select pg_advisory_xact_lock(hashtextextended('veha.file', whose));
$$;

-- Room for one more with these bytes, or the reason why there is none.
create function file_room(whose bigint, wanted_step text, hash text)
returns void
language plpgsql
as $$
begin
    if exists (select from veha.file where tenant = whose and step = wanted_step and sha256 = hash and upper_inf(valid)) then
        perform veha.refuse_field(422, 'file', 'file_known');
    end if;
    if (select count(*) from veha.file where tenant = whose and step = wanted_step and upper_inf(valid)) >= veha.file_most() then
        perform veha.refuse_field(422, 'file', 'file_count');
    end if;
end
$$;

-- content is base64 of all bytes.
create function file_add(whose bigint, wanted_step text, given text, what text, hash text, content text, seen int)
returns bigint
language plpgsql
as $$
declare
    held veha.step_state := veha.step_held(whose, wanted_step, 'step.claim', seen);
    whole bytea := decode(content, 'base64');
    made bigint;
begin
    perform veha.file_hold(whose);
    perform veha.file_room(whose, wanted_step, hash);
    insert into veha.file_part (tenant, place, sha256, number, bytes)
    select whose, held.place, hash, n, substr(whole, n * 262144 + 1, 262144)
      from generate_series(0, (length(whole) - 1) / 262144) n
        on conflict do nothing;
    insert into veha.file (tenant, place, step, person, name, kind, bytes, sha256)
    values (whose, held.place, wanted_step, veha.caller(), given, what, length(whole), hash)
    returning id into made;
    perform set_config('veha.made', made::text, true);
    perform veha.step_said(whose, wanted_step, 'step.claim');
    perform veha.tell('file_added', whose, wanted_step, null, jsonb_build_object('file', made, 'kind', what, 'bytes', length(whole), 'sha256', hash));
    return made;
end
$$;

-- Takes a file out of the evidence; it stays with what was claimed while it was there.
create function file_remove(whose bigint, wanted_step text, which bigint, why text, seen int)
returns bigint
language plpgsql
as $$
declare
    held veha.step_state := veha.step_held(whose, wanted_step, 'step.claim', seen);
begin
    update veha.file
       set valid = tstzrange(lower(valid), greatest(veha.now(), lower(valid) + interval '1 microsecond')), remover = veha.caller()
     where tenant = whose and step = wanted_step and id = which and upper_inf(valid);
    if not found then
        perform veha.refuse(404, 'not_found');
    end if;
    perform set_config('veha.made', which::text, true);
    perform veha.step_said(whose, wanted_step, 'step.claim');
    perform veha.tell('file_removed', whose, wanted_step, why, (select jsonb_build_object('file', id, 'kind', kind, 'bytes', bytes, 'sha256', sha256)
                                                                  from veha.file where tenant = whose and id = which));
    return which;
end
$$;

-- Undoes a removal: the same bytes again, from now on, by whoever says so.
create function file_restore(whose bigint, wanted_step text, which bigint, seen int)
returns bigint
language plpgsql
as $$
declare
    held veha.step_state := veha.step_held(whose, wanted_step, 'step.claim', seen);
    gone veha.file;
    made bigint;
begin
    perform veha.file_hold(whose);
    select f.* into gone
      from veha.file f
      join veha.file_part p on p.tenant = f.tenant and p.sha256 = f.sha256 and p.number = 0
     where f.tenant = whose and f.step = wanted_step and f.id = which and not upper_inf(f.valid);
    if not found then
        perform veha.refuse(404, 'not_found');
    end if;
    perform veha.file_room(whose, wanted_step, gone.sha256);
    insert into veha.file (tenant, place, step, person, name, kind, bytes, sha256)
    values (whose, held.place, wanted_step, veha.caller(), gone.name, gone.kind, gone.bytes, gone.sha256)
    returning id into made;
    perform set_config('veha.made', made::text, true);
    perform veha.step_said(whose, wanted_step, 'step.claim');
    perform veha.tell('file_restored', whose, wanted_step, null, jsonb_build_object('file', made, 'kind', gone.kind, 'bytes', gone.bytes, 'sha256', gone.sha256));
    return made;
end
$$;

-- Is there a file with these bytes that belongs to the evidence, was removed a short while ago, or was there while something was claimed?
create function file_needed(whose bigint, hash text, days int)
returns boolean
language sql
stable
as $$
    select exists (select
                     from veha.file f
                    where f.tenant = whose and f.sha256 = hash
                      and (upper_inf(f.valid) or upper(f.valid) >= veha.now() - make_interval(days => days)
                           or exists (select from veha.claim k where k.tenant = f.tenant and k.step = f.step and k.valid && f.valid)));
$$;

-- The bytes of what was removed so long ago and was with no claim: somebody added it by mistake. That it was there stays told. SECURITY DEFINER: the verifier deletes
-- nothing but what this rule names. Returns how many files.
create function file_forget(days int, most int)
returns int
language plpgsql
security definer
set search_path = veha, pg_temp
as $$
declare
    old record;
    forgotten int := 0;
begin
    for old in
        select distinct f.tenant, f.sha256
          from file f
          join file_part p on p.tenant = f.tenant and p.sha256 = f.sha256 and p.number = 0
         where not upper_inf(f.valid) and upper(f.valid) < veha.now() - make_interval(days => days)
           and not file_needed(f.tenant, f.sha256, days)
         limit most
    loop
        perform file_hold(old.tenant);
        if not file_needed(old.tenant, old.sha256, days) then -- somebody may have added it again this moment
            delete from file_part where tenant = old.tenant and sha256 = old.sha256;
            forgotten := forgotten + 1;
        end if;
    end loop;
    return forgotten;
end
$$;
revoke execute on function file_forget(int, int) from public;
grant execute on function file_forget(int, int) to veha_verify;

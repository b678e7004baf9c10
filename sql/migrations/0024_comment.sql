-- What an organisation and its curators write to each other about a step. It is no evidence and changes no status; each word is told to the other side.

insert into capability values ('step.comment', 'write to the other side about a step');
insert into role_capability
values ('region_admin', 'step.comment'), ('curator', 'step.comment'), ('coordinator', 'step.comment'), ('specialist', 'step.comment');

create table comment (
    tenant   bigint not null,
    place    int not null,
    id       bigint generated always as identity,
    step     text not null,
    person   bigint not null references person,
    own      boolean not null, -- written by who works for the organisation itself, and not by those above it
    words    text check (words <> ''),
    at       timestamptz not null default veha.now(),
    taken_at timestamptz, -- when it was taken back; its words are gone since
    primary key (tenant, id),
    foreign key (tenant, place) references tenant (id, place) on update cascade,
    check ((words is null) = (taken_at is not null))
);
create index comment_step on comment (tenant, step, id);
create index comment_place on comment (tenant, place);
call secure('comment', 'tenant.read', 'step.comment');

-- Nobody writes in another's name, nor touches what another wrote; of the own only the words can go.
alter policy adding on comment
    with check (place <@ (select veha.scope('step.comment')) and person = (select veha.caller()) and taken_at is null);
alter policy changing on comment
    using (place <@ (select veha.scope('step.comment')) and person = (select veha.caller()))
    with check (place <@ (select veha.scope('step.comment')) and person = (select veha.caller()));
revoke update on comment from veha_web;
grant update (words, taken_at) on comment to veha_web;

-- Who writes tells the other side of it.
create policy commenting on outbox for insert to veha_web
    with check (kind in ('comment_asked', 'comment_answered') and place <@ (select veha.scope('step.comment')));

-- How long a comment can be taken back: the pause before a letter tells of it, about.
create function comment_regret()
returns interval
language sql
immutable parallel safe
as $$
    select interval '10 minutes';
$$;

-- Does the caller work for this tenant itself?
create function works_for(whose bigint)
returns boolean
language sql
stable
as $$
    select exists (select
                     from veha.tenant t
                     join veha.membership m on t.place between m.place and m.last
                    where t.id = whose and m.person = veha.caller() and m.role = 'specialist' and m.ended_at is null);
$$;

-- The event keeps that something was written and not what: an event is never forgotten, a comment can be taken back. For the same reason the matter names
-- the comment, and whoever is told of it reads the words as they are then.
create function step_comment(whose bigint, wanted_step text, what text, seen int)
returns text
language plpgsql
as $$
declare
    held veha.step_state := veha.step_held(whose, wanted_step, 'step.comment', seen);
    of_own boolean := veha.works_for(whose);
    made bigint;
begin
    insert into veha.comment (tenant, place, step, person, own, words)
    values (whose, held.place, wanted_step, veha.caller(), of_own, what)
    returning id into made;
    perform veha.tell('step_commented', whose, wanted_step, null, jsonb_build_object('comment', made));
    insert into veha.outbox (kind, tenant, place, detail)
    values (case when of_own then 'comment_asked' else 'comment_answered' end, whose, held.place, jsonb_build_object('step', wanted_step, 'comment', made));
    return wanted_step;
end
$$;

-- Whoever was told and has not read it yet is told no more. SECURITY DEFINER: notices are other people's; it touches none but those of comments that are gone.
create function comment_untell(whose bigint, which bigint)
returns void
language sql
security definer
set search_path = veha, pg_temp
as $$
    update notice n
       set read_at = veha.now()
      from outbox o, comment c
     where c.tenant = whose and c.id = which and c.taken_at is not null
       and o.tenant = c.tenant and o.kind in ('comment_asked', 'comment_answered') and (o.detail ->> 'comment')::bigint = c.id
       and n.outbox = o.id and n.read_at is null;
$$;
revoke execute on function comment_untell(bigint, bigint) from public;
grant execute on function comment_untell(bigint, bigint) to veha_web;
create index outbox_comment on outbox (tenant, ((detail ->> 'comment')::bigint)) where kind in ('comment_asked', 'comment_answered');

create function comment_withdraw(whose bigint, wanted_step text, which bigint, seen int)
returns text
language plpgsql
as $$
declare
    held veha.step_state := veha.step_held(whose, wanted_step, 'step.comment', seen);
    written veha.comment;
begin
    select * into written from veha.comment where tenant = whose and step = wanted_step and id = which and person = veha.caller() and taken_at is null;
    if not found then
        perform veha.refuse(404, 'not_found');
    end if;
    if written.at <= veha.now() - veha.comment_regret() then
        perform veha.refuse(409, 'comment_stands');
    end if;
    update veha.comment set words = null, taken_at = veha.now() where tenant = whose and id = which;
    perform veha.comment_untell(whose, which);
    perform veha.tell('comment_withdrawn', whose, wanted_step, null, jsonb_build_object('comment', which));
    return held.step;
end
$$;

create function comment_document(c comment)
returns jsonb
language sql
stable
as $$
    select jsonb_build_object(
        'id', (c).id, 'who', veha.person_name((c).person), 'own', (c).own, 'mine', (c).person = veha.caller(), 'at', (c).at,
        'words', (c).words, 'taken_at', (c).taken_at,
        'can', jsonb_build_object('take', (c).person = veha.caller() and (c).taken_at is null and (c).at > veha.now() - veha.comment_regret()));
$$;

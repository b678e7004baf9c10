-- How marks are given: the published rubrics. The mark itself stands with each look, and the newest one with its account.

create table rubric (
    code         text not null,
    version      int not null,
    title        text not null,
    document     jsonb not null,
    published_at timestamptz not null default veha.now(),
    primary key (code, version)
);
grant select on rubric to veha_web, veha_verify, veha_operator;
grant insert on rubric to veha_operator;

-- {code, version, title, networks, zones, parameters, parts}. A published version never changes: other points want another version.
create function rubric_publish(file jsonb)
returns boolean
language plpgsql
as $$
declare
    known veha.rubric;
begin
    select * into known from veha.rubric where code = file->>'code' and version = (file->>'version')::int;
    if found then
        if known.document <> file then
            perform veha.refuse(409, 'rubric_published');
        end if;
        return false;
    end if;
    insert into veha.rubric (code, version, title, document)
    values (file->>'code', (file->>'version')::int, file->>'title', file);
    return true;
end
$$;

-- By which marks are given now; NULL before any was published.
create function rubric_current()
returns jsonb
language sql
stable parallel safe
as $$
    select document from veha.rubric order by version desc, code limit 1;
$$;

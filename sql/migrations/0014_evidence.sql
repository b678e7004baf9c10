-- The pages themselves, as long as they are kept, and what is done with old readings: judged again, and tried under a roadmap that is not published yet.

insert into capability values
    ('body.read',   'see the very bytes that a look read'),
    ('roadmap.try', 'try a roadmap before it is published');
insert into role_capability values ('region_admin', 'body.read'), ('curator', 'body.read'), ('region_admin', 'roadmap.try');

-- What came from a network, compressed, once for all looks of a tenant that saw the same. A look names it by its hash, and stands without it.
create table body (
    tenant  bigint not null,
    place   int not null,
    hash    text not null check (hash ~ '^[0-9a-f]{64}$'),       -- SHA-256 of the bytes
    length  int not null check (length between 1 and 2097152),   -- of the bytes
    packed  bytea not null,                                      -- zlib's
    seen_at timestamptz not null default veha.now(),             -- by the last look
    primary key (tenant, hash),
    foreign key (tenant, place) references tenant (id, place) on update cascade
);
alter table body alter column packed set storage external; -- compressing it again would be in vain
create index body_place on body (tenant, place);
create index body_seen on body (seen_at);
call secure('body', 'body.read', null);
create policy verify on body for all to veha_verify using (true) with check (true);
grant select, insert, delete, update (seen_at) on body to veha_verify;

-- Forgets, at most so many at once, what no look has seen for so long. Returns how many.
create function body_forget(days int, most int)
returns int
language sql
as $$
    with old as (
        select b.tenant, b.hash from veha.body b where b.seen_at < veha.now() - make_interval(days => days) order by b.seen_at limit most
    ), gone as (
        delete from veha.body b using old
         where b.tenant = old.tenant and b.hash = old.hash
           and b.seen_at < veha.now() - make_interval(days => days) -- a look may have seen it this moment
        returning 1
    )
    select count(*)::int from gone;
$$;

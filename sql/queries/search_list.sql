-- What the caller's scope holds for some words: {q, exact, items, more, near, has, people, steps}; at most 50 organisations, the best first.
-- q: words of a name in any form and with slips, an ИНН or ОГРН, or an account's address, which is found by its one form (network, address).
--
-- exact: the id, where one organisation has just that number or account. What is searched is the directory; the guarded tables are joined to what it found, and slips
-- are forgiven only where nothing else is found, and never in numbers. People are those the caller manages; steps are shown to who has few organisations of their own.
with asked as (
    select case when :q ~ '^[0-9 -]+$' then translate(:q, ' -', '') end as digits
), named as (
    select d.tenant, 4::real as rank, true as exact from asked join directory d on d.inn = asked.digits
     union all
    select d.tenant, 4, true from asked join directory d on d.ogrn = asked.digits
     union all
    select a.tenant, 4, true from account a where a.network in (select code from network where :network::text is null or code = :network) and a.address = :address and upper_inf(a.valid)
     union all
    select d.tenant, 2 + ts_rank(d.stems, fold_stems(:q), 1), false from directory d where d.stems @@ fold_stems(:q)
     union all
    select d.tenant, 1, false from directory d where d.words like fold_needle(:q) and not d.stems @@ fold_stems(:q) and d.words ~ all (fold_matches(:q))
), best as (
    select n.tenant, max(n.rank) as rank, bool_or(n.exact) as exact from named n group by n.tenant
), inside as materialized (
    select t.id, t.name, b.rank, b.exact from best b join tenant t on t.id = b.tenant and t.kind <> 'region'
), near as (
    select t.id, t.name, n.likeness as rank, max(n.likeness) over () as best
      from directory_near(:q) n
      join tenant t on t.id = n.tenant and t.kind <> 'region'
     where :q ~ '[[:alpha:]]' and not exists (select from inside)
), found as (
    select id, name, rank, exact from inside
     union all
    select id, name, rank, false from near where rank > best - 0.1
), page as materialized (
    select f.*, row_number() over (order by f.rank desc, (t.closed_at is null) desc, length(f.name), f.name, f.id) as number, t.short_name, t.kind, t.inn, t.ogrn, t.closed_at, t.parent
      from found f
      join tenant t on t.id = f.id
     order by f.rank desc, (t.closed_at is null) desc, length(f.name), f.name, f.id
     limit 51
), person_found as materialized (
    select p.id, p.name, p.login,
           case when fold(p.name || ' ' || p.login) like fold_pattern(:q) then 1 else word_similarity(fold(:q), fold(p.name)) end as rank
      from (select distinct m.person from scope_ranges('person.manage') s join membership m on m.place between s.lo and s.hi and m.ended_at is null) w
      join person p on p.id = w.person
     where :q ~ '[[:alpha:]]' and (fold(p.name || ' ' || p.login) like fold_pattern(:q) or word_similarity(fold(:q), fold(p.name)) >= 0.45)
     order by rank desc, p.name, p.id
     limit 10
), own as (
    select t.id, t.name from scope_ranges('step.claim') s join tenant t on t.place between s.lo and s.hi and t.participates and t.closed_at is null limit 21
), step_found as materialized (
    select o.id, o.name, s.step, s.number, m.title, s.status, s.basis
      from own o
      join step_state s on s.tenant = o.id
      join roadmap_step m on m.branch = s.branch and m.version = s.version and m.key = s.step
     where (select count(*) from own) <= 20 and to_tsvector('russian', fold(m.title)) @@ fold_stems(:q)
     order by o.name, o.id, s.number
     limit 10
)
select jsonb_build_object(
           'q', :q::text,
           'has', case when exists (select from page) or exists (select from person_found) or exists (select from step_found) then jsonb_build_object(
                       'items', exists (select from page), 'people', exists (select from person_found), 'steps', exists (select from step_found)) end,
           'exact', (select min(p.id) from page p where p.exact having count(*) = 1),
           'items', (select coalesce(jsonb_agg(jsonb_build_object(
                                'id', p.id, 'name', p.name, 'short_name', p.short_name, 'kind', p.kind, 'inn', p.inn, 'ogrn', p.ogrn, 'closed_at', p.closed_at,
                                'parent', (select jsonb_build_object('id', u.id, 'name', u.name) from tenant u where u.id = p.parent and u.kind <> 'region'))
                                order by p.number), '[]')
                       from page p where p.number <= 50),
           'more', (select count(*) > 50 from page),
           'near', exists (select from page) and not exists (select from inside),
           'people', (select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name, 'login', p.login) order by p.rank desc, p.name, p.id), '[]') from person_found p),
           'steps', (select coalesce(jsonb_agg(jsonb_build_object('key', f.step, 'title', f.title, 'status', f.status, 'basis', f.basis,
                                                                  'tenant', jsonb_build_object('id', f.id, 'name', f.name)) order by f.name, f.id, f.number), '[]') from step_found f))

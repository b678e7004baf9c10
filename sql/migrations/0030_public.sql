-- What the region shows to everybody: who keeps which official pages, and how many do. Nothing else of it is for nobody in particular.

-- The public columns, told once. Nobody has a right to these views: they are read by the functions below alone, whose owner sees all rows. Two tenants that name one
-- account cannot both be right, so it is nobody's official one until that is settled.
create view public_account with (security_invoker = true) as
select a.tenant, a.id, a.network, n.title, n.social, a.address, a.url,
       coalesce(sight(g.run_result, g.run_since, g.run_last, g.run_count, g.run_sure_at, g.run_on_demand, g.prior_result, true, coalesce(b.outage_since, veha.now()))
                in ('passed', 'slipping', 'grace'), false) as seen
  from account a
  join network n on n.code = a.network
  left join network_state b on b.network = n.code
  left join sighting g on g.tenant = a.tenant and g.account = a.id and g."check" = 'EXIST'
 where upper_inf(a.valid) and not a.contested;

-- Whoever is exempt need not have pages, and is shown only with those there are: why somebody is exempt is not told, not even by a line without pages.
create view public_tenant with (security_invoker = true) as
select t.id, t.place, t.last, t.kind, t.name, t.short_name, t.inn, t.ogrn, u.name as founder, e.exempt
  from tenant t
  left join tenant u on u.id = t.parent and u.kind <> 'region'
 cross join lateral (select exists (select from exemption x where x.tenant = t.id and upper_inf(x.valid)) as exempt) e
 where t.participates and t.closed_at is null and t.kind <> 'region'
   and (not e.exempt or exists (select from account a where a.tenant = t.id and upper_inf(a.valid) and not a.contested));

-- One of those lines. SECURITY DEFINER, as the other functions here: who asks is nobody, of whom row security shows nothing; only the views' columns leave.
create function public_document(which bigint)
returns jsonb
language plpgsql
stable
security definer
set search_path = veha, pg_temp
as $$
begin
    return (select jsonb_build_object('id', t.id, 'name', t.name, 'short_name', t.short_name, 'inn', t.inn, 'ogrn', t.ogrn, 'founder', t.founder,
                                      'accounts', (select coalesce(jsonb_agg(jsonb_build_object('network', a.network, 'title', a.title, 'url', a.url, 'seen', a.seen)
                                                                             order by a.network, a.id), '[]')
                                                     from public_account a where a.tenant = t.id))
              from public_tenant t
             where t.id = which);
end
$$;

-- The lines of a page of the list, in the order of names, after one of them; found by words, or by an account's address in its one form. SECURITY DEFINER for the same
-- reason. A contested address finds nobody: it would tell who contests it. What is found of many is not gathered and sorted, which strangers could ask for all day, but
-- met by walking the names.
create function public_page(letters text, address text, after_name text, after_id bigint, most int)
returns table (id bigint, name text)
language plpgsql
stable rows 50
security definer
set search_path = veha, pg_temp
as $$
declare
    asked tsquery := fold_stems(letters);
    needle text := fold_needle(letters);
    matches text[] := fold_matches(letters);
    many constant int := 500;
    found bigint[];
begin
    if letters is not null then
        found := array(select d.tenant from directory d where d.stems @@ asked
                       union all
                       select d.tenant from directory d where d.words like needle and d.names ~ all (matches)
                       union all
                       select a.tenant from account a where a.network in (select code from network) and a.address = public_page.address and upper_inf(a.valid) and not a.contested
                       limit many + 1);
    end if;
    if cardinality(found) <= many then
        return query select t.id, t.name from public_tenant t where t.id = any (found) and (after_name is null or (t.name, t.id) > (after_name, after_id)) order by t.name, t.id limit most;
    else
        return query select t.id, t.name
                       from public_tenant t
                      where (after_name is null or (t.name, t.id) > (after_name, after_id))
                        and (letters is null or exists (select from directory d where d.tenant = t.id and (d.stems @@ asked or d.names ~ all (matches))))
                      order by t.name, t.id
                      limit most;
    end if;
end
$$;

-- How many keep pages: of the region, of each network, and below each agency and municipality. Those who are exempt are not counted. SECURITY DEFINER for the same reason.
create function public_coverage()
returns jsonb
language plpgsql
stable
security definer
set search_path = veha, pg_temp
as $$
begin
    return (
        with held as materialized (
            select t.id, t.place, count(a.id) > 0 as reported, coalesce(bool_or(a.seen), false) as seen,
                   array_agg(distinct a.network) as networks, array_agg(distinct a.network) filter (where a.seen) as networks_seen
              from public_tenant t
              left join public_account a on a.tenant = t.id and a.social
             where not t.exempt
             group by t.id, t.place
        ), part as (
            select t.id, t.name, count(*) as of, count(*) filter (where h.reported) as reported, count(*) filter (where h.seen) as seen
              from tenant t
              join held h on h.place between t.place and t.last
             where t.kind in ('agency', 'municipality') and t.closed_at is null and t.participates
             group by t.id, t.name
        )
        select jsonb_build_object(
                   'region', (select jsonb_build_object('name', z.name) from region z),
                   'coverage', (select jsonb_build_object('of', count(*), 'reported', count(*) filter (where h.reported), 'seen', count(*) filter (where h.seen),
                                                          'reported_share', share(count(*) filter (where h.reported), count(*)),
                                                          'seen_share', share(count(*) filter (where h.seen), count(*))) from held h),
                   'networks', (select coalesce(jsonb_agg(jsonb_build_object('code', n.code, 'title', n.title, 'of', c.of, 'reported', c.reported, 'seen', c.seen,
                                                                             'reported_share', share(c.reported, c.of), 'seen_share', share(c.seen, c.of))
                                                          order by n.code), '[]')
                                  from region z
                                  join network n on n.code = any (z.networks) and n.social
                                 cross join lateral (select count(*) as of, count(*) filter (where n.code = any (h.networks)) as reported,
                                                            count(*) filter (where n.code = any (h.networks_seen)) as seen from held h) c),
                   'items', (select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name, 'of', p.of, 'reported', p.reported, 'seen', p.seen,
                                                                          'reported_share', share(p.reported, p.of), 'seen_share', share(p.seen, p.of))
                                                       order by p.name, p.id), '[]') from part p)));
end
$$;

-- Whose names come near to letters with a slip in them, and how near. One wrong letter in a word of eight leaves half of its trigrams, where pg_trgm wants more by itself.
-- To compare is slow: of a caller with few tenants those are compared, of others what the index finds first, for a slip that five hundred names come near to is none.
create function directory_near(letters text)
returns table (tenant bigint, likeness real)
language plpgsql
stable rows 100
set pg_trgm.word_similarity_threshold = 0.45
as $$
declare
    asked constant text := left(veha.fold(letters), 60);
    few constant int := 500;
    own bigint[] := array(select t.id from veha.scope_ranges('tenant.read') s join veha.tenant t on t.place between s.lo and s.hi limit few + 1);
begin
    if cardinality(own) <= few then
        return query select d.tenant, public.word_similarity(asked, d.words) from veha.directory d where d.tenant = any (own) and asked operator(public.<%) d.words;
    else
        return query select d.tenant, public.word_similarity(asked, d.words) from veha.directory d where asked operator(public.<%) d.words limit few;
    end if;
end
$$;

-- What a badge says of a line: pages that were seen, pages that are told of alone, or none.
create function badge_state(accounts jsonb)
returns text
language sql
immutable parallel safe
as $$
    select case when accounts @> '[{"seen": true}]' then 'seen'
                when accounts <> '[]' then 'reported'
                else 'none' end;
$$;

-- The language in which somebody reads pages and letters is theirs to choose. SECURITY DEFINER: a policy for one's own row would open all that managers may change of it.
create function person_speak(wanted text)
returns jsonb
language sql
security definer
set search_path = veha, pg_temp
as $$
    update person set locale = wanted where id = caller() returning jsonb_build_object('locale', locale);
$$;

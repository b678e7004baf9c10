-- How deep a tenant lies decides how much room it keeps, whoever asks: to a curator of one agency, who does not see what is above it, the agency
-- itself looked like the region, and each organisation added took the room of sixteen thousand. SECURITY DEFINER for the ancestors' sake; it tells
-- a number.
create or replace function tenant_depth(who bigint)
returns int
language sql
stable
security definer
set search_path = veha, pg_temp
as $$
    with recursive up as (
        select parent, 0 as depth from tenant where id = who
        union all
        select t.parent, up.depth + 1 from up join tenant t on t.id = up.parent
    )
    select max(depth) from up;
$$;

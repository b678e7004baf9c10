-- What the matrix of organisations and steps shows in one cell.

-- A verified step is told by what it rests on.
create function matrix_word(status text, basis text)
returns text
language sql
immutable parallel safe
as $$
    select case when status = 'verified' then 'verified_' || basis else status end;
$$;

-- How many of a part's organisations have a step verified.
create function matrix_level(verified bigint, total bigint)
returns text
language sql
immutable parallel safe
as $$
    select case when total = 0                     then null
                when verified = 0                  then 'none'
                when 2 * verified < total          then 'some'
                when 10 * verified < 9 * total     then 'half'
                when verified < total              then 'most'
                else 'all' end;
$$;

-- Forgets a filter. id.
select to_jsonb(r) from filter_remove(:id::bigint) r where r is not null

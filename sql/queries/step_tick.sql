-- Computes anew the steps that the clock alone has changed, of at most `most`; {tenants: count}. most.
select jsonb_build_object('tenants', step_tick(:most::int))

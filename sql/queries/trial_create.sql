-- Asks what a roadmap would change, before it is published. roadmap, within.
select to_jsonb(trial_create(:roadmap::jsonb, :within::bigint))

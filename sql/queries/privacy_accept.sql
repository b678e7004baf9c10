-- The caller has read the notice about personal data. notice: its version.
select to_jsonb(privacy_accept(:notice::int))

-- A mark stands with its look, the newest with the account; a look that saw nothing takes none away, and a published rubric does not change.
begin;
\o /dev/null
\i tests/sql/support/region.sql
select account_add(pg_temp.tenant('first'), 'vk', 'first', 'https://vk.com/first', null);
select id as vk from account where network = 'vk' \gset
create function pg_temp.seen(state text, rating text) returns jsonb language sql as $$
    select format('{"state": "%s", "network_version": 1, "rules_version": 1, "verdicts": [], "rating": %s}', state, rating)::jsonb;
$$;
-- A look, taken and recorded at this moment.
create function pg_temp.look(moment timestamptz, state text, rating text) returns void language plpgsql as $$
begin
    perform veha.enter(null, null, null, null, moment);
    perform veha.job_schedule('1 hour', '1 hour', 10);
    perform veha.job_record((select jsonb_agg(jsonb_build_object('id', j.value->'id', 'fence', j.value->'fence', 'seen', pg_temp.seen(state, rating)))
                               from jsonb_array_elements(veha.job_take('one', 10, '1 minute', false)) j));
end
$$;
set session authorization veha_verify;
\o
select plan(12);

select pg_temp.look('2022-11-02T10:00Z', 'present', '{"points": 74, "possible": 80, "zone": "high"}') \g /dev/null
select is((select rating->>'points' from veha.look), '74', 'a mark stands with its look');
select is((select rating->>'points' from veha.account where id = :vk), '74', 'and with the account');
select pg_temp.look('2022-11-03T10:00Z', 'throttled', 'null') \g /dev/null
select is((select rating->>'points' from veha.account where id = :vk), '74', 'a look that saw nothing takes none away');
select is((select count(*) from veha.look where rating is null), 1::bigint, 'and has none itself');
reset session authorization;
update veha.step_state set number = number + 1000; -- computed anew, they would be numbered as before
set session authorization veha_verify;
select pg_temp.look('2022-11-04T10:00Z', 'present', '{"points": 0, "possible": 5, "zone": "low"}') \g /dev/null
select is((select rating->>'points' from veha.account where id = :vk), '0', 'the newest counts, even where less is known');
reset session authorization;
select is((select count(*) from veha.step_state where number < 1000), 0::bigint, 'what a look says of an account alone costs no step its computation');
set session authorization veha_verify;
select pg_temp.look('2022-11-05T10:00Z', 'blocked', 'null') \g /dev/null
select is((select rating from veha.account where id = :vk), null, 'an account that is gone has no mark');
select is((select count(*) from veha.look where rating is not null), 2::bigint, 'its looks keep theirs');

set session authorization veha_operator;
select is(veha.rubric_publish('{"code": "r", "version": 1, "title": "R"}'), true, 'a rubric is published');
select is(veha.rubric_publish('{"code": "r", "version": 1, "title": "R"}'), false, 'once');
select throws_ok($$select veha.rubric_publish('{"code": "r", "version": 1, "title": "S"}')$$, null, null, 'and does not change');
select veha.rubric_publish('{"code": "r", "version": 2, "title": "S"}') \g /dev/null
select is(veha.rubric_current()->>'title', 'S', 'the newest version is the one by which marks are given');
select * from finish();
rollback;

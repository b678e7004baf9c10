-- What all workers share of the networks' patience: slots that are given once, quotas of a day, pauses that everybody heeds.
begin;
\o /dev/null
\i tests/sql/support/region.sql
set session authorization veha_verify;
select veha.enter(null, null, null, null, '2022-11-01T10:00Z');
\o
select plan(29);

create function pg_temp.take(under text, slots int, want int default null, most int default 4500) returns jsonb language sql as
$$ select veha.budget_take('vk', under, 367, slots, case when want is null then '{}' else jsonb_build_object('wall.get', jsonb_build_object('want', want, 'most', most)) end) $$;

-- Slots.
create temp table chunk (n int, told jsonb, next_at timestamptz);
do $$
begin
    for i in 1..4 loop
        insert into chunk values (i, pg_temp.take('one', 3));
        update chunk c set next_at = b.next_at from veha.budget b where c.n = i and b.holder = 'one';
    end loop;
end
$$;
select is((select array_agg(told->>'slots') from chunk), '{3,3,3,3}', 'each who asks gets a chunk');
select cmp_ok((select (told->>'open_ms')::int from chunk where n = 1), '<=', 100, 'the first begins at once, but for the time it takes to tell');
select cmp_ok((select min(gap) from (select next_at - lag(next_at) over (order by n) as gap from chunk) g), '>=', interval '1.101 s',
              'and each next one where the one before ends: 3 slots, 367 ms each');
select cmp_ok((pg_temp.take('two', 3)->>'open_ms')::int, '<=', 100, 'another token has its own');
update budget set next_at = veha.pulse() + interval '1 day' where holder = 'two';
select cmp_ok((pg_temp.take('two', 3)->>'open_ms')::int, '<=', 100, 'a clock that was set back stops nobody for a day');

-- Quotas.
select is(pg_temp.take('one', 0, 3, 10)->'granted', '{"wall.get": 3}', 'of a day''s quota some are granted');
select is(pg_temp.take('one', 0, 5, 9)->'granted', '{"wall.get": 5}', 'and some more');
select is(pg_temp.take('one', 0, 5, 9)->'granted', '{"wall.get": 1}', 'then what is left of it');
select is(pg_temp.take('one', 0, 5, 9)->'granted', '{"wall.get": 0}', 'then none');
select is(pg_temp.take('one', 0, 5, 10)->'granted', '{"wall.get": 1}', 'what is kept for those who wait is theirs');
select is((select used from quota where holder = 'one'), 10, 'it was never exceeded');
select is(pg_temp.take('two', 0, 5, 9)->'granted', '{"wall.get": 5}', 'another token has its own');
select veha.enter(null, null, null, null, '2022-11-01T20:59Z') \g /dev/null
select is(pg_temp.take('one', 0, 5, 9)->'granted', '{"wall.get": 0}', 'all day long');
select veha.enter(null, null, null, null, '2022-11-01T21:00Z') \g /dev/null
select is(pg_temp.take('one', 0, 5, 9)->'granted', '{"wall.get": 5}', 'the next day begins at the region''s midnight');

-- What may be asked at once is shared by all who live.
insert into worker (name, host, looks, seen_at) values ('a:1', 'a', 0, veha.now()), ('a:2', 'a', 0, veha.now() - interval '1 minute'), ('b:1', 'b', 0, veha.now() - interval '1 hour');
select is(pg_temp.take('one', 1)->>'workers', '2', 'two workers live');

-- Pauses.
select is(veha.budget_pause('vk', 'one', null, 30, 'too_many_requests'), 30, 'a network asks to be left alone');
select is(pg_temp.take('one', 3, 3), '{"paused": 30, "reason": "too_many_requests"}', 'and everybody hears of it, and gets nothing');
select is(pg_temp.take('two', 0)->>'paused', null, 'of this token');
select veha.budget_pause('vk', 'one', null, 5, 'token') \g /dev/null
select is(pg_temp.take('one', 3), '{"paused": 30, "reason": "too_many_requests"}', 'a later word does not shorten it');
select is(veha.budget_pause('vk', 'one', null, 1000000000, 'too_many_requests'), 21600, 'nor does a network keep us away for ever');
select veha.enter(null, null, null, null, '2022-11-02T03:00Z') \g /dev/null
select is(pg_temp.take('one', 3)->>'slots', '3', 'it ends by itself');
select is(veha.budget_pause('vk', 'one', 'wall.get', 1800, 'daily_quota'), 1800, 'a network that counts a quota otherwise');
select is(pg_temp.take('one', 3, 3, 4500) - '{open_ms,workers}'::text[], '{"slots": 3, "granted": {"wall.get": 0}}', 'ends that method, and nothing else');
select veha.budget_pause('site', 'school.example', null, 60, 'too_many_requests') \g /dev/null
select is(veha.budget_paused('site', 'school.example'), 60, 'of a site one host is left alone');
select is(veha.budget_paused('site', 'other.example'), null, 'and no other');
-- Of two tokens one is refused: the operator hears of it until it works, whatever the other does.
select veha.budget_pause('vk', 'stale', null, 600, 'token') \g /dev/null
select isnt((select token_refused_since from network_state where network = 'vk'), null, 'a refused token is the operator''s to mend');
select veha.token_weigh('{}', '{vk}') \g /dev/null
select isnt((select token_refused_since from network_state where network = 'vk'), null, 'the other that works does not hide it');
select veha.enter(null, null, null, null, '2022-11-02T03:11Z') \g /dev/null
select is(veha.budget_pause('vk', 'stale', null, 0, ''), 0, 'until it works again');
select veha.token_weigh('{}', '{vk}') \g /dev/null
select is((select token_refused_since from network_state where network = 'vk'), null, 'which ends it');
select * from finish();
rollback;

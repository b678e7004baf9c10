-- Disputes: begun where a look says no, ended by a curator, by who began it, or by a look; and seen and touched by nobody else.
begin;
\o /dev/null
\i tests/sql/support/region.sql
select account_add(pg_temp.tenant('first'), 'vk', 'first', 'https://vk.com/first', null);
select account_add(pg_temp.tenant('third'), 'vk', 'third', 'https://vk.com/third', null);
select pg_temp.tenant('first') as first, pg_temp.tenant('third') as third, pg_temp.person('curator') as curator, pg_temp.person('specialist') as specialist \gset
select id as vk from account where tenant = :first \gset
select id as foreign from account where tenant = :third \gset
create function pg_temp.flag() returns text language sql as
$$ select pg_temp.status('first', 'create_vk') || case when disputed then ' disputed' else '' end from veha.step_state where tenant = pg_temp.tenant('first') and step = 'create_vk' $$;
create function pg_temp.last() returns text language sql as
$$ select coalesce(ending, 'open') || coalesce('/' || answer, '') from veha.dispute where tenant = pg_temp.tenant('first') and step = 'create_vk' order by id desc limit 1 $$;
create function pg_temp.told() returns text language sql as
$$ select kind || coalesce('/' || reason, '') || coalesce('/' || actor, '') from veha.event where tenant = pg_temp.tenant('first') and kind ~ 'dispute' order by id desc limit 1 $$;
create function pg_temp.contradict(moment timestamptz) returns void language sql as
$$ select pg_temp.look(id, 'missing', '{"EXIST": "failed"}', moment) from veha.account where tenant = pg_temp.tenant('first');
   select pg_temp.look(id, 'missing', '{"EXIST": "failed"}', moment + interval '2 hours') from veha.account where tenant = pg_temp.tenant('first') $$;
\o
select plan(48);

select pg_temp.as('specialist') \g /dev/null
select throws_ok(format('select step_dispute(%s, ''create_vk'', ''r'', null, null)', :first), 'VH409', 'nothing_to_dispute', 'nothing was seen yet: there is nothing to contest');
select step_claim(:first, 'create_vk', 'готово', null, null) \g /dev/null
select throws_ok(format('select step_dispute(%s, ''create_vk'', ''r'', null, null)', :first), 'VH409', 'nothing_to_dispute', 'nor is a tick something');
select throws_ok(format('select step_dispute(%s, ''create_telegram'', ''r'', null, null)', :first), 'VH409', 'step_not_applicable', 'nor a step that is not asked for');
select pg_temp.look(:vk, 'throttled', '{"EXIST": "unknown"}', '2022-11-01T10:30Z') \g /dev/null
select pg_temp.as('specialist', '2022-11-01T10:31Z') \g /dev/null
select throws_ok(format('select step_dispute(%s, ''create_vk'', ''r'', null, null)', :first), 'VH409', 'nothing_to_dispute', 'nor what nobody could see: it says nothing against anybody');
select pg_temp.contradict('2022-11-01T11:00Z') \g /dev/null
select is(pg_temp.flag(), 'contradicted/account/failed', 'the page contradicts');

select pg_temp.as('specialist', '2022-11-01T14:00Z') \g /dev/null
select step_dispute(:first, 'create_vk', 'страница открыта', 'https://vk.com/first', null) \g /dev/null
select is(pg_temp.flag(), 'contradicted/account/failed disputed', 'a dispute is a flag beside the status, which is not hidden');
select is((select said - 'account' from (select jsonb_array_elements(said) as said from dispute) s),
          jsonb_build_object('check', 'EXIST', 'network', 'vk', 'reason', 'r', 'at', '2022-11-01T13:00:00+00:00'::timestamptz), 'and keeps what was contested');
select is(pg_temp.told(), 'step_disputed/страница открыта/person', 'told with its reason');
select throws_ok(format('select step_dispute(%s, ''create_vk'', ''r'', null, null)', :first), 'VH409', 'step_disputed', 'one at a time');
select pg_temp.look(:vk, 'missing', '{"EXIST": "failed"}', '2022-11-01T15:00Z') \g /dev/null
select is(pg_temp.flag(), 'contradicted/account/failed disputed', 'another look that fails changes nothing');
select pg_temp.look(:vk, 'throttled', '{"EXIST": "unknown"}', '2022-11-01T15:10Z') \g /dev/null
select is(pg_temp.flag(), 'contradicted/account/failed disputed', 'nor one that sees nothing');

select pg_temp.as('specialist', '2022-11-01T15:20Z') \g /dev/null
select dispute_withdraw(:first, 'create_vk', 'сами нашли', null) \g /dev/null
select is(pg_temp.flag() || ' ' || pg_temp.last(), 'contradicted/account/failed withdrawn/сами нашли', 'taken back, it leaves the status as it was');
select throws_ok(format('select dispute_withdraw(%s, ''create_vk'', null, null)', :first), 'VH409', 'step_not_disputed', 'once');
select is(pg_temp.told(), 'dispute_withdrawn/сами нашли/person', 'and is told');

-- Rejected: what the page says stands.
select step_dispute(:first, 'create_vk', 'нет, всё же открыта', null, null) \g /dev/null
select pg_temp.as('curator', '2022-11-01T16:00Z') \g /dev/null
select dispute_decide(:first, 'create_vk', 'rejected', 'страница удалена', null, null) \g /dev/null
select is(pg_temp.flag() || ' ' || pg_temp.last(), 'contradicted/account/failed rejected/страница удалена', 'rejected, what the page says stands');
select is((select decider from dispute order by id desc limit 1), :curator::bigint, 'by whom');
select is(pg_temp.told(), 'dispute_rejected/страница удалена/person', 'and is told');
select is((select kind || ' ' || person || ' ' || (detail->>'reason') from outbox order by id desc limit 1), 'dispute_rejected ' || :specialist || ' страница удалена', 'to whom it concerns');
select throws_ok(format('select dispute_decide(%s, ''create_vk'', ''rejected'', ''r'', null, null)', :first), 'VH409', 'step_not_disputed', 'once');

-- Accepted, with an end.
select pg_temp.as('specialist', '2022-11-01T17:00Z') \g /dev/null
select step_dispute(:first, 'create_vk', 'вот снимок', null, null) \g /dev/null
select pg_temp.as('curator', '2022-11-01T18:00Z') \g /dev/null
select dispute_decide(:first, 'create_vk', 'accepted', 'видел сам', '2022-11-10', null) \g /dev/null
select is(pg_temp.flag() || ' ' || pg_temp.last(), 'verified/person/failed accepted/видел сам', 'accepted, a person confirmed it, against the page');
select is((select expires_at from decision where tenant = :first and step = 'create_vk' and upper_inf(valid)), '2022-11-11T00:00+03:00'::timestamptz, 'until the end of a day');
select is((select count(*)::int from event where kind = 'dispute_accepted'), 1, 'told as a dispute');
select is((select count(*)::int from event where kind = 'step_confirmed'), 1, 'and as a confirmation');
select pg_temp.as('specialist', '2022-11-02T10:00Z') \g /dev/null
select throws_ok(format('select step_dispute(%s, ''create_vk'', ''r'', null, null)', :first), 'VH409', 'nothing_to_dispute', 'what a person confirmed is not contested');
select enter(null, null, null, null, '2022-11-11T10:00Z') \g /dev/null
select step_tick(100) \g /dev/null
select is(pg_temp.flag(), 'contradicted/account/failed', 'when the word has expired the page''s counts again');

-- An ordinary decision settles an open dispute, too.
select pg_temp.as('specialist', '2022-11-11T11:00Z') \g /dev/null
select step_dispute(:first, 'create_vk', 'снова', null, null) \g /dev/null
select is(pg_temp.flag(), 'contradicted/account/failed disputed', 'it may be contested anew');
select pg_temp.as('curator', '2022-11-11T12:00Z') \g /dev/null
select step_decide(:first, 'create_vk', 'returned', 'создайте страницу', null, null) \g /dev/null
select is(pg_temp.flag() || ' ' || pg_temp.last(), 'returned/person/failed rejected/создайте страницу', 'a return rejects it');
select pg_temp.as('specialist', '2022-11-11T12:30Z') \g /dev/null
select throws_ok(format('select step_dispute(%s, ''create_vk'', ''r'', null, null)', :first), 'VH409', 'nothing_to_dispute', 'what a person returned is answered by a tick, not contested');
select step_claim(:first, 'create_vk', 'создана', null, null) \g /dev/null
select pg_temp.contradict('2022-11-11T13:00Z') \g /dev/null
select pg_temp.as('specialist', '2022-11-11T16:00Z') \g /dev/null
select step_dispute(:first, 'create_vk', 'и снова', null, null) \g /dev/null

-- A look that passes settles it by itself.
select pg_temp.look(:vk, 'present', '{"EXIST": "passed"}', '2022-11-11T17:00Z') \g /dev/null
select is(pg_temp.flag() || ' ' || pg_temp.last(), 'claimed/recovering seen', 'a look that passes ends it');
select is(pg_temp.told(), 'dispute_settled/operator', 'and that is told');
select is((select count(*)::int from dispute where upper_inf(valid)), 0, 'none is open');

-- As the web server's role.
select pg_temp.look(:foreign, 'missing', '{"EXIST": "failed"}', '2022-11-11T17:00Z') \g /dev/null
select pg_temp.contradict('2022-11-12T11:00Z') \g /dev/null
select pg_temp.as('stranger', '2022-11-12T14:00Z') \g /dev/null
select step_dispute(:third, 'create_vk', 'чужой', null, null) \g /dev/null
\o /dev/null
grant usage on schema public to veha_web;
set session authorization veha_web;
select pg_temp.as('specialist', '2022-11-12T14:00Z');
\o
select throws_ok(format('select veha.step_dispute(%s, ''create_vk'', ''r'', null, null)', :third), 'VH404', null, 'a foreign step is not found');
select is_empty(format('select * from veha.dispute where tenant = %s', :third), 'nor is its dispute');
select throws_ok(format('insert into veha.dispute (tenant, place, step, person, reason, said) values (%s, (select place from veha.tenant), ''create_vk'', veha.caller(), ''r'', ''[]'')', :third),
                 '23503', null, 'a foreign one cannot be written with a place of the own');
select throws_ok(format('insert into veha.dispute (tenant, place, step, person, reason, said) values (%s, (select place from veha.tenant where id = %1$s), ''name'', %s, ''r'', ''[]'')', :first, :curator),
                 '42501', null, 'nobody contests in another''s name');
select throws_ok('update veha.dispute set ending = ''accepted''', '42501', null, 'nor ends one by hand');
select throws_ok(format('insert into veha.dispute (tenant, place, step, person, reason, said, decider) values (%s, 1, ''name'', veha.caller(), ''r'', ''[]'', veha.caller())', :first), '42501', null, 'nor decides it while writing it');
select is((veha.dispute_end(:third, 'create_vk', 'withdrawn', 'r')).id, null, 'the function that ends one reaches no foreign one');
select lives_ok(format('select veha.step_dispute(%s, ''create_vk'', ''r'', null, null)', :first), 'the own is contested');
select throws_ok(format('select veha.dispute_decide(%s, ''create_vk'', ''accepted'', ''r'', null, null)', :first), 'VH403', null, 'who contests does not decide');
select is((veha.dispute_end(:first, 'create_vk', 'accepted', 'r')).id, null, 'not even by the function that ends it');
select pg_temp.as('observer', '2022-11-12T14:00Z') \g /dev/null
select throws_ok(format('select veha.dispute_withdraw(%s, ''create_vk'', ''r'', null)', :first), 'VH403', null, 'an observer contests and withdraws nothing');
select pg_temp.as('curator', '2022-11-12T14:00Z') \g /dev/null
select throws_ok(format('select veha.step_dispute(%s, ''create_vk'', ''r'', null, null)', :first), 'VH403', null, 'a curator decides and does not contest');
select throws_ok(format('select veha.dispute_decide(%s, ''create_vk'', ''accepted'', ''r'', ''2022-11-11'', null)', :first), 'VH422', 'until_passed', 'an end that has passed is refused');
select lives_ok(format('select veha.dispute_decide(%s, ''create_vk'', ''accepted'', ''r'', null, null)', :first), 'and accepts');
select is((select status || '/' || basis from veha.step_state where tenant = :first and step = 'create_vk'), 'verified/person', 'which confirms the step');
reset session authorization;

-- What is said beside a verdict.
select is(advice('unknown', 'account_missing'), 'account_missing', 'of a page that is gone nothing else can be seen, and its address is to be looked at');
select is(advice('unknown', 'network_outage'), 'unknown_later', 'of one that nobody could see nothing is to be done');
select * from finish();
rollback;

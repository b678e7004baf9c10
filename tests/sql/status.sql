-- The rules of status: their whole tables, and the projection that triggers keep of them.
begin;
\o /dev/null
\i tests/sql/support/region.sql
\o
select plan(55);

-- Lines of a query given as text: the tables in tests/sql/tables are plain queries that a person can run.
create function pg_temp.lines(query text) returns text language plpgsql as $$
declare
    line text;
    all_lines text[] := '{}';
begin
    for line in execute rtrim(query, E'; \n') loop
        all_lines := all_lines || line;
    end loop;
    return array_to_string(all_lines, E'\n');
end
$$;
\set query `cat tests/sql/tables/step_status.sql`
\set wanted `cat tests/sql/expected/step_status.txt`
select is(pg_temp.lines(:'query'), :'wanted', 'step_status() gives the table in expected/step_status.txt; tests/sql/print writes it anew');
\set query `cat tests/sql/tables/sight.sql`
\set wanted `cat tests/sql/expected/sight.txt`
select is(pg_temp.lines(:'query'), :'wanted', 'sight() gives the table in expected/sight.txt');
\set query `cat tests/sql/tables/sight_left.sql`
\set wanted `cat tests/sql/expected/sight_left.txt`
select is(pg_temp.lines(:'query'), :'wanted', 'sight_left() gives the table in expected/sight_left.txt');

-- A step without a claim, on an organisation without an account.
select is(pg_temp.status('first', 'create_vk'), 'not_started/none', 'nothing claimed, nothing seen');

-- The first failure after a claim leaves it claimed, the second an hour later contradicts.
\o /dev/null
select account_add(pg_temp.tenant('first'), 'vk', 'first', 'https://vk.com/first', 'vk.com/first');
select id as vk from account where tenant = pg_temp.tenant('first') and network = 'vk' \gset
select pg_temp.as('specialist');
select step_claim(pg_temp.tenant('first'), 'create_vk', 'готово', null, null);
\o
select is(pg_temp.status('first', 'create_vk'), 'claimed/none', 'a claim is claimed');
select is(pg_temp.status('first', 'create_telegram'), 'not_applicable/none', 'one network of two is enough: the other is not asked for');
select lives_ok(format('select pg_temp.look(%s, ''missing'', ''{"EXIST": "failed"}'', ''2022-11-01T11:00Z'')', :vk), 'a look is recorded');
select is(pg_temp.status('first', 'create_vk'), 'claimed/failing', 'one failure is not yet a contradiction');
select pg_temp.look(:vk, 'missing', '{"EXIST": "failed"}', '2022-11-01T11:59Z') \g /dev/null
select is(pg_temp.status('first', 'create_vk'), 'claimed/failing', 'nor are two within the hour');
select pg_temp.look(:vk, 'throttled', '{"EXIST": "unknown"}', '2022-11-01T12:30Z') \g /dev/null
select is(pg_temp.status('first', 'create_vk'), 'claimed/failing', 'unknown changes nothing');
select pg_temp.look(:vk, 'missing', '{"EXIST": "failed"}', '2022-11-01T13:00Z') \g /dev/null
select is(pg_temp.status('first', 'create_vk'), 'contradicted/account/failed', 'an hour later it is contradicted');

-- Claiming again starts a new count.
select pg_temp.as('specialist', '2022-11-02T10:00Z') \g /dev/null
select step_claim(pg_temp.tenant('first'), 'create_vk', 'исправлено', null, null) \g /dev/null
select is(pg_temp.status('first', 'create_vk'), 'claimed/failing', 'a new claim after a contradiction is claimed, the page still fails');
select pg_temp.look(:vk, 'present', '{"EXIST": "passed", "NAME": "passed"}', '2022-11-02T11:00Z') \g /dev/null
select is(pg_temp.status('first', 'create_vk'), 'claimed/recovering', 'one scheduled pass after failures is not enough');
select pg_temp.look(:vk, 'present', '{"EXIST": "passed", "NAME": "passed"}', '2022-11-02T12:00Z') \g /dev/null
select is(pg_temp.status('first', 'create_vk'), 'verified/account/passed', 'two are');
select is(pg_temp.status('first', 'name'), 'verified/account/passed', 'what was never ticked but is seen is verified');
select is((select seen_early from step_state where tenant = pg_temp.tenant('first') and step = 'name'), true, 'and offered as seen early');

-- A step that has not decayed has nothing to recover from.
select pg_temp.look(:vk, 'missing', '{"EXIST": "failed"}', '2022-11-03T12:00Z') \g /dev/null
select is(pg_temp.status('first', 'create_vk'), 'verified/account/slipping', 'a bad day slips');
select pg_temp.look(:vk, 'present', '{"EXIST": "passed"}', '2022-11-04T12:00Z') \g /dev/null
select is(pg_temp.status('first', 'create_vk'), 'verified/account/passed', 'and the next scheduled pass takes nothing away');

-- Decay: two failures a day apart, then grace, then it reopens.
select pg_temp.look(:vk, 'missing', '{"EXIST": "failed"}', '2022-11-10T12:00Z') \g /dev/null
select is(pg_temp.status('first', 'create_vk'), 'verified/account/slipping', 'a verified step survives one failure');
select pg_temp.look(:vk, 'missing', '{"EXIST": "failed"}', '2022-11-11T11:00Z') \g /dev/null
select is(pg_temp.status('first', 'create_vk'), 'verified/account/slipping', 'and a second within the day');
select pg_temp.look(:vk, 'missing', '{"EXIST": "failed"}', '2022-11-11T12:00Z') \g /dev/null
select is(pg_temp.status('first', 'create_vk'), 'verified/account/grace', 'after a day the grace begins');
select is((select changes_at from step_state where tenant = pg_temp.tenant('first') and step = 'create_vk'), '2022-11-14T12:00Z'::timestamptz,
          'and its end is written down');
select pg_temp.look(:vk, 'missing', '{"EXIST": "failed"}', '2022-11-12T12:00Z') \g /dev/null
select is(pg_temp.status('first', 'create_vk'), 'verified/account/grace', 'looks in between do not prolong it');
select enter(null, null, null, null, '2022-11-14T12:00Z') \g /dev/null
select cmp_ok(step_tick(100), '>=', 1, 'the clock alone changes tenants');
select is(pg_temp.status('first', 'create_vk'), 'contradicted/account/decayed', 'and the step reopens');

-- Ticking anew after the mend starts a new count: what had decayed is answered.
select pg_temp.as('specialist', '2022-11-14T12:05Z') \g /dev/null
select step_claim(pg_temp.tenant('first'), 'create_vk', 'исправлено ещё раз', null, null) \g /dev/null
select is(pg_temp.status('first', 'create_vk'), 'claimed/failing', 'a new claim after a decay waits for a look of its own');
select pg_temp.look(:vk, 'missing', '{"EXIST": "failed"}', '2022-11-14T12:10Z') \g /dev/null
select is(pg_temp.status('first', 'create_vk'), 'claimed/failing', 'whose first failure does not contradict');

-- A failure amid recovery is no slip of a verified step: it was not verified yet.
select pg_temp.look(:vk, 'present', '{"EXIST": "passed"}', '2022-11-14T12:30Z') \g /dev/null
select is(pg_temp.status('first', 'create_vk'), 'claimed/recovering', 'one scheduled pass does not recover what decayed');
select pg_temp.look(:vk, 'missing', '{"EXIST": "failed"}', '2022-11-14T12:40Z') \g /dev/null
select is(pg_temp.status('first', 'create_vk'), 'claimed/failing', 'and a failure after it verifies nothing');

-- On demand one pass is enough.
select pg_temp.look(:vk, 'present', '{"EXIST": "passed"}', '2022-11-14T13:00Z', true) \g /dev/null
select is(pg_temp.status('first', 'create_vk'), 'verified/account/passed', 'one pass on demand recovers');

-- A run that ends before it meant anything leaves what held before it: one failure costs a verified step nothing, and one pass that was not enough gives nothing.
select pg_temp.look(:vk, 'missing', '{"EXIST": "failed"}', '2022-11-14T14:00Z') \g /dev/null
select pg_temp.look(:vk, 'present', '{"EXIST": "passed"}', '2022-11-14T15:00Z') \g /dev/null
select is(pg_temp.status('first', 'create_vk'), 'verified/account/passed', 'one failure and one scheduled pass: it was verified all along');
select pg_temp.look(:vk, 'missing', '{"EXIST": "failed"}', '2022-11-14T16:00Z') \g /dev/null
select pg_temp.look(:vk, 'missing', '{"EXIST": "failed"}', '2022-11-15T16:00Z') \g /dev/null
select pg_temp.look(:vk, 'present', '{"EXIST": "passed"}', '2022-11-15T17:00Z') \g /dev/null
select is(pg_temp.status('first', 'create_vk'), 'verified/account/passed', 'nor does what passes again within its grace have to recover');
select account_add(pg_temp.tenant('second'), 'vk', 'second', 'https://vk.com/second', null) \g /dev/null
select id as other from account where tenant = pg_temp.tenant('second') and network = 'vk' \gset
select pg_temp.look(:other, 'missing', '{"EXIST": "failed"}', '2022-11-15T10:00Z') \g /dev/null
select pg_temp.look(:other, 'missing', '{"EXIST": "failed"}', '2022-11-15T12:00Z') \g /dev/null
select is(pg_temp.status('second', 'create_vk'), 'not_started/failed', 'an account that is not there');
select pg_temp.look(:other, 'present', '{"EXIST": "passed"}', '2022-11-15T13:00Z') \g /dev/null
select is(pg_temp.status('second', 'create_vk'), 'not_started/recovering', 'appears');
select pg_temp.look(:other, 'missing', '{"EXIST": "failed"}', '2022-11-15T14:00Z') \g /dev/null
select is(pg_temp.status('second', 'create_vk'), 'not_started/failing', 'and is gone again: it was never verified, so nothing of it holds');
select pg_temp.look(:other, 'present', '{"EXIST": "passed"}', '2022-11-15T15:00Z') \g /dev/null
select is(pg_temp.status('second', 'create_vk'), 'not_started/recovering', 'and has to recover as before');

-- Where another account decides, one that cannot tell is not asked; where none does, nobody knows.
\o /dev/null
select account_add(pg_temp.tenant('third'), 'vk', 'third', 'https://vk.com/third', null);
select account_add(pg_temp.tenant('third'), 'telegram', 'third', 'https://t.me/third', null);
select id as told from account where tenant = pg_temp.tenant('third') and network = 'vk' \gset
select id as mute from account where tenant = pg_temp.tenant('third') and network = 'telegram' \gset
select pg_temp.as('stranger', '2022-11-15T17:05Z');
select step_claim(pg_temp.tenant('third'), 'name', 'готово', null, null);
\o
select pg_temp.look(:mute, 'present', '{"EXIST": "passed", "NAME": "unknown no_field"}', '2022-11-15T17:10Z') \g /dev/null
select is((select array[seen, unverifiable::text] from step_state where tenant = pg_temp.tenant('third') and step = 'name'), '{unknown,true}', 'of two accounts one cannot tell: unknown');
select pg_temp.look(:told, 'present', '{"EXIST": "passed", "NAME": "passed"}', '2022-11-15T17:20Z') \g /dev/null
select is(pg_temp.status('third', 'name'), 'verified/account/passed', 'and holds nothing back when the other is seen to pass');
select pg_temp.look(:mute, 'present', '{"EXIST": "passed", "NAME": "unknown not_told"}', '2022-11-15T17:30Z') \g /dev/null
select is(pg_temp.status('third', 'name'), 'claimed/unknown', 'what is unknown for another reason may be wrong on that very page');
select pg_temp.look(:mute, 'present', '{"EXIST": "passed", "NAME": "unknown told_of_reader_only"}', '2022-11-15T17:40Z') \g /dev/null
select is(pg_temp.status('third', 'name'), 'claimed/unknown', 'so may what a network tells of the reader only');
select pg_temp.look(:mute, 'present', '{"EXIST": "passed", "NAME": "unknown needs_token"}', '2022-11-15T17:50Z') \g /dev/null
select is(pg_temp.status('third', 'name'), 'verified/account/passed', 'without a key nobody can tell, and the other decides');
select pg_temp.look(:mute, 'present', '{"EXIST": "passed", "NAME": "unknown network_cannot_tell"}', '2022-11-15T17:55Z') \g /dev/null
select is(pg_temp.status('third', 'name'), 'verified/account/passed', 'as where the network never tells');
select pg_temp.look(:mute, 'present', '{"EXIST": "passed", "NAME": "failed"}', '2022-11-15T18:00Z') \g /dev/null
select is(pg_temp.status('third', 'name'), 'claimed/failing', 'what it does tell counts');
select pg_temp.look(:mute, 'present', '{"EXIST": "passed", "NAME": "unknown needs_token"}', '2022-11-15T18:10Z') \g /dev/null
select is(pg_temp.status('third', 'name'), 'claimed/failing', 'and is not forgotten when it cannot tell any more');
-- One that cannot tell never turns into an accusation: of a network's own step any account will do.
select account_add(pg_temp.tenant('third'), 'vk', 'fourth', 'https://vk.com/fourth', null) \g /dev/null
select id as more from account where tenant = pg_temp.tenant('third') and address = 'fourth' \gset
select pg_temp.look(:more, 'unfamiliar', '{"EXIST": "unknown needs_token"}', '2022-11-15T18:20Z') \g /dev/null
update account set valid = tstzrange(lower(valid), veha.now()) where id = :told;
select account_add(pg_temp.tenant('third'), 'vk', 'fifth', 'https://vk.com/fifth', null) \g /dev/null
select id as gone from account where tenant = pg_temp.tenant('third') and address = 'fifth' \gset
select pg_temp.look(:gone, 'missing', '{"EXIST": "failed"}', '2022-11-15T18:30Z') \g /dev/null
select pg_temp.look(:gone, 'missing', '{"EXIST": "failed"}', '2022-11-15T20:30Z') \g /dev/null
select is(pg_temp.status('third', 'create_vk'), 'not_started/unknown', 'the page that nobody can see may be the one');
select pg_temp.look(:more, 'present', '{"EXIST": "passed"}', '2022-11-15T20:40Z') \g /dev/null
select is(pg_temp.status('third', 'create_vk'), 'verified/account/passed', 'and is, when it is seen');

-- A person's word.
select pg_temp.as('curator', '2022-11-15T18:00Z') \g /dev/null
select step_decide(pg_temp.tenant('first'), 'create_vk', 'confirmed', 'видел', null, null) \g /dev/null
select is(pg_temp.status('first', 'create_vk'), 'verified/both/passed', 'seen and confirmed');
select step_decide(pg_temp.tenant('first'), 'appoint', 'confirmed', 'приказ есть', '2022-11-20', null) \g /dev/null
select is(pg_temp.status('first', 'appoint'), 'verified/person/none', 'confirmed without anything to see');
select enter(null, null, null, null, '2022-11-21T10:00Z') \g /dev/null
select cmp_ok(step_tick(100), '>=', 1, 'the word expires');
select is(pg_temp.status('first', 'appoint'), 'not_started/none', 'and holds no longer');

-- The projection is what the rules say, whatever happened.
select enter(null, null, null, null, '2022-11-21T10:00Z') \g /dev/null
select step_tick(1000) \g /dev/null
select results_eq(
    'select tenant, step, branch, version, number, due_on, (outcome).*, (facts).seen, (facts).claimed, changes_at
       from step_compute(array(select id from tenant)) order by 1, 2',
    'select tenant, step, branch, version, number, due_on, status, basis, overdue, unverifiable, decayed, seen_early, disputed, seen, claimed, changes_at
       from step_state order by 1, 2',
    'recomputing everything gives the projection');
select is((select count(*) from step_history h where upper_inf(valid)), (select count(*) from step_state), 'history has one open row a step');
select is((select string_agg(status, ' ' order by valid) from step_history where tenant = pg_temp.tenant('first') and step = 'create_vk'),
          'not_started claimed claimed contradicted claimed claimed verified verified verified verified verified contradicted claimed claimed claimed verified verified verified verified verified verified verified',
          'and tells the story in order');

-- So are the counts: of now from the projection, of every day from its history.
select results_eq(
    $$select tenant, total, reported, verified, seen, confirmed, by_both, unknown, overdue, not_started, in_progress, claimed, contradicted, returned, not_applicable, changed_at, due_next
        from tenant_count order by 1$$,
    $$select tenant, count(*)::int - (count(*) filter (where status = 'not_applicable'))::int, (count(*) filter (where claimed and status <> 'not_applicable'))::int,
             (count(*) filter (where status = 'verified'))::int, (count(*) filter (where status = 'verified' and basis in ('account', 'both')))::int,
             (count(*) filter (where status = 'verified' and basis in ('person', 'both')))::int, (count(*) filter (where basis = 'both'))::int,
             (count(*) filter (where unverifiable))::int, (count(*) filter (where overdue))::int, (count(*) filter (where status = 'not_started'))::int,
             (count(*) filter (where status = 'in_progress'))::int, (count(*) filter (where status = 'claimed'))::int, (count(*) filter (where status = 'contradicted'))::int,
             (count(*) filter (where status = 'returned'))::int, (count(*) filter (where status = 'not_applicable'))::int,
             max(changed_at) filter (where status <> 'not_applicable'), min(due_on) filter (where status not in ('verified', 'not_applicable') and not overdue)
        from step_state group by tenant order by 1$$,
    'what is counted of each tenant is what its steps are');
select results_eq(
    $$select tenant, day, total, reported, verified, seen, confirmed from step_day where (total, reported, verified, seen, confirmed) <> (0, 0, 0, 0, 0) order by 1, 2$$,
    $$select tenant, day, total::int, reported::int, verified::int, seen::int, confirmed::int
        from (select h.tenant, (x.at at time zone z.timezone)::date as day,
                     coalesce(sum(x.sign) filter (where status <> 'not_applicable'), 0) as total, coalesce(sum(x.sign) filter (where claimed and status <> 'not_applicable'), 0) as reported,
                     coalesce(sum(x.sign) filter (where status = 'verified'), 0) as verified, coalesce(sum(x.sign) filter (where status = 'verified' and basis in ('account', 'both')), 0) as seen,
                     coalesce(sum(x.sign) filter (where status = 'verified' and basis in ('person', 'both')), 0) as confirmed
                from region z, step_history h, lateral (values (lower(valid), 1), (upper(valid), -1)) as x (at, sign)
               where x.at is not null group by 1, 2) d
       where (total, reported, verified, seen, confirmed) <> (0, 0, 0, 0, 0) order by 1, 2$$,
    'what a day moved is what its history says');
select * from finish();
rollback;

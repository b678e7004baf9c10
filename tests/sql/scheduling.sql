-- Who is looked at when: by what the steps wait for, never all in one minute, never at an hour that the region keeps quiet.
begin;
\o /dev/null
\i tests/sql/support/region.sql
select account_add(pg_temp.tenant('first'), 'vk', 'first', 'https://vk.com/first', null);
select account_add(pg_temp.tenant('second'), 'telegram', 'second', 'https://t.me/second', null);
select pg_temp.tenant('first') as first, pg_temp.tenant('second') as second \gset
select id as vk from account where network = 'vk' \gset
select id as telegram from account where network = 'telegram' \gset
\o
select plan(36);

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
\set query `cat tests/sql/tables/look_due.sql`
\set wanted `cat tests/sql/expected/look_due.txt`
select is(pg_temp.lines(:'query'), :'wanted', 'look_due() gives the table in expected/look_due.txt; tests/sql/print writes it anew');
\set query `cat tests/sql/tables/step_standing.sql`
\set wanted `cat tests/sql/expected/step_standing.txt`
select is(pg_temp.lines(:'query'), :'wanted', 'step_standing() gives the table in expected/step_standing.txt');

-- What is due at this moment, with looks every day, and every week after the deadline of 1 December. Nothing stays queued.
create function pg_temp.due(moment timestamptz) returns text language plpgsql as $$
declare
    told text;
begin
    perform veha.enter(null, null, null, null, moment);
    perform veha.job_schedule('24 hours', '168 hours', 100);
    select string_agg(a.address, ' ' order by j.first desc, j.due_at, j.id) into told
      from veha.job j join veha.account a on a.tenant = j.tenant and a.id = j.account where j.finished_at is null;
    update veha.job set finished_at = veha.now() where finished_at is null;
    return coalesce(told, '-');
end
$$;
create function pg_temp.standing(which bigint) returns text language sql as $$ select standing from veha.account where id = which $$;

select is(pg_temp.due('2022-11-01T10:00Z'), 'first second', 'what nobody ever looked at is due at once');
select pg_temp.look(:vk, 'present', '{"EXIST": "passed", "NAME": "passed"}', '2022-11-01T10:00Z') \g /dev/null
select pg_temp.look(:telegram, 'present', '{"EXIST": "passed", "NAME": "passed"}', '2022-11-01T12:00Z') \g /dev/null
select is(pg_temp.standing(:vk), 'steady', 'nobody waits for anything');
select is(pg_temp.due('2022-11-02T09:59Z'), '-', 'within a day nothing is due');
select is(pg_temp.due('2022-11-02T14:24Z'), 'first second', 'a day and its tenth later all is, the oldest first');
select is(pg_temp.due('2022-12-05T14:24Z'), 'first second', 'after the deadline, too, what is long overdue');

-- A tick wants its look soon, a failure its second an hour later.
select pg_temp.as('specialist', '2022-11-01T13:00Z') \g /dev/null
select step_claim(:first, 'appoint', 'приказ', null, null) \g /dev/null
select is(pg_temp.standing(:vk), 'steady', 'a tick that no look can tell of wants none');
select step_claim(:first, 'create_vk', 'готово', null, null) \g /dev/null
select is(pg_temp.standing(:vk), 'claimed', 'another wants one');
select is(pg_temp.standing(:telegram), 'steady', 'of its own tenant');
select is(pg_temp.due('2022-11-01T13:00Z'), 'first', 'and at once');
select pg_temp.look(:vk, 'present', '{"EXIST": "passed", "NAME": "failed"}', '2022-11-01T13:01Z') \g /dev/null
select is(pg_temp.standing(:vk), 'slipping', 'one failure of what was verified');
select is(pg_temp.due('2022-11-02T14:10Z'), 'second', 'waits for a day');
select is(pg_temp.due('2022-11-02T15:30Z'), 'second first', 'and is then seen again');
select pg_temp.look(:vk, 'present', '{"EXIST": "passed", "NAME": "failed"}', '2022-11-02T15:30Z') \g /dev/null
select is(pg_temp.standing(:vk), 'slipping', 'within the grace it may be mended');
select pg_temp.as('specialist', '2022-11-06T10:00Z') \g /dev/null
select step_tick(100) \g /dev/null
select step_claim(:first, 'name', 'исправлено', null, null) \g /dev/null
select pg_temp.look(:vk, 'present', '{"EXIST": "passed", "NAME": "failed"}', '2022-11-06T10:10Z') \g /dev/null
select is((select status || '/' || seen from step_state where tenant = :first and step = 'name'), 'claimed/failing', 'ticked again, the page still fails');
select is(pg_temp.standing(:vk), 'failing', 'the second failure is wanted');
select pg_temp.look(:vk, 'unreachable', '{"NAME": "unknown"}', '2022-11-06T10:20Z') \g /dev/null
select is(pg_temp.standing(:vk), 'mute', 'a page that tells nothing is not asked every hour');
select pg_temp.look(:vk, 'present', '{"EXIST": "passed", "NAME": "failed"}', '2022-11-06T10:22Z') \g /dev/null
select is(pg_temp.due('2022-11-06T11:20Z'), 'second', 'not within the hour');
select is(pg_temp.due('2022-11-06T11:28Z'), 'second first', 'but soon after it');
select pg_temp.look(:vk, 'present', '{"EXIST": "passed", "NAME": "failed"}', '2022-11-06T11:16Z') \g /dev/null
select is(pg_temp.standing(:vk), 'contradicted', 'it contradicts');
select pg_temp.look(:telegram, 'present', '{"EXIST": "passed"}', '2022-11-06T11:16Z') \g /dev/null
select is(pg_temp.due('2022-11-07T00:30Z'), 'first', 'a contradicted page is looked at twice as often');
select pg_temp.look(:vk, 'present', '{"EXIST": "passed", "NAME": "passed"}', '2022-11-07T00:30Z') \g /dev/null
select is(pg_temp.standing(:vk), 'recovering', 'a page that is back is wanted once more');
select is(pg_temp.due('2022-11-07T01:40Z'), 'first', 'within little more than an hour');
select pg_temp.look(:vk, 'present', '{"EXIST": "passed", "NAME": "passed"}', '2022-12-02T10:00Z') \g /dev/null
select pg_temp.look(:telegram, 'present', '{"EXIST": "passed"}', '2022-12-02T10:00Z') \g /dev/null
select is(pg_temp.due('2022-12-08T10:00Z'), '-', 'after the deadline looks are weekly');
select is(pg_temp.due('2022-12-10T03:00Z'), 'second first', 'and no rarer');
select pg_temp.look(:vk, 'present', '{"EXIST": "passed"}', '2022-12-11T10:00Z') \g /dev/null
select pg_temp.look(:telegram, 'unreachable', '{"EXIST": "unknown"}', '2022-12-11T10:00Z') \g /dev/null
update account set standing = 'partial' where id = :telegram;
select is(pg_temp.due('2022-12-12T00:30Z'), 'second', 'whose posts the quota left unread is first in the next day''s');

-- Never all at once.
select cmp_ok((select max(n) from (select count(*) as n from generate_series(1, 7000) as id group by floor(1440 * veha.look_jitter(id))) as minutes), '<=', 49::bigint,
              'of 7,000 accounts looked at in one minute no fiftieth comes due in one minute of the next day');
select is((select count(*) from generate_series(1, 7000) as id where veha.look_jitter(id) < 0 or veha.look_jitter(id) >= 0.1), 0::bigint, 'and none more than a tenth later');

-- Quiet hours, in the region's own time: Moscow's 4 in the morning is 1 in UTC.
select veha.enter(null, null, null, null, '2022-12-20T01:00Z') \g /dev/null
select results_eq($$select h, veha.is_quiet(h) from unnest('{"",1-5,4-5,5-9,22-6,22-4,0-24}'::text[]) h$$,
                  $$values ('', false), ('1-5', true), ('4-5', true), ('5-9', false), ('22-6', true), ('22-4', false), ('0-24', true)$$, 'from the first hour until before the last, over midnight, too');
set session authorization veha_verify;
select veha.job_schedule('24 hours', '168 hours', 100) \g /dev/null
select is(veha.job_take('one', 10, '1 minute', false, '1-5'), '[]', 'what is scheduled waits until the morning');
reset session authorization;
select pg_temp.as('specialist', '2022-12-20T01:00Z') \g /dev/null
select look_request(:first) \g /dev/null
set session authorization veha_verify;
select veha.enter(null, null, null, null, '2022-12-20T01:00Z') \g /dev/null
select is((select string_agg(j->>'address', ' ') from jsonb_array_elements(veha.job_take('one', 10, '1 minute', false, '1-5')) j), 'first', 'what somebody asked for does not');
select veha.enter(null, null, null, null, '2022-12-20T02:00Z') \g /dev/null
select is((select string_agg(j->>'address', ' ') from jsonb_array_elements(veha.job_take('one', 10, '30 minutes', false, '1-5')) j), 'first second', 'and in the morning the rest is taken');
select is((select count(*) from veha.job where tenant = :first and finished_at is null), 1::bigint, 'no account has two looks at once');

-- A look that was not even tried has made no attempt.
select veha.job_return((select id from veha.job where tenant = :first and finished_at is null), 2, '10 minutes', false) \g /dev/null
select is((select attempts from veha.job where tenant = :first and finished_at is null), 1, 'what its network would not hear was no attempt');
select veha.enter(null, null, null, null, '2022-12-20T03:00Z') \g /dev/null
select is((select (j->>'attempts')::int from jsonb_array_elements(veha.job_take('one', 10, '30 minutes', true, '')) j), 2, 'and is taken again later');
select * from finish();
rollback;

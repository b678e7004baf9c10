-- When many pages of one network turn together it is the network: nobody's status moves until it is back, and what the outage had begun is undone.
begin;
\o /dev/null
\i tests/sql/support/region.sql
-- Thirty schools with an account on each of two networks; the last was looked at for the first time when all was over.
select roadmap_assign(tenant_add(pg_temp.tenant('agency'), 'organisation', 'school ' || n, null, null, null)) from generate_series(101, 131) n;
select account_add(tenant, 'vk', 'vk' || tenant, 'https://vk.com/vk' || tenant, null) from directory where words like 'school%';
select account_add(tenant, 'telegram', 'tg' || tenant, 'https://t.me/tg' || tenant, null) from directory where words like 'school%';
create function pg_temp.account(whose text, what text) returns bigint language sql stable as
$$ select id from veha.account where tenant = pg_temp.tenant(whose) and network = what $$;

-- One batch: accounts of these schools on a network, each with this state and these results.
create function pg_temp.sweep(low int, high int, what text, seen text, results jsonb, moment timestamptz, more jsonb default '{}') returns void
language plpgsql as $$
declare
    which bigint[] := (select array_agg(pg_temp.account('school ' || n, what)) from generate_series(low, high) n);
    taken jsonb;
begin
    perform veha.enter(null, null, null, null, moment);
    insert into veha.job (tenant, place, account) select tenant, place, id from veha.account where id = any (which) on conflict do nothing;
    update veha.job set lease_until = null where finished_at is null;
    perform veha.job_take('test', 1000, '1 minute', false);
    select jsonb_agg(jsonb_build_object('id', j.id, 'fence', j.fence, 'seen', jsonb_build_object('state', seen, 'network_version', 1, 'rules_version', 1,
               'reading', jsonb_build_object('reason', 'r'),
               'verdicts', (select jsonb_agg(jsonb_build_object('check', key, 'result', split_part(value, ' ', 1),
                                                                'reason', coalesce(nullif(split_part(value, ' ', 2), ''), 'r')))
                              from jsonb_each_text(results))) || more) order by j.id)
      into taken
      from veha.job j
     where j.account = any (which) and j.finished_at is null;
    perform veha.job_record(taken);
end
$$;
create function pg_temp.outages() returns text language sql stable as
$$ select string_agg(network, ',' order by network) from veha.network_state where outage_since is not null $$;
create function pg_temp.runs(what text) returns text language sql stable as
$$ select string_agg(format('%s %s %s', run_result, run_count, count), ', ' order by run_result, run_count)
     from (select s.run_result, s.run_count, count(*) from veha.sighting s join veha.account a on a.tenant = s.tenant and a.id = s.account
            where a.network = what and s."check" = 'EXIST' group by 1, 2) r $$;
create function pg_temp.statuses(which text) returns text language sql stable as
$$ select string_agg(format('%s/%s %s', status, seen, count), ', ' order by status, seen)
     from (select status, seen, count(*) from veha.step_state p join veha.directory d using (tenant) where d.words like 'school%' and step = which group by 1, 2) r $$;
create function pg_temp.events(what text) returns bigint language sql stable as $$ select count(*) from veha.event where kind = what $$;
\o
select plan(63);

select pg_temp.sweep(101, 130, 'vk', 'present', '{"EXIST": "passed", "NAME": "passed"}', '2022-11-02T10:00Z') \g /dev/null
select pg_temp.sweep(101, 130, 'telegram', 'present', '{"EXIST": "passed"}', '2022-11-02T10:00Z') \g /dev/null
select is(pg_temp.statuses('create_vk'), 'not_started/none 1, verified/passed 30', 'thirty pages stand');
select is(pg_temp.outages(), null, 'and nothing is out');

-- A slow quiet truth.
select pg_temp.sweep(101, 101, 'vk', 'missing', '{"EXIST": "failed"}', '2022-11-03T10:00Z') \g /dev/null
select pg_temp.sweep(102, 106, 'vk', 'present', '{"EXIST": "passed"}', '2022-11-03T10:00Z') \g /dev/null
select is(pg_temp.outages(), null, 'one organisation closing its page is no outage');
select is(pg_temp.status('school 101', 'create_vk'), 'verified/account/slipping', 'and fails as ever');
select pg_temp.sweep(101, 101, 'vk', 'missing', '{"EXIST": "failed"}', '2022-11-04T10:01Z') \g /dev/null
select is(pg_temp.status('school 101', 'create_vk'), 'verified/account/grace', 'twice, a day apart: its grace has begun');
select pg_temp.sweep(102, 104, 'telegram', 'missing', '{"EXIST": "failed"}', '2022-11-04T12:00Z') \g /dev/null
select pg_temp.sweep(105, 106, 'telegram', 'present', '{"EXIST": "passed"}', '2022-11-04T12:00Z') \g /dev/null
select is(pg_temp.outages(), null, 'three of five are too few to tell');
select pg_temp.sweep(102, 104, 'telegram', 'missing', '{"EXIST": "failed"}', ('2022-11-04T12:00Z'::timestamptz + n * interval '1 minute')) from generate_series(1, 20) n \g /dev/null
select is(pg_temp.outages(), null, 'however often the same are looked at');
select pg_temp.sweep(102, 104, 'telegram', 'present', '{"EXIST": "passed"}', '2022-11-04T13:00Z') \g /dev/null

-- A page whose owner is in doubt just before the outage: it has failed once, and the outage would be its second failure.
select pg_temp.sweep(102, 102, 'vk', 'missing', '{"EXIST": "failed"}', '2022-11-04T10:01Z') \g /dev/null
select pg_temp.as('specialist', '2022-11-04T10:02Z') \g /dev/null

-- The outage begins: the first batch is too small to tell, the second opens the breaker.
select pg_temp.sweep(102, 110, 'vk', 'missing', '{"EXIST": "failed", "NAME": "failed"}', '2022-11-05T11:00Z') \g /dev/null
select is(pg_temp.outages(), null, 'eight pages that stood turned: not enough yet');
select is(pg_temp.status('school 102', 'create_vk'), 'verified/account/grace', 'and one of them lost ground');
select pg_temp.sweep(111, 118, 'vk', 'unfamiliar', '{"EXIST": "unknown", "NAME": "unknown"}', '2022-11-05T11:20Z') \g /dev/null
select is(pg_temp.outages(), 'vk', 'sixteen: the network is out');
select is(pg_temp.events('network_outage_began'), 1::bigint, 'which is an event');
select is((select detail->>'title' from event where kind = 'network_outage_began'), 'vk', 'that names the network');
select is(pg_temp.status('school 102', 'create_vk'), 'verified/account/slipping', 'what the outage had begun is undone');
select is(pg_temp.runs('vk'), 'failed 1 1, failed 2 1, passed 1 24, passed 2 4', 'every run is what it was before');
select is((select string_agg(distinct s.result || ' ' || s.reason, ', ') from sighting s where account = pg_temp.account('school 105', 'vk')), 'unknown network_outage',
          'and what it said is as good as unknown');
select is((select state from account where id = pg_temp.account('school 105', 'vk')), 'unreachable', 'so is the account''s state');
select is((select count(*) from verdict where account = pg_temp.account('school 105', 'vk') and "check" = 'EXIST' and result = 'failed'), 1::bigint, 'the verdict itself is kept');

-- While it lasts.
select pg_temp.sweep(101, 130, 'vk', 'missing', '{"EXIST": "failed", "NAME": "failed"}', '2022-11-06T12:00Z') \g /dev/null
select is(pg_temp.runs('vk'), 'failed 1 1, failed 2 1, passed 1 24, passed 2 4', 'no run moves');
select is((select count(*) from look where at = '2022-11-06T12:00Z'), 30::bigint, 'looks go on being recorded');
select is(pg_temp.outages(), 'vk', 'the other network is not out');
select pg_temp.sweep(107, 107, 'telegram', 'missing', '{"EXIST": "failed"}', '2022-11-06T12:00Z') \g /dev/null
select is(pg_temp.status('school 107', 'create_telegram'), 'verified/account/slipping', 'and judged as ever');
select enter(null, null, null, null, '2022-11-09T12:00Z') \g /dev/null
select step_tick(1000) \g /dev/null
select is(pg_temp.status('school 101', 'create_vk'), 'verified/account/grace', 'the clock stands still: a grace that would be over is not');
select is((select count(*) from step_state where changes_at <= veha.now()), 0::bigint, 'and nothing waits for it again and again');
select step_refresh(array[pg_temp.tenant('school 101')]) \g /dev/null
select is(pg_temp.status('school 101', 'create_vk'), 'verified/account/grace', 'whoever computes it');
select pg_temp.sweep(131, 131, 'vk', 'present', '{"EXIST": "passed"}', '2022-11-09T12:00Z') \g /dev/null
select is(pg_temp.status('school 131', 'create_vk'), 'not_started/unknown', 'nor does anything rise');

-- Is it over?
delete from job where finished_at is null;
select is(breaker_probe(), 12, 'some are looked at to find out');
select is(breaker_probe(), 0, 'a round at a time');
select pg_temp.sweep(103, 130, 'vk', 'missing', '{"EXIST": "failed"}', '2022-11-09T12:01Z') \g /dev/null
select pg_temp.sweep(103, 110, 'vk', 'present', '{"EXIST": "passed"}', '2022-11-09T12:02Z') \g /dev/null
select is(pg_temp.outages(), 'vk', 'eight of the last twelve are well again: it may be flickering');
select pg_temp.sweep(111, 114, 'vk', 'present', '{"EXIST": "passed"}', '2022-11-09T12:20Z') \g /dev/null
select is(pg_temp.outages(), null, 'all twelve: the network is back, and nobody pressed anything');
select is(pg_temp.events('network_outage_ended'), 1::bigint, 'which is an event');
select is(pg_temp.statuses('create_vk'), 'not_started/unknown 1, verified/grace 1, verified/passed 28, verified/slipping 1', 'nobody lost a step');
select is((select run_sure_at from sighting where account = pg_temp.account('school 101', 'vk') and "check" = 'EXIST'), '2022-11-08T11:01Z'::timestamptz,
          'a grace has as long left as it had');
select is((select count(*) from job j join account a on a.id = j.account where a.network = 'vk' and j.finished_at is null), 31::bigint,
          'and whoever was looked at in vain is looked at again');
select pg_temp.sweep(131, 131, 'vk', 'present', '{"EXIST": "passed"}', '2022-11-09T12:21Z') \g /dev/null
select is(pg_temp.status('school 131', 'create_vk'), 'verified/account/passed', 'then it counts');
select enter(null, null, null, null, '2022-11-11T11:02Z') \g /dev/null
select step_tick(1000) \g /dev/null
select is(pg_temp.status('school 101', 'create_vk'), 'not_started/decayed', 'and the clock runs on');

-- A token the network refuses.
select pg_temp.sweep(120, 120, 'vk', 'unreachable', '{"EXIST": "unknown"}', '2022-11-12T10:00Z', '{"alarm": true}') \g /dev/null
select pg_temp.sweep(121, 121, 'vk', 'unreachable', '{"EXIST": "unknown"}', '2022-11-12T10:01Z', '{"alarm": true}') \g /dev/null
select is((select token_refused_since from network_state where network = 'vk'), '2022-11-12T10:00Z'::timestamptz, 'a token refused is known');
select is((select count(*) from outbox where kind = 'token_refused'), 1::bigint, 'and told to the operator once');
select pg_temp.sweep(120, 120, 'vk', 'present', '{"EXIST": "passed"}', '2022-11-12T11:00Z', '{"reading": {"source": "api"}}') \g /dev/null
select is((select token_refused_since from network_state where network = 'vk'), null, 'until it works again');
select is(pg_temp.events('token_works'), 1::bigint, 'which is an event');

-- A changed layout: every page is there, and a part of it is read no more. Forty more schools, on a network without an outage so far.
\o /dev/null
update job set finished_at = veha.now() where finished_at is null;
select roadmap_assign(tenant_add(pg_temp.tenant('other'), 'organisation', 'school ' || n, null, null, null)) from generate_series(201, 240) n;
select account_add(tenant, 'telegram', 'tg' || tenant, 'https://t.me/tg' || tenant, null) from directory where words like 'school 2%';
create function pg_temp.named(low int, high int) returns text language sql stable as
$$ select string_agg(format('%s/%s %s', status, seen, count), ', ' order by status, seen)
     from (select status, seen, count(*) from veha.step_state
            where step = 'name' and tenant in (select pg_temp.tenant('school ' || n) from generate_series(low, high) n) group by 1, 2) r $$;
\o
select pg_temp.sweep(201, 235, 'telegram', 'present', '{"EXIST": "passed", "NAME": "passed", "FRESH": "passed"}', '2022-11-14T10:00Z') \g /dev/null
select is(pg_temp.named(201, 235), 'verified/passed 35', 'thirty-five names are right');

-- What ordinary weeks bring.
select pg_temp.sweep(201, 235, 'telegram', 'present', '{"EXIST": "passed", "NAME": "passed", "FRESH": "failed"}', '2022-11-15T10:00Z') \g /dev/null
select pg_temp.sweep(201, 235, 'telegram', 'present', '{"EXIST": "passed", "NAME": "passed", "FRESH": "failed"}', '2022-11-15T12:00Z') \g /dev/null
select is(pg_temp.outages(), null, 'nobody published for long: many fail together, and truly');
select pg_temp.sweep(201, 235, 'telegram', 'present', '{"EXIST": "passed", "NAME": "unknown needs_token"}', '2022-11-15T18:00Z') \g /dev/null
select is(pg_temp.outages(), null, 'what is not told without a key is no outage');
select pg_temp.sweep(201, 234, 'telegram', 'present', '{"EXIST": "passed", "NAME": "unknown not_told"}', '2022-11-16T00:00Z') \g /dev/null
select pg_temp.sweep(235, 235, 'telegram', 'present', '{"EXIST": "passed", "NAME": "failed"}', '2022-11-16T00:01Z') \g /dev/null
select is(pg_temp.outages(), null, 'nor is what is no longer told, beside one that fails');
select pg_temp.sweep(201, 235, 'telegram', 'present', '{"EXIST": "passed", "NAME": "passed"}', '2022-11-16T06:00Z', '{"rules_version": 2}') \g /dev/null
select pg_temp.sweep(201, 235, 'telegram', 'present', '{"EXIST": "passed", "NAME": "failed"}', '2022-11-16T12:00Z', '{"rules_version": 3}') \g /dev/null
select is(pg_temp.outages(), null, 'a new program may judge more strictly');
select pg_temp.sweep(201, 235, 'telegram', 'present', '{"EXIST": "passed", "NAME": "passed"}', '2022-11-16T18:00Z', '{"rules_version": 3}') \g /dev/null
select pg_temp.sweep(201, 240, 'telegram', 'present', '{"EXIST": "passed", "NAME": "passed"}', '2022-11-17T00:00Z') \g /dev/null
select pg_temp.sweep(236, 240, 'telegram', 'present', '{"EXIST": "passed", "NAME": "failed"}', '2022-11-17T06:00Z') \g /dev/null
select pg_temp.sweep(236, 240, 'telegram', 'present', '{"EXIST": "passed", "NAME": "failed"}', ('2022-11-17T06:00Z'::timestamptz + n * interval '1 minute')) from generate_series(1, 12) n \g /dev/null
select is(pg_temp.outages(), null, 'five pages prove nothing, however often they are looked at');

-- The layout changes; one school has ticked its name, which was never seen to be right.
select pg_temp.sweep(131, 131, 'telegram', 'present', '{"EXIST": "passed"}', '2022-11-17T06:30Z') \g /dev/null
select pg_temp.as('admin', '2022-11-18T09:00Z') \g /dev/null
insert into claim (tenant, place, step, person, on_behalf) select id, place, 'name', pg_temp.person('admin'), false from tenant where id = pg_temp.tenant('school 131');
select pg_temp.sweep(131, 131, 'telegram', 'present', '{"EXIST": "passed", "NAME": "failed"}', '2022-11-18T10:00Z') \g /dev/null
select pg_temp.sweep(201, 207, 'telegram', 'present', '{"EXIST": "passed", "NAME": "failed", "FRESH": "failed"}', '2022-11-18T10:00Z') \g /dev/null
select is(pg_temp.outages(), null, 'seven: too few to tell');
select is(pg_temp.named(201, 207), 'verified/slipping 7', 'and they lost ground');
select pg_temp.sweep(208, 213, 'telegram', 'present', '{"EXIST": "passed", "NAME": "failed", "FRESH": "failed"}', '2022-11-18T11:10Z') \g /dev/null
select is(pg_temp.outages(), 'telegram', 'thirteen pages that exist, and whose names are no longer read: the network''s fault');
select is((select detail - 'network' - 'title' from event where kind = 'network_outage_began' order by id desc limit 1), '{"check": "NAME", "well": 0, "turned": 13}', 'the event tells by which check');
select is(pg_temp.named(201, 240), 'verified/passed 35, verified/slipping 5', 'what the change had begun is undone, and no more');
select is(pg_temp.named(131, 131), 'claimed/unknown 1', 'also of who had never passed');
select pg_temp.sweep(131, 131, 'telegram', 'present', '{"EXIST": "passed", "NAME": "failed"}', '2022-11-18T12:30Z') \g /dev/null
select is(pg_temp.named(131, 131), 'claimed/unknown 1', 'whom nobody contradicts');
select pg_temp.sweep(201, 235, 'telegram', 'present', '{"EXIST": "passed", "NAME": "failed"}', '2022-11-19T12:00Z') \g /dev/null
select is(pg_temp.outages(), 'telegram', 'that all of them exist does not close it');
select pg_temp.sweep(201, 204, 'telegram', 'present', '{"EXIST": "passed", "NAME": "failed"}', '2022-11-20T12:00Z') \g /dev/null
select pg_temp.sweep(101, 130, 'telegram', 'present', '{"EXIST": "passed"}', '2022-11-20T12:01Z') \g /dev/null
select is(pg_temp.outages(), 'telegram', 'nor that many exist of which nobody asks a name');
select is(pg_temp.named(201, 240), 'verified/passed 35, verified/slipping 5', 'days later nobody has lost a step');

-- Its file is mended.
select pg_temp.sweep(201, 212, 'telegram', 'present', '{"EXIST": "passed", "NAME": "passed"}', '2022-11-21T12:00Z') \g /dev/null
select is(pg_temp.outages(), null, 'when names are read again, it closes');
select cmp_ok((select count(*) from job j join account a on a.id = j.account where a.network = 'telegram' and j.finished_at is null), '>=', 23::bigint, 'and the others are looked at again');
select pg_temp.sweep(213, 235, 'telegram', 'present', '{"EXIST": "passed", "NAME": "passed"}', '2022-11-21T12:10Z') \g /dev/null
select is(pg_temp.named(201, 240), 'verified/passed 35, verified/slipping 5', 'and stand as before');
select pg_temp.sweep(201, 201, 'telegram', 'present', '{"EXIST": "passed", "NAME": "failed"}', '2022-11-21T13:00Z') \g /dev/null
select is(pg_temp.status('school 201', 'name'), 'verified/account/slipping', 'one name that is wrong is judged as ever');
select is(pg_temp.outages(), null, 'and is no outage');

-- The files say how.
update network set document = document || '{"breaker": {"looks_least": 3}}' where code = 'telegram';
select is((breaker_rule_of('telegram')).looks_least, 3, 'a network''s file may have its own rule');
select is((breaker_rule_of('telegram')).opens_percent, 60, 'what it leaves out is as everywhere');
select ok((breaker_rule_of(code)).window_minutes * interval '1 minute' <= breaker_memory(), 'no window is longer than runs are remembered') from network where code = 'vk';
select * from finish();
rollback;

-- How often the networks may be asked: all workers on all hosts share these rows, and nothing else. They hold no tenant's data and no token, only its fingerprint.

-- The machine's own clock, which no unit can set: for the pace of requests alone. What people see has its time from now().
create function pulse()
returns timestamptz
language sql
volatile
as $$
    select pg_catalog.clock_timestamp();
$$;

-- A network's patience with one holder: one of our tokens (its fingerprint), the host of a site, or '' for all who ask for its pages.
create table budget (
    network      text not null references network,
    holder       text not null,
    next_at      timestamptz not null default '-infinity', -- by pulse(): when the next request may go
    paused_until timestamptz, -- by now(): it asked to be left alone, or refused the token
    reason       text,        -- of the pause
    primary key (network, holder)
);
grant select, insert, update, delete on budget to veha_verify;
grant select on budget to veha_operator;

-- What was used of a day's quota.
create table quota (
    network      text not null references network,
    holder       text not null,
    method       text not null,
    day          date not null,
    used         int not null default 0,
    paused_until timestamptz, -- the network counted otherwise
    primary key (network, holder, method, day)
);
grant select, insert, update, delete on quota to veha_verify;
grant select on quota to veha_operator;

-- Reserves requests for one worker, a chunk in one statement: `slots` of them `every_ms` apart from the moment on that nobody has reserved yet, and of the methods with
-- a daily quota as many as `wanted` ({method: {want, most}}) and left. They begin a tenth of a second ahead, so that the answer is there before them.
-- {paused, reason, slots, open_ms, workers, granted: {method: count}}: paused is in seconds; then nothing is granted. workers: how many share what may be asked at once.
create function budget_take(which text, under text, every_ms int, slots int, wanted jsonb)
returns jsonb
language plpgsql
as $$
declare
    moment timestamptz := veha.pulse();
    span interval := make_interval(secs => slots * every_ms / 1000.0);
    soonest timestamptz := moment + interval '100 milliseconds';
    held veha.budget;
    one record;
    before int;
    given int;
    granted jsonb := '{}';
begin
    insert into veha.budget as b (network, holder, next_at)
    values (which, under, soonest + span)
        on conflict (network, holder) do update
       set next_at = case
               when b.paused_until > veha.now()                then b.next_at
               when b.next_at > moment + interval '1 minute'   then soonest + span -- the clock was set back
               else greatest(b.next_at, soonest) + span
           end
    returning * into held;
    if held.paused_until > veha.now() then
        return jsonb_build_object('paused', ceil(extract(epoch from held.paused_until - veha.now()))::int, 'reason', held.reason);
    end if;
    for one in select w.key as method, (w.value->>'want')::int as want, (w.value->>'most')::int as most from jsonb_each(wanted) w order by 1 loop
        insert into veha.quota (network, holder, method, day) values (which, under, one.method, veha.today()) on conflict do nothing;
        select case when q.paused_until > veha.now() then one.most else q.used end into before
          from veha.quota q
         where q.network = which and q.holder = under and q.method = one.method and q.day = veha.today()
           for update;
        given := greatest(0, least(one.want, one.most - before));
        update veha.quota q set used = q.used + given
         where given > 0 and q.network = which and q.holder = under and q.method = one.method and q.day = veha.today();
        granted := granted || jsonb_build_object(one.method, given);
    end loop;
    return jsonb_build_object('slots', slots, 'open_ms', round(1000 * extract(epoch from held.next_at - span - moment))::int, 'granted', granted,
                              'workers', (select greatest(count(*), 1) from veha.worker where service is null and seen_at > veha.now() - interval '2 minutes'));
end
$$;

-- For how many seconds the host of a site is to be left alone; null: it is not.
create function budget_paused(which text, under text)
returns int
language sql
stable
as $$
    select ceil(extract(epoch from paused_until - veha.now()))::int from veha.budget where network = which and holder = under and paused_until > veha.now();
$$;

-- Everybody leaves the network alone, or one method of it: it asked for that, or refused our token; no seconds: the token works again. Never longer than six hours, whatever it asks; a later word
-- may lengthen a pause, not shorten it.
create function budget_pause(which text, under text, single text, seconds int, why text)
returns int
language plpgsql
as $$
declare
    until timestamptz := veha.now() + make_interval(secs => least(greatest(seconds, 0), 21600));
begin
    if single is null then
        insert into veha.budget as b (network, holder, paused_until, reason)
        values (which, under, until, why)
            on conflict (network, holder) do update
           set reason = case when b.paused_until > excluded.paused_until then b.reason else excluded.reason end,
               paused_until = greatest(b.paused_until, excluded.paused_until);
    else
        insert into veha.quota as q (network, holder, method, day, paused_until)
        values (which, under, single, veha.today(), until)
            on conflict (network, holder, method, day) do update set paused_until = greatest(q.paused_until, excluded.paused_until);
    end if;
    if why = 'token' then
        perform veha.token_weigh(array[which], '{}');
    end if;
    return extract(epoch from until - veha.now())::int;
end
$$;

-- Signing in: attempts are charged alike for everybody, refresh tokens are used once, a replay ends the family.
begin;
\o /dev/null
\i tests/sql/support/region.sql
update person set password_hash = 'hash of ' || login;
update role set second_factor = false; -- second_factor.sql tells what else a session may wait for
insert into membership (person, tenant, place, last, role)
select pg_temp.person('curator'), id, place, last, 'curator' from tenant where id = pg_temp.tenant('other');
insert into membership (person, tenant, place, last, role, ended_at)
select pg_temp.person('curator'), id, place, last, 'observer', veha.now() from tenant where id = pg_temp.tenant('third');
insert into person (login, name, password_hash, disabled_at) values ('gone', 'G', 'hash of gone', veha.now());

-- Nobody is signed in; the time is so many seconds after noon.
create function pg_temp.at(seconds numeric) returns void language sql as
$$ select veha.enter(null, null, 'test', '192.0.2.1', timestamptz '2022-11-01T12:00Z' + seconds * interval '1 s') $$;
create function pg_temp.renew(seconds numeric, presented text, successor text) returns text language plpgsql as
$$
declare
    answer jsonb;
begin
    perform pg_temp.at(seconds);
    answer := veha.session_renew(presented, successor, 12, 30);
    return coalesce(answer ->> 'refused', 'renewed');
end
$$;
create function pg_temp.end_reason(which text) returns text language sql security definer as
$$ select end_reason from veha.session where id = which::bigint $$;
select pg_temp.person('curator') as curator, pg_temp.person('gone') as gone, pg_temp.person('specialist') as specialist \gset
set local role veha_web;
select pg_temp.at(0);
\o
select plan(61);

-- Attempts.
select is(session_attempt('curator'), jsonb_build_object('wait', 0, 'person', :'curator', 'hash', 'hash of curator'), 'a person''s hash is told to the program');
select is(session_attempt(' Curator '), jsonb_build_object('wait', 0, 'person', :'curator', 'hash', 'hash of curator'), 'in any spelling of the login');
select is(session_attempt('nobody'), '{"wait": 0, "person": null, "hash": null}', 'an unknown name has none');
select is(session_attempt('gone'), '{"wait": 0, "person": null, "hash": null}', 'nor has a disabled one');
select is((select jsonb_agg(session_attempt(login) -> 'wait') from unnest('{curator,nobody}'::text[]) login, generate_series(1, 7) where login = 'curator'), '[0, 0, 0, 0, 0, 0, 0]', 'nine attempts are free');
select is(session_attempt('curator') -> 'wait', '0', 'the tenth is looked at');
select is(session_attempt('curator'), '{"wait": 1, "person": null, "hash": null}', 'then there is a pause');
select is((select jsonb_agg(session_attempt('nobody') -> 'wait') from generate_series(1, 10)), '[0, 0, 0, 0, 0, 0, 0, 0, 0, 1]', 'for a name nobody has, just the same');
select pg_temp.at(1) \g /dev/null
select is(session_attempt('curator') -> 'hash', '"hash of curator"', 'after the pause it is looked at');
select is(session_attempt('curator') -> 'wait', '2', 'the next pause is longer');
select pg_temp.at(3) \g /dev/null
select is(session_attempt('curator') -> 'wait', '0', 'and waited for');
select is(session_attempt('curator') -> 'wait', '4', 'longer again');
select is(session_attempt('specialist') -> 'wait', '0', 'others are not kept waiting');
select is((select max(sign_in_pause(n)) from generate_series(0, 100000, 7) n), interval '15 minutes', 'no pause is longer than a quarter of an hour');
select pg_temp.at(90000) \g /dev/null
select session_attempt('specialist') \g /dev/null
select pg_temp.at(90001) \g /dev/null
select is(session_attempt('curator') -> 'wait', '0', 'a day later all is forgotten');

-- Opening.
select pg_temp.at(0) \g /dev/null
select session_open(:curator, 'r1', 12) as claims \gset
select is((:'claims'::jsonb) - '{session,opened_at}'::text[],
          jsonb_build_object('state', 'open', 'person', :'curator', 'name', 'C', 'locale', 'ru', 'roles', '["curator"]'::jsonb,
                             'scope', jsonb_build_array('curator:' || least(pg_temp.tenant('agency'), pg_temp.tenant('other')),
                                                        'curator:' || greatest(pg_temp.tenant('agency'), pg_temp.tenant('other')))),
          'claims say who, with roles of now named once and their scope');
select is((:'claims'::jsonb) -> 'opened_at', to_jsonb(extract(epoch from timestamptz '2022-11-01T12:00Z')::bigint), 'and since when');
select is(caller(), :curator::bigint, 'the unit is theirs from then on');
select is((select count(*) from event where kind = 'session_opened' and person = :curator and session = ((:'claims'::jsonb) ->> 'session')::bigint and actor = 'person'), 1::bigint, 'an event tells');
select is((select address from session), '192.0.2.1', 'and the session knows the address');
select pg_temp.at(0) \g /dev/null
select is(session_open(:gone, 'r', 12), '{"refused": "sign_in_refused"}', 'a person disabled meanwhile is refused');
select is(session_open(999999, 'r', 12), '{"refused": "sign_in_refused"}', 'and so is nobody');
select is((select jsonb_agg(session_attempt('curator') -> 'wait') from generate_series(1, 10)), '[0, 0, 0, 0, 0, 0, 0, 0, 0, 0]', 'attempts are forgiven by success');

-- Renewing.
select is(pg_temp.renew(60, 'r1', 'r2'), 'renewed', 'the current token is traded');
select is(caller(), :curator::bigint, 'by its person');
select is(pg_temp.renew(61, 'r1', 'r2'), 'renewed', 'a second tab gets the same successor');
select is(pg_temp.renew(90, 'r1', 'r2'), 'renewed', 'for 30 s');
select is(pg_temp.renew(90, 'r1', 'rX'), 'refresh_refused', 'but no other successor');
select is(pg_temp.renew(90, 'nonsense', 'r2'), 'refresh_refused', 'an unknown token is refused');
select is(pg_temp.end_reason((:'claims'::jsonb) ->> 'session'), null, 'and ends nothing');
select is(pg_temp.renew(120, 'r2', 'r3'), 'renewed', 'the successor is traded in its turn');
select is(pg_temp.renew(121, 'r1', 'r2'), 'refresh_replayed', 'a token spent before the last one is a replay');
select is(pg_temp.end_reason((:'claims'::jsonb) ->> 'session'), 'replayed', 'that ends the family');
select is(pg_temp.renew(122, 'r3', 'r4'), 'refresh_refused', 'with its newest token');
select is(pg_temp.renew(122, 'r2', 'r3'), 'refresh_refused', 'and all others');
select is((select detail ->> 'why' from event where kind = 'session_ended' and session = ((:'claims'::jsonb) ->> 'session')::bigint), null, 'others do not see the event');
select veha.enter(:curator, null, null, null, null) \g /dev/null
select is((select detail ->> 'why' from event where kind = 'session_ended' and session = ((:'claims'::jsonb) ->> 'session')::bigint), 'replayed', 'the person does');

select pg_temp.at(0) \g /dev/null
select session_open(:curator, 'l1', 12) ->> 'session' as late \gset
select is(pg_temp.renew(60, 'l1', 'l2'), 'renewed', 'another session');
select is(pg_temp.renew(91, 'l1', 'l2'), 'refresh_replayed', 'after 30 s the last spent token is a replay, too');

select pg_temp.at(0) \g /dev/null
select session_open(:curator, 'i1', 12) ->> 'session' as idle \gset
select is(pg_temp.renew(1799, 'i1', 'i2'), 'renewed', 'within half an hour');
select is(pg_temp.renew(3599, 'i2', 'i3'), 'session_expired', 'half an hour of silence ends it');
select is(pg_temp.end_reason(:'idle'), 'expired', 'and it is told why');

select pg_temp.at(0) \g /dev/null
select session_open(:specialist, 'd0', 12) ->> 'session' as day \gset
select is((select array_agg(distinct pg_temp.renew(n * 1500, 'd' || (n - 1), 'd' || n)) from generate_series(1, 28) n), '{renewed}', 'a diligent person stays in for 12 hours');
select is(pg_temp.renew(43200, 'd28', 'd29'), 'session_expired', 'and no longer');

select pg_temp.at(0) \g /dev/null
select session_open(:specialist, 'x1', 12) ->> 'session' as disabled \gset
reset role;
update person set disabled_at = veha.now() where id = :specialist;
set local role veha_web;
select is(pg_temp.renew(60, 'x1', 'x2'), 'refresh_refused', 'a disabled person does not renew');
select throws_ok(format('select veha.enter(%s, %s, null, null, null)', :'specialist', :'disabled'), 'VH401', 'session_ended', 'nor goes on');

-- Ending.
select pg_temp.at(0) \g /dev/null
select session_open(:curator, 'e1', 12) ->> 'session' as ended \gset
select throws_ok(format('select veha.enter(%s, %s, null, null, null)', :'specialist', :'ended'), 'VH401', 'session_ended', 'nobody enters another''s session');
select veha.enter(:specialist, null, null, null, null) \g /dev/null
select is(session_end(), '{"session": null}', 'nor ends it');
select set_config('veha.session', :'ended', true) \g /dev/null
select is(session_end(), '{"session": null}', 'not even by its number');
select is(pg_temp.end_reason(:'ended'), null, 'it goes on');
select veha.enter(:curator, :ended, null, null, null) \g /dev/null
select is(session_end(), jsonb_build_object('session', :'ended'), 'one''s own ends');
select is(pg_temp.end_reason(:'ended'), 'signed_out', 'for that reason');
select is(session_end(), jsonb_build_object('session', :'ended'), 'twice is once');
select throws_ok(format('select veha.enter(%s, %s, null, null, null)', :'curator', :'ended'), 'VH401', 'session_ended', 'and it lets nobody in');
select veha.enter(:curator, null, null, null, null) \g /dev/null
select is(pg_temp.renew(60, 'e1', 'e2'), 'refresh_refused', 'its token is worth nothing');

-- What was answered under an Idempotency-Key is kept for a day.
select veha.enter(:curator, null, null, null, '2022-12-01T10:00Z') \g /dev/null
select veha.idempotency_begin('monday', 'step_claim') \g /dev/null
select throws_ok('select veha.idempotency_begin(''monday'', ''step_claim'')', 'VH208', 'replay', 'a key is used once');
select throws_ok('select veha.idempotency_begin(''monday'', ''step_decide'')', 'VH409', 'idempotency_key_reused', 'and for one thing');
select veha.enter(:curator, null, null, null, '2022-12-02T10:01Z') \g /dev/null
select veha.idempotency_begin('tuesday', 'step_claim') \g /dev/null
select is((select string_agg(key, ' ') from idempotency), 'tuesday', 'and forgotten when its person comes again a day later');

-- Rights.
select throws_ok('select * from sign_in_attempt', '42501', null, 'the web role does not read attempts');
select throws_ok('select refresh_hash from session', '42501', null, 'nor hashes');
reset role;
select is_empty($$select p.proname, r.rolname from pg_proc p, pg_roles r
                   where p.pronamespace = 'veha'::regnamespace and p.proname like 'session\_%'
                     and r.rolname in ('veha_verify', 'veha_operator') and has_function_privilege(r.oid, p.oid, 'execute')$$,
                'no other role opens sessions');
select * from finish();
rollback;

-- The second factor: who owes a code, what a session may do before, each code once, and who may take a factor from whom.
begin;
\o /dev/null
\i tests/sql/support/region.sql
update person set password_hash = 'hash of ' || login;
insert into person (login, name) values ('second_curator', 'C2'), ('deputy', 'D');
insert into membership (person, tenant, place, last, role)
select pg_temp.person('second_curator'), id, place, last, 'curator' from tenant where id = pg_temp.tenant('agency');
select pg_temp.person('admin') as admin, pg_temp.person('curator') as curator, pg_temp.person('specialist') as specialist, pg_temp.person('stranger') as stranger,
       pg_temp.person('observer') as observer, pg_temp.person('coordinator') as coordinator, pg_temp.person('second_curator') as second \gset

create function pg_temp.at(seconds numeric) returns void language sql as
$$ select veha.enter(null, null, 'test', '192.0.2.1', timestamptz '2022-11-01T12:00Z' + seconds * interval '1 s') $$;
/* A person in a session of theirs, at a resource that takes an unfinished one. */
create function pg_temp.within(who bigint, which text, seconds numeric default 0) returns void language sql as
$$ select veha.enter(who, which::bigint, 'test', '192.0.2.1', timestamptz '2022-11-01T12:00Z' + seconds * interval '1 s', null, true) $$;
create function pg_temp.state(which text) returns text language sql security definer as
$$ select coalesce(end_reason, state) from veha.session where id = which::bigint $$;
create function pg_temp.reset_by(login text, whose bigint) returns text language plpgsql as
$$
begin
    perform pg_temp.as(login);
    perform veha.person_factor_reset(whose, 'потерян телефон');
    return 'reset';
exception when sqlstate 'VH404' then
    return 'not there';
end
$$;
set local role veha_web;
select pg_temp.at(0);
\o
select plan(62);

-- Who owes what.
select is((select string_agg(code, ' ' order by code) from role where second_factor), 'curator region_admin', 'two roles ask for a second factor');
select session_open(:specialist, 's1', 12) as claims \gset
select is((:'claims'::jsonb) ->> 'state', 'open', 'a specialist is in by the password');
select (:'claims'::jsonb) ->> 'session' as specialist_session \gset
select pg_temp.at(0) \g /dev/null
select session_open(:curator, 'c1', 12) as claims \gset
select is((:'claims'::jsonb) ->> 'state', 'setup', 'a curator without a factor is to set it up');
select (:'claims'::jsonb) ->> 'session' as c1 \gset
select throws_ok(format('select veha.enter(%s, %s, null, null, null)', :'curator', :'c1'), 'VH403', 'factor_required', 'and does nothing else');
select throws_ok(format('select veha.enter(%s, %s, null, null, null, ''curator'')', :'curator', :'c1'), 'VH403', 'factor_required', 'whatever the token says');
select throws_ok(format('select veha.enter(%s, %s, null, null, null, ''observer'', true)', :'curator', :'c1'), 'VH401', 'token_stale', 'a token of other roles is stale');
select lives_ok(format('select veha.enter(%s, %s, null, null, null, ''curator'', true)', :'curator', :'c1'), 'what takes an unfinished session is open');
select is(security_show(), '{"login": "curator", "setup": true, "factor": {"on": false, "since": null, "required": true, "codes_left": 0}}', 'and tells what is missing');
select pg_temp.at(60) \g /dev/null
select is(pg_temp.state(session_renew('c1', 'c1b', 12, 30) ->> 'session'), 'setup', 'renewing changes nothing about it');

-- Setting it up.
select pg_temp.within(:curator, :'c1') \g /dev/null
select is(factor_wanted() ->> 'sealed', null, 'nothing is begun');
select throws_ok('select veha.factor_confirm(''sealed'', 1, ''["h1"]'')', 'VH409', 'factor_not_begun', 'and nothing can be confirmed');
select is(factor_begin('sealed'), '{"sealed": "sealed", "login": "curator"}', 'begun');
select is(factor_begin('sealed again') ->> 'sealed', 'sealed again', 'and begun anew');
select throws_ok('select veha.factor_confirm(''sealed'', 1, ''["h1"]'')', 'VH409', 'factor_not_begun', 'the first secret is forgotten');
select pg_temp.at(0) \g /dev/null
select session_open(:curator, 'c2', 12) ->> 'session' as c2 \gset
select pg_temp.within(:curator, :'c1') \g /dev/null
select is(factor_confirm('sealed again', 100, '["h1", "h2"]'), '{"on": true}', 'confirmed');
select is(pg_temp.state(:'c1'), 'open', 'the session is open');
select is(pg_temp.state(:'c2'), 'factor_set', 'another that had only the password is over');
select is(security_show() #> '{factor,codes_left}', '2', 'two recovery codes are left');
select throws_ok('select veha.factor_begin(''mine'')', 'VH409', 'factor_on', 'whoever sits at an open screen does not replace it');
select is(factor_wanted() ->> 'sealed', null, 'nor sees the secret');

-- Signing in with it.
select pg_temp.at(10) \g /dev/null
select is(session_open(:curator, 'q1', 12), '{"challenge": true}', 'now the password brings a challenge');
select is(session_renew('q1', 'q2', 12, 30) ->> 'refused', 'refresh_refused', 'which is no refresh token');
select is(factor_attempt('q0'), '{"refused": "challenge_refused"}', 'an unknown challenge is refused');
select is(factor_attempt('q1'), jsonb_build_object('wait', 0, 'person', :'curator', 'sealed', 'sealed again'), 'a known one tells the program what to look at');
select is(factor_pass('q1', 100, null, 'r1', 12), '{"refused": "code_refused"}', 'a code of the last step accepted is refused');
select is(factor_pass('q1', 99, null, 'r1', 12), '{"refused": "code_refused"}', 'and one of an earlier step');
select is(factor_pass('q1', null, null, 'r1', 12), '{"refused": "code_refused"}', 'no code at all is none');
select is(factor_pass('q1', 101, null, 'r1', 12) ->> 'state', 'open', 'the next one opens a session');
select pg_temp.at(10) \g /dev/null
select is(factor_pass('q1', 102, null, 'r2', 12), '{"refused": "challenge_refused"}', 'a challenge serves once');
select session_open(:curator, 'q3', 12) \g /dev/null
select is(factor_pass('q3', 101, null, 'r3', 12), '{"refused": "code_refused"}', 'the same code does not open a second one');
select is(factor_pass('q3', null, 'h9', 'r3', 12), '{"refused": "code_refused"}', 'nor does an unknown recovery code');
select is(factor_pass('q3', null, 'h1', 'r3', 12) -> 'recovery_used', 'true', 'a recovery code does');
select pg_temp.at(10) \g /dev/null
select session_open(:curator, 'q4', 12) \g /dev/null
select is(factor_pass('q4', null, 'h1', 'r4', 12), '{"refused": "code_refused"}', 'once');
select pg_temp.at(609) \g /dev/null
select is(factor_attempt('q4') -> 'wait', '0', 'ten minutes later it is still looked at');
select pg_temp.at(611) \g /dev/null
select is(factor_attempt('q4'), '{"refused": "challenge_refused"}', 'and then no longer');
select is(factor_pass('q4', 500, null, 'r4', 12), '{"refused": "challenge_refused"}', 'even with the right code');

-- Wrong codes count like wrong passwords.
select pg_temp.at(700) \g /dev/null
select session_attempt('curator') \g /dev/null
select session_open(:curator, 'q5', 12) \g /dev/null
select is((select count(*) from generate_series(1, 30) where (factor_attempt('q5') ->> 'wait')::int = 0) < 10, true, 'after some codes there is a pause');
select is((session_attempt('curator') ->> 'wait')::int > 0, true, 'for the password, too');
select pg_temp.at(1000) \g /dev/null
select is(factor_pass('q5', 600, null, 'r5', 12) ->> 'state', 'open', 'the right one forgives');
select pg_temp.at(1000) \g /dev/null
select is(session_attempt('curator') -> 'wait', '0', 'them all');

-- What the owner does.
select pg_temp.at(1000) \g /dev/null
select session_open(:curator, 'q6', 12) \g /dev/null
select factor_pass('q6', 700, null, 'r6', 12) ->> 'session' as c6 \gset
select pg_temp.within(:curator, :'c6', 1000) \g /dev/null
select is(recovery_renew('["n1", "n2", "n3"]'), '{"on": true}', 'new recovery codes');
select is(security_show() #> '{factor,codes_left}', '3', 'replace the old ones');
select is(password_change('new hash'), '{"changed": true}', 'a new password');
select is(pg_temp.state(:'c1') || ' ' || pg_temp.state(:'c6'), 'password_changed open', 'ends the other sessions and not this one');
select is(factor_end(), '{"on": false}', 'the authenticator is forgotten');
select is(pg_temp.state(:'c6'), 'setup', 'and a curator sets up the next before all else');
select throws_ok('select veha.recovery_renew(''["x"]'')', 'VH409', 'factor_off', 'without one there are no recovery codes');
select throws_ok('select veha.factor_end()', 'VH409', 'factor_off', 'and nothing to end');

-- Roles that come and go.
reset role;
insert into membership (person, tenant, place, last, role) select :specialist, id, place, last, 'curator' from tenant where id = pg_temp.tenant('agency');
set local role veha_web;
select throws_ok(format('select veha.enter(%s, %s, null, null, null, ''specialist'')', :'specialist', :'specialist_session'), 'VH401', 'token_stale', 'a new role makes the token stale at once');
select throws_ok(format('select veha.enter(%s, %s, null, null, null, ''curator specialist'')', :'specialist', :'specialist_session'), 'VH403', 'factor_required', 'and asks for the factor at once');
reset role;
update membership set ended_at = veha.now() where person = :specialist and role = 'curator';
set local role veha_web;
select lives_ok(format('select veha.enter(%s, %s, null, null, null, ''specialist'')', :'specialist', :'specialist_session'), 'when it goes, the session is as it was');
select throws_ok(format('select veha.enter(%s, %s, null, null, null, ''curator specialist'')', :'specialist', :'specialist_session'), 'VH401', 'token_stale', 'but not for the token of that time');

-- Who takes it from whom.
select is(pg_temp.reset_by('curator', :specialist), 'reset', 'a curator from a specialist within');
select is(pg_temp.state(:'specialist_session'), 'factor_reset', 'whose sessions end');
select is(pg_temp.reset_by('curator', :second), 'reset', 'and from an equal');
select is(pg_temp.reset_by('curator', :stranger), 'not there', 'but not outside');
select is(pg_temp.reset_by('curator', :admin), 'not there', 'nor from who stands above');
select is(pg_temp.reset_by('coordinator', :curator), 'not there', 'nor a coordinator from a curator');
select is(pg_temp.reset_by('specialist', :observer), 'not there', 'a specialist from nobody');
select is(pg_temp.reset_by('admin', 999999), 'not there', 'nobody is not there');

-- Rights.
select throws_ok('select * from factor', '42501', null, 'the web role does not read sealed secrets');
select throws_ok('select * from recovery_code', '42501', null, 'nor hashes of codes');
reset role;
select * from finish();
rollback;

-- Who is told of what, how letters come of it, and who reaches which of it; the forgotten password and the notice about personal data.
begin;
\o /dev/null
\i tests/sql/support/region.sql
select pg_temp.tenant('first') as first, pg_temp.tenant('third') as third, pg_temp.person('specialist') as specialist, pg_temp.person('stranger') as stranger,
       pg_temp.person('admin') as admin, pg_temp.person('curator') as curator \gset
update person set email = login || '@x.example' where login in ('specialist', 'admin', 'stranger');
update person set password_hash = 'old';
select account_add(:first, 'vk', 'first', 'https://vk.com/first', null);
select id as vk from account where tenant = :first \gset
create function pg_temp.told(what text) returns text language sql as
$$ select string_agg(p.login || case when n.wanted then '' else '/here' end, ' ' order by p.login) from veha.notice n join veha.outbox o on o.id = n.outbox join veha.person p on p.id = n.person where o.kind = what $$;
create function pg_temp.take() returns text language sql as
$$ select string_agg(concat_ws('/', i->>'kind', i->>'address', i->>'fence', jsonb_array_length(i->'matters')), ' ' order by (i->>'id')::int) from jsonb_array_elements(veha.letter_take('w', '1 minute', 10)->'items') i $$;
\o
select plan(62);

-- Readers.
select pg_temp.as('specialist') \g /dev/null
select step_claim(:first, 'create_vk', 'готово', null, null) \g /dev/null
select pg_temp.look(:vk, 'missing', '{"EXIST": "failed"}', '2022-11-01T11:00Z'), pg_temp.look(:vk, 'missing', '{"EXIST": "failed"}', '2022-11-01T13:00Z') \g /dev/null
select is(pg_temp.status('first', 'create_vk'), 'contradicted/account/failed', 'a look contradicts a tick');
select is(pg_temp.told('step_contradicted'), 'specialist', 'of which its specialist is told, and nobody else');
select pg_temp.look(:vk, 'missing', '{"EXIST": "failed"}', '2022-11-01T14:00Z') \g /dev/null
select is(pg_temp.told('step_contradicted'), 'specialist', 'once');
select pg_temp.as('curator', '2022-11-01T15:00Z') \g /dev/null
set session authorization veha_web;
select step_decide(:first, 'appoint', 'returned', 'нет приказа', null, null) \g /dev/null
reset session authorization;
select is(pg_temp.told('step_returned'), 'specialist', 'of a returned step its specialist is told');
select operator_message('token_refused', '{"title": "ВКонтакте"}') \g /dev/null
select is(pg_temp.told('token_refused'), 'admin', 'of a refused key whoever answers for verification of the whole region');
insert into outbox (kind, person) values ('password_changed', :curator);
select is(pg_temp.told('password_changed'), 'curator/here', 'whoever has no address is told here alone');
insert into membership (person, tenant, place, last, role) select :stranger, id, place, last, 'specialist' from tenant where id = pg_temp.tenant('agency');
insert into outbox (kind, tenant, place, detail) select 'step_returned', id, place, '{"step": "name"}' from tenant where id = pg_temp.tenant('second');
select is((select string_agg(p.login, ' ') from notice n join person p on p.id = n.person where n.outbox = (select max(id) from outbox)), 'stranger', 'a specialist of all below is one of each');
update membership set ended_at = now() where person = :stranger;
update person set disabled_at = now() where id = :stranger;
insert into outbox (kind, person) values ('password_changed', :stranger);
select is(pg_temp.told('password_changed'), 'curator/here', 'whoever is disabled is told nothing');
insert into outbox (kind, tenant, place, detail) select 'unheard_of', id, place, '{}' from tenant where id = :first;
select is(pg_temp.told('unheard_of'), null, 'what no rule names nobody is told');

-- What people reach.
insert into outbox (kind, tenant, place, detail) select 'invitation', id, place, '{"address": "new@x.example", "link": "https://secret", "name": "Н"}' from tenant where id = :first;
select pg_temp.as('specialist', '2022-11-01T15:00Z') \g /dev/null
set session authorization veha_web;
select results_eq('select kind from outbox order by id', $$values ('step_contradicted'), ('step_returned')$$, 'a specialist reads what was told to them');
select is((select count(*) from notice), 2::bigint, 'and that they were told');
select throws_ok('select * from letter', '42501', null, 'but no letter');
select throws_ok('select * from password_reset', '42501', null, 'and no link');
select throws_ok('update notice set person = caller()', '42501', null, 'nor does anybody rewrite a notice');
select throws_ok($$select letter_take('w', '1 minute', 1)$$, '42501', null, 'or take letters');
update notice set read_at = veha.now() where outbox = (select min(id) from outbox);
reset session authorization;
select is((select string_agg(coalesce(read_at::text, 'unread'), ' ' order by outbox) from notice where person = :specialist), '2022-11-01 15:00:00+00 unread', 'one is read, and nobody else''s');
select pg_temp.as('curator', '2022-11-01T15:00Z') \g /dev/null
set session authorization veha_web;
select results_eq('select kind from outbox', $$values ('password_changed')$$, 'a curator who sees the tenant sees neither what others were told nor an invitation''s link');
update notice set read_at = veha.now();
reset session authorization;
select is((select count(*) from notice where read_at is null and person = :specialist), 1::bigint, 'and reads for nobody else');

-- Letters.
set session authorization veha_notify;
select throws_ok('select * from ' || t, '42501', null, 'veha notify reads no ' || t) from unnest('{person,outbox,notice,letter,tenant}'::text[]) t;
select throws_ok('select letter_forget(1, 1)', '42501', null, 'and forgets nothing');
select veha.enter(null, null, 'notify', null, '2022-11-01T16:00Z') \g /dev/null
select is(letter_gather('15 minutes', 10), 2, 'letters come of what is unread');
select is(letter_gather('15 minutes', 10), 0, 'once');
select is(pg_temp.take(), 'invitation/new@x.example/1/0 news/admin@x.example/1/1 news/specialist@x.example/1/1', 'each to whom it concerns, one a person');
select is(pg_temp.take(), null, 'and are leased');
select veha.enter(null, null, 'notify', null, '2022-11-01T16:02Z') \g /dev/null
select is(pg_temp.take(), 'invitation/new@x.example/2/0 news/admin@x.example/2/1 news/specialist@x.example/2/1', 'when the lease is over others take them');
reset session authorization;
select id as letter from letter where person = :specialist \gset
select id as other from letter where person = :admin \gset
select id as invitation from letter where kind = 'invitation' \gset
set session authorization veha_notify;
select is(letter_end(:letter, 1, 'sent', null, 10), null, 'who lost the lease changes nothing');
select is(letter_end(:letter, 2, 'sent', null, 10)->>'outcome', 'sent', 'who has it does');
select is(letter_end(:letter, 2, 'failed', 'x', 10), null, 'once');
select is(letter_end(:other, 2, 'failed', '451 later', 10)->>'outcome', null, 'what failed waits');
select is(pg_temp.take(), null, 'for a time');
select veha.enter(null, null, 'notify', null, '2022-11-01T16:07Z') \g /dev/null
select is(pg_temp.take(), 'invitation/new@x.example/3/0 news/admin@x.example/3/1', 'and is tried again');
select is(letter_end(:other, 3, 'failed', '451 never', 3)->>'outcome', 'given_up', 'until it was enough');
select is(letter_end(:invitation, 3, 'refused', '550 nobody', 10)->>'outcome', 'refused', 'a no for good ends it');
reset session authorization;
select is((select string_agg(outcome || coalesce('/' || reason, ''), ' ' order by id) from letter), 'refused/550 nobody given_up/451 never sent', 'with the reason');
select is((select detail from outbox where kind = 'invitation'), '{"name": "Н", "address": "new@x.example"}', 'a link that was told, or never will be, is gone');
select is((select count(sent_at) from outbox), 1::bigint, 'what was sent is known by it');
select pg_temp.as('admin', '2022-11-01T16:10Z') \g /dev/null
select is((select string_agg(concat_ws('/', t->>'code', t->>'count', t->>'said'), ' ') from jsonb_array_elements(verification_document()->'troubles') t where t->>'code' like 'letters%'),
          'letters_lost/2/451 never', 'those who run it are told');
select is((select string_agg(letter_pause(n)::text, ' ' order by n) from generate_series(1, 7) n), '00:01:00 00:04:00 00:16:00 01:04:00 04:00:00 04:00:00 04:00:00', 'pauses grow');

-- One letter a person in so long.
insert into outbox (kind, person) values ('password_changed', :specialist), ('password_changed', :specialist);
set session authorization veha_notify;
select veha.enter(null, null, 'notify', null, '2022-11-01T16:10Z') \g /dev/null
select is(letter_gather('15 minutes', 10), 0, 'the next waits until the pause is over');
select veha.enter(null, null, 'notify', null, '2022-11-01T16:16Z') \g /dev/null
select is(letter_gather('15 minutes', 10) || ' ' || pg_temp.take(), '1 news/specialist@x.example/1/2', 'and tells all that came meanwhile');
reset session authorization;

-- A forgotten password.
select pg_temp.as('admin', '2022-11-01T17:00Z') \g /dev/null
insert into session (person, refresh_hash) values (:admin, 'r1'), (:admin, 'r2'), (:specialist, 'r3');
insert into sign_in_challenge (hash, person) values ('c', :admin);
set session authorization veha_web;
select veha.enter(null, null, 'test', '192.0.2.1', '2022-11-01T17:00Z') \g /dev/null
select is(password_reset_ask(' Admin ', 'h1', 's1'), '{"wait": 0}', 'whoever is named');
select is(password_reset_ask('nobody', 'h2', 's2'), '{"wait": 0}', 'and whoever is not');
select throws_ok($$select password_reset_show('h1')$$, 'VH404', 'password_reset_over', 'a link is good when its letter was written');
set session authorization veha_notify;
select is(letter_gather('15 minutes', 10), 2, 'both are looked at');
reset session authorization;
select is((select string_agg(concat_ws('/', token_hash, seed, person = :admin), ' ' order by token_hash) from password_reset), 'h1/s1/t h2', 'one is somebody');
set session authorization veha_web;
select veha.enter(null, null, 'test', '192.0.2.1', '2022-11-01T18:00Z') \g /dev/null
select throws_ok($$select password_reset_show('h1')$$, 'VH404', 'password_reset_over', 'after an hour it is none');
reset session authorization;
update person set disabled_at = veha.now() where id = :admin;
set session authorization veha_web;
select veha.enter(null, null, 'test', '192.0.2.1', '2022-11-01T17:59:59Z') \g /dev/null
select throws_ok($$select password_reset_show('h1')$$, 'VH404', 'password_reset_over', 'nor is it for whom nobody lets in');
reset session authorization;
update person set disabled_at = null where id = :admin;
set session authorization veha_web;
select is(password_reset_show('h1'), '{"login": "admin"}', 'who may choose a password');
select is(password_reset_use('h1', 'new'), format('{"person": "%s"}', :admin)::jsonb, 'and does');
select throws_ok($$select password_reset_use('h1', 'newer')$$, 'VH404', 'password_reset_over', 'once');
reset session authorization;
select is((select count(*) from sign_in_challenge where person = :admin), 0::bigint, 'no code follows the password that was');
select is((select password_hash from person where id = :admin), 'new', 'it is kept');
select is((select string_agg(refresh_hash, ' ') from session where ended_at is null), 'r3', 'all sessions of the person have ended, and no others');

-- The notice about personal data.
delete from acknowledgement where person = :specialist;
select id as open from session where ended_at is null \gset
insert into acknowledgement (person, version) values (:specialist, privacy_version() - 1); -- another notice
set session authorization veha_web;
select throws_ok(format('select enter(%s, %s, null, null, null)', :specialist, :open), 'VH403', 'privacy_unread', 'whoever has not read it gets no further');
select lives_ok(format('select enter(%s, %s, null, null, null, null, false, null, true)', :specialist, :open), 'but to it');
select is(privacy_accept(1), 1, 'is read');
select lives_ok(format('select enter(%s, %s, null, null, null)', :specialist, :open), 'and asked no more');
select throws_ok(format('insert into acknowledgement (person, version) values (%s, 2)', :curator), '42501', null, 'nobody says so for others');
reset session authorization;
select * from finish();
rollback;

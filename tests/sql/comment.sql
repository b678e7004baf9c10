-- What an organisation and those above it write to each other: who is told, what can be taken back, and what nobody reaches.
begin;
\o /dev/null
\i tests/sql/support/region.sql
select account_add(pg_temp.tenant('first'), 'vk', 'first', 'https://vk.com/first', null);
select pg_temp.tenant('first') as first, pg_temp.person('curator') as curator \gset
create function pg_temp.told() returns text language sql as
$$ select o.kind || ': ' || string_agg(p.login, ' ' order by p.login) from veha.outbox o join veha.notice n on n.outbox = o.id join veha.person p on p.id = n.person
    where o.id = (select max(id) from veha.outbox) group by o.kind $$;
create function pg_temp.last() returns text language sql as
$$ select concat_ws('/', step, own, coalesce(words, '-'), case when taken_at is null then 'stands' else 'taken' end) from veha.comment order by id desc limit 1 $$;
\o
select plan(32);

select pg_temp.as('specialist') \g /dev/null
set session authorization veha_web;
select is(step_comment(:first, 'appoint', 'где бланк?', null), 'appoint', 'a specialist asks');
reset session authorization;
select is(pg_temp.last(), 'appoint/t/где бланк?/stands', 'for the organisation');
select is(pg_temp.told(), 'comment_asked: coordinator curator', 'of which curators and coordinators above it are told');
select is((select concat_ws('/', kind, reason, detail->>'comment') from event where step = 'appoint' order by id desc limit 1),
          'step_commented/' || (select max(id) from comment), 'an event names the comment and keeps none of its words');
select is((select revision from step_state where tenant = :first and step = 'appoint'), 1, 'the step stays as it was');

select pg_temp.as('curator') \g /dev/null
set session authorization veha_web;
select lives_ok(format('select step_comment(%s, ''appoint'', ''на сайте'', null)', :first), 'a curator answers');
reset session authorization;
select is(pg_temp.last(), 'appoint/f/на сайте/stands', 'for those above');
select is(pg_temp.told(), 'comment_answered: specialist', 'of which the specialists are told');

select pg_temp.as('coordinator') \g /dev/null
set session authorization veha_web;
select lives_ok(format('select step_comment(%s, ''appoint'', ''и у меня'', null)', :first), 'so does a coordinator');
reset session authorization;
select is(pg_temp.told(), 'comment_answered: specialist', 'who tells the other side alone');

insert into membership (person, tenant, place, last, role) select :curator, id, place, last, 'specialist' from tenant where id = :first;
select pg_temp.as('curator') \g /dev/null
set session authorization veha_web;
select lives_ok(format('select step_comment(%s, ''appoint'', ''сам себе'', null)', :first), 'who works on both sides writes for the organisation');
reset session authorization;
select is(pg_temp.told(), 'comment_asked: coordinator', 'and is not told of the own words');
update membership set ended_at = veha.now() where person = :curator and role = 'specialist';

-- Who may not.
select pg_temp.as('observer') \g /dev/null
set session authorization veha_web;
select throws_ok(format('select step_comment(%s, ''appoint'', ''x'', null)', :first), 'VH403', 'forbidden', 'an observer writes nothing');
select is((select count(*) from comment), 4::bigint, 'but reads');
select pg_temp.as('stranger') \g /dev/null
select throws_ok(format('select step_comment(%s, ''appoint'', ''x'', null)', :first), 'VH404', 'not_found', 'to a stranger the step is not there');
select is((select count(*) from comment), 0::bigint, 'nor what was written of it');
select pg_temp.as('specialist') \g /dev/null
select throws_ok(format('select step_comment(%s, ''appoint'', ''x'', 99)', :first), 'VH412', 'stale', 'what answers another version is refused');
select throws_ok(format('select step_comment(%s, ''create_telegram'', ''x'', null)', :first), 'VH409', 'step_not_applicable', 'of a step that is not asked for nothing is written');
select throws_ok(format('select step_comment(%s, ''appoint'', '''', null)', :first), '23514', null, 'nor is nothing');
select throws_ok('update comment set at = veha.now()', '42501', null, 'nobody rewrites when something was said');
select throws_ok('update comment set words = ''другое'', person = 1', '42501', null, 'or by whom');
select throws_ok('delete from comment', '42501', null, 'or deletes it');

-- Taken back.
select id as mine from comment where words = 'где бланк?' \gset
select id as theirs from comment where words = 'на сайте' \gset
select throws_ok(format('select comment_withdraw(%s, ''appoint'', %s, null)', :first, :theirs), 'VH404', 'not_found', 'another''s comment is not taken back');
select throws_ok(format('select comment_withdraw(%s, ''train'', %s, null)', :first, :mine), 'VH404', 'not_found', 'nor one of another step');
select comment_untell(:first, :theirs) \g /dev/null
select lives_ok(format('select comment_withdraw(%s, ''appoint'', %s, null)', :first, :mine), 'the own is');
select is((select concat_ws('/', coalesce(words, '-'), taken_at is not null) from comment where id = :mine), '-/t', 'its words are gone');
select throws_ok(format('select comment_withdraw(%s, ''appoint'', %s, null)', :first, :mine), 'VH404', 'not_found', 'once');
reset session authorization;
select is((select count(*) from notice n join outbox o on o.id = n.outbox where (o.detail->>'comment')::bigint = :mine and n.read_at is null), 0::bigint, 'nobody is told of it any more');
select is((select count(*) from notice n join outbox o on o.id = n.outbox where (o.detail->>'comment')::bigint = :theirs and n.read_at is null), 1::bigint, 'of the others they are');
select is((select notice_document(o)->>'reason' from outbox o where (o.detail->>'comment')::bigint = :mine), null, 'and a message that is read later tells no words');

-- The last moment.
select pg_temp.as('curator', '2022-11-01T10:10:00Z') \g /dev/null
set session authorization veha_web;
select throws_ok(format('select comment_withdraw(%s, ''appoint'', %s, null)', :first, :theirs), 'VH409', 'comment_stands', 'after ten minutes it stands');
select pg_temp.as('curator', '2022-11-01T10:09:59Z') \g /dev/null
select lives_ok(format('select comment_withdraw(%s, ''appoint'', %s, null)', :first, :theirs), 'before it does not');
reset session authorization;
select * from finish();
rollback;

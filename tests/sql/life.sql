-- A tenant's life: renamed, moved, merged, closed, reopened, mended; nothing lost, history still true.
begin;
\o /dev/null
\i tests/sql/support/region.sql
select account_add(pg_temp.tenant('first'), 'vk', 'shared', 'https://vk.com/shared', null);
select pg_temp.tenant('first') as first, pg_temp.tenant('second') as second, pg_temp.tenant('third') as third,
       pg_temp.tenant('agency') as agency, pg_temp.tenant('other') as other \gset
select pg_temp.as('specialist');
select step_claim(:first, 'appoint', 'n', null, null);
select pg_temp.as('admin', '2022-11-02T10:00Z');
\o
select plan(39);

select throws_ok(format('select tenant_rename(%s, ''Новое имя'', ''НИ'', ''переименовали'', 77)', :first), 'VH412', 'stale', 'a stale version is refused');
select lives_ok(format('select tenant_rename(%s, ''Новое имя'', ''НИ'', ''переименовали'', (select version from tenant where id = %1$s))', :first), 'renamed');
select is((select name from tenant_history where tenant = :first and valid @> timestamptz '2022-11-01T12:00Z'), 'first', 'the old name is true of its time');
select is((select name from tenant_history where tenant = :first and upper_inf(valid)), 'Новое имя', 'the new one of now');
select is((select reason from event where tenant = :first and kind = 'tenant_renamed'), 'переименовали', 'with a reason');
select results_eq(format('select tenant from directory where words like ''%%новое имя%%'''), format('values (%s::bigint)', :first), 'search finds the new name');

select is((select place between (select place from tenant where id = :agency) and (select last from tenant where id = :agency) from tenant where id = :first), true, 'it lies below the agency');
select pg_temp.as('admin', '2022-11-03T10:00Z') \g /dev/null
select lives_ok(format('select tenant_move(%s, %s, ''передали'', null)', :first, :other), 'moved');
select is((select place between (select place from tenant where id = :other) and (select last from tenant where id = :other) from tenant where id = :first), true, 'it lies below the other parent');
select is((select count(distinct place) from (select place from tenant where id = :first union all select place from account where tenant = :first
           union all select place from claim where tenant = :first union all select place from step_state where tenant = :first
           union all select place from event where tenant = :first union all select place from membership where tenant = :first) x), 1::bigint,
          'and everything of it moved along');
select is((select parent from tenant_history where tenant = :first and valid @> timestamptz '2022-11-02T12:00Z'), :agency::bigint, 'where it was is remembered');
select throws_ok(format('select tenant_move(%s, %s, ''r'', null)', :other, :first), 'VH409', 'tree_loop', 'a parent cannot go below its child');
select throws_ok(format('select tenant_move(%s, 999999, ''r'', null)', :first), 'VH422', 'parent_unknown', 'nor anything below nothing');
select lives_ok(format('select tenant_move(%s, %s, ''переподчинили'', null)', :other, :agency), 'a subtree moves as a whole');
select is((select bool_and(c.place > p.place and c.last <= p.last) from tenant c join tenant p on p.id = c.parent), true, 'each interval lies in its parent''s');
select is((select count(*) from tenant a join tenant b on a.id < b.id and a.parent = b.parent and a.place <= b.last and b.place <= a.last), 0::bigint, 'siblings do not overlap');
select tenant_renumber(null, 0) \g /dev/null
select is((select bool_and(c.place > p.place and c.last <= p.last) from tenant c join tenant p on p.id = c.parent), true, 'numbering anew keeps the tree');

-- Who has no room left moves into a wider place, and nobody beside it does; when the region has none, all are numbered anew.
create temp view astray as
    select c.id from tenant c join tenant p on p.id = c.parent where c.place <= p.place or c.last > p.last
    union all
    select a.id from tenant a join tenant b on a.id < b.id and a.parent = b.parent and a.place <= b.last and b.place <= a.last;
update tenant set last = (select max(last) from tenant where parent = :other) where id = :other;
create temp table before as select t.id, t.place, t.last - t.place as width, t.place between o.place and o.last as inside from tenant t join tenant o on o.id = :other;
select lives_ok(format('select tenant_add(%s, ''organisation'', ''one more'', null, null, null)', :other), 'one more below a full parent');
select is_empty('select t.id from tenant t join before b on b.id = t.id where t.place <> b.place and not b.inside', 'nobody beside it moved');
select is_empty('select * from astray', 'the tree is whole');
select cmp_ok((select last - place from tenant where id = :other), '>', 2 * (select width from before where id = :other), 'and there is room for as many again');
update tenant set last = (select max(last) from tenant where parent is not null) where parent is null;
update tenant set last = (select max(last) from tenant where parent = :other) where id = :other;
select lives_ok(format('select tenant_add(%s, ''organisation'', ''and one more'', null, null, null)', :other), 'one more where the region is full, too');
select is_empty('select * from astray', 'the tree is whole again');

-- Two tenants name one account.
select is((select contested from account where tenant = :first), false, 'an account of one is not contested');
select account_add(:third, 'vk', 'shared', 'https://vk.com/shared', 'vk.com/shared') \g /dev/null
select is((select bool_and(contested) from account where address = 'shared'), true, 'named by two, both learn it');
select is_empty(format('select * from event where tenant = %s and detail::text like ''%%%s%%''', :first, 'third'), 'neither learns by whom');
select account_remove(:third, (select id from account where tenant = :third), 'ошибка', null) \g /dev/null
select is((select contested from account where tenant = :first), false, 'and when one lets go, it is over');

-- Numbers.
select throws_ok(format('select tenant_mend(%s, null, ''1026901949051'', ''r'', null)', :first), 'VH409', 'ogrn_taken', 'an ОГРН in use is refused');
select lives_ok(format('select tenant_mend(%s, ''6916009122'', ''1072801007586'', ''опечатка'', null)', :first), 'mended');

-- Merge, close, reopen.
select account_add(:second, 'telegram', 'second', 'https://t.me/second', null) \g /dev/null
select pg_temp.as('admin', '2022-11-04T10:00Z') \g /dev/null
select lives_ok(format('select tenant_merge(%s, %s, ''объединили'', null)', :second, :first), 'merged');
select is((select merged_into from tenant where id = :second), :first::bigint, 'it points to its successor');
select results_eq(format('select network || address from account where tenant = %s and upper_inf(valid) order by 1', :first), $$values ('telegramsecond'), ('vkshared')$$, 'accounts went over');
select is((select count(*) from account where tenant = :second), 1::bigint, 'and what it had is still known of it');
select is_empty(format('select * from event where tenant in (%s, %s) and at = veha.now() and kind in (''account_contested'', ''account_settled'')', :first, :second), 'nobody contested them on their way');
select throws_ok(format('select tenant_close(%s, ''r'', null)', :agency), 'VH409', 'tenant_has_children', 'a parent of living ones cannot be closed');
select throws_ok(format('select tenant_close(%s, ''r'', null)', :second), 'VH409', 'tenant_closed', 'nor a closed one again');
select lives_ok(format('select tenant_reopen(%s, ''ошибка'', null)', :second), 'reopened');
select is((select array_agg(kind order by id) from event where tenant = :second and kind like 'tenant%'), '{tenant_added,tenant_merged,tenant_reopened}'::text[], 'the story is told in order');

-- A curator who sees an agency and nothing above it adds what takes no more room than anybody's.
select pg_temp.as('curator', '2022-11-05T10:00Z') \g /dev/null
set local role veha_web;
select tenant_create(:agency, 'organisation', 'fourth', null, null, null) \g /dev/null
reset role;
select is((select last - place from tenant where name = 'fourth'), tenant_slack(2), 'an organisation is as wide whoever adds it');
select * from finish();
rollback;

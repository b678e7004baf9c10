-- What becomes of a register's rows in the database: found again, added, moved, changed, never removed; nothing of it is the web's to do.
begin;
\o /dev/null
\i tests/sql/support/region.sql
update tenant set participates = true;
select pg_temp.tenant('first') as first, pg_temp.tenant('agency') as agency, pg_temp.tenant('other') as other, id as region from tenant where kind = 'region' \gset
create function pg_temp.run(variadic rows text[]) returns jsonb language sql as
$$ select veha.import_rows(jsonb_build_array((select jsonb_agg(('{"accounts": [], "detail": {}}'::jsonb || r::jsonb)) from unnest(rows) r)), true) $$;
create function pg_temp.counts(result jsonb) returns text language sql as
$$ select concat_ws('/', result->>'added', result->>'changed', result->>'unchanged') $$;
create function pg_temp.codes(result jsonb) returns text language sql as
$$ select string_agg(concat_ws(' ', e->>'line', e->>'column', e->>'code'), ', ' order by n) from jsonb_array_elements(result->'errors') with ordinality x (e, n) $$;
create function pg_temp.state() returns text language sql as
$$ select concat_ws('/', (select count(*) from veha.event), (select sum(version) from veha.tenant), (select count(*) from veha.account), (select count(*) from veha.tenant_history)) $$;
-- From here on without a caller.
select veha.enter(null, null, 'import', null, '2022-11-05T10:00Z');
\o
select plan(49);

set local session authorization veha_operator;
set local search_path = veha, public;

-- Added, and found again by each of the ways.
select is(pg_temp.counts(pg_temp.run('{"line": 2, "name": "Школа", "ogrn": "1025700696383", "inn": "5720010403", "founder_name": "Управление", "founder_kind": "municipality",
    "category": "активный", "spheres": ["Школы"], "accounts": [{"network": "vk", "address": "club1", "url": "https://vk.com/club1", "spelling": "vk.com/public1"}],
    "detail": {"phone": "1"}}')), '1/0/0', 'a new organisation is added');
select is((select p.name || ' ' || p.kind || ' ' || p.participates from tenant t join tenant p on p.id = t.parent where t.ogrn = '1025700696383'), 'Управление municipality false',
          'its founder is known as no more than that');
select is((select category || spheres::text from tenant where ogrn = '1025700696383'), 'активный{Школы}', 'category and spheres come along');
select is((select source || ' ' || spelling from account where address = 'club1'), 'register vk.com/public1', 'the account remembers the register and its spelling');
select is((select branch from tenant_roadmap r join tenant t on t.id = r.tenant where t.ogrn = '1025700696383' and upper_inf(r.valid)), 'keep', 'who has a page keeps it');
select is((select actor from event where kind = 'tenant_added' order by id desc limit 1), 'operator', 'the operator did it');
select pg_temp.state() as before \gset
select is(pg_temp.counts(pg_temp.run('{"line": 2, "name": "Школа", "ogrn": "1025700696383", "founder_name": "«УПРАВЛЕНИЕ»", "accounts": [{"network": "vk", "address": "club1", "url": "u"}],
    "detail": {"phone": "1"}}')), '0/0/1', 'found again by its ОГРН; what is not said is left alone');
select is(pg_temp.counts(pg_temp.run('{"line": 2, "name": "Школа", "inn": "5720010403", "detail": {"phone": "1"}}')), '0/0/1', 'and by its ИНН');
select is(pg_temp.state(), :'before', 'neither left a trace');

-- Changed.
select is(pg_temp.counts(pg_temp.run('{"line": 2, "name": "Гимназия", "ogrn": "1025700696383", "short_name": "Г", "detail": {"phone": "1"}}')), '0/1/0', 'another name is a change');
select is((select detail::text from event where kind = 'tenant_updated' order by id desc limit 1),
          '{"name": {"to": "Гимназия", "from": "Школа"}, "short_name": {"to": "Г", "from": null}}', 'told with what was before');
select is(pg_temp.counts(pg_temp.run('{"line": 2, "name": "Гимназия", "ogrn": "1025700696383", "detail": {"phone": "2"}}')), '0/1/0', 'another telephone, too');
select is((select detail->>'phone' from register_entry e join tenant t on t.id = e.tenant where t.ogrn = '1025700696383'), '2', 'and is kept');
select is(pg_temp.counts(pg_temp.run('{"line": 2, "name": "Гимназия", "ogrn": "1025700696383", "founder_name": "agency", "detail": {"phone": "2"}}')), '0/1/0', 'another founder moves it');
select is((select parent from tenant where ogrn = '1025700696383'), :agency::bigint, 'below that founder');
select is((select version from tenant where ogrn = '1025700696383'),
          (select count(*) + 1 from event e join tenant t on t.id = e.tenant where t.ogrn = '1025700696383' and e.kind in ('tenant_updated', 'tenant_moved'))::int + 1,
          'each change is one version');

-- Exempt by a ground, and by another one.
select is(pg_temp.counts(pg_temp.run('{"line": 2, "name": "first", "ogrn": "1026901606610", "ground": "Ликвидация"}')), '0/1/0', 'a ground is a change');
select is((select branch from tenant_roadmap where tenant = :first and upper_inf(valid)), 'exempt', 'that leads to the third branch');
select is(pg_temp.counts(pg_temp.run('{"line": 2, "name": "first", "ogrn": "1026901606610", "ground": "Ликвидация"}')), '0/0/1', 'once');
select is(pg_temp.counts(pg_temp.run('{"line": 2, "name": "first", "ogrn": "1026901606610"}')), '0/0/1', 'a register without it takes nothing back');
select is(pg_temp.counts(pg_temp.run('{"line": 2, "name": "first", "ogrn": "1026901606610", "ground": "Приказ № 1"}')), '0/1/0', 'another ground');
select is((select string_agg(ground, ', ' order by id) from exemption where tenant = :first), 'Ликвидация, Приказ № 1', 'follows the one before');
select is((select ground from exemption where tenant = :first and upper_inf(valid)), 'Приказ № 1', 'in its place');

-- Founders.
select is(pg_temp.codes(pg_temp.run('{"line": 7, "name": "Сад", "ogrn": "1026600707000", "founder_ogrn": "1025201638329"}')), '7 founder parent_unknown', 'a number nobody has is no founder');
select is(pg_temp.counts(pg_temp.run('{"line": 2, "name": "Сад", "ogrn": "1026600707000", "founder_ogrn": "1025201638329", "founder_name": "Округ", "founder_kind": "municipality"}')), '1/0/0',
          'with a name it is one');
select is((select ogrn from tenant where name = 'Округ'), '1025201638329', 'that keeps its number');
select is(pg_temp.run('{"line": 2, "name": "Округ", "ogrn": "1025201638329"}')->'founders', '[]', 'its own row');
select is((select participates from tenant where name = 'Округ'), true, 'makes it take part');
select is(pg_temp.codes(pg_temp.run('{"line": 3, "name": "Округ", "ogrn": "1025201638329", "founder_ogrn": "1026600707000"}')), '3 founder parent_loop', 'nobody stands below the own child');
select is(pg_temp.counts(pg_temp.run('{"line": 2, "name": "В области", "ogrn": "1026901949095", "founder_name": "пробная ОБЛАСТЬ"}')), '1/0/0', 'the region itself can be a founder');
select is((select parent from tenant where name = 'В области'), :region::bigint, 'by its name');

-- Who cannot be told apart, or is gone.
select is(pg_temp.codes(pg_temp.run('{"line": 4, "name": "Чужая", "ogrn": "1022800709634", "inn": "5720010403"}')), '4 inn inn_taken', 'a tax number of another organisation');
select is(pg_temp.counts(pg_temp.run('{"line": 2, "name": "Филиал", "founder_name": "other"}', '{"line": 3, "name": "Филиал", "founder_name": "agency"}')), '2/0/0',
          'branches of one name below two founders are two');
select is(pg_temp.counts(pg_temp.run('{"line": 2, "name": "ФИЛИАЛ", "founder_name": "Other"}')), '0/1/0', 'each found by founder and name');
select pg_temp.run('{"line": 2, "name": "Филиал", "founder_name": "other", "detail": {"phone": "1"}}', '{"line": 3, "name": "филиал", "founder_ogrn": null, "founder_name": "«other»", "detail": {"phone": "2"}}') as result \gset
select is(pg_temp.codes(:'result'), '3 name tenant_repeated', 'two rows of one file for one tenant: the later one is told');
select is((select detail->>'phone' from register_entry e join tenant t on t.id = e.tenant where t.name = 'Филиал' and t.parent = pg_temp.tenant('other')), '1', 'and changes nothing');
select is(pg_temp.counts(pg_temp.run('{"line": 2, "name": "second", "ogrn": "1026901949051"}')), '0/1/0', 'an organisation made by hand becomes one of the register');
select tenant_close(pg_temp.tenant('second'), 'ликвидирована', null) \g /dev/null
select is(pg_temp.codes(pg_temp.run('{"line": 5, "name": "second", "ogrn": "1026901949051"}')), '5 ogrn tenant_closed', 'once closed it stays closed');
select is(pg_temp.codes(pg_temp.run('{"line": 6, "name": "Новая", "ogrn": "1022800709645", "founder_ogrn": "1026901949051"}')), '6 founder parent_closed', 'and founds nothing');

-- Who was merged into another is not made anew.
select pg_temp.run('{"line": 2, "name": "Клуб", "founder_name": "Минобр"}', '{"line": 3, "name": "Музей", "founder_name": "Министерство образования", "founder_ogrn": "1022800709711"}') \g /dev/null
select tenant_merge((select id from tenant where name = 'Минобр'), (select id from tenant where name = 'Министерство образования'), 'одно и то же', null) \g /dev/null
select is(pg_temp.counts(pg_temp.run('{"line": 2, "name": "Клуб", "founder_name": "минобр"}')), '0/0/1', 'what stood below a founder that was merged stays where it is');
select is((select p.name from tenant t join tenant p on p.id = t.parent where t.name = 'Клуб'), 'Министерство образования', 'below the one it was merged into');
select is((select count(*) from tenant where fold(name) = 'минобр'), 1::bigint, 'and no founder comes back');
select tenant_merge((select id from tenant where name = 'Клуб'), (select id from tenant where name = 'Музей'), 'одно и то же', null) \g /dev/null
select is(pg_temp.codes(pg_temp.run('{"line": 2, "name": "Клуб", "founder_name": "минобр"}')), '2 name tenant_merged', 'neither does an organisation without numbers');

-- An account of two rows is told to who brings them.
select pg_temp.run('{"line": 2, "name": "Музей", "founder_name": "минобр", "accounts": [{"network": "vk", "address": "club5", "url": "https://vk.com/club5"}]}',
                   '{"line": 3, "name": "Парк", "founder_name": "минобр", "accounts": [{"network": "vk", "address": "club5", "url": "https://vk.com/club5"}]}') as result \gset
select is((select string_agg(concat_ws(' ', n->>'line', n->>'column', n->>'code', n->>'value'), ', ') from jsonb_array_elements(:'result'::jsonb->'notices') n),
          '2 vk account_contested https://vk.com/club5, 3 vk account_contested https://vk.com/club5', 'of both rows');
select is((select string_agg(t.name, ' ' order by t.name) from account a join tenant t on t.id = a.tenant where a.address = 'club5' and a.contested), 'Музей Парк', 'and both accounts are contested');

-- A trial keeps nothing; batches stand on those before them.
select pg_temp.state() as before \gset
select is(import_rows('[[{"line": 2, "name": "А", "ogrn": "1022800709656", "accounts": [], "detail": {}}],
                        [{"line": 3, "name": "Б", "ogrn": "1022800709689", "founder_ogrn": "1022800709656", "accounts": [], "detail": {}}]]', false)->>'added', '1', 'the last batch is told of');
select is(pg_temp.state(), :'before', 'and nothing was kept');

-- Not for others.
reset session authorization;
set local role veha_web;
select pg_temp.as('admin') \g /dev/null
select throws_ok($$select veha.import_rows('[[{"line": 2, "name": "Х", "ogrn": "1022800709700", "accounts": [], "detail": {}}]]', true)$$, '42501', null,
                 'the web role brings no register in, whoever asks');
select is((select count(*) from veha.register_entry), (select count(*) from veha.register_entry e join veha.tenant t on t.id = e.tenant), 'what a register says is read by place');
reset role;
select * from finish();
rollback;

-- What every table, view and function must be, whoever writes the next one.
begin;
select plan(10);

-- Tables that belong to no tenant, each with its reason.
create temp table common (name text, reason text);
insert into common values
    ('role', 'the list of roles'), ('capability', 'the list of capabilities'), ('role_capability', 'the one source of what a role may do'),
    ('region', 'one row of settings'), ('directory', 'public identity for search; trigram operators are not leakproof'),
    ('network', 'published files'), ('network_check', 'published files'), ('rubric', 'published files'), ('roadmap', 'published files'), ('roadmap_step', 'published files'),
    ('network_tally', 'how looks at a network fared, without a row security of web: it may not read it'), ('network_state', 'what is wrong with a network as a whole'),
    ('worker', 'processes, not tenants'), ('verification_state', 'one row: the alarm'),
    ('budget', 'how often networks may be asked; no tenant''s data'), ('quota', 'what was used of a day''s'),
    ('verdict_count', 'verdicts of the whole region, counted; read through reliability() alone'),
    ('migration', 'what was applied');
-- Tables that belong to a person; guarded by policies, not by place.
create temp table personal (name text);
insert into personal values ('person'), ('session'), ('session_spent'), ('sign_in_attempt'), ('idempotency');

create temp view tenant_table as
select c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity
  from pg_class c
 where c.relnamespace = 'veha'::regnamespace and c.relkind in ('r', 'p')
   and c.relname not in (select name from common) and c.relname not in (select name from personal);

select is_empty('select relname from tenant_table where not (relrowsecurity and relforcerowsecurity)',
                'every tenant table has row security, forced');
select is_empty($$select name from personal where not (select relrowsecurity and relforcerowsecurity from pg_class where oid = ('veha.' || name)::regclass)$$,
                'and so has every personal one');
select is_empty($$select relname from tenant_table t
                   where not exists (select from pg_policy p where p.polrelid = t.oid and p.polroles = array['veha_owner'::regrole::oid])$$,
                'each has a policy of its owner');
select is_empty($$select relname from tenant_table t
                   where not exists (select from pg_policies p where p.schemaname = 'veha' and p.tablename = t.relname and p.roles = '{veha_web}'
                                        and p.cmd = 'SELECT' and p.qual like '%place <@%scope(%')$$,
                'and one of reading by place');
select is_empty($$select relname from tenant_table t
                   where t.relname <> 'tenant'
                     and not exists (select from pg_constraint k
                                      where k.conrelid = t.oid and k.contype = 'f' and k.confrelid = 'veha.tenant'::regclass and k.confupdtype = 'c'
                                        and (select array_agg(a.attname::text order by x.n) from unnest(k.conkey) with ordinality x (attnum, n)
                                               join pg_attribute a on a.attrelid = t.oid and a.attnum = x.attnum) [1:2] = '{tenant,place}')$$,
                'each follows its tenant''s place');
select is_empty($$select relname from tenant_table t
                   where t.relname not in ('tenant', 'event', 'outbox')
                     and not exists (select from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
                                      where i.indrelid = t.oid and i.indisprimary and a.attname = 'tenant')$$,
                'the tenant''s key leads every primary key (events and messages may belong to nobody)');
select is_empty($$select relname from pg_class where relnamespace = 'veha'::regnamespace and relkind in ('v', 'm')
                   and not coalesce(reloptions @> '{security_invoker=true}', false)$$,
                'views ask as their caller; there are no materialised ones');
select is_empty($$select proname from pg_proc where pronamespace = 'veha'::regnamespace and prosecdef
                   and not coalesce(proconfig::text like '%search_path=veha, pg_temp%', false)$$,
                'a function of the owner''s rights pins its search path');
select is_empty($$select table_name, privilege_type, grantee from information_schema.role_table_grants
                   where table_schema = 'veha' and grantee in ('veha_web', 'veha_verify', 'veha_operator', 'PUBLIC')
                     and privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER')$$,
                'nobody may truncate, refer or hang triggers');
select is_empty($$select rolname from pg_roles where rolname like 'veha\_%' and (rolsuper or rolbypassrls or rolcreatedb or rolcreaterole)$$,
                'no role of the program is above the rules');
select * from finish();
rollback;

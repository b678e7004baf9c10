-- What every table, view and function must be, whoever writes the next one.
begin;
select plan(26);

-- Tables that belong to no tenant, each with its reason.
create temp table common (name text, reason text);
insert into common values
    ('role', 'the list of roles'), ('capability', 'the list of capabilities'), ('role_capability', 'the one source of what a role may do'), ('role_manage', 'the one source of who manages whom'), ('check_drawing', 'which drawing helps with a check'),
    ('region', 'one row of settings'), ('region_deadline', 'which day was its deadline when'), ('directory', 'public identity for search; trigram operators are not leakproof'),
    ('network', 'published files'), ('network_check', 'published files'), ('rubric', 'published files'), ('roadmap', 'published files'), ('roadmap_step', 'published files'),
    ('network_tally', 'how looks at a network fared, without a row security of web: it may not read it'), ('network_state', 'what is wrong with a network as a whole'),
    ('worker', 'processes, not tenants'), ('verification_state', 'one row: the alarm'),
    ('budget', 'how often networks may be asked; no tenant''s data'), ('quota', 'what was used of a day''s'),
    ('verdict_count', 'verdicts of the whole region, counted; read through reliability() alone'),
    ('seal', 'the chain of all events: numbers and hashes, which only the sealer writes'), ('unsealed', 'what waits for it'),
    ('notice_kind', 'who is told of what: a rule'),
    ('migration', 'what was applied');
-- Tables that belong to a person; guarded by policies, not by place.
create temp table personal (name text);
insert into personal values ('person'), ('session'), ('session_spent'), ('sign_in_attempt'), ('idempotency'), ('factor'), ('recovery_code'), ('sign_in_challenge'),
    ('letter'), ('notice'), ('password_reset'), ('reset_attempt'), ('acknowledgement'), ('invitation'), ('saved_filter'), ('bulk');

create temp view tenant_table as
select c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity
  from pg_class c
 where c.relnamespace = 'veha'::regnamespace and c.relkind in ('r', 'p')
   and c.relname not in (select name from common) and c.relname not in (select name from personal);

select is_empty('select relname from tenant_table where not (relrowsecurity and relforcerowsecurity)',
                'every tenant table has row security, forced');
select is_empty($$select name from personal where not (select relrowsecurity and relforcerowsecurity from pg_class where oid = ('veha.' || name)::regclass)$$,
                'and so has every personal one');
select is_empty($$select relname from pg_class c
                   where c.relnamespace = 'veha'::regnamespace and relrowsecurity
                     and not exists (select from pg_policy p where p.polrelid = c.oid and p.polroles = array['veha_owner'::regrole::oid])$$,
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
                   where table_schema = 'veha' and grantee in ('veha_web', 'veha_verify', 'veha_notify', 'veha_operator', 'PUBLIC')
                     and privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER')$$,
                'nobody may truncate, refer or hang triggers');
select is_empty($$select rolname from pg_roles where rolname like 'veha\_%' and (rolsuper or rolbypassrls or rolcreatedb or rolcreaterole)$$,
                'no role of the program is above the rules');
select is_empty($$select relname from tenant_table t where not exists (select from pg_policy p where p.polrelid = t.oid)
                   union all
                   select name from personal x where not exists (select from pg_policy p where p.polrelid = ('veha.' || x.name)::regclass)$$,
                'row security without a policy is a table forgotten');
select is_empty($$select p.tablename || ': ' || p.policyname from pg_policies p where p.schemaname = 'veha' and 'public' = any (p.roles)$$,
                'a policy says for whom it is');
select is_empty($$select p.tablename || ': ' || p.policyname from pg_policies p
                   where p.schemaname = 'veha' and 'veha_web' = any (p.roles) and coalesce(p.qual, p.with_check) !~ 'scope\(|caller\(|_manageable\(|invitation_tenant'$$,
                'and the web sees nothing but by place or by person');
-- Keys between what tenants own hold the tenant: one without it could lead to another's row.
select is_empty($$select k.conrelid::regclass || ' -> ' || k.confrelid::regclass
                    from pg_constraint k
                    join tenant_table t on t.oid = k.conrelid
                    join tenant_table r on r.oid = k.confrelid
                   where k.contype = 'f' and r.relname not in ('tenant', 'trial', 'service') -- what a service did is told where it did it; a trial tells of other tenants than its own; nobody adds to it by hand
                     and (select a.attname from pg_attribute a where a.attrelid = k.conrelid and a.attnum = k.conkey[1]) is distinct from 'tenant'$$,
                'a key from one tenant table to another begins with the tenant');
select is_empty($$select k.conrelid::regclass || ' ' || a.attname
                    from pg_constraint k
                    join tenant_table t on t.oid = k.conrelid
                    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
                   where k.contype = 'f' and k.confrelid = 'veha.tenant'::regclass and cardinality(k.conkey) = 1
                     and (t.relname, a.attname) not in (('tenant', 'parent'), ('tenant', 'merged_into'))$$,
                'to the tenant itself it leads with the place, but for those of the tree');
-- What the program's roles are not.
create temp view program as select oid, rolname from pg_roles where rolname in ('veha_web', 'veha_verify', 'veha_operator');
select is_empty($$select rolname from program where has_schema_privilege(oid, 'veha', 'CREATE') or has_schema_privilege(oid, 'public', 'CREATE')
                      or has_database_privilege(oid, current_database(), 'CREATE')$$,
                'none creates anything');
select is_empty($$select r.rolname, c.classid::regclass, c.objid from program r join pg_shdepend c on c.refclassid = 'pg_authid'::regclass and c.refobjid = r.oid and c.deptype = 'o'$$,
                'none owns anything');
select is_empty($$select m.member::regrole, m.roleid::regrole from pg_auth_members m where m.member::regrole::text like 'veha\_%'$$, 'none can become another, nor has another''s rights');
select is_empty($$select r.rolname, t.relname from program r, pg_class t
                   where t.relnamespace = 'veha'::regnamespace and t.relkind in ('r', 'p') and t.relname in ('event', 'seal', 'unsealed', 'access')
                     and has_table_privilege(r.oid, t.oid, 'INSERT, UPDATE, DELETE')$$,
                'none writes events, their chain or who read what');
select is_empty($$select r.rolname, t.relname from program r, pg_class t
                   where t.relnamespace = 'veha'::regnamespace and t.relkind in ('r', 'p') and t.relname not in ('idempotency', 'draft') -- kept answers; what is not ticked yet
                     and has_table_privilege(r.oid, t.oid, 'DELETE') and (r.rolname = 'veha_web' or t.relname in (select relname from tenant_table))$$,
                'none deletes what a tenant owns');
select is_empty($$select n.nspname from pg_namespace n where n.nspname like 'veha%' and n.nspowner <> 'veha_owner'::regrole$$, 'the owner''s alone are the schemas');
select is_empty($$select c.relname from pg_class c where c.relnamespace = 'veha'::regnamespace and c.relowner <> 'veha_owner'::regrole$$, 'their tables');
select is_empty($$select p.proname from pg_proc p where p.pronamespace = 'veha'::regnamespace and p.proowner <> 'veha_owner'::regrole$$, 'and their functions');
-- What is known of people: person_erase() must take it, or it must be of the kind that stays.
create temp table stays (name text);
insert into stays values ('id'), ('login'), ('name'), ('locale'), ('disabled_at'), ('created_at'), ('erased_at'), ('roles'), ('seen_at'), ('enabled_at'), ('version');
create temp table erased (name text);
insert into erased values ('password_hash'), ('email');
select is_empty($$select attname from pg_attribute where attrelid = 'veha.person'::regclass and attnum > 0 and not attisdropped
                     and attname not in (select name from stays) and attname not in (select name from erased)$$,
                'whatever is kept of a person either stays or is erased');
-- Tables that refer to people, and what becomes of their rows.
create temp table refers (name text, fate text);
insert into refers values
    ('membership', 'ends'), ('session', 'deleted'), ('idempotency', 'deleted'), ('outbox', 'deleted'),
    ('factor', 'deleted'), ('recovery_code', 'deleted'), ('sign_in_challenge', 'deleted'), ('password_reset', 'deleted'), ('notice', 'deleted'), ('letter', 'deleted'),
    ('acknowledgement', 'stays: it names nobody'), ('invitation', 'a deed; who is invited becomes the pseudonym'),
    ('event', 'stays without addresses'), ('access', 'stays without addresses'),
    ('claim', 'a deed, done by a pseudonym'), ('comment', 'a deed: what people wrote stays, as a reason does'), ('draft', 'a deed'), ('decision', 'a deed'), ('dispute', 'a deed'), ('sample', 'a deed'), ('job', 'a deed'), ('trial', 'a deed'), ('due_change', 'a deed'), ('preview', 'a deed, forgotten within a day'),
    ('exemption', 'a deed'), ('tenant_roadmap', 'a deed'), ('file', 'a deed, done by a pseudonym'),
    ('call', 'a deed'), ('reminder', 'a deed'), ('assignment', 'a deed; what its keeper sees to ends with their memberships'), ('saved_filter', 'deleted'), ('bulk', 'deleted');
select is_empty($$select distinct c.relname from pg_constraint k join pg_class c on c.oid = k.conrelid
                   where k.contype = 'f' and k.confrelid = 'veha.person'::regclass and c.relname not in (select name from refers)$$,
                'and so is every row that refers to one');
-- What a statement changed has no statistics: joined with what was there, or with a part of itself, each of ten thousand rows may be compared with each.
select is_empty($$select proname from pg_proc where pronamespace = 'veha'::regnamespace and prorettype = 'trigger'::regtype
                     and (prosrc ~ '\mjoin was\M' or prosrc ~ '\mfrom changed\M[^;]*\min \(select')$$,
                'a trigger tells old rows from new ones by sets, and joins neither');
select * from finish();
rollback;

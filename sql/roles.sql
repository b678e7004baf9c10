-- The roles of a Veha database, run once by a superuser; running it again changes nothing.
--
-- veha_owner     owns the schema and runs migrations
-- veha_web       veha serve
-- veha_verify    veha verify
-- veha_notify    veha notify: reaches no table, but the letters that its functions hand out
-- veha_operator  the command line: import, user add
--
-- None is a superuser, none bypasses row security, none inherits from another.

do $$
declare
    name text;
begin
    foreach name in array array['veha_owner', 'veha_web', 'veha_verify', 'veha_notify', 'veha_operator'] loop
        if not exists (select from pg_roles where rolname = name) then
            execute format('create role %I', name);
        end if;
        execute format('alter role %I login noinherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls', name);
        execute format('alter role %I set search_path = veha, public', name);
        execute format('alter role %I set timezone = %L', name, 'UTC');
        execute format('alter role %I set jit = off', name); -- short statements: compiling costs more than it saves
    end loop;
end
$$;

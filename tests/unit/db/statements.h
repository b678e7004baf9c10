/* statements.h: a small schema with the functions every unit calls, and the statements the tests of units send. */
#ifndef VEHA_TEST_STATEMENTS_H
#define VEHA_TEST_STATEMENTS_H

#include "veha/query.h"

static const char schema[] =
    "create schema veha;"
    "create function veha.enter(person bigint, session bigint, request text, address inet, moment timestamptz, roles text, "
    "unfinished boolean, service bigint, before_notice boolean) returns void"
    " language sql as $$ select set_config('veha.person', coalesce(person::text, ''), true),"
    " set_config('veha.request', coalesce(request, ''), true), set_config('veha.now', coalesce(moment::text, ''), "
    "true) $$;"
    "create table veha.idempotency (person text, key text, use text, answer text, primary key (person, key));"
    "create function veha.idempotency_begin(wanted text, purpose text) returns void language plpgsql as $$"
    " declare earlier text; begin"
    " insert into veha.idempotency values (current_setting('veha.person'), wanted, purpose) on conflict do nothing;"
    " if found then return; end if;"
    " select use into earlier from veha.idempotency where person = current_setting('veha.person') and key = wanted;"
    " if earlier <> purpose then raise exception using errcode = 'VH409', message = 'idempotency_key_reused'; end if;"
    " raise exception using errcode = 'VH208', message = 'replay'; end $$;"
    "create function veha.idempotency_answer(wanted text) returns text language sql as $$"
    " select answer from veha.idempotency where person = current_setting('veha.person') and key = wanted $$;"
    "create function veha.idempotency_keep(wanted text, document text) returns void language sql as $$"
    " update veha.idempotency set answer = document where person = current_setting('veha.person') and key = wanted $$;"
    "create table thing (id int primary key, name text, unique (name) deferrable initially deferred);"
    "insert into thing values (1, 'first'), (2, 'second');";

#define NAMES(...)                                                                                                     \
    (const char *const[])                                                                                              \
    {                                                                                                                  \
        __VA_ARGS__, NULL                                                                                              \
    }
#define NO_NAMES                                                                                                       \
    (const char *const[])                                                                                              \
    {                                                                                                                  \
        NULL                                                                                                           \
    }

/* The program's own table is not linked in: this one takes its place. Sorted by name, as query_find wants it. */
const struct query query_table[] = {
    {"backend_kill", "select to_jsonb(pg_terminate_backend(pg_backend_pid()))", NO_NAMES, 0},
    {"broken_parse", "select no_such_column", NO_NAMES, 0},
    {"caller_show",
     "select jsonb_build_object('person', current_setting('veha.person'), 'request', current_setting('veha.request'),"
     " 'now', current_setting('veha.now'), 'value', $1::text)",
     NAMES("value"), 1},
    {"limits_show", "select to_jsonb(current_setting('statement_timeout') || ' ' || current_setting('lock_timeout'))",
     NO_NAMES, 0},
    {"lock_take", "select to_jsonb('taken'::text) from (select pg_advisory_xact_lock($1::bigint)) as _",
     NAMES("number"), 1},
    {"thing_add", "insert into thing values ($1::int, $2::text) returning jsonb_build_object('id', id)",
     NAMES("id", "name"), 2},
    {"thing_divide", "select to_jsonb(1 / $1::int)", NAMES("by"), 1},
    {"thing_rename", "update thing set name = $2::text where id = $1::int returning jsonb_build_object('id', id)",
     NAMES("id", "name"), 2},
    {"thing_show", "select jsonb_build_object('id', id, 'name', name) from thing where id = $1::int", NAMES("id"), 1},
};
const size_t query_count = sizeof query_table / sizeof query_table[0];

#endif

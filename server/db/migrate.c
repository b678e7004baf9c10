/* migrate.c: applies the embedded migrations that a database does not have yet. */
#include "veha/migrate.h"

#include "veha/text.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>

/* The lock's number is the word "Veha" in ASCII; whoever migrates the same database waits for it. */
static const char prepare_schema[] = "set client_min_messages = warning;"
                                     "set lock_timeout = '10s';"
                                     "set search_path = veha, public;"
                                     "select pg_advisory_lock(1449486433);"
                                     "create schema if not exists veha;"
                                     "create table if not exists veha.migration ("
                                     " name text primary key,"
                                     " checksum text not null,"
                                     " applied_at timestamptz not null default pg_catalog.now())";

static void release_connection(void *connection)
{
    PQfinish(connection);
}

static void release_result(void *result)
{
    PQclear(result);
}

static const struct fault *fault_of(struct pool *pool, const char *what, const PGresult *result)
{
    const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    return fault_detail(pool, FAULT_INTERNAL, "migration_failed", "%s: %s%s%s", what, PQresultErrorMessage(result),
                        position == NULL ? "" : "at character ", position == NULL ? "" : position);
}

/* Runs statements in one transaction. NULL on success. */
static const struct fault *execute(struct pool *pool, PGconn *connection, const char *what, const char *text)
{
    PGresult *result = pool_adopt(pool, PQexec(connection, text), release_result);
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ? NULL : fault_of(pool, what, result);
}

/* *missing says whether the database lacks the migration; one that was changed after it was applied is a fault. */
static const struct fault *compare(struct pool *pool, PGconn *connection, const struct migration *migration,
                                   bool *missing)
{
    const char *const values[] = {migration->name};
    PGresult *result = pool_adopt(
        pool,
        PQexecParams(connection, "select checksum from veha.migration where name = $1", 1, NULL, values, NULL, NULL, 0),
        release_result);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        return fault_of(pool, migration->name, result);
    *missing = PQntuples(result) == 0;
    if (!*missing && !text_equal(PQgetvalue(result, 0, 0), migration->checksum))
        return fault_detail(pool, FAULT_CONFLICT, "migration_changed", "%s was changed after it was applied",
                            migration->name);
    return NULL;
}

/* The file and the note that it was applied stand or fall together: several statements in one query are one
 * transaction. */
static const struct fault *apply(struct pool *pool, PGconn *connection, const struct migration *migration)
{
    struct pool *working = pool_new();
    const char *text = pool_print(working, "%s;\ninsert into veha.migration (name, checksum) values ('%s', '%s')",
                                  migration->text, migration->name, migration->checksum);
    const struct fault *fault = execute(pool, connection, migration->name, text);
    pool_free(working);
    if (fault == NULL)
        printf("%s\n", migration->name);
    return fault;
}

/* A program older than the database must not guess what the newer schema means to it. */
static const struct fault *refuse_newer(struct pool *pool, PGconn *connection)
{
    const char *const values[] = {migration_count == 0 ? "" : migration_table[migration_count - 1].name};
    PGresult *result = pool_adopt(pool,
                                  PQexecParams(connection, "select min(name) from veha.migration where name > $1", 1,
                                               NULL, values, NULL, NULL, 0),
                                  release_result);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        return fault_of(pool, "veha.migration", result);
    if (PQgetisnull(result, 0, 0))
        return NULL;
    return fault_detail(pool, FAULT_CONFLICT, "database_newer", "the database has %s, which this program does not know",
                        PQgetvalue(result, 0, 0));
}

const struct fault *migrate_run(struct pool *pool, const char *url)
{
    struct pool *working = pool_new();
    PGconn *connection = pool_adopt(working, PQconnectdb(url), release_connection);
    const struct fault *fault = NULL;
    if (PQstatus(connection) != CONNECTION_OK)
        fault = fault_detail(pool, FAULT_UNAVAILABLE, "database_unavailable", "%s", PQerrorMessage(connection));
    if (fault == NULL)
        fault = execute(pool, connection, "preparing", prepare_schema);
    if (fault == NULL)
        fault = refuse_newer(pool, connection);
    for (size_t i = 0; fault == NULL && i < migration_count; i++) {
        bool missing = false;
        fault = compare(pool, connection, &migration_table[i], &missing);
        if (fault == NULL && missing)
            fault = apply(pool, connection, &migration_table[i]);
    }
    /* Closing the connection releases the lock. */
    pool_free(working);
    return fault;
}

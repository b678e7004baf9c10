/* database.h: a database of its own for a test program, in the runner's cluster or in one of its own. */
#ifndef VEHA_TEST_DATABASE_H
#define VEHA_TEST_DATABASE_H

#include "veha/pool.h"

#include <libpq-fe.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* cmocka.h needs those above. */
#include <cmocka.h>

struct database {
    char folder[64]; /* of the cluster */
    bool own;        /* the cluster is ours to remove */
    char name[64];
    char url[512]; /* as a superuser */
    PGconn *connection;
};

/* deploy/postgres with the cluster's folder; the program runs in the root of the checkout. */
static inline void database_tool(const struct database *database, const char *arguments)
{
    char command[256];
    snprintf(command, sizeof command, "deploy/postgres %s %s", database->folder, arguments);
    if (system(command) != 0)
        fail_msg("%s failed", command);
}

static inline PGresult *database_query(PGconn *connection, const char *sql)
{
    PGresult *result = PQexec(connection, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQresultErrorMessage(result));
    return result;
}

static inline void database_execute(struct database *database, const char *sql)
{
    PQclear(database_query(database->connection, sql));
}

/* The first column of the first row; "" where there is none. */
static inline const char *database_ask(struct database *database, struct pool *pool, const char *sql)
{
    PGresult *result = database_query(database->connection, sql);
    const char *answer = PQntuples(result) == 0 ? "" : pool_copy(pool, PQgetvalue(result, 0, 0));
    PQclear(result);
    return answer;
}

static inline void database_connect(struct database *database)
{
    database->connection = PQconnectdb(database->url);
    assert_int_equal(PQstatus(database->connection), CONNECTION_OK);
}

static inline void database_url(struct database *database, const char *role)
{
    char command[256];
    snprintf(command, sizeof command, "deploy/postgres %s url %s %s", database->folder, database->name, role);
    FILE *output = popen(command, "r");
    assert_non_null(output);
    assert_non_null(fgets(database->url, sizeof database->url, output));
    database->url[strcspn(database->url, "\n")] = '\0';
    assert_int_equal(pclose(output), 0);
}

/* private_cluster: the test stops and starts the server, so nobody else may be on it. */
static inline void database_open(struct database *database, bool private_cluster)
{
    const char *joined = getenv("VEHA_TEST_CLUSTER");
    *database = (struct database){.own = private_cluster || joined == NULL};
    if (database->own)
        snprintf(database->folder, sizeof database->folder, "var/test-db-%d", getpid());
    else
        snprintf(database->folder, sizeof database->folder, "%s", joined);
    snprintf(database->name, sizeof database->name, "unit_%d", getpid());
    if (database->own)
        database_tool(database, "start --fast");
    char create[128];
    snprintf(create, sizeof create, "createdb %s", database->name);
    database_tool(database, create);
    database_url(database, "postgres");
    database_connect(database);
}

static inline void database_close(struct database *database)
{
    PQfinish(database->connection);
    char drop[128];
    snprintf(drop, sizeof drop, "dropdb %s", database->name);
    database_tool(database, database->own ? "remove" : drop);
}

#endif

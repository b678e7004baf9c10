/*
 * query.h: the statements of sql/queries/, one a file, embedded in the binary at build time.
 *
 * A file noun_verb.sql holds one statement with :name parameters (casts "::type" are left alone) and returns one jsonb column. The build
 * (deploy/embed-queries) turns each into a struct query with $n in the order of first appearance. A connection prepares
 * each under its name when it first needs it, so that neither a start nor a return of the database waits for all of them.
 */
#ifndef VEHA_QUERY_H
#define VEHA_QUERY_H

#include <stddef.h>

enum { QUERY_PARAMETERS_MAX = 32 };

struct query {
    const char *name; /* "tenant_show" */
    const char *text;
    const char *const *parameters; /* names in order of $1 ..., ended by NULL */
    size_t parameter_count;
};

extern const struct query query_table[]; /* sorted by name; generated */
extern const size_t query_count;

const struct query *query_find(const char *name); /* NULL when there is none */

#endif

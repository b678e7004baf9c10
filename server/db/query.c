/* query.c: finds a statement by its name in the generated table. */
#include "veha/query.h"

#include <stdlib.h>
#include <string.h>

static int compare_name(const void *name, const void *query)
{
    return strcmp(name, ((const struct query *)query)->name);
}

const struct query *query_find(const char *name)
{
    return bsearch(name, query_table, query_count, sizeof query_table[0], compare_name);
}

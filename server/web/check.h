/* check.h: does the table fit its queries, pages and the database's capabilities? */
#ifndef VEHA_WEB_CHECK_H
#define VEHA_WEB_CHECK_H

#include "route.h"

#include <stdbool.h>

/* Every query exists and takes only the resource's fields; every page exists below pages. False after one sentence a
 * mistake. */
bool check_resources(const struct router *router, const char *pages);

/* The queries that the table itself names exist and take what they are given. False after one sentence. */
bool check_table(const struct resource_table *table);

/* Loads who may do what from the database and finds every capability there. False after one sentence. */
bool check_capabilities(const struct router *router, const char *database);

#endif

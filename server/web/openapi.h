/* openapi.h: the OpenAPI 3.1 description of the resource tables. */
#ifndef VEHA_WEB_OPENAPI_H
#define VEHA_WEB_OPENAPI_H

#include "veha/resource.h"

#include "route.h"

extern const struct resource_table openapi_table; /* /openapi.json */

/* Writes the description once, for /openapi.json to hand out; the text lives in pool. server: the public address. */
const char *openapi_write(struct pool *pool, const struct router *router, const struct resource_table *table,
                          const char *server);

#endif

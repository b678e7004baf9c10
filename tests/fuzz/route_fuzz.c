/* route_fuzz.c matches whatever comes as a path; what is found must be one of ours, with clean values. */
#include "veha/text.h"

#include "server/web/route.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct resource resources[] = {
    {.name = "workplace_show", .method = METHOD_GET, .path = "/"},
    {.name = "tenant_list", .method = METHOD_GET, .path = "/tenants"},
    {.name = "tenant_show", .method = METHOD_GET, .path = "/tenants/{id}"},
    {.name = "tenant_search", .method = METHOD_POST, .path = "/tenants/search"},
    {.name = "step_claim", .method = METHOD_GET, .path = "/tenants/{id}/steps/{key}"},
};

static void check(const struct route *route)
{
    if (route->outcome == ROUTE_FOUND && route->resource == NULL)
        abort();
    for (size_t i = 0; i < route->value_count; i++) {
        const char *value = route->values[i].value;
        if (*value == '\0' || !text_is_utf8(value, strlen(value)) || text_equal(value, ".."))
            abort();
    }
    /* A redirect must never lead to another host. */
    if (route->outcome == ROUTE_SLASH && (route->canonical[0] != '/' || route->canonical[1] == '/'))
        abort();
    if (route->outcome == ROUTE_NO_METHOD && route->allow == NULL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const struct resource_table table = {.resources = resources, .count = sizeof resources / sizeof *resources};
    const struct resource_table *const tables[] = {&table};
    struct pool *pool = pool_new();
    struct route route;

    route_match(router_new(pool, tables, 1), pool, "GET", pool_copy_length(pool, (const char *)bytes, size), &route);
    check(&route);
    pool_free(pool);
    return 0;
}

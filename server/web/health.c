/* health.c: /healthz (the process lives) and /readyz (it can reach its database, and is not about to end). */
#include "health.h"

#include "exchange.h"

#include <string.h>

static void reply_text(struct request *request, const char *document)
{
    request_set_header(request, "cache-control", "no-store");
    request_reply(request, 200, document, strlen(document));
}

static void on_health(struct request *request)
{
    reply_text(request, "{\"status\": \"alive\"}");
}

static void on_ready(struct request *request)
{
    if (!request->server->draining && db_ready(request_worker(request)->db))
        reply_text(request, "{\"status\": \"ready\"}");
    else
        request_fault(request, fault_new(request_pool(request), FAULT_UNAVAILABLE, "database_unavailable"));
}

static const struct resource resources[] = {
    {.name = "health_show",
     .method = METHOD_GET,
     .path = "/healthz",
     .capability = CAPABILITY_ANYONE,
     .summary = "Tells that the process answers",
     .handle = on_health,
     .flags = RESOURCE_DATA_ONLY},
    {.name = "readiness_show",
     .method = METHOD_GET,
     .path = "/readyz",
     .capability = CAPABILITY_ANYONE,
     .summary = "Tells that the process can reach its database",
     .handle = on_ready,
     .flags = RESOURCE_DATA_ONLY},
};

const struct resource_table health_table = {.resources = resources, .count = sizeof resources / sizeof *resources};

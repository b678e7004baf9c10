/* job.c: looks that programs outside the house make: they say what they read, and the house's own rules judge it. */
#include "job.h"

#include "veha/clock.h"
#include "veha/config.h"
#include "veha/text.h"

#include "account.h"
#include "tenants/verify/look.h"
#include "tenants/verify/told.h"

#include <stdlib.h>
#include <string.h>

static struct look_tools tools; /* networks are asked for at each use: they are loaded anew */

bool job_load(const struct config *config)
{
    static struct pool *pool; /* as long as the process */
    const char *templates = config_text(config, "templates", "directory");

    if (pool != NULL)
        return true;
    pool = pool_new();
    tools.calendar =
        calendar_load(pool, pool_print(pool, "%s/calendars", templates), config_text(config, "region", "timezone"));
    tools.rubric = rubric_load(pool, pool_print(pool, "%s/rubrics", templates));
    return tools.calendar != NULL && tools.rubric != NULL;
}

void job_lease(struct request *request)
{
    const struct config *config = request_worker(request)->config;

    request_argument_set(request, "lease", config_text(config, "verify", "lease_seconds"));
    request_argument_set(request, "quiet", config_text(config, "verify", "quiet_hours"));
    request_run(request);
}

static json_t *parse(struct pool *pool, const char *text)
{
    return text == NULL ? NULL : pool_adopt(pool, json_loads(text, 0, NULL), pool_release_json);
}

static void add_seen(struct request *request, const struct told *told, const json_t *known)
{
    struct pool *pool = request_pool(request);
    tools.networks = told->networks;
    json_t *seen =
        pool_adopt(pool,
                   look_judged(&tools, told->network, (json_t *)(uintptr_t)told->reading,
                               json_object_get(known, "subject"), json_object_get(known, "parameters"), told->now),
                   pool_release_json);
    if (told->requests != NULL)
        json_object_set(seen, "requests", (json_t *)(uintptr_t)told->requests);
    request_argument_set(request, "seen", pool_adopt(pool, json_dumps(seen, JSON_COMPACT), free));
}

static void on_case(void *data, const struct unit_result *result)
{
    struct request *request = data;
    struct pool *pool = request_pool(request);
    const struct network_set *networks = account_networks();

    if (result->fault != NULL) {
        request_fault(request, fault_copy(pool, result->fault));
        return;
    }
    const json_t *known = parse(pool, result->document);
    const char *network = json_string_value(json_object_get(known, "network"));
    const struct told told = {
        .networks = networks,
        .network = network == NULL ? NULL : network_find(networks, network),
        .reading = parse(pool, request_argument(request, "reading")),
        .requests = parse(pool, request_argument(request, "requests")),
        .now = clock_now(),
    };
    const struct fault *fault = told.network == NULL ? fault_new(pool, FAULT_NOT_FOUND, NULL) : told_check(pool, &told);
    if (fault != NULL) {
        request_fault(request, fault);
        return;
    }
    add_seen(request, &told, known);
    request_run(request);
}

/* Who asks whether the job is still its own, and exactly once, is the statement that records. */
void job_result(struct request *request)
{
    const char *const values[] = {request_argument(request, "id")};
    const struct unit_statement statement = {.query = query_find("job_case"), .values = values};

    if (strlen(request_argument(request, "reading")) > TOLD_BYTES_MOST) {
        struct fault *fault = NULL;
        fault_add(request_pool(request), &fault, "reading", "too_long");
        request_fault(request, fault);
        return;
    }
    request_unit(request, &(struct unit_request){.lane = LANE_READ, .statements = &statement, .statement_count = 1},
                 on_case, request);
}

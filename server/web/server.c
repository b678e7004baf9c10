/* server.c: the master of the web processes: reads, checks and opens everything before it forks. */
#include "veha/server.h"

#include "veha/log.h"
#include "veha/password.h"
#include "veha/process.h"
#include "veha/token.h"

#include "check.h"
#include "health.h"
#include "invitation.h"
#include "openapi.h"
#include "paint.h"
#include "password_reset.h"
#include "privacy.h"
#include "rotation.h"
#include "security.h"
#include "service.h"
#include "session.h"
#include "session_factor.h"
#include "speech.h"
#include "worker.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum { GRACE_MS = 15000 };

/* Every capability the resources name, once each. */
static const char *const *list_capabilities(struct pool *pool, const struct router *router)
{
    const char **list = pool_alloc(pool, (router_count(router) + 1) * sizeof *list);
    size_t count = 0;

    for (size_t i = 0; i < router_count(router); i++) {
        const char *capability = router_resource(router, i)->capability;
        bool listed = text_equal(capability, CAPABILITY_ANYONE) || text_equal(capability, CAPABILITY_SIGNED_IN);
        for (size_t j = 0; j < count && !listed; j++)
            listed = text_equal(list[j], capability);
        if (!listed)
            list[count++] = capability;
    }
    return list;
}

static const char *origin_of(struct pool *pool, const struct config *config)
{
    const char *url = config_text(config, "web", "public_url");
    size_t length = strlen(url);

    while (length > 0 && url[length - 1] == '/')
        length--;
    return pool_copy_length(pool, url, length);
}

static bool load_keys(struct pool *pool, const struct config *config, struct worker *worker)
{
    struct keyring *keys = pool_alloc(pool, sizeof *keys);
    struct token_rules *rules = pool_alloc(pool, sizeof *rules);
    const struct fault *fault = rotation_load(pool, config, keys);

    if (fault != NULL) {
        fprintf(stderr, "veha: the signing keys: %s %s\n", fault->code, fault->detail != NULL ? fault->detail : "");
        return false;
    }
    *rules = (struct token_rules){.issuer = config_text(config, "tokens", "issuer"),
                                  .audience = config_text(config, "tokens", "audience"),
                                  .service_audience =
                                      pool_print(pool, "%s/service", config_text(config, "tokens", "audience")),
                                  .leeway = 5};
    worker->keys = keys;
    worker->token_rules = rules;
    return true;
}

static bool prepare(struct pool *pool, const struct config *config, const struct resource_table *table,
                    struct worker_plan *plan)
{
    const struct resource_table *const tables[] = {
        table,          &session_table, &factor_table,         &security_table,
        &service_table, &privacy_table, &password_reset_table, &invitation_table,
        &health_table,  &openapi_table, &speech_table};
    const char *pages = pool_print(pool, "%s/pages", config_text(config, "templates", "directory"));
    struct server *server = &plan->server;

    server->worker.config = config;
    server->worker.table = table;
    server->router = router_new(pool, tables, sizeof tables / sizeof *tables);
    server->capabilities = list_capabilities(pool, server->router);
    server->origin = origin_of(pool, config);
    openapi_write(pool, server->router, table, server->origin);
    server->assets = asset_load(pool, config_text(config, "web", "assets"));
    server->sheet = server->assets != NULL ? paint_find(server->assets) : NULL;
    server->policy = server->sheet != NULL ? paint_policy(pool, server->sheet) : NULL;
    plan->tls = listen_tls(config);
    return server->policy != NULL && plan->tls != NULL && load_keys(pool, config, &server->worker) &&
           (table->load == NULL || table->load(config)) && check_resources(server->router, pages) &&
           check_table(table) && worker_load_pages(server, config) &&
           check_capabilities(server->router, config_text(config, "database", "url")) &&
           listen_open(pool, config_list(config, pool, "web", "listen"), &plan->sockets);
}

/* Each connection is a descriptor; the usual 1,024 are for programs that use select. */
static void raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int server_run(const struct config *config, const struct resource_table *table)
{
    static struct worker_plan plan; /* static, so that what lives to the end is no leak in a worker */
    struct pool *pool = pool_new();

    signal(SIGPIPE, SIG_IGN);
    json_object_seed(0); /* once, before any fork or thread */
    raise_descriptors();
    if (!prepare(pool, config, table, &plan)) {
        pool_free(pool);
        return 1;
    }
    password_prepare();
    long workers = config_number(config, "web", "workers");
    log_event(LOG_LEVEL_NOTICE, "serving", "address", plan.server.origin, "resources",
              log_number((long long)router_count(plan.server.router)), NULL);
    process_ready();
    int status = process_keep(workers > 0 ? (unsigned)workers : process_cores(), worker_run, &plan, GRACE_MS);
    template_free(plan.server.templates);
    locale_set_free(plan.server.locales);
    SSL_CTX_free(plan.tls);
    pool_free(pool);
    return status;
}

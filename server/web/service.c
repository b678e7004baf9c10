/* service.c: lets programs in by their secrets, and notes when they were last here. */
#include "service.h"

#include "veha/clock.h"
#include "veha/config.h"
#include "veha/secret.h"
#include "veha/text.h"
#include "veha/token.h"

#include "exchange.h"
#include "session.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_ID_SIZE = 12, NOTE_MS = 60000 };

static const char *const *texts_of(struct pool *pool, const json_t *list)
{
    const char **texts = pool_alloc(pool, (json_array_size(list) + 1) * sizeof *texts);

    for (size_t i = 0; i < json_array_size(list); i++)
        texts[i] = pool_copy(pool, json_string_value(json_array_get(list, i)));
    return texts;
}

/* An access token never outlives its service. */
static void grant(struct request *request, const json_t *claims)
{
    const struct worker *worker = request_worker(request);
    struct pool *pool = request_pool(request);
    const json_t *capabilities = json_object_get(claims, "capabilities");
    int64_t now = clock_now(), end = json_integer_value(json_object_get(claims, "expires_at"));
    int64_t access_end = now + config_number(worker->config, "tokens", "access_minutes") * INT64_C(60);
    const struct token_claims token = {.service = json_string_value(json_object_get(claims, "service")),
                                       .name = json_string_value(json_object_get(claims, "name")),
                                       .capabilities = texts_of(pool, capabilities),
                                       .issued_at = now,
                                       .expires_at = access_end < end ? access_end : end,
                                       .id = text_random(pool, TOKEN_ID_SIZE)};

    session_reply(request, 200,
                  json_pack("{s:s, s:s, s:I, s:{s:s, s:s, s:O?, s:O?}}", "access_token",
                            token_issue(pool, worker->keys, worker->token_rules, &token), "token_type", "Bearer",
                            "expires_in", (json_int_t)(token.expires_at - now), "service", "id", token.service, "name",
                            token.name, "tenant", json_object_get(claims, "tenant"), "capabilities", capabilities));
}

static void on_opened(void *data, const struct unit_result *result)
{
    struct request *request = data;
    const json_t *claims = request_document(request, result);

    if (claims == NULL)
        return;
    const char *refused = json_string_value(json_object_get(claims, "refused"));
    if (refused != NULL)
        request_fault(request, fault_new(request_pool(request), FAULT_UNSIGNED, refused));
    else
        grant(request, claims);
}

/* What cannot be a secret is refused before the database hears of it. */
static void open_service(struct request *request)
{
    struct pool *pool = request_pool(request);
    const char *const values[] = {secret_hash(pool, request_argument(request, "secret"))};

    if (values[0] == NULL)
        request_fault(request, fault_new(pool, FAULT_UNSIGNED, "service_refused"));
    else
        session_query(request, LANE_WRITE, "service_open", values, on_opened, request);
}

void service_show(struct request *request)
{
    const struct caller *caller = request_caller(request);
    json_t *capabilities = json_array();

    for (size_t i = 0; i < caller->role_count; i++)
        json_array_append_new(capabilities, json_string(caller->roles[i]));
    session_reply(request, 200,
                  json_pack("{s:{s:s, s:s, s:o}, s:s}", "service", "id", caller->service, "name", caller->name,
                            "capabilities", capabilities, "expires_at",
                            clock_print(request_pool(request), caller->expires_at)));
}

/* The place of this service among the noted ones, or the one noted longest ago. */
static struct service_noted *noted_place(struct server *server, const char *service)
{
    struct service_noted *place = server->noted;

    for (size_t i = 0; i < SERVICE_NOTED_MOST; i++) {
        struct service_noted *one = &server->noted[i];
        if (strcmp(one->service, service) == 0)
            return one;
        if (one->at < place->at)
            place = one;
    }
    return place;
}

/* A unit of its own: what the service asks for may be read-only, refused, or given up. The database itself takes no
 * more than one note a minute. */
void service_note(struct request *request, const struct caller *caller)
{
    struct server *server = request->server;
    struct service_noted *noted = noted_place(server, caller->service);
    int64_t now = clock_monotonic_ms();
    const struct unit_statement statement = {.query = query_find("service_touch")};
    const struct unit_request unit = {
        .lane = LANE_WRITE,
        .caller = {.service = caller->service, .request_id = request->id, .address = request_peer(request)},
        .statements = &statement,
        .statement_count = 1};

    if (strcmp(noted->service, caller->service) == 0 && now - noted->at < NOTE_MS)
        return;
    strncpy(noted->service, caller->service, sizeof noted->service - 1);
    noted->at = now;
    unit_run(server->worker.db, &unit, NULL, NULL);
}

static const struct field open_fields[] = {
    {"secret", FIELD_BODY, &field_secret, FIELD_SECRET, 200, "What `veha token issue` printed"},
    {0},
};

static const struct resource resources[] = {
    {.name = "service_open",
     .method = METHOD_POST,
     .path = "/session/service",
     .capability = CAPABILITY_ANYONE,
     .summary = "For programs: trades a secret for an access token",
     .fields = open_fields,
     .handle = open_service,
     .flags = RESOURCE_NO_KEY | RESOURCE_DATA_ONLY},
};

const struct resource_table service_table = {.resources = resources, .count = sizeof resources / sizeof *resources};

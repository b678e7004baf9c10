/* session_grant.c: turns the claims the database gives for a session into tokens and cookies. */
#include "session_grant.h"

#include "veha/clock.h"
#include "veha/config.h"
#include "veha/refresh.h"
#include "veha/text.h"
#include "veha/token.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_ID_SIZE = 12 };

const char session_access_cookie[] = "__Host-access", session_refresh_cookie[] = "__Host-refresh";

static const char *member(struct pool *pool, const json_t *claims, const char *name)
{
    return pool_copy(pool, json_string_value(json_object_get(claims, name)));
}

static const char *const *members(struct pool *pool, const json_t *claims, const char *name, size_t *count)
{
    const json_t *list = json_object_get(claims, name);
    const char **texts = pool_alloc(pool, (json_array_size(list) + 1) * sizeof *texts);

    for (*count = 0; *count < json_array_size(list); (*count)++)
        texts[*count] = pool_copy(pool, json_string_value(json_array_get(list, *count)));
    return texts;
}

static void sign(struct request *request, struct session_grant *grant, int64_t now)
{
    const struct worker *worker = request_worker(request);
    struct pool *pool = request_pool(request);

    grant->access = token_issue(pool, worker->keys, worker->token_rules,
                                &(struct token_claims){.person = grant->caller.person,
                                                       .session = grant->caller.session,
                                                       .name = grant->caller.name,
                                                       .locale = grant->caller.locale,
                                                       .roles = grant->caller.roles,
                                                       .scope = grant->scope,
                                                       .issued_at = now,
                                                       .expires_at = grant->caller.expires_at,
                                                       .id = text_random(pool, TOKEN_ID_SIZE)});
}

/* An access token never outlives its session. */
static void fill(struct request *request, const json_t *claims, struct session_grant *grant)
{
    const struct config *config = request_worker(request)->config;
    struct pool *pool = request_pool(request);
    int64_t now = clock_now();
    int64_t session_end = json_integer_value(json_object_get(claims, "opened_at")) +
                          config_number(config, "tokens", "session_hours") * INT64_C(3600);
    int64_t access_end = now + config_number(config, "tokens", "access_minutes") * INT64_C(60);
    size_t scope_count;

    grant->caller = (struct caller){.person = member(pool, claims, "person"),
                                    .session = member(pool, claims, "session"),
                                    .name = member(pool, claims, "name"),
                                    .locale = member(pool, claims, "locale"),
                                    .expires_at = access_end < session_end ? access_end : session_end};
    grant->caller.roles = members(pool, claims, "roles", &grant->caller.role_count);
    grant->state = member(pool, claims, "state");
    grant->scope = members(pool, claims, "scope", &scope_count);
    grant->access_seconds = (long)(grant->caller.expires_at - now);
    grant->session_seconds = (long)(session_end - now);
    sign(request, grant, now);
}

const struct fault *session_grant_read(struct request *request, const struct unit_result *result,
                                       struct session_grant *grant)
{
    struct pool *pool = request_pool(request);

    if (result->fault != NULL)
        return fault_copy(pool, result->fault);
    const json_t *claims = pool_adopt(
        pool, result->document == NULL ? NULL : json_loadb(result->document, result->document_length, 0, NULL),
        pool_release_json);
    const char *refused = json_string_value(json_object_get(claims, "refused"));
    if (refused != NULL)
        return fault_new(pool, FAULT_UNSIGNED, refused);
    grant->challenge = json_is_true(json_object_get(claims, "challenge"));
    if (grant->challenge)
        return NULL;
    if (json_string_value(json_object_get(claims, "session")) == NULL)
        return fault_detail(pool, FAULT_INTERNAL, NULL, "the database gave no claims");
    fill(request, claims, grant);
    return NULL;
}

void session_grant_cookies(struct request *request, const struct session_grant *grant)
{
    request_set_cookie(request, session_access_cookie, grant->access, grant->access_seconds);
    request_set_cookie(request, session_refresh_cookie, grant->refresh, grant->session_seconds);
}

void session_forget_cookies(struct request *request)
{
    request_set_cookie(request, session_access_cookie, "", 0);
    request_set_cookie(request, session_refresh_cookie, "", 0);
}

void session_forget_access(struct request *request)
{
    request_set_cookie(request, session_access_cookie, "", 0);
}

static void add_texts(json_t *object, const char *name, const char *const *texts)
{
    json_t *list = json_array();

    for (; *texts != NULL; texts++)
        json_array_append_new(list, json_string(*texts));
    json_object_set_new(object, name, list);
}

void session_grant_reply(struct request *request, int status, const struct session_grant *grant)
{
    const struct caller *caller = &grant->caller;
    json_t *person = json_pack("{s:s, s:s, s:s}", "id", caller->person, "name", caller->name, "locale", caller->locale);

    add_texts(person, "roles", caller->roles);
    add_texts(person, "scope", grant->scope);
    json_t *document = pool_adopt(request_pool(request),
                                  json_pack("{s:s, s:s, s:I, s:s, s:s, s:o}", "access_token", grant->access,
                                            "token_type", "Bearer", "expires_in", (json_int_t)grant->access_seconds,
                                            "refresh_token", grant->refresh, "state", grant->state, "person", person),
                                  pool_release_json);
    char *text = pool_adopt(request_pool(request), json_dumps(document, JSON_COMPACT), free);
    request_reply(request, status, text, strlen(text));
}

bool session_renew(struct request *request, const char *presented, struct session_grant *grant, unit_done *done,
                   void *data)
{
    const struct worker *worker = request_worker(request);
    struct pool *pool = request_pool(request);

    grant->refresh = refresh_successor(pool, worker->keys, presented);
    if (grant->refresh == NULL)
        return false;
    const char *const values[] = {refresh_hash(pool, presented), refresh_hash(pool, grant->refresh),
                                  pool_print(pool, "%ld", config_number(worker->config, "tokens", "session_hours")),
                                  pool_print(pool, "%ld", config_number(worker->config, "tokens", "idle_minutes"))};
    const struct unit_statement statement = {query_find("session_renew"), values};
    request_unit(request, &(struct unit_request){.lane = LANE_WRITE, .statements = &statement, .statement_count = 1},
                 done, data);
    return true;
}

/* session.c: the resources of signing in, staying signed in and signing out. */
#include "session.h"

#include "veha/clock.h"
#include "veha/config.h"
#include "veha/key.h"
#include "veha/password.h"
#include "veha/refresh.h"
#include "veha/text.h"

#include "exchange.h"
#include "form.h"
#include "service.h"
#include "session_factor.h"
#include "session_grant.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

void session_reply(struct request *request, int status, json_t *document)
{
    struct pool *pool = request_pool(request);

    pool_adopt(pool, document, pool_release_json);
    char *text = pool_adopt(pool, json_dumps(document, JSON_COMPACT), free);
    request_reply(request, status, text, strlen(text));
}

void session_query(struct request *request, enum lane_kind lane, const char *name, const char *const *values,
                   unit_done *done, void *data)
{
    const struct unit_statement statement = {query_find(name), values};
    request_unit(request, &(struct unit_request){.lane = lane, .statements = &statement, .statement_count = 1}, done,
                 data);
}

/* A path of ours, never an address elsewhere: browsers read "//" and "/\" as the beginning of a host. */
static bool is_local(const char *path)
{
    return path[0] == '/' && path[1] != '/' && strchr(path, '\\') == NULL;
}

static const char *read_next(struct pool *pool, const char *text, const char **canonical)
{
    *canonical = is_local(text) ? pool_copy(pool, text) : "/";
    return NULL;
}

const struct field_type session_next = {"local_path", "{\"type\":\"string\",\"maxLength\":1000}", read_next};

const char *session_first(struct request *request, const char *page)
{
    struct pool *pool = request_pool(request);
    const char *next = request_argument(request, "next");

    return next != NULL ? pool_print(pool, "%s?next=%s", page, form_encode(pool, next)) : page;
}

static void see_next(struct request *request)
{
    const char *next = request_argument(request, "next");
    request_see_other(request, next != NULL ? next : "/");
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* States: ATTEMPT (charged in the database) → HASHING (ticket in the queue) → OPENING → answered. */
struct sign_in {
    struct request *request;
    struct password_ticket *ticket; /* while HASHING */
    const char *person;             /* id; NULL: there is nobody of that name */
    struct session_grant grant;
};

void session_welcome(struct request *request, const struct session_grant *grant)
{
    if (!request_is_form(request)) {
        session_grant_reply(request, 201, grant);
        return;
    }
    session_grant_cookies(request, grant);
    if (text_equal(grant->state, "setup"))
        request_see_other(request, session_first(request, "/session/security"));
    else
        see_next(request);
}

static void on_opened(void *data, const struct unit_result *result)
{
    struct sign_in *sign_in = data;
    struct request *request = sign_in->request;
    const struct fault *fault = session_grant_read(request, result, &sign_in->grant);

    if (fault != NULL)
        request_fault(request, fault);
    else if (sign_in->grant.challenge)
        factor_challenge(request, sign_in->grant.refresh);
    else
        session_welcome(request, &sign_in->grant);
}

static void on_password(void *data, bool right)
{
    struct sign_in *sign_in = data;
    struct request *request = sign_in->request;
    struct pool *pool = request_pool(request);

    sign_in->ticket = NULL;
    if (!right) {
        request_fault(request, fault_new(pool, FAULT_UNSIGNED, "sign_in_refused"));
        return;
    }
    sign_in->grant.refresh = refresh_new(pool);
    const char *const values[] = {
        sign_in->person, refresh_hash(pool, sign_in->grant.refresh),
        pool_print(pool, "%ld", config_number(request_worker(request)->config, "tokens", "session_hours"))};
    session_query(request, LANE_WRITE, "session_open", values, on_opened, sign_in);
}

static void release_sign_in(void *thing)
{
    struct sign_in *sign_in = thing;
    if (sign_in->ticket != NULL)
        password_forget(sign_in->ticket);
}

/* Unknown names walk the same way as known ones, with the hash of nobody. */
static void check_password(struct sign_in *sign_in, const json_t *attempt)
{
    struct request *request = sign_in->request;
    struct pool *pool = request_pool(request);
    const char *hash = json_string_value(json_object_get(attempt, "hash"));

    if (json_integer_value(json_object_get(attempt, "wait")) > 0) {
        request_fault(request, fault_new(pool, FAULT_TOO_MANY, "sign_in_wait"));
        return;
    }
    sign_in->person = pool_copy(pool, json_string_value(json_object_get(attempt, "person")));
    sign_in->ticket = password_verify(request_worker(request)->passwords, request_argument(request, "password"), hash,
                                      on_password, sign_in);
    if (sign_in->ticket == NULL)
        request_fault(request, fault_new(pool, FAULT_UNAVAILABLE, "sign_in_busy"));
}

static void on_attempt(void *data, const struct unit_result *result)
{
    struct sign_in *sign_in = data;
    struct request *request = sign_in->request;

    if (result->fault != NULL) {
        request_fault(request, fault_copy(request_pool(request), result->fault));
        return;
    }
    check_password(sign_in,
                   pool_adopt(request_pool(request), json_loadb(result->document, result->document_length, 0, NULL),
                              pool_release_json));
}

static void open_session(struct request *request)
{
    struct sign_in *sign_in = pool_alloc(request_pool(request), sizeof *sign_in);
    const char *const values[] = {request_argument(request, "login")};

    sign_in->request = request;
    request_hold(request, sign_in, release_sign_in);
    session_query(request, LANE_WRITE, "session_attempt", values, on_attempt, sign_in);
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* Of the database, not of the token: what it says may be over. */
static void on_shown(void *data, const struct unit_result *result)
{
    struct request *request = data;
    const json_t *claims = request_document(request, result);

    if (claims != NULL)
        session_reply(request, 200,
                      json_pack("{s:{s:O, s:O, s:O, s:O}, s:O, s:s}", "person", "id", json_object_get(claims, "person"),
                                "name", json_object_get(claims, "name"), "locale", json_object_get(claims, "locale"),
                                "roles", json_object_get(claims, "roles"), "state", json_object_get(claims, "state"),
                                "expires_at", clock_print(request_pool(request), request_caller(request)->expires_at)));
}

/* For people the sign-in page, unless they are in already; for programs whom their token names. */
static void show_session(struct request *request)
{
    bool signed_in = request_caller(request)->proof != CALLER_NOBODY;
    const char *next = request_argument(request, "next");

    if (request_wants_html(request) && (!signed_in || request->problem != NULL))
        session_reply(request, 200,
                      json_pack("{s:s?, s:b}", "next", next, "changed",
                                text_equal(request_argument(request, "changed"), "true")));
    else if (request_wants_html(request))
        see_next(request);
    else if (signed_in && request_caller(request)->service != NULL)
        service_show(request);
    else if (signed_in)
        session_query(request, LANE_WRITE, "session_show", NULL, on_shown, request);
    else
        request_fault(request, fault_new(request_pool(request), FAULT_UNSIGNED, NULL));
}

/* ------------------------------------------------------------------------------------------------------------------ */

struct trade {
    struct request *request;
    struct session_grant grant;
};

static void on_traded(void *data, const struct unit_result *result)
{
    struct trade *trade = data;
    const struct fault *fault = session_grant_read(trade->request, result, &trade->grant);

    if (fault != NULL)
        request_fault(trade->request, fault);
    else
        session_grant_reply(trade->request, 200, &trade->grant);
}

static void refresh_session(struct request *request)
{
    struct trade *trade = pool_alloc(request_pool(request), sizeof *trade);

    trade->request = request;
    if (!session_renew(request, request_argument(request, "refresh_token"), &trade->grant, on_traded, trade))
        request_fault(request, fault_new(request_pool(request), FAULT_UNSIGNED, "refresh_refused"));
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* What pages keep in a browser, unsent drafts, is the person's who signs out. */
static void answer_end(struct request *request)
{
    session_forget_cookies(request);
    request_set_header(request, "clear-site-data", "\"storage\"");
    if (request_is_form(request))
        request_see_other(request, "/session");
    else
        request_reply_bytes(request, 204, NULL, "", 0);
}

static void on_ended(void *data, const struct unit_result *result)
{
    struct request *request = data;

    if (result->fault != NULL && result->fault->kind != FAULT_UNSIGNED) {
        request_fault(request, fault_copy(request_pool(request), result->fault));
        return;
    }
    caller_end(request_caller(request)->session);
    answer_end(request);
}

/* Somebody whose session is over already wants nothing but its traces gone; a service has none. */
static void end_session(struct request *request)
{
    if (request_caller(request)->session == NULL)
        answer_end(request);
    else
        session_query(request, LANE_WRITE, "session_end", NULL, on_ended, request);
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* How long a session lives is the program's to know. */
static void list_sessions(struct request *request)
{
    const struct config *config = request_worker(request)->config;
    struct pool *pool = request_pool(request);

    request_argument_set(request, "hours", pool_print(pool, "%ld", config_number(config, "tokens", "session_hours")));
    request_argument_set(request, "idle_minutes",
                         pool_print(pool, "%ld", config_number(config, "tokens", "idle_minutes")));
    request_run(request);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static const char media_keys[] = "application/jwk-set+json"; /* RFC 7517, 8.5.2 */

static void show_keys(struct request *request)
{
    const char *set = keyring_jwks(request_pool(request), request_worker(request)->keys);

    request_set_header(request, "cache-control", "public, max-age=300");
    request_reply_bytes(request, 200, media_keys, set, strlen(set));
}

static const struct field open_fields[] = {
    {"login", FIELD_BODY, &field_text, 0, 200, "The name for signing in"},
    {"password", FIELD_BODY, &field_secret, FIELD_SECRET, 1000, "The password"},
    {"next", FIELD_BODY, &session_next, FIELD_OPTIONAL, 1000, "Where a form goes on to: a path of this service"},
    {0},
};

static const struct field show_fields[] = {
    {"next", FIELD_QUERY, &session_next, FIELD_OPTIONAL, 1000, "Where to go on to after signing in"},
    {"changed", FIELD_QUERY, &field_flag_, FIELD_OPTIONAL, 0, "The password was changed just now"},
    {0},
};

static const struct field refresh_fields[] = {
    {"refresh_token", FIELD_BODY, &field_secret, FIELD_SECRET, 200, "The refresh token; each is good for one renewal"},
    {0},
};

#define LIFE                                                                                                           \
    {"hours", FIELD_MADE, &field_text, FIELD_OPTIONAL, 0, NULL},                                                       \
    {                                                                                                                  \
        "idle_minutes", FIELD_MADE, &field_text, FIELD_OPTIONAL, 0, NULL                                               \
    }

static const struct field list_fields[] = {LIFE, {0}};

static const struct field revoke_fields[] = {
    {"session", FIELD_PATH, &field_id, 0, 0, "The session"},
    LIFE,
    {0},
};

static const struct resource resources[] = {
    {.name = "session_show",
     .method = METHOD_GET,
     .path = "/session",
     .capability = CAPABILITY_ANYONE,
     .summary = "The sign-in page; for programs, who is signed in",
     .fields = show_fields,
     .handle = show_session,
     .page = "sign_in",
     .flags = RESOURCE_UNFINISHED | RESOURCE_BEFORE_NOTICE},
    {.name = "session_open",
     .method = METHOD_POST,
     .path = "/session",
     .capability = CAPABILITY_ANYONE,
     .summary =
         "Signs in with login and password: an access token and a refresh token, or cookies for a form; 202 with a "
         "challenge when a code is to follow",
     .fields = open_fields,
     .handle = open_session,
     .flags = RESOURCE_NO_KEY | RESOURCE_UNFINISHED | RESOURCE_BEFORE_NOTICE},
    {.name = "session_refresh",
     .method = METHOD_POST,
     .path = "/session/refresh",
     .capability = CAPABILITY_ANYONE,
     .summary = "Trades a refresh token for a new access token and the next refresh token",
     .fields = refresh_fields,
     .handle = refresh_session,
     .flags = RESOURCE_NO_KEY | RESOURCE_DATA_ONLY | RESOURCE_UNFINISHED | RESOURCE_BEFORE_NOTICE},
    {.name = "session_end",
     .method = METHOD_POST,
     .path = "/session/end",
     .capability = CAPABILITY_ANYONE,
     .summary = "Signs out: the session and all its tokens end",
     .handle = end_session,
     .flags = RESOURCE_NO_KEY | RESOURCE_UNFINISHED | RESOURCE_BEFORE_NOTICE},
    {.name = "session_list",
     .method = METHOD_GET,
     .path = "/sessions",
     .capability = CAPABILITY_SIGNED_IN,
     .summary = "The caller's own sessions that live: address, since when, last seen",
     .fields = list_fields,
     .handle = list_sessions,
     .show = "session_list",
     .page = "sessions"},
    {.name = "session_revoke",
     .method = METHOD_POST,
     .path = "/sessions/{session}/end",
     .capability = CAPABILITY_SIGNED_IN,
     .summary = "Ends one of the caller's own sessions",
     .fields = revoke_fields,
     .handle = list_sessions,
     .change = "session_revoke",
     .show = "session_list",
     .see_other = "/sessions"},
    {.name = "key_list",
     .method = METHOD_GET,
     .path = "/.well-known/jwks.json",
     .capability = CAPABILITY_ANYONE,
     .summary = "The public keys that verify access tokens (RFC 7517)",
     .handle = show_keys,
     .media = media_keys,
     .flags = RESOURCE_DATA_ONLY},
};

const struct resource_table session_table = {.resources = resources, .count = sizeof resources / sizeof *resources};

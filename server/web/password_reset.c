/*
 * password_reset.c: a forgotten password, mended by a link that comes by mail.
 *
 * Whoever asks gets the same answer after the same work, whether or not there is such a person: it is veha notify that
 * looks. Without [mail] link_key no link can be made, and everybody is told so.
 */
#include "password_reset.h"

#include "veha/config.h"
#include "veha/link.h"
#include "veha/password.h"
#include "veha/request.h"
#include "veha/text.h"

#include "session.h"

#include <jansson.h>
#include <string.h>

static const char purpose[] = "password_reset";

static void reply_text(struct request *request, int status, const char *document)
{
    request_reply(request, status, document, strlen(document));
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void show_begin(struct request *request)
{
    reply_text(request, 200, request_argument(request, "asked") != NULL ? "{\"asked\":true}" : "{\"asked\":false}");
}

static void on_asked(void *data, const struct unit_result *result)
{
    struct request *request = data;
    struct pool *pool = request_pool(request);

    if (result->fault != NULL) {
        request_fault(request, fault_copy(pool, result->fault));
        return;
    }
    const json_t *answer = pool_adopt(pool, json_loads(result->document, 0, NULL), pool_release_json);
    if (json_integer_value(json_object_get(answer, "wait")) > 0)
        request_fault(request, fault_new(pool, FAULT_TOO_MANY, "password_reset_wait"));
    else if (request_is_form(request))
        request_see_other(request, "/session/password-resets?asked=true");
    else
        reply_text(request, 202, "{\"asked\":true}");
}

static void ask(struct request *request)
{
    struct pool *pool = request_pool(request);
    const char *key = config_text(request_worker(request)->config, "mail", "link_key");

    if (*key == '\0') {
        request_fault(request, fault_new(pool, FAULT_UNAVAILABLE, "password_reset_closed"));
        return;
    }
    const char *seed = link_seed(pool);
    const char *const values[] = {request_argument(request, "login"),
                                  link_hash(pool, link_token(pool, key, purpose, seed)), seed};
    session_query(request, LANE_WRITE, "password_reset_ask", values, on_asked, request);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static const char *token_hash(struct request *request)
{
    return link_hash(request_pool(request), request_argument(request, "token"));
}

static void on_shown(void *data, const struct unit_result *result)
{
    struct request *request = data;

    if (result->fault != NULL)
        request_fault(request, fault_copy(request_pool(request), result->fault));
    else
        request_reply(request, 200, result->document, result->document_length);
}

static void show(struct request *request)
{
    const char *const values[] = {token_hash(request)};

    session_query(request, LANE_READ, "password_reset_show", values, on_shown, request);
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* States: CHECKING (the link) → HASHING (ticket in the queue) → CHANGING → answered. */
struct change {
    struct request *request;
    struct password_ticket *ticket; /* while HASHING */
};

static void on_changed(void *data, const struct unit_result *result)
{
    struct change *change = data;
    struct request *request = change->request;

    if (result->fault != NULL)
        request_fault(request, fault_copy(request_pool(request), result->fault));
    else if (request_is_form(request))
        request_see_other(request, "/session?changed=true");
    else
        reply_text(request, 200, "{\"changed\":true}");
}

static void on_hashed(void *data, const char *hash)
{
    struct change *change = data;
    const char *const values[] = {token_hash(change->request), hash};

    change->ticket = NULL;
    if (hash == NULL) {
        request_fault(change->request, fault_new(request_pool(change->request), FAULT_UNAVAILABLE, "sign_in_busy"));
        return;
    }
    session_query(change->request, LANE_WRITE, "password_reset_use", values, on_changed, change);
}

/* Nobody without a good link makes the host compute a hash. */
static void on_checked(void *data, const struct unit_result *result)
{
    struct change *change = data;
    struct request *request = change->request;

    if (result->fault != NULL) {
        request_fault(request, fault_copy(request_pool(request), result->fault));
        return;
    }
    change->ticket =
        password_make(request_worker(request)->passwords, request_argument(request, "password"), on_hashed, change);
    if (change->ticket == NULL)
        request_fault(request, fault_new(request_pool(request), FAULT_UNAVAILABLE, "sign_in_busy"));
}

static void release_change(void *thing)
{
    struct change *change = thing;
    if (change->ticket != NULL)
        password_forget(change->ticket);
}

static void use(struct request *request)
{
    struct change *change = pool_alloc(request_pool(request), sizeof *change);
    const char *weakness = password_weakness(request_argument(request, "password"));
    const char *const values[] = {token_hash(request)};
    struct fault *fault = NULL;

    if (weakness != NULL) {
        fault_add(request_pool(request), &fault, "password", weakness);
        request_fault(request, fault);
        return;
    }
    change->request = request;
    request_hold(request, change, release_change);
    session_query(request, LANE_READ, "password_reset_show", values, on_checked, change);
}

static const struct field begin_fields[] = {
    {"asked", FIELD_QUERY, &field_flag_, FIELD_OPTIONAL, 0, "The form was sent"},
    {0},
};

static const struct field ask_fields[] = {
    {"login", FIELD_BODY, &field_text, 0, 200, "The name for signing in"},
    {0},
};

#define TOKEN                                                                                                          \
    {                                                                                                                  \
        "token", FIELD_PATH, &field_secret, FIELD_SECRET, 100, "The token of the link"                                 \
    }

static const struct field show_fields[] = {TOKEN, {0}};

static const struct field use_fields[] = {
    TOKEN,
    {"password", FIELD_BODY, &field_secret, FIELD_SECRET, 1000, "The new password"},
    {0},
};

/* Nobody is signed in here, and keys of repeated requests are people's: asking twice sends two letters, and a link is
 * good once by itself. */
static const struct resource resources[] = {
    {.name = "password_reset_begin",
     .method = METHOD_GET,
     .path = "/session/password-resets",
     .capability = CAPABILITY_ANYONE,
     .summary = "The page of a forgotten password",
     .fields = begin_fields,
     .handle = show_begin,
     .page = "password_reset_begin",
     .flags = RESOURCE_UNFINISHED | RESOURCE_BEFORE_NOTICE},
    {.name = "password_reset_ask",
     .method = METHOD_POST,
     .path = "/session/password-resets",
     .capability = CAPABILITY_ANYONE,
     .summary = "Ask for a link by mail; the answer is the same whether or not there is such a person",
     .fields = ask_fields,
     .handle = ask,
     .flags = RESOURCE_NO_KEY | RESOURCE_UNFINISHED | RESOURCE_BEFORE_NOTICE},
    {.name = "password_reset_show",
     .method = METHOD_GET,
     .path = "/session/password-resets/{token}",
     .capability = CAPABILITY_ANYONE,
     .summary = "Whose password the link may change",
     .fields = show_fields,
     .handle = show,
     .page = "password_reset",
     .flags = RESOURCE_UNFINISHED | RESOURCE_BEFORE_NOTICE},
    {.name = "password_reset_use",
     .method = METHOD_POST,
     .path = "/session/password-resets/{token}",
     .capability = CAPABILITY_ANYONE,
     .summary = "Choose a new password, once; all sessions of the person end",
     .fields = use_fields,
     .handle = use,
     .flags = RESOURCE_NO_KEY | RESOURCE_UNFINISHED | RESOURCE_BEFORE_NOTICE},
};

const struct resource_table password_reset_table = {.resources = resources,
                                                    .count = sizeof resources / sizeof *resources};

/* invitation.c: the resources of whoever holds an invitation's link: seeing what it is for, and taking it. */
#include "invitation.h"

#include "veha/config.h"
#include "veha/invitation.h"
#include "veha/password.h"
#include "veha/refresh.h"
#include "veha/text.h"

#include "exchange.h"
#include "session.h"
#include "session_grant.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_LENGTH = 43 /* 256 bits as base64url */ };

static const char *read_token(struct pool *pool, const char *text, const char **canonical)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    if (strlen(text) != TOKEN_LENGTH || strspn(text, letters) != TOKEN_LENGTH)
        return "invitation_unusable";
    *canonical = pool_copy(pool, text);
    return NULL;
}

static const struct field_type field_token = {
    "invitation_token", "{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_-]{43}$\",\"maxLength\":43}", read_token};

/* States: LOOKING (is the token good for anything?) → HASHING (ticket in the queue; only somebody new) → TAKING →
 * answered. */
struct acceptance {
    struct request *request;
    struct password_ticket *ticket; /* while HASHING */
    const char *hash;               /* of the token */
    struct session_grant grant;
};

/* Used, expired, revoked and never given are one answer. */
static void refuse_token(struct request *request)
{
    request_fault(request, fault_new(request_pool(request), FAULT_NOT_FOUND, "invitation_unusable"));
}

/* The unit's document; NULL after the request was answered for it. */
static const json_t *read_result(struct request *request, const struct unit_result *result)
{
    if (result->fault != NULL || result->document != NULL)
        return request_document(request, result);
    refuse_token(request);
    return NULL;
}

static const char *token_hash(struct request *request)
{
    return invitation_hash(request_pool(request), request_argument(request, "token"));
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void on_shown(void *data, const struct unit_result *result)
{
    struct request *request = data;

    if (read_result(request, result) != NULL)
        request_reply(request, 200, result->document, result->document_length);
}

static void show_invitation(struct request *request)
{
    const char *const values[] = {token_hash(request)};
    session_query(request, LANE_READ, "invitation_show", values, on_shown, request);
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* What becomes of those who get no session by taking an invitation. */
static void answer_outcome(struct request *request, const char *outcome)
{
    struct pool *pool = request_pool(request);
    const char *here = pool_print(pool, "/invitations/%s", request_argument(request, "token"));

    if (text_equal(outcome, "another"))
        request_fault(request, fault_new(pool, FAULT_CONFLICT, "invitation_of_another"));
    else if (text_equal(outcome, "sign_in") && request_is_form(request))
        request_see_other(request, pool_print(pool, "/session?next=%s", here));
    else if (text_equal(outcome, "sign_in"))
        request_fault(request, fault_new(pool, FAULT_CONFLICT, "invitation_sign_in"));
    else if (request_is_form(request))
        request_see_other(request, "/");
    else
        request_reply(request, 200, "{\"outcome\": \"taken\"}", strlen("{\"outcome\": \"taken\"}"));
}

static void on_taken(void *data, const struct unit_result *result)
{
    struct acceptance *acceptance = data;
    struct request *request = acceptance->request;
    const json_t *document = read_result(request, result);
    const char *outcome = json_string_value(json_object_get(document, "outcome"));

    if (document == NULL)
        return;
    if (outcome != NULL) {
        answer_outcome(request, outcome);
        return;
    }
    const struct fault *fault = session_grant_read(request, result, &acceptance->grant);
    if (fault != NULL)
        request_fault(request, fault);
    else
        session_welcome(request, &acceptance->grant);
}

static void take(struct acceptance *acceptance, const char *chosen)
{
    struct request *request = acceptance->request;
    struct pool *pool = request_pool(request);

    acceptance->grant.refresh = refresh_new(pool);
    const char *const values[] = {
        acceptance->hash, chosen, refresh_hash(pool, acceptance->grant.refresh),
        pool_print(pool, "%ld", config_number(request_worker(request)->config, "tokens", "session_hours"))};
    session_query(request, LANE_WRITE, "invitation_accept", values, on_taken, acceptance);
}

static void on_hashed(void *data, const char *hash)
{
    struct acceptance *acceptance = data;

    acceptance->ticket = NULL;
    if (hash == NULL)
        request_fault(acceptance->request,
                      fault_new(request_pool(acceptance->request), FAULT_UNAVAILABLE, "sign_in_busy"));
    else
        take(acceptance, pool_copy(request_pool(acceptance->request), hash));
}

static void release_acceptance(void *thing)
{
    struct acceptance *acceptance = thing;
    if (acceptance->ticket != NULL)
        password_forget(acceptance->ticket);
}

static void choose_password(struct acceptance *acceptance)
{
    struct request *request = acceptance->request;
    const char *password = request_argument(request, "password");
    const char *weakness = password == NULL ? "required" : password_weakness(password);

    if (weakness != NULL) {
        struct fault *fault = NULL;
        fault_add(request_pool(request), &fault, "password", weakness);
        request_fault(request, fault);
        return;
    }
    acceptance->ticket = password_make(request_worker(request)->passwords, password, on_hashed, acceptance);
    if (acceptance->ticket == NULL)
        request_fault(request, fault_new(request_pool(request), FAULT_UNAVAILABLE, "sign_in_busy"));
}

/* Nobody makes us hash passwords without a good token. */
static void on_looked(void *data, const struct unit_result *result)
{
    struct acceptance *acceptance = data;
    const json_t *document = read_result(acceptance->request, result);
    bool signed_in = request_caller(acceptance->request)->proof != CALLER_NOBODY;

    if (document == NULL)
        return;
    if (json_is_true(json_object_get(document, "known")) || signed_in)
        take(acceptance, NULL);
    else
        choose_password(acceptance);
}

static void accept_invitation(struct request *request)
{
    struct acceptance *acceptance = pool_alloc(request_pool(request), sizeof *acceptance);

    acceptance->request = request;
    acceptance->hash = token_hash(request);
    request_hold(request, acceptance, release_acceptance);
    const char *const values[] = {acceptance->hash};
    session_query(request, LANE_READ, "invitation_show", values, on_looked, acceptance);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static const struct field show_fields[] = {
    {"token", FIELD_PATH, &field_token, FIELD_SECRET, 0, "The token of the link"},
    {0},
};

static const struct field accept_fields[] = {
    {"token", FIELD_PATH, &field_token, FIELD_SECRET, 0, "The token of the link"},
    {"password", FIELD_BODY, &field_secret, FIELD_OPTIONAL | FIELD_SECRET, 1000,
     "The password somebody new chooses: 12 to 128 characters"},
    {0},
};

static const struct resource resources[] = {
    {.name = "invitation_show",
     .method = METHOD_GET,
     .path = "/invitations/{token}",
     .capability = CAPABILITY_ANYONE,
     .summary = "What an invitation is for, to whoever holds its token",
     .fields = show_fields,
     .handle = show_invitation,
     .page = "invitation"},
    {.name = "invitation_accept",
     .method = METHOD_POST,
     .path = "/session/invitations/{token}",
     .capability = CAPABILITY_ANYONE,
     .summary =
         "Takes an invitation: somebody new chooses a password and is signed in, somebody known must be signed in",
     .fields = accept_fields,
     .handle = accept_invitation,
     .see_other = "/invitations/{token}",
     .flags = RESOURCE_NO_KEY},
};

const struct resource_table invitation_table = {.resources = resources, .count = sizeof resources / sizeof *resources};

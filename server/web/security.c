/* security.c: a person's own password, authenticator and recovery codes. */
#include "security.h"

#include "veha/clock.h"
#include "veha/factor.h"
#include "veha/password.h"
#include "veha/qr.h"
#include "veha/text.h"

#include "exchange.h"
#include "session.h"

#include <jansson.h>
#include <stdlib.h>

static void refuse_field(struct request *request, const char *field, const char *code)
{
    struct fault *fault = NULL;

    fault_add(request_pool(request), &fault, field, code);
    request_fault(request, fault);
}

/* What was changed is seen on the page it was changed from. */
static void on_changed(void *data, const struct unit_result *result)
{
    struct request *request = data;

    if (request_document(request, result) == NULL)
        return;
    if (request_is_form(request))
        request_see_other(request, "/session/security");
    else
        request_reply(request, 200, result->document, result->document_length);
}

/* ------------------------------------------------------------------------------------------------------------------ */
/* The own password is asked for before what a stranger at an open screen must not do. */

/* States: ATTEMPT (charged in the database) → HASHING (ticket in the queue) → proven goes on. */
struct proof {
    struct request *request;
    struct password_ticket *ticket; /* while HASHING */
    void (*proven)(struct proof *proof);
    const char *codes; /* hashes for the database, where new codes are made */
    json_t *shown;     /* and the codes themselves */
};

static void release_proof(void *thing)
{
    struct proof *proof = thing;
    if (proof->ticket != NULL)
        password_forget(proof->ticket);
}

static void hold_ticket(struct proof *proof, struct password_ticket *ticket)
{
    proof->ticket = ticket;
    if (ticket == NULL)
        request_fault(proof->request, fault_new(request_pool(proof->request), FAULT_UNAVAILABLE, "sign_in_busy"));
}

static void on_password(void *data, bool right)
{
    struct proof *proof = data;

    proof->ticket = NULL;
    if (right)
        proof->proven(proof);
    else
        refuse_field(proof->request, "password", "password_wrong");
}

static void on_attempt(void *data, const struct unit_result *result)
{
    struct proof *proof = data;
    struct request *request = proof->request;
    const json_t *attempt = request_document(request, result);

    if (attempt == NULL)
        return;
    if (json_integer_value(json_object_get(attempt, "wait")) > 0) {
        request_fault(request, fault_new(request_pool(request), FAULT_TOO_MANY, "sign_in_wait"));
        return;
    }
    hold_ticket(proof, password_verify(request_worker(request)->passwords, request_argument(request, "password"),
                                       json_string_value(json_object_get(attempt, "hash")), on_password, proof));
}

static void prove(struct request *request, void (*proven)(struct proof *proof))
{
    struct proof *proof = pool_alloc(request_pool(request), sizeof *proof);

    proof->request = request;
    proof->proven = proven;
    request_hold(request, proof, release_proof);
    session_query(request, LANE_WRITE, "password_attempt", NULL, on_attempt, proof);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void on_hashed(void *data, const char *hash)
{
    struct proof *proof = data;

    proof->ticket = NULL;
    if (hash == NULL)
        request_fault(proof->request, fault_new(request_pool(proof->request), FAULT_UNAVAILABLE, "sign_in_busy"));
    else
        session_query(proof->request, LANE_WRITE, "password_change", (const char *const[]){hash}, on_changed,
                      proof->request);
}

static void hash_new(struct proof *proof)
{
    struct request *request = proof->request;

    hold_ticket(proof, password_make(request_worker(request)->passwords, request_argument(request, "new_password"),
                                     on_hashed, proof));
}

static void change_password(struct request *request)
{
    const char *weakness = password_weakness(request_argument(request, "new_password"));

    if (weakness != NULL)
        refuse_field(request, "new_password", weakness);
    else
        prove(request, hash_new);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void make_codes(struct proof *proof)
{
    struct pool *pool = request_pool(proof->request);
    const struct keyring *keys = request_worker(proof->request)->keys;
    const char *person = request_caller(proof->request)->person;
    json_t *hashes = pool_adopt(pool, json_array(), pool_release_json);

    proof->shown = pool_adopt(pool, json_array(), pool_release_json);
    for (int i = 0; i < RECOVERY_CODES; i++) {
        const char *code = recovery_new(pool);
        json_array_append_new(proof->shown, json_string(code));
        json_array_append_new(hashes, json_string(recovery_hash(pool, keys, person, code)));
    }
    proof->codes = pool_adopt(pool, json_dumps(hashes, JSON_COMPACT), free);
}

/* The only time that anybody sees them. */
static void on_codes_kept(void *data, const struct unit_result *result)
{
    struct proof *proof = data;

    if (request_document(proof->request, result) != NULL)
        session_reply(
            proof->request, 200,
            json_pack("{s:O, s:s*}", "recovery_codes", proof->shown, "next", request_argument(proof->request, "next")));
}

static void replace_codes(struct proof *proof)
{
    make_codes(proof);
    session_query(proof->request, LANE_WRITE, "recovery_renew", (const char *const[]){proof->codes}, on_codes_kept,
                  proof);
}

static void renew_codes(struct request *request)
{
    prove(request, replace_codes);
}

static void forget_factor(struct proof *proof)
{
    session_query(proof->request, LANE_WRITE, "factor_end", NULL, on_changed, proof->request);
}

static void end_factor(struct request *request)
{
    prove(request, forget_factor);
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* The secret that is being set up; false after answering that there is none. */
static bool read_wanted(struct request *request, const json_t *wanted, struct totp_secret *secret)
{
    const char *sealed = json_string_value(json_object_get(wanted, "sealed"));

    if (sealed != NULL && factor_open(request_worker(request)->keys, request_caller(request)->person, sealed, secret))
        return true;
    if (request_wants_html(request))
        request_see_other(request, session_first(request, "/session/security"));
    else
        request_fault(request, fault_new(request_pool(request), FAULT_CONFLICT, "factor_not_begun"));
    return false;
}

static json_t *describe(struct request *request, const struct totp_secret *secret, const char *login)
{
    struct pool *pool = request_pool(request);
    const char *address = totp_address(pool, secret, request_worker(request)->table->title, login);

    unsigned size = 0;
    const char *path = request_wants_html(request) ? qr_path(pool, address, &size) : NULL;
    json_t *told = json_pack("{s:s, s:s, s:s*}", "secret", totp_secret_print(pool, secret), "address", address, "next",
                             request_argument(request, "next"));

    if (path != NULL)
        json_object_set_new(told, "qr", json_pack("{s:i, s:s}", "size", (int)size, "path", path));
    return told;
}

static void on_wanted(void *data, const struct unit_result *result)
{
    struct request *request = data;
    struct totp_secret secret;
    const json_t *wanted = request_document(request, result);

    if (wanted != NULL && read_wanted(request, wanted, &secret))
        session_reply(request, 200, describe(request, &secret, json_string_value(json_object_get(wanted, "login"))));
}

static void show_factor(struct request *request)
{
    session_query(request, LANE_WRITE, "factor_wanted", NULL, on_wanted, request);
}

static void on_begun(void *data, const struct unit_result *result)
{
    struct request *request = data;

    if (result->fault == NULL && request_is_form(request))
        request_see_other(request, session_first(request, "/session/factor/setup"));
    else
        on_wanted(request, result);
}

static void begin_factor(struct request *request)
{
    struct totp_secret secret;

    totp_secret_new(&secret);
    const char *sealed =
        factor_seal(request_pool(request), request_worker(request)->keys, request_caller(request)->person, &secret);
    session_query(request, LANE_WRITE, "factor_begin", (const char *const[]){sealed}, on_begun, request);
}

static void on_wanted_again(void *data, const struct unit_result *result)
{
    struct proof *proof = data;
    struct request *request = proof->request;
    struct pool *pool = request_pool(request);
    struct totp_secret secret;
    const json_t *wanted = request_document(request, result);

    if (wanted == NULL || !read_wanted(request, wanted, &secret))
        return;
    int64_t step = totp_step_of(&secret, request_argument(request, "code"), clock_now());
    if (step < 0) {
        refuse_field(request, "code", "code_refused");
        return;
    }
    make_codes(proof);
    const char *const values[] = {json_string_value(json_object_get(wanted, "sealed")),
                                  pool_print(pool, "%lld", (long long)step), proof->codes};
    session_query(request, LANE_WRITE, "factor_confirm", values, on_codes_kept, proof);
}

static void confirm_factor(struct request *request)
{
    struct proof *proof = pool_alloc(request_pool(request), sizeof *proof);

    proof->request = request;
    session_query(request, LANE_WRITE, "factor_wanted", NULL, on_wanted_again, proof);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static const struct field password_fields[] = {
    {"password", FIELD_BODY, &field_secret, FIELD_SECRET, 1000, "The password so far"},
    {"new_password", FIELD_BODY, &field_secret, FIELD_SECRET, 1000, "The new one: 12 to 128 characters"},
    {0},
};

static const struct field proof_fields[] = {
    {"password", FIELD_BODY, &field_secret, FIELD_SECRET, 1000, "The own password"},
    {0},
};

static const struct field show_fields[] = {
    {"next", FIELD_QUERY, &session_next, FIELD_OPTIONAL, 1000, "Where to go on to when the authenticator is set up"},
    {0},
};

static const struct field begin_fields[] = {
    {"next", FIELD_BODY, &session_next, FIELD_OPTIONAL, 1000, "Where a form goes on to: a path of this service"},
    {0},
};

static const struct field confirm_fields[] = {
    {"code", FIELD_BODY, &field_secret, FIELD_SECRET, 100, "Six digits of the authenticator that is being set up"},
    {"next", FIELD_BODY, &session_next, FIELD_OPTIONAL, 1000, "Where a form goes on to: a path of this service"},
    {0},
};

static const struct field reset_fields[] = {
    {"person", FIELD_PATH, &field_id, 0, 0, "Who lost the device"},
    {"reason", FIELD_BODY, &field_prose, 0, 2000, "Why, and how it was made sure who asks"},
    {0},
};

static const struct resource resources[] = {
    {.name = "security_show",
     .method = METHOD_GET,
     .path = "/session/security",
     .capability = CAPABILITY_SIGNED_IN,
     .summary = "The own password, second factor and recovery codes: what is set, and what the own roles ask for",
     .fields = show_fields,
     .show = "security_show",
     .page = "security",
     .flags = RESOURCE_UNFINISHED | RESOURCE_BEFORE_NOTICE},
    {.name = "password_change",
     .method = METHOD_POST,
     .path = "/session/password",
     .capability = CAPABILITY_SIGNED_IN,
     .summary = "Changes the own password; all other sessions end",
     .fields = password_fields,
     .handle = change_password,
     .see_other = "/session/security",
     .flags = RESOURCE_NO_KEY},
    {.name = "factor_begin",
     .method = METHOD_POST,
     .path = "/session/factor/begin",
     .capability = CAPABILITY_SIGNED_IN,
     .summary = "A new secret for an authenticator, not yet asked for",
     .fields = begin_fields,
     .handle = begin_factor,
     .see_other = "/session/security",
     .flags = RESOURCE_NO_KEY | RESOURCE_UNFINISHED | RESOURCE_BEFORE_NOTICE},
    {.name = "factor_show",
     .method = METHOD_GET,
     .path = "/session/factor/setup",
     .capability = CAPABILITY_SIGNED_IN,
     .summary = "The secret that is being set up: as text, as otpauth address and as QR code",
     .fields = show_fields,
     .handle = show_factor,
     .page = "factor_setup",
     .flags = RESOURCE_UNFINISHED | RESOURCE_BEFORE_NOTICE},
    {.name = "factor_confirm",
     .method = METHOD_POST,
     .path = "/session/factor/confirm",
     .capability = CAPABILITY_SIGNED_IN,
     .summary =
         "The first code proves the authenticator: from now on codes are asked for; answers with ten recovery codes",
     .fields = confirm_fields,
     .handle = confirm_factor,
     .page = "recovery_codes",
     .see_other = "/session/factor/setup",
     .flags = RESOURCE_NO_KEY | RESOURCE_UNFINISHED | RESOURCE_BEFORE_NOTICE},
    {.name = "recovery_renew",
     .method = METHOD_POST,
     .path = "/session/factor/codes",
     .capability = CAPABILITY_SIGNED_IN,
     .summary = "Ten new recovery codes in place of the old ones",
     .fields = proof_fields,
     .handle = renew_codes,
     .page = "recovery_codes",
     .see_other = "/session/security",
     .flags = RESOURCE_NO_KEY},
    {.name = "factor_end",
     .method = METHOD_POST,
     .path = "/session/factor/end",
     .capability = CAPABILITY_SIGNED_IN,
     .summary = "Forgets the authenticator; all other sessions end, and whose role asks for one sets up the next "
                "before all else",
     .fields = proof_fields,
     .handle = end_factor,
     .see_other = "/session/security",
     .flags = RESOURCE_NO_KEY},
    {.name = "person_factor_reset",
     .method = METHOD_POST,
     .path = "/people/{person}/factor-reset",
     .capability = "factor.reset",
     .summary = "Takes the second factor from a person who lost it; all their sessions end",
     .fields = reset_fields,
     .change = "person_factor_reset",
     .see_other = "/people/{person}"},
};

const struct resource_table security_table = {.resources = resources, .count = sizeof resources / sizeof *resources};

/* session_factor.c: the second step of signing in: a code of an authenticator, or a recovery code. */
#include "session_factor.h"

#include "veha/clock.h"
#include "veha/config.h"
#include "veha/factor.h"
#include "veha/log.h"
#include "veha/refresh.h"
#include "veha/text.h"

#include "exchange.h"
#include "session.h"
#include "session_grant.h"

#include <jansson.h>

enum { CHALLENGE_SECONDS = 600 }; /* as challenge_life() of the database */

static const char challenge_cookie[] = "__Host-challenge";

void factor_challenge(struct request *request, const char *challenge)
{
    if (!request_is_form(request)) {
        session_reply(request, 202, json_pack("{s:s, s:i}", "challenge", challenge, "expires_in", CHALLENGE_SECONDS));
        return;
    }
    request_set_cookie(request, challenge_cookie, challenge, CHALLENGE_SECONDS);
    request_see_other(request, session_first(request, "/session/factor"));
}

/* The page that asks for the code; without a password before it, that comes first. */
static void ask_code(struct request *request)
{
    const char *next = request_argument(request, "next");
    bool asked = request_cookie(request, challenge_cookie) != NULL;

    if (!asked && request->problem == NULL)
        request_see_other(request, session_first(request, "/session"));
    else
        session_reply(request, 200, json_pack("{s:s?}", "next", next));
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* States: ATTEMPT (charged in the database) → PASSING (the code is right, if nobody used it before) → answered. */
struct answer {
    struct request *request;
    const char *challenge; /* hash */
    struct session_grant grant;
};

static void refuse(struct request *request, enum fault_kind kind, const char *code)
{
    request_fault(request, fault_new(request_pool(request), kind, code));
}

static void on_passed(void *data, const struct unit_result *result)
{
    struct answer *answer = data;
    struct request *request = answer->request;
    const struct fault *fault = session_grant_read(request, result, &answer->grant);

    if (fault != NULL) {
        request_fault(request, fault);
        return;
    }
    if (request_cookie(request, challenge_cookie) != NULL)
        request_set_cookie(request, challenge_cookie, "", 0);
    session_welcome(request, &answer->grant);
}

static void pass(struct answer *answer, const char *step, const char *recovery)
{
    struct request *request = answer->request;
    struct pool *pool = request_pool(request);

    answer->grant.refresh = refresh_new(pool);
    const char *const values[] = {
        answer->challenge, step, recovery, refresh_hash(pool, answer->grant.refresh),
        pool_print(pool, "%ld", config_number(request_worker(request)->config, "tokens", "session_hours"))};
    session_query(request, LANE_WRITE, "factor_pass", values, on_passed, answer);
}

/* -1: it is no code of this authenticator. */
static int64_t step_of(struct request *request, const char *person, const char *sealed, const char *code)
{
    struct totp_secret secret;

    if (!factor_open(request_worker(request)->keys, person, sealed, &secret)) {
        log_event(LOG_LEVEL_ERROR, "factor_not_opened", "person", person, NULL); /* another secret.key sealed it */
        return -1;
    }
    return totp_step_of(&secret, code, clock_now());
}

static void check_code(struct answer *answer, const char *person, const char *sealed)
{
    struct request *request = answer->request;
    struct pool *pool = request_pool(request);
    const char *code = request_argument(request, "code");
    int64_t step = step_of(request, person, sealed, code);
    const char *recovery = step >= 0 ? NULL : recovery_hash(pool, request_worker(request)->keys, person, code);

    if (step < 0 && recovery == NULL)
        refuse(request, FAULT_UNSIGNED, "code_refused");
    else
        pass(answer, step < 0 ? NULL : pool_print(pool, "%lld", (long long)step), recovery);
}

static void on_attempt(void *data, const struct unit_result *result)
{
    struct answer *answer = data;
    struct request *request = answer->request;
    const json_t *attempt = request_document(request, result);

    if (attempt == NULL)
        return;
    const char *refused = json_string_value(json_object_get(attempt, "refused"));
    const char *sealed = json_string_value(json_object_get(attempt, "sealed"));
    if (refused != NULL || sealed == NULL)
        refuse(request, FAULT_UNSIGNED,
               refused != NULL ? pool_copy(request_pool(request), refused) : "challenge_refused");
    else if (json_integer_value(json_object_get(attempt, "wait")) > 0)
        refuse(request, FAULT_TOO_MANY, "sign_in_wait");
    else
        check_code(answer, json_string_value(json_object_get(attempt, "person")), sealed);
}

static void answer_code(struct request *request)
{
    struct answer *answer = pool_alloc(request_pool(request), sizeof *answer);
    const char *told = request_argument(request, "challenge");
    const char *challenge = told != NULL ? told : request_cookie(request, challenge_cookie);

    answer->request = request;
    if (challenge == NULL) {
        refuse(request, FAULT_UNSIGNED, "challenge_refused");
        return;
    }
    answer->challenge = refresh_hash(request_pool(request), challenge);
    session_query(request, LANE_WRITE, "factor_attempt", (const char *const[]){answer->challenge}, on_attempt, answer);
}

static const struct field ask_fields[] = {
    {"next", FIELD_QUERY, &session_next, FIELD_OPTIONAL, 1000, "Where to go on to after signing in"},
    {0},
};

static const struct field answer_fields[] = {
    {"code", FIELD_BODY, &field_secret, FIELD_SECRET, 100,
     "Six digits of the authenticator, or a recovery code; each serves once"},
    {"challenge", FIELD_BODY, &field_secret, FIELD_SECRET | FIELD_OPTIONAL, 200,
     "As POST /session answered; a form has it in a cookie"},
    {"next", FIELD_BODY, &session_next, FIELD_OPTIONAL, 1000, "Where a form goes on to: a path of this service"},
    {0},
};

static const struct resource resources[] = {
    {.name = "factor_ask",
     .method = METHOD_GET,
     .path = "/session/factor",
     .capability = CAPABILITY_ANYONE,
     .summary = "The page that asks for the code after the password",
     .fields = ask_fields,
     .handle = ask_code,
     .page = "factor",
     .flags = RESOURCE_PAGE_ONLY},
    {.name = "factor_answer",
     .method = METHOD_POST,
     .path = "/session/factor",
     .capability = CAPABILITY_ANYONE,
     .summary = "The second step of signing in: a code for the challenge; answers as POST /session does without one",
     .fields = answer_fields,
     .handle = answer_code,
     .flags = RESOURCE_NO_KEY | RESOURCE_UNFINISHED | RESOURCE_BEFORE_NOTICE},
};

const struct resource_table factor_table = {.resources = resources, .count = sizeof resources / sizeof *resources};

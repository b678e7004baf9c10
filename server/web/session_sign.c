/* session_sign.c: finds out who is behind a request, renewing a page's session in place when its access token has run
 * out. */
#include "veha/clock.h"
#include "veha/text.h"

#include "exchange.h"
#include "session.h"
#include "session_grant.h"

#include <string.h>
#include <strings.h>

static const struct caller nobody = {.proof = CALLER_NOBODY};

static struct fault *read_token(struct request *request, const char *token, struct caller *caller)
{
    const struct worker *worker = request_worker(request);
    return caller_read(request_pool(request), worker->keys, worker->token_rules, token, strlen(token), clock_now(),
                       caller);
}

static bool is_of_a_page(const struct request *request)
{
    bool plain = request_is_form(request) && !args_take_upload(request->resource); /* programs send files as forms do */
    return plain || request_wants_html(request);
}

static void sign_by_bearer(struct request *request, const char *authorization, struct caller *caller)
{
    static const char scheme[] = "bearer ";

    struct fault *fault = strncasecmp(authorization, scheme, sizeof scheme - 1) != 0
                              ? fault_new(request_pool(request), FAULT_UNSIGNED, "token_malformed")
                              : read_token(request, authorization + sizeof scheme - 1, caller);
    if (fault == NULL && caller->service != NULL && is_of_a_page(request)) {
        request->representation = REPRESENTATION_JSON; /* a program is told so, not sent to the sign-in page */
        fault = fault_new(request_pool(request), FAULT_UNSIGNED, "service_on_page");
    }
    if (fault != NULL)
        request_fault(request, fault);
    else
        request_signed(request, caller);
}

struct renewal {
    struct request *request;
    struct session_grant grant;
};

/* A refresh token that is no good makes a nobody, who may still see the sign-in page; a database that is away tells
 * nothing about anybody. */
static void on_renewed(void *data, const struct unit_result *result)
{
    struct renewal *renewal = data;
    struct request *request = renewal->request;
    const struct fault *fault = session_grant_read(request, result, &renewal->grant);

    if (fault != NULL && fault->kind != FAULT_UNSIGNED) {
        request_fault(request, fault);
        return;
    }
    if (fault != NULL) {
        session_forget_cookies(request);
        request_signed(request, &nobody);
        return;
    }
    session_grant_cookies(request, &renewal->grant);
    renewal->grant.caller.proof = CALLER_COOKIE;
    request_signed(request, &renewal->grant.caller);
}

static void renew_in_place(struct request *request, const char *presented)
{
    struct renewal *renewal = pool_alloc(request_pool(request), sizeof *renewal);

    renewal->request = request;
    if (session_renew(request, presented, &renewal->grant, on_renewed, renewal))
        return;
    session_forget_cookies(request);
    request_signed(request, &nobody);
}

void session_sign(struct request *request)
{
    struct caller *caller = pool_alloc(request_pool(request), sizeof *caller);
    const char *authorization = request_header(request, "authorization");
    const char *access = request_cookie(request, session_access_cookie);
    const char *refresh = request_cookie(request, session_refresh_cookie);

    if (authorization != NULL) {
        sign_by_bearer(request, authorization, caller);
    } else if (access != NULL && read_token(request, access, caller) == NULL && caller->service == NULL) {
        caller->proof = CALLER_COOKIE;
        request_signed(request, caller);
    } else if (refresh != NULL && is_of_a_page(request)) {
        renew_in_place(request, refresh);
    } else {
        request_signed(request, &nobody);
    }
}

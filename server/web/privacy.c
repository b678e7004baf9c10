/* privacy.c: the notice about personal data: what is kept of a person, and that it was read. */
#include "privacy.h"

#include "veha/request.h"

#include "session.h"

static void on_accepted(void *data, const struct unit_result *result)
{
    struct request *request = data;
    const char *next = request_argument(request, "next");

    if (result->replayed)
        request_set_header(request, "idempotency-replayed", "true");
    if (result->fault != NULL)
        request_fault(request, fault_copy(request_pool(request), result->fault));
    else if (request_is_form(request))
        request_see_other(request, next != NULL ? next : "/");
    else
        request_reply(request, 200, result->document, result->document_length);
}

static void accept_notice(struct request *request)
{
    request_run_to(request, on_accepted, request);
}

static const struct field show_fields[] = {
    {"next", FIELD_QUERY, &session_next, FIELD_OPTIONAL, 1000, "Where to go on to after reading it"},
    {0},
};

static const struct field accept_fields[] = {
    {"notice", FIELD_BODY, &field_id, 0, 0, "The version of the notice that was read"},
    {"next", FIELD_BODY, &session_next, FIELD_OPTIONAL, 1000, "Where a form goes on to: a path of this service"},
    {0},
};

static const struct resource resources[] = {
    {.name = "privacy_show",
     .method = METHOD_GET,
     .path = "/privacy",
     .capability = CAPABILITY_SIGNED_IN,
     .summary = "The notice about personal data: what is kept of the caller, and why",
     .fields = show_fields,
     .show = "privacy_show",
     .page = "privacy",
     .flags = RESOURCE_BEFORE_NOTICE},
    {.name = "privacy_accept",
     .method = METHOD_POST,
     .path = "/privacy",
     .capability = CAPABILITY_SIGNED_IN,
     .summary = "Say that the notice was read; nothing else is open before but setting up the second factor",
     .fields = accept_fields,
     .handle = accept_notice,
     .change = "privacy_accept",
     .show = "privacy_show",
     .see_other = "/privacy",
     .flags = RESOURCE_BEFORE_NOTICE},
};

const struct resource_table privacy_table = {.resources = resources, .count = sizeof resources / sizeof *resources};

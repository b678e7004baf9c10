/* public.c: opens what is public, unless the region keeps it to itself. */
#include "public.h"

#include "veha/clock.h"
#include "veha/config.h"

#include "account.h"

#include <stdlib.h>
#include <string.h>

enum { KEPT_MS = 60 * 1000 };

/* What nobody in particular was told last of the whole region: to count ten thousand organisations for each who asks
 * would let strangers keep the slow lanes busy. */
static struct {
    char *document;
    size_t length;
    int64_t until; /* monotonic */
} kept;

static void open_to(struct request *request, resource_handle *handle)
{
    if (config_switch(request_worker(request)->config, "region", "public"))
        handle(request);
    else
        request_fault(request, fault_new(request_pool(request), FAULT_NOT_FOUND, NULL));
}

void public_open(struct request *request)
{
    open_to(request, request_run);
}

void public_search(struct request *request)
{
    open_to(request, account_search);
}

static void keep(const struct unit_result *result)
{
    char *document = malloc(result->document_length);

    if (document == NULL)
        return;
    memcpy(document, result->document, result->document_length);
    free(kept.document);
    kept.document = document;
    kept.length = result->document_length;
    kept.until = clock_monotonic_ms() + KEPT_MS;
}

static void on_counted(void *data, const struct unit_result *result)
{
    struct request *request = data;

    if (result->fault != NULL) {
        request_fault(request, fault_copy(request_pool(request), result->fault));
        return;
    }
    keep(result);
    request_reply(request, 200, result->document, result->document_length);
}

static void count(struct request *request)
{
    if (request_caller(request)->proof != CALLER_NOBODY)
        request_run(request);
    else if (kept.document != NULL && clock_monotonic_ms() < kept.until)
        request_reply(request, 200, kept.document, kept.length);
    else
        request_run_to(request, on_counted, request);
}

void public_count(struct request *request)
{
    open_to(request, count);
}

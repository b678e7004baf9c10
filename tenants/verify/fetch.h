/*
 * fetch.h: asks strangers over HTTP, many at once, trusting none of them.
 *
 * Every connection is checked by its socket address (guard.h), redirects are followed by hand and checked again,
 * bodies, headers and time are bounded, certificates verified. States of a fetch: WAITING (beyond the concurrency) →
 * ASKING → (redirected) ASKING … → DONE.
 */
#ifndef VERIFY_FETCH_H
#define VERIFY_FETCH_H

#include "read.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct fetcher;

struct fetcher_options {
    unsigned concurrency; /* fetches in flight at once */
    const char *const
        *connect_to; /* "HOST:PORT=ADDRESS:PORT", ended by NULL: exactly these may go to exactly there; NULL: none */
    const char *ca_file;    /* "": the system's */
    const char *user_agent; /* how we introduce ourselves, */
    const char *contact;    /* and where an owner of a page can reach us; "" for none */
    long total_ms;          /* for all redirects together; 0: 20,000 */
};

struct fetch_request {
    const char *url;
    const char *form;          /* body of a POST; NULL: GET */
    const char *authorization; /* header of that name; NULL: none. Neither is told to a host we are redirected to */
    bool urgent;               /* somebody waits for it: it goes ahead of those that wait */
};

/*
 * answer lives as long as the callback. exchange is what the look keeps: {"url", "status", "fault", "bytes", "ms",
 * "headers": {name: value}, "redirects": [{"url", "status", "headers"}, ...], "address"}, of the headers only those
 * that matter; the callback takes it over. Called from fetcher_poll only, once for each fetch.
 */
typedef void fetch_done(void *data, const struct answer *answer, json_t *exchange);

/* NULL after printing what is wrong with the options. */
struct fetcher *fetcher_new(const struct fetcher_options *options);
void fetcher_free(struct fetcher *fetcher); /* what is under way ends without a callback */

void fetcher_get(struct fetcher *fetcher, const struct fetch_request *request, fetch_done *done, void *data);
size_t fetcher_busy(const struct fetcher *fetcher); /* fetches not yet done */

/* Waits for something to happen on a fetch or one of the extra descriptors, at most timeout_ms, and does what can be
 * done. */
void fetcher_poll(struct fetcher *fetcher, struct curl_waitfd *extra, unsigned extra_count, int timeout_ms);

#endif

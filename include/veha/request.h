/*
 * request.h: one HTTP exchange, as handlers see it.
 *
 * A request's states: READING (arguments) → SIGNING (caller; may renew a session) → RUNNING (units, handlers) → ANSWERED. It may die in any of them
 * when the client hangs up; then its units are abandoned and its pool is freed, in one place (server/web/request.c).
 */
#ifndef VEHA_REQUEST_H
#define VEHA_REQUEST_H

#include "veha/resource.h"
#include "veha/unit.h"

struct keyring;
struct token_rules;
struct password_queue;

/* What one worker has, shared by all its requests. */
struct worker {
    struct db *db;
    const struct keyring *keys;
    const struct token_rules *token_rules;
    struct password_queue *passwords;
    const struct config *config;
    const struct resource_table *table;
};

struct pool *request_pool(const struct request *request);
struct worker *request_worker(const struct request *request);
const struct caller *request_caller(const struct request *request); /* never NULL */
const char *request_header(const struct request *request, const char *name); /* lower-case name; NULL when absent */
const char *request_cookie(const struct request *request, const char *name);
bool request_is_form(const struct request *request);    /* sent by an HTML form */
bool request_wants_html(const struct request *request);

/* The checked, canonical text of a field; NULL when it was not given. */
const char *request_argument(const struct request *request, const char *name);
void request_argument_set(struct request *request, const char *name, const char *value); /* value outlives the request */

/* The file that came with the form; the bytes live as long as the request. NULL when the resource takes none. */
struct upload {
    const char *field;
    const char *name; /* as its sender wrote it: any text */
    const char *bytes;
    size_t length;
};
const struct upload *request_upload(const struct request *request);

/* Runs one unit on behalf of the request's caller; done is not called when the request dies first. */
void request_unit(struct request *request, const struct unit_request *unit, unit_done *done, void *data);

/* Goes on with the resource's change and show queries, as if it had no handle. */
void request_run(struct request *request);
/* The same, under the request's Idempotency-Key, too, but done gets the result and answers: for documents that the database must not hold whole. */
void request_run_to(struct request *request, unit_done *done, void *data);

/*
 * The handle of a resource that follows changes, with the arguments "tenant", "step", "within" and "after", all optional. `show` says what the caller may hear of: {"roots": tenants below
 * which all is theirs}; no row: 404. A program gets what changed after a number as one document; who accepts text/event-stream gets that, and goes on to get what changes.
 */
void request_follow(struct request *request);

/* Answers. Each ends the request's work; nothing may be answered twice. */
void request_reply(struct request *request, int status, const char *document, size_t length); /* by resource->page or as JSON */
void request_see_other(struct request *request, const char *location);
void request_fault(struct request *request, const struct fault *fault);
void request_reply_bytes(struct request *request, int status, const char *type, const char *bytes, size_t length);
/*
 * An answer whose bytes are not all at hand: next(request, data) is called when a part is wanted, the first one at once, and request_part() gives it, then or
 * later. A part lives until the next one is wanted; one of no bytes breaks the answer off. tag, the entity tag, is quoted.
 */
typedef void request_next(struct request *request, void *data);
void request_reply_parts(struct request *request, const char *type, const char *tag, size_t length, request_next *next, void *data);
void request_part(struct request *request, const char *bytes, size_t length);
/* The unit's document, in the request's pool; NULL after answering with its fault, or that there is nothing. */
struct json_t *request_document(struct request *request, const struct unit_result *result);
/* Before one of the answers. The cookie gets Path=/; Secure; HttpOnly; SameSite=Lax; max_age 0 ends it. */
void request_set_cookie(struct request *request, const char *name, const char *value, long max_age);
void request_set_header(struct request *request, const char *name, const char *value);

/* Holds something until the request dies (a password ticket): release is called exactly once, before the pool is freed. */
void request_hold(struct request *request, void *thing, void (*release)(void *thing));

#endif

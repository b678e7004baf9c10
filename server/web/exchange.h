/* exchange.h: the inside of a worker and of a request, shared by the files of server/web only. */
#ifndef VEHA_WEB_EXCHANGE_H
#define VEHA_WEB_EXCHANGE_H

#include "veha/locale.h"
#include "veha/request.h"
#include "veha/template.h"

#include "accept.h"
#include "args.h"
#include "asset.h"
#include "guard.h"
#include "rate.h"
#include "route.h"

#include <h2o.h>
#include <jansson.h>

#define ASSET_PREFIX "/assets/"

enum { SERVICE_NOTED_MOST = 64, UPLOADS_MOST = 4 };

/* When a service was last told to the database to have been here. */
struct service_noted {
    char service[20]; /* "": none */
    int64_t at;       /* monotonic */
};

/* One worker process: what handlers see, and what only server/web needs. */
struct server {
    struct worker worker; /* first: request_worker gives its address */
    const struct router *router;
    const char *const *capabilities; /* every one the resources name, for pages; ended by NULL */
    const char *origin;              /* public_url without a trailing slash */
    struct template_set *templates;  /* swapped by SIGHUP, like the locales: never kept beyond one call */
    struct locale_set *locales;
    const struct asset_set *assets;
    const struct asset *sheet; /* the one of all pages */
    const char *policy;        /* the Content-Security-Policy of every answer */
    struct guard *guard;
    struct pool *keys_pool; /* of worker.keys, once they were loaded anew */
    int64_t keys_at;        /* monotonic: when the keyring's folder is looked at again */
    struct rate *rate;      /* how much each address and caller asked for */
    struct service_noted noted[SERVICE_NOTED_MOST];
    json_t *banner;   /* what every page tells whoever is signed in; NULL: nothing */
    int64_t watch_at; /* monotonic: when the database is asked for it again */
    bool watching;    /* it is being asked */
    struct notes *notes;
    const struct request *uploading[UPLOADS_MOST]; /* what brings a file; NULL: nothing */
    struct live *live;
    bool draining;
};

struct table;
struct walk;

/* Something that must not outlive its request: a unit to abandon, or what request_hold was given. */
struct hold {
    struct hold *next, *previous;
    struct request *request;
    void *thing;
    void (*release)(void *thing);
    unit_done *done; /* of a unit */
    void *data;
};

/* An answer that is given in parts. */
struct parts {
    h2o_generator_t generator;
    request_next *next;
    void *data;
    size_t left;
    bool broken; /* off, by the reader */
};

/*
 * States: READING → SIGNING → RUNNING → ANSWERED; any → gone (on_dispose in request.c, the one place). A form that
 * failed goes from RUNNING back to RUNNING once, with `problem` set, for the page it came from.
 */
struct request {
    h2o_req_t *h2o;
    struct server *server;
    struct pool *pool;
    struct guard_ticket ticket;
    enum { REQUEST_READING, REQUEST_SIGNING, REQUEST_RUNNING, REQUEST_ANSWERED } state;

    const char *id;
    const char *method;
    const char *path;  /* raw, without query */
    const char *query; /* raw; "" when there is none */
    struct route route;
    const struct resource *resource; /* NULL until routed */
    struct args args;
    const struct fault *args_fault;
    const struct caller *caller;
    const char *locale;
    struct rate_told rates; /* what the answer tells of limits */
    enum representation representation;
    int64_t live_number; /* the last change known when it came: what a page shows is no older */

    const struct fault *problem; /* what the page shown again must tell */
    json_t *form;                /* and what had been typed; owned by the pool */
    json_t *reader;              /* what a page tells its reader beside its own document; owned by the pool */

    struct parts parts;

    struct walk *walk; /* a list that is gathered as a table; NULL: none */

    struct hold holds; /* ring */
};

/* Where the request came from, as text in its pool; NULL when that is unknown. */
const char *request_peer(struct request *request);

/* The handler of every request. */
int request_begin(struct server *server, h2o_req_t *h2o);

/* The session module says who asks; ends the state SIGNING. */
void request_signed(struct request *request, const struct caller *caller);

/* Authorises and runs request->resource with request->args. */
void request_go(struct request *request);

/* Hands a body that lives as long as the request, or for ever, to the library, with the headers that every answer has.
 */
void reply_send(struct request *request, int status, const char *type, const char *body, size_t length);
/* Begins an answer that the generator sends in parts; the caller hands over the first with h2o_send. */
void reply_begin(struct request *request, const char *type, h2o_generator_t *generator);
void reply_asset(struct request *request);
/* A file has no place for where its list goes on, so a header tells it (RFC 8288); called before reply_table. */
void reply_next(struct request *request, const char *next);
/* The finished table as a file; `seen` is what its entity tag is made of. */
void reply_table(struct request *request, struct table *table, const char *seen, size_t length);
/* Is the answer that nobody in particular gets the same for all of them? */
bool reply_is_shared(const struct request *request);
/* The first of patterns parted by | whose places all have a value: {name} from the arguments, {.name} from the
 * document, percent-encoded. NULL when there is none. */
const char *reply_expand(struct request *request, const char *patterns, const json_t *document);

/* The page's bytes in the request's pool; document is borrowed. NULL when the page cannot be rendered. */
const char *page_render(struct request *request, const char *page, json_t *document, size_t *length);

/* Gathers the whole list of a table, page after page, and answers with it; in place of request_run. */
void walk_run(struct request *request);
/* Answers with the table of a document that is there already, and whole. */
void walk_reply(struct request *request, const char *document, size_t length);
bool walk_is_on(const struct request *request); /* its first page has come */

/* Is the answer a file for spreadsheets? */
bool request_is_table(const struct request *request);

/* Shows the page a failed form came from again, with the fault and what was typed; false when there is no such page. */
bool again_show(struct request *request, const struct fault *fault);

#endif

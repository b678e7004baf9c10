/*
 * resource.h: all that HTTP can do is one table of resources.
 *
 * A line says: which method and path, which capability it takes, which fields it reads, which queries run, and which page shows the result.
 * Routing, argument checks, authorisation, OpenAPI, forms and tests are all made from it. A `handle` exists only
 * where SQL cannot say it (password, upload, address canonicalising).
 */
#ifndef VEHA_RESOURCE_H
#define VEHA_RESOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "veha/caller.h"
#include "veha/fault.h"
#include "veha/pool.h"
#include "veha/unit.h"

struct request; /* one HTTP exchange; see request.h */

enum method { METHOD_GET, METHOD_POST, METHOD_PUT, METHOD_DELETE };

/* FIELD_MADE is never read from the client: the resource's handle sets it for the queries. */
enum field_place { FIELD_END, FIELD_PATH, FIELD_QUERY, FIELD_BODY, FIELD_MADE };

/* A kind of value. read turns the text a client sent into the canonical text that SQL gets. */
struct field_type {
    const char *name;   /* "ogrn" */
    const char *schema; /* its JSON Schema (2020-12) as text: {"type":"string","pattern":"^[0-9]{13}$"} */
    /* NULL on success with *canonical in pool (or static); otherwise a stable fault code. text is valid UTF-8. */
    const char *(*read)(struct pool *pool, const char *text, const char **canonical);
};

enum field_flag {
    FIELD_OPTIONAL = 1,
    FIELD_MANY = 2,   /* a JSON array, or a repeated form field; SQL gets a JSON array as text */
    FIELD_SECRET = 4, /* never logged, never echoed back into a form */
};

struct field {
    const char *name;
    enum field_place place;
    const struct field_type *type;
    unsigned flags;
    size_t longest; /* code points; 0: the type's own limit (200) */
    const char *summary; /* English, for OpenAPI */
};

enum resource_flag {
    RESOURCE_TABLE = 1,     /* the document's "items" can also be had as CSV and XLSX, all pages of them */
    RESOURCE_SLOW = 2,      /* runs on the slow lane */
    RESOURCE_NO_KEY = 4,    /* no Idempotency-Key is taken: /session* */
    RESOURCE_PAGE_ONLY = 8, /* has no JSON form (sign-in page) */
    RESOURCE_DATA_ONLY = 16, /* has no HTML form (jwks, openapi) */
    RESOURCE_LATER = 32,     /* what `created` names is only begun: 202 */
    RESOURCE_PERSONAL = 64,  /* its items tell of people: taking them as a table is told by resource_table.exported */
    RESOURCE_UNFINISHED = 128,   /* open to a session whose second factor is still to be set up */
    RESOURCE_BEFORE_NOTICE = 256, /* open to who has not acknowledged the notice about personal data */
    RESOURCE_LIVE = 512, /* goes on as text/event-stream for whoever accepts that: its handle is request_follow */
    RESOURCE_PUBLIC = 1024, /* the same for everybody: caches keep it for a minute, and pages elsewhere may use it */
    RESOURCE_CHOSEN = 2048 /* a GET of what was chosen on another page: what is wrong with the choice is told there */
};

/* Capabilities that need no row in the table. */
#define CAPABILITY_ANYONE "anyone"       /* signed in or not */
#define CAPABILITY_SIGNED_IN "signed_in" /* any person with a session */

typedef void resource_handle(struct request *request);

/*
 * Answer of a change: a program gets the document of `show` (200, or 201 with Location when `created` names the path pattern of the new thing,
 * 202 when that is only begun);
 * a form gets 303 to `see_other`. In patterns {name} is an argument, {.name} a member of the shown document, {+name} an argument that is part
 * of an address already and stands as it is: its type lets nothing else through. Of several patterns, parted by |, the first whose places all have a
 * value counts.
 */
struct resource {
    const char *name; /* noun_verb; the operationId */
    enum method method;
    const char *path;       /* "/tenants/{id}" */
    const char *capability; /* a row of the table capability, or one of the two above */
    const char *summary;    /* English, for OpenAPI */
    const struct field *fields; /* ended by {0} */
    const char *change;     /* query file of a change; its first row is required (no row: 404) */
    const char *show;       /* query file whose document is the answer */
    const char *past;       /* query file in place of show where the argument `as_of` names another day than today; NULL: show tells of every day */
    resource_handle *handle; /* instead of change and show, or before them: calls request_run when it is done */
    const char *page;       /* templates/pages/PAGE.html */
    const char *media;      /* of what a handle answers to programs; NULL: application/json. With a page or a table: that is what there is, and nothing else */
    const char *see_other;  /* of a GET: where its page leads on at once, if every place has a value */
    const char *created;
    /* Of a table: what XLSX shows of an item, parted by blanks: PATH, or PATH:CONTEXT where the value is a code of that catalogue context. The heading of "steps.seen"
     * is "steps.seen" in the context "column". */
    const char *columns;
    unsigned flags;
};

struct config;

/* What main hands to server/web: the table and nothing else. */
struct resource_table {
    const struct resource *resources;
    size_t count;
    const char *title;   /* "Веха" */
    const char *version; /* of the API */
    /* A query without parameters that each worker asks every few seconds: {"banner", "alarms"}. NULL: none. The banner is the context of every page of
     * whoever is signed in; an alarm, a code, is logged as an error. */
    const char *watch;
    /* A query with the parameter "since" that each worker asks every second for what changed: {"after", "number", "region", "changes": [{"number", "tenant",
     * "step", "above"}]} (live.h). NULL: nothing can be followed. */
    const char *live;
    /* What is read of resources whose path begins so is noted, by the argument "id" and by who read it, with the query `note` and its parameter "batch"
     * (note.h). NULL: nothing is. */
    const char *noted;
    const char *note;
    /* A query with the parameters "resource" and "id" that runs before `show`, in its unit, when people's data leaves as a table. NULL: none. */
    const char *exported;
    const char *reader; /* a query without parameters, whose document every page of whoever is signed in gets as `reader`; NULL: none */
    /* Before the first request, and again on SIGHUP: loads what handles need. False, after saying why, keeps what was there. */
    bool (*load)(const struct config *config);
    const struct resource_table *beside; /* more resources, in a table of nothing else; NULL: none */
};

/* Types every program needs; the domain adds its own. */
extern const struct field_type field_id;       /* 1 … 2^63-1 */
extern const struct field_type field_text;     /* one line of tidy text */
extern const struct field_type field_prose;    /* several lines */
extern const struct field_type field_flag_;    /* true or false; a form's checkbox */
extern const struct field_type field_version;  /* of a document, for If-Match and the hidden field */
extern const struct field_type field_cursor;   /* opaque keyset cursor: base64url */
extern const struct field_type field_limit;    /* 1 … 200 */
extern const struct field_type field_format;   /* csv or xlsx */
extern const struct field_type field_date;     /* ISO 8601 */
extern const struct field_type field_secret;   /* a password or token, untouched */
extern const struct field_type field_url;      /* absolute http or https URL without credentials */
/* A file of multipart/form-data, at most one of a resource; its value is the SHA-256 of its bytes (request_upload()), its `longest` is in bytes. */
extern const struct field_type field_upload;

#endif

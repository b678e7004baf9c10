/*
 * args.h: turns path, query and body into one checked list of arguments by a resource's fields.
 *
 * Every field fault is found, not only the first. Beside the resource's own fields any change takes `version` and
 * `idempotency_key`, and a form `csrf`. What is not a field is refused, but for the marks of who shared a link (utm_…)
 * in the query of what is the same for everybody (RESOURCE_PUBLIC). A path value that can name nothing
 * ("/tenants/x") is not found. A resource with a file among its fields takes multipart/form-data and nothing else: the
 * file's bytes stay where they are.
 */
#ifndef VEHA_WEB_ARGS_H
#define VEHA_WEB_ARGS_H

#include "veha/fault.h"
#include "veha/request.h"

#include "route.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    ARGS_BODY_MAX = 1024 * 1024, /* beside a file */
    ARGS_VALUE_MAX = 64 * 1024,  /* of a field beside a file */
    ARGS_FILE_NAME_MAX = 200,    /* code points, once it is tidy */
    ARGS_DEPTH_MAX = 32,
};

struct args_source {
    const struct route *route;
    const char *query; /* raw, without its question mark; NULL: none */
    size_t query_length;
    const char *content_type; /* NULL: none */
    const char *body;
    size_t body_length;
    const char *if_match;        /* the header; NULL: none */
    const char *idempotency_key; /* the header; NULL: none */
};

struct arg {
    const char *name;
    const char *value; /* canonical; NULL: not given */
    const char *typed; /* as the client wrote it, for showing a form again; NULL for secrets and what did not come as a
                          form's text */
};

struct args {
    struct arg *list; /* fields in the resource's order, then version, idempotency_key and csrf */
    size_t count;
    bool form;            /* the body came from an HTML form */
    struct upload upload; /* field NULL: no file */
};

/* NULL, or the fault; args->form and the typed values are filled either way. */
struct fault *args_read(struct pool *pool, const struct resource *resource, const struct args_source *source,
                        struct args *args);

const char *args_value(const struct args *args, const char *name);
void args_set(struct pool *pool, struct args *args, const char *name, const char *value);

/* Is there a file among its fields? */
bool args_take_upload(const struct resource *resource);

/* The value of the file's field: the SHA-256 of its bytes, which nobody needs of a request that is refused. */
void args_hash_upload(struct pool *pool, struct args *args);

/* Resource name and a hash of the canonical arguments the client gave: what an Idempotency-Key is for. */
const char *args_use(struct pool *pool, const struct resource *resource, const struct args *args);

#endif

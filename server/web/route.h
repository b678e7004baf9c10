/*
 * route.h: finds the resource a method and a path mean.
 *
 * A path's segments are percent-decoded one by one, so an encoded slash never makes a segment. A literal segment wins
 * over a parameter.
 */
#ifndef VEHA_WEB_ROUTE_H
#define VEHA_WEB_ROUTE_H

#include "veha/pool.h"
#include "veha/resource.h"

#include <stdbool.h>
#include <stddef.h>

enum { ROUTE_SEGMENTS_MAX = 8 };

struct router;

enum route_outcome {
    ROUTE_FOUND,
    ROUTE_NOWHERE,   /* 404 */
    ROUTE_NO_METHOD, /* 405; allow is set */
    ROUTE_SLASH,     /* the path without its trailing slash is known: 308 to `canonical` */
    ROUTE_MALFORMED  /* 400: broken escapes, NUL, broken UTF-8 */
};

struct route_value {
    const char *name; /* of the parameter; not terminated: see name_length */
    size_t name_length;
    const char *value;
};

struct route {
    enum route_outcome outcome;
    const struct resource *resource;
    bool head; /* a GET resource asked with HEAD */
    struct route_value values[ROUTE_SEGMENTS_MAX];
    size_t value_count;
    const char *allow;     /* "GET, HEAD, POST" */
    const char *canonical; /* raw path, without query */
};

/* Resources live as long as the router. Ends the process when a path has too many segments: the tables are constants.
 */
struct router *router_new(struct pool *pool, const struct resource_table *const *tables, size_t count);

/* path is the raw path without its query. */
void route_match(const struct router *router, struct pool *pool, const char *method, const char *path,
                 struct route *route);

size_t router_count(const struct router *router);
const struct resource *router_resource(const struct router *router, size_t number);
const char *method_name(enum method method);

#endif

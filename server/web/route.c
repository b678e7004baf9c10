/* route.c: matches a path against the resource tables, segment by segment. */
#include "route.h"

#include "veha/text.h"

#include "form.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct segment {
    const char *text; /* without braces */
    size_t length;
    bool parameter;
};

struct pattern {
    const struct resource *resource;
    struct segment segments[ROUTE_SEGMENTS_MAX];
    size_t count;
};

struct router {
    struct pattern *patterns;
    size_t count;
};

struct path {
    const char *segments[ROUTE_SEGMENTS_MAX];
    size_t count;
    bool slash; /* a trailing one */
};

static const char *const methods[] = {"GET", "POST", "PUT", "DELETE"};

const char *method_name(enum method method)
{
    return methods[method];
}

static void pattern_read(struct pattern *pattern, const struct resource *resource)
{
    pattern->resource = resource;
    for (const char *at = resource->path + 1; *at != '\0';) {
        size_t length = strcspn(at, "/");
        bool parameter = *at == '{';

        if (pattern->count == ROUTE_SEGMENTS_MAX) {
            fprintf(stderr, "veha: the path of resource %s is too long\n", resource->name);
            exit(1);
        }
        pattern->segments[pattern->count++] = (struct segment){at + parameter, length - (parameter ? 2 : 0), parameter};
        at += length + (at[length] == '/');
    }
}

struct router *router_new(struct pool *pool, const struct resource_table *const *tables, size_t count)
{
    struct router *router = pool_alloc(pool, sizeof *router);
    size_t all = 0;

    for (size_t i = 0; i < count; i++)
        for (const struct resource_table *table = tables[i]; table != NULL; table = table->beside)
            all += table->count;
    router->patterns = pool_alloc(pool, all * sizeof *router->patterns);
    for (size_t i = 0; i < count; i++)
        for (const struct resource_table *table = tables[i]; table != NULL; table = table->beside)
            for (size_t j = 0; j < table->count; j++)
                pattern_read(&router->patterns[router->count++], &table->resources[j]);
    return router;
}

size_t router_count(const struct router *router)
{
    return router->count;
}

const struct resource *router_resource(const struct router *router, size_t number)
{
    return router->patterns[number].resource;
}

enum reading { READING_FINE, READING_MALFORMED, READING_NOWHERE };

static enum reading segment_read(struct pool *pool, const char *text, size_t length, const char **decoded)
{
    size_t decoded_length;
    const char *value = form_decode(pool, text, length, false, &decoded_length);

    if (value == NULL || !text_is_utf8(value, decoded_length))
        return READING_MALFORMED;
    if (decoded_length == 0 || text_equal(value, ".") || text_equal(value, ".."))
        return READING_NOWHERE;
    *decoded = value;
    return READING_FINE;
}

static enum reading path_read(struct pool *pool, const char *text, struct path *path)
{
    if (*text != '/')
        return READING_MALFORMED;
    for (text++; *text != '\0';) {
        size_t length = strcspn(text, "/");
        if (path->count == ROUTE_SEGMENTS_MAX)
            return READING_NOWHERE;
        enum reading reading = segment_read(pool, text, length, &path->segments[path->count]);
        if (reading != READING_FINE)
            return reading;
        path->count++;
        text += length;
        path->slash = text[0] == '/' && text[1] == '\0';
        text += *text == '/';
    }
    return READING_FINE;
}

/*
 * How well a path fits: 0 when it does not, otherwise greater the earlier its literal segments stand. Patterns of one
 * path but several methods score alike.
 */
static unsigned pattern_fit(const struct pattern *pattern, const struct path *path)
{
    unsigned fit = 1;

    if (pattern->count != path->count)
        return 0;
    for (size_t i = 0; i < path->count; i++) {
        const struct segment *segment = &pattern->segments[i];
        fit *= 2;
        if (segment->parameter)
            continue;
        if (strlen(path->segments[i]) != segment->length ||
            memcmp(path->segments[i], segment->text, segment->length) != 0)
            return 0;
        fit++;
    }
    return fit;
}

static unsigned best_fit(const struct router *router, const struct path *path)
{
    unsigned best = 0;
    for (size_t i = 0; i < router->count; i++) {
        unsigned fit = pattern_fit(&router->patterns[i], path);
        best = fit > best ? fit : best;
    }
    return best;
}

static const char *allowed(const struct router *router, struct pool *pool, const struct path *path, unsigned fit)
{
    bool known[4] = {false};
    struct buffer allow = {0};

    for (size_t i = 0; i < router->count; i++)
        if (pattern_fit(&router->patterns[i], path) == fit)
            known[router->patterns[i].resource->method] = true;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (known[i])
            buffer_print(&allow, "%s%s%s", allow.length > 0 ? ", " : "", methods[i], i == METHOD_GET ? ", HEAD" : "");
    const char *text = pool_copy(pool, allow.bytes);
    buffer_free(&allow);
    return text;
}

static void take_values(const struct pattern *pattern, const struct path *path, struct route *route)
{
    for (size_t i = 0; i < path->count; i++)
        if (pattern->segments[i].parameter)
            route->values[route->value_count++] =
                (struct route_value){pattern->segments[i].text, pattern->segments[i].length, path->segments[i]};
}

void route_match(const struct router *router, struct pool *pool, const char *method, const char *path_text,
                 struct route *route)
{
    struct path path = {0};
    enum reading reading = path_read(pool, path_text, &path);

    *route = (struct route){.outcome = reading == READING_MALFORMED ? ROUTE_MALFORMED : ROUTE_NOWHERE};
    if (reading != READING_FINE)
        return;
    unsigned fit = best_fit(router, &path);
    if (fit == 0)
        return;
    if (path.slash) {
        route->outcome = ROUTE_SLASH;
        route->canonical = pool_copy_length(pool, path_text, strlen(path_text) - 1);
        return;
    }

    route->head = text_equal(method, "HEAD");
    const char *wanted = route->head ? "GET" : method;
    for (size_t i = 0; i < router->count; i++) {
        const struct pattern *pattern = &router->patterns[i];
        if (!text_equal(methods[pattern->resource->method], wanted) || pattern_fit(pattern, &path) != fit)
            continue;
        route->outcome = ROUTE_FOUND;
        route->resource = pattern->resource;
        take_values(pattern, &path, route);
        return;
    }
    route->outcome = ROUTE_NO_METHOD;
    route->allow = allowed(router, pool, &path, fit);
}

/* again.c: shows the page of a failed form again, so that nothing typed is lost. */
#include "veha/text.h"

#include "exchange.h"

#include <string.h>

/* Faults that the reader of the page can do something about. */
static const enum fault_kind mendable[] = {FAULT_BAD_REQUEST, FAULT_UNSIGNED,    FAULT_NOT_FOUND,
                                           FAULT_CONFLICT,    FAULT_STALE,       FAULT_INVALID,
                                           FAULT_TOO_MANY,    FAULT_UNAVAILABLE, FAULT_UNSURE};

/* A body that is too large was not read, so that nothing typed could be shown again; a file that is, is a field's
 * fault. */
static bool is_mendable(const struct fault *fault)
{
    for (size_t i = 0; i < sizeof mendable / sizeof *mendable; i++)
        if (mendable[i] == fault->kind)
            return true;
    return fault->kind == FAULT_TOO_LARGE && fault->field_count > 0;
}

/* The path of a Referer of our own origin. */
static const char *referring_path(struct request *request)
{
    const char *referer = request_header(request, "referer");
    size_t length = strlen(request->server->origin);

    if (referer == NULL || strncmp(referer, request->server->origin, length) != 0 || referer[length] != '/')
        return NULL;
    return referer + length;
}

/* A form that was sent, or a choice made in a list. */
static bool has_form(const struct request *request)
{
    if (request->resource->method != METHOD_GET)
        return request->args.form;
    return (request->resource->flags & RESOURCE_CHOSEN) != 0 && args_value(&request->args, "chosen") != NULL;
}

/* What was typed, and which of a page's forms it was typed into: `sent` holds the name of its resource. */
static json_t *typed_form(struct request *request)
{
    json_t *form = pool_adopt(request->pool, json_object(), pool_release_json);
    json_object_set_new(form, "sent", json_pack("{s:b}", request->resource->name, 1));

    for (size_t i = 0; i < request->args.count; i++) {
        const struct arg *arg = &request->args.list[i];
        if (arg->typed != NULL)
            json_object_set_new(form, arg->name, json_string(arg->typed));
    }
    return form;
}

/* Turns the request into one for the page at target; false when there is none or it takes other arguments. */
static bool turn_to(struct request *request, const char *target)
{
    size_t length = target == NULL ? 0 : strcspn(target, "?#");
    struct route route;
    struct args args;

    if (length == 0)
        return false;
    const char *path = pool_copy_length(request->pool, target, length);
    const char *query = target[length] == '?'
                            ? pool_copy_length(request->pool, target + length + 1, strcspn(target + length + 1, "#"))
                            : "";
    route_match(request->server->router, request->pool, "GET", path, &route);
    if (route.outcome != ROUTE_FOUND || route.resource->page == NULL ||
        (route.resource->flags & RESOURCE_DATA_ONLY) != 0)
        return false;
    struct args_source source = {.route = &route, .query = query, .query_length = strlen(query)};
    if (args_read(request->pool, route.resource, &source, &args) != NULL)
        return false;
    if ((route.resource->flags & RESOURCE_CHOSEN) != 0)
        args_set(request->pool, &args, "chosen",
                 NULL); /* or it would refuse once more where the choice is to be made */

    request->form = typed_form(request);
    request->route = route;
    request->resource = route.resource;
    request->args = args;
    request->args_fault = NULL;
    request->path = path;
    request->query = query;
    return true;
}

bool again_show(struct request *request, const struct fault *fault)
{
    const struct resource *resource = request->resource;

    if (resource == NULL || !has_form(request) || !request_wants_html(request) || !is_mendable(fault))
        return false;
    const char *target = resource->see_other == NULL ? NULL : reply_expand(request, resource->see_other, NULL);
    if (!turn_to(request, referring_path(request)) && !turn_to(request, target) && !turn_to(request, request->path))
        return false;
    request->problem = fault;
    request_go(request);
    return true;
}

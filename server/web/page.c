/* page.c: renders a page: the document of a query inside what every page may know of its reader. */
#include "veha/config.h"
#include "veha/text.h"

#include "csrf.h"
#include "exchange.h"
#include "paint.h"
#include "problem.h"

#include <string.h>

/* Sections of templates cannot name a capability with a dot or a dash. */
static char *template_name(struct pool *pool, const char *capability)
{
    char *name = pool_copy(pool, capability);
    for (char *at = name; *at != '\0'; at++)
        if (*at == '.' || *at == '-' || *at == ':')
            *at = '_';
    return name;
}

static json_t *caller_part(struct request *request)
{
    const struct caller *caller = request->caller;
    json_t *part = json_object(), *roles = json_array(), *is = json_object(), *can = json_object();

    for (size_t i = 0; i < caller->role_count; i++) {
        json_array_append_new(roles, json_string(caller->roles[i]));
        json_object_set_new(is, caller->roles[i], json_true());
    }
    for (const char *const *at = request->server->capabilities; *at != NULL; at++)
        if (caller->proof != CALLER_NOBODY && caller_may(caller, *at))
            json_object_set_new(can, template_name(request->pool, *at), json_true());
    json_object_set_new(part, "name", json_string(caller->name != NULL ? caller->name : ""));
    json_object_set_new(part, "roles", roles);
    json_object_set_new(part, "is", is);
    json_object_set_new(part, "signed_in", json_boolean(caller->proof != CALLER_NOBODY));
    json_object_set_new(part, "can", can);
    return part;
}

static json_t *problem_part(struct request *request, const struct locale *locale)
{
    return request->problem == NULL ? json_null() : problem_new(request->problem, locale, request->id);
}

static json_t *banner_part(struct request *request)
{
    bool signed_in = request->caller->proof != CALLER_NOBODY;

    return signed_in && request->server->banner != NULL ? json_incref(request->server->banner) : json_null();
}

/* What a page's forms make harmless to send again. When nobody knows whether a change was kept, its form comes back
 * with the key it had: with another, sending it again would be another change. */
static json_t *key_part(struct request *request)
{
    bool unsure = request->problem != NULL && request->problem->kind == FAULT_UNSURE;
    json_t *held = unsure ? json_object_get(request->form, "idempotency_key") : NULL;

    return held != NULL ? json_incref(held) : json_string(text_random(request->pool, 16));
}

/* What a page of a list asks for that its files do not: they hold the list from its beginning to its end. */
static bool is_of_page(const char *pair)
{
    static const char *const names[] = {"cursor=", "limit=", "format="};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (text_starts(pair, names[i]))
            return true;
    return false;
}

/* Where the list of this page, as it is filtered, can be had as a file. */
static json_t *tables_part(struct request *request)
{
    bool has = request->resource != NULL && (request->resource->flags & RESOURCE_TABLE) != 0;
    struct buffer address = {0};

    if (!has || strcmp(request->method, "GET") != 0)
        return json_null();
    buffer_print(&address, "%s?", request->path);
    char *rest = pool_copy(request->pool, request->query);
    for (const char *pair; (pair = strsep(&rest, "&")) != NULL;)
        if (*pair != '\0' && !is_of_page(pair))
            buffer_print(&address, "%s&", pair);
    json_t *part = json_pack("{s:o, s:o}", "csv", json_sprintf("%sformat=csv", address.bytes), "xlsx",
                             json_sprintf("%sformat=xlsx", address.bytes));
    buffer_free(&address);
    return part;
}

/* Where a page that follows changes begins; null while this worker knows of none. */
static json_t *live_part(struct request *request)
{
    return request->live_number > 0 ? json_integer(request->live_number) : json_null();
}

/* A page that everybody may keep holds no secret of a form. */
static json_t *csrf_part(struct request *request)
{
    return reply_is_shared(request) ? json_null() : json_string(csrf_token(request));
}

static json_t *context_new(struct request *request, const struct locale *locale, json_t *document)
{
    json_t *context = json_object();

    json_object_set_new(context, "caller", caller_part(request));
    json_object_set_new(context, "csrf", csrf_part(request));
    json_object_set_new(context, "idempotency_key", key_part(request));
    json_object_set_new(context, "region_public",
                        json_boolean(config_switch(request->server->worker.config, "region", "public")));
    json_object_set_new(context, "locale", json_string(request->locale));
    json_object_set_new(context, "banner", banner_part(request));
    json_object_set_new(context, "sheet", paint_sheet(request));
    json_object_set_new(context, "live_after", live_part(request));
    json_object_set_new(context, "timezone",
                        json_string(config_text(request->server->worker.config, "region", "timezone")));
    json_object_set(context, "reader", request->reader != NULL ? request->reader : json_null());
    json_object_set_new(context, "path", json_string(request->path));
    json_object_set_new(context, "origin", json_string(request->server->origin));
    json_object_set_new(context, "query", json_string(request->query));
    json_object_set_new(context, "tables", tables_part(request));
    json_object_set_new(context, "problem", problem_part(request, locale));
    json_object_set(context, "form", request->form != NULL ? request->form : json_null());
    json_object_set(context, "data", document != NULL ? document : json_null());
    return context;
}

static void release_bytes(void *bytes)
{
    struct buffer buffer = {.bytes = bytes};
    buffer_free(&buffer);
}

const char *page_render(struct request *request, const char *page, json_t *document, size_t *length)
{
    const struct locale *locale = locale_find(request->server->locales, request->locale);
    struct buffer out = {0};
    json_t *context = context_new(request, locale, document);
    bool rendered = template_render(request->server->templates, page, context, locale, &out);

    json_decref(context);
    pool_adopt(request->pool, out.bytes, release_bytes);
    *length = out.length;
    return rendered ? out.bytes : NULL;
}

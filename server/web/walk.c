/* walk.c: gathers a whole list, page after page, into one file for spreadsheets. */
#include "veha/text.h"

#include "exchange.h"
#include "table.h"

#include <stdlib.h>
#include <string.h>

/* A page is what one unit reads and the loop is held by at once. Longer lists are refused: a file that is not whole
 * would be taken for the whole, and finishing one holds the loop as well. */
enum { PAGE_ROWS = 500, ROWS_MOST = 20000 };

struct walk {
    struct table *table;
    bool whole; /* from page to page, until there is no next */
    bool on;
    struct buffer seen; /* a hash a page */
};

static void release(void *data)
{
    struct walk *walk = data;
    buffer_free(&walk->seen);
}

bool walk_is_on(const struct request *request)
{
    return request->walk != NULL && request->walk->on;
}

static bool has_field(const struct resource *resource, const char *name)
{
    for (const struct field *field = resource->fields; field != NULL && field->name != NULL; field++)
        if (text_equal(field->name, name))
            return true;
    return false;
}

static void note_seen(struct walk *walk, const char *text, size_t length)
{
    char hash[33];

    text_hash(text, length, hash);
    buffer_text(&walk->seen, hash);
}

/* Adds a page; *next is where the following one begins, in the request's pool, or NULL. */
static bool take_page(struct request *request, const char *text, size_t length, const char **next)
{
    const struct locale *locale = locale_find(request->server->locales, request->locale);
    json_t *document = json_loadb(text, length, JSON_DECODE_ANY, NULL);
    const char *told = json_string_value(json_object_get(document, "next"));
    bool taken = table_add(request->walk->table, locale, document);

    *next = told == NULL ? NULL : pool_copy(request->pool, told);
    json_decref(document);
    note_seen(request->walk, text, length);
    return taken;
}

static void finish(struct request *request, const char *next)
{
    if (next != NULL)
        reply_next(request, next);
    reply_table(request, request->walk->table, request->walk->seen.bytes, request->walk->seen.length);
}

static void on_page(void *data, const struct unit_result *result);

static void add_page(struct request *request, const char *text, size_t length)
{
    struct walk *walk = request->walk;
    const char *next;

    if (!take_page(request, text, length, &next)) {
        request_fault(request,
                      fault_detail(request->pool, FAULT_INTERNAL, NULL, "%s has no items", request->resource->name));
    } else if (walk->whole && next != NULL && table_rows(walk->table) >= ROWS_MOST) {
        request_fault(request, fault_new(request->pool, FAULT_INVALID, "table_too_long"));
    } else if (walk->whole && next != NULL) {
        args_set(request->pool, &request->args, "cursor", next);
        request_run_to(request, on_page, request);
    } else {
        finish(request, next);
    }
}

static void on_page(void *data, const struct unit_result *result)
{
    struct request *request = data;

    request->walk->on = true;
    if (result->fault != NULL)
        request_fault(request, fault_copy(request->pool, result->fault));
    else if (result->document == NULL)
        request_fault(request, fault_new(request->pool, FAULT_NOT_FOUND, NULL));
    else
        add_page(request, result->document, result->document_length);
}

/* false: the request is answered. */
static bool begin(struct request *request)
{
    struct walk *walk = request->walk = pool_adopt(request->pool, pool_alloc(request->pool, sizeof *walk), release);
    bool sheet = request->representation == REPRESENTATION_SHEET;

    *walk = (struct walk){0};
    walk->table = table_new(request->pool, sheet ? TABLE_XLSX : TABLE_CSV, request->resource->columns);
    if (walk->table == NULL)
        request_fault(request, fault_detail(request->pool, FAULT_INTERNAL, NULL, "no file for a table"));
    return walk->table != NULL;
}

void walk_run(struct request *request)
{
    if (!begin(request))
        return;
    /* Whoever says how many wants no more, and strangers get no whole region at once. */
    request->walk->whole = has_field(request->resource, "limit") && args_value(&request->args, "limit") == NULL &&
                           (request->resource->flags & RESOURCE_PUBLIC) == 0;
    if (request->walk->whole)
        args_set(request->pool, &request->args, "limit", pool_print(request->pool, "%d", PAGE_ROWS));
    request_run_to(request, on_page, request);
}

void walk_reply(struct request *request, const char *document, size_t length)
{
    if (begin(request))
        add_page(request, document, length);
}

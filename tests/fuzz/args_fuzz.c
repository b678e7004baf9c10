/*
 * args_fuzz.c reads whatever comes as arguments: the first byte chooses the media type, then query, If-Match and body
 * stand parted by NUL.
 *
 * What passes without a fault must be complete, valid UTF-8, and JSON where it is a list.
 */
#include "veha/text.h"

#include "server/web/args.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct field fields[] = {
    {"id", FIELD_PATH, &field_id, 0, 0, NULL},
    {"cursor", FIELD_QUERY, &field_cursor, FIELD_OPTIONAL, 0, NULL},
    {"limit", FIELD_QUERY, &field_limit, FIELD_OPTIONAL, 0, NULL},
    {"name", FIELD_BODY, &field_text, 0, 0, NULL},
    {"note", FIELD_BODY, &field_prose, FIELD_OPTIONAL, 100, NULL},
    {"open", FIELD_BODY, &field_flag_, FIELD_OPTIONAL, 0, NULL},
    {"due", FIELD_BODY, &field_date, FIELD_OPTIONAL, 0, NULL},
    {"link", FIELD_BODY, &field_url, FIELD_OPTIONAL, 0, NULL},
    {"tags", FIELD_BODY, &field_text, FIELD_OPTIONAL | FIELD_MANY, 20, NULL},
    {"ids", FIELD_BODY, &field_id, FIELD_OPTIONAL | FIELD_MANY, 0, NULL},
    {"secret", FIELD_BODY, &field_secret, FIELD_OPTIONAL | FIELD_SECRET, 0, NULL},
    {0},
};
static const struct resource resource = {
    .name = "thing_change", .method = METHOD_POST, .path = "/things/{id}", .fields = fields};

/* The text up to the next NUL; *bytes and *size move behind it. */
static const char *take(struct pool *pool, const uint8_t **bytes, size_t *size)
{
    const uint8_t *end = memchr(*bytes, 0, *size);
    size_t length = end == NULL ? *size : (size_t)(end - *bytes);
    const char *text = pool_copy_length(pool, (const char *)*bytes, length);

    length += end != NULL;
    *bytes += length;
    *size -= length;
    return text;
}

static void check_list(const char *value)
{
    json_t *list = json_loads(value, 0, NULL);
    if (!json_is_array(list))
        abort();
    json_decref(list);
}

static void check(struct pool *pool, const struct args *args)
{
    if (args_value(args, "name") == NULL || !text_equal(args_value(args, "id"), "7"))
        abort();
    for (size_t i = 0; i < args->count; i++)
        if (args->list[i].value != NULL && !text_is_utf8(args->list[i].value, strlen(args->list[i].value)))
            abort();
    for (const char *const *name = (const char *const[]){"tags", "ids", NULL}; *name != NULL; name++)
        if (args_value(args, *name) != NULL)
            check_list(args_value(args, *name));
    if (args_use(pool, &resource, args) == NULL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const types[] = {"application/json", "application/x-www-form-urlencoded", "text/plain", NULL};
    static const struct route route = {.outcome = ROUTE_FOUND, .values = {{"id", 2, "7"}}, .value_count = 1};
    struct pool *pool = pool_new();
    struct args_source source = {.route = &route};
    struct args args;

    if (size > 0) {
        source.content_type = types[*bytes++ % 4];
        size--;
    }
    source.query = take(pool, &bytes, &size);
    source.query_length = strlen(source.query);
    const char *if_match = take(pool, &bytes, &size);
    source.if_match = *if_match == '\0' ? NULL : if_match;
    source.body = (const char *)bytes;
    source.body_length = size;
    const struct fault *fault = args_read(pool, &resource, &source, &args);
    if (fault == NULL)
        check(pool, &args);
    else if (fault->code == NULL)
        abort();
    pool_free(pool);
    return 0;
}

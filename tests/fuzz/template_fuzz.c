/*
 * template_fuzz.c compiles and renders whatever comes: the bytes up to the first NUL are the template, the rest is its
 * JSON.
 *
 * The template is its own partial "p", so that recursion is met as well.
 */
#include "veha/template.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const uint8_t *end = memchr(bytes, 0, size);
    size_t length = end ? (size_t)(end - bytes) : size;
    struct pool *pool = pool_new();
    const char *text = pool_copy_length(pool, (const char *)bytes, length);
    json_t *data = end ? json_loadb((const char *)end + 1, size - length - 1, JSON_DECODE_ANY, NULL) : NULL;
    json_t *partials = json_pack("{s:s}", "p", text);
    const char *reason = NULL;
    if (!data)
        data = json_pack("{s:s,s:[i,i],s:{s:n}}", "a", "<b>", "n", 1, 2, "o", "z");
    template_expand(pool, text, partials, data, locale_find(NULL, "en"), true, &reason);
    json_decref(partials);
    json_decref(data);
    pool_free(pool);
    return 0;
}

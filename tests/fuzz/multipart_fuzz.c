/* multipart_fuzz.c reads whatever comes as a form with files; the first line is its content type. What was read lies in
 * the body, in order, and each part is known for what it is without reaching beyond it. */
#include "veha/text.h"

#include "server/web/multipart.h"
#include "tenants/file_kind.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_file(struct pool *pool, const struct multipart_part *part)
{
    const char *kind = "pdf";
    const char *exact = pool_copy_length(pool, part->value, part->value_length);

    (void)file_kind_sniff(exact, part->value_length, &kind);
    if (memchr(part->file, '\0', part->file_length) != NULL || !text_is_utf8(part->file, part->file_length))
        return;
    const char *name = file_kind_name(pool, kind, part->file);
    const char *disposition = file_kind_disposition(pool, kind, name);
    if (*name == '\0' || text_length(name) > 200 || strpbrk(name, "/\\\r\n\"") != NULL ||
        !text_is_utf8(name, strlen(name)) || strpbrk(disposition, "\r\n\\") != NULL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct pool *pool = pool_new();
    const char *text = (const char *)bytes;
    const char *line = memchr(text, '\n', size);
    struct multipart form;

    if (line != NULL) {
        const char *type = pool_copy_length(pool, text, (size_t)(line - text));
        size_t length = size - (size_t)(line - text) - 1;
        char *body = malloc(length + 1); /* so that its end is found */
        memcpy(body, line + 1, length);
        body = realloc(body, length == 0 ? 1 : length);
        const char *from = body;
        if (multipart_is(type) && multipart_read(pool, type, body, length, &form))
            for (size_t i = 0; i < form.count; i++) {
                const struct multipart_part *part = &form.parts[i];
                if (part->value < from || part->value + part->value_length > body + length)
                    abort();
                from = part->value + part->value_length;
                if (part->file != NULL)
                    check_file(pool, part);
            }
        free(body);
    }
    pool_free(pool);
    return 0;
}

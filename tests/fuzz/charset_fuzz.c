/* charset_fuzz.c: the first byte picks what the header said, the rest is the body; what leaves must be valid UTF-8
 * without NUL. */
#include "veha/text.h"

#include "tenants/verify/charset.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const types[] = {NULL,
                                        "text/html",
                                        "text/html; charset=utf-8",
                                        "text/html; charset=windows-1251",
                                        "text/html; charset=koi8-r",
                                        "text/html; charset=cp866",
                                        "text/html; charset=utf-16le",
                                        "text/html; charset=\"\""};
    if (size == 0)
        return 0;
    struct pool *pool = pool_new();
    size_t length;
    const char *name;
    const char *text = charset_convert(pool, (const char *)bytes + 1, size - 1, types[bytes[0] % 8], &length, &name);
    if (name == NULL || !text_is_utf8(text, length) || strlen(text) != length)
        abort();
    pool_free(pool);
    return 0;
}

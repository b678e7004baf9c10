/* form_fuzz.c reads whatever comes as a form; what was read must survive being written and read again. */
#include "veha/text.h"

#include "server/web/form.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_again(struct pool *pool, const struct form_pair *pair)
{
    struct form again;

    if (memchr(pair->value, '\0', pair->value_length) != NULL)
        return;
    const char *text = pool_print(pool, "a=%s", form_encode(pool, pair->value));
    if (!form_read(pool, text, strlen(text), &again) || again.count != 1 ||
        !text_equal(again.pairs[0].value, pair->value))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct pool *pool = pool_new();
    struct form form;

    if (form_read(pool, (const char *)bytes, size, &form))
        for (size_t i = 0; i < form.count; i++)
            check_again(pool, &form.pairs[i]);
    pool_free(pool);
    return 0;
}

/* form.c: reads and writes percent-encoded names and values. */
#include "form.h"

#include <string.h>

static int hexadecimal(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

char *form_decode(struct pool *pool, const char *text, size_t length, bool plus, size_t *decoded_length)
{
    char *out = pool_alloc(pool, length + 1);
    size_t used = 0;

    for (size_t i = 0; i < length; i++) {
        if (text[i] != '%') {
            out[used++] = plus && text[i] == '+' ? ' ' : text[i];
            continue;
        }
        if (length - i < 3)
            return NULL;
        int high = hexadecimal(text[i + 1]), low = hexadecimal(text[i + 2]);
        if (high < 0 || low < 0)
            return NULL;
        out[used++] = (char)(high * 16 + low);
        i += 2;
    }
    *decoded_length = used;
    return out;
}

static bool read_pair(struct pool *pool, const char *text, size_t length, struct form_pair *pair)
{
    const char *equals = memchr(text, '=', length);
    size_t name_length = equals == NULL ? length : (size_t)(equals - text);
    size_t value_length = equals == NULL ? 0 : length - name_length - 1;

    pair->name = form_decode(pool, text, name_length, true, &pair->name_length);
    pair->value =
        equals == NULL ? pool_copy(pool, "") : form_decode(pool, equals + 1, value_length, true, &pair->value_length);
    return pair->name != NULL && pair->value != NULL;
}

static size_t count_pairs(const char *text, size_t length)
{
    size_t count = 1;
    for (size_t i = 0; i < length; i++)
        count += text[i] == '&';
    return count;
}

bool form_read(struct pool *pool, const char *text, size_t length, struct form *form)
{
    *form = (struct form){0};
    if (length == 0)
        return true;

    size_t most = count_pairs(text, length);
    if (most > FORM_PAIRS_MAX)
        return false;
    form->pairs = pool_alloc(pool, most * sizeof *form->pairs);

    for (const char *end = text + length; text < end;) {
        const char *and = memchr(text, '&', (size_t)(end - text));
        const char *stop = and == NULL ? end : and;
        if (stop > text && !read_pair(pool, text, (size_t)(stop - text), &form->pairs[form->count++]))
            return false;
        text = stop + 1;
    }
    return true;
}

char *form_encode(struct pool *pool, const char *text)
{
    static const char hexadecimals[] = "0123456789ABCDEF";
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    char *out = pool_alloc(pool, 3 * strlen(text) + 1);
    char *end = out;

    for (; *text != '\0'; text++) {
        if (strchr(plain, *text) != NULL) {
            *end++ = *text;
            continue;
        }
        *end++ = '%';
        *end++ = hexadecimals[(unsigned char)*text >> 4];
        *end++ = hexadecimals[(unsigned char)*text & 15];
    }
    return out;
}

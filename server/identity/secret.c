/* secret.c: makes secrets of services and what is kept of them. */
#include "veha/secret.h"

#include "veha/refresh.h"
#include "veha/text.h"

#include <sodium.h>
#include <string.h>

enum { SECRET_SIZE = 32 };

static const char prefix[] = "veha_service_";

const char *secret_new(struct pool *pool)
{
    return pool_print(pool, "%s%s", prefix, text_random(pool, SECRET_SIZE));
}

static bool is_secret(const char *text)
{
    unsigned char bytes[SECRET_SIZE];
    size_t size = 0;
    const char *body = text + sizeof prefix - 1;

    return text_starts(text, prefix) &&
           sodium_base642bin(bytes, sizeof bytes, body, strlen(body), NULL, &size, NULL,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
           size == sizeof bytes;
}

const char *secret_hash(struct pool *pool, const char *text)
{
    return is_secret(text) ? refresh_hash(pool, text) : NULL;
}

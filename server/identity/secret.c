/* secret.c: makes secrets of services and what is kept of them. */
#include "veha/secret.h"

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
    unsigned char hash[crypto_generichash_BYTES];

    if (!is_secret(text))
        return NULL;
    crypto_generichash(hash, sizeof hash, (const unsigned char *)text, strlen(text), NULL, 0);
    return sodium_bin2hex(pool_alloc(pool, 2 * sizeof hash + 1), 2 * sizeof hash + 1, hash, sizeof hash);
}

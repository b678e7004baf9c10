/* refresh.c: makes refresh tokens and what is kept of them. */
#include "veha/refresh.h"

#include "veha/text.h"

#include <sodium.h>
#include <string.h>

enum { REFRESH_SIZE = 32 };

const char *refresh_new(struct pool *pool)
{
    return text_random(pool, REFRESH_SIZE);
}

const char *refresh_successor(struct pool *pool, const struct keyring *keys, const char *text)
{
    unsigned char bytes[REFRESH_SIZE], next[REFRESH_SIZE];
    size_t size = 0, room = sodium_base64_ENCODED_LEN(REFRESH_SIZE, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    if (sodium_base642bin(bytes, sizeof bytes, text, strlen(text), NULL, &size, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        size != sizeof bytes)
        return NULL;

    static const unsigned char purpose[] = "veha refresh 1";
    crypto_generichash_state state;
    crypto_generichash_init(&state, keys->secret, sizeof keys->secret, sizeof next);
    crypto_generichash_update(&state, purpose, sizeof purpose);
    crypto_generichash_update(&state, bytes, sizeof bytes);
    crypto_generichash_final(&state, next, sizeof next);
    return sodium_bin2base64(pool_alloc(pool, room), room, next, sizeof next, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

const char *refresh_hash(struct pool *pool, const char *text)
{
    unsigned char hash[crypto_generichash_BYTES];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)text, strlen(text), NULL, 0);
    return sodium_bin2hex(pool_alloc(pool, 2 * sizeof hash + 1), 2 * sizeof hash + 1, hash, sizeof hash);
}

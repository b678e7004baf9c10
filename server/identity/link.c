/* link.c: makes the tokens of links that letters carry, and what is kept of them. */
#include "veha/link.h"

#include "veha/refresh.h"
#include "veha/text.h"

#include <sodium.h>
#include <string.h>

enum { LINK_SIZE = 32 };

const char *link_seed(struct pool *pool)
{
    return text_random(pool, LINK_SIZE);
}

static void add(crypto_generichash_state *state, const char *text)
{
    crypto_generichash_update(state, (const unsigned char *)text,
                              strlen(text) + 1); /* its end parts it from the next */
}

const char *link_token(struct pool *pool, const char *key, const char *purpose, const char *seed)
{
    unsigned char secret[LINK_SIZE], token[LINK_SIZE];
    size_t room = sodium_base64_ENCODED_LEN(LINK_SIZE, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    crypto_generichash_state state;

    crypto_generichash(secret, sizeof secret, (const unsigned char *)key, strlen(key), NULL, 0); /* of any length */
    crypto_generichash_init(&state, secret, sizeof secret, sizeof token);
    add(&state, "veha link 1");
    add(&state, purpose);
    add(&state, seed);
    crypto_generichash_final(&state, token, sizeof token);
    sodium_memzero(secret, sizeof secret);
    return sodium_bin2base64(pool_alloc(pool, room), room, token, sizeof token,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

const char *link_hash(struct pool *pool, const char *token)
{
    return refresh_hash(pool, token);
}

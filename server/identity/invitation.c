/* invitation.c: makes the tokens of invitations. */
#include "veha/invitation.h"

#include "veha/refresh.h"
#include "veha/text.h"

#include <sodium.h>
#include <string.h>

enum { INVITATION_SIZE = 32 };

const char *invitation_token(struct pool *pool, const struct keyring *keys, const char *seed)
{
    static const unsigned char purpose[] = "veha invitation 1";
    unsigned char bytes[INVITATION_SIZE];
    size_t room = sodium_base64_ENCODED_LEN(INVITATION_SIZE, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    crypto_generichash_state state;

    if (seed == NULL)
        return text_random(pool, INVITATION_SIZE);
    crypto_generichash_init(&state, keys->secret, sizeof keys->secret, sizeof bytes);
    crypto_generichash_update(&state, purpose, sizeof purpose);
    crypto_generichash_update(&state, (const unsigned char *)seed, strlen(seed));
    crypto_generichash_final(&state, bytes, sizeof bytes);
    return sodium_bin2base64(pool_alloc(pool, room), room, bytes, sizeof bytes,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

const char *invitation_hash(struct pool *pool, const char *token)
{
    return refresh_hash(pool, token);
}

const char *invitation_link(struct pool *pool, const char *site, const char *token)
{
    size_t length = strlen(site);

    while (length > 0 && site[length - 1] == '/')
        length--;
    return pool_print(pool, "%.*s/invitations/%s", (int)length, site, token);
}

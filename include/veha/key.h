/*
 * key.h: the keyring: one folder, equal on every host.
 *
 * KID.pem is a signing key; the file's stem is the kid and, as `veha token` makes it, the time the key was made. Only P-256 keys are accepted; a weak,
 * unreadable or world-readable key stops the start-up. secret.key is 32 random bytes from which the keys of everything else are made (tokens of forms, refresh
 * tokens, second factors), so that changing the signing key disturbs none of these.
 *
 * A new signing key is published at once and signs KEY_LEAD_SECONDS later: until then it comes to every host, and to those who keep the published set. Its
 * predecessor is no longer published when the last token it signed has expired.
 */
#ifndef VEHA_KEY_H
#define VEHA_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "veha/fault.h"
#include "veha/pool.h"

/* A worker looks at the clock every few seconds, so that some tokens of the old key are younger than they should be. */
enum { KEY_LEAD_SECONDS = 3600, KEY_GRACE_SECONDS = 60 };

struct key {
    const char *id;      /* kid */
    int64_t made_at;     /* 0 when the name is no time: long ago */
    const char *private_pem;
    size_t private_length;
    const char *public_pem;
    size_t public_length;
    const char *x, *y; /* base64url coordinates for the JWK */
};

struct keyring {
    const struct key *keys; /* oldest first */
    size_t count;
    const struct key *signer;
    unsigned char secret[32];  /* for tokens of forms and refresh tokens */
    unsigned char sealing[32]; /* for second factors */
};

/* Every key of the folder, the newest of them signing: what keyring_turn is to decide by the time. */
struct fault *keyring_load(struct pool *pool, const char *directory, struct keyring *keys);

/* Leaves the keys that are good at this moment, and chooses the one that signs. token_seconds: the longest life of an access token. */
void keyring_turn(struct keyring *keys, int64_t now, int64_t token_seconds);

const struct key *keyring_find(const struct keyring *keys, const char *id, size_t length);
struct fault *key_create(struct pool *pool, const char *directory, const char *id); /* writes ID.pem, mode 0600, whole or not at all */
struct fault *key_remove(struct pool *pool, const char *directory, const char *id);
struct fault *secret_create(struct pool *pool, const char *directory); /* writes secret.key; "key_exists": it is there */
const char *keyring_jwks(struct pool *pool, const struct keyring *keys);             /* RFC 7517 set of public keys */

#endif

/*
 * key.h: signing keys, one PEM file each in one directory; the file's stem is the kid.
 *
 * Only P-256 keys are accepted; a weak, unreadable or world-readable key stops the start-up. The newest by name signs; all verify.
 */
#ifndef VEHA_KEY_H
#define VEHA_KEY_H

#include <stddef.h>

#include "veha/fault.h"
#include "veha/pool.h"

struct key {
    const char *id;      /* kid */
    const char *private_pem;
    size_t private_length;
    const char *public_pem;
    size_t public_length;
    const char *x, *y; /* base64url coordinates for the JWK */
};

struct keyring {
    const struct key *keys; /* oldest first; the last one signs */
    size_t count;
    unsigned char secret[32]; /* derived from the newest private key: for CSRF tokens */
};

struct fault *keyring_load(struct pool *pool, const char *directory, struct keyring *keys);
const struct key *keyring_find(const struct keyring *keys, const char *id, size_t length);
struct fault *key_create(struct pool *pool, const char *directory, const char *id); /* writes ID.pem, mode 0600 */
const char *keyring_jwks(struct pool *pool, const struct keyring *keys);             /* RFC 7517 set of public keys */

#endif

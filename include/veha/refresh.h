/*
 * refresh.h: refresh tokens, each good for one renewal.
 *
 * The first of a session is 32 random bytes; each next one is the keyed BLAKE2b of its predecessor under the keyring's
 * secret. So a token that is presented twice at once (two tabs) has the same successor both times, although nobody
 * keeps it: the database knows only hashes, and neither a stolen database nor a stolen secret alone makes a token.
 * Their text is base64url without padding.
 */
#ifndef VEHA_REFRESH_H
#define VEHA_REFRESH_H

#include "veha/key.h"
#include "veha/pool.h"

const char *refresh_new(struct pool *pool);

/* NULL when text is no refresh token at all. */
const char *refresh_successor(struct pool *pool, const struct keyring *keys, const char *text);

/* What the database keeps: lower-case hexadecimal of BLAKE2b-256. */
const char *refresh_hash(struct pool *pool, const char *text);

#endif

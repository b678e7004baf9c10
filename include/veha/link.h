/*
 * link.h: the secrets of links that letters carry.
 *
 * A link's token is the keyed BLAKE2b-256 of a seed under [mail] link_key, which serve and notify know and the database
 * never sees; the database keeps the seed until the letter has gone, and the token's hash. Neither a stolen database
 * nor a stolen key alone makes a link.
 */
#ifndef VEHA_LINK_H
#define VEHA_LINK_H

#include "veha/pool.h"

const char *link_seed(struct pool *pool);

/* 43 characters of base64url. purpose: what the link is for; a seed makes another token for each. */
const char *link_token(struct pool *pool, const char *key, const char *purpose, const char *seed);

/* What the database keeps of a token: lower-case hexadecimal of BLAKE2b-256. */
const char *link_hash(struct pool *pool, const char *token);

#endif

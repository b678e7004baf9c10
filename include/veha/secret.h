/*
 * secret.h: what a service proves itself by: 256 random bits in a form that a leak can be searched for.
 *
 * It is told once, when it is issued; the database knows its hash, which needs no salt and no slowness, because nobody
 * guesses 256 bits.
 */
#ifndef VEHA_SECRET_H
#define VEHA_SECRET_H

#include "veha/pool.h"

/* "veha_service_" and 43 characters of base64url. */
const char *secret_new(struct pool *pool);

/* What the database keeps of it, as hexadecimal text; NULL when the text is no such secret. */
const char *secret_hash(struct pool *pool, const char *text);

#endif

/*
 * invitation.h: the tokens of invitations, 256 bits each, as base64url without padding. The database knows their hashes only.
 */
#ifndef VEHA_INVITATION_H
#define VEHA_INVITATION_H

#include "veha/key.h"
#include "veha/pool.h"

/*
 * A new token, in pool. With a seed it is the keyed BLAKE2b of that under the keyring's secret: a request that comes again under its Idempotency-Key gets the link it
 * got before, although nobody kept it. Without one (NULL; keys may be NULL, too) it is random.
 */
const char *invitation_token(struct pool *pool, const struct keyring *keys, const char *seed);

/* What the database keeps of it. */
const char *invitation_hash(struct pool *pool, const char *token);

/* The address that its holder opens; site is the public one of the service, with or without a slash at its end. */
const char *invitation_link(struct pool *pool, const char *site, const char *token);

#endif

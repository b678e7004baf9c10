/*
 * evidence.h: what is kept of an answer beside its reading: the hash of its bytes, and the bytes themselves, compressed.
 *
 * No secret of ours is kept: in an exchange it is blotted out, and a body that repeats one is hashed and not kept.
 */
#ifndef VERIFY_EVIDENCE_H
#define VERIFY_EVIDENCE_H

#include "veha/config.h"
#include "veha/pool.h"

#include "read.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct evidence_rules {
    bool bodies;                /* are they kept at all? */
    const char *const *secrets; /* ended by NULL; NULL: none */
};

/* Every secret of the configuration, as it is written and as it stands in an address. Lives in the pool. */
const char *const *evidence_secrets(struct pool *pool, const struct config *config);

/* Of one look, in the pool. */
struct evidence *evidence_new(struct pool *pool, const struct evidence_rules *rules);

/*
 * Adds an answer. exchange (NULL: none) gets "hash", the SHA-256 of the body as it was received and decoded, unless
 * nothing came, and "withheld": true where a secret keeps the body from being kept.
 */
void evidence_add(struct evidence *evidence, const struct answer *answer, json_t *exchange);

/* The same of an answer that holds what citizens wrote: its body is hashed and "withheld", never kept. */
void evidence_add_private(struct evidence *evidence, const struct answer *answer, json_t *exchange);

/* The SHA-256 of all bodies, one after another; NULL when none came. */
const char *evidence_hash(struct evidence *evidence);

/* [{"hash", "length", "packed"}], each once; borrowed. */
json_t *evidence_bodies(struct evidence *evidence);

/* zlib's bytes in base64, and back; unpacking gives NULL for what is none or is not of this length. */
const char *evidence_pack(struct pool *pool, const char *bytes, size_t length);
const char *evidence_unpack(struct pool *pool, const char *packed, size_t length);

#endif

/*
 * factor.h: what the database keeps of a second factor, which is worth nothing without the keyring.
 *
 * The secret of an authenticator is sealed (libsodium's secretbox) with a key made for its person alone; a recovery code is kept as a keyed hash. Both keys
 * come from secret.key of the keyring's folder (key.h).
 */
#ifndef VEHA_FACTOR_H
#define VEHA_FACTOR_H

#include "veha/key.h"
#include "veha/totp.h"

enum { RECOVERY_CODES = 10 };

/* person: the id as text. Text for the database, in pool. */
const char *factor_seal(struct pool *pool, const struct keyring *keys, const char *person, const struct totp_secret *secret);

/* false when it was sealed by other keys, for another person, or not at all. */
bool factor_open(const struct keyring *keys, const char *person, const char *sealed, struct totp_secret *secret);

/* "ABCD-EFGH-JKLM": 60 random bits. */
const char *recovery_new(struct pool *pool);

/* What is kept of a code as it was typed; NULL when it is none: twelve letters and digits of base32; case, spaces and dashes do not matter. */
const char *recovery_hash(struct pool *pool, const struct keyring *keys, const char *person, const char *code);

#endif

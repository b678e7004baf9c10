/*
 * totp.h: time-based one-time passwords (RFC 6238): HMAC-SHA-1, six digits, steps of 30 s, as every authenticator makes them.
 *
 * A code holds for its own step and the ones before and after, for clocks go wrong; that each serves once is its keeper's care, who keeps the step of the
 * last one accepted.
 */
#ifndef VEHA_TOTP_H
#define VEHA_TOTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "veha/pool.h"

enum { TOTP_DIGITS = 6, TOTP_STEP_SECONDS = 30, TOTP_SECRET_SIZE = 20, TOTP_SECRET_SHORTEST = 16, TOTP_SECRET_LONGEST = 64 };

struct totp_secret {
    unsigned char bytes[TOTP_SECRET_LONGEST];
    size_t length;
};

void totp_secret_new(struct totp_secret *secret);

/* Base32 without padding (RFC 4648), as people type it; spaces and case do not matter. false: it is none, or too short or too long. */
bool totp_secret_read(const char *text, struct totp_secret *secret);
const char *totp_secret_print(struct pool *pool, const struct totp_secret *secret);

/* The code of a step, as a number below 1,000,000. */
uint32_t totp_code(const struct totp_secret *secret, int64_t step);

/* The step this code is of, about now; -1 when it is of none. text: six digits, spaces do not matter. */
int64_t totp_step_of(const struct totp_secret *secret, const char *text, int64_t now);

/* What an authenticator reads from a QR code: otpauth://totp/ISSUER:LOGIN?secret=... */
const char *totp_address(struct pool *pool, const struct totp_secret *secret, const char *issuer, const char *login);

#endif

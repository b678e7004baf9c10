/*
 * token.h: ES256 access tokens (RFC 7519, RFC 7515), around libjwt, which checks far less than one would think.
 *
 * Before the library sees a token: length ≤ 8 KB, three segments of strict base64url, a header of exactly alg, kid and typ, kid known, alg equal to the
 * key's. After it: the types and values of iss, aud, exp, nbf, iat, jti, sub, sid, roles. Duplicate members are refused.
 *
 * A token of a service has an audience of its own, so that it can never be taken for a person's, and capabilities in
 * place of a session and roles.
 */
#ifndef VEHA_TOKEN_H
#define VEHA_TOKEN_H

#include <stdint.h>

#include "veha/fault.h"
#include "veha/key.h"
#include "veha/pool.h"

struct token_claims {
    const char *person;  /* sub; NULL: it is of a service */
    const char *session; /* sid */
    const char *service; /* sub; NULL: it is of a person */
    const char *name;
    const char *locale;
    const char *const *capabilities; /* of a service, ended by NULL */
    const char *const *roles;        /* of a person, ended by NULL */
    const char *const *scope; /* "role:tenant" pairs for integrators, ended by NULL */
    int64_t issued_at, expires_at;
    const char *id; /* jti */
};

struct token_rules {
    const char *issuer;
    const char *audience;         /* of people's tokens */
    const char *service_audience; /* of services'; NULL: there are none */
    int64_t leeway; /* seconds allowed for iat and nbf ahead of us */
};

/* The compact form, signed with the key whose turn it is. */
const char *token_issue(struct pool *pool, const struct keyring *keys, const struct token_rules *rules,
                        const struct token_claims *claims);

/* NULL on success with *claims filled from pool; otherwise FAULT_UNSIGNED with an exact code for the log ("token_expired", ...). */
struct fault *token_read(struct pool *pool, const struct keyring *keys, const struct token_rules *rules, const char *text,
                         size_t length, int64_t now, struct token_claims *claims);

#endif

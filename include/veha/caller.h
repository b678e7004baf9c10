/*
 * caller.h: who is asking, and how they proved it.
 *
 * A caller is nobody, a person or a service (a program with capabilities of its own); it is read from a verified access token (Authorization: Bearer, or the __Host-access cookie). Verified tokens
 * are kept by their hash no longer than they live. What a caller may do is not in the token: the database computes
 * scope and capabilities from memberships; the token's claims carry roles and scope for integrators.
 */
#ifndef VEHA_CALLER_H
#define VEHA_CALLER_H

#include "veha/fault.h"
#include "veha/pool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct keyring;
struct token_rules;

enum caller_proof { CALLER_NOBODY, CALLER_BEARER, CALLER_COOKIE };

struct caller {
    enum caller_proof proof;
    const char *person;  /* id as text; NULL for nobody and for a service */
    const char *session; /* session id as text; a person's */
    const char *service; /* id as text; NULL for nobody and for a person */
    const char *name;    /* for the page header */
    const char *locale;  /* "ru" or "en"; NULL for a service */
    /* A person's roles, of which several memberships may repeat one once only, or a service's capabilities; ended by NULL. */
    const char *const *roles;
    size_t role_count;
    int64_t expires_at;
};

/* May a caller use this capability anywhere? The tables read at start answer: role_capability, and what a service may
 * have at all. */
bool caller_may(const struct caller *caller, const char *capability);

/* Loads a JSON array of [role, capability] pairs; the role of a service is "service". Returns false when it is
 * malformed. */
bool caller_rules_load(const char *json);
bool caller_capability_exists(const char *capability);

/*
 * The caller behind an access token, in pool, with proof CALLER_BEARER (whoever took the token from a cookie says so).
 * NULL on success, otherwise the FAULT_UNSIGNED of token_read.
 */
struct fault *caller_read(struct pool *pool, const struct keyring *keys, const struct token_rules *rules,
                          const char *token, size_t length, int64_t now, struct caller *caller);

/* The session has ended: its tokens that this process knows are refused from now on ("session_ended"). */
void caller_end(const char *session);
/* The same of a service that was revoked or has expired. */
void caller_end_service(const char *service);

/* The keyring has changed: every token is checked anew, for the key of one that is kept may be gone. */
void caller_forget(void);

#endif

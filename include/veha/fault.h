/*
 * fault.h: the one error type.
 *
 * A fault has a kind (which decides the HTTP status and the RFC 9457 problem type, in one table), a stable code that
 * programs may rely on and the catalogues translate (context "fault"), an optional detail for the operator's log that is
 * never shown to people, and the list of wrong fields, all of them at once. Faults live in a pool.
 */
#ifndef VEHA_FAULT_H
#define VEHA_FAULT_H

#include <stddef.h>

#include "veha/pool.h"

enum fault_kind {
    FAULT_BAD_REQUEST,   /* 400: not parseable at all */
    FAULT_UNSIGNED,      /* 401: nobody is signed in, or the token is no good */
    FAULT_FORBIDDEN,     /* 403: signed in, but the role lacks the capability, or the CSRF token is wrong */
    FAULT_NOT_FOUND,     /* 404: not there, or not yours: the two look the same */
    FAULT_METHOD,        /* 405 */
    FAULT_NOT_ACCEPTABLE,/* 406 */
    FAULT_CONFLICT,      /* 409: the state forbids it; Idempotency-Key used with another body */
    FAULT_STALE,         /* 412: If-Match names an older version */
    FAULT_TOO_LARGE,     /* 413 */
    FAULT_MEDIA_TYPE,    /* 415 */
    FAULT_INVALID,       /* 422: fields are wrong; see the list */
    FAULT_TOO_MANY,      /* 429 */
    FAULT_INTERNAL,      /* 500: ours */
    FAULT_UNAVAILABLE,   /* 503: nothing was done; try again */
    FAULT_UNSURE,        /* 503: the connection died after sending; the same Idempotency-Key resolves it */
    FAULT_KINDS
};

struct fault_field {
    const char *field; /* name in the request, or column title in a file */
    const char *code;  /* stable code: "required", "inn_check_digit", ... */
    const char *pointer; /* RFC 6901, below the request's body, where a field holds a document; NULL: the field itself */
};

struct fault {
    enum fault_kind kind;
    const char *code;
    const char *detail; /* for the log only; may be NULL */
    struct fault_field *fields;
    size_t field_count;
};

/* One line of the table of kinds. */
struct fault_type {
    int status;       /* HTTP */
    const char *type; /* RFC 9457 "type", a relative reference: "/problems/not-found" */
    const char *code; /* the code used where nothing more exact is known: "not_found" */
};
const struct fault_type *fault_type(enum fault_kind kind);

struct fault *fault_new(struct pool *pool, enum fault_kind kind, const char *code);
struct fault *fault_detail(struct pool *pool, enum fault_kind kind, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A copy that lives in pool, whatever becomes of the original: a unit's fault dies with its callback. */
struct fault *fault_copy(struct pool *pool, const struct fault *fault);

/* Adds a wrong field to *fault, creating a FAULT_INVALID "invalid_fields" when *fault is NULL. */
void fault_add(struct pool *pool, struct fault **fault, const char *field, const char *code);

/* The same of a place inside the document that a field holds: "/roadmap/steps/3/offset". */
void fault_point(struct pool *pool, struct fault **fault, const char *field, const char *pointer, const char *code);

/*
 * The table SQLSTATE → fault. The project's own class is VH: VHnnn with nnn the HTTP status, the message being the
 * code (VH404, VH409, VH412, VH422, VH403). message and detail may be NULL.
 */
struct fault *fault_sqlstate(struct pool *pool, const char *sqlstate, const char *message, const char *detail);

#endif

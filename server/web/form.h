/*
 * form.h: application/x-www-form-urlencoded text, as it comes in bodies and query strings.
 *
 * Decoding is strict: a % without two hexadecimal digits is malformed. Values may still hold NUL or broken UTF-8;
 * `length` says where they end.
 */
#ifndef VEHA_WEB_FORM_H
#define VEHA_WEB_FORM_H

#include "veha/pool.h"

#include <stdbool.h>
#include <stddef.h>

struct form_pair {
    const char *name;
    const char *value;
    size_t name_length;
    size_t value_length;
};

struct form {
    struct form_pair *pairs;
    size_t count;
};

enum { FORM_PAIRS_MAX = 1000 };

/* false when an escape is malformed or there are more than FORM_PAIRS_MAX pairs. */
bool form_read(struct pool *pool, const char *text, size_t length, struct form *form);

/* Decodes %XX, and + as space when plus says so; NULL when an escape is malformed. */
char *form_decode(struct pool *pool, const char *text, size_t length, bool plus, size_t *decoded_length);

/* Encodes text for use inside a query value or a path segment. */
char *form_encode(struct pool *pool, const char *text);

#endif

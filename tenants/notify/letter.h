/*
 * letter.h: turns what a letter says into the bytes of a message (RFC 5322, MIME).
 *
 * Pure: the same letter at the same time gives the same bytes. No value, whatever it holds, can begin or end a header
 * field.
 */
#ifndef VEHA_NOTIFY_LETTER_H
#define VEHA_NOTIFY_LETTER_H

#include "veha/pool.h"

#include <stddef.h>
#include <stdint.h>

struct letter {
    const char *message;   /* what makes its Message-ID its own: letters, digits and - */
    const char *from;      /* an address as letter_address gives it */
    const char *from_name; /* NULL or "": none */
    const char *to;        /* an address as letter_address gives it */
    const char *to_name;
    const char *subject; /* UTF-8 */
    const char *text;    /* UTF-8, lines parted by \n */
    const char *locale;  /* "ru" */
    int64_t at;          /* seconds since 1970 UTC */
};

/*
 * The address as it goes on the wire: the domain in its ASCII form (RFC 5891), lower case. NULL when text is no plain
 * address (RFC 5321 dot-string, at most 254 characters): quoted names, routes and comments are none of ours.
 */
const char *letter_address(struct pool *pool, const char *text);

/* Parts "Name <address>", or a bare address: *name is NULL when there is none. The address, or NULL when it is none. */
const char *letter_sender(struct pool *pool, const char *text, const char **name);

/* The whole message, lines ended by CRLF. */
const char *letter_write(struct pool *pool, const struct letter *letter, size_t *length);

#endif

/*
 * etag.h: strong entity tags "VERSION.HASH-R": the document's version (empty without one), a hash of its bytes, and a
 * letter for the representation.
 *
 * The version comes first, so that If-Match can be compared with it by the change itself, in the database (args.h).
 */
#ifndef VEHA_WEB_ETAG_H
#define VEHA_WEB_ETAG_H

#include "veha/pool.h"

#include <stdbool.h>
#include <stddef.h>

/* document is JSON text of ours. */
const char *etag_of(struct pool *pool, const char *document, size_t length, char representation);

/* Does an If-None-Match list name the tag (weak comparison, RFC 9110 13.1.2)? */
bool etag_listed(const char *if_none_match, const char *tag);

#endif

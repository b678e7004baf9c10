/*
 * multipart.h: multipart/form-data (RFC 7578), as browsers and programs send files.
 *
 * Read strictly, and in place: there is nothing before the first boundary and nothing behind the last, each part says
 * in one Content-Disposition that it is form-data and what its name is, a part that only some readers would end is
 * none, and what RFC 7578 forbids (filename*, transfer encodings that change bytes) is refused. Of escapes in names
 * those are undone that browsers write: %22, %0D, %0A and \".
 */
#ifndef VEHA_WEB_MULTIPART_H
#define VEHA_WEB_MULTIPART_H

#include "veha/pool.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    MULTIPART_PARTS_MAX = 100,
    MULTIPART_HEAD_MAX = 4096, /* bytes of a part's header */
};

struct multipart_part {
    const char *name; /* in the pool; may hold NUL or broken UTF-8 */
    size_t name_length;
    const char *file; /* its file name, the same; NULL: no file, a field */
    size_t file_length;
    const char *value; /* inside the body, not terminated */
    size_t value_length;
};

struct multipart {
    struct multipart_part *parts;
    size_t count;
};

/* Is this the content type of such a body? */
bool multipart_is(const char *content_type);

/* false when the body is no such form, or the content type names no sound boundary. */
bool multipart_read(struct pool *pool, const char *content_type, const char *body, size_t length,
                    struct multipart *form);

#endif

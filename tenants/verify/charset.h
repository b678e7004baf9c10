/* charset.h: in which character set a body is written, whatever it says of itself. */
#ifndef VERIFY_CHARSET_H
#define VERIFY_CHARSET_H

#include "veha/pool.h"

#include <stddef.h>

/*
 * Decides (byte order mark, bytes that are valid UTF-8, HTTP header, <meta> in the first 4 KB, windows-1251) and
 * converts. content_type may be NULL. The result is valid UTF-8 of *converted bytes, terminated by NUL, without NUL
 * inside; *name is what was decided: "utf-8", "windows-1251", ...
 */
char *charset_convert(struct pool *pool, const char *bytes, size_t length, const char *content_type, size_t *converted,
                      const char **name);

#endif

/* file_kind.h: what a file is by its bytes, and what it may be called; nobody's word counts. */
#ifndef VEHA_TENANTS_FILE_KIND_H
#define VEHA_TENANTS_FILE_KIND_H

#include "veha/pool.h"

#include <stddef.h>

/* "pdf", "png", "jpeg" or "webp", with *kind; otherwise a fault code: file_kind_unknown, or file_broken when its end is
 * missing. Nothing is decoded: it is what its first bytes say, and has the frame of such a file. */
const char *file_kind_sniff(const char *bytes, size_t length, const char **kind);

/* A name that can stand in a line, a header and a folder, and ends as files of this kind do: without folders,
 * characters that turn text round or cannot be seen, and ends that mean something else to a computer. name is valid
 * UTF-8. */
const char *file_kind_name(struct pool *pool, const char *kind, const char *name);

/* Content-Disposition (RFC 6266, RFC 8187): pictures inline, all else as an attachment. */
const char *file_kind_disposition(struct pool *pool, const char *kind, const char *name);

#endif

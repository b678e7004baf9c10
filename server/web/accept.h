/* accept.h: which representation an Accept header asks for, and which codings an Accept-Encoding allows (RFC
 * 9110, 12.5). */
#ifndef VEHA_WEB_ACCEPT_H
#define VEHA_WEB_ACCEPT_H

#include "veha/resource.h"

#include <stdbool.h>

enum representation {
    REPRESENTATION_JSON,
    REPRESENTATION_HTML,
    REPRESENTATION_TABLE,
    REPRESENTATION_SHEET,
    REPRESENTATION_NONE
};

/* What the argument `format` of a table asks for; of nothing and of what is no format REPRESENTATION_NONE. */
enum representation accept_format(const char *format);

/* What the resource offers and the header likes best; with equal liking JSON, then HTML, then CSV, then XLSX. NULL
 * accepts anything. */
enum representation accept_choose(const char *accept, const struct resource *resource);

/* Does the header name text/event-stream with a weight above 0? */
bool accept_stream(const char *accept);

/* Does the header ask for HTML rather than JSON? For answers without a resource. */
bool accept_html(const char *accept);

/* Is a content coding ("br", "gzip") named with a weight above 0? */
bool accept_coding(const char *accept_encoding, const char *coding);

#endif

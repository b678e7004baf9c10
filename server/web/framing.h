/* framing.h: refuses HTTP/1 heads that two readers could frame in two ways (RFC 9112, 3.2, 6.1 and 6.3): the library
 * takes them. */
#ifndef VEHA_WEB_FRAMING_H
#define VEHA_WEB_FRAMING_H

#include <stdbool.h>
#include <stddef.h>

/* bytes begin with a request line. False when a line ends without CR, is folded, or Host, Content-Length and
 * Transfer-Encoding are not one, at most one, and never both. */
bool framing_sound(const char *bytes, size_t length);

#endif

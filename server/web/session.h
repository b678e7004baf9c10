/*
 * session.h: who is behind a request, and the resources of signing in and out.
 *
 * A caller comes from Authorization: Bearer or from the __Host-access cookie. A page request whose access token has run
 * out is renewed in place by its refresh token.
 */
#ifndef VEHA_WEB_SESSION_H
#define VEHA_WEB_SESSION_H

#include "veha/request.h"

extern const struct resource_table session_table; /* /session, /session/refresh, /session/end, /.well-known/jwks.json */

/*
 * Finds the caller and calls request_signed (exchange.h) once, now or after a unit; a token that is no good ends the
 * request with FAULT_UNSIGNED.
 */
void session_sign(struct request *request);

#endif

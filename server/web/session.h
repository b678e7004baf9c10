/*
 * session.h: who is behind a request, and the resources of signing in and out.
 *
 * A caller comes from Authorization: Bearer or from the __Host-access cookie. A page request whose access token has run
 * out is renewed in place by its refresh token.
 */
#ifndef VEHA_WEB_SESSION_H
#define VEHA_WEB_SESSION_H

#include "veha/request.h"

extern const struct resource_table session_table; /* /session, its deeds, /sessions, /.well-known/jwks.json */

struct json_t;
struct session_grant;

/* What the ways in share: one statement, and a document of ours (taken over) as the answer.
 */
void session_query(struct request *request, enum lane_kind lane, const char *name, const char *const *values,
                   unit_done *done, void *data);
void session_reply(struct request *request, int status, struct json_t *document);

/* Whoever signs in has proven all: cookies and the page they wanted, or tokens. */
void session_welcome(struct request *request, const struct session_grant *grant);

/* Where to go on to when all is done that comes first: an address elsewhere is "/". */
extern const struct field_type session_next;

/* The page that comes first, keeping in its query what the request wanted to go on to, if it told any. */
const char *session_first(struct request *request, const char *page);

/*
 * Finds the caller and calls request_signed (exchange.h) once, now or after a unit; a token that is no good ends the
 * request with FAULT_UNSIGNED.
 */
void session_sign(struct request *request);

#endif

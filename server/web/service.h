/*
 * service.h: callers that are programs: how they are let in, and when they were last here.
 *
 * A service trades its secret for an access token of ten minutes, as often as it likes; it has no refresh token and no
 * cookie, and no page is shown to it.
 */
#ifndef VEHA_WEB_SERVICE_H
#define VEHA_WEB_SERVICE_H

#include "veha/request.h"

extern const struct resource_table service_table; /* /session/service */

/* The calling service was here; told to the database at most once a minute a worker. */
void service_note(struct request *request, const struct caller *caller);

/* What a program is told that asks who it is: {"service": {"id", "name", "capabilities"}, "expires_at"}. */
void service_show(struct request *request);

#endif

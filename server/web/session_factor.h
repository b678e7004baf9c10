/* session_factor.h: the second step of signing in. */
#ifndef VEHA_WEB_SESSION_FACTOR_H
#define VEHA_WEB_SESSION_FACTOR_H

#include "veha/request.h"

extern const struct resource_table factor_table; /* /session/factor */

/* The password was right and a code is to follow: a form goes on to the page that asks for it, a program gets the challenge. */
void factor_challenge(struct request *request, const char *challenge);

#endif

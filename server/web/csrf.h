/* csrf.h: proves that a form was ours: a token bound to the session, or to the __Host-csrf cookie before there is one.
 */
#ifndef VEHA_WEB_CSRF_H
#define VEHA_WEB_CSRF_H

#include "veha/request.h"

#include <stdbool.h>

/* For the hidden field of the forms of the page that answers this request; may set a cookie. */
const char *csrf_token(struct request *request);

/* May this change be made? True for callers that proved themselves by a bearer token: browsers never add those by
 * themselves. */
bool csrf_valid(struct request *request);

#endif

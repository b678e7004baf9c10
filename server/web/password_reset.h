/* password_reset.h: the resources of a forgotten password: asking for a link by mail, and choosing a new password by
 * it. */
#ifndef VEHA_WEB_PASSWORD_RESET_H
#define VEHA_WEB_PASSWORD_RESET_H

#include "veha/resource.h"

extern const struct resource_table password_reset_table; /* /session/password-resets */

#endif

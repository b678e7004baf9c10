/* security.h: what people do for their own safety: password, second factor, recovery codes. */
#ifndef VEHA_WEB_SECURITY_H
#define VEHA_WEB_SECURITY_H

#include "veha/resource.h"

extern const struct resource_table security_table; /* /session/security, /session/password, /session/factor/..., /people/{person}/factor-reset */

#endif

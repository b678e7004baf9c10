/* health.h: resources that say how this process is, and what it can do. */
#ifndef VEHA_WEB_HEALTH_H
#define VEHA_WEB_HEALTH_H

#include "veha/resource.h"

extern const struct resource_table health_table; /* /healthz /readyz */

#endif

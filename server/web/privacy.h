/* privacy.h: the resources of the notice about personal data, which everybody acknowledges before anything else. */
#ifndef VEHA_WEB_PRIVACY_H
#define VEHA_WEB_PRIVACY_H

#include "veha/resource.h"

extern const struct resource_table privacy_table; /* /privacy */

#endif

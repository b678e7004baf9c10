/* resources.h: the domain's resource table, which main hands to server/web. */
#ifndef VEHA_TENANTS_RESOURCES_H
#define VEHA_TENANTS_RESOURCES_H

#include "veha/resource.h"

extern const struct resource_table tenants_table;

#endif

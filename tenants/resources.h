/* resources.h: the domain's resource tables; main hands the first to server/web, and the others stand beside it, one beside another. */
#ifndef VEHA_TENANTS_RESOURCES_H
#define VEHA_TENANTS_RESOURCES_H

#include "veha/resource.h"

extern const struct resource_table tenants_table;
extern const struct resource_table step_table;
extern const struct resource_table people_table;
extern const struct resource_table call_table;
extern const struct resource_table public_table;

#endif

/* design.h: the page of all parts of pages in every state, for whoever works on them. */
#ifndef VEHA_TENANTS_DESIGN_H
#define VEHA_TENANTS_DESIGN_H

#include "veha/request.h"

#include <stdbool.h>

struct config;

/* Loads what the page shows, where [web] design is on; see struct resource_table. */
bool design_load(const struct config *config);

/* Handle of design_show: there is no such page where it is off. */
void design_show(struct request *request);

#endif

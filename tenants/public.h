/* public.h: what everybody may see of the region, where [region] public does not switch it off. */
#ifndef VEHA_TENANTS_PUBLIC_H
#define VEHA_TENANTS_PUBLIC_H

#include "veha/request.h"

/* Handles: of what is public, of lists that are searched as account_search() does, and of what counts the whole region,
 * which is a minute old at most. Switched off, there is nothing. */
void public_open(struct request *request);
void public_search(struct request *request);
void public_count(struct request *request);

#endif

/* vk_share.h: what looks of ВКонтакте share: one call for many communities, and tokens that may be refused. */
#ifndef PROBE_VK_SHARE_H
#define PROBE_VK_SHARE_H

#include "tenants/verify/look.h"

look_split vk_split;
look_refuses vk_refuses;

/* Of the number or the short name that was asked for. */
bool vk_is_group(struct pool *pool, const json_t *group, const char *id);

#endif

/* vk_share.h: what looks of ВКонтакте share: one call for many communities, and tokens that may be refused. */
#ifndef PROBE_VK_SHARE_H
#define PROBE_VK_SHARE_H

#include "tenants/verify/look.h"

look_split vk_split;
look_refuses vk_refuses;

#endif

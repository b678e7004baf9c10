/* rejudge.h: a reading that was kept is judged again, as of the moment it was read. */
#ifndef VERIFY_REJUDGE_H
#define VERIFY_REJUDGE_H

#include "veha/network.h"

#include "calendar.h"

#include <jansson.h>

struct rejudge_tools {
    const struct network_set *networks;
    const struct calendar *calendar;
};

/*
 * kept: {"network", "at", "reading", "subject"}. The verdicts as judge.h tells them, owned by the caller; NULL where the
 * network has no file any more.
 */
json_t *rejudge(const struct rejudge_tools *tools, const json_t *kept, const json_t *parameters);

#endif

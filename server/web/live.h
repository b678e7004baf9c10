/*
 * live.h: tells whoever listens what changed, as server-sent events.
 *
 * Each worker asks once a second for the changes after the last it knows (resource_table.live), keeps the latest of
 * them, and tells each stream what lies in its scope: numbers of tenants, never what happened. Whom a stream belongs
 * to, and what they may read, is asked anew every [web] live_check seconds, and a stream lives no longer than the token
 * it was opened with.
 */
#ifndef VEHA_WEB_LIVE_H
#define VEHA_WEB_LIVE_H

#include "exchange.h"

/* streams_most: of one worker; check_seconds: at most 50 count. Ends the process when there is no memory. */
struct live *live_new(long streams_most, long check_seconds);

/* Call it every turn of the loop; now is monotonic. While draining it ends the streams. */
void live_turn(struct server *server, int64_t now);

/* The last change this worker knows, for pages that are to hear of what comes after; 0: none yet. */
int64_t live_number(const struct live *live);

#endif

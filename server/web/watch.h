/* watch.h: what each worker asks the database every few seconds, so that no page need ask for it. */
#ifndef VEHA_WEB_WATCH_H
#define VEHA_WEB_WATCH_H

#include "exchange.h"

/*
 * Call it every turn of the loop; now is monotonic. Asks the table's watch query when it is time: its document
 * {"banner", "alarms"} gives every page its banner, and each alarm, a code, is logged as an error.
 */
void watch_turn(struct server *server, int64_t now);

#endif

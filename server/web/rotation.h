/* rotation.h: the keyring of a running worker follows its folder and the clock. */
#ifndef VEHA_WEB_ROTATION_H
#define VEHA_WEB_ROTATION_H

#include "exchange.h"

/* Loads the keyring into keys and lets the time decide about it. NULL, or the fault. */
struct fault *rotation_load(struct pool *pool, const struct config *config, struct keyring *keys);

/* Every few seconds: looks at the folder again. A keyring that cannot be loaded is told in the log, and the one there was goes on. now: monotonic. */
void rotation_turn(struct server *server, int64_t now);

#endif

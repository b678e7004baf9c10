/*
 * replay.h: `veha verify --replay`: what the rules and parameters of now would say of the readings that are kept.
 *
 * Asks no network and changes nothing. A reading is judged as of the moment it was read, for the tenant as it is
 * registered now; one that an older network file has read is judged as it was read.
 */
#ifndef VERIFY_REPLAY_H
#define VERIFY_REPLAY_H

#include "veha/config.h"

#include <stdbool.h>

struct replay_wanted {
    const char *network; /* code; NULL: all */
    const char *tenant;  /* id as text; NULL: all */
    const char *since;   /* "2026-11-01": every reading since then; NULL: the last of each account that saw it */
    bool json;
};

/* Prints how many verdicts would change, by network and check, and of which tenants. The exit status of the program. */
int replay_run(const struct config *config, const struct replay_wanted *wanted);

#endif

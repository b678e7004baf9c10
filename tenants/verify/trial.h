/*
 * trial.h: works at the trials of roadmaps that are not published yet, a part at a time, between looks.
 *
 * A part is taken under a lease with a fence, committed before it is judged; killing the worker loses nothing.
 * States: IDLE → TAKING → RECORDING → IDLE.
 */
#ifndef VERIFY_TRIAL_H
#define VERIFY_TRIAL_H

#include "veha/pool.h"
#include "veha/unit.h"

#include "rejudge.h"

#include <stdbool.h>
#include <stdint.h>

struct trials_options {
    struct rejudge_tools tools;
    const char *worker; /* "host:pid" */
    const char *lease;  /* seconds */
};

struct trials;

/* Lives in the pool; what options point to must live as long. */
struct trials *trials_new(struct pool *pool, struct db *db, const struct trials_options *options);

/* Takes a part if it is time to ask for one. now: of the monotonic clock. */
void trials_turn(struct trials *trials, int64_t now);
bool trials_busy(const struct trials *trials);

#endif

/* loop.h: veha verify: takes due looks, looks, judges, records. */
#ifndef VERIFY_LOOP_H
#define VERIFY_LOOP_H

#include "veha/config.h"

/* Runs until SIGTERM or SIGINT, then finishes what it holds. Returns the exit status for main. */
int loop_run(const struct config *config);

#endif

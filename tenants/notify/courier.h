/* courier.h: the work of `veha notify`: what people are to be told becomes letters, and letters go out. */
#ifndef VEHA_NOTIFY_COURIER_H
#define VEHA_NOTIFY_COURIER_H

#include "veha/config.h"

/*
 * Takes letters that are due, one lease at a time, until told to stop; a letter under way is brought to its end. Each
 * goes out at least once, always under the same Message-ID. Returns the exit status, after one sentence on standard
 * error when it cannot begin.
 */
int courier_run(const struct config *config);

#endif

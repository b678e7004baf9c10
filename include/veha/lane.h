/*
 * lane.h: one pipelined connection to PostgreSQL that brings no event loop of its own.
 *
 * States: CLOSED → CONNECTING → READY → CLOSED, opened again at once, then with growing pauses. The owner of the loop asks for the
 * descriptor and the events wanted, waits, and calls lane_step; everything else happens there. A lane never blocks.
 */
#ifndef VEHA_LANE_H
#define VEHA_LANE_H

#include <stdbool.h>

struct lane;

enum lane_kind {
    LANE_READ,  /* one a process; read-only units, many in flight, short statement_timeout */
    LANE_WRITE, /* a few a process; one unit in flight, lock_timeout 200 ms */
    LANE_SLOW   /* one a process; exports, reports and what changes a whole region, long statement_timeout */
};

/* -1 while closed. May change after any lane_step: compare lane_generation. */
int lane_descriptor(const struct lane *lane);
unsigned lane_generation(const struct lane *lane);
bool lane_wants_write(const struct lane *lane);
/* Milliseconds until lane_step wants to be called even without an event (reconnect, time-outs); -1 for never. */
int lane_timeout(const struct lane *lane);
/* Reads, completes units (their callbacks run here), writes, reconnects. */
void lane_step(struct lane *lane);

#endif

/*
 * clock.h: the only source of time.
 *
 * Wall time can be set for tests: VEHA_CLOCK_FILE names a file whose text is an ISO 8601 time with zone; it is read anew
 * whenever it changes, and units then tell PostgreSQL the same time (veha.now), so that C, SQL and pages agree.
 * Deadlines of machinery (time-outs, leases held in memory) use clock_monotonic_ms, which nobody can set.
 */
#ifndef VEHA_CLOCK_H
#define VEHA_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "veha/pool.h"

int64_t clock_now(void);          /* seconds since 1970 UTC */
bool clock_is_set(void);          /* true when VEHA_CLOCK_FILE decides */
int64_t clock_monotonic_ms(void);

/* "2026-11-22T12:00:00Z" */
char *clock_print(struct pool *pool, int64_t seconds);
/* ISO 8601 date or date-time with zone or Z, or an RFC 822 date; false when it is neither. */
bool clock_read(const char *text, int64_t *seconds);
/* Is there such a time zone ("Europe/Moscow")? The C library takes an unknown one for UTC without a word. */
bool clock_knows_zone(const char *zone);

#endif

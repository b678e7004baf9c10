/* calendar.h: days on which nobody is expected to publish: holidays, and vacations of schools. */
#ifndef VERIFY_CALENDAR_H
#define VERIFY_CALENDAR_H

#include "veha/pool.h"

#include <stdbool.h>
#include <stdint.h>

struct calendar;

/*
 * Reads every *.json below directory; days begin at midnight of the time zone ("Europe/Moscow"). NULL after printing
 * each mistake as FILE:LINE: reason, or that there is no such zone. Call it before threads exist.
 */
const struct calendar *calendar_load(struct pool *pool, const char *directory, const char *zone);

/* Seconds east of Greenwich; 0 without a calendar. */
int calendar_zone(const struct calendar *calendar);

/* The moment from which `days` working days pass until `until`, for an organisation of this name. calendar NULL: no
 * pauses. */
int64_t calendar_back(const struct calendar *calendar, const char *name, int64_t until, int days);

#endif

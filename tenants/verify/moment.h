/* moment.h: dates as pages write them for people become moments. */
#ifndef VERIFY_MOMENT_H
#define VERIFY_MOMENT_H

#include "veha/pool.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Reads «вчера в 14:05», «сегодня в 9:01», «5 минут назад», «12 мая», «3 дек в 18:00», «29 февраля 2024», "12.05.2026 14:05",
 * ISO 8601 without a zone, and all that clock_read reads. zone: seconds east of Greenwich where the page's clock stands
 * (the zones of Russia know no summer time). A day without a year is the latest such day that is not in the future; a
 * day without an hour counts to its end, or until now. now 0: not known, and only what needs none is read. False for
 * what is no date or no such day.
 */
bool moment_read(struct pool *pool, const char *text, int64_t now, int zone, int64_t *at);

#endif

/*
 * chores.h: what a verifier asks the database to do now and then, beside its looks: queue what is due, compute what the
 * clock alone changes, forget what was kept long enough. Each is one query, in small parts; whoever has more to do
 * comes again soon.
 */
#ifndef VERIFY_CHORES_H
#define VERIFY_CHORES_H

#include "veha/config.h"
#include "veha/pool.h"
#include "veha/unit.h"

#include <stdint.h>

struct chores;

/* Lives in the pool. wake(data): there are new looks to take. */
struct chores *chores_new(struct pool *pool, struct db *db, const struct config *config, void (*wake)(void *data),
                          void *data);

/* Does what is due. now: of the monotonic clock, ms. */
void chores_turn(struct chores *chores, int64_t now);

#endif

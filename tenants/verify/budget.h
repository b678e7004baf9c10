/*
 * budget.h: how often a network may be asked, by all workers together.
 *
 * A budget belongs to one network and one holder: a token of ours, or "" for whoever reads its pages. Requests are slots
 * in time, reserved in the database a chunk at a time and gone when they are not used in time, for somebody else has the
 * next ones; a method with a daily quota needs a grant as well. States: OPEN (slots in hand, or asking for some) →
 * PAUSED (the network wants to be left alone) → OPEN. Without a keeper (veha probe) it keeps the pace by itself.
 */
#ifndef VERIFY_BUDGET_H
#define VERIFY_BUDGET_H

#include "veha/network.h"
#include "veha/pool.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct budget;

/* The one who asks the database. Neither calls back before it has returned. */
struct budget_keeper {
    void *data;
    /* Answers with budget_grant, whatever happens. wanted: {method: {"want", "most"}} as JSON. */
    void (*reserve)(void *data, struct budget *budget, long every_ms, long slots, const char *wanted);
    void (*pause)(void *data, const char *network, const char *holder, const char *method, long seconds,
                  const char *reason);
};

/* holder is copied. The budget lives in the pool; keeper NULL: none. */
struct budget *budget_new(struct pool *pool, const struct network *network, const char *holder,
                          const struct budget_keeper *keeper);
const char *budget_network(const struct budget *budget);
const char *budget_holder(const struct budget *budget);

enum budget_word {
    BUDGET_GO,     /* one request may go: it is counted */
    BUDGET_WAIT,   /* not yet: ask again after *ms */
    BUDGET_SPENT,  /* the day's quota of this method is used up */
    BUDGET_PAUSED, /* not for *ms */
};

/*
 * May one request go? method NULL: a page. Of a daily quota the last tenth is kept for what is urgent. waiting: how many
 * requests wait in all, so that a chunk is not too large.
 */
enum budget_word budget_ask(struct budget *budget, const char *method, bool urgent, long waiting, int *ms);

/* What the keeper's reservation brought (budget_take); NULL: nothing, ask again later. */
void budget_grant(struct budget *budget, const json_t *granted);

/* The network asked us to leave it alone, or, where a method is given, that method: all workers are told. */
void budget_pause(struct budget *budget, const char *method, long seconds, const char *reason);
/* This worker's share of what may be asked at once, as far as it is known, but at least one; 0 (no limit) stays 0. */
long budget_share(const struct budget *budget, long whole);
/* A token that was refused works again. */
void budget_forgive(struct budget *budget);
bool budget_is_paused(const struct budget *budget);
/* Why it is paused; "" when nobody said. */
const char *budget_reason(const struct budget *budget);

#endif

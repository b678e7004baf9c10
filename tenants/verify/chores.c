/* chores.c: a table of queries, how often each is asked, and how much is done at once. */
#include "chores.h"

#include "veha/clock.h"
#include "veha/log.h"
#include "veha/query.h"

#include <jansson.h>
#include <stdbool.h>

enum {
    KEYS_MOST = 2,
    SOON_MS = 500, /* there may be more */
};

/*
 * The parameters of a query are the keys of [verify], then "most". The answer tells in `tells` how much was done: from
 * `again` on there is probably more.
 */
static const struct chore {
    const char *query;
    const char *keys[KEYS_MOST];
    const char *most;
    const char *tells;
    long again;
    long pause_ms;
    bool wakes; /* it makes looks to take */
} chores_all[] = {
    {"job_schedule", {"every_hours", "later_hours"}, "5000", "scheduled", 5000, 5000, true},
    {"step_tick", {NULL}, "100", "tenants", 1, 5000, false}, /* whoever changes one of these waits that long */
    {"body_forget", {"bodies_days"}, "100", "forgotten", 100, 60000, false},
    {"look_forget", {"looks_days"}, "100", "forgotten", 100, 60000, false},
    {"job_forget", {"jobs_days"}, "100", "forgotten", 100, 60000, false},
    {"file_forget", {"traces_days"}, "100", "forgotten", 100, 60000, false},
    {"preview_forget", {NULL}, "100", "forgotten", 100, 60000, false},
    {"letter_forget", {"traces_days"}, "100", "forgotten", 100, 60000, false},
    {"trace_forget", {"traces_days"}, "100", "forgotten", 100, 60000, false},
    {"access_forget", {"reads_days"}, "1000", "forgotten", 1000, 60000, false},
    {"audit_seal", {NULL}, "1000", "sealed", 1000, 1000, false},
};

enum { CHORES = sizeof chores_all / sizeof *chores_all };

struct chores {
    struct db *db;
    void (*wake)(void *data);
    void *data;
    struct turn *running; /* one at a time: the lanes are for looks; NULL: none */
    struct turn {
        struct chores *chores;
        const struct chore *chore;
        const char *values[KEYS_MOST + 1];
        int64_t at; /* monotonic */
    } turns[CHORES];
};

/* A head of the chain of events leaves the database by the log: whoever changes the one does not reach the other. */
static void log_head(const json_t *head)
{
    if (!json_is_object(head))
        return;
    log_event(LOG_LEVEL_NOTICE, "audit_head", "number", log_number(json_integer_value(json_object_get(head, "number"))),
              "hash", json_string_value(json_object_get(head, "hash")), "at",
              json_string_value(json_object_get(head, "at")), NULL);
}

static json_int_t take_answer(const struct unit_result *result, const char *member)
{
    json_t *told = json_loadb(result->document, result->document_length, 0, NULL);
    json_int_t number = json_integer_value(json_object_get(told, member));
    log_head(json_object_get(told, "head"));
    json_decref(told);
    return number;
}

static void on_done(void *data, const struct unit_result *result)
{
    struct turn *turn = data;
    turn->chores->running = NULL;
    if (result->fault != NULL) {
        log_event(LOG_LEVEL_WARNING, "chore_not_done", "query", turn->chore->query, "fault", result->fault->code, NULL);
        return;
    }
    json_int_t done = take_answer(result, turn->chore->tells);
    if (done >= turn->chore->again)
        turn->at = clock_monotonic_ms() + SOON_MS;
    if (done > 0 && turn->chore->wakes)
        turn->chores->wake(turn->chores->data);
}

void chores_turn(struct chores *chores, int64_t now)
{
    for (size_t i = 0; i < CHORES && chores->running == NULL; i++) {
        struct turn *turn = &chores->turns[i];
        if (turn->at > now)
            continue;
        const struct unit_statement statement = {.query = query_find(turn->chore->query), .values = turn->values};
        const struct unit_request request = {.lane = LANE_WRITE, .statements = &statement, .statement_count = 1};
        chores->running = turn;
        turn->at = now + turn->chore->pause_ms;
        unit_run(chores->db, &request, on_done, turn);
    }
}

struct chores *chores_new(struct pool *pool, struct db *db, const struct config *config, void (*wake)(void *data),
                          void *data)
{
    struct chores *chores = pool_alloc(pool, sizeof *chores);
    *chores = (struct chores){.db = db, .wake = wake, .data = data};
    for (size_t i = 0; i < CHORES; i++) {
        struct turn *turn = &chores->turns[i];
        size_t count = 0;
        *turn = (struct turn){.chores = chores, .chore = &chores_all[i]};
        for (size_t j = 0; j < KEYS_MOST && turn->chore->keys[j] != NULL; j++)
            turn->values[count++] = config_text(config, "verify", turn->chore->keys[j]);
        turn->values[count] = turn->chore->most;
    }
    return chores;
}

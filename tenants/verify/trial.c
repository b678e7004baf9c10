/* trial.c: judges readings twice, by the parameters of now and by a candidate's, and tells where the two differ. */
#include "trial.h"

#include "veha/clock.h"
#include "veha/log.h"
#include "veha/query.h"
#include "veha/text.h"

#include <stdlib.h>
#include <string.h>

enum {
    ASK_PAUSE_MS = 2000, /* between two questions when there was no trial */
    TROUBLE_PAUSE_MS = 5000,
};

static const char most[] = "25"; /* tenants: while they are judged, no look moves */

struct trials {
    struct db *db;
    struct trials_options options;
    bool busy;
    int64_t ask_at; /* monotonic */
};

struct trials *trials_new(struct pool *pool, struct db *db, const struct trials_options *options)
{
    struct trials *trials = pool_alloc(pool, sizeof *trials);
    *trials = (struct trials){.db = db, .options = *options};
    return trials;
}

bool trials_busy(const struct trials *trials)
{
    return trials->busy;
}

static void run(struct trials *trials, const char *query, const char *const *values, unit_done *done)
{
    const struct unit_statement statement = {.query = query_find(query), .values = values};
    const struct unit_request request = {.lane = LANE_WRITE, .statements = &statement, .statement_count = 1};
    unit_run(trials->db, &request, done, trials);
}

static const json_t *verdict_on(const json_t *verdicts, const char *check)
{
    size_t number;
    json_t *verdict;
    json_array_foreach(verdicts, number, verdict) if (text_equal(json_string_value(json_object_get(verdict, "check")),
                                                                 check)) return verdict;
    return NULL;
}

/* Adds the decisive verdicts of the candidate that are not those of now: `unknown` never lowers anything. */
static void compare(const struct trials *trials, const json_t *kept, const json_t *parameters, json_t *differing)
{
    json_t *now = rejudge(&trials->options.tools, kept, json_object_get(kept, "parameters"));
    json_t *then = rejudge(&trials->options.tools, kept, parameters);
    size_t number;
    json_t *verdict;
    json_array_foreach(then, number, verdict)
    {
        json_t *check = json_object_get(verdict, "check");
        json_t *result = json_object_get(verdict, "result");
        const json_t *before = verdict_on(now, json_string_value(check));
        if (text_equal(json_string_value(result), "unknown") || json_equal(json_object_get(before, "result"), result))
            continue;
        json_array_append_new(differing,
                              json_pack("{s:O, s:O, s:O, s:O, s:O}", "tenant", json_object_get(kept, "tenant"),
                                        "account", json_object_get(kept, "account"), "check", check, "result", result,
                                        "reason", json_object_get(verdict, "reason")));
    }
    json_decref(now);
    json_decref(then);
}

static void on_recorded(void *data, const struct unit_result *result)
{
    struct trials *trials = data;
    trials->busy = false;
    trials->ask_at = 0; /* there may be more */
    if (result->fault == NULL)
        return;
    log_event(LOG_LEVEL_WARNING, "trial_not_recorded", "fault", result->fault->code, "detail",
              result->fault->detail == NULL ? "" : result->fault->detail, NULL);
    trials->ask_at = clock_monotonic_ms() + TROUBLE_PAUSE_MS; /* the lease runs out, and somebody takes it again */
}

static void judge_part(struct trials *trials, const json_t *part)
{
    struct pool *pool = pool_new();
    json_t *differing = json_array();
    size_t number;
    json_t *kept;
    json_array_foreach(json_object_get(part, "items"), number, kept)
        compare(trials, kept, json_object_get(part, "parameters"), differing);
    char *tenants = pool_adopt(pool, json_dumps(json_object_get(part, "tenants"), JSON_COMPACT), free);
    char *verdicts = pool_adopt(pool, json_dumps(differing, JSON_COMPACT), free);
    const char *const values[] = {
        pool_print(pool, "%lld", (long long)json_integer_value(json_object_get(part, "id"))),
        pool_print(pool, "%lld", (long long)json_integer_value(json_object_get(part, "fence"))), tenants, verdicts};
    run(trials, "trial_record", values, on_recorded);
    json_decref(differing);
    pool_free(pool);
}

static void on_taken(void *data, const struct unit_result *result)
{
    struct trials *trials = data;
    json_t *told = result->fault != NULL ? NULL : json_loadb(result->document, result->document_length, 0, NULL);
    const json_t *part = json_object_get(told, "trial");
    if (json_is_object(part)) {
        judge_part(trials, part);
    } else {
        trials->busy = false;
        trials->ask_at = clock_monotonic_ms() + ASK_PAUSE_MS;
    }
    if (result->fault != NULL)
        log_event(LOG_LEVEL_WARNING, "trials_not_taken", "fault", result->fault->code, "detail",
                  result->fault->detail == NULL ? "" : result->fault->detail, NULL);
    json_decref(told);
}

void trials_turn(struct trials *trials, int64_t now)
{
    if (trials->busy || trials->ask_at > now)
        return;
    const char *const values[] = {trials->options.worker, most, trials->options.lease};
    trials->busy = true;
    run(trials, "trial_take", values, on_taken);
}

/* judge.c: which function judges which check, and what becomes of a reading. */
#include "judge.h"

#include "veha/text.h"

#include "judge_bench.h"
#include "read.h"

#include <string.h>

static const char *const result_names[] = {"passed", "failed", "unknown"};

static const struct line {
    const char *check;
    struct verdict (*judge)(struct bench *bench);
} table[] = {
    {"EXIST", judge_exist}, {"NAME", judge_name}, {"DESC", judge_desc}, {"CONT", judge_cont},   {"SITE", judge_site},
    {"LOOK", judge_look},   {"GOS", judge_gos},   {"POSW", judge_posw}, {"FRESH", judge_fresh}, {"FREQ", judge_freq},
    {"COMM", judge_comm},   {"MSG", judge_msg},   {"LINK", judge_link}, {"ANSW", judge_answ},
};

/* What only a token tells, and no token was there. */
static bool lacks_token(const struct verdict *verdict, const char *tells, const json_t *reading)
{
    bool untold = strcmp(verdict->reason, "not_told") == 0 ||
                  text_equal(json_string_value(json_object_get(reading, "reason")), "needs_token");
    return verdict->result == UNKNOWN && untold && strcmp(tells, "token") == 0 &&
           !text_equal(json_string_value(json_object_get(reading, "source")), "api");
}

/* NULL: the check does not concern the network. */
static json_t *judge_line(struct bench *bench, const struct line *line)
{
    const struct judge_case *judged = bench->judged;
    const char *tells = network_tells(judged->network, line->check);
    if (tells == NULL)
        return NULL;
    struct verdict verdict =
        strcmp(tells, "cannot") == 0 ? verdict_of(UNKNOWN, "network_cannot_tell") : line->judge(bench);
    if (lacks_token(&verdict, tells, judged->reading))
        verdict.reason = "needs_token";
    return json_pack("{s:s, s:s, s:s, s:o}", "check", line->check, "result", result_names[verdict.result], "reason",
                     verdict.reason, "facts", verdict.facts);
}

json_t *judge(const struct judge_case *judged)
{
    struct bench bench = {.judged = judged, .pool = pool_new()};
    json_t *verdicts = json_array();
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        json_t *verdict = judge_line(&bench, &table[i]);
        if (verdict != NULL)
            json_array_append_new(verdicts, verdict);
    }
    pool_free(bench.pool);
    return verdicts;
}

json_t *judge_check(const struct judge_case *judged, const char *check)
{
    struct bench bench = {.judged = judged, .pool = pool_new()};
    json_t *verdict = NULL;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].check, check) == 0)
            verdict = judge_line(&bench, &table[i]);
    pool_free(bench.pool);
    return verdict;
}

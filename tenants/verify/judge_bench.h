/* judge_bench.h: what the checks share: one judging under way, and how a verdict is made. Private to the judge. */
#ifndef VERIFY_JUDGE_BENCH_H
#define VERIFY_JUDGE_BENCH_H

#include "veha/pool.h"

#include "judge.h"

#include <stdbool.h>

enum result { PASSED, FAILED, UNKNOWN };

struct verdict {
    enum result result;
    const char *reason;
    json_t *facts; /* owned by the verdict */
};

/* One judging under way. */
struct bench {
    const struct judge_case *judged;
    struct pool *pool;
};

struct verdict verdict_of(enum result result, const char *reason);
void verdict_text(struct verdict *verdict, const char *name, const char *text); /* NULL adds nothing */
void verdict_number(struct verdict *verdict, const char *name, json_int_t number);

/* Nothing to judge by: the account's state says why, or the network did not tell. */
struct verdict bench_untold(const struct bench *bench);
/* What the roadmap says, or what is usual. */
int bench_parameter(const struct bench *bench, const char *check, const char *name);
const json_t *bench_value(const struct bench *bench, const char *fact);
const char *bench_text(const struct bench *bench, const char *fact);
const char *bench_subject(const struct bench *bench, const char *member); /* NULL also for "" */
/* Has the network a place of its own for this fact? */
bool bench_network_has(const struct bench *bench, const char *fact);
/* Does the folded text fit the pattern? */
bool bench_fits(struct bench *bench, const char *text, const char *pattern);
/* Does a word of the text begin with one of the stems? */
bool bench_says(struct bench *bench, const char *text, const char *const *stems);

/* One function a check of tenants/check.h. */
struct verdict judge_exist(struct bench *bench);
struct verdict judge_name(struct bench *bench);
struct verdict judge_desc(struct bench *bench);
struct verdict judge_cont(struct bench *bench);
struct verdict judge_look(struct bench *bench);
struct verdict judge_gos(struct bench *bench);
struct verdict judge_msg(struct bench *bench);
struct verdict judge_fresh(struct bench *bench);
struct verdict judge_freq(struct bench *bench);
struct verdict judge_comm(struct bench *bench);
struct verdict judge_answ(struct bench *bench);
struct verdict judge_site(struct bench *bench);
struct verdict judge_link(struct bench *bench);
struct verdict judge_posw(struct bench *bench);

#endif

/* judge_page.c: the checks of what an account says of itself: that it is there, its name, words, pictures and marks. */
#include "veha/text.h"

#include "judge_bench.h"
#include "name.h"
#include "read.h"

#include <string.h>

/* ---- EXIST ---- */

static const struct {
    const char *state;
    enum result result;
    const char *reason;
} existence[] = {
    {"present", PASSED, "as_required"},
    {"withheld", PASSED, "preview_withheld"},
    {"missing", FAILED, "account_missing"},
    {"closed", FAILED, "account_closed"},
    {"blocked", FAILED, "account_blocked"},
    {"not_community", FAILED, "account_not_community"},
    {"throttled", UNKNOWN, "account_throttled"},
    {"challenged", UNKNOWN, "account_challenged"},
    {"unfamiliar", UNKNOWN, "account_unfamiliar"},
    {"unreachable", UNKNOWN, "account_unreachable"},
};

struct verdict judge_exist(struct bench *bench)
{
    const char *state = reading_state(bench->judged->reading);
    struct verdict verdict = {0};
    for (size_t i = 0; i < sizeof existence / sizeof *existence; i++)
        if (strcmp(existence[i].state, state) == 0)
            verdict = verdict_of(existence[i].result, existence[i].reason);
    verdict_text(&verdict, "state", state);
    verdict_text(&verdict, "why", json_string_value(json_object_get(bench->judged->reading, "reason")));
    return verdict;
}

/* ---- NAME, DESC ---- */

struct verdict judge_name(struct bench *bench)
{
    const char *shown = bench_text(bench, "name");
    const char *name = bench_subject(bench, "name");
    const char *short_name = bench_subject(bench, "short_name");
    if (shown == NULL)
        return bench_untold(bench);
    if (name == NULL && short_name == NULL)
        return verdict_of(UNKNOWN, "name_not_registered");
    struct name_match match;
    name_compare(bench->pool, shown, name == NULL ? short_name : name, short_name, &match);
    int least = bench_parameter(bench, "NAME", "share_least");
    struct verdict verdict;
    if (match.number_differs)
        verdict = verdict_of(FAILED, "name_number_differs");
    else if (match.share >= least)
        verdict = verdict_of(PASSED, "as_required");
    else if (match.territory_said) /* an administration's page may well be called so, and others' may, too */
        verdict = verdict_of(UNKNOWN, "name_of_territory");
    else if (short_name == NULL &&
             match.may_be_short) /* it may well be the short name, which the register does not hold */
        verdict = verdict_of(UNKNOWN, "short_name_not_registered");
    else
        verdict = verdict_of(FAILED, "name_differs");
    verdict_text(&verdict, "name", shown);
    verdict_text(&verdict, "registered", match.form);
    verdict_number(&verdict, "share", match.share);
    verdict_number(&verdict, "share_least", least);
    verdict_number(&verdict, "words", (json_int_t)match.words);
    verdict_number(&verdict, "said", (json_int_t)(match.words - json_array_size(match.missing)));
    json_object_set(verdict.facts, "missing", match.missing);
    return verdict;
}

/* The words of the law for what a body does, and what for; «целый» and «целебный» are none of them. */
static const char *const aim_stems[] = {"деятельност", "цель", "цели", "целью", "целей", "целя", "задач", NULL};

struct verdict judge_desc(struct bench *bench)
{
    const char *description = bench_text(bench, "description");
    if (description == NULL)
        return bench_untold(bench);
    int least = bench_parameter(bench, "DESC", "length_least");
    json_int_t length = (json_int_t)text_length(description);
    bool aims = bench_says(bench, description, aim_stems);
    struct verdict verdict = verdict_of(length >= least && aims ? PASSED : FAILED, "as_required");
    if (length == 0)
        verdict.reason = "description_empty";
    else if (length < least)
        verdict.reason = "description_short";
    else if (!aims)
        verdict.reason = "description_without_aims";
    verdict_number(&verdict, "length", length);
    verdict_number(&verdict, "length_least", least);
    json_object_set_new(verdict.facts, "aims", json_boolean(aims));
    return verdict;
}

/* ---- LOOK, GOS, MSG ---- */

struct verdict judge_look(struct bench *bench)
{
    static const char *const parts[] = {"avatar", "cover"};
    static const char *const missing[] = {"avatar_missing", "cover_missing"};
    struct verdict verdict = verdict_of(PASSED, "as_required");
    bool told = bench_network_has(bench, parts[0]);
    for (size_t i = 0; i < 2; i++) {
        const json_t *value = bench_value(bench, parts[i]);
        if (!bench_network_has(bench, parts[i]))
            continue;
        told = told && value != NULL;
        if (value == NULL)
            continue;
        json_object_set(verdict.facts, parts[i], (json_t *)(uintptr_t)value);
        if (verdict.result == PASSED && !json_is_true(value)) {
            verdict.result = FAILED;
            verdict.reason = missing[i];
        }
    }
    if (told || verdict.result == FAILED)
        return verdict;
    json_decref(verdict.facts);
    return bench_untold(bench);
}

/* A mark of trust is nowhere documented: it may be the state's, or any business's, so it neither passes nor fails. */
struct verdict judge_gos(struct bench *bench)
{
    const json_t *value = bench_value(bench, "government");
    bool trusted = json_is_true(bench_value(bench, "trust_mark"));
    if (value == NULL && !trusted)
        return bench_untold(bench);
    struct verdict verdict = json_is_true(value) ? verdict_of(PASSED, "as_required")
                             : trusted           ? verdict_of(UNKNOWN, "mark_of_unknown_kind")
                                                 : verdict_of(FAILED, "mark_missing");
    json_object_set_new(verdict.facts, "government", json_boolean(json_is_true(value)));
    return verdict;
}

/* can_message speaks of our token's user: its "no" is not everybody's. */
struct verdict judge_msg(struct bench *bench)
{
    const json_t *value = bench_value(bench, "messages");
    if (value == NULL)
        return bench_untold(bench);
    return json_is_true(value) ? verdict_of(PASSED, "as_required") : verdict_of(UNKNOWN, "told_of_reader_only");
}

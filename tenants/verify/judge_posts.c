/* judge_posts.c: the checks of how an account lives: its posts, how often they come, and how citizens are answered. */
#include "veha/clock.h"

#include "judge_bench.h"
#include "read.h"

#include <stdlib.h>

/* ---- FRESH, FREQ, COMM ---- */

static int64_t told_time(const json_t *object, const char *member)
{
    int64_t at = 0;
    const char *text = json_string_value(json_object_get(object, member));
    return text != NULL && clock_read(text, &at) ? at : 0;
}

static int64_t post_time(const json_t *post)
{
    return told_time(post, "at");
}

static bool is_own(const json_t *post)
{
    return json_is_true(json_object_get(post, "own"));
}

/* The network withholds older posts: may there be own posts after `since` that were not shown? */
static bool may_withhold_posts(const struct bench *bench, const json_t *posts, int64_t since)
{
    if (json_is_true(json_object_get(bench->judged->reading, "posts_part")))
        return true;
    if (json_is_true(json_object_get(bench->judged->reading, "posts_whole")))
        return false;
    for (size_t i = 0; i < json_array_size(posts); i++) {
        const json_t *post = json_array_get(posts, i);
        if (post_time(post) < since && !json_is_true(json_object_get(post, "pinned")))
            return false;
    }
    return true;
}

/* Why some posts could not be read, which may be of any day; NULL: all were. */
static const char *unread_reason(const struct bench *bench)
{
    return json_string_value(json_object_get(bench->judged->reading, "posts_reason"));
}

static bool may_hide_posts(const struct bench *bench, const json_t *posts, int64_t since)
{
    return may_withhold_posts(bench, posts, since) || unread_reason(bench) != NULL;
}

static struct verdict hidden_posts(const struct bench *bench, const json_t *posts, int64_t since)
{
    return may_withhold_posts(bench, posts, since) ? verdict_of(UNKNOWN, "posts_not_shown")
                                                   : verdict_of(UNKNOWN, unread_reason(bench));
}

static struct verdict no_posts(const struct bench *bench)
{
    struct verdict verdict = bench_untold(bench);
    if (unread_reason(bench) != NULL)
        verdict.reason = unread_reason(bench);
    return verdict;
}

struct verdict judge_fresh(struct bench *bench)
{
    const json_t *posts = json_object_get(bench->judged->reading, "posts");
    if (posts == NULL)
        return no_posts(bench);
    int64_t last = 0;
    for (size_t i = 0; i < json_array_size(posts); i++) {
        const json_t *post = json_array_get(posts, i);
        if (is_own(post) && post_time(post) > last)
            last = post_time(post);
    }
    int days = bench_parameter(bench, "FRESH", "days_most");
    const char *name = bench_subject(bench, "name");
    int64_t since = calendar_back(bench->judged->calendar, name == NULL ? "" : name, bench->judged->now, days);
    struct verdict verdict = last >= since                         ? verdict_of(PASSED, "as_required")
                             : may_hide_posts(bench, posts, since) ? hidden_posts(bench, posts, since)
                             : last == 0                           ? verdict_of(FAILED, "no_own_posts")
                                                                   : verdict_of(FAILED, "last_post_old");
    if (last > 0)
        verdict_text(&verdict, "last_post", clock_print(bench->pool, last));
    verdict_text(&verdict, "since", clock_print(bench->pool, since));
    verdict_number(&verdict, "days_most", days);
    return verdict;
}

static int count_own(const json_t *posts, int64_t from, int64_t until)
{
    int count = 0;
    for (size_t i = 0; i < json_array_size(posts); i++) {
        const json_t *post = json_array_get(posts, i);
        int64_t at = post_time(post);
        count += is_own(post) && at >= from && (at < until || until == 0);
    }
    return count;
}

struct verdict judge_freq(struct bench *bench)
{
    const json_t *posts = json_object_get(bench->judged->reading, "posts");
    if (posts == NULL)
        return no_posts(bench);
    int least = bench_parameter(bench, "FREQ", "posts_least");
    int days = bench_parameter(bench, "FREQ", "days");
    const char *name = bench_subject(bench, "name");
    int64_t few_since = 0; /* the first week with too few; 0: none */
    json_t *counts = json_array();
    int64_t until = bench->judged->now;
    for (int week = 0; week < bench_parameter(bench, "FREQ", "weeks"); week++) {
        int64_t since = calendar_back(bench->judged->calendar, name == NULL ? "" : name, until, days);
        int count = count_own(posts, since, week == 0 ? 0 : until); /* a clock a little ahead of ours loses no post */
        json_array_append_new(counts, json_integer(count));
        if (count < least && few_since == 0)
            few_since = since;
        until = since;
    }
    struct verdict verdict = few_since == 0                            ? verdict_of(PASSED, "as_required")
                             : may_hide_posts(bench, posts, few_since) ? hidden_posts(bench, posts, few_since)
                                                                       : verdict_of(FAILED, "posts_few");
    json_object_set_new(verdict.facts, "posts", counts);
    verdict_number(&verdict, "posts_least", least);
    verdict_number(&verdict, "days", days);
    return verdict;
}

/* wall: 0 off, 1 open, 2 limited (all may comment), 3 closed. A post's can_post speaks of our token's user, so only its
 * "yes" counts. */
struct verdict judge_comm(struct bench *bench)
{
    const json_t *wall = bench_value(bench, "wall");
    const json_t *posts = json_object_get(bench->judged->reading, "posts");
    size_t seen = (size_t)bench_parameter(bench, "COMM", "posts");
    for (size_t i = 0; i < json_array_size(posts) && i < seen; i++)
        if (json_is_true(json_object_get(json_array_get(posts, i), "comments")))
            return verdict_of(PASSED, "as_required");
    if (wall == NULL)
        return bench_untold(bench);
    json_int_t kind = json_integer_value(wall);
    struct verdict verdict =
        kind == 0 || kind == 3 ? verdict_of(FAILED, "comments_closed") : verdict_of(PASSED, "as_required");
    verdict_number(&verdict, "wall", kind);
    return verdict;
}

/* ---- ANSW ---- */

enum { HOUR = 3600, DAY = 24 * HOUR };

static int by_length(const void *one, const void *two)
{
    int64_t first = *(const int64_t *)one;
    int64_t second = *(const int64_t *)two;
    return (first > second) - (first < second);
}

struct waits {
    int64_t *list; /* seconds: until the reply, or until now */
    size_t count, answered;
    int64_t oldest; /* when the longest unanswered question was asked; 0: none waits */
};

/* How long each question of the last `days` waited. */
static struct waits count_waits(const struct bench *bench, const json_t *questions, int days)
{
    struct waits waits = {.list = pool_alloc(bench->pool, (json_array_size(questions) + 1) * sizeof *waits.list)};
    for (size_t i = 0; i < json_array_size(questions); i++) {
        const json_t *question = json_array_get(questions, i);
        int64_t at = told_time(question, "at");
        int64_t answered = told_time(question, "answered");
        if (at < bench->judged->now - (int64_t)days * DAY || at > bench->judged->now)
            continue;
        waits.list[waits.count++] = (answered == 0 ? bench->judged->now : answered) - at;
        waits.answered += answered != 0;
        if (answered == 0 && (waits.oldest == 0 || at < waits.oldest))
            waits.oldest = at;
    }
    qsort(waits.list, waits.count, sizeof *waits.list, by_length);
    return waits;
}

/* What still waits counts with its age, which can only grow: who asked yesterday accuses nobody. Of two in the middle
 * the shorter one is taken. */
struct verdict judge_answ(struct bench *bench)
{
    const json_t *questions = bench_value(bench, "questions");
    if (questions == NULL)
        return bench_untold(bench);
    int most = bench_parameter(bench, "ANSW", "days_most");
    int days = bench_parameter(bench, "ANSW", "days");
    int least = bench_parameter(bench, "ANSW", "questions_least");
    struct waits waits = count_waits(bench, questions, days);
    int64_t median = waits.count == 0 ? 0 : waits.list[(waits.count - 1) / 2];
    bool late = median > (int64_t)most * DAY;
    struct verdict verdict = waits.count == 0              ? verdict_of(UNKNOWN, "no_questions_seen")
                             : waits.count < (size_t)least ? verdict_of(UNKNOWN, "questions_few")
                             : !late                       ? verdict_of(PASSED, "as_required")
                             : waits.answered == 0         ? verdict_of(FAILED, "questions_unanswered")
                                                           : verdict_of(FAILED, "answers_late");
    verdict_number(&verdict, "questions", (json_int_t)waits.count);
    verdict_number(&verdict, "answered", (json_int_t)waits.answered);
    if (waits.count > 0)
        verdict_number(&verdict, "median_hours", (json_int_t)(median / HOUR));
    if (waits.oldest != 0)
        verdict_text(&verdict, "oldest_unanswered", clock_print(bench->pool, waits.oldest));
    verdict_number(&verdict, "days_most", most);
    verdict_number(&verdict, "days", days);
    return verdict;
}

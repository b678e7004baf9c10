/* judge_posts.c: the checks of how an account lives: its posts, how often they come, and who may answer them. */
#include "veha/clock.h"

#include "judge_bench.h"
#include "read.h"

/* ---- FRESH, FREQ, COMM ---- */

static int64_t post_time(const json_t *post)
{
    int64_t at = 0;
    const char *text = json_string_value(json_object_get(post, "at"));
    return text != NULL && clock_read(text, &at) ? at : 0;
}

static bool is_own(const json_t *post)
{
    return json_is_true(json_object_get(post, "own"));
}

/* The network withholds older posts: may there be own posts after `since` that were not shown? */
static bool may_hide_posts(const struct bench *bench, const json_t *posts, int64_t since)
{
    if (json_array_size(posts) == 0 || json_is_true(json_object_get(bench->judged->reading, "posts_whole")))
        return false;
    for (size_t i = 0; i < json_array_size(posts); i++) {
        const json_t *post = json_array_get(posts, i);
        if (post_time(post) < since && !json_is_true(json_object_get(post, "pinned")))
            return false;
    }
    return true;
}

static struct verdict no_posts(const struct bench *bench)
{
    struct verdict verdict = bench_untold(bench);
    const char *reason = json_string_value(json_object_get(bench->judged->reading, "posts_reason"));
    if (reason != NULL)
        verdict.reason = reason;
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
                             : may_hide_posts(bench, posts, since) ? verdict_of(UNKNOWN, "posts_not_shown")
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
    struct verdict verdict = verdict_of(PASSED, "as_required");
    json_t *counts = json_array();
    int64_t until = bench->judged->now;
    for (int week = 0; week < bench_parameter(bench, "FREQ", "weeks"); week++) {
        int64_t since = calendar_back(bench->judged->calendar, name == NULL ? "" : name, until, days);
        int count = count_own(posts, since, week == 0 ? 0 : until); /* a clock a little ahead of ours loses no post */
        json_array_append_new(counts, json_integer(count));
        if (count < least && verdict.result == PASSED) {
            bool hidden = may_hide_posts(bench, posts, since);
            verdict.result = hidden ? UNKNOWN : FAILED;
            verdict.reason = hidden ? "posts_not_shown" : "posts_few";
        }
        until = since;
    }
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

/* rating_test.c: marks by the published rubric, and what is never counted as zero. */
#include "veha/clock.h"
#include "veha/text.h"

#include "tenants/verify/rating.h"
#include "tenants/verify/read.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* cmocka.h needs the headers above */
#include <cmocka.h>

static struct network_set *networks;
static struct pool *pool;
static const struct rubric *rubric;

/* ---- readings ---- */

enum { NOW = 1787659200 }; /* 2026-08-25T12:00:00Z */

static json_t *posts_of_week(int count)
{
    json_t *posts = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(posts, json_pack("{s:s, s:b}", "at", clock_print(pool, NOW - 3600 - i), "own", 1));
    return posts;
}

static json_t *links_of_menu(int count)
{
    json_t *links = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(links, json_string("https://pos.gosuslugi.ru/form/?opaId=1"));
    return links;
}

static json_t *description(bool sound)
{
    struct buffer text = {0};
    for (int i = 0; i < 60; i++)
        buffer_text(&text, sound ? "задачи " : "слова ");
    json_t *value = json_string(text.bytes);
    buffer_free(&text);
    return value;
}

/* The parts, a fact that tells each, and how it is told as good or as bad as can be. */
static void set_fact(json_t *reading, const char *fact, bool good)
{
    if (strcmp(fact, "posts") == 0) {
        json_object_set_new(reading, "posts", posts_of_week(good ? 3 : 0));
        json_object_set_new(reading, "posts_whole", json_true());
    } else if (strcmp(fact, "menu_links") == 0) {
        reading_fact(reading, fact, links_of_menu(good ? 2 : 0), "test");
    } else if (strcmp(fact, "description") == 0) {
        reading_fact(reading, fact, description(good), "test");
    } else if (strcmp(fact, "weekly_reach") == 0) {
        reading_fact(reading, fact, json_integer(good ? 71 : 30), "test");
    } else {
        reading_fact(reading, fact, json_boolean(good), "test");
    }
}

static const struct {
    const char *fact;
    int most;     /* of all parts that rest on it */
    int possible; /* what stays in the denominator when it is as bad as can be */
} facts[] = {
    {"government", 20, 10}, /* no mark proves no missing connection */
    {"menu_links", 10, 10}, {"avatar", 5, 5},  {"cover", 10, 10},
    {"description", 5, 5},  {"posts", 30, 30}, {"weekly_reach", 10, 10},
};
enum { FACTS = sizeof facts / sizeof *facts, ALL = 90 };

/* Bit i of told: fact i was told; of good: it was good. */
static json_t *rate(const char *network, unsigned told, unsigned good)
{
    json_t *reading = reading_new("present", NULL);
    json_object_set_new(reading, "source", json_string("api"));
    for (unsigned i = 0; i < FACTS; i++)
        if ((told & 1U << i) != 0)
            set_fact(reading, facts[i].fact, (good & 1U << i) != 0);
    const struct judge_case judged = {
        .networks = networks, .network = network_find(networks, network), .reading = reading, .now = NOW};
    json_t *rating = rating_compute(rubric, &judged);
    json_decref(reading);
    return rating;
}

static int number(const json_t *rating, const char *member)
{
    return (int)json_integer_value(json_object_get(rating, member));
}

/* ---- */

static void what_is_not_told_is_never_zero(void **state)
{
    (void)state;
    for (unsigned told = 1; told < 1U << FACTS; told++) {
        for (unsigned good = told;; good = (good - 1) & told) {
            int points = 0;
            int possible = 0;
            for (unsigned i = 0; i < FACTS; i++) {
                bool is_told = (told & 1U << i) != 0;
                bool is_good = (good & 1U << i) != 0;
                points += is_good ? facts[i].most : 0;
                possible += is_good ? facts[i].most : is_told ? facts[i].possible : 0;
            }
            json_t *rating = rate("vk", told, good);
            assert_int_equal(number(rating, "points"), points);
            assert_int_equal(number(rating, "possible"), possible);
            json_decref(rating);
            if (good == 0)
                break;
        }
    }
    assert_null(rate("vk", 0, 0)); /* nothing known is no mark at all */
}

static void a_part_that_is_not_told_says_so(void **state)
{
    (void)state;
    json_t *rating = rate("vk", ~0U, ~0U);
    assert_int_equal(number(rating, "points"), ALL);
    assert_int_equal(number(rating, "possible"), ALL);
    assert_string_equal(json_string_value(json_object_get(rating, "zone")), "high");
    assert_int_equal(number(rating, "version"), 1);
    const json_t *parts = json_object_get(rating, "parts");
    int most = 0;
    for (size_t i = 0; i < json_array_size(parts); i++) {
        const json_t *part = json_array_get(parts, i);
        bool told = !json_is_null(json_object_get(part, "points"));
        assert_int_equal(told, strcmp(json_string_value(json_object_get(part, "part")), "average_reach") != 0);
        most += number(part, "most");
    }
    assert_int_equal(most, 100);
    json_decref(rating);
}

static int part_points(const json_t *rating, const char *name)
{
    const json_t *parts = json_object_get(rating, "parts");
    for (size_t i = 0; i < json_array_size(parts); i++)
        if (strcmp(json_string_value(json_object_get(json_array_get(parts, i), "part")), name) == 0)
            return json_is_null(json_object_get(json_array_get(parts, i), "points"))
                       ? -1
                       : number(json_array_get(parts, i), "points");
    return -2;
}

/* Takes the reading over. */
static int part_of(json_t *reading, const char *name)
{
    const struct judge_case judged = {
        .networks = networks, .network = network_find(networks, "vk"), .reading = reading, .now = NOW};
    json_t *rating = rating_compute(rubric, &judged);
    int points = part_points(rating, name);
    json_decref(rating);
    json_decref(reading);
    return points;
}

static json_t *with(const char *fact, json_t *value)
{
    json_t *reading = reading_new("present", NULL);
    reading_fact(reading, "avatar", json_true(), "test");
    reading_fact(reading, fact, value, "test");
    return reading;
}

static int reach(int percent)
{
    return part_of(with("weekly_reach", json_integer(percent)), "weekly_reach");
}

static int activity(int posts, bool whole)
{
    json_t *reading = with("cover", json_true());
    json_object_set_new(reading, "posts", posts_of_week(posts));
    json_object_set_new(reading, "posts_whole", json_boolean(whole));
    return part_of(reading, "activity");
}

static void points_go_by_steps(void **state)
{
    (void)state;
    static const int widgets[] = {0, 5, 10, 10};
    for (int i = 0; i < 4; i++)
        assert_int_equal(part_of(with("menu_links", links_of_menu(i)), "widgets"), widgets[i]);
    static const int reaches[][2] = {{0, 0}, {30, 0}, {31, 5}, {50, 5}, {51, 7}, {70, 7}, {71, 10}};
    for (size_t i = 0; i < sizeof reaches / sizeof *reaches; i++)
        assert_int_equal(reach(reaches[i][0]), reaches[i][1]);
    static const int actives[] = {0, 10, 20, 30, 30};
    for (int i = 0; i < 5; i++)
        assert_int_equal(activity(i, true), actives[i]);
    assert_int_equal(activity(1, false), -1); /* more may be hidden */
    assert_int_equal(activity(3, false), 30); /* and yet these are enough */
}

/* 89 of 100 and a half is not 90: shares are not rounded up into a better zone. */
static void zones_begin_where_they_say(void **state)
{
    (void)state;
    static const struct {
        unsigned told, good;
        const char *zone;
    } cases[] = {
        {~0U, ~0U, "high"},
        {0x7E, 0x7E & ~0x04U, "high"},   /* 65 of 70 */
        {0x7E, 0x7E & ~0x02U, "middle"}, /* 60 of 70 */
        {0x7E, 0x7E & ~0x4AU, "low"},    /* 40 of 70 */
        {0x20, 0x20, "high"},
        {0x20, 0, "low"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *rating = rate("vk", cases[i].told, cases[i].good);
        assert_string_equal(json_string_value(json_object_get(rating, "zone")), cases[i].zone);
        json_decref(rating);
    }
}

static void an_official_site_is_not_rated(void **state)
{
    (void)state;
    assert_null(rate("site", ~0U, ~0U));
}

/* ---- the file ---- */

static const struct {
    const char *from, *to;
    const char *complaint;
} mistakes[] = {
    {"\"from\": 70", "\"from\": 95", ":8: a zone must begin below the one before it"},
    {"\"from\": 0 ", "\"from\": 1 ", "the last zone must begin at 0"},
    {"\"check\": \"DESC\"", "\"check\": \"DESK\"", "there is no such check that a look can tell"},
    {"\"check\": \"DESC\"", "\"check\": \"MAN\"", "there is no such check that a look can tell"},
    {"\"part\": \"cover\", \"points\": 10", "\"part\": \"cover\", \"points\": 11", "make 101, not 100"},
    {"\"part\": \"cover\"", "\"part\": \"avatar\"", "this part stands here twice"},
    {"\"over\": 50, \"points\": 7", "\"over\": 50, \"points\": 11", "points must be between 1 and those of the part"},
    {"\"over\": 50, \"points\": 7", "\"over\": 71, \"points\": 7", "a step must be lower than the one before it"},
    {"\"days\": 7", "\"days\": 70", "no such parameter, or not with this number"},
    {"\"version\": 1", "\"version\": \"1\"", "version"},
    {"\"title\"", "\"titel\"", "titel"},
};

static char *replaced(const char *text, const char *from, const char *to)
{
    const char *place = strstr(text, from);
    assert_non_null(place);
    return pool_print(pool, "%.*s%s%s", (int)(place - text), text, to, place + strlen(from));
}

static const char *slurp(const char *path)
{
    char *bytes = pool_alloc(pool, 65536);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    bytes[fread(bytes, 1, 65535, file)] = '\0';
    fclose(file);
    return bytes;
}

/* What the loader prints of a folder that holds this text alone; "" when it is sound. */
static const char *complaint_of(const char *text)
{
    char folder[] = "/tmp/rubric.XXXXXX";
    assert_non_null(mkdtemp(folder));
    const char *path = pool_print(pool, "%s/one.json", folder);
    const char *said = pool_print(pool, "%s/said", folder);
    FILE *file = fopen(path, "we");
    fputs(text, file);
    fclose(file);
    fflush(stderr);
    int kept = dup(STDERR_FILENO);
    assert_non_null(freopen(said, "we", stderr));
    bool sound = rubric_load(pool, folder) != NULL;
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    const char *complaint = slurp(said);
    assert_int_equal(sound, *complaint == '\0');
    unlink(path);
    unlink(said);
    rmdir(folder);
    return complaint;
}

static void mistakes_are_told_with_their_place(void **state)
{
    (void)state;
    const char *sound = slurp("templates/rubrics/traffic_light.json");
    assert_string_equal(complaint_of(sound), "");
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        const char *complaint = complaint_of(replaced(sound, mistakes[i].from, mistakes[i].to));
        if (strstr(complaint, mistakes[i].complaint) == NULL || strstr(complaint, "/one.json:") == NULL)
            fail_msg("%s\nexpected: %s", complaint, mistakes[i].complaint);
    }
}

static int open_all(void **state)
{
    (void)state;
    pool = pool_new();
    networks = network_load("templates/networks");
    rubric = rubric_load(pool, "templates/rubrics");
    return networks == NULL || rubric == NULL ? -1 : 0;
}

static int close_all(void **state)
{
    (void)state;
    network_set_free(networks);
    pool_free(pool);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_told_is_never_zero),
        cmocka_unit_test(a_part_that_is_not_told_says_so),
        cmocka_unit_test(points_go_by_steps),
        cmocka_unit_test(zones_begin_where_they_say),
        cmocka_unit_test(an_official_site_is_not_rated),
        cmocka_unit_test(mistakes_are_told_with_their_place),
    };
    setlocale(LC_CTYPE, "C.UTF-8"); /* as the program does */
    return cmocka_run_group_tests(tests, open_all, close_all);
}

/* budget_test.c: slots that are gone when they are late, grants of a day, pauses, and the parting of an answer that
 * many got together. */
#include "veha/clock.h"

#include "tenants/probe/vk_share.h"
#include "tenants/verify/budget.h"

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

/* ---- a keeper that remembers what it was asked ---- */

static struct {
    int reserved, paused;
    long slots, seconds;
    char wanted[128], method[32], reason[32];
} kept;

static void reserve(void *data, struct budget *budget, long every_ms, long slots, const char *wanted)
{
    (void)data;
    (void)budget;
    assert_int_equal(every_ms, 367); /* 3 a second, and a tenth slower */
    kept.reserved++;
    kept.slots = slots;
    snprintf(kept.wanted, sizeof kept.wanted, "%s", wanted);
}

static void keep_pause(void *data, const char *network, const char *holder, const char *method, long seconds,
                       const char *reason)
{
    (void)data;
    assert_string_equal(network, "vk");
    assert_string_equal(holder, "holder");
    kept.paused++;
    kept.seconds = seconds;
    snprintf(kept.method, sizeof kept.method, "%s", method == NULL ? "-" : method);
    snprintf(kept.reason, sizeof kept.reason, "%s", reason);
}

static const struct budget_keeper keeper = {.reserve = reserve, .pause = keep_pause};

static void grant(struct budget *budget, const char *text)
{
    json_t *granted = json_loads(text, 0, NULL);
    assert_non_null(granted);
    budget_grant(budget, granted);
    json_decref(granted);
}

static int start(void **state)
{
    (void)state;
    memset(&kept, 0, sizeof kept);
    pool = pool_new();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    pool_free(pool);
    return 0;
}

static struct budget *open_budget(const struct budget_keeper *with)
{
    return budget_new(pool, network_find(networks, "vk"), "holder", with);
}

/* ---- slots ---- */

static void slots_come_from_the_keeper_one_chunk_at_a_time(void **state)
{
    (void)state;
    int ms;
    struct budget *budget = open_budget(&keeper);
    assert_int_equal(budget_ask(budget, NULL, false, 9, &ms), BUDGET_WAIT);
    assert_int_equal(budget_ask(budget, NULL, true, 9, &ms), BUDGET_WAIT);
    assert_int_equal(kept.reserved, 1);
    assert_int_equal(kept.slots, 3); /* a second's worth at most */
    grant(budget, "{\"slots\": 2, \"open_ms\": 0, \"workers\": 4}");
    assert_int_equal(budget_ask(budget, NULL, false, 1, &ms), BUDGET_GO);
    assert_int_equal(budget_ask(budget, NULL, false, 1, &ms), BUDGET_WAIT);
    assert_in_range(ms, 300, 367);
    assert_int_equal(kept.reserved, 1); /* one is in hand for the one that waits */
    assert_int_equal(budget_ask(budget, NULL, false, 2, &ms), BUDGET_WAIT);
    assert_int_equal(kept.reserved, 2); /* for two it is not enough: asked ahead */
    assert_int_equal(budget_share(budget, 8), 2);
    assert_int_equal(budget_share(budget, 2), 1);
    assert_int_equal(budget_share(budget, 0), 0);
}

static void a_late_slot_is_gone(void **state)
{
    (void)state;
    int ms;
    struct budget *budget = open_budget(&keeper);
    budget_ask(budget, NULL, false, 1, &ms);
    grant(budget, "{\"slots\": 1, \"open_ms\": 0}");
    usleep(150000);
    assert_int_equal(budget_ask(budget, NULL, false, 1, &ms), BUDGET_WAIT);
    assert_int_equal(kept.reserved, 2);
}

static void a_keeper_that_fails_is_asked_again_later(void **state)
{
    (void)state;
    int ms;
    struct budget *budget = open_budget(&keeper);
    budget_ask(budget, NULL, false, 1, &ms);
    budget_grant(budget, NULL);
    assert_int_equal(budget_ask(budget, NULL, false, 1, &ms), BUDGET_WAIT);
    assert_int_equal(kept.reserved, 1);
}

static void without_a_keeper_the_pace_is_kept_all_the_same(void **state)
{
    (void)state;
    int ms;
    int gone = 0;
    struct budget *budget = open_budget(NULL);
    for (int64_t end = clock_monotonic_ms() + 1000; clock_monotonic_ms() < end; usleep(5000))
        gone += budget_ask(budget, "wall.get", true, 9, &ms) == BUDGET_GO;
    assert_in_range(gone, 1, 3);
}

/* ---- a day's quota ---- */

static void a_quota_is_granted_spent_and_kept_for_the_urgent(void **state)
{
    (void)state;
    int ms;
    struct budget *budget = open_budget(&keeper);
    assert_int_equal(budget_ask(budget, "wall.get", false, 2, &ms), BUDGET_WAIT);
    assert_string_equal(kept.wanted, "{\"wall.get\": {\"want\": 2, \"most\": 4500}}");
    grant(budget, "{\"slots\": 3, \"open_ms\": 0, \"granted\": {\"wall.get\": 1}}");
    assert_int_equal(budget_ask(budget, "wall.get", false, 1, &ms), BUDGET_GO);
    assert_int_equal(budget_ask(budget, "wall.get", false, 1, &ms), BUDGET_WAIT);
    assert_int_equal(kept.slots, 0); /* slots are in hand, grants are not */
    grant(budget, "{\"slots\": 0, \"open_ms\": 0, \"granted\": {\"wall.get\": 0}}");
    assert_int_equal(budget_ask(budget, "wall.get", false, 1, &ms), BUDGET_SPENT);
    assert_int_equal(budget_ask(budget, "wall.get", true, 1, &ms), BUDGET_WAIT);
    assert_string_equal(kept.wanted, "{\"wall.get\": {\"want\": 1, \"most\": 5000}}");
    assert_int_equal(budget_ask(budget, "groups.getById", false, 0, &ms), BUDGET_WAIT);
    usleep(380000);
    assert_int_equal(budget_ask(budget, "groups.getById", false, 0, &ms), BUDGET_GO); /* others need no grant */
}

/* ---- pauses ---- */

static void a_pause_is_told_once_and_ends(void **state)
{
    (void)state;
    int ms;
    struct budget *budget = open_budget(&keeper);
    budget_ask(budget, NULL, false, 1, &ms); /* under way when the pause comes */
    budget_pause(budget, NULL, 60, "token");
    budget_pause(budget, NULL, 60, "token"); /* of the same answer */
    assert_int_equal(kept.paused, 1);
    assert_string_equal(kept.method, "-");
    grant(budget, "{\"slots\": 3, \"open_ms\": 0}"); /* granted before it */
    assert_true(budget_is_paused(budget));
    assert_int_equal(budget_ask(budget, NULL, true, 1, &ms), BUDGET_PAUSED);
    assert_in_range(ms, 59000, 60000);
    assert_string_equal(budget_reason(budget), "token");
    budget_pause(budget, NULL, 1000000000, "too_many_requests");
    assert_int_equal(kept.seconds, 21600); /* whatever a stranger asks for */
}

static void pauses_of_others_are_heard_of(void **state)
{
    (void)state;
    int ms;
    struct budget *budget = open_budget(&keeper);
    budget_ask(budget, NULL, false, 1, &ms);
    grant(budget, "{\"paused\": 30, \"reason\": \"too_many_requests\"}");
    assert_int_equal(budget_ask(budget, NULL, false, 1, &ms), BUDGET_PAUSED);
    assert_in_range(ms, 29000, 30000);
}

static void a_pause_of_a_method_ends_no_other(void **state)
{
    (void)state;
    int ms;
    struct budget *budget = open_budget(&keeper);
    budget_pause(budget, "wall.get", 1800, "daily_quota");
    assert_string_equal(kept.method, "wall.get");
    assert_int_equal(budget_ask(budget, "wall.get", true, 1, &ms), BUDGET_SPENT);
    assert_int_equal(budget_ask(budget, "groups.getById", true, 1, &ms), BUDGET_WAIT);
}

/* ---- what many got together ---- */

static const char *const ids[] = {"1", "School_2", "3"};

static bool split(const char *text, const char **own)
{
    const struct answer answer = {.status = 200, .bytes = text, .length = strlen(text)};
    return vk_split(pool, &answer, ids, 3, own);
}

static void each_gets_its_own_answer(void **state)
{
    (void)state;
    const char *own[3];
    assert_true(split("{\"response\": {\"groups\": [{\"id\": 3, \"screen_name\": \"c\"}, {\"id\": 9, \"screen_name\": "
                      "\"school_2\"}]}}",
                      own));
    assert_null(own[0]);
    assert_string_equal(own[1],
                        "{\"response\":{\"groups\":[{\"id\":9,\"screen_name\":\"school_2\"}],\"profiles\":[]}}");
    assert_string_equal(own[2], "{\"response\":{\"groups\":[{\"id\":3,\"screen_name\":\"c\"}],\"profiles\":[]}}");
    assert_true(split("{\"response\": [{\"id\": 1}]}", own)); /* the older form */
    assert_non_null(own[0]);
}

static void an_error_over_one_is_asked_alone_any_other_is_everybodys(void **state)
{
    (void)state;
    const char *own[3] = {"", "", ""};
    assert_true(split("{\"error\": {\"error_code\": 100, \"error_msg\": \"invalid\"}}", own));
    assert_null(own[0]);
    assert_null(own[2]);
    static const char *const others[] = {
        "{\"error\": {\"error_code\": 6}}",
        "{\"error\": {\"error_code\": 5}}",
        "{\"error\": {}}",
        "{}",
        "[]",
        "busy",
        "",
        "{\"response\": 1}",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(split(others[i], own));
    const struct answer silence = {.fault = "timeout", .bytes = ""};
    assert_false(vk_split(pool, &silence, ids, 3, own));
}

static void a_refused_token_is_known_by_its_codes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool refused;
    } answers[] = {
        {"{\"error\": {\"error_code\": 5}}", true},  {"{\"error\": {\"error_code\": 27}}", true},
        {"{\"error\": {\"error_code\": 28}}", true}, {"{\"execute_errors\": [{\"error_code\": 5}]}", true},
        {"{\"error\": {\"error_code\": 6}}", false}, {"{\"error\": {\"error_code\": 15}}", false},
        {"{\"response\": {\"groups\": []}}", false}, {"nothing", false},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        const struct answer answer = {.bytes = answers[i].text, .length = strlen(answers[i].text)};
        assert_int_equal(vk_refuses(&answer), answers[i].refused);
    }
}

int main(void)
{
    networks = network_load("templates/networks");
    if (networks == NULL)
        return EXIT_FAILURE;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(slots_come_from_the_keeper_one_chunk_at_a_time, start, stop),
        cmocka_unit_test_setup_teardown(a_late_slot_is_gone, start, stop),
        cmocka_unit_test_setup_teardown(a_keeper_that_fails_is_asked_again_later, start, stop),
        cmocka_unit_test_setup_teardown(without_a_keeper_the_pace_is_kept_all_the_same, start, stop),
        cmocka_unit_test_setup_teardown(a_quota_is_granted_spent_and_kept_for_the_urgent, start, stop),
        cmocka_unit_test_setup_teardown(a_pause_is_told_once_and_ends, start, stop),
        cmocka_unit_test_setup_teardown(pauses_of_others_are_heard_of, start, stop),
        cmocka_unit_test_setup_teardown(a_pause_of_a_method_ends_no_other, start, stop),
        cmocka_unit_test_setup_teardown(each_gets_its_own_answer, start, stop),
        cmocka_unit_test_setup_teardown(an_error_over_one_is_asked_alone_any_other_is_everybodys, start, stop),
        cmocka_unit_test_setup_teardown(a_refused_token_is_known_by_its_codes, start, stop),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    network_set_free(networks);
    return failed;
}

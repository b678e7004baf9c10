/* rate_test.c: a bucket empties, fills again, is one's own, and is told in the headers' words. */
#include "server/web/rate.h"
#include "test.h"

#include <string.h>

enum { MINUTE = 60000 };

static bool charge(struct rate *rate, const char *key, int64_t now, struct rate_told *told)
{
    return rate_charge(rate, RATE_CALLER, key, strlen(key), now, told);
}

static void what_is_used_up_comes_again(void **state)
{
    (void)state;
    struct rate *rate = rate_new(0, 60);
    struct rate_told told = {0};
    for (int i = 0; i < 60; i++)
        assert_true(charge(rate, "p1", 1000, &told));
    assert_int_equal(told.kinds[RATE_CALLER].left, 0);
    assert_int_equal(told.wait, 0);
    assert_false(charge(rate, "p1", 1000, &told));
    assert_int_equal(told.wait, 2); /* a whole second, told generously: it must be enough */
    assert_false(charge(rate, "p1", 1900, &told));
    assert_true(charge(rate, "p1", 2000, &told));
    assert_false(charge(rate, "p1", 2000, &told));
    assert_true(charge(rate, "p2", 2000, &told));
    assert_int_equal(told.kinds[RATE_CALLER].left, 59);
    assert_true(charge(rate, "p1", 2000 + 10 * MINUTE, &told));
    assert_int_equal(told.kinds[RATE_CALLER].left, 59);
    rate_free(rate);
}

static void a_refused_request_takes_nothing(void **state)
{
    (void)state;
    struct rate *rate = rate_new(0, 1);
    struct rate_told told = {0};
    assert_true(charge(rate, "p1", 0, &told));
    for (int at = 1; at < MINUTE; at += 100)
        assert_false(charge(rate, "p1", at, &told));
    assert_true(charge(rate, "p1", MINUTE, &told));
    rate_free(rate);
}

static void a_flood_of_others_gives_nothing_back(void **state)
{
    (void)state;
    enum { FLOOD = 200000 };
    struct rate *rate = rate_new(0, 10);
    struct rate_told told = {0};
    for (int i = 0; i < 10; i++)
        assert_true(charge(rate, "busy", 0, &told));
    for (int i = 0; i < FLOOD; i++)
        assert_true(charge(rate, pool_print(pool, "p%d", i), 0, &told));
    assert_false(charge(rate, "busy", 0, &told));
    rate_free(rate);
}

static void people_services_and_addresses_are_counted_apart(void **state)
{
    (void)state;
    struct rate *rate = rate_new(1, 1);
    struct rate_told told = {0};
    const struct caller person = {.person = "7"}, service = {.service = "7"};
    struct in6_addr here = {0}, there = {0};
    there.s6_addr[0] = 1;
    assert_true(rate_take_caller(rate, &person, &told));
    assert_true(rate_take_caller(rate, &service, &told));
    assert_false(rate_take_caller(rate, &person, &told));
    assert_true(rate_take_address(rate, &here, &told));
    assert_true(rate_take_address(rate, &there, &told));
    assert_false(rate_take_address(rate, &here, &told));
    rate_free(rate);
}

static void limits_are_told_as_the_draft_writes_them(void **state)
{
    (void)state;
    struct rate *rate = rate_new(100, 10);
    struct rate_told told = {0};
    struct in6_addr here = {0};
    assert_null(rate_policy(pool, &told));
    assert_null(rate_state(pool, &told));
    rate_charge(rate, RATE_ADDRESS, &here, sizeof here, 0, &told);
    assert_string_equal(rate_policy(pool, &told), "\"address\";q=100;w=60");
    assert_string_equal(rate_state(pool, &told), "\"address\";r=99;t=1");
    charge(rate, "p1", 0, &told);
    assert_string_equal(rate_policy(pool, &told), "\"address\";q=100;w=60, \"caller\";q=10;w=60");
    assert_string_equal(rate_state(pool, &told), "\"address\";r=99;t=1, \"caller\";r=9;t=7");
    rate_free(rate);
}

static void without_a_quota_nothing_is_limited_or_told(void **state)
{
    (void)state;
    struct rate *rate = rate_new(0, 0);
    struct rate_told told = {0};
    for (int i = 0; i < 1000; i++)
        assert_true(charge(rate, "p1", 0, &told));
    assert_null(rate_policy(pool, &told));
    rate_free(rate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_used_up_comes_again),
        TEST(a_refused_request_takes_nothing),
        TEST(a_flood_of_others_gives_nothing_back),
        TEST(people_services_and_addresses_are_counted_apart),
        TEST(limits_are_told_as_the_draft_writes_them),
        TEST(without_a_quota_nothing_is_limited_or_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

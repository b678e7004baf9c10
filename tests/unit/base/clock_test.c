/* clock_test.c: times read and printed, and the clock that tests set. */
#include "veha/clock.h"

#include "scratch.h"

static const int64_t NOON = 1795348800; /* 2026-11-22T12:00:00Z */

static void test_times_that_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t after; /* seconds after noon */
    } cases[] = {
        {"2026-11-22T12:00:00Z", 0},
        {"2026-11-22T15:00:00+03:00", 0},
        {"2026-11-22T15:00:00+0300", 0},
        {"2026-11-22 15:00:00+03", 0},
        {"2026-11-22T08:30:00-03:30", 0},
        {"2026-11-22T12:00Z", 0},
        {"2026-11-22T12:00:00.999999Z", 0},
        {"2026-11-22", -43200},
        {"2024-02-29", -997 * 86400 - 43200},
        {"Sun, 22 Nov 2026 12:00:00 GMT", 0},
        {"Sun, 22 Nov 2026 15:00:00 +0300", 0},
        {"22 Nov 26 12:00 UT", 0},
        {"Sun, 22 nov 2026 07:00:00 EST", 0},
        {"Sun, 2 Nov 2026 12:00:00 GMT", -20 * 86400},
        {"1970-01-01T00:00:00Z", -1795348800},
        {"1969-12-31T23:59:59Z", -1795348801},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t seconds = -1;
        if (!clock_read(cases[i].text, &seconds))
            fail_msg("%s was not read", cases[i].text);
        if (seconds != NOON + cases[i].after)
            fail_msg("%s: %lld", cases[i].text, (long long)(seconds - NOON));
    }
}

static void test_a_leap_second_is_the_next_second(void **state)
{
    (void)state;
    int64_t leap, next;
    assert_true(clock_read("2016-12-31T23:59:60Z", &leap));
    assert_true(clock_read("2017-01-01T00:00:00Z", &next));
    assert_int_equal(leap, next);
}

static void test_times_that_are_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "tomorrow",
        "2026-11-22T12:00:00",
        "2026-11-22T12:00:00 Z",
        "2026-13-01",
        "2026-00-10",
        "2026-02-29",
        "2026-04-31",
        "2026-1-1",
        "22.11.2026",
        "2026-11-22T24:00:00Z",
        "2026-11-22T12:60:00Z",
        "2026-11-22T12:00:61Z",
        "2026-11-22T12:00:00+15:00",
        "2026-11-22T12:00:00+03:60",
        "2026-11-22T12:00:00Zx",
        "Sun, 31 Feb 2026 12:00:00 GMT",
        "Sun, 22 Noe 2026 12:00:00 GMT",
        "Sun, 22 Nov 2026 12:00:00",
        "Sun, 22 Nov 2026 12:00:00 MSK",
        "Sun, 22 Nov 226 12:00:00 GMT",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t seconds;
        if (clock_read(cases[i], &seconds))
            fail_msg("%s was read", cases[i]);
    }
}

static void test_print(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    assert_string_equal(clock_print(pool, NOON), "2026-11-22T12:00:00Z");
    assert_string_equal(clock_print(pool, -1), "1969-12-31T23:59:59Z");
    pool_free(pool);
}

static void test_clock_that_a_file_sets(void **state)
{
    (void)state;
    assert_false(clock_is_set());
    setenv("VEHA_CLOCK_FILE", scratch_write("clock", "2026-11-22T12:00:00Z\n"), 1);
    assert_true(clock_is_set());
    assert_int_equal(clock_now(), NOON);
    assert_int_equal(clock_now(), NOON);
    scratch_write("clock", "2026-11-22T13:00:00Z");
    assert_int_equal(clock_now(), NOON + 3600);
    /* A file caught half written keeps the time it said before. */
    scratch_write("clock", "2026-11-");
    assert_int_equal(clock_now(), NOON + 3600);
    unsetenv("VEHA_CLOCK_FILE");
    assert_false(clock_is_set());
    assert_true(clock_now() > 1700000000);
}

static void test_monotonic_clock_is_not_set(void **state)
{
    (void)state;
    setenv("VEHA_CLOCK_FILE", scratch_write("clock", "1990-01-01T00:00:00Z"), 1);
    int64_t before = clock_monotonic_ms();
    assert_true(clock_monotonic_ms() >= before);
    unsetenv("VEHA_CLOCK_FILE");
}

static void test_zones_that_are_known(void **state)
{
    (void)state;
    assert_true(clock_knows_zone("Europe/Moscow"));
    assert_true(clock_knows_zone("UTC"));
    static const char *const cases[] = {"", "Europe/Moskva", "Europe", "../../../etc/passwd", "MSK-3"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (clock_knows_zone(cases[i]))
            fail_msg("%s", cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times_that_are_read),
        cmocka_unit_test(test_a_leap_second_is_the_next_second),
        cmocka_unit_test(test_times_that_are_refused),
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_zones_that_are_known),
        cmocka_unit_test_setup_teardown(test_clock_that_a_file_sets, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(test_monotonic_clock_is_not_set, scratch_make, scratch_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

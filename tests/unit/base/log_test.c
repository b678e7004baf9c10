/* log_test.c: the form of a line on standard error. */
#include "veha/log.h"

#include "scratch.h"

/* The lines logged by act, without their times. */
static const char *lines_of(void (*act)(void))
{
    static char lines[65536];
    scratch_listen();
    act();
    lines[0] = '\0';
    for (char *saved, *line = strtok_r((char *)(uintptr_t)scratch_printed(), "\n", &saved); line != NULL;
         line = strtok_r(NULL, "\n", &saved)) {
        assert_int_equal(line[10], 'T');
        assert_int_equal(line[19], 'Z');
        strcat(strcat(lines, line + 21), "\n");
    }
    return lines;
}

static void log_values(void)
{
    log_event(LOG_LEVEL_INFO, "look_done", "network", "vk", "count", log_number(-12), "empty", "", "reason",
              "a \"b\" c", NULL);
    log_event(LOG_LEVEL_ERROR, "bare", NULL);
    log_event(LOG_LEVEL_WARNING, "skipped", "nothing", NULL, "path", "/tenants?a=b", NULL);
    log_event(LOG_LEVEL_NOTICE, "broken", "text", "line one\nline two\\", "russian", "веха", NULL);
}

static void test_values(void **state)
{
    (void)state;
    log_open("test", LOG_LEVEL_INFO);
    assert_string_equal(lines_of(log_values),
                        "info look_done network=vk count=-12 empty=\"\" reason=\"a \\\"b\\\" c\"\n"
                        "error bare\n"
                        "warning skipped path=\"/tenants?a=b\"\n"
                        "notice broken text=\"line one\\nline two\\\\\" russian=веха\n");
}

static void log_levels(void)
{
    log_event(LOG_LEVEL_DEBUG, "debug", NULL);
    log_event(LOG_LEVEL_INFO, "info", NULL);
    log_event(LOG_LEVEL_NOTICE, "notice", NULL);
    log_event(LOG_LEVEL_WARNING, "warning", NULL);
    log_event(LOG_LEVEL_ERROR, "error", NULL);
}

static void test_less_important_events_are_left_out(void **state)
{
    (void)state;
    log_open("test", LOG_LEVEL_NOTICE);
    assert_string_equal(lines_of(log_levels), "notice notice\nwarning warning\nerror error\n");
}

static void test_numbers_live_for_eight_calls(void **state)
{
    (void)state;
    const char *first = log_number(1);
    for (int i = 2; i <= 8; i++)
        log_number(i);
    assert_string_equal(first, "1");
    assert_string_equal(log_number(INT64_MIN), "-9223372036854775808");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_values, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(test_less_important_events_are_left_out, scratch_make, scratch_remove),
        cmocka_unit_test(test_numbers_live_for_eight_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

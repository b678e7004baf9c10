/* config_test.c: values from the file, conf.d and the environment; and every mistake with its place. */
#include "veha/config.h"

#include "scratch.h"

static struct pool *pool;

static int set_up(void **state)
{
    pool = pool_new();
    return scratch_make(state);
}

static int tear_down(void **state)
{
    pool_free(pool);
    return scratch_remove(state);
}

static struct config *load(const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s", scratch_write("veha.conf", text));
    struct config *config = config_load(pool, path);
    assert_non_null(config);
    return config;
}

/* What loading prints; it must fail. */
static const char *mistakes_of(const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s", scratch_write("veha.conf", text));
    scratch_listen();
    const struct config *config = config_load(pool, path);
    const char *printed = scratch_printed();
    assert_null(config);
    return printed;
}

static void test_values_and_defaults(void **state)
{
    (void)state;
    struct config *config = load("# a comment\n"
                                 "[region]\n"
                                 "name = Лукоморская область ; said so\n"
                                 "deadline: 2026-12-01\n"
                                 "networks = vk,telegram  site\n"
                                 "\n"
                                 "[tokens]\n"
                                 "access_minutes=5\n");
    assert_string_equal(config_text(config, "region", "name"), "Лукоморская область");
    assert_string_equal(config_text(config, "region", "deadline"), "2026-12-01");
    assert_int_equal(config_number(config, "tokens", "access_minutes"), 5);
    assert_int_equal(config_number(config, "tokens", "idle_minutes"), 30);
    assert_string_equal(config_text(config, "vk", "token"), "");
    const char *const *networks = config_list(config, pool, "region", "networks");
    assert_string_equal(networks[0], "vk");
    assert_string_equal(networks[1], "telegram");
    assert_string_equal(networks[2], "site");
    assert_null(networks[3]);
    assert_null(config_list(config, pool, "verify", "connect_to")[0]);
}

static void test_list_over_several_lines(void **state)
{
    (void)state;
    struct config *config = load("[verify]\n"
                                 "connect_to =\n"
                                 "  vk.com:443=127.0.0.1:9443\n"
                                 "  t.me:443=127.0.0.1:9443\n"
                                 "concurrency = 3\n");
    const char *const *pairs = config_list(config, pool, "verify", "connect_to");
    assert_string_equal(pairs[0], "vk.com:443=127.0.0.1:9443");
    assert_string_equal(pairs[1], "t.me:443=127.0.0.1:9443");
    assert_null(pairs[2]);
    assert_int_equal(config_number(config, "verify", "concurrency"), 3);
}

static void test_later_sources_replace_earlier_ones(void **state)
{
    (void)state;
    scratch_write("conf.d/10-first.conf", "[region]\ncode = first\nname = First\n");
    scratch_write("conf.d/20-second.conf", "[region]\ncode = second\n");
    scratch_write("conf.d/ignored.txt", "[region]\ncode = ignored\n");
    setenv("VEHA_VERIFY_LEASE_SECONDS", "7", 1);
    setenv("VEHA_TEST_CLUSTER", "none of its business", 1);
    struct config *config =
        load("[region]\ncode = main\nname = Main\ntimezone = Asia/Tomsk\n[verify]\nlease_seconds = 9\n");
    unsetenv("VEHA_VERIFY_LEASE_SECONDS");
    unsetenv("VEHA_TEST_CLUSTER");
    assert_string_equal(config_text(config, "region", "code"), "second");
    assert_string_equal(config_text(config, "region", "name"), "First");
    assert_string_equal(config_text(config, "region", "timezone"), "Asia/Tomsk");
    assert_int_equal(config_number(config, "verify", "lease_seconds"), 7);
}

static void test_paths_are_relative_to_the_file_that_names_them(void **state)
{
    (void)state;
    scratch_write("conf.d/web.conf", "[web]\nkey = web.key\n[vk]\ntoken = @vk.token\n");
    scratch_write("conf.d/vk.token", "secret-token\r\n");
    scratch_write("url", "host=db password='x y'\n\n");
    struct config *config =
        load("[web]\ncertificate = tls/web.pem\n[tokens]\nkeys = /absolute\n[database]\nurl = @url\n");
    assert_string_equal(config_text(config, "web", "certificate"), pool_print(pool, "%s/tls/web.pem", scratch_folder));
    assert_string_equal(config_text(config, "web", "key"), pool_print(pool, "%s/conf.d/web.key", scratch_folder));
    assert_string_equal(config_text(config, "tokens", "keys"), "/absolute");
    assert_string_equal(config_text(config, "database", "url"), "host=db password='x y'");
    assert_string_equal(config_text(config, "vk", "token"), "secret-token");
}

static void test_every_mistake_is_told_with_its_place(void **state)
{
    (void)state;
    scratch_write("conf.d/late.conf", "[web]\nworkers = -1\n");
    setenv("VEHA_WEB_LSITEN", "x", 1);
    setenv("VEHA_LOG_LEVEL", "loud", 1);
    const char *printed = mistakes_of("name = outside\n"
                                      "[region]\n"
                                      "nmae = a slip\n"
                                      "deadline = 31.12.2026\n"
                                      "code = one\n"
                                      "code = two\n"
                                      "neither this nor that\n"
                                      "[nowhere]\n"
                                      "key = 1\n"
                                      "[tokens]\n"
                                      "access_minutes = ten\n"
                                      "idle_minutes = 99999999999999999999\n"
                                      "[vk]\n"
                                      "token = @missing\n");
    unsetenv("VEHA_WEB_LSITEN");
    unsetenv("VEHA_LOG_LEVEL");
    static const char *const expected[] = {
        "veha.conf:1: \"name\" stands before any [section]\n",
        "veha.conf:3: unknown key \"nmae\" in [region]\n",
        "veha.conf:4: \"deadline\" must be a date, YYYY-MM-DD\n",
        "veha.conf:6: \"code\" is given twice, first at veha.conf:5\n",
        "veha.conf:7: neither a [section] nor a key = value\n",
        "veha.conf:9: unknown key \"key\" in [nowhere]\n",
        "veha.conf:11: \"access_minutes\" must be a whole number, 0 or more\n",
        "veha.conf:12: \"idle_minutes\" must be a whole number, 0 or more\n",
        "veha.conf:14: missing cannot be read: No such file or directory\n",
        "conf.d/late.conf:2: \"workers\" must be a whole number, 0 or more\n",
        "VEHA_WEB_LSITEN: there is no such key\n",
        "VEHA_LOG_LEVEL: \"level\" must be error, warning, notice, info or debug\n",
    };
    size_t lines = 0;
    for (const char *at = printed; *at != '\0'; at++)
        lines += *at == '\n';
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        if (strstr(printed, expected[i]) == NULL)
            fail_msg("%s is missing in:\n%s", expected[i], printed);
    assert_int_equal(lines, sizeof expected / sizeof expected[0]);
}

static void test_counts_and_hours(void **state)
{
    (void)state;
    static const struct {
        const char *line, *objection;
    } cases[] = {
        {"concurrency = 0", "must be a whole number, 1 or more"},
        {"every_hours = 0", "must be a whole number, 1 or more"},
        {"lease_seconds = -1", "must be a whole number, 1 or more"},
        {"concurrency = 1", NULL},
        {"quiet_hours =", NULL},
        {"quiet_hours = 1-5", NULL},
        {"quiet_hours = 22-06", NULL},
        {"quiet_hours = 0-24", NULL},
        {"quiet_hours = 5", "must be hours of the day, FROM-TO, as in 1-5"},
        {"quiet_hours = 5-5", "must be hours of the day, FROM-TO, as in 1-5"},
        {"quiet_hours = 24-5", "must be hours of the day, FROM-TO, as in 1-5"},
        {"quiet_hours = 1-25", "must be hours of the day, FROM-TO, as in 1-5"},
        {"quiet_hours = 1-5x", "must be hours of the day, FROM-TO, as in 1-5"},
        {"quiet_hours = -5", "must be hours of the day, FROM-TO, as in 1-5"},
        {"quiet_hours = 1:00-5:00", "must be hours of the day, FROM-TO, as in 1-5"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *settings = pool_print(pool, "[verify]\n%s\n", cases[i].line);
        if (cases[i].objection == NULL)
            load(settings);
        else if (strstr(mistakes_of(settings), cases[i].objection) == NULL)
            fail_msg("%s is taken", cases[i].line);
    }
}

static void test_switches(void **state)
{
    (void)state;
    const struct config *config = load("[region]\npublic = No\n[web]\ndesign = yes\n");
    assert_false(config_switch(config, "region", "public"));
    assert_true(config_switch(config, "web", "design"));
    assert_true(config_switch(load(""), "region", "public"));
    assert_string_equal(mistakes_of("[region]\npublic = 1\n"), "veha.conf:2: \"public\" must be yes or no\n");
}

static void test_text_that_is_no_text(void **state)
{
    (void)state;
    assert_string_equal(mistakes_of("[region]\nname = \xCB\xF3\xEA\xEE\n"),
                        "veha.conf:2: \"name\" is not valid UTF-8\n");
    char text[10000] = "[region]\nname = ";
    memset(text + strlen(text), 'x', 9000);
    strcat(text, "\ncode = one\nnmae = x\n");
    assert_string_equal(mistakes_of(text),
                        "veha.conf:2: the line is too long\nveha.conf:4: unknown key \"nmae\" in [region]\n");
}

static void test_missing_file(void **state)
{
    (void)state;
    scratch_listen();
    setenv("VEHA_CONFIG", pool_print(pool, "%s/missing.conf", scratch_folder), 1);
    const struct config *config = config_load(pool, NULL);
    unsetenv("VEHA_CONFIG");
    assert_string_equal(scratch_printed(), "missing.conf: cannot be read: No such file or directory\n");
    assert_null(config);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_values_and_defaults),
        TEST(test_list_over_several_lines),
        TEST(test_later_sources_replace_earlier_ones),
        TEST(test_paths_are_relative_to_the_file_that_names_them),
        TEST(test_every_mistake_is_told_with_its_place),
        TEST(test_counts_and_hours),
        TEST(test_switches),
        TEST(test_text_that_is_no_text),
        TEST(test_missing_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

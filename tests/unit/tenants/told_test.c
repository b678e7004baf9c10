/* told_test.c: a reading of somebody else passes as a whole or is told all that is wrong with it. */
#include "veha/text.h"

#include "tenants/verify/told.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

/* cmocka.h needs those above. */
#include <cmocka.h>

enum { NOW = 1787659200 }; /* 2026-08-25T12:00:00Z */

static struct network_set *networks;
static struct pool *pool;

static int set_up(void **state)
{
    (void)state;
    pool = pool_new();
    networks = network_load("templates/networks");
    return networks == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    network_set_free(networks);
    pool_free(pool);
    return 0;
}

/* "POINTER code, POINTER code"; "" for a sound one. */
static const char *mistakes_of(const char *network, const char *reading)
{
    const struct told told = {
        .networks = networks,
        .network = network_find(networks, network),
        .reading = pool_adopt(pool, json_loads(reading, JSON_DECODE_ANY, NULL), pool_release_json),
        .now = NOW,
    };
    assert_non_null(told.reading);
    const struct fault *fault = told_check(pool, &told);
    struct buffer list = {0};
    buffer_text(&list, "");
    for (size_t i = 0; fault != NULL && i < fault->field_count; i++)
        buffer_print(&list, "%s%s %s", i == 0 ? "" : ", ", fault->fields[i].pointer, fault->fields[i].code);
    const char *text = pool_copy(pool, list.length == 0 ? "" : list.bytes);
    buffer_free(&list);
    return text;
}

#define WITH(members) "{\"state\": \"present\", \"source\": \"api\", \"facts\": {}, " members "}"

static const struct {
    const char *network, *reading, *mistakes;
} examples[] = {
    {"vk", "{\"state\": \"present\", \"source\": \"api\", \"facts\": {}}", ""},
    {"vk", "{\"state\": \"missing\", \"reason\": null, \"source\": \"page\", \"facts\": {}}", ""},
    {"vk", WITH("\"posts\": [], \"posts_whole\": true, \"links\": [], \"links_whole\": false, \"mentions\": []"), ""},
    {"vk", WITH("\"posts_reason\": \"wall_disabled\", \"posts_part\": true"), ""},
    {"vk", WITH("\"posts\": [{\"at\": \"2026-08-25T11:00:00Z\", \"own\": true, \"pinned\": false}]"), ""},
    {"vk", WITH("\"posts\": [{\"at\": \"2026-08-27T12:00:00Z\", \"own\": true}]"), "/reading/posts/0/at time_ahead"},
    {"vk", "[]", "/reading not_an_object"},
    {"vk", "{}", "/reading/state required, /reading/source required, /reading/facts required"},
    {"vk", WITH("\"verdicts\": []"), "/reading/verdicts unknown_field"},
    {"vk", WITH("\"a/b~c\": 1"), "/reading/a~1b~0c unknown_field"},
    {"vk", WITH("\"reason\": \"Because!\""), "/reading/reason code_unreadable"},
    {"vk", WITH("\"links\": [{\"network\": \"telegram\", \"key\": \"a\"}, {\"network\": \"nowhere\", \"key\": 1}]"),
     "/reading/links/1/network network_unknown, /reading/links/1/key wrong_type"},
};

static const struct {
    const char *network, *fact, *value, *code;
} facts[] = {
    {"vk", "name", "\"Школа\"", NULL},
    {"vk", "name", "7", "wrong_type"},
    {"vk", "members", "12", NULL},
    {"vk", "members", "-12", "out_of_range"},
    {"vk", "members", "1.5", "wrong_type"},
    {"vk", "government", "true", NULL},
    {"vk", "government", "\"yes\"", "wrong_type"},
    {"vk", "contacts", "[{\"phone\": \"+7\", \"email\": \"a@b\"}]", NULL},
    {"vk", "contacts", "[\"+7\"]", NULL},
    {"vk", "contacts", "{}", "wrong_type"},
    {"vk", "questions", "[{\"at\": \"2026-08-20T00:00:00Z\"}]", NULL},
    {"telegram", "questions", "[]", "fact_unknown"},
    {"telegram", "site", "[\"https://a.example\"]", NULL},
    {"ok", "site", "\"https://a.example\"", NULL},
    {"max", "last_event", "\"2026-08-20T00:00:00Z\"", NULL},
    {"max", "last_event", "\"lately\"", "time_unreadable"},
    {"site", "members", "7", "fact_unknown"},
    {"site", "feed", "\"https://a.example/rss\"", NULL},
};

static void every_reading_has_its_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++)
        assert_string_equal(mistakes_of(examples[i].network, examples[i].reading), examples[i].mistakes);
}

static void every_fact_has_the_kind_of_its_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const char *reading = pool_print(pool,
                                         "{\"state\": \"present\", \"source\": \"api\", \"facts\": "
                                         "{\"%s\": {\"value\": %s, \"origin\": \"o\"}}}",
                                         facts[i].fact, facts[i].value);
        const char *expected =
            facts[i].code == NULL ? "" : pool_print(pool, "/reading/facts/%s/value %s", facts[i].fact, facts[i].code);
        assert_string_equal(mistakes_of(facts[i].network, reading), expected);
    }
}

static void no_more_than_a_hundred_are_told(void **state)
{
    (void)state;
    struct buffer reading = {0};
    buffer_text(&reading, "{\"state\": \"present\", \"source\": \"api\", \"facts\": {}, \"posts\": [");
    for (int i = 0; i < 400; i++)
        buffer_print(&reading, "%s7", i == 0 ? "" : ",");
    buffer_text(&reading, "]}");
    const struct told told = {
        .networks = networks,
        .network = network_find(networks, "vk"),
        .reading = pool_adopt(pool, json_loads(reading.bytes, 0, NULL), pool_release_json),
        .now = NOW,
    };
    assert_int_equal(told_check(pool, &told)->field_count, 100);
    buffer_free(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reading_has_its_mistakes),
        cmocka_unit_test(every_fact_has_the_kind_of_its_file),
        cmocka_unit_test(no_more_than_a_hundred_are_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

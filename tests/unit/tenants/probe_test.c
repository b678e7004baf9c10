/* probe_test.c: how the APIs are asked: signatures, and secrets that stay out of what is kept. */
#include "veha/text.h"

#include "given.h"
#include "tenants/probe/ok.h"
#include "tenants/probe/probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cmocka.h needs the headers above */
#include <cmocka.h>

/* ---- the signature of Одноклассники ---- */

/* The worked example of the corpus; NULL where it is not there. */
static char *read_example(struct pool *pool)
{
    const char *corpus = getenv("VEHA_CORPUS");
    FILE *file =
        fopen(pool_print(pool, "%s/ok/signature_vector_aiookru.txt", corpus == NULL ? "../shared/data" : corpus), "re");
    if (file == NULL)
        return NULL;
    char *text = pool_alloc(pool, 4096);
    assert_true(fread(text, 1, 4095, file) > 0);
    fclose(file);
    return text;
}

static char *text_between(struct pool *pool, const char *text, const char *before, const char *after)
{
    const char *from = strstr(text, before);
    assert_non_null(from);
    from += strlen(before);
    return pool_copy_length(pool, from, strcspn(from, after));
}

static void signs_as_the_worked_example_does(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    const char *example = read_example(pool);
    if (example == NULL) {
        pool_free(pool);
        skip();
    }
    char *query = text_between(pool, example, "fb.do?", "\n");
    struct ok_parameter parameters[8];
    size_t count = 0;
    for (char *pair; (pair = strsep(&query, "&")) != NULL;) {
        char *name = strsep(&pair, "=");
        if (strcmp(name, "sig") != 0 && strcmp(name, "access_token") != 0)
            parameters[count++] = (struct ok_parameter){name, pair};
    }
    assert_int_equal(count, 3);
    struct ok_parameter first = parameters[0]; /* the order they are given in does not matter */
    parameters[0] = parameters[2];
    parameters[2] = first;
    assert_string_equal(
        ok_signature(pool, parameters, count, text_between(pool, example, "session_secret_key = ", " \n")),
        text_between(pool, example, "&sig=", "&"));
    pool_free(pool);
}

static void makes_the_secret_of_a_session(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    assert_string_equal(ok_secret(pool, "ab", "c"), "900150983cd24fb0d6963f7d28e17f72"); /* RFC 1321: "abc" */
    pool_free(pool);
}

/* ---- what is asked ---- */

static struct look *look_with(struct pool *pool, const struct look_setting *settings, const char *network,
                              const char *key)
{
    struct look_tools *tools = pool_alloc(pool, sizeof *tools);
    *tools = (struct look_tools){.networks = networks, .reader = reader, .settings = settings};
    return look_new(pool, tools, network_find(networks, network), key);
}

static void no_secret_of_odnoklassniki_stands_in_an_address(void **state)
{
    (void)state;
    static const struct look_setting settings[] = {{"ok", "application_key", "KEY&1"},
                                                   {"ok", "access_token", "very&secret"},
                                                   {"ok", "application_secret", "hid"},
                                                   {"ok", "api", "https://ok.test/fb.do"},
                                                   {0}};
    struct pool *pool = pool_new();
    struct look *look = look_with(pool, settings, "ok", "group/70000002429207");
    struct look_request request;
    assert_true(look_next(look, &request));
    assert_string_equal(request.name, "group");
    assert_string_equal(request.url, "https://ok.test/fb.do");
    assert_null(request.authorization);
    assert_non_null(strstr(request.form, "application_key=KEY%261&"));
    assert_non_null(strstr(request.form, "&uids=70000002429207&"));
    assert_non_null(strstr(request.form, "&access_token=very%26secret"));
    assert_null(strstr(request.form, "hid"));
    pool_free(pool);
}

/* Without any one of its keys nothing can be signed, and the page is asked. */
static void asks_the_page_of_odnoklassniki_when_a_key_is_missing(void **state)
{
    (void)state;
    static const struct look_setting sets[][4] = {
        {{"ok", "application_key", "k"}, {"ok", "access_token", "t"}, {0}},
        {{"ok", "application_key", "k"}, {"ok", "session_secret", "s"}, {0}},
        {{"ok", "access_token", "t"}, {"ok", "application_secret", "s"}, {0}},
        {{0}},
    };
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        struct pool *pool = pool_new();
        struct look *look = look_with(pool, sets[i], "ok", "school.one");
        struct look_request request;
        assert_true(look_next(look, &request));
        assert_string_equal(request.url, "https://ok.ru/school.one");
        assert_null(request.form);
        pool_free(pool);
    }
}

static void the_token_of_max_travels_in_a_header_only(void **state)
{
    (void)state;
    static const struct look_setting settings[] = {
        {"max", "token", "very-secret"}, {"max", "api", "https://max.test"}, {0}};
    static const char page[] = "<html><body><script>channelId:9007199254740993,</script></body></html>";
    struct pool *pool = pool_new();
    struct look *look = look_with(pool, settings, "max", "school_one");
    struct look_request request;
    assert_true(look_next(look, &request));
    assert_string_equal(request.url, "https://max.ru/school_one");
    assert_null(request.authorization); /* the page is no business of the bot */
    const struct answer answer = {.status = 200, .url = request.url, .bytes = page, .length = strlen(page)};
    look_answer(look, &answer, NULL);
    assert_true(look_next(look, &request));
    assert_string_equal(request.url, "https://max.test/chats/-9007199254740993");
    assert_string_equal(request.authorization, "very-secret");
    assert_null(request.form);
    pool_free(pool);
}

/* Whatever the networks' files call their API, there is an adapter for it, and the configuration has its keys. */
static void every_kind_of_api_is_known(void **state)
{
    (void)state;
    size_t kinds = 0;
    for (size_t i = 0; i < network_count(networks); i++) {
        const json_t *api = json_object_get(network_document(network_at(networks, i)), "api");
        assert_true(api == NULL || probe_find(json_string_value(json_object_get(api, "kind"))) != NULL);
        kinds += api != NULL;
    }
    assert_int_equal(kinds, 3);
    assert_null(probe_find("myspace"));
    assert_null(probe_find(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_as_the_worked_example_does),
        cmocka_unit_test(makes_the_secret_of_a_session),
        cmocka_unit_test(no_secret_of_odnoklassniki_stands_in_an_address),
        cmocka_unit_test(asks_the_page_of_odnoklassniki_when_a_key_is_missing),
        cmocka_unit_test(the_token_of_max_travels_in_a_header_only),
        cmocka_unit_test(every_kind_of_api_is_known),
    };
    return cmocka_run_group_tests(tests, open_reader, close_reader);
}

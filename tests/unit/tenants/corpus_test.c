/*
 * corpus_test.c: what real and hostile answers of the networks mean; each file of tests/corpus is one test.
 *
 * A case says what the networks answer, in the order they are asked, and the part of the reading and of the verdicts
 * that must come out. tests/corpus/README.md describes its members.
 */
#include "veha/clock.h"
#include "veha/text.h"

#include "given.h"
#include "tenants/verify/judge.h"
#include "tenants/verify/look.h"

#include <glob.h>
#include <iconv.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cmocka.h needs the headers above */
#include <cmocka.h>

static struct pool *pool_of_test; /* freed after the test, however it ends */

static void release_json(void *json)
{
    json_decref(json);
}

static json_t *member(const json_t *object, const char *name)
{
    return json_object_get(object, name);
}

static const char *text(const json_t *object, const char *name)
{
    return json_string_value(member(object, name));
}

/* ---- bodies ---- */

/* NULL when the corpus is not there. */
static const char *read_corpus(struct pool *pool, const char *name, size_t *length)
{
    const char *corpus = getenv("VEHA_CORPUS");
    FILE *file = fopen(pool_print(pool, "%s/%s", corpus == NULL ? "../shared/data" : corpus, name), "re");
    if (file == NULL)
        return NULL;
    struct buffer bytes = {0};
    char piece[8192];
    for (size_t got; (got = fread(piece, 1, sizeof piece, file)) > 0;)
        buffer_add(&bytes, piece, got);
    fclose(file);
    *length = bytes.length;
    const char *copy = pool_copy_length(pool, bytes.bytes, bytes.length);
    buffer_free(&bytes);
    return copy;
}

/* The body as it would travel, in the character set of the case. */
static const char *encode(struct pool *pool, const char *charset, const char *body, size_t *length)
{
    char *out = pool_alloc(pool, *length * 4 + 16);
    char *from = pool_copy_length(pool, body, *length);
    char *to = out;
    size_t left = *length;
    size_t room = *length * 4 + 16;
    iconv_t converter = iconv_open(charset, "utf-8");
    assert_true(converter != (iconv_t)-1);
    assert_int_equal(iconv(converter, &from, &left, &to, &room), 0);
    iconv_close(converter);
    *length = (size_t)(to - out);
    return out;
}

/* The text with its number in place of {n}. */
static void add_numbered(struct buffer *made, const char *pattern, json_int_t number)
{
    const char *place = strstr(pattern, "{n}");
    if (place == NULL) {
        buffer_text(made, pattern);
        return;
    }
    buffer_add(made, pattern, (size_t)(place - pattern));
    buffer_print(made, "%lld%s", (long long)number, place + strlen("{n}"));
}

/* {"body": text or JSON, "file": name, "charset": of the text, "repeat": [text, times, text after]} */
static bool make_body(struct pool *pool, const json_t *given, struct answer *answer)
{
    const json_t *body = member(given, "body");
    const json_t *repeat = member(given, "repeat");
    struct buffer made = {0};
    if (text(given, "file") != NULL) {
        answer->bytes = read_corpus(pool, text(given, "file"), &answer->length);
        return answer->bytes != NULL;
    }
    if (json_is_string(body)) {
        buffer_text(&made, json_string_value(body));
    } else if (body != NULL) {
        char *dumped = json_dumps(body, 0);
        buffer_text(&made, dumped);
        free(dumped);
    }
    for (json_int_t i = 0; i < json_integer_value(json_array_get(repeat, 1)); i++)
        add_numbered(&made, json_string_value(json_array_get(repeat, 0)), i);
    if (json_array_size(repeat) > 2)
        buffer_text(&made, json_string_value(json_array_get(repeat, 2)));
    answer->length = made.length;
    answer->bytes = pool_copy_length(pool, made.bytes == NULL ? "" : made.bytes, made.length);
    buffer_free(&made);
    if (text(given, "charset") != NULL)
        answer->bytes = encode(pool, text(given, "charset"), answer->bytes, &answer->length);
    return true;
}

/* ---- comparing ---- */

/* Every member of the expected object is there and equal; arrays and plain values are equal as a whole. */
static bool covers(const json_t *actual, json_t *expected)
{
    const char *name;
    json_t *value;
    if (!json_is_object(expected))
        return json_equal(actual, expected);
    json_object_foreach(expected, name, value) if (!covers(member(actual, name), value)) return false;
    return true;
}

static unsigned tell(const char *what, const json_t *actual, const json_t *expected)
{
    char *one = json_dumps(actual, JSON_ENCODE_ANY);
    char *two = json_dumps(expected, JSON_ENCODE_ANY);
    print_error("%s: %s, expected %s\n", what, one == NULL ? "nothing" : one, two);
    free(one);
    free(two);
    return 1;
}

static unsigned compare_facts(const json_t *reading, json_t *expected)
{
    unsigned wrong = 0;
    const char *name;
    json_t *value;
    json_object_foreach(expected, name, value)
    {
        const json_t *actual = reading_value(reading, name);
        if (json_is_null(value) ? actual != NULL : !covers(actual, value))
            wrong += tell(name, actual, value);
    }
    return wrong;
}

static json_t *find_verdict(const json_t *verdicts, const char *check)
{
    for (size_t i = 0; i < json_array_size(verdicts); i++)
        if (text_equal(text(json_array_get(verdicts, i), "check"), check))
            return json_array_get(verdicts, i);
    return NULL;
}

/* {"EXIST": "passed as_required"}; null: the check does not concern the network. */
static unsigned compare_verdicts(struct pool *pool, const json_t *verdicts, json_t *expected)
{
    unsigned wrong = 0;
    const char *check;
    json_t *value;
    json_object_foreach(expected, check, value)
    {
        const json_t *verdict = find_verdict(verdicts, check);
        const char *outcome =
            verdict == NULL ? NULL : pool_print(pool, "%s %s", text(verdict, "result"), text(verdict, "reason"));
        if (text_equal(outcome, json_string_value(value)))
            continue;
        wrong += tell(check, verdict, value);
    }
    return wrong;
}

static unsigned compare_posts(const json_t *reading, json_t *expected)
{
    const json_t *posts = member(reading, "posts");
    json_int_t own = 0;
    const char *newest = "";
    for (size_t i = 0; i < json_array_size(posts); i++) {
        const json_t *post = json_array_get(posts, i);
        if (!json_is_true(member(post, "own")))
            continue;
        own++;
        if (strcmp(text(post, "at"), newest) > 0)
            newest = text(post, "at");
    }
    if (json_is_null(expected))
        return posts == NULL ? 0 : tell("posts", posts, expected);
    json_t *actual = json_pack("{s:i, s:I, s:s}", "count", (int)json_array_size(posts), "own", own, "newest", newest);
    unsigned wrong = posts != NULL && covers(actual, expected) ? 0 : tell("posts", actual, expected);
    json_decref(actual);
    return wrong;
}

/* The expected links are among those read; "no_links": these are not. */
static unsigned compare_links(const json_t *reading, const json_t *expected, bool wanted)
{
    unsigned wrong = 0;
    const json_t *links = member(reading, "links");
    for (size_t i = 0; i < json_array_size(expected); i++) {
        bool found = false;
        for (size_t j = 0; j < json_array_size(links) && !found; j++)
            found = json_equal(json_array_get(links, j), json_array_get(expected, i));
        if (found != wanted)
            wrong += tell(wanted ? "links" : "no_links", links, json_array_get(expected, i));
    }
    return wrong;
}

static unsigned compare(struct pool *pool, const json_t *result, const json_t *expected)
{
    const json_t *reading = member(result, "reading");
    unsigned wrong = compare_facts(reading, member(expected, "facts"));
    static const char *const plain[] = {"state", "reason", "posts_reason", "source"};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (member(expected, plain[i]) != NULL && !json_equal(member(reading, plain[i]), member(expected, plain[i])))
            wrong += tell(plain[i], member(reading, plain[i]), member(expected, plain[i]));
    if (member(expected, "posts") != NULL)
        wrong += compare_posts(reading, member(expected, "posts"));
    wrong += compare_links(reading, member(expected, "links"), true);
    wrong += compare_links(reading, member(expected, "no_links"), false);
    wrong += compare_verdicts(pool, member(result, "verdicts"), member(expected, "verdicts"));
    if (member(expected, "facts_of") == NULL)
        return wrong;
    const char *check;
    json_t *facts;
    json_object_foreach(member(expected, "facts_of"), check, facts)
    {
        const json_t *verdict = find_verdict(member(result, "verdicts"), check);
        wrong += covers(member(verdict, "facts"), facts) ? 0 : tell(check, member(verdict, "facts"), facts);
    }
    return wrong;
}

/* ---- one look ---- */

/* Plays the answers to a look; asked gets the addresses it asked. False: a file of the corpus is missing. */
static bool play(struct pool *pool, struct look *look, const json_t *answers, int64_t now, json_t *asked)
{
    struct look_request request;
    for (size_t i = 0; look_next(look, &request); i++) {
        const json_t *given = json_array_get(answers, i);
        struct answer answer = {
            .fault = given == NULL ? "timeout" : text(given, "fault"),
            .status = member(given, "status") == NULL ? 200 : (long)json_integer_value(member(given, "status")),
            .url = text(given, "url") == NULL ? request.url : text(given, "url"),
            .content_type = text(given, "content_type"),
            .at = now,
        };
        json_array_append_new(asked, json_string(request.url));
        if (answer.fault == NULL && !make_body(pool, given, &answer))
            return false;
        look_answer(look, &answer, json_pack("{s:s}", "url", request.url));
    }
    return true;
}

static json_t *look_at(struct pool *pool, const json_t *given, const json_t *answers, const json_t *subject,
                       json_t *asked)
{
    const struct look_setting settings[] = {
        {"vk", "token", text(given, "token")},
        {"vk", "api", "https://api.vk.com/method"},
        {"ok", "application_key", "APPLICATION"},
        {"ok", "access_token", text(given, "token")},
        {"ok", "session_secret", "session-secret"},
        {"ok", "api", "https://api.ok.ru/fb.do"},
        {"max", "token", text(given, "token")},
        {"max", "api", "https://platform-api2.max.ru"},
        {0},
    };
    const char *zone = text(given, "zone");
    const struct look_tools tools = {
        .networks = networks,
        .reader = reader,
        .calendar = zone == NULL ? NULL : calendar_load(pool, "templates/calendars", zone),
        .settings = settings,
    };
    const struct network *network = network_find(networks, text(given, "network"));
    int64_t now = 0;
    assert_non_null(network);
    assert_true(text(given, "now") != NULL && clock_read(text(given, "now"), &now));
    struct look *look = look_new(pool, &tools, network, text(given, "key"));
    if (!play(pool, look, answers, now, asked))
        return NULL;
    assert_non_null(look_reading(look));
    json_t *result = pool_adopt(pool, look_result(look, subject, member(given, "parameters"), now), release_json);
    json_object_set_new(result, "alarm", json_boolean(look_alarm(look)));
    json_object_set_new(result, "pause", json_integer(look_pause(look)));
    return result;
}

static void run_case(struct pool *pool, const json_t *given)
{
    json_t *asked = pool_adopt(pool, json_array(), release_json);
    const json_t *expected = member(given, "expect");
    const json_t *result = look_at(pool, given, member(given, "answers"), member(given, "subject"), asked);
    if (result == NULL)
        skip();
    unsigned wrong = compare(pool, result, expected);
    static const char *const told[] = {"alarm", "pause"};
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (member(expected, told[i]) != NULL && !json_equal(member(result, told[i]), member(expected, told[i])))
            wrong += tell(told[i], member(result, told[i]), member(expected, told[i]));
    if (member(expected, "asked") != NULL && !json_equal(asked, member(expected, "asked")))
        wrong += tell("asked", asked, member(expected, "asked"));
    assert_int_equal(wrong, 0);
}

/* ---- a whole file of communities against a register ---- */

static json_t *load_corpus(struct pool *pool, const char *name)
{
    size_t length;
    const char *bytes = read_corpus(pool, name, &length);
    if (bytes == NULL)
        return NULL;
    json_t *root = pool_adopt(pool, json_loadb(bytes, length, 0, NULL), release_json);
    assert_non_null(root);
    return root;
}

static json_t *find_registered(const json_t *list, json_int_t id)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_integer_value(member(json_array_get(list, i), "channel_id")) == id)
            return json_array_get(list, i);
    return NULL;
}

/* One community: its own group answer, then the wall's. */
static unsigned check_community(struct pool *pool, json_t *given, const json_t *registered, json_t *group)
{
    json_int_t id = json_integer_value(member(group, "id"));
    json_t *asked = pool_adopt(pool, json_array(), release_json);
    json_t *answers =
        json_pack("[{s:{s:{s:[O]}}}, {s:O}]", "body", "response", "groups", group, "body", member(given, "wall"));
    pool_adopt(pool, answers, release_json);
    const char *ogrn = pool_print(
        pool, "%lld", (long long)json_integer_value(member(registered, "the_main_state_registration_number")));
    json_t *subject =
        pool_adopt(pool, json_pack("{s:O, s:s}", "name", member(registered, "name"), "ogrn", ogrn), release_json);
    json_object_set_new(given, "key", json_string(pool_print(pool, "club%lld", (long long)id)));
    const json_t *result = look_at(pool, given, answers, subject, asked);
    const char *key = pool_print(pool, "%lld", (long long)id);
    json_t *own = member(member(given, "expect"), key);
    unsigned wrong = own == NULL ? tell(key, NULL, group) : 0;
    wrong += compare_verdicts(pool, member(result, "verdicts"), member(given, "expect_all"));
    wrong += compare_verdicts(pool, member(result, "verdicts"), own);
    if (wrong > 0)
        print_error("^ %s: %s\n", key, text(group, "name"));
    return wrong;
}

static void run_communities(struct pool *pool, json_t *given)
{
    const json_t *root = load_corpus(pool, text(given, "communities"));
    const json_t *registered = load_corpus(pool, text(given, "register"));
    if (root == NULL || registered == NULL)
        skip();
    const json_t *groups = member(member(root, "response"), "groups");
    unsigned wrong = 0;
    for (size_t i = 0; i < json_array_size(groups); i++) {
        json_t *group = json_array_get(groups, i);
        wrong +=
            check_community(pool, given, find_registered(registered, json_integer_value(member(group, "id"))), group);
    }
    assert_int_equal(json_array_size(groups), json_object_size(member(given, "expect")));
    assert_int_equal(wrong, 0);
}

static void run_file(void **state)
{
    struct pool *pool = pool_of_test = pool_new();
    json_error_t error;
    json_t *given = pool_adopt(pool, json_load_file(*state, JSON_REJECT_DUPLICATES, &error), release_json);
    if (given == NULL)
        fail_msg("%s:%d: %s", (const char *)*state, error.line, error.text);
    if (member(given, "communities") != NULL)
        run_communities(pool, given);
    else
        run_case(pool, given);
}

static int free_pool(void **state)
{
    (void)state;
    pool_free(pool_of_test);
    pool_of_test = NULL;
    return 0;
}

int main(void)
{
    glob_t found;
    setlocale(LC_CTYPE, "C.UTF-8"); /* as the program does */
    if (glob("tests/corpus/*.json", 0, NULL, &found) != 0) {
        fputs("tests/corpus holds no cases\n", stderr);
        return 1;
    }
    struct CMUnitTest *tests = calloc(found.gl_pathc, sizeof *tests);
    for (size_t i = 0; tests != NULL && i < found.gl_pathc; i++)
        tests[i] = (struct CMUnitTest){.name = found.gl_pathv[i],
                                       .test_func = run_file,
                                       .teardown_func = free_pool,
                                       .initial_state = found.gl_pathv[i]};
    int failed =
        tests == NULL ? 1 : _cmocka_run_group_tests("corpus", tests, found.gl_pathc, open_reader, close_reader);
    free(tests);
    globfree(&found);
    return failed;
}

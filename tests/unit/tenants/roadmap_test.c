/* roadmap_test.c: every kind of mistake an author of a roadmap can make is told with its line, and the shipped roadmaps
 * have none. */
#include "veha/roadmap.h"
#include "veha/text.h"

#include "given.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cmocka.h needs those above. */
#include <cmocka.h>

/* A sound file of two steps; each case below changes one line of it. Line 1 is the opening brace. */
static const char *const sound[] = {
    "{\"branch\": \"open\", \"version\": 1, \"title\": \"Страниц нет\", \"steps\": [",
    "{\"key\": \"appoint\", \"title\": \"Т\", \"why\": \"П\", \"how\": \"К\", \"evidence\": \"Д\",",
    " \"checks\": [{\"check\": \"MAN\"}],",
    " \"offset\": -75, \"weight\": 3, \"mandatory\": true,",
    " \"depends_on\": []},",
    "{\"key\": \"create_vk\", \"title\": \"Т\", \"why\": \"П\", \"how\": \"К\", \"evidence\": \"Д\",",
    " \"checks\": [{\"check\": \"EXIST\"}, {\"check\": \"FREQ\", \"posts_least\": 3}],",
    " \"offset\": -55, \"weight\": 5, \"mandatory\": true, \"network\": \"vk\",",
    " \"depends_on\": [\"appoint\"]}",
    "]}",
};
enum { LINES = sizeof sound / sizeof sound[0] };

static const struct {
    unsigned line;
    const char *changed; /* text of that line; NULL: unchanged */
    unsigned told;       /* line of the mistake */
    const char *reason;
} mistakes[] = {
    {1, "{\"branch\": \"other\", \"version\": 1, \"title\": \"Т\", \"steps\": [", 1,
     "there is no branch \"other\": it is open, keep or exempt"},
    {1, "{\"branch\": \"open\", \"version\": 0, \"title\": \"Т\", \"steps\": [", 1, "version must be 1 or more"},
    {1, "{\"branch\": \"open\", \"version\": 1, \"title\": \" \", \"steps\": [", 1, "title is empty"},
    {2, "{\"key\": \"Appoint\", \"title\": \"Т\", \"why\": \"П\", \"how\": \"К\", \"evidence\": \"Д\",", 2,
     "\"Appoint\" is no step key: small Latin letters, digits and _"},
    {6, "{\"key\": \"appoint\", \"title\": \"Т\", \"why\": \"П\", \"how\": \"К\", \"evidence\": \"Д\",", 6,
     "the key \"appoint\" is used twice"},
    {2, "{\"key\": \"appoint\", \"title\": \"Т\", \"why\": \"\", \"how\": \"К\", \"evidence\": \"Д\",", 2,
     "why is empty"},
    {3, " \"checks\": [],", 3, "a step without checks; MAN is what a person confirms"},
    {3, " \"checks\": [\"MAN\"],", 3, "a check must be an object with the member \"check\""},
    {3, " \"checks\": [{\"check\": \"SEEN\"}],", 3, "there is no check \"SEEN\""},
    {3, " \"checks\": [{\"check\": \"MAN\"}, {\"check\": \"MAN\"}],", 3, "the check MAN stands here twice"},
    {3, " \"checks\": [{\"check\": \"MAN\", \"days\": 3}],", 3, "MAN has no parameter \"days\""},
    {3, " \"checks\": [{\"check\": \"FREQ\", \"days\": \"7\"}],", 3, "days must be an integer"},
    {3, " \"checks\": [{\"check\": \"FREQ\", \"days\": 0}],", 3, "days must be between 1 and 31"},
    {3, " \"checks\": [{\"check\": \"FREQ\", \"posts_least\": 2}],", 7, "FREQ has other parameters in a step above"},
    {4, " \"offset\": 5, \"weight\": 3, \"mandatory\": true,", 4, "offset must be between -730 and 0 days"},
    {8, " \"offset\": -80, \"weight\": 5, \"mandatory\": true,", 8, "offset -80 is before that of the step above, -75"},
    {4, " \"offset\": -75, \"weight\": 11, \"mandatory\": true,", 4, "weight must be between 1 and 10"},
    {8, " \"offset\": -55, \"weight\": 5, \"mandatory\": true, \"network\": \"myspace\",", 8,
     "there is no network \"myspace\""},
    {9, " \"depends_on\": [\"appointed\"]}", 9, "there is no step \"appointed\""},
    {9, " \"depends_on\": [7]}", 9, "a dependency must be the key of a step"},
    {9, " \"depends_on\": [\"create_vk\"]}", 9,
     "the steps \"create_vk\" and \"create_vk\" wait for each other in a loop"},
    {5, " \"depends_on\": [\"create_vk\"]},", 5, "the step \"create_vk\" is due later than this one"},
    {5, " \"depends_on\": [\"create_vk\"]},", 9,
     "the steps \"create_vk\" and \"appoint\" wait for each other in a loop"},
    {10, "]", 10, "'}' expected near end of file"},
};

static struct document *read_changed(struct pool *pool, unsigned line, const char *changed)
{
    struct buffer text = {0};
    for (unsigned i = 0; i < LINES; i++)
        buffer_print(&text, "%s%s", i + 1 == line ? changed : sound[i], i + 1 == LINES ? "" : "\n");
    struct document *document = document_parse(pool, "test.json", text.bytes, text.length);
    buffer_free(&text);
    roadmap_check(document, pool, networks);
    return document;
}

static void test_sound_file(void **state)
{
    struct pool *pool = *state;
    assert_int_equal(read_changed(pool, 0, NULL)->mistake_count, 0);
}

static void test_mistakes(void **state)
{
    struct pool *pool = *state;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        const struct document *document = read_changed(pool, mistakes[i].line, mistakes[i].changed);
        bool told = false;
        for (size_t j = 0; j < document->mistake_count; j++)
            told = told || (document->mistakes[j].line == mistakes[i].told &&
                            strcmp(document->mistakes[j].reason, mistakes[i].reason) == 0);
        if (!told)
            fail_msg("\"%s\" was not told at line %u but \"%s\" at %u", mistakes[i].reason, mistakes[i].told,
                     document->mistake_count == 0 ? "nothing" : document->mistakes[0].reason,
                     document->mistake_count == 0 ? 0 : document->mistakes[0].line);
    }
}

/* Missing, unknown and wrongly typed members are found in every step, all at once. */
static void test_members(void **state)
{
    struct pool *pool = *state;
    const char *text = "{\"branch\": \"open\", \"version\": \"1\", \"title\": \"Т\",\n\"steps\": [\n{\"key\": \"a\", "
                       "\"colour\": 1},\n7]}";
    struct document *document = document_parse(pool, "test.json", text, strlen(text));
    roadmap_check(document, pool, networks);
    size_t lines[5] = {0};
    for (size_t i = 0; i < document->mistake_count; i++)
        lines[document->mistakes[i].line]++;
    assert_int_equal(lines[1], 1); /* version is no integer */
    assert_int_equal(lines[3], 9); /* eight missing and one unknown */
    assert_int_equal(lines[4], 1); /* no object */
}

static void test_too_long(void **state)
{
    struct pool *pool = *state;
    char title[400] = "{\"branch\": \"open\", \"version\": 1, \"steps\": [], \"title\": \"";
    for (int i = 0; i < 121; i++)
        strcat(title, "я");
    strcat(title, "\"}");
    struct document *document = document_parse(pool, "test.json", title, strlen(title));
    roadmap_check(document, pool, networks);
    assert_int_equal(document->mistake_count, 2);
    assert_string_equal(document->mistakes[0].reason, "a roadmap without steps");
    assert_string_equal(document->mistakes[1].reason, "title is longer than 120 characters");
}

static void test_shipped_roadmaps(void **state)
{
    struct pool *pool = *state;
    const struct roadmap_set *set = roadmap_load(pool, "templates/roadmaps", networks);
    assert_non_null(set);
    static const struct {
        const char *branch;
        size_t steps;
    } expected[] = {{"exempt", 3}, {"keep", 15}, {"open", 16}};
    assert_int_equal(set->count, 3);
    for (size_t i = 0; i < set->count; i++) {
        assert_string_equal(set->roadmaps[i].branch, expected[i].branch);
        assert_int_equal(json_array_size(json_object_get(set->roadmaps[i].document->root, "steps")), expected[i].steps);
    }
}

/* What people read is tidy Russian: «» for quotes, no dashes of other languages, no doubled spaces. */
static void test_shipped_texts(void **state)
{
    struct pool *pool = *state;
    const struct roadmap_set *set = roadmap_load(pool, "templates/roadmaps", networks);
    static const char *const unwanted[] = {"  ", "\"", "“", "”", "„", " ,", " .", "\t"};
    static const char *const members[] = {"title", "why", "how", "evidence"};
    for (size_t i = 0; i < set->count; i++) {
        size_t number;
        json_t *step;
        json_array_foreach(json_object_get(set->roadmaps[i].document->root, "steps"), number,
                           step) for (size_t j = 0; j < 4; j++) for (size_t k = 0;
                                                                     k < sizeof unwanted / sizeof unwanted[0]; k++)
            assert_null(strstr(json_string_value(json_object_get(step, members[j])), unwanted[k]));
    }
}

static void test_missing_directory(void **state)
{
    struct pool *pool = *state;
    assert_null(roadmap_load(pool, "templates/roadmaps/none", networks));
    assert_null(roadmap_load(pool, "sql/migrations", networks));
}

static int setup(void **state)
{
    *state = pool_new();
    return 0;
}

static int teardown(void **state)
{
    pool_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sound_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_mistakes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_members, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_long, setup, teardown),
        cmocka_unit_test_setup_teardown(test_shipped_roadmaps, setup, teardown),
        cmocka_unit_test_setup_teardown(test_shipped_texts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_missing_directory, setup, teardown),
    };
    return cmocka_run_group_tests(tests, open_networks, close_networks);
}

/* etag_test.c: what makes two documents differ, and what an If-None-Match list names. */
#include "veha/text.h"

#include "server/web/etag.h"
#include "test.h"

#include <string.h>

static const char *tag(const char *document, char representation)
{
    return etag_of(pool, document, strlen(document), representation);
}

static void a_tag_begins_with_the_version_of_the_document(void **state)
{
    (void)state;
    static const struct {
        const char *document, *start;
    } cases[] = {
        {"{\"id\": 1, \"version\": 17}", "\"17."},
        {"{\"version\":0}", "\"0."},
        {"{\"id\": 1}", "\"."},
        {"{\"part\": {\"version\": 5}, \"id\": 1}", "\"."},
        {"{\"parts\": [{\"version\": 5}], \"version\": 6}", "\"6."},
        {"{\"name\": \"\\\"version\\\": 9\", \"version\": 7}", "\"7."},
        {"{\"name\": \"version\", \"version\": 8}", "\"8."},
        {"{\"version\": \"9\"}", "\"."},
        {"{\"name\": \"unended", "\"."},
        {"[]", "\"."},
        {"", "\"."},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (!text_starts(tag(cases[i].document, 'j'), cases[i].start))
            fail_msg("%s: %s", cases[i].document, tag(cases[i].document, 'j'));
}

static void tags_differ_by_content_and_representation(void **state)
{
    (void)state;
    assert_string_equal(tag("{\"id\": 1}", 'j'), tag("{\"id\": 1}", 'j'));
    assert_string_not_equal(tag("{\"id\": 1}", 'j'), tag("{\"id\": 2}", 'j'));
    assert_string_not_equal(tag("{\"id\": 1}", 'j'), tag("{\"id\": 1}", 't'));
}

static void a_list_is_searched_for_the_whole_tag(void **state)
{
    (void)state;
    static const char mine[] = "\"1.ab-j\"";

    assert_true(etag_listed("\"1.ab-j\"", mine));
    assert_true(etag_listed("W/\"1.ab-j\"", mine));
    assert_true(etag_listed("\"x\", \"1.ab-j\" ,\"y\"", mine));
    assert_true(etag_listed(" *", mine));
    assert_false(etag_listed("\"1.ab-j\"x", mine));
    assert_false(etag_listed("\"1.ab-t\"", mine));
    assert_false(etag_listed("1.ab-j", mine));
    assert_false(etag_listed("", mine));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_tag_begins_with_the_version_of_the_document),
        TEST(tags_differ_by_content_and_representation),
        TEST(a_list_is_searched_for_the_whole_tag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* accept_test.c: the table header × resource → representation. */
#include "server/web/accept.h"
#include "test.h"

static const struct resource data = {.method = METHOD_GET, .flags = RESOURCE_DATA_ONLY};
static const struct resource page = {.method = METHOD_GET, .page = "sign_in", .flags = RESOURCE_PAGE_ONLY};
static const struct resource both = {.method = METHOD_GET, .page = "tenant"};
static const struct resource list = {.method = METHOD_GET, .page = "tenants", .flags = RESOURCE_TABLE};
static const struct resource change = {.method = METHOD_POST, .see_other = "/"};

static void the_header_chooses_among_what_there_is(void **state)
{
    (void)state;
    static const char browser[] = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
    static const struct {
        const char *accept;
        const struct resource *resource;
        enum representation chosen;
    } cases[] = {
        {NULL, &both, REPRESENTATION_JSON},
        {NULL, &page, REPRESENTATION_HTML},
        {"*/*", &list, REPRESENTATION_JSON},
        {"*/*", &page, REPRESENTATION_HTML},
        {browser, &both, REPRESENTATION_HTML},
        {browser, &data, REPRESENTATION_JSON},
        {browser, &change, REPRESENTATION_HTML},
        {"application/json", &both, REPRESENTATION_JSON},
        {"APPLICATION/JSON", &both, REPRESENTATION_JSON},
        {"application/problem+json", &both, REPRESENTATION_JSON},
        {"application/json", &page, REPRESENTATION_NONE},
        {"text/html", &data, REPRESENTATION_NONE},
        {"text/csv", &list, REPRESENTATION_TABLE},
        {"text/csv", &both, REPRESENTATION_NONE},
        {"text/*", &list, REPRESENTATION_HTML},
        {"text/html;q=0.5, application/json;q=0.6", &both, REPRESENTATION_JSON},
        {"text/html; level=1; q=0.4 , application/json ; q=0.5", &both, REPRESENTATION_JSON},
        {"text/html;q=0.500,application/json;q=0.499", &both, REPRESENTATION_HTML},
        {"application/json;q=0, */*", &both, REPRESENTATION_HTML},
        {"application/json;q=0", &data, REPRESENTATION_NONE},
        {"image/png", &both, REPRESENTATION_NONE},
        {"", &both, REPRESENTATION_NONE},
        {",,;q=1,", &both, REPRESENTATION_NONE},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (accept_choose(cases[i].accept, cases[i].resource) != cases[i].chosen)
            fail_msg("\"%s\" chooses %d", cases[i].accept, (int)accept_choose(cases[i].accept, cases[i].resource));
    }
}

static void html_is_asked_for_by_name(void **state)
{
    (void)state;
    assert_true(accept_html("text/html"));
    assert_true(accept_html("text/html, */*;q=0.1"));
    assert_false(accept_html("*/*"));
    assert_false(accept_html("application/json, text/html;q=0.9"));
    assert_false(accept_html(NULL));
}

static void codings_count_when_their_weight_does(void **state)
{
    (void)state;
    assert_true(accept_coding("gzip, deflate, br", "br"));
    assert_true(accept_coding("br;q=0.001", "br"));
    assert_false(accept_coding("br;q=0", "br"));
    assert_false(accept_coding("br;q=0.000", "br"));
    assert_false(accept_coding("brotli", "br"));
    assert_false(accept_coding(NULL, "gzip"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_header_chooses_among_what_there_is),
        TEST(html_is_asked_for_by_name),
        TEST(codings_count_when_their_weight_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* route_test.c: which resource a method and a path mean, and what hostile paths mean. */
#include "server/web/route.h"
#include "test.h"

#include <string.h>

static const struct resource resources[] = {
    {.name = "workplace_show", .method = METHOD_GET, .path = "/"},
    {.name = "tenant_list", .method = METHOD_GET, .path = "/tenants"},
    {.name = "tenant_create", .method = METHOD_POST, .path = "/tenants"},
    {.name = "tenant_show", .method = METHOD_GET, .path = "/tenants/{id}"},
    {.name = "tenant_search", .method = METHOD_GET, .path = "/tenants/search"},
    {.name = "step_claim", .method = METHOD_POST, .path = "/tenants/{id}/steps/{key}/claim"},
};
static const struct resource more[] = {{.name = "keys_show", .method = METHOD_GET, .path = "/.well-known/jwks.json"}};

static struct route match(const char *method, const char *path)
{
    static const struct resource_table tables[] = {
        {.resources = resources, .count = sizeof resources / sizeof *resources},
        {.resources = more, .count = 1},
    };
    const struct resource_table *const both[] = {&tables[0], &tables[1]};
    struct route route;

    route_match(router_new(pool, both, 2), pool, method, path, &route);
    return route;
}

static void resources_are_found_by_method_and_path(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path, *name;
    } cases[] = {
        {"GET", "/", "workplace_show"},
        {"GET", "/tenants", "tenant_list"},
        {"POST", "/tenants", "tenant_create"},
        {"GET", "/tenants/7", "tenant_show"},
        {"GET", "/tenants/search", "tenant_search"},
        {"GET", "/tenants/%73earch", "tenant_search"},
        {"POST", "/tenants/7/steps/create/claim", "step_claim"},
        {"GET", "/.well-known/jwks.json", "keys_show"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct route route = match(cases[i].method, cases[i].path);
        assert_int_equal(route.outcome, ROUTE_FOUND);
        assert_string_equal(route.resource->name, cases[i].name);
        assert_false(route.head);
    }
}

static void parameters_are_decoded_segment_by_segment(void **state)
{
    (void)state;
    struct route route = match("POST", "/tenants/a%2Fb/steps/%D1%88%D0%B0%D0%B3+1/claim");

    assert_int_equal(route.outcome, ROUTE_FOUND);
    assert_int_equal(route.value_count, 2);
    assert_memory_equal(route.values[0].name, "id", route.values[0].name_length);
    assert_string_equal(route.values[0].value, "a/b");
    assert_string_equal(route.values[1].value, "шаг+1");
}

static void head_is_get(void **state)
{
    (void)state;
    struct route route = match("HEAD", "/tenants/7");

    assert_int_equal(route.outcome, ROUTE_FOUND);
    assert_string_equal(route.resource->name, "tenant_show");
    assert_true(route.head);
}

static void wrong_methods_are_told_the_right_ones(void **state)
{
    (void)state;
    assert_int_equal(match("DELETE", "/tenants").outcome, ROUTE_NO_METHOD);
    assert_string_equal(match("DELETE", "/tenants").allow, "GET, HEAD, POST");
    assert_string_equal(match("get", "/tenants/7").allow, "GET, HEAD");
    assert_int_equal(match("HEAD", "/tenants/7/steps/create/claim").outcome, ROUTE_NO_METHOD);
    assert_string_equal(match("", "/tenants/7/steps/create/claim").allow, "POST");
}

static void a_trailing_slash_leads_to_the_path_without(void **state)
{
    (void)state;
    assert_int_equal(match("GET", "/tenants/").outcome, ROUTE_SLASH);
    assert_string_equal(match("POST", "/tenants/7/steps/a/claim/").canonical, "/tenants/7/steps/a/claim");
    assert_int_equal(match("GET", "/nowhere/").outcome, ROUTE_NOWHERE);
    assert_int_equal(match("GET", "//evil.example/").outcome, ROUTE_NOWHERE);
    assert_int_equal(match("GET", "/tenants//").outcome, ROUTE_NOWHERE);
}

static void paths_that_could_mean_two_things_mean_nothing(void **state)
{
    (void)state;
    static const char *const nowhere[] = {"/tenants/..",          "/tenants/%2e%2e", "/tenants/.",
                                          "/./tenants",           "//tenants",       "/tenants//7",
                                          "/a/b/c/d/e/f/g/h/i/j", "/Tenants",        "/tenants%2F7"};
    static const char *const malformed[] = {"",
                                            "tenants",
                                            "*",
                                            "/tenants/%",
                                            "/tenants/%4",
                                            "/tenants/%zz",
                                            "/tenants/%00",
                                            "/tenants/%ff",
                                            "/tenants/%ED%A0%80",
                                            "https://localhost/tenants"};

    for (size_t i = 0; i < sizeof nowhere / sizeof *nowhere; i++)
        assert_int_equal(match("GET", nowhere[i]).outcome, ROUTE_NOWHERE);
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++)
        assert_int_equal(match("GET", malformed[i]).outcome, ROUTE_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(resources_are_found_by_method_and_path),
        TEST(parameters_are_decoded_segment_by_segment),
        TEST(head_is_get),
        TEST(wrong_methods_are_told_the_right_ones),
        TEST(a_trailing_slash_leads_to_the_path_without),
        TEST(paths_that_could_mean_two_things_mean_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

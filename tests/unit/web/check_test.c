/* check_test.c: a table that could not work is refused at start, with one sentence a mistake. */
#include "server/web/check.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct field fields[] = {{"id", FIELD_PATH, &field_id, 0, 0, NULL}, {0}};
static char printed[4096];

/* Runs the check with standard error going to printed. */
static bool check(struct resource resource)
{
    resource.name = "thing_show";
    resource.path = "/things/{id}";
    if (resource.capability == NULL)
        resource.capability = CAPABILITY_SIGNED_IN;
    struct resource_table table = {.resources = &resource, .count = 1};
    const struct resource_table *const tables[] = {&table};
    int ends[2], saved = dup(STDERR_FILENO);

    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    bool sound = check_resources(router_new(pool, tables, 1), "templates/pages");
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[1]);
    ssize_t length = read(ends[0], printed, sizeof printed - 1);
    printed[length > 0 ? length : 0] = '\0';
    close(ends[0]);
    return sound;
}

static void a_fitting_resource_passes(void **state)
{
    (void)state;
    assert_true(check((struct resource){.show = "tenant_edit", .page = "tenant_edit", .fields = fields}));
    assert_string_equal(printed, "");
}

static void an_unknown_query_is_told(void **state)
{
    (void)state;
    assert_false(check((struct resource){.show = "thing_show", .fields = fields}));
    assert_string_equal(printed, "veha: resource thing_show: there is no query thing_show\n");
}

static void a_parameter_that_is_no_field_is_told(void **state)
{
    (void)state;
    assert_false(check((struct resource){.show = "tenant_edit"}));
    assert_string_equal(printed, "veha: resource thing_show: query tenant_edit takes :id, which is no field\n");
    assert_true(check((struct resource){
        .method = METHOD_POST,
        .change = "tenant_close",
        .fields = (const struct field[]){fields[0], {"reason", FIELD_BODY, &field_text, 0, 0, NULL}, {0}}}));
}

static void a_missing_page_is_told(void **state)
{
    (void)state;
    assert_false(check((struct resource){.page = "no_such_page"}));
    assert_non_null(strstr(printed, "there is no page templates/pages/no_such_page.html"));
}

static void a_resource_that_asks_for_no_capability_is_told(void **state)
{
    (void)state;
    assert_false(check((struct resource){.capability = "", .show = "tenant_edit", .fields = fields}));
    assert_string_equal(printed, "veha: resource thing_show names no capability\n");
}

static void what_a_table_names_by_itself_must_fit(void **state)
{
    (void)state;
    assert_true(check_table(&(struct resource_table){0}));
    assert_true(check_table(
        &(struct resource_table){.watch = "verification_watch", .noted = "/tenants/{id}", .note = "access_note"}));
    assert_false(check_table(&(struct resource_table){.watch = "tenant_edit"}));
    assert_false(check_table(&(struct resource_table){.noted = "/tenants/{id}"}));
    const struct resource personal = {.flags = RESOURCE_PERSONAL};
    assert_true(check_table(&(struct resource_table){.resources = &personal, .count = 1, .exported = "export_note"}));
    assert_false(check_table(&(struct resource_table){.resources = &personal, .count = 1, .exported = "access_note"}));
    assert_false(check_table(&(struct resource_table){.resources = &personal, .count = 1}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_fitting_resource_passes),
        TEST(an_unknown_query_is_told),
        TEST(a_parameter_that_is_no_field_is_told),
        TEST(a_missing_page_is_told),
        TEST(a_resource_that_asks_for_no_capability_is_told),
        TEST(what_a_table_names_by_itself_must_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

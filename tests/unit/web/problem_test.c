/* problem_test.c: what of a fault goes to the client, and what stays with the operator. */
#include "server/web/problem.h"
#include "test.h"

#include <stdlib.h>

static void a_problem_tells_all_but_the_operators_detail(void **state)
{
    (void)state;
    struct fault *fault = NULL;

    fault_add(pool, &fault, "inn", "inn_length");
    fault_add(pool, &fault, "name", "required");
    fault->detail = "relation veha.tenant";
    json_t *problem = problem_new(fault, locale_find(NULL, "en"), "id-1");
    char *text = json_dumps(problem, JSON_COMPACT);
    assert_string_equal(
        text,
        "{\"type\":\"/problems/invalid\",\"title\":\"invalid\",\"status\":422,\"detail\":\"invalid_fields\","
        "\"code\":\"invalid_fields\",\"request_id\":\"id-1\",\"errors\":[{\"field\":\"inn\",\"code\":\"inn_length\","
        "\"detail\":\"inn_length\"},{\"field\":\"name\",\"code\":\"required\",\"detail\":\"required\"}]}");
    free(text);
    json_decref(problem);
}

static void every_kind_has_its_status(void **state)
{
    (void)state;
    for (enum fault_kind kind = 0; kind < FAULT_KINDS; kind++) {
        json_t *problem = problem_new(fault_new(pool, kind, NULL), locale_find(NULL, "en"), "id");
        json_int_t status = json_integer_value(json_object_get(problem, "status"));
        assert_in_range(status, 400, 503);
        assert_null(json_object_get(problem, "errors"));
        json_decref(problem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_problem_tells_all_but_the_operators_detail),
        TEST(every_kind_has_its_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* fault_test.c: the tables of kinds and of SQLSTATEs. */
#include "veha/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cmocka.h needs those above. */
#include <cmocka.h>

static struct pool *pool;

static int set_up(void **state)
{
    (void)state;
    pool = pool_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pool_free(pool);
    return 0;
}

static void test_every_kind_has_its_line(void **state)
{
    (void)state;
    for (int kind = 0; kind < FAULT_KINDS; kind++) {
        const struct fault_type *type = fault_type((enum fault_kind)kind);
        assert_true(type->status >= 400 && type->status < 600);
        assert_memory_equal(type->type, "/problems/", 10);
        assert_true(strlen(type->code) > 0);
        for (int other = 0; other < kind; other++) {
            assert_string_not_equal(type->type, fault_type((enum fault_kind)other)->type);
            assert_string_not_equal(type->code, fault_type((enum fault_kind)other)->code);
        }
    }
    assert_string_equal(fault_new(pool, FAULT_STALE, NULL)->code, "stale");
    assert_string_equal(fault_new(pool, FAULT_STALE, "version_behind")->code, "version_behind");
}

static void test_sqlstates(void **state)
{
    (void)state;
    static const struct {
        const char *sqlstate;
        const char *message;
        enum fault_kind kind;
        const char *code;
    } cases[] = {
        {"VH403", "not_yours", FAULT_FORBIDDEN, "not_yours"},
        {"VH404", "not_found", FAULT_NOT_FOUND, "not_found"},
        {"VH409", "step_final", FAULT_CONFLICT, "step_final"},
        {"VH412", "stale", FAULT_STALE, "stale"},
        {"VH422", "reason_required", FAULT_INVALID, "reason_required"},
        {"VH422", NULL, FAULT_INVALID, "invalid"},
        {"VH503", "later", FAULT_UNAVAILABLE, "later"},
        {"VH208", "replay", FAULT_INTERNAL, "internal"},
        {"VHABC", "x", FAULT_INTERNAL, "internal"},
        {"22P02", "invalid input syntax", FAULT_INVALID, "invalid_value"},
        {"23505", "duplicate key", FAULT_CONFLICT, "already_exists"},
        {"23503", "foreign key", FAULT_CONFLICT, "broken_reference"},
        {"23514", "check", FAULT_INVALID, "invalid_value"},
        {"23P01", "exclusion", FAULT_CONFLICT, "overlapping"},
        {"25006", "read-only", FAULT_INTERNAL, "write_in_read_unit"},
        {"40001", "serialization", FAULT_UNAVAILABLE, "busy"},
        {"40P01", "deadlock", FAULT_UNAVAILABLE, "busy"},
        {"42501", "row security", FAULT_FORBIDDEN, "forbidden"},
        {"42703", "no such column", FAULT_INTERNAL, "internal"},
        {"53300", "too many connections", FAULT_UNAVAILABLE, "database_overloaded"},
        {"55P03", "lock timeout", FAULT_UNAVAILABLE, "busy"},
        {"57014", "statement timeout", FAULT_UNAVAILABLE, "too_slow"},
        {"57P01", "shutdown", FAULT_UNAVAILABLE, "database_unavailable"},
        {"08006", "connection", FAULT_UNAVAILABLE, "database_unavailable"},
        {"XX000", "internal", FAULT_INTERNAL, "internal"},
        {"", NULL, FAULT_INTERNAL, "internal"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct fault *fault = fault_sqlstate(pool, cases[i].sqlstate, cases[i].message, "more");
        if (fault->kind != cases[i].kind || strcmp(fault->code, cases[i].code) != 0)
            fail_msg("%s became kind %d, code %s", cases[i].sqlstate, fault->kind, fault->code);
        /* The database's own words are for the log. */
        assert_non_null(strstr(fault->detail, "more"));
    }
}

static void test_fields_are_collected(void **state)
{
    (void)state;
    struct fault *fault = NULL;
    static const char *const fields[] = {"inn", "ogrn", "name", "kind", "address"};
    for (size_t i = 0; i < 5; i++)
        fault_add(pool, &fault, fields[i], i == 0 ? "inn_check_digit" : "required");
    assert_int_equal(fault->kind, FAULT_INVALID);
    assert_string_equal(fault->code, "invalid_fields");
    assert_int_equal(fault->field_count, 5);
    assert_string_equal(fault->fields[0].code, "inn_check_digit");
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(fault->fields[i].field, fields[i]);
}

static void test_detail(void **state)
{
    (void)state;
    const struct fault *fault = fault_detail(pool, FAULT_INTERNAL, NULL, "%s:%d", "here", 3);
    assert_string_equal(fault->code, "internal");
    assert_string_equal(fault->detail, "here:3");
}

static void test_a_copy_outlives_its_original(void **state)
{
    (void)state;
    struct pool *brief = pool_new();
    struct fault *fault = NULL;
    fault_add(brief, &fault, "inn", "inn_length");
    fault_add(brief, &fault, "name", "required");
    fault->detail = pool_copy(brief, "why");
    const struct fault *copy = fault_copy(pool, fault);
    pool_free(brief);
    assert_int_equal(copy->kind, FAULT_INVALID);
    assert_string_equal(copy->code, "invalid_fields");
    assert_string_equal(copy->detail, "why");
    assert_int_equal(copy->field_count, 2);
    assert_string_equal(copy->fields[1].field, "name");
    assert_string_equal(copy->fields[1].code, "required");
    assert_null(fault_copy(pool, fault_new(pool, FAULT_STALE, NULL))->detail);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_kind_has_its_line),      TEST(test_sqlstates),
        TEST(test_fields_are_collected),         TEST(test_detail),
        TEST(test_a_copy_outlives_its_original),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

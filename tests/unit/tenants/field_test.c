/* field_test.c: what people write as ИНН, ОГРН and codes, and what becomes of it. */
#include "veha/text.h"

#include "../../../tenants/check.h"
#include "../../../tenants/field.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cmocka.h needs those above. */
#include <cmocka.h>

struct example {
    const struct field_type *type;
    const char *text;
    const char *code;      /* NULL: it is read */
    const char *canonical; /* NULL: as it was written */
};

static const struct example examples[] = {
    /* ИНН of ten and of twelve digits */
    {&field_inn, "6907006968", NULL, NULL},
    {&field_inn, "  6907 006 968 ", NULL, "6907006968"},
    {&field_inn,
     "\xC2\xA0"
     "6907006968",
     NULL, "6907006968"},
    {&field_inn, "'6907006968", NULL, "6907006968"},
    {&field_inn, "500100732259", NULL, NULL},
    {&field_inn, "6907006969", "inn_check_digit", NULL},
    {&field_inn, "500100732250", "inn_check_digit", NULL},
    {&field_inn, "500100732349", "inn_check_digit", NULL},
    {&field_inn, "0000000000", "inn_check_digit", NULL},
    {&field_inn, "105052130", "inn_length", NULL},
    {&field_inn, "101015882", "inn_length", NULL},
    {&field_inn, "69070069", "inn_length", NULL},
    {&field_inn, "690700696A", "inn_digits", NULL},
    {&field_inn, "-6907006968", "inn_digits", NULL},
    {&field_inn, "\xD9\xA6\xD9\xA9\xD9\xA0\xD9\xA7\xD9\xA0", "inn_digits", NULL},
    {&field_inn, "", "required", NULL},
    {&field_inn, " ' ", "required", NULL},
    /* ОГРН of thirteen and ОГРНИП of fifteen digits */
    {&field_ogrn, "1026901606610", NULL, NULL},
    {&field_ogrn, "1 026 901 606 610", NULL, "1026901606610"},
    {&field_ogrn, "304500116000157", NULL, NULL},
    {&field_ogrn, "1026901606611", "ogrn_check_digit", NULL},
    {&field_ogrn, "304500116000158", "ogrn_check_digit", NULL},
    {&field_ogrn, "0000000000000", "ogrn_check_digit", NULL},
    {&field_ogrn, "102690160661", "ogrn_length", NULL},
    {&field_ogrn, "10269016066100", "ogrn_length", NULL},
    {&field_ogrn, "1,0728E+12", "ogrn_rounded", NULL},
    {&field_ogrn, "1.0728e12", "ogrn_rounded", NULL},
    {&field_ogrn, "E+12", "ogrn_digits", NULL},
    {&field_ogrn, "нет", "ogrn_digits", NULL},
    {&field_ogrn, "", "required", NULL},
    /* codes */
    {&field_step_key, "create_vk", NULL, NULL},
    {&field_step_key, " create_vk ", NULL, "create_vk"},
    {&field_step_key, "Create", "step_key_unreadable", NULL},
    {&field_step_key, "../etc", "step_key_unreadable", NULL},
    {&field_step_key, "", "step_key_unreadable", NULL},
    {&field_step_key, "a123456789012345678901234567890123456789x", "step_key_unreadable", NULL},
    {&field_network, "vk", NULL, NULL},
    {&field_network, "ВК", "network_unreadable", NULL},
    {&field_check, "exist", NULL, "EXIST"},
    {&field_check, "EXISTS", "check_unknown", NULL},
    {&field_check, "", "required", NULL},
    {&field_tenant_kind, "organisation", NULL, NULL},
    {&field_tenant_kind, "school", "tenant_kind_unknown", NULL},
    {&field_role, "curator", NULL, NULL},
    {&field_role, "service", "role_unknown", NULL},
    {&field_decision, "confirmed", NULL, NULL},
    {&field_decision, "approved", "decision_unknown", NULL},
    /* text */
    {&field_account, "  vk.com/club1  ", NULL, "vk.com/club1"},
    {&field_account, " \t ", "required", NULL},
    {&field_reason, "Нет приказа", NULL, NULL},
    {&field_reason, " \n ", "required", NULL},
};

static void test_examples(void **state)
{
    struct pool *pool = *state;
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        const struct example *one = &examples[i];
        const char *canonical = NULL;
        const char *code = one->type->read(pool, one->text, &canonical);
        if (!text_equal(code, one->code))
            fail_msg("%s \"%s\": %s instead of %s", one->type->name, one->text, code, one->code);
        if (code == NULL)
            assert_string_equal(canonical, one->canonical == NULL ? one->text : one->canonical);
    }
}

/* A register whose numbers lost their leading zero in a spreadsheet is told so, and only where the zero would make the
 * number right. */
static void test_lost_zero(void **state)
{
    struct pool *pool = *state;
    const char *canonical;
    assert_null(field_inn.read(pool, "0278000229", &canonical));
    assert_string_equal(field_inn.read(pool, "278000229", &canonical), "inn_zero_lost");
    assert_string_equal(field_inn.read(pool, "278000220", &canonical), "inn_length");
}

/* Every single wrong digit is noticed, as the check digits promise for ОГРН of 13 (10 of 11 remainders are told apart).
 */
static void test_every_wrong_digit(void **state)
{
    struct pool *pool = *state;
    const char *canonical;
    size_t unnoticed = 0;
    for (size_t place = 0; place < 10; place++) {
        for (char digit = '0'; digit <= '9'; digit++) {
            char inn[] = "6907006968";
            if (inn[place] == digit)
                continue;
            inn[place] = digit;
            unnoticed += field_inn.read(pool, inn, &canonical) == NULL;
        }
    }
    /* 0 and 10 share a check digit, so a few changes pass. */
    assert_in_range(unnoticed, 0, 2);
}

static const char *corpus(void)
{
    const char *named = getenv("VEHA_CORPUS");
    return named == NULL ? "../shared/data" : named;
}

static void release_json(void *value)
{
    json_decref(value);
}

static void test_real_register(void **state)
{
    struct pool *pool = *state;
    char *path = pool_print(pool, "%s/register/amur_part.json", corpus());
    json_t *rows = pool_adopt(pool, json_load_file(path, 0, NULL), release_json);
    if (rows == NULL)
        skip();
    assert_int_equal(json_array_size(rows), 442);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        json_int_t number =
            json_integer_value(json_object_get(json_array_get(rows, i), "the_main_state_registration_number"));
        const char *canonical;
        assert_null(field_ogrn.read(pool, pool_print(pool, "%lld", (long long)number), &canonical));
    }
}

static void test_real_numbers(void **state)
{
    struct pool *pool = *state;
    char *path = pool_print(pool, "%s/register/edu_orgs_5.json", corpus());
    json_t *rows = pool_adopt(pool, json_load_file(path, 0, NULL), release_json);
    if (rows == NULL)
        skip();
    assert_int_equal(json_array_size(rows), 5);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *legal = json_object_get(json_array_get(rows, i), "legal_info");
        const char *canonical;
        assert_null(field_inn.read(pool, json_string_value(json_object_get(legal, "inn")), &canonical));
        assert_null(field_ogrn.read(pool, json_string_value(json_object_get(legal, "ogrn")), &canonical));
    }
}

/* The schema that clients are shown names exactly the values that are read. */
static void test_schemas_list_what_is_read(void **state)
{
    struct pool *pool = *state;
    const struct field_type *types[] = {&field_check,   &field_tenant_kind, &field_role, &field_decision,
                                        &field_outcome, &field_answer,      &field_queue};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        json_t *schema = pool_adopt(pool, json_loads(types[i]->schema, 0, NULL), release_json);
        const json_t *values = json_object_get(schema, "enum");
        assert_true(json_array_size(values) > 0);
        for (size_t j = 0; j < json_array_size(values); j++) {
            const char *canonical;
            const char *value = json_string_value(json_array_get(values, j));
            assert_null(types[i]->read(pool, value, &canonical));
            assert_string_equal(canonical, value);
        }
    }
}

/* One table of checks: the schema that stands beside it names all of them, in its order. */
static void test_checks_are_one_table(void **state)
{
    json_t *schema = pool_adopt(*state, json_loads(check_schema, 0, NULL), release_json);
    const json_t *values = json_object_get(schema, "enum");
    assert_int_equal(json_array_size(values), check_rule_count);
    for (size_t i = 0; i < check_rule_count; i++) {
        const struct check_rule *rule = &check_rules[i];
        assert_string_equal(json_string_value(json_array_get(values, i)), rule->code);
        assert_ptr_equal(check_find(rule->code), rule);
        for (const struct check_parameter *one = rule->parameters; one->name != NULL; one++)
            assert_true(one->least <= one->usual && one->usual <= one->most);
    }
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
        cmocka_unit_test_setup_teardown(test_examples, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lost_zero, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_wrong_digit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_real_register, setup, teardown),
        cmocka_unit_test_setup_teardown(test_real_numbers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_schemas_list_what_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_checks_are_one_table, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

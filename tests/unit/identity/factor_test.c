/* factor_test.c: what the database keeps opens with its keyring and for its person alone. */
#include "veha/factor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

static const struct keyring one = {.sealing = {1}}, two = {.sealing = {2}};

static void a_secret_opens_for_its_person(void **state)
{
    (void)state;
    struct totp_secret secret, opened;
    totp_secret_new(&secret);
    const char *sealed = factor_seal(pool, &one, "7", &secret);
    assert_true(factor_open(&one, "7", sealed, &opened));
    assert_int_equal(opened.length, secret.length);
    assert_memory_equal(opened.bytes, secret.bytes, secret.length);
    assert_string_not_equal(sealed, factor_seal(pool, &one, "7", &secret));
}

static void nobody_else_opens_it(void **state)
{
    (void)state;
    struct totp_secret secret, opened;
    totp_secret_new(&secret);
    char *sealed = pool_copy(pool, factor_seal(pool, &one, "7", &secret));
    assert_false(factor_open(&one, "8", sealed, &opened));
    assert_false(factor_open(&two, "7", sealed, &opened));
    assert_false(factor_open(&one, "7", "", &opened));
    assert_false(factor_open(&one, "7", "no base64!", &opened));
    assert_false(factor_open(&one, "7", pool_copy_length(pool, sealed, strlen(sealed) - 4), &opened));
    sealed[40] = sealed[40] == 'A' ? 'B' : 'A';
    assert_false(factor_open(&one, "7", sealed, &opened));
    assert_int_equal(opened.length, 0);
}

static void recovery_codes_differ_and_are_read_as_people_type_them(void **state)
{
    (void)state;
    const char *code = recovery_new(pool);
    assert_int_equal(strlen(code), 14);
    assert_string_not_equal(code, recovery_new(pool));
    const char *hash = recovery_hash(pool, &one, "7", "ABCD-EFGH-2345");
    assert_int_equal(strlen(hash), 64);
    assert_string_equal(recovery_hash(pool, &one, "7", " abcdefgh 2345"), hash);
    assert_string_not_equal(recovery_hash(pool, &one, "8", "ABCD-EFGH-2345"), hash);
    assert_string_not_equal(recovery_hash(pool, &two, "7", "ABCD-EFGH-2345"), hash);
    assert_string_not_equal(recovery_hash(pool, &one, "7", "ABCD-EFGH-2346"), hash);
}

static void other_text_is_no_recovery_code(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "ABCD-EFGH-234", "ABCD-EFGH-23456", "ABCD-EFGH-2340", "287082"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_null(recovery_hash(pool, &one, "7", texts[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_opens_for_its_person),
        cmocka_unit_test(nobody_else_opens_it),
        cmocka_unit_test(recovery_codes_differ_and_are_read_as_people_type_them),
        cmocka_unit_test(other_text_is_no_recovery_code),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

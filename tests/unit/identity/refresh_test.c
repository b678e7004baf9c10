/* refresh_test.c: a refresh token has one successor, which depends on the secret, and other text has none. */
#include "veha/refresh.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

/* cmocka.h needs those above. */
#include <cmocka.h>

static struct pool *pool;
static const struct keyring one = {.secret = {1}}, two = {.secret = {2}};

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

static void first_tokens_differ(void **state)
{
    (void)state;
    const char *first = refresh_new(pool);
    assert_int_equal(strlen(first), 43);
    assert_string_not_equal(first, refresh_new(pool));
}

static void successor_is_always_the_same(void **state)
{
    (void)state;
    const char *first = refresh_new(pool);
    const char *second = refresh_successor(pool, &one, first), *third = refresh_successor(pool, &one, second);
    assert_int_equal(strlen(second), 43);
    assert_string_equal(second, refresh_successor(pool, &one, first));
    assert_string_not_equal(first, second);
    assert_string_not_equal(first, third);
    assert_string_not_equal(second, third);
}

static void successor_takes_the_secret(void **state)
{
    (void)state;
    const char *first = refresh_new(pool);
    assert_string_not_equal(refresh_successor(pool, &one, first), refresh_successor(pool, &two, first));
}

static void other_text_has_no_successor(void **state)
{
    (void)state;
    const char *first = refresh_new(pool);
    const char *const bent[] = {"",
                                "a",
                                "=",
                                pool_copy_length(pool, first, 42),
                                pool_print(pool, "%sA", first),
                                pool_print(pool, "%s=", first),
                                pool_print(pool, " %s", first),
                                pool_print(pool, "+%s", first + 1),
                                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB"};
    for (size_t i = 0; i < sizeof bent / sizeof bent[0]; i++)
        assert_null(refresh_successor(pool, &one, bent[i]));
}

static void hash_is_of_the_text_alone(void **state)
{
    (void)state;
    /* BLAKE2b-256 of "abc". */
    assert_string_equal(refresh_hash(pool, "abc"), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_tokens_differ),        cmocka_unit_test(successor_is_always_the_same),
        cmocka_unit_test(successor_takes_the_secret), cmocka_unit_test(other_text_has_no_successor),
        cmocka_unit_test(hash_is_of_the_text_alone),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

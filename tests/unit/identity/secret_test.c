/* secret_test.c: a secret has one hash, and other text has none. */
#include "veha/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
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

static void secrets_differ_and_say_what_they_are(void **state)
{
    (void)state;
    const char *secret = secret_new(pool);
    assert_int_equal(strlen(secret), strlen("veha_service_") + 43);
    assert_memory_equal(secret, "veha_service_", strlen("veha_service_"));
    assert_string_not_equal(secret, secret_new(pool));
}

static void a_secret_has_one_hash(void **state)
{
    (void)state;
    const char *secret = secret_new(pool);
    assert_int_equal(strlen(secret_hash(pool, secret)), 64);
    assert_string_equal(secret_hash(pool, secret), secret_hash(pool, secret));
    assert_string_not_equal(secret_hash(pool, secret), secret_hash(pool, secret_new(pool)));
}

static void other_text_has_none(void **state)
{
    (void)state;
    const char *secret = secret_new(pool);
    const char *const bent[] = {
        "",
        "veha_service_",
        secret + 1,
        pool_print(pool, "%sA", secret),
        pool_copy_length(pool, secret, strlen(secret) - 1),
        pool_print(pool, "%s=", secret),
        pool_print(pool, " %s", secret),
        "veha_service_????????????????????????????????????????????",
        "Veha_service_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "veha_service_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB",
    };
    for (size_t i = 0; i < sizeof bent / sizeof bent[0]; i++)
        assert_null(secret_hash(pool, bent[i]));
    assert_non_null(secret_hash(pool, "veha_service_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_differ_and_say_what_they_are),
        cmocka_unit_test(a_secret_has_one_hash),
        cmocka_unit_test(other_text_has_none),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

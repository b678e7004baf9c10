/* link_test.c: the token of a link follows from key, purpose and seed, and its hash tells none of it. */
#include "veha/link.h"

#include <setjmp.h>
#include <stdarg.h>
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

static void a_token_is_always_the_same(void **state)
{
    (void)state;
    const char *seed = link_seed(pool);
    const char *token = link_token(pool, "key", "reset", seed);
    assert_int_equal(strlen(token), 43);
    assert_string_equal(token, link_token(pool, "key", "reset", seed));
    assert_string_not_equal(token, seed);
}

static void a_token_takes_key_purpose_and_seed(void **state)
{
    (void)state;
    const char *token = link_token(pool, "key", "reset", "seed");
    assert_string_not_equal(token, link_token(pool, "other", "reset", "seed"));
    assert_string_not_equal(token, link_token(pool, "key", "invite", "seed"));
    assert_string_not_equal(token, link_token(pool, "key", "reset", "seeds"));
    assert_string_not_equal(token, link_token(pool, "key", "rese", "tseed"));
    assert_string_not_equal(link_seed(pool), link_seed(pool));
}

static void what_is_kept_is_a_hash(void **state)
{
    (void)state;
    const char *hash = link_hash(pool, "token");
    assert_int_equal(strlen(hash), 64);
    assert_string_equal(hash, link_hash(pool, "token"));
    assert_string_not_equal(hash, link_hash(pool, "tokens"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_always_the_same),
        cmocka_unit_test(a_token_takes_key_purpose_and_seed),
        cmocka_unit_test(what_is_kept_is_a_hash),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

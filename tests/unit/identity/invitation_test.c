/* invitation_test.c: a token is the same for the same seed and secret alone, and its link is one however the site is
 * written. */
#include "veha/invitation.h"

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

static void token_follows_its_seed(void **state)
{
    (void)state;
    const char *token = invitation_token(pool, &one, "7 1 key");
    assert_int_equal(strlen(token), 43);
    assert_string_equal(token, invitation_token(pool, &one, "7 1 key"));
    assert_string_not_equal(token, invitation_token(pool, &one, "7 2 key"));
    assert_string_not_equal(token, invitation_token(pool, &two, "7 1 key"));
}

static void token_without_seed_is_random(void **state)
{
    (void)state;
    const char *token = invitation_token(pool, NULL, NULL);
    assert_int_equal(strlen(token), 43);
    assert_string_not_equal(token, invitation_token(pool, NULL, NULL));
}

static void hash_tells_nothing_of_the_token(void **state)
{
    (void)state;
    const char *token = invitation_token(pool, NULL, NULL), *hash = invitation_hash(pool, token);
    assert_int_equal(strlen(hash), 64);
    assert_null(strstr(hash, token));
    assert_string_equal(hash, invitation_hash(pool, token));
}

static void link_has_one_slash(void **state)
{
    (void)state;
    assert_string_equal(invitation_link(pool, "https://veha.example", "T"), "https://veha.example/invitations/T");
    assert_string_equal(invitation_link(pool, "https://veha.example/", "T"), "https://veha.example/invitations/T");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(token_follows_its_seed),
        cmocka_unit_test(token_without_seed_is_random),
        cmocka_unit_test(hash_tells_nothing_of_the_token),
        cmocka_unit_test(link_has_one_slash),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

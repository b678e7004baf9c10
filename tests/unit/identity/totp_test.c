/* totp_test.c: codes are those of RFC 6238, hold for one step around their own, and nothing else is one. */
#include "veha/totp.h"

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

/* "12345678901234567890", as the RFC has it. */
static struct totp_secret of_the_rfc(void)
{
    struct totp_secret secret;
    assert_true(totp_secret_read("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", &secret));
    return secret;
}

/* Appendix B, the last six of its eight digits. */
static const struct {
    int64_t seconds;
    uint32_t code;
} vectors[] = {{59, 287082},       {1111111109, 81804},  {1111111111, 50471},
               {1234567890, 5924}, {2000000000, 279037}, {INT64_C(20000000000), 353130}};

static void codes_are_those_of_the_rfc(void **state)
{
    (void)state;
    const struct totp_secret secret = of_the_rfc();
    assert_int_equal(secret.length, 20);
    assert_memory_equal(secret.bytes, "12345678901234567890", 20);
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        assert_int_equal(totp_code(&secret, vectors[i].seconds / TOTP_STEP_SECONDS), vectors[i].code);
        assert_int_equal(totp_step_of(&secret, pool_print(pool, "%06u", vectors[i].code), vectors[i].seconds),
                         vectors[i].seconds / TOTP_STEP_SECONDS);
    }
}

static void a_code_holds_for_a_step_before_and_after(void **state)
{
    (void)state;
    const struct totp_secret secret = of_the_rfc();
    static const struct {
        int64_t seconds;
        int64_t step;
    } moments[] = {{1111111080 - 31, -1},
                   {1111111080 - 30, 37037036},
                   {1111111080, 37037036},
                   {1111111139, 37037036},
                   {1111111140, -1}};
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++)
        assert_int_equal(totp_step_of(&secret, "081804", moments[i].seconds), moments[i].step);
}

static void people_may_put_spaces_between(void **state)
{
    (void)state;
    const struct totp_secret secret = of_the_rfc();
    assert_int_equal(totp_step_of(&secret, " 287 082 ", 59), 1);
}

static void other_text_is_no_code(void **state)
{
    (void)state;
    const struct totp_secret secret = of_the_rfc();
    static const char *const texts[] = {"", "28708", "2870820", "28708a", "-87082", "287083", "\xd9\xa2", "287082\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(totp_step_of(&secret, texts[i], 59), -1);
}

static void secrets_are_written_as_they_are_read(void **state)
{
    (void)state;
    struct totp_secret secret, again;
    for (size_t length = TOTP_SECRET_SHORTEST; length <= TOTP_SECRET_LONGEST; length++) {
        totp_secret_new(&secret);
        secret.length = length;
        assert_true(totp_secret_read(totp_secret_print(pool, &secret), &again));
        assert_int_equal(again.length, length);
        assert_memory_equal(again.bytes, secret.bytes, length);
    }
    assert_true(totp_secret_read("gezd gnbv gy3t qojq gezd gnbv gy", &again));
}

static void text_that_is_no_secret_is_refused(void **state)
{
    (void)state;
    struct totp_secret secret;
    static const char *const texts[] = {"", "GEZDGNBV", "GEZDGNBVGY3TQOJQGEZDGNB0", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ="};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_false(totp_secret_read(texts[i], &secret));
    char *longest = pool_alloc(pool, 200);
    memset(longest, 'A', 104);
    assert_false(totp_secret_read(longest, &secret));
}

static void an_address_tells_issuer_and_login(void **state)
{
    (void)state;
    const struct totp_secret secret = of_the_rfc();
    assert_string_equal(totp_address(pool, &secret, "A&B", "я@b"),
                        "otpauth://totp/A%26B:%D1%8F%40b?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=A%26B");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_those_of_the_rfc),
        cmocka_unit_test(a_code_holds_for_a_step_before_and_after),
        cmocka_unit_test(people_may_put_spaces_between),
        cmocka_unit_test(other_text_is_no_code),
        cmocka_unit_test(secrets_are_written_as_they_are_read),
        cmocka_unit_test(text_that_is_no_secret_is_refused),
        cmocka_unit_test(an_address_tells_issuer_and_login),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

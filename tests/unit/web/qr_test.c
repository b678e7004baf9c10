/* qr_test.c: a text becomes a picture that a page may hold, or none when it is too long. */
#include "veha/pool.h"

#include "server/web/qr.h"

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

static void a_text_is_an_image(void **state)
{
    (void)state;
    static const char kind[] = "data:image/svg+xml;base64,";
    const char *image = qr_image(pool, "otpauth://totp/x"), *other = qr_image(pool, "otpauth://totp/y");
    assert_memory_equal(image, kind, sizeof kind - 1);
    assert_string_not_equal(image, other);
    assert_string_equal(image, qr_image(pool, "otpauth://totp/x"));
}

static void what_is_too_long_is_none(void **state)
{
    (void)state;
    char *text = pool_alloc(pool, 5001);
    memset(text, 'x', 5000);
    assert_null(qr_image(pool, text));
    text[1000] = '\0';
    assert_non_null(qr_image(pool, text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_text_is_an_image),
                                       cmocka_unit_test(what_is_too_long_is_none)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* qr_test.c: a code is drawn square by square within its quiet zone, and what is too long is none. */
#include "veha/qr.h"
#include "veha/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* cmocka.h needs those above. */
#include <cmocka.h>

static void link_becomes_a_path(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    unsigned size = 0;
    const char *path =
        qr_path(pool, "https://veha.lukomorye.example/invitations/0123456789012345678901234567890123456789012", &size);
    assert_int_equal((size - 8 - 17) % 4, 0); /* a version of the standard, and four squares of quiet on each side */
    assert_true(text_starts(path, "M4 4h7v1h-7z")); /* the finder's first row */
    assert_int_equal(strspn(path, "0123456789Mhvz -"), strlen(path));
    for (const char *at = path; (at = strchr(at, 'M')) != NULL; at++) {
        unsigned x, y, width;
        assert_int_equal(sscanf(at, "M%u %uh%uv1", &x, &y, &width), 3);
        assert_true(x >= 4 && y >= 4 && x + width <= size - 4 && y < size - 4);
    }
    pool_free(pool);
}

static void too_long_a_text_is_none(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    char text[8000];
    unsigned size = 0;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_null(qr_path(pool, text, &size));
    pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(link_becomes_a_path),
        cmocka_unit_test(too_long_a_text_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

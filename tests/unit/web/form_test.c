/* form_test.c: percent-encoding read strictly and written so that it comes back the same. */
#include "server/web/form.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static void pairs_are_read_in_order(void **state)
{
    (void)state;
    static const char text[] = "a=1&b=x+y%2B&&c&=d&a=%D1%8F";
    static const char *const expected[][2] = {{"a", "1"}, {"b", "x y+"}, {"c", ""}, {"", "d"}, {"a", "я"}};
    struct form form;

    assert_true(form_read(pool, text, strlen(text), &form));
    assert_int_equal(form.count, 5);
    for (size_t i = 0; i < form.count; i++) {
        assert_string_equal(form.pairs[i].name, expected[i][0]);
        assert_string_equal(form.pairs[i].value, expected[i][1]);
    }
    assert_true(form_read(pool, "", 0, &form));
    assert_int_equal(form.count, 0);
}

static void broken_escapes_are_refused(void **state)
{
    (void)state;
    static const char *const broken[] = {"%", "a=%", "a=%1", "a=%g0", "a=%0g", "%zz=a", "a=1&b=%+1"};
    struct form form;

    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        assert_false(form_read(pool, broken[i], strlen(broken[i]), &form));
}

static void bytes_may_be_anything_and_are_counted(void **state)
{
    (void)state;
    struct form form;

    assert_true(form_read(pool, "a=%00%ff", 8, &form));
    assert_int_equal(form.pairs[0].value_length, 2);
    assert_memory_equal(form.pairs[0].value, "\0\xff", 2);
}

static void too_many_pairs_are_refused(void **state)
{
    (void)state;
    char text[2 * FORM_PAIRS_MAX + 2];
    struct form form;

    for (size_t i = 0; i < sizeof text; i += 2)
        memcpy(text + i, "a&", 2);
    assert_true(form_read(pool, text, 2 * FORM_PAIRS_MAX - 1, &form));
    assert_int_equal(form.count, FORM_PAIRS_MAX);
    assert_false(form_read(pool, text, 2 * FORM_PAIRS_MAX + 1, &form));
}

static void what_is_encoded_is_decoded_again(void **state)
{
    (void)state;
    char every[256];
    size_t length;

    for (size_t i = 0; i < 255; i++)
        every[i] = (char)(i + 1);
    every[255] = '\0';
    const char *encoded = form_encode(pool, every);
    assert_null(strpbrk(encoded, " /?#&+<>\"'\r\n"));
    assert_string_equal(form_decode(pool, encoded, strlen(encoded), true, &length), every);
    assert_string_equal(form_encode(pool, "/tenants?a=b~c"), "%2Ftenants%3Fa%3Db~c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pairs_are_read_in_order),
        TEST(broken_escapes_are_refused),
        TEST(bytes_may_be_anything_and_are_counted),
        TEST(too_many_pairs_are_refused),
        TEST(what_is_encoded_is_decoded_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

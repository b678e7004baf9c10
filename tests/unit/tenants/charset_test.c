/* charset_test.c: in which character set bytes are, whatever they say. */
#include "veha/text.h"

#include "tenants/verify/charset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* cmocka.h needs the headers above */
#include <cmocka.h>

struct example {
    const char *content_type;
    const char *bytes;
    const char *charset;
    const char *text;
};

#define SCHOOL_1251 "\xD8\xEA\xEE\xEB\xE0"
#define SCHOOL_KOI8 "\xFB\xCB\xCF\xCC\xC1"

static const struct example examples[] = {
    {NULL, "plain", "utf-8", "plain"},
    {NULL, "Школа", "utf-8", "Школа"},
    {"text/html; charset=windows-1251", "Школа", "utf-8", "Школа"}, /* the bytes are believed */
    {NULL, "<meta charset=windows-1251>Школа", "utf-8", "<meta charset=windows-1251>Школа"},
    {"text/html; charset=windows-1251", SCHOOL_1251, "windows-1251", "Школа"},
    {"text/html; charset=\"CP1251\"", SCHOOL_1251, "windows-1251", "Школа"},
    {"text/html", SCHOOL_1251, "windows-1251", "Школа"}, /* the likeliest of this country */
    {"text/html; charset=utf-8", SCHOOL_1251, "windows-1251", "Школа"},
    {"text/html; charset=x-unknown", SCHOOL_1251, "windows-1251", "Школа"},
    {"text/html; charset=KOI8-R", SCHOOL_KOI8, "koi8-r", "Школа"},
    {NULL, "<meta http-equiv='content-type' content='text/html; charset=koi8-r'>" SCHOOL_KOI8, "koi8-r",
     "<meta http-equiv='content-type' content='text/html; charset=koi8-r'>Школа"},
    {"text/html; charset=windows-1251", "<meta charset=koi8-r>" SCHOOL_1251, "windows-1251",
     "<meta charset=koi8-r>Школа"}, /* the header goes before the page */
    {NULL, "\xEF\xBB\xBFШкола", "utf-8", "Школа"},
    {"text/html; charset=koi8-r", "\xEF\xBB\xBFШкола", "utf-8", "Школа"}, /* the mark goes before both */
    {"text/html; charset=utf-8", "Школа посёлка Редкин\xD0", "utf-8", "Школа посёлка Редкин\uFFFD"}, /* cut short */
    {"text/html; charset=utf-16", SCHOOL_1251, "windows-1251", "Школа"},
    {NULL, "", "utf-8", ""},
};

static void decides_and_converts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        struct pool *pool = pool_new();
        size_t length;
        const char *name;
        const char *text = charset_convert(pool, examples[i].bytes, strlen(examples[i].bytes), examples[i].content_type,
                                           &length, &name);
        assert_string_equal(text, examples[i].text);
        assert_string_equal(name, examples[i].charset);
        assert_int_equal(length, strlen(text));
        pool_free(pool);
    }
}

static void reads_utf16_by_its_mark(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    size_t length;
    const char *name;
    static const char bytes[] = {'\xFF', '\xFE', '\x28', '\x04', '\x3A', '\x04'};
    assert_string_equal(charset_convert(pool, bytes, sizeof bytes, NULL, &length, &name), "Шк");
    assert_string_equal(name, "utf-16le");
    pool_free(pool);
}

/* Whatever comes, what leaves is valid UTF-8 without NUL. */
static void always_gives_valid_text(void **state)
{
    (void)state;
    uint32_t random = 1;
    for (int round = 0; round < 300; round++) {
        char bytes[64];
        struct pool *pool = pool_new();
        size_t length;
        const char *name;
        for (size_t i = 0; i < sizeof bytes; i++) {
            random = random * 1664525 + 1013904223;
            bytes[i] = (char)(random >> 24);
        }
        static const char *const types[] = {NULL, "charset=utf-8", "charset=koi8-u", "charset=cp866",
                                            "charset=utf-16le"};
        const char *text = charset_convert(pool, bytes, sizeof bytes, types[round % 5], &length, &name);
        assert_true(text_is_utf8(text, length));
        assert_int_equal(length, strlen(text));
        pool_free(pool);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decides_and_converts),
        cmocka_unit_test(reads_utf16_by_its_mark),
        cmocka_unit_test(always_gives_valid_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* text_test.c: buffers, UTF-8 good and bad, tidying, folding, windows-1251, hashes. */
#include "veha/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cmocka.h needs those above. */
#include <cmocka.h>

static struct pool *pool;
static struct buffer buffer;

static int set_up(void **state)
{
    (void)state;
    pool = pool_new();
    buffer = (struct buffer){0};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buffer_free(&buffer);
    pool_free(pool);
    return 0;
}

static void test_buffer_grows(void **state)
{
    (void)state;
    buffer_add(&buffer, NULL, 0);
    assert_string_equal(buffer.bytes, "");
    for (int i = 0; i < 1000; i++)
        buffer_print(&buffer, "%03d,", i);
    assert_int_equal(buffer.length, 4000);
    assert_memory_equal(buffer.bytes + 3996, "999,", 5);
    size_t capacity = buffer.capacity;
    buffer_clear(&buffer);
    assert_int_equal(buffer.length, 0);
    assert_string_equal(buffer.bytes, "");
    assert_int_equal(buffer.capacity, capacity);
    buffer_add(&buffer, "a\0b", 3);
    assert_memory_equal(buffer.bytes, "a\0b", 4);
}

static void test_clearing_what_was_never_filled(void **state)
{
    (void)state;
    buffer_clear(&buffer);
    buffer_free(&buffer);
    assert_null(buffer.bytes);
}

static void test_escapes(void **state)
{
    (void)state;
    static const char html[] = "<a href=\"x\">R&D's</a>\0<";
    buffer_html(&buffer, html, sizeof html - 1);
    static const char escaped[] = "&lt;a href=&quot;x&quot;&gt;R&amp;D&#39;s&lt;/a&gt;\0&lt;";
    assert_int_equal(buffer.length, sizeof escaped - 1);
    assert_memory_equal(buffer.bytes, escaped, sizeof escaped);
    buffer_clear(&buffer);
    static const char json[] = "\"\\/\n\r\t\b\f\x01\x1f\0ё\x7f";
    buffer_json(&buffer, json, sizeof json - 1);
    assert_string_equal(buffer.bytes, "\"\\\"\\\\/\\n\\r\\t\\b\\f\\u0001\\u001f\\u0000ё\x7f\"");
    buffer_clear(&buffer);
    buffer_json(&buffer, NULL, 0);
    assert_string_equal(buffer.bytes, "\"\"");
}

static void test_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
        bool valid;
    } cases[] = {
        {"", 0, true},
        {"abc", 3, true},
        {"ё", 2, true},
        {"€", 3, true},
        {"\xF0\x9F\x98\x80", 4, true},
        {"\xF4\x8F\xBF\xBF", 4, true},
        {"a\0b", 3, false},             /* NUL */
        {"\xC0\x80", 2, false},         /* NUL, overlong */
        {"\xC1\xBF", 2, false},         /* overlong */
        {"\xE0\x9F\xBF", 3, false},     /* overlong */
        {"\xF0\x8F\xBF\xBF", 4, false}, /* overlong */
        {"\xED\xA0\x80", 3, false},     /* surrogate */
        {"\xED\xBF\xBF", 3, false},     /* surrogate */
        {"\xED\x9F\xBF", 3, true},      /* just below them */
        {"\xEE\x80\x80", 3, true},      /* just above */
        {"\xF4\x90\x80\x80", 4, false}, /* beyond Unicode */
        {"\xF5\x80\x80\x80", 4, false},
        {"\xD1", 1, false}, /* cut short */
        {"\xE2\x82", 2, false},
        {"\xF0\x9F\x98", 3, false},
        {"\x80", 1, false}, /* a continuation alone */
        {"\xD1\x41", 2, false},
        {"\xFF", 1, false},
        {"\xCF\xF0\xE8\xE2\xE5\xF2", 6, false}, /* «Привет» in windows-1251 */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (text_is_utf8(cases[i].bytes, cases[i].length) != cases[i].valid)
            fail_msg("case %zu", i);
}

static void test_length_counts_code_points(void **state)
{
    (void)state;
    assert_int_equal(text_length(""), 0);
    assert_int_equal(text_length("веха"), 4);
    assert_int_equal(text_length("a\xF0\x9F\x98\x80€"), 3);
}

static void test_tidy(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"   ", ""},
        {"a", "a"},
        {"  МБОУ \t\r\n СОШ  № 1  ", "МБОУ СОШ № 1"},
        {"a\xC2\xA0"
         "b",
         "a b"}, /* no-break space */
        {"a\xE2\x80\x82\xE2\x80\xA8"
         "b\xE3\x80\x80",
         "a b"}, /* en space, line separator, ideographic space */
        {"\xEF\xBB\xBF"
         "a",
         "a"},                                              /* byte order mark */
        {"\xE2\x80\x8B\xE2\x81\xA0", ""},                   /* zero width: an empty name must not look filled in */
        {"\u3164\u2800\u115F\u2063", ""},                   /* fillers, Braille without dots, invisible signs */
        {"\u200EШкола\u202E № 1\u2066\u061C", "Школа № 1"}, /* what turns the direction of text */
        {"a\x01\x7F"
         "b\xC2\x85"
         "c",
         "a b c"}, /* control characters */
        {"a\xFF"
         "b",
         "a\xEF\xBF\xBD"
         "b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(text_tidy(pool, cases[i][0]), cases[i][1]);
}

static void test_fold(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"ABCxyz", "abcxyz"},
        {"АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ", "абвгдежзийклмнопрстуфхцчшщъыьэюя"},
        {"Ёлка ёлка", "елка елка"},
        {"\xD0\x95\xCC\x88лка \xD0\xB5\xCC\x88лка", "елка елка"}, /* decomposed ё */
        {"\xD0\x98\xCC\x86од \xD0\xB8\xCC\x86од", "йод йод"},     /* decomposed й */
        {"\xD0\xB8\xCC\x88", "\xD0\xB8\xCC\x88"},                 /* another mark stays */
        {"ІЇЄҐЎ", "іїєґў"},
        {"ӘҒҚҢӨҰҮҺ", "әғқңөұүһ"},
        {"ÀÉÎÖ×Þ", "àéîö×þ"},
        {"№ 1 «Школа»", "№ 1 «школа»"},
        {"a\xFF", "a\xEF\xBF\xBD"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(text_fold(pool, cases[i][0]), cases[i][1]);
}

static void test_questions(void **state)
{
    (void)state;
    assert_true(text_equal(NULL, NULL));
    assert_false(text_equal(NULL, ""));
    assert_false(text_equal("a", NULL));
    assert_true(text_equal("a", "a"));
    assert_true(text_starts("https://x", "https://"));
    assert_false(text_starts("http", "https://"));
    assert_true(text_starts("x", ""));
    assert_true(text_is_digits("0123456789"));
    assert_false(text_is_digits(""));
    assert_false(text_is_digits("12a"));
    assert_false(text_is_digits("-1"));
    assert_false(text_is_digits("١٢"));
}

static void test_windows_1251(void **state)
{
    (void)state;
    assert_string_equal(text_from_cp1251(pool, "\xCF\xF0\xE8\xE2\xE5\xF2, \xB8\xA8 \xB9 1", 14), "Привет, ёЁ № 1");
    assert_string_equal(text_from_cp1251(pool, "\xC0\xDF\xE0\xFF\x98", 5), "АЯая\xEF\xBF\xBD");
    assert_string_equal(text_from_cp1251(pool, "", 0), "");
    /* Every byte gives valid UTF-8. */
    char bytes[255];
    for (int i = 0; i < 255; i++)
        bytes[i] = (char)(i + 1);
    const char *all = text_from_cp1251(pool, bytes, sizeof bytes);
    assert_true(text_is_utf8(all, strlen(all)));
    assert_int_equal(text_length(all), 255);
}

static void test_hash(void **state)
{
    (void)state;
    char hash[33];
    text_hash("", 0, hash);
    assert_string_equal(hash, "cae66941d9efbd404e4d88758ea67670"); /* b2sum --length=128 /dev/null */
    text_hash("abc", 3, hash);
    assert_string_equal(hash, "cf4ab791c62b8d2b2109c90275287816");
    text_hash("a\0b", 3, hash);
    assert_int_equal(strlen(hash), 32);
}

static void test_random(void **state)
{
    (void)state;
    const char *one = text_random(pool, 32), *two = text_random(pool, 32);
    assert_int_equal(strlen(one), 43);
    assert_string_not_equal(one, two);
    assert_int_equal(strspn(one, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), 43);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_buffer_grows),
        TEST(test_clearing_what_was_never_filled),
        TEST(test_escapes),
        TEST(test_utf8),
        TEST(test_length_counts_code_points),
        TEST(test_tidy),
        TEST(test_fold),
        TEST(test_questions),
        TEST(test_windows_1251),
        TEST(test_hash),
        TEST(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

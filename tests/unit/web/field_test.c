/* field_test.c: each general field type reads one spelling, and refuses the rest with a code. */
#include "veha/text.h"

#include "server/web/field.h"
#include "test.h"

#include <string.h>

/* Reads; the canonical text, or the fault's code behind a "!". */
static const char *read_by(const struct field_type *type, const char *text)
{
    const char *canonical = NULL;
    const char *code = type->read(pool, text, &canonical);

    return code == NULL ? canonical : pool_print(pool, "!%s", code);
}

static void every_type_reads_its_own(void **state)
{
    (void)state;
    static const struct {
        const struct field_type *type;
        const char *text, *read;
    } cases[] = {
        {&field_id, "7", "7"},
        {&field_id, "007", "7"},
        {&field_id, "9223372036854775807", "9223372036854775807"},
        {&field_id, "9223372036854775808", "!not_an_id"},
        {&field_id, "0", "!not_an_id"},
        {&field_id, "-1", "!not_an_id"},
        {&field_id, "+1", "!not_an_id"},
        {&field_id, "1 ", "!not_an_id"},
        {&field_id, "", "!not_an_id"},
        {&field_version, "0", "0"},
        {&field_version, "1.0", "!not_a_version"},
        {&field_limit, "200", "200"},
        {&field_limit, "201", "!limit_out_of_range"},
        {&field_text, "  Дом   культуры\n", "Дом культуры"},
        {&field_text, " \t ", "!required"},
        {&field_prose, " a\r\nb\rc\t\x01\x7f \n", " a\nb\nc"},
        {&field_prose, "a\u202Eb\u2066c\u2013\u2026", "abc\u2013\u2026"},
        {&field_prose, "Приказ №\u00a07", "Приказ № 7"},
        {&field_prose, "\r\n \r\n", "!required"},
        {&field_text, "Школа №\u00a07", "Школа № 7"},
        {&field_flag_, "on", "true"},
        {&field_flag_, "0", "false"},
        {&field_flag_, "yes", "!not_a_flag"},
        {&field_cursor, "aZ0-_", "aZ0-_"},
        {&field_cursor, "a=", "!not_a_cursor"},
        {&field_date, "2024-02-29", "2024-02-29"},
        {&field_date, "2100-02-29", "!not_a_date"},
        {&field_date, "2023-04-31", "!not_a_date"},
        {&field_date, "2023-13-01", "!not_a_date"},
        {&field_date, "2023-1-01", "!not_a_date"},
        {&field_date, "1899-12-31", "!not_a_date"},
        {&field_date, "2023-01-01T", "!not_a_date"},
        {&field_secret, " as it is ", " as it is "},
        {&field_url, "HTTPS://Example.org/a?b=c", "https://Example.org/a?b=c"},
        {&field_url, " http://example.org ", "http://example.org/"},
        {&field_url, "javascript:alert(1)", "!not_a_url"},
        {&field_url, "ftp://example.org/", "!url_scheme"},
        {&field_url, "https://a:b@example.org/", "!url_credentials"},
        {&field_url, "https://example.org/a b", "!not_a_url"},
        {&field_url, "https:\\\\example.org", "!not_a_url"},
        {&field_url, "example", "!not_a_url"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (!text_equal(read_by(cases[i].type, cases[i].text), cases[i].read))
            fail_msg("%s \"%s\": %s", cases[i].type->name, cases[i].text, read_by(cases[i].type, cases[i].text));
}

static void the_schema_tells_kind_and_length(void **state)
{
    (void)state;
    const struct field_type spaced = {"x", "{ \"type\" : \"number\", \"maxLength\" : 12 }", NULL};
    const struct field_type plain = {"x", "{\"type\":\"string\"}", NULL};
    const struct field own = {.type = &spaced, .longest = 5}, schemas = {.type = &spaced}, usual = {.type = &plain};

    assert_int_equal(field_kind(&spaced), FIELD_NUMBER);
    assert_int_equal(field_kind(&field_id), FIELD_INTEGER);
    assert_int_equal(field_kind(&field_flag_), FIELD_BOOLEAN);
    assert_int_equal(field_kind(&field_url), FIELD_STRING);
    assert_int_equal(field_longest(&own), 5);
    assert_int_equal(field_longest(&schemas), 12);
    assert_int_equal(field_longest(&usual), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_type_reads_its_own),
        TEST(the_schema_tells_kind_and_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* table_test.c: lists as CSV, and what a spreadsheet must not take for a formula. */
#include "server/web/table.h"
#include "test.h"

#include <string.h>

#define MARK "\xEF\xBB\xBF"

static void assert_table(const char *document, const char *expected)
{
    json_t *json = json_loads(document, 0, NULL);
    struct buffer out = {0};

    assert_non_null(json);
    assert_true(table_write(json, &out));
    assert_string_equal(out.bytes, expected);
    buffer_free(&out);
    json_decref(json);
}

static void items_become_rows_and_their_members_columns(void **state)
{
    (void)state;
    assert_table("{\"items\": [{\"id\": 1, \"name\": \"Школа; \\\"Луч\\\"\"}, {\"name\": \"Клуб\", \"share\": 0.5, "
                 "\"open\": true, \"id\": null}]}",
                 MARK "\"id\";\"name\";\"share\";\"open\"\r\n1;\"Школа; \"\"Луч\"\"\";;\r\n;\"Клуб\";0.5;true\r\n");
    assert_table("{\"items\": [{\"counts\": {\"seen\": 1}, \"list\": [1, \"a\"]}]}",
                 MARK "\"counts\";\"list\"\r\n\"{\"\"seen\"\":1}\";\"[1,\"\"a\"\"]\"\r\n");
    assert_table("{\"items\": [{\"a\": \"two\\nlines\"}]}", MARK "\"a\"\r\n\"two\nlines\"\r\n");
    assert_table("{\"items\": []}", MARK "\r\n");
}

static void formulas_are_disarmed(void **state)
{
    (void)state;
    assert_table("{\"items\": [{\"=a\": \"=1+1\", \"b\": \"+7 900\", \"c\": \"-1\", \"d\": \"@x\", \"e\": \"\\tx\", "
                 "\"f\": \"a=b\", \"g\": -1, \"h\": \"\"}]}",
                 MARK "\"'=a\";\"b\";\"c\";\"d\";\"e\";\"f\";\"g\";\"h\"\r\n"
                      "\"'=1+1\";\"'+7 900\";\"'-1\";\"'@x\";\"'\tx\";\"a=b\";-1;\"\"\r\n");
    assert_table("{\"items\": [{\"a\": \" =1+1\", \"b\": \"\\n=1\", \"c\": \"＝1+1\", \"d\": \" ＠x\", \"e\": \" x\", "
                 "\"f\": \"- [a]\"}]}",
                 MARK "\"a\";\"b\";\"c\";\"d\";\"e\";\"f\"\r\n"
                      "\"' =1+1\";\"'\n=1\";\"'＝1+1\";\"' ＠x\";\" x\";\"'- [a]\"\r\n");
}

static void a_document_without_items_is_no_table(void **state)
{
    (void)state;
    json_t *json = json_loads("{\"items\": {}}", 0, NULL);
    struct buffer out = {0};

    assert_false(table_write(json, &out));
    buffer_free(&out);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(items_become_rows_and_their_members_columns),
        TEST(formulas_are_disarmed),
        TEST(a_document_without_items_is_no_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

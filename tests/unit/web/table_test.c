/* table_test.c: lists as CSV, and what a spreadsheet must not take for a formula; XLSX is read back by
 * tests/http/table.test.mjs. */
#include "server/web/table.h"
#include "test.h"

#include <string.h>

#define MARK "\xEF\xBB\xBF"

static void assert_table(const char *document, const char *expected)
{
    struct table *table = table_new(pool, TABLE_CSV, "name");
    json_t *json = pool_adopt(pool, json_loads(document, 0, NULL), pool_release_json);
    const char *bytes;
    size_t length;

    assert_non_null(json);
    assert_true(table_add(table, NULL, json));
    assert_true(table_end(table, &bytes, &length));
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(bytes, expected, length);
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

static void a_document_may_bring_columns_of_its_own(void **state)
{
    (void)state;
    assert_table("{\"columns\": [{\"key\": \"appoint\", \"title\": \"1. Назначить\", \"path\": \"cells.0.word\"}, "
                 "{\"key\": \"train\", \"path\": \"cells.1.word\"}], "
                 "\"items\": [{\"id\": 1, \"cells\": [{\"word\": \"done\"}, null]}, {\"id\": 2, \"cells\": []}]}",
                 MARK "\"id\";\"appoint\";\"train\"\r\n1;\"done\";\r\n2;;\r\n");
}

static void pages_follow_each_other_under_one_heading(void **state)
{
    (void)state;
    struct table *table = table_new(pool, TABLE_CSV, NULL);
    const char *bytes;
    size_t length;

    for (int i = 1; i <= 3; i++) {
        json_t *page = json_pack("{s:[{s:i}]}", "items", "id", i);
        assert_true(table_add(table, NULL, page));
        json_decref(page);
    }
    assert_int_equal(table_rows(table), 3);
    assert_true(table_end(table, &bytes, &length));
    assert_memory_equal(bytes, MARK "\"id\"\r\n1\r\n2\r\n3\r\n", length);
}

static void a_document_without_items_is_no_table(void **state)
{
    (void)state;
    json_t *json = pool_adopt(pool, json_loads("{\"items\": {}}", 0, NULL), pool_release_json);

    assert_false(table_add(table_new(pool, TABLE_CSV, NULL), NULL, json));
    assert_false(table_add(table_new(pool, TABLE_XLSX, NULL), NULL, json));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(items_become_rows_and_their_members_columns), TEST(formulas_are_disarmed),
        TEST(a_document_may_bring_columns_of_its_own),     TEST(pages_follow_each_other_under_one_heading),
        TEST(a_document_without_items_is_no_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

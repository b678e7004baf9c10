/* people_test.c: what a table of people says, in the spellings that people use, and what is told of its rows. */
#include "veha/people.h"
#include "veha/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* cmocka.h needs those above. */
#include <cmocka.h>

#define TITLES "ФИО;Логин;Роль;ОГРН\n"
#define ONE "1026901606610"
#define TWO "1026901949051"

static const char *shown(struct pool *pool, json_t *value)
{
    return pool_adopt(pool, json_dumps(value, JSON_COMPACT), free);
}

static const struct {
    const char *table;
    const char *rows;   /* "LOGIN ROLE NUMBER..." parted by | */
    const char *errors; /* "LINE COLUMN CODE" parted by | */
} examples[] = {
    {TITLES "Вера;vera@example.org;специалист;" ONE "\n", "vera@example.org specialist " ONE, ""},
    {TITLES "Вера;vera;;" ONE ", " TWO "\n", "vera specialist " ONE " " TWO, ""},
    {TITLES "Вера;Vera;;" ONE "\nВера;vera;местный специалист;" TWO "\n", "Vera specialist " ONE " " TWO, ""},
    {TITLES "Вера;vera;Наблюдатель;" ONE "\nВера;vera;specialist;" ONE "\n",
     "vera observer " ONE "|vera specialist " ONE, ""},
    {"Сотрудник\tE-mail\tИНН\nВера\tvera@example.org\t6907006968\n", "vera@example.org specialist 6907006968", ""},
    {"name,login,organisations\nVera,vera," ONE "\n", "vera specialist " ONE, ""},
    {TITLES ";vera;;" ONE "\n", "", "2 name required"},
    {TITLES "Вера;две штуки;;" ONE "\n", "", "2 login login_unreadable"},
    {TITLES "Вера;vera@example;;" ONE "\n", "", "2 login login_unreadable"},
    {TITLES "Вера;vera@@example.org;;" ONE "\n", "", "2 login login_unreadable"},
    {TITLES "Вера;vera;царь;" ONE "\n", "", "2 role role_unknown"},
    {TITLES "Вера;vera;;\n", "", "2 organisations required"},
    {TITLES "Вера;vera;;1026901606611\n", "", "2 organisations ogrn_check_digit"},
    {TITLES "Вера;vera;;" ONE " 1\n", "vera specialist " ONE, "2 organisations organisation_length"},
    {TITLES "\"Вера;vera;;" ONE "\n", "", "2 name quote_open"},
};

static void add_text(struct buffer *out, const char *between, const char *text)
{
    buffer_text(out, out->length == 0 ? "" : between);
    buffer_text(out, text);
}

static const char *rows_of(struct pool *pool, const struct people *read)
{
    struct buffer out = {0};
    size_t number, other;
    json_t *row, *organisation;
    json_array_foreach(read->rows, number, row)
    {
        add_text(&out, "|", json_string_value(json_object_get(row, "login")));
        add_text(&out, " ", json_string_value(json_object_get(row, "role")));
        json_array_foreach(json_object_get(row, "organisations"), other, organisation)
            add_text(&out, " ", json_string_value(json_object_get(organisation, "number")));
    }
    const char *told = out.bytes == NULL ? "" : pool_copy(pool, out.bytes);
    buffer_free(&out);
    return told;
}

static const char *errors_of(struct pool *pool, const struct people *read)
{
    const char *told = "";
    size_t number;
    json_t *error;
    json_array_foreach(read->errors, number, error) told = pool_print(
        pool, "%s%s%lld %s %s", told, number == 0 ? "" : "|",
        (long long)json_integer_value(json_object_get(error, "line")),
        json_string_value(json_object_get(error, "column")), json_string_value(json_object_get(error, "code")));
    return told;
}

static void every_example_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        struct pool *pool = pool_new();
        struct people read;
        assert_null(people_read(pool, examples[i].table, strlen(examples[i].table), &read));
        assert_string_equal(rows_of(pool, &read), examples[i].rows);
        assert_string_equal(errors_of(pool, &read), examples[i].errors);
        pool_free(pool);
    }
}

static void tables_without_columns_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *table, *code;
    } refused[] = {{"", "file_empty"}, {"ФИО;Роль\n", "invalid_fields"}, {"PK\x03\x04", "file_spreadsheet"}};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct pool *pool = pool_new();
        struct people read;
        const struct fault *fault = people_read(pool, refused[i].table, strlen(refused[i].table), &read);
        assert_non_null(fault);
        assert_string_equal(fault->code, refused[i].code);
        pool_free(pool);
    }
}

static void summary_counts_and_keeps_the_order(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    struct people read;
    static const char table[] = TITLES "Вера;vera;;" ONE "\n;x;;" ONE "\nПётр;petr;;" TWO "\n";
    assert_null(people_read(pool, table, strlen(table), &read));
    json_t *told = pool_adopt(
        pool,
        json_loads("[{\"line\": 4, \"column\": \"organisations\", \"value\": \"1\", \"code\": \"tenant_unknown\"},"
                   " {\"line\": 2, \"outcome\": \"added\"}]",
                   0, NULL),
        pool_release_json);
    json_t *summary = people_summary(pool, &read, told);
    assert_string_equal(errors_of(pool, &read), "3 name required|4 organisations tenant_unknown");
    json_object_del(summary, "errors");
    assert_string_equal(shown(pool, summary), "{\"rows\":3,\"added\":1,\"changed\":0,\"unchanged\":0,\"refused\":2}");
    pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_is_read),
        cmocka_unit_test(tables_without_columns_are_refused),
        cmocka_unit_test(summary_counts_and_keeps_the_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

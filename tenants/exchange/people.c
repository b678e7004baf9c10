/* people.c: reads a table of people to invite, and sums up what became of them. */
#include "veha/people.h"

#include "veha/text.h"

#include "../field.h"
#include "column.h"
#include "sheet.h"

#include <string.h>

enum people_column { PEOPLE_NAME, PEOPLE_LOGIN, PEOPLE_ROLE, PEOPLE_OGRN, PEOPLE_INN, PEOPLE_COLUMNS };
enum { NAME_LONGEST = 200, VALUE_LONGEST = 100 };

/* What a column is called in errors. */
static const char *const names[] = {[PEOPLE_NAME] = "name",
                                    [PEOPLE_LOGIN] = "login",
                                    [PEOPLE_ROLE] = "role",
                                    [PEOPLE_OGRN] = "organisations",
                                    [PEOPLE_INN] = "organisations"};

/* Titles as title_fold() leaves them. */
static const struct {
    enum people_column column;
    const char *title;
} titles[] = {
    {PEOPLE_NAME, "фио"},
    {PEOPLE_NAME, "имя"},
    {PEOPLE_NAME, "фамилия имя отчество"},
    {PEOPLE_NAME, "сотрудник"},
    {PEOPLE_NAME, "специалист"},
    {PEOPLE_NAME, "ответственный"},
    {PEOPLE_NAME, "name"},
    {PEOPLE_LOGIN, "логин"},
    {PEOPLE_LOGIN, "имя для входа"},
    {PEOPLE_LOGIN, "почта"},
    {PEOPLE_LOGIN, "электронная почта"},
    {PEOPLE_LOGIN, "адрес электронной почты"},
    {PEOPLE_LOGIN, "эл почта"},
    {PEOPLE_LOGIN, "e mail"},
    {PEOPLE_LOGIN, "email"},
    {PEOPLE_LOGIN, "логин e mail"},
    {PEOPLE_LOGIN, "логин или почта"},
    {PEOPLE_LOGIN, "login"},
    {PEOPLE_ROLE, "роль"},
    {PEOPLE_ROLE, "role"},
    {PEOPLE_OGRN, "огрн"},
    {PEOPLE_OGRN, "огрн инн"},
    {PEOPLE_OGRN, "огрн или инн"},
    {PEOPLE_OGRN, "огрн организации"},
    {PEOPLE_OGRN, "огрн организаций"},
    {PEOPLE_OGRN, "организации"},
    {PEOPLE_OGRN, "организация"},
    {PEOPLE_OGRN, "organisations"},
    {PEOPLE_INN, "инн"},
    {PEOPLE_INN, "инн организации"},
    {PEOPLE_INN, "инн организаций"},
};

/* Roles as people write them, beside their codes. */
static const struct {
    const char *written;
    const char *role;
} roles[] = {
    {"специалист", "specialist"},   {"местный специалист", "specialist"},
    {"координатор", "coordinator"}, {"координатор ведомства", "coordinator"},
    {"куратор", "curator"},         {"куратор цур", "curator"},
    {"наблюдатель", "observer"},    {"администратор региона", "region_admin"},
};

struct reading {
    struct pool *pool;
    struct people *read;
    json_t *by_login; /* "login role" → the row in read->rows, borrowed */
    bool titled;
    size_t cell[PEOPLE_COLUMNS]; /* SHEET_COLUMNS_MOST: there is no such column */
    const struct fault *fault;
};

static const char *title_fold(struct pool *pool, const char *title)
{
    char *folded = text_fold(pool, title);
    for (char *at = folded; *at != '\0'; at++)
        if (strchr("/-.,()_:*", *at) != NULL)
            *at = ' ';
    return text_tidy(pool, folded);
}

static void note(struct reading *reading, unsigned line, enum people_column column, const char *code, const char *value)
{
    const char *shown = value == NULL || text_length(value) > VALUE_LONGEST ? "" : value;
    json_array_append_new(reading->read->errors, json_pack("{s:I, s:s, s:s, s:s}", "line", (json_int_t)line, "column",
                                                           names[column], "code", code, "value", shown));
}

/* ---- the titles ---- */

static void find_column(struct reading *reading, struct pool *scratch, const char *title, size_t cell)
{
    const char *folded = title_fold(scratch, title);
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
        if (text_equal(titles[i].title, folded) && reading->cell[titles[i].column] == SHEET_COLUMNS_MOST)
            reading->cell[titles[i].column] = cell;
}

static bool has(const struct reading *reading, enum people_column column)
{
    return reading->cell[column] != SHEET_COLUMNS_MOST;
}

static enum sheet_answer read_titles(struct reading *reading, struct pool *scratch, const struct sheet_row *row)
{
    struct fault *fault = NULL;

    for (size_t i = 0; i < row->count; i++)
        find_column(reading, scratch, row->cells[i], i);
    if (!has(reading, PEOPLE_NAME))
        fault_add(reading->pool, &fault, names[PEOPLE_NAME], "columns_missing");
    if (!has(reading, PEOPLE_LOGIN))
        fault_add(reading->pool, &fault, names[PEOPLE_LOGIN], "columns_missing");
    if (!has(reading, PEOPLE_OGRN) && !has(reading, PEOPLE_INN))
        fault_add(reading->pool, &fault, names[PEOPLE_OGRN], "columns_missing");
    reading->titled = true;
    reading->fault = fault;
    return fault == NULL ? SHEET_ON : SHEET_STOP;
}

/* ---- the rows ---- */

static const char *cell(const struct reading *reading, struct pool *scratch, const struct sheet_row *row,
                        enum people_column column)
{
    size_t number = reading->cell[column];
    return number < row->count ? text_tidy(scratch, row->cells[number]) : "";
}

static const char *read_role(struct pool *scratch, const char *text)
{
    const char *canonical = NULL, *folded = title_fold(scratch, text);

    if (*text == '\0')
        return "specialist";
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (text_equal(roles[i].written, folded))
            return roles[i].role;
    return field_role.read(scratch, text, &canonical) == NULL ? canonical : NULL;
}

/* The numbers of one cell; those that cannot be are told. */
static void read_numbers(struct reading *reading, struct pool *scratch, unsigned line, const char *text,
                         enum people_column column, json_t *numbers)
{
    const struct field_type *type = column == PEOPLE_INN ? &field_inn : &field_organisation;
    char *rest = pool_copy(scratch, text);

    for (const char *one; (one = strsep(&rest, " ,;")) != NULL;) {
        const char *canonical = NULL;
        if (*one == '\0')
            continue;
        const char *code = type->read(scratch, one, &canonical);
        if (code != NULL && !text_equal(code, "inn_zero_lost"))
            note(reading, line, column, code, one);
        else
            json_array_append_new(numbers, json_pack("{s:I, s:s}", "line", (json_int_t)line, "number", canonical));
    }
}

/* The row of a login and role; a new one unless an earlier line began it. */
static json_t *row_of(struct reading *reading, unsigned line, const char *login, const char *name, const char *role)
{
    const char *key = pool_print(reading->pool, "%s %s", text_fold(reading->pool, login), role);
    json_t *row = json_object_get(reading->by_login, key);

    if (row != NULL)
        return row;
    row = json_pack("{s:I, s:I, s:s, s:s, s:s, s:[]}", "line", (json_int_t)line, "number",
                    (json_int_t)json_array_size(reading->read->rows) + 1, "login", login, "name", name, "role", role,
                    "organisations");
    json_array_append_new(reading->read->rows, row);
    json_object_set(reading->by_login, key, row);
    return row;
}

static void read_person(struct reading *reading, struct pool *scratch, const struct sheet_row *row)
{
    const char *name = cell(reading, scratch, row, PEOPLE_NAME), *login = cell(reading, scratch, row, PEOPLE_LOGIN);
    const char *written = cell(reading, scratch, row, PEOPLE_ROLE), *role = read_role(scratch, written);
    const char *canonical = NULL, *code = field_login.read(scratch, login, &canonical);
    size_t told = json_array_size(reading->read->errors);
    json_t *numbers = pool_adopt(scratch, json_array(), pool_release_json);

    if (*name == '\0' || text_length(name) > NAME_LONGEST)
        note(reading, row->line, PEOPLE_NAME, *name == '\0' ? "required" : "too_long", name);
    if (code != NULL)
        note(reading, row->line, PEOPLE_LOGIN, code, login);
    if (role == NULL)
        note(reading, row->line, PEOPLE_ROLE, "role_unknown", written);
    for (enum people_column column = PEOPLE_OGRN; column <= PEOPLE_INN && json_array_size(numbers) == 0; column++)
        read_numbers(reading, scratch, row->line, cell(reading, scratch, row, column), column, numbers);
    if (json_array_size(numbers) == 0 && json_array_size(reading->read->errors) == told)
        note(reading, row->line, PEOPLE_OGRN, "required", "");
    if (*name == '\0' || text_length(name) > NAME_LONGEST || code != NULL || role == NULL ||
        json_array_size(numbers) == 0)
        return;
    json_array_extend(json_object_get(row_of(reading, row->line, canonical, name, role), "organisations"), numbers);
}

static enum sheet_answer on_row(void *data, struct pool *scratch, const struct sheet_row *row)
{
    struct reading *reading = data;

    if (!reading->titled)
        return read_titles(reading, scratch, row);
    if (++reading->read->row_count > PEOPLE_ROWS_MOST) {
        reading->fault = fault_new(reading->pool, FAULT_TOO_LARGE, "too_many_rows");
        return SHEET_STOP;
    }
    if (row->hiding)
        note(reading, row->line, PEOPLE_NAME, "quote_open", "");
    else if (!row->readable)
        note(reading, row->line, PEOPLE_NAME, "not_utf8", "");
    else if (row->too_wide)
        note(reading, row->line, PEOPLE_NAME, "row_too_wide", "");
    else
        read_person(reading, scratch, row);
    return SHEET_ON;
}

const struct fault *people_read(struct pool *pool, const char *bytes, size_t length, struct people *read)
{
    struct reading reading = {
        .pool = pool, .read = read, .by_login = pool_adopt(pool, json_object(), pool_release_json)};
    char marks[4];

    if (length > PEOPLE_LARGEST)
        return fault_new(pool, FAULT_TOO_LARGE, "too_large");
    *read = (struct people){.rows = pool_adopt(pool, json_array(), pool_release_json),
                            .errors = pool_adopt(pool, json_array(), pool_release_json)};
    for (size_t i = 0; i < PEOPLE_COLUMNS; i++)
        reading.cell[i] = SHEET_COLUMNS_MOST;
    sheet_marks(bytes, length, marks);
    const struct fault *fault = sheet_read(pool, bytes, length, marks[0], on_row, &reading);
    if (fault == NULL && !reading.titled)
        return fault_new(pool, FAULT_INVALID, "file_empty");
    return fault != NULL ? fault : reading.fault;
}

/* ---- the summary ---- */

static int compare_lines(const json_t *one, const json_t *other)
{
    json_int_t a = json_integer_value(json_object_get(one, "line"));
    json_int_t b = json_integer_value(json_object_get(other, "line"));
    return a < b ? -1 : a > b;
}

/* In the order of the file. */
static void insert_error(json_t *errors, json_t *error)
{
    size_t at = json_array_size(errors);
    while (at > 0 && compare_lines(json_array_get(errors, at - 1), error) > 0)
        at--;
    json_array_insert(errors, at, error);
}

json_t *people_summary(struct pool *pool, const struct people *read, const json_t *told)
{
    static const char *const outcomes[] = {"added", "changed", "unchanged"};
    json_t *summary = pool_adopt(pool, json_object(), pool_release_json);
    size_t number;
    json_t *one;

    json_object_set_new(summary, "rows", json_integer((json_int_t)read->row_count));
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++)
        json_object_set_new(summary, outcomes[i], json_integer(0));
    json_array_foreach(told, number, one)
    {
        const char *outcome = json_string_value(json_object_get(one, "outcome"));
        if (outcome == NULL)
            insert_error(read->errors, one);
        else
            json_object_set_new(summary, outcome,
                                json_integer(json_integer_value(json_object_get(summary, outcome)) + 1));
    }
    json_object_set_new(summary, "refused", json_integer((json_int_t)json_array_size(read->errors)));
    json_object_set(summary, "errors", read->errors);
    return summary;
}

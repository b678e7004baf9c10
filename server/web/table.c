/* table.c: finds the columns of a list and writes its rows, whatever the kind of file. */
#include "table.h"

#include "veha/clock.h"
#include "veha/template.h"

#include "table_form.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct column {
    const char *path; /* from an item to the value, parted by dots */
    const char *key;
    const char *title; /* NULL: the catalogue knows it */
    const char *code;  /* context of the catalogue; NULL: the value is no code */
};

struct table {
    struct pool *pool;
    const struct table_form *form;
    void *writer;
    const char *named;
    struct column *columns; /* NULL until the first document */
    size_t column_count;
    size_t rows;
};

struct table *table_new(struct pool *pool, enum table_kind kind, const char *columns)
{
    struct table *table = pool_alloc(pool, sizeof *table);
    const struct table_form *form = kind == TABLE_CSV ? &table_csv : &table_xlsx;

    *table = (struct table){.pool = pool, .form = form, .named = columns};
    table->writer = form->new (pool);
    return table->writer == NULL ? NULL : table;
}

static void add_column(struct table *table, struct column column)
{
    table->columns[table->column_count++] = column;
}

/* Does a column of the document's own tell what this member holds? */
static bool is_unfolded(const json_t *extra, const char *member)
{
    size_t number, length = strlen(member);
    json_t *one;

    json_array_foreach(extra, number, one)
    {
        const char *path = json_string_value(json_object_get(one, "path"));
        if (strncmp(path, member, length) == 0 && path[length] == '.')
            return true;
    }
    return false;
}

/* All members, in the order of insertion, which jansson keeps, and without doubles, which it refuses. */
static json_t *members_of(const json_t *items)
{
    json_t *members = json_object();
    size_t number;
    json_t *item, *value;
    const char *name;

    json_array_foreach(items, number, item)
        json_object_foreach(item, name, value) if (json_object_get(members, name) == NULL)
            json_object_set_new(members, name, json_null());
    return members;
}

static void lay_members(struct table *table, const json_t *items, const json_t *extra)
{
    json_t *members = pool_adopt(table->pool, members_of(items), pool_release_json), *value;
    const char *name;

    table->columns =
        pool_alloc(table->pool, (json_object_size(members) + json_array_size(extra) + 1) * sizeof *table->columns);
    json_object_foreach(members, name, value) if (!is_unfolded(extra, name))
        add_column(table, (struct column){.path = name, .key = name});
}

static void lay_named(struct table *table, const json_t *extra)
{
    char *rest = pool_copy(table->pool, table->named);

    table->columns = pool_alloc(table->pool, (strlen(rest) + json_array_size(extra) + 1) * sizeof *table->columns);
    for (char *word; (word = strsep(&rest, " ")) != NULL;) {
        char *code = strchr(word, ':');
        if (code != NULL)
            *code++ = '\0';
        add_column(table, (struct column){.path = word, .key = word, .code = code});
    }
}

static void lay_columns(struct table *table, const json_t *items, const json_t *extra)
{
    size_t number;
    json_t *one;

    if (table->form->for_people && table->named != NULL)
        lay_named(table, extra);
    else
        lay_members(table, items, extra);
    json_array_foreach(extra, number, one)
        add_column(table, (struct column){.path = json_string_value(json_object_get(one, "path")),
                                          .key = json_string_value(json_object_get(one, "key")),
                                          .title = json_string_value(json_object_get(one, "title")),
                                          .code = json_string_value(json_object_get(one, "code"))});
}

static const char *heading_of(const struct table *table, const struct locale *locale, const struct column *column)
{
    const char *told = NULL;

    if (table->form->for_people)
        told = column->title != NULL ? column->title : locale_code(locale, "column", column->key);
    return told == NULL ? column->key : told;
}

static const json_t *value_at(const json_t *item, const char *path)
{
    while (item != NULL && *path != '\0') {
        size_t length = strcspn(path, ".");
        item =
            json_is_array(item) ? json_array_get(item, strtoul(path, NULL, 10)) : json_object_getn(item, path, length);
        path += length + (path[length] == '.');
    }
    return item;
}

/* Texts that people wrote stay texts, even those that look like a date: what holds one says so by its name. */
static bool is_time(const char *name)
{
    static const char *const names[] = {"at", "on", "since", "until"};
    const char *last = strrchr(name, '.');
    const char *word = last == NULL ? name : last + 1;
    const char *part = strrchr(word, '_');

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(part == NULL ? word : part + 1, names[i]) == 0)
            return true;
    return false;
}

/* A date has no time zone; a moment is that of the region's, which is the process's. */
static bool read_time(const char *iso, struct tm *local, bool *timed)
{
    enum { DATE_LENGTH = 10 };
    int64_t seconds;

    if (!clock_read(iso, &seconds))
        return false;
    time_t time = (time_t)seconds;
    *timed = strlen(iso) != DATE_LENGTH;
    return (*timed ? localtime_r(&time, local) : gmtime_r(&time, local)) != NULL;
}

/* "accounts.*.network": of each of a list, in one cell. False when the path has no star. */
static bool write_joined(struct table *table, const struct locale *locale, const struct column *column,
                         const json_t *item)
{
    const char *star = strstr(column->path, ".*.");
    struct buffer all = {0};
    size_t number;
    json_t *one;

    if (star == NULL)
        return false;
    buffer_text(&all, "");
    const json_t *list = value_at(item, pool_copy_length(table->pool, column->path, (size_t)(star - column->path)));
    json_array_foreach(list, number, one)
    {
        const char *text = json_string_value(value_at(one, star + strlen(".*.")));
        const char *words = text != NULL && column->code != NULL ? locale_code(locale, column->code, text) : NULL;
        buffer_print(&all, "%s%s", number == 0 ? "" : "; ", words != NULL ? words : text != NULL ? text : "");
    }
    table->form->text(table->writer, all.bytes);
    buffer_free(&all);
    return true;
}

/* Words of a code may hold places, which the item fills. */
static void write_code(struct table *table, const struct locale *locale, const struct column *column,
                       const json_t *item, const char *code)
{
    struct buffer words = {0};

    template_code(locale, column->code, code, item, &words);
    table->form->text(table->writer, words.length == 0 ? "" : words.bytes);
    buffer_free(&words);
}

static void write_text(struct table *table, const struct locale *locale, const struct column *column,
                       const json_t *item, const char *text)
{
    bool for_people = table->form->for_people;
    struct tm local;
    bool timed;

    if (for_people && is_time(column->path) && read_time(text, &local, &timed)) {
        table->form->moment(table->writer, &local, timed);
        return;
    }
    if (for_people && column->code != NULL)
        write_code(table, locale, column, item, text);
    else
        table->form->text(table->writer, text);
}

static void write_cell(struct table *table, const struct locale *locale, const struct column *column,
                       const json_t *item)
{
    const json_t *value = value_at(item, column->path);

    if (value == NULL || json_is_null(value)) {
        table->form->blank(table->writer);
    } else if (json_is_string(value)) {
        write_text(table, locale, column, item, json_string_value(value));
    } else if (json_is_object(value) || json_is_array(value)) {
        char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        table->form->text(table->writer, text);
        free(text);
    } else {
        table->form->plain(table->writer, value);
    }
}

static void begin(struct table *table, const struct locale *locale, const json_t *document)
{
    /* It stays, for the columns name what it holds. */
    json_t *extra = pool_adopt(table->pool, json_incref(json_object_get(document, "columns")), pool_release_json);

    lay_columns(table, json_object_get(document, "items"), extra);
    for (size_t i = 0; i < table->column_count; i++)
        table->form->heading(table->writer, heading_of(table, locale, &table->columns[i]));
    table->form->row_end(table->writer);
}

bool table_add(struct table *table, const struct locale *locale, const json_t *document)
{
    const json_t *items = json_object_get(document, "items");
    size_t number;
    json_t *item;

    if (!json_is_array(items))
        return false;
    if (table->columns == NULL)
        begin(table, locale, document);
    json_array_foreach(items, number, item)
    {
        for (size_t i = 0; i < table->column_count; i++)
            if (!write_joined(table, locale, &table->columns[i], item))
                write_cell(table, locale, &table->columns[i], item);
        table->form->row_end(table->writer);
    }
    table->rows += json_array_size(items);
    return true;
}

size_t table_rows(const struct table *table)
{
    return table->rows;
}

bool table_end(struct table *table, const char **bytes, size_t *length)
{
    return table->form->end(table->writer, bytes, length);
}

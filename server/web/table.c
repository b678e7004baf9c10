/* table.c: writes a list as CSV. */
#include "table.h"

#include <stdlib.h>
#include <string.h>

/* The columns as an object: jansson keeps the order of insertion and refuses doubles for us. */
static json_t *columns_of(json_t *items)
{
    json_t *columns = json_object();
    size_t number;
    json_t *item, *value;
    const char *name;

    json_array_foreach(items, number, item)
        json_object_foreach(item, name, value) if (json_object_get(columns, name) == NULL)
            json_object_set(columns, name, value);
    return columns;
}

/* Would a spreadsheet take it for a formula? Some drop blanks before it, and some read the wide signs of East Asia. */
static bool is_formula(const char *text)
{
    static const char *const signs[] = {"=", "+", "-", "@", "＝", "＋", "－", "＠"};
    size_t blanks = strspn(text, " \t\r\n");

    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (text_starts(text + blanks, signs[i]))
            return true;
    return blanks > 0 && *text != ' ';
}

static void write_text(struct buffer *out, const char *text)
{
    buffer_text(out, is_formula(text) ? "\"'" : "\"");
    for (const char *quote; (quote = strchr(text, '"')) != NULL; text = quote + 1) {
        buffer_add(out, text, (size_t)(quote - text) + 1);
        buffer_text(out, "\"");
    }
    buffer_text(out, text);
    buffer_text(out, "\"");
}

static void write_cell(struct buffer *out, const json_t *value)
{
    if (value == NULL || json_is_null(value))
        return;
    if (json_is_string(value)) {
        write_text(out, json_string_value(value));
        return;
    }
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (json_is_object(value) || json_is_array(value))
        write_text(out, text);
    else
        buffer_text(out, text);
    free(text);
}

static void write_row(struct buffer *out, json_t *columns, const json_t *item)
{
    const char *name, *between = "";
    json_t *first;

    json_object_foreach(columns, name, first)
    {
        buffer_text(out, between);
        if (item == NULL)
            write_text(out, name);
        else
            write_cell(out, json_object_get(item, name));
        between = ";";
    }
    buffer_text(out, "\r\n");
}

bool table_write(json_t *document, struct buffer *out)
{
    json_t *items = json_object_get(document, "items");
    size_t number;
    json_t *item;

    if (!json_is_array(items))
        return false;
    json_t *columns = columns_of(items);
    buffer_text(out, "\xEF\xBB\xBF");
    write_row(out, columns, NULL);
    json_array_foreach(items, number, item) write_row(out, columns, item);
    json_decref(columns);
    return true;
}

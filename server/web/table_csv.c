/* table_csv.c: tables as CSV. */
#include "veha/text.h"

#include "table_form.h"

#include <stdlib.h>
#include <string.h>

struct csv {
    struct buffer out;
    bool begun; /* a row */
};

static void release(void *writer)
{
    struct csv *csv = writer;
    buffer_free(&csv->out);
}

static void *new (struct pool *pool)
{
    struct csv *csv = pool_adopt(pool, pool_alloc(pool, sizeof *csv), release);

    *csv = (struct csv){0};
    buffer_text(&csv->out, "\xEF\xBB\xBF");
    return csv;
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

static void next_cell(struct csv *csv)
{
    if (csv->begun)
        buffer_text(&csv->out, ";");
    csv->begun = true;
}

static void text(void *writer, const char *text)
{
    struct csv *csv = writer;

    next_cell(csv);
    buffer_text(&csv->out, is_formula(text) ? "\"'" : "\"");
    for (const char *quote; (quote = strchr(text, '"')) != NULL; text = quote + 1) {
        buffer_add(&csv->out, text, (size_t)(quote - text) + 1);
        buffer_text(&csv->out, "\"");
    }
    buffer_text(&csv->out, text);
    buffer_text(&csv->out, "\"");
}

static void plain(void *writer, const json_t *value)
{
    struct csv *csv = writer;
    char *printed = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    next_cell(csv);
    buffer_text(&csv->out, printed);
    free(printed);
}

static void blank(void *writer)
{
    next_cell(writer);
}

static void row_end(void *writer)
{
    struct csv *csv = writer;

    buffer_text(&csv->out, "\r\n");
    csv->begun = false;
}

static bool end(void *writer, const char **bytes, size_t *length)
{
    const struct csv *csv = writer;

    *bytes = csv->out.bytes;
    *length = csv->out.length;
    return true;
}

const struct table_form table_csv = {
    .new = new, .heading = text, .text = text, .plain = plain, .blank = blank, .row_end = row_end, .end = end};

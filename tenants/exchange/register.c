/* register.c: finds the title row of a register, reads the rows below it, and keeps the notes of what is wrong. */
#include "register.h"

#include "row.h"

#include <stdlib.h>
#include <string.h>

enum { TITLE_ROWS_SEARCHED = 10, NOTE_VALUE_LONGEST = 200 /* bytes */ };

/* ---- notes ---- */

/* As much of a value as a report needs, ending between characters. */
static const char *shortened(struct pool *pool, const char *value)
{
    size_t length = value == NULL ? 0 : strlen(value);
    if (length <= NOTE_VALUE_LONGEST)
        return pool_copy(pool, value == NULL ? "" : value);
    length = NOTE_VALUE_LONGEST;
    while (((unsigned char)value[length] & 0xC0) == 0x80)
        length--;
    return pool_print(pool, "%.*s…", (int)length, value);
}

void register_note(struct import_register *read, struct register_row *row, enum note_kind kind, unsigned line,
                   const char *column, const char *code, const char *value)
{
    if (kind == NOTE_ROW && (row == NULL || !row->refused))
        read->refused++;
    if (kind == NOTE_ROW && row != NULL)
        row->refused = true;
    if (read->note_count == IMPORT_NOTES_MOST) {
        read->untold++;
        return;
    }
    if ((read->note_count & (read->note_count - 1)) == 0) { /* full at each power of two */
        struct note *grown = pool_alloc(read->pool, (read->note_count == 0 ? 1 : read->note_count * 2) * sizeof *grown);
        if (read->note_count > 0)
            memcpy(grown, read->notes, read->note_count * sizeof *grown);
        read->notes = grown;
    }
    read->notes[read->note_count++] = (struct note){
        .kind = kind, .line = line, .column = column, .code = code, .value = shortened(read->pool, value)};
}

/* ---- the title row, then the others ---- */

struct reading {
    struct import_register *read;
    const struct import_options *options;
    char mark; /* that parts cells */
    struct layout layout;
    bool titled;
    unsigned rows_before; /* rows that were no title row */
    bool name_seen;
    bool number_seen;
    size_t capacity;
    const char *fault_code;
};

static struct layout no_layout(void)
{
    struct layout layout = {.width = 0};
    for (size_t i = 0; i < COLUMNS; i++)
        layout.cell[i] = SHEET_COLUMNS_MOST;
    return layout;
}

static bool has(const struct layout *layout, enum column column)
{
    return layout->cell[column] < SHEET_COLUMNS_MOST;
}

/* A title row names the organisation and one of its numbers. What was found without the other is kept for the fault. */
static bool is_title_row(struct reading *reading, struct pool *scratch, const struct sheet_row *row)
{
    bool name = false;
    bool number = false;
    for (size_t i = 0; i < row->count; i++) {
        enum column column = column_find(scratch, row->cells[i]);
        name = name || column == COLUMN_NAME;
        number = number || column == COLUMN_OGRN || column == COLUMN_INN;
    }
    reading->name_seen = reading->name_seen || name;
    reading->number_seen = reading->number_seen || number;
    return name && number;
}

/* Tables pasted one below another repeat their titles. */
static bool repeats_titles(const struct reading *reading, struct pool *scratch, const struct sheet_row *row)
{
    size_t name = reading->layout.cell[COLUMN_NAME];
    return name < row->count && strcmp(text_tidy(scratch, row->cells[name]), reading->read->titles[COLUMN_NAME]) == 0;
}

static void read_titles(struct reading *reading, struct pool *scratch, const struct sheet_row *row)
{
    struct import_register *read = reading->read;
    reading->layout = no_layout();
    reading->layout.width = row->count;
    for (size_t i = 0; i < row->count; i++) {
        const char *title = text_tidy(read->pool, row->cells[i]);
        enum column column = column_find(scratch, title);
        if (*title == '\0') {
            reading->layout.untitled[i] = true;
        } else if (column == COLUMNS) {
            register_note(read, NULL, NOTE_NOTICE, row->line, title, "column_unknown", NULL);
        } else if (has(&reading->layout, column)) {
            register_note(read, NULL, NOTE_NOTICE, row->line, title, "column_repeated", NULL);
        } else {
            reading->layout.cell[column] = i;
            read->titles[column] = title;
        }
    }
    reading->titled = true;
}

/* Room for one more row; false when there are too many. */
static bool make_room(struct reading *reading)
{
    struct import_register *read = reading->read;
    if (read->row_count == IMPORT_ROWS_MOST) {
        reading->fault_code = "too_many_rows";
        return false;
    }
    if (read->row_count == reading->capacity) {
        reading->capacity = reading->capacity == 0 ? 64 : reading->capacity * 2;
        struct register_row **grown = pool_alloc(read->pool, reading->capacity * sizeof *grown);
        if (read->row_count > 0)
            memcpy(grown, read->rows, read->row_count * sizeof *grown);
        read->rows = grown;
    }
    return true;
}

/* Does a cell hold as many marks as a row has, over several lines, or does such a cell push others beyond the titles?
 * Then a quote was not closed where the cell ends, and hides rows. */
static bool hides_rows(const struct reading *reading, const struct sheet_row *row)
{
    bool beyond = row->count > reading->layout.width && *row->cells[row->count - 1] != '\0';
    for (size_t i = 0; i < row->count; i++) {
        const char *at = row->cells[i];
        if (strpbrk(at, "\r\n") == NULL)
            continue;
        size_t marks = 0;
        while ((at = strchr(at, reading->mark)) != NULL)
            marks++, at++;
        if (beyond || marks + 1 >= reading->layout.width)
            return true;
    }
    return false;
}

static enum sheet_answer on_row(void *data, struct pool *scratch, const struct sheet_row *row)
{
    struct reading *reading = data;
    if (!reading->titled && is_title_row(reading, scratch, row)) {
        read_titles(reading, scratch, row);
        return SHEET_ON;
    }
    if (!reading->titled)
        return ++reading->rows_before < TITLE_ROWS_SEARCHED ? SHEET_ON : SHEET_STOP;
    if (hides_rows(reading, row))
        return SHEET_AGAIN;
    if (repeats_titles(reading, scratch, row)) {
        register_note(reading->read, NULL, NOTE_NOTICE, row->line, "", "titles_repeated", NULL);
        return SHEET_ON;
    }
    if (!make_room(reading))
        return SHEET_STOP;
    reading->read->rows_told++;
    row_read(reading->read, reading->options, &reading->layout, scratch, row);
    return SHEET_ON;
}

static const struct fault *columns_missing(struct pool *pool, const struct reading *reading)
{
    struct fault *fault = fault_new(pool, FAULT_INVALID, "columns_missing");
    if (!reading->name_seen || reading->number_seen)
        fault_add(pool, &fault, "Полное наименование", "required");
    if (!reading->number_seen || reading->name_seen)
        fault_add(pool, &fault, "ОГРН", "required");
    return fault;
}

/* Addresses and names may hold more commas than the table has columns: the mark that shows the titles is the one. */
static const struct fault *read_with_marks(struct reading *reading, const char *bytes, size_t length)
{
    char marks[4];
    sheet_marks(bytes, length, marks);
    const struct fault *fault = NULL;
    for (size_t i = 0; marks[i] != '\0' && fault == NULL && !reading->titled; i++) {
        reading->rows_before = 0;
        reading->mark = marks[i];
        fault = sheet_read(reading->read->pool, bytes, length, marks[i], on_row, reading);
        if (reading->rows_before == 0)
            break;
    }
    return fault;
}

const struct fault *register_read(struct pool *pool, const struct import_options *options, const char *bytes,
                                  size_t length, struct import_register *read)
{
    *read = (struct import_register){.pool = pool};
    struct reading reading = {.read = read, .options = options};
    const struct fault *fault = read_with_marks(&reading, bytes, length);
    if (fault != NULL)
        return fault;
    if (reading.fault_code != NULL)
        return fault_new(pool, FAULT_TOO_LARGE, reading.fault_code);
    if (!reading.titled && reading.rows_before == 0)
        return fault_new(pool, FAULT_INVALID, "file_empty");
    return reading.titled ? NULL : columns_missing(pool, &reading);
}

/* ---- for the database ---- */

static void print_member(struct buffer *out, const char *name, const char *value)
{
    if (value == NULL)
        return;
    buffer_print(out, ",\"%s\":", name);
    buffer_json(out, value, strlen(value));
}

static void print_founder(const struct register_row *row, struct buffer *out)
{
    const struct register_row *above = row->above;
    /* A founder that is a row of the file is found by that row's own numbers. */
    print_member(out, "founder_ogrn", above != NULL ? above->ogrn : row->founder.ogrn);
    print_member(out, "founder_inn",
                 above != NULL && above->ogrn == NULL ? above->inn
                 : above != NULL                      ? NULL
                                                      : row->founder.inn);
    print_member(out, "founder_name", above != NULL ? above->name : row->founder.name);
    print_member(out, "founder_kind", row->founder.kind);
}

void register_print_row(const struct register_row *row, struct buffer *out)
{
    buffer_print(out, "{\"line\":%u", row->line);
    print_member(out, "name", row->name);
    print_member(out, "short_name", row->short_name);
    print_member(out, "ogrn", row->ogrn);
    print_member(out, "inn", row->inn);
    print_member(out, "kind", row->kind);
    print_founder(row, out);
    print_member(out, "category", row->category);
    print_member(out, "ground", row->ground);
    for (size_t i = 0; i < row->sphere_count; i++) {
        buffer_text(out, i == 0 ? ",\"spheres\":[" : ",");
        buffer_json(out, row->spheres[i], strlen(row->spheres[i]));
    }
    buffer_text(out, row->sphere_count > 0 ? "],\"accounts\":[" : ",\"accounts\":[");
    for (size_t i = 0; i < row->account_count; i++) {
        buffer_print(out, "%s{\"network\":\"%s\"", i == 0 ? "" : ",", row->accounts[i].network);
        print_member(out, "address", row->accounts[i].address);
        print_member(out, "url", row->accounts[i].url);
        print_member(out, "spelling", row->accounts[i].spelling);
        buffer_text(out, "}");
    }
    buffer_print(out, "],\"detail\":%s}", row->detail);
}

/* sheet.c: finds out how a table was saved, and reads it row by row. */
#include "sheet.h"

#include "veha/text.h"

#include <csv.h>
#include <stdint.h>
#include <string.h>

/* ---- what kind of file it is ---- */

static const struct {
    const char *start;
    size_t length;
    const char *code;
} foreign[] = {
    {"PK\x03\x04", 4, "file_spreadsheet"},
    {"\xD0\xCF\x11\xE0", 4, "file_spreadsheet"},
    {"\xFF\xFE", 2, "file_utf16"},
    {"\xFE\xFF", 2, "file_utf16"},
};

static const char *foreign_code(const char *bytes, size_t length)
{
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        if (length >= foreign[i].length && memcmp(bytes, foreign[i].start, foreign[i].length) == 0)
            return foreign[i].code;
    size_t head = length < 4096 ? length : 4096;
    return memchr(bytes, '\0', head) == NULL ? NULL : "file_not_text";
}

/* The length of the first record: up to the first line end outside quotes. */
static size_t first_record(const char *bytes, size_t length)
{
    bool quoted = false;
    size_t at = 0;
    for (; at < length; at++) {
        if (bytes[at] == '"')
            quoted = !quoted;
        else if (!quoted && (bytes[at] == '\n' || bytes[at] == '\r'))
            break;
    }
    return at;
}

static bool has_high_byte(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)bytes[i] >= 0x80)
            return true;
    return false;
}

/* A file cut off within a character is still UTF-8. */
static bool is_utf8_but_for_its_end(const char *bytes, size_t length)
{
    for (size_t cut = 0; cut < 4 && cut <= length; cut++)
        if (text_is_utf8(bytes, length - cut))
            return true;
    return false;
}

/* One wrong byte must not turn a file of ten thousand sound rows into another alphabet: the first record that is not
 * plain ASCII, as the title row is, decides. */
static bool is_utf8(const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        size_t size = first_record(bytes + at, length - at);
        if (has_high_byte(bytes + at, size))
            return at + size == length ? is_utf8_but_for_its_end(bytes + at, size) : text_is_utf8(bytes + at, size);
        at += size + 1;
    }
    return true;
}

void sheet_marks(const char *bytes, size_t length, char marks[4])
{
    size_t counts[3] = {0};
    bool quoted = false;
    unsigned lines = 0;
    memcpy(marks, ";,\t", 4);
    for (size_t at = 0; at < length && lines < 10; at++) {
        quoted = bytes[at] == '"' ? !quoted : quoted;
        lines += bytes[at] == '\n' && !quoted;
        for (size_t i = 0; i < 3 && !quoted; i++)
            counts[i] += bytes[at] == marks[i];
    }
    size_t best = 0;
    for (size_t i = 1; i < 3; i++)
        best = counts[i] > counts[best] ? i : best;
    char likeliest = marks[best];
    marks[best] = marks[0];
    marks[0] = likeliest;
}

/* ---- rows ---- */

enum { REREAD_TIMES = 8 /* the file's length, in all */ };

struct reading {
    sheet_on_row *on_row;
    void *data;
    const char *bytes;
    size_t length;
    char mark;
    bool utf8;
    bool ended;  /* on_row wants no more */
    bool hiding; /* on_row wants the row line by line */

    size_t at;           /* of the piece being fed */
    unsigned line;       /* its number */
    unsigned start_line; /* of the row being read; 0: between rows */
    unsigned row_line;   /* of the last row that began, */
    size_t row_second;   /* and where its second line is */
    size_t patience;     /* bytes that may still be read again */

    struct pool *pool; /* of the row being read */
    const char *cells[SHEET_COLUMNS_MOST];
    struct sheet_row row;
    bool any; /* a cell of it holds text */
};

static const char *repaired(struct pool *pool, const char *bytes, size_t length)
{
    struct buffer text = {0};
    for (size_t at = 0; at < length;) {
        size_t size = 1;
        while (size < 4 && at + size < length && ((unsigned char)bytes[at + size] & 0xC0) == 0x80)
            size++;
        if (text_is_utf8(bytes + at, size)) {
            buffer_add(&text, bytes + at, size);
            at += size;
        } else {
            buffer_text(&text, "\xEF\xBF\xBD");
            at++;
        }
    }
    const char *kept = pool_copy_length(pool, text.bytes, text.length);
    buffer_free(&text);
    return kept;
}

static const char *cell_text(struct reading *reading, const char *bytes, size_t length)
{
    if (!reading->utf8)
        return text_from_cp1251(reading->pool, bytes, length);
    if (text_is_utf8(bytes, length))
        return pool_copy_length(reading->pool, bytes, length);
    reading->row.readable = false;
    return repaired(reading->pool, bytes, length);
}

/* The longest start of a cell that ends between characters. */
static size_t cut_length(const struct reading *reading, const char *bytes)
{
    size_t length = SHEET_CELL_LONGEST;
    while (reading->utf8 && length > 0 && ((unsigned char)bytes[length] & 0xC0) == 0x80)
        length--;
    return length;
}

static void on_cell(void *bytes, size_t length, void *data)
{
    struct reading *reading = data;
    if (reading->row.count == SHEET_COLUMNS_MOST) {
        /* Spreadsheets save long tails of empty cells. */
        reading->row.too_wide = reading->row.too_wide || length > 0;
        return;
    }
    if (length > SHEET_CELL_LONGEST) {
        reading->row.too_wide = true;
        length = cut_length(reading, bytes);
    }
    const char *text = length == 0 ? "" : cell_text(reading, bytes, length);
    reading->any = reading->any || *text_tidy(reading->pool, text) != '\0';
    reading->cells[reading->row.count++] = text;
}

static void reset_row(struct reading *reading)
{
    pool_free(reading->pool);
    reading->pool = pool_new();
    reading->row = (struct sheet_row){.cells = reading->cells, .readable = true};
    reading->any = false;
    reading->start_line = 0;
}

static void take_answer(struct reading *reading, enum sheet_answer answer)
{
    reading->ended = answer == SHEET_STOP;
    reading->hiding = answer == SHEET_AGAIN;
}

static void on_end_of_row(int end, void *data)
{
    struct reading *reading = data;
    reading->row.line = reading->start_line;
    reading->row.ended = end != -1;
    if (reading->any && !reading->ended)
        take_answer(reading, reading->on_row(reading->data, reading->pool, &reading->row));
    reset_row(reading);
}

/* The piece up to and with the next line end of any kind. */
static size_t piece_length(const char *bytes, size_t length)
{
    for (size_t at = 0; at < length; at++) {
        if (bytes[at] == '\n')
            return at + 1;
        if (bytes[at] == '\r')
            return at + 1 < length && bytes[at + 1] == '\n' ? at + 2 : at + 1;
    }
    return length;
}

static bool is_blank(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (strchr(" \t\r\n", bytes[i]) == NULL || bytes[i] == '\0')
            return false;
    return true;
}

static void open_parser(struct csv_parser *parser, const struct reading *reading)
{
    csv_init(parser, 0);
    csv_set_delim(parser, (unsigned char)reading->mark);
}

/* Tells the first line of the last row, and goes back to its second one; false when that was done too often. */
static bool read_again(struct csv_parser *parser, struct reading *reading)
{
    const struct sheet_row told = {
        .line = reading->row_line, .cells = reading->cells, .ended = true, .readable = true, .hiding = true};
    size_t hidden = reading->at - reading->row_second;
    take_answer(reading, reading->on_row(reading->data, reading->pool, &told));
    if (reading->ended || hidden > reading->patience)
        return false;
    reading->patience -= hidden;
    reading->at = reading->row_second;
    reading->line = reading->row_line;
    reset_row(reading);
    csv_free(parser);
    open_parser(parser, reading);
    return true;
}

/* libcsv says nothing of lines, so it is fed one line at a time. False: it ran out of memory. */
static bool feed(struct csv_parser *parser, struct reading *reading)
{
    while (reading->at < reading->length && !reading->ended) {
        const char *piece = reading->bytes + reading->at;
        size_t size = piece_length(piece, reading->length - reading->at);
        reading->at += size;
        reading->line++;
        if (reading->start_line == 0 && !is_blank(piece, size)) {
            reading->start_line = reading->row_line = reading->line;
            reading->row_second = reading->at;
        }
        if (csv_parse(parser, piece, size, on_cell, on_end_of_row, reading) != size)
            return false;
        if (reading->hiding)
            read_again(parser, reading);
    }
    return true;
}

/* Only at the end of the file is libcsv asked to be strict: there an open quote is told, elsewhere it is a habit of
 * writing names. */
static bool ends_in_quote(struct csv_parser *parser, struct reading *reading)
{
    csv_set_opts(parser, CSV_STRICT | CSV_STRICT_FINI);
    return csv_fini(parser, on_cell, on_end_of_row, reading) != 0 && !reading->ended;
}

static bool read_rows(struct csv_parser *parser, struct reading *reading)
{
    do {
        if (!feed(parser, reading))
            return false;
    } while ((ends_in_quote(parser, reading) || reading->hiding) && read_again(parser, reading));
    return true;
}

const struct fault *sheet_read(struct pool *pool, const char *bytes, size_t length, char mark, sheet_on_row *on_row,
                               void *data)
{
    const char *code = foreign_code(bytes, length);
    if (code != NULL)
        return fault_new(pool, FAULT_INVALID, code);
    bool marked = length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0;
    bytes += marked ? 3 : 0;
    length -= marked ? 3 : 0;

    struct csv_parser parser;
    struct reading *reading = pool_alloc(pool, sizeof *reading);
    *reading = (struct reading){.on_row = on_row,
                                .data = data,
                                .bytes = bytes,
                                .length = length,
                                .mark = mark,
                                .utf8 = marked || is_utf8(bytes, length),
                                .patience = length * REREAD_TIMES};
    open_parser(&parser, reading);
    reset_row(reading);
    bool read = read_rows(&parser, reading);
    csv_free(&parser);
    pool_free(reading->pool);
    return read ? NULL : fault_new(pool, FAULT_TOO_LARGE, "too_large");
}

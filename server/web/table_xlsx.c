/*
 * table_xlsx.c: tables as XLSX.
 *
 * Rows go to a temporary file as they come, so that memory does not grow with them; the finished book is a file in
 * memory alone.
 */
#include "veha/text.h"

#include "table_form.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xlsxwriter.h>

struct xlsx {
    int file;
    lxw_workbook *book; /* NULL once it is closed */
    lxw_worksheet *sheet;
    lxw_format *bold, *date, *moment;
    lxw_row_t row;
    lxw_col_t column;
    void *bytes; /* of the finished book, mapped */
    size_t length;
};

static void release(void *writer)
{
    struct xlsx *xlsx = writer;

    if (xlsx->book != NULL)
        workbook_close(xlsx->book); /* the library's only way to free it */
    if (xlsx->bytes != NULL)
        munmap(xlsx->bytes, xlsx->length);
    close(xlsx->file);
}

static lxw_format *format_of(lxw_workbook *book, const char *numbers)
{
    lxw_format *format = workbook_add_format(book);

    format_set_num_format(format, numbers);
    format_set_align(format, LXW_ALIGN_LEFT);
    return format;
}

static void *new (struct pool *pool)
{
    struct xlsx *xlsx = pool_alloc(pool, sizeof *xlsx);
    int file = memfd_create("table", MFD_CLOEXEC);

    if (file < 0)
        return NULL;
    *xlsx = (struct xlsx){.file = file};
    lxw_workbook_options options = {.constant_memory = LXW_TRUE};
    xlsx->book = workbook_new_opt(pool_print(pool, "/proc/self/fd/%d", file), &options);
    pool_adopt(pool, xlsx, release);
    if (xlsx->book == NULL)
        return NULL;
    xlsx->sheet = workbook_add_worksheet(xlsx->book, NULL);
    if (xlsx->sheet == NULL)
        return NULL;
    xlsx->bold = workbook_add_format(xlsx->book);
    format_set_bold(xlsx->bold);
    format_set_text_wrap(xlsx->bold);
    xlsx->date = format_of(xlsx->book, "dd.mm.yyyy");
    xlsx->moment = format_of(xlsx->book, "dd.mm.yyyy hh:mm");
    worksheet_freeze_panes(xlsx->sheet, 1, 0);
    return xlsx;
}

/* What a cell holds at most, in code points beyond which the library writes nothing at all. */
enum { CELL_LONGEST = 32767 };

/* Noncharacters are no XML; what is too long ends in an ellipsis. */
static void write_string(struct xlsx *xlsx, const char *text, lxw_format *format)
{
    struct buffer cell = {0};
    size_t points = 0;

    buffer_text(&cell, "");
    for (const char *at = text; *at != '\0';) {
        size_t size = 1;
        while ((at[size] & 0xC0) == 0x80)
            size++;
        if (++points == CELL_LONGEST) {
            buffer_text(&cell, "…");
            break;
        }
        bool barred = size == 3 && (text_starts(at, "\xEF\xBF\xBE") || text_starts(at, "\xEF\xBF\xBF"));
        buffer_add(&cell, barred ? "\xEF\xBF\xBD" : at, size);
        at += size;
    }
    worksheet_write_string(xlsx->sheet, xlsx->row, xlsx->column++, cell.bytes, format);
    buffer_free(&cell);
}

/* Wide enough for the heading in two lines, and for a date. */
static void heading(void *writer, const char *text)
{
    enum { NARROWEST = 12, WIDEST = 40 };
    struct xlsx *xlsx = writer;
    size_t length = text_length(text);

    worksheet_set_column(xlsx->sheet, xlsx->column, xlsx->column,
                         length < NARROWEST ? NARROWEST + 4
                         : length < WIDEST  ? (double)length
                                            : WIDEST,
                         NULL);
    write_string(xlsx, text, xlsx->bold);
}

static void text(void *writer, const char *text)
{
    write_string(writer, text, NULL);
}

static void plain(void *writer, const json_t *value)
{
    struct xlsx *xlsx = writer;

    if (json_is_boolean(value))
        worksheet_write_boolean(xlsx->sheet, xlsx->row, xlsx->column++, json_is_true(value), NULL);
    else
        worksheet_write_number(xlsx->sheet, xlsx->row, xlsx->column++, json_number_value(value), NULL);
}

static void moment(void *writer, const struct tm *local, bool timed)
{
    struct xlsx *xlsx = writer;
    lxw_datetime at = {.year = local->tm_year + 1900, .month = local->tm_mon + 1, .day = local->tm_mday};

    if (timed) {
        at.hour = local->tm_hour;
        at.min = local->tm_min;
        at.sec = local->tm_sec;
    }
    worksheet_write_datetime(xlsx->sheet, xlsx->row, xlsx->column++, &at, timed ? xlsx->moment : xlsx->date);
}

static void blank(void *writer)
{
    struct xlsx *xlsx = writer;
    xlsx->column++;
}

static void row_end(void *writer)
{
    struct xlsx *xlsx = writer;

    xlsx->row++;
    xlsx->column = 0;
}

static bool end(void *writer, const char **bytes, size_t *length)
{
    struct xlsx *xlsx = writer;
    lxw_workbook *book = xlsx->book;

    xlsx->book = NULL;
    if (workbook_close(book) != LXW_NO_ERROR)
        return false;
    off_t size = lseek(xlsx->file, 0, SEEK_END);
    if (size <= 0)
        return false;
    void *mapped = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, xlsx->file, 0);
    if (mapped == MAP_FAILED)
        return false;
    xlsx->bytes = mapped;
    xlsx->length = (size_t)size;
    *bytes = mapped;
    *length = xlsx->length;
    return true;
}

const struct table_form table_xlsx = {.for_people = true,
                                      .new = new,
                                      .heading = heading,
                                      .text = text,
                                      .plain = plain,
                                      .moment = moment,
                                      .blank = blank,
                                      .row_end = row_end,
                                      .end = end};

/*
 * sheet.h: a table as people save it from a spreadsheet, row by row.
 *
 * UTF-8 with or without a byte order mark, or windows-1251; cells parted by ; , or tab; quotes, line breaks inside
 * quotes and \n, \r\n, \r between rows. Bytes are converted a cell at a time, so a large file is held once.
 */
#ifndef VEHA_TENANTS_EXCHANGE_SHEET_H
#define VEHA_TENANTS_EXCHANGE_SHEET_H

#include "veha/fault.h"
#include "veha/pool.h"

#include <stdbool.h>
#include <stddef.h>

enum { SHEET_COLUMNS_MOST = 256, SHEET_CELL_LONGEST = 32768 /* bytes as saved */ };

struct sheet_row {
    unsigned line;            /* physical line where the row starts, from 1 */
    const char *const *cells; /* UTF-8, not tidied; "" for an empty one; valid during the call */
    size_t count;
    bool ended;    /* false: the file ends without a line end after it, as half a file does */
    bool readable; /* false: a cell is not valid text; it is shown with U+FFFD */
    bool too_wide; /* more cells or a longer cell than the limits above; what is beyond is cut */
    bool hiding; /* a quote opened in this line hides those below it: no cells, the reading goes on at the next line */
};

enum sheet_answer {
    SHEET_ON,
    SHEET_AGAIN, /* the row is no row, its quotes hide several: comes again as hiding, then the lines below it */
    SHEET_STOP
};

/* pool lives as long as the call. */
typedef enum sheet_answer sheet_on_row(void *data, struct pool *pool, const struct sheet_row *row);

/* The marks that may part cells, first the one that stands most often in the first ten lines, outside quotes;
 * NUL-terminated. */
void sheet_marks(const char *bytes, size_t length, char marks[4]);

/*
 * Calls on_row for every row that has a cell with text, cells being parted by mark. A quote that nothing closes hides
 * what is below it as well; a file full of those ends with one that hides the rest. NULL on success. Faults:
 * "file_spreadsheet" (xlsx or xls), "file_utf16", "file_not_text".
 */
const struct fault *sheet_read(struct pool *pool, const char *bytes, size_t length, char mark, sheet_on_row *on_row,
                               void *data);

#endif

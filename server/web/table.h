/*
 * table.h: the "items" of a document as CSV for spreadsheets.
 *
 * UTF-8 with a byte order mark, `;` between cells and CRLF between rows, as spreadsheets of Russian locale expect. The
 * columns are the members of the items in the order of their first appearance. Text that a spreadsheet would run as a
 * formula gets a leading apostrophe.
 */
#ifndef VEHA_WEB_TABLE_H
#define VEHA_WEB_TABLE_H

#include "veha/text.h"

#include <jansson.h>
#include <stdbool.h>

/* false when the document has no array "items". */
bool table_write(json_t *document, struct buffer *out);

#endif

/*
 * table.h: the "items" of documents as a file for spreadsheets, as CSV or as XLSX.
 *
 * CSV is for programs as well: UTF-8 with a byte order mark, `;` between cells and CRLF between rows, as spreadsheets
 * of Russian locale expect. Its columns are the members of the items in the order of their first appearance, named as
 * in JSON, codes and moments as they are. Text that a spreadsheet would run as a formula gets a leading apostrophe.
 *
 * XLSX is for people: the columns that the resource names (see `columns` in resource.h), headings and codes in the
 * reader's words, dates as dates, texts as texts. No cell is ever a formula.
 *
 * A document may bring more columns, of what its items hold in a list: "columns": [{"key", "title", "path", "code"}],
 * with the path from an item to a value ("cells.3.word") and the catalogue context of codes. They stand last, in place
 * of the member the path begins with.
 */
#ifndef VEHA_WEB_TABLE_H
#define VEHA_WEB_TABLE_H

#include "veha/locale.h"
#include "veha/pool.h"
#include "veha/text.h"

#include <jansson.h>
#include <stdbool.h>

enum table_kind { TABLE_CSV, TABLE_XLSX };

struct table;

/* It lives as long as the pool; columns as in resource.h, NULL for all members; both are borrowed. NULL: no file could
 * be made. */
struct table *table_new(struct pool *pool, enum table_kind kind, const char *columns);

/* Adds a row an item. The columns are those of the first document. The locale is not kept. False when the document has
 * no array "items". */
bool table_add(struct table *table, const struct locale *locale, const json_t *document);

size_t table_rows(const struct table *table);

/* The file's bytes, which live as long as the table; nothing may be added any more. False when the file cannot be
 * written. */
bool table_end(struct table *table, const char **bytes, size_t *length);

#endif

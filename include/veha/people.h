/*
 * people.h: a table of people to invite, as saved from a spreadsheet or pasted from one, becomes invitations.
 *
 * Columns, in any order and by several titles: name, login or e-mail, role (specialist when there is none), ОГРН or ИНН of the organisations, one or several in a cell. Rows of
 * one login and role are one person. Every row is either invited, there already, or told with its line, its column and why.
 */
#ifndef VEHA_PEOPLE_H
#define VEHA_PEOPLE_H

#include "veha/fault.h"
#include "veha/pool.h"

#include <jansson.h>

enum { PEOPLE_ROWS_MOST = 5000, PEOPLE_LARGEST = 1024 * 1024 };

struct people {
    json_t *rows;   /* [{line, number, login, name, role, organisations: [{line, number}]}], as invitation_rows() of the database reads them */
    json_t *errors; /* [{line, column, code, value}]: rows that stay out */
    size_t row_count; /* of the file, without its titles */
};

/* Reads a table; all in pool. Faults of the whole: file_* (see sheet.h), columns_missing with the columns as fields, too_many_rows, too_large. */
const struct fault *people_read(struct pool *pool, const char *bytes, size_t length, struct people *read);

/* What became of the rows, from the `rows` that the database told: {rows, added, changed, unchanged, refused, errors}. In pool; read->errors is part of it. */
json_t *people_summary(struct pool *pool, const struct people *read, const json_t *told);

#endif

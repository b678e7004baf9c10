/* table_form.h: a kind of file that tables are written to; one struct of functions each. */
#ifndef VEHA_WEB_TABLE_FORM_H
#define VEHA_WEB_TABLE_FORM_H

#include "veha/pool.h"

#include <jansson.h>
#include <stdbool.h>
#include <time.h>

/* Cells come row by row, from left to right; `writer` is what new made. */
struct table_form {
    bool for_people;                 /* columns, headings and codes as people read them, and dates as dates */
    void *(*new)(struct pool *pool); /* lives as long as the pool; NULL: it cannot be made */
    void (*heading)(void *writer, const char *text);
    void (*text)(void *writer, const char *text);
    void (*plain)(void *writer, const json_t *value);                 /* a number, true or false */
    void (*moment)(void *writer, const struct tm *local, bool timed); /* only for people */
    void (*blank)(void *writer);
    void (*row_end)(void *writer);
    bool (*end)(void *writer, const char **bytes, size_t *length);
};

extern const struct table_form table_csv, table_xlsx;

#endif

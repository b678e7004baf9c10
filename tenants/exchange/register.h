/*
 * register.h: what a register says, row by row, checked and in one spelling; nothing here knows the database.
 */
#ifndef VEHA_TENANTS_EXCHANGE_REGISTER_H
#define VEHA_TENANTS_EXCHANGE_REGISTER_H

#include "veha/import.h"
#include "veha/text.h"

#include "column.h"

enum note_kind {
    NOTE_NOTICE, /* good to know */
    NOTE_CELL,   /* the cell was left out, its row went in */
    NOTE_ROW     /* the row stayed out */
};

struct note {
    enum note_kind kind;
    unsigned line;
    const char *column; /* title in the file; "" when it concerns the row or the file */
    const char *code;
    const char *value; /* what stood there, shortened */
};

struct founder {
    const char *name; /* NULL members: not said */
    const char *ogrn;
    const char *inn;
    const char *kind; /* "agency" or "municipality", for one that is known only as a founder */
};

struct account {
    const char *network;
    const char *address; /* canonical key */
    const char *url;
    const char *spelling;
};

/* NULL: the file does not say. */
struct register_row {
    unsigned line;
    const char *name;
    const char *folded; /* name_fold(name) */
    const char *short_name;
    const char *folded_short;
    const char *ogrn;
    const char *inn;
    const char *kind;
    struct founder founder;
    const char *category;
    const char *spheres[3];
    size_t sphere_count;
    const char *ground; /* why no account is kept: the third branch */
    struct account *accounts;
    size_t account_count;
    const char *detail; /* a JSON object of what else the register says */

    const char *key; /* what a row without numbers is known by; NULL for the others */

    bool refused;
    bool repeats;               /* refused because an earlier row says the same, so nothing is missing */
    struct register_row *above; /* its founder, when that is a row of the file, too */
    unsigned depth;             /* 0: its founder is not in the file */
};

struct import_register {
    struct pool *pool;
    struct register_row **rows; /* in the order of the file; also the refused ones */
    size_t row_count;
    size_t rows_told; /* data rows of the file, readable or not */
    size_t refused;
    size_t repeated; /* rows that an earlier one says already */
    struct note *notes;
    size_t note_count;
    size_t untold;               /* notes beyond IMPORT_NOTES_MOST */
    const char *titles[COLUMNS]; /* as the file writes them; NULL: it has no such column */
};

/* Fills *register_; everything lives in pool. Faults as import_run. */
const struct fault *register_read(struct pool *pool, const struct import_options *options, const char *bytes,
                                  size_t length, struct import_register *read);

/*
 * Settles what only the whole file can tell: repeated rows, founders that are rows, own parents and loops.
 * register_read does not call it.
 */
void register_settle(struct import_register *read);

/* Notes a row's mistake or notice; value may be NULL. NOTE_ROW also refuses the row (row may be NULL: it was none yet).
 */
void register_note(struct import_register *read, struct register_row *row, enum note_kind kind, unsigned line,
                   const char *column, const char *code, const char *value);

/* The row as the database's import_rows() reads it, appended to out. */
void register_print_row(const struct register_row *row, struct buffer *out);

#endif

/* row.h: one row of cells becomes one register_row. */
#ifndef VEHA_TENANTS_EXCHANGE_ROW_H
#define VEHA_TENANTS_EXCHANGE_ROW_H

#include "register.h"
#include "sheet.h"

/* Which cell holds which column. */
struct layout {
    size_t cell[COLUMNS]; /* SHEET_COLUMNS_MOST: none */
    size_t width;         /* of the title row */
};

/* Reads a row into read->rows, or notes why not. scratch dies with the row. */
void row_read(struct import_register *read, const struct import_options *options, const struct layout *layout,
              struct pool *scratch, const struct sheet_row *cells);

#endif

/* row.h: one row of cells becomes one register_row. */
#ifndef VEHA_TENANTS_EXCHANGE_ROW_H
#define VEHA_TENANTS_EXCHANGE_ROW_H

#include "register.h"
#include "sheet.h"

/* Which cell holds which column. */
struct layout {
    size_t cell[COLUMNS];              /* SHEET_COLUMNS_MOST: none */
    size_t width;                      /* of the title row */
    bool untitled[SHEET_COLUMNS_MOST]; /* nobody was told yet that there is something in it */
};

/* Reads a row into read->rows, or notes why not. scratch dies with the row. */
void row_read(struct import_register *read, const struct import_options *options, struct layout *layout,
              struct pool *scratch, const struct sheet_row *cells);

#endif

/*
 * import.h: a region's register, as a table, brought into the tree of tenants.
 *
 * Every row of the file is either in the database afterwards or told with its line, its column and why. A second run of
 * the same file changes nothing; import never removes anything.
 */
#ifndef VEHA_IMPORT_H
#define VEHA_IMPORT_H

#include "veha/fault.h"
#include "veha/network.h"
#include "veha/pool.h"
#include "veha/unit.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { IMPORT_LARGEST = 64 * 1024 * 1024, IMPORT_ROWS_MOST = 300000, IMPORT_NOTES_MOST = 10000 };

struct import_options {
    const struct network_set *networks;
    const char *region; /* name of the region; NULL: rows of other regions are not noticed */
    bool dry_run;       /* all is tried, nothing stays */
};

/*
 * Reads the file and applies its good rows, in batches of one unit each. NULL on success with *summary in pool, an
 * object:
 *
 *   rows       data rows of the file: added + changed + unchanged + repeated + refused
 *   founders   how many were added that have no row of their own
 *   dry_run    whether nothing was kept
 *   errors     [{line, column, code, value, refused}]; refused: the whole row stayed out, otherwise only that cell
 *   notices    [{line, column, code, value}]
 *   untold     how many errors and notices there were beyond IMPORT_NOTES_MOST
 *
 * Lines are physical lines, columns the titles of the file, codes those of the catalogue context "fault". A fault means
 * that nothing could be read ("file_spreadsheet", "columns_missing" with the missing ones as fields, ...), or that the
 * database failed on the way: what was applied before stays, and the next run goes on from there.
 */
const struct fault *import_run(struct pool *pool, struct db *db, const struct import_options *options,
                               const char *bytes, size_t length, json_t **summary);

#endif

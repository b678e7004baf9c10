/* migrate.h: brings a database to the newest schema, forward only, under an advisory lock, each file with its checksum. */
#ifndef VEHA_MIGRATE_H
#define VEHA_MIGRATE_H

#include "veha/fault.h"
#include "veha/pool.h"

/* One file of sql/migrations, embedded at build time, in order. */
struct migration {
    const char *name; /* "0001_base" */
    const char *text;
    const char *checksum; /* BLAKE2b-128 of the text, hexadecimal */
};
extern const struct migration migration_table[];
extern const size_t migration_count;

/* Applies what is missing; prints a line for each. NULL on success. An applied file whose checksum differs is a fault. */
const struct fault *migrate_run(struct pool *pool, const char *url);

#endif

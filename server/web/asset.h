/*
 * asset.h: the built files of the browser, read whole at start.
 *
 * The folder holds manifest.json: {"site.css": {"file": "site-HASH.css", ...}, ...}; beside each file may lie FILE.br
 * and FILE.gz. A name carries the hash of its content, so answers may be kept for ever.
 */
#ifndef VEHA_WEB_ASSET_H
#define VEHA_WEB_ASSET_H

#include "veha/pool.h"

#include <jansson.h>
#include <stddef.h>

struct asset_body {
    const char *bytes; /* NULL: there is none of this coding */
    size_t length;
};

struct asset {
    const char *name; /* "site-HASH.css" */
    const char *type; /* media type */
    struct asset_body plain, brotli, gzip;
};

struct asset_set;

/* NULL after printing why. */
const struct asset_set *asset_load(struct pool *pool, const char *directory);
const json_t *asset_manifest(const struct asset_set *set);
/* name is the path below /assets/; NULL when there is no such file. */
const struct asset *asset_find(const struct asset_set *set, const char *name);

#endif

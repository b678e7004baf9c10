/*
 * roadmap.h: roadmap templates (templates/roadmaps/NAME.json), one file a branch and version.
 *
 * A file says the steps of one branch: what, why (the legal ground), how, which evidence, which checks with which
 * parameters, how many days before the deadline, and what must be done before. A published version never changes;
 * another text wants another version.
 */
#ifndef VEHA_ROADMAP_H
#define VEHA_ROADMAP_H

#include "veha/config.h"
#include "veha/document.h"
#include "veha/fault.h"
#include "veha/network.h"
#include "veha/pool.h"
#include "veha/unit.h"

#include <stdbool.h>
#include <stddef.h>

struct roadmap {
    const char *branch; /* "open", "keep", "exempt" */
    int version;
    const char *title;
    const struct document *document;
};

struct roadmap_set {
    const struct roadmap *roadmaps; /* in the order of their file names */
    size_t count;
};

/* Notes every mistake of one roadmap file in the document; the networks are those a creation step may name. */
void roadmap_check(struct document *document, struct pool *pool, const struct network_set *networks);

/* Reads every *.json of the directory. NULL after printing each mistake as FILE:LINE: reason. */
const struct roadmap_set *roadmap_load(struct pool *pool, const char *directory, const struct network_set *networks);

/*
 * Brings the region's settings, the networks and the roadmaps of the templates' directory into the database, as
 * veha_owner or veha_operator, in one unit; prints a line for each that is new. Nothing is changed by what is there
 * already. NULL on success.
 */
const struct fault *roadmap_publish_all(struct pool *pool, struct db *db, const struct config *config);

#endif

/*
 * told.h: is a reading that somebody else made a reading at all?
 *
 * Strict, because what passes is judged and kept like a reading of our own: only the members of read.h, known states,
 * facts that the network's file names, each of a kind it may have there, and bounded lists.
 */
#ifndef VERIFY_TOLD_H
#define VERIFY_TOLD_H

#include "veha/fault.h"
#include "veha/network.h"
#include "veha/pool.h"

#include <jansson.h>
#include <stdint.h>

enum { TOLD_BYTES_MOST = 256 * 1024 /* of a reading as text */ };

struct told {
    const struct network_set *networks;
    const struct network *network;
    const json_t *reading;
    const json_t *requests; /* [{"url", "status", "bytes", "ms", "fault"}], all but the address may be missing */
    int64_t now;
};

/* NULL, or FAULT_INVALID with every mistake (a hundred at most) by field and pointer. */
struct fault *told_check(struct pool *pool, const struct told *told);

#endif

/* extract.h: evaluates a network file's XPath on one page; runs inside the confined child only. */
#ifndef VERIFY_EXTRACT_H
#define VERIFY_EXTRACT_H

#include "veha/network.h"

#include <jansson.h>
#include <stddef.h>

struct extractor;

/* Compiles the XPath of every network; NULL after printing which expression is wrong. */
struct extractor *extractor_new(const struct network_set *networks);
void extractor_free(struct extractor *extractor);

/*
 * html is valid UTF-8. {"states": [true, false, null, ...] in the order of the file (null: a state without XPath),
 * "facts": {name: string, boolean or array of strings; absent: nothing was there}, "posts": [{"at", "own", "pinned"}]
 * (absent: not known), "links": [href that names a host, ...], "links_whole": false when some were left out,
 * "mentions": [address that stands in a script or the like, ...]}, or
 * {"fault": code} when the page cannot be trusted to be whole. The caller owns the result.
 */
json_t *extractor_run(struct extractor *extractor, size_t network, const char *html, size_t length);

/*
 * xml is a feed in UTF-8, whatever it says of itself, and ends with NUL. {"posts": as above; absent: it is no feed}, or
 * {"fault": code}; one that declares entities is not read at all. The caller owns the result.
 */
json_t *extractor_run_feed(struct extractor *extractor, size_t network, const char *xml, size_t length);

#endif

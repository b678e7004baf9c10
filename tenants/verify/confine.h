/* confine.h: a child process that reads hostile HTML and can do nothing else. */
#ifndef VERIFY_CONFINE_H
#define VERIFY_CONFINE_H

#include "veha/network.h"

#include <jansson.h>
#include <stddef.h>

/*
 * States: DOWN → UP (forked, confined, XPath compiled) → DOWN again when it died, hung or has read its share; the next
 * page starts another. The child keeps no descriptor but its socket and may only read, write, allocate and end
 * (seccomp); its processor time and memory are bounded.
 */
struct reader;

/* Starts the child: call it before threads exist. The networks must outlive it. NULL when an XPath of theirs is wrong.
 */
struct reader *reader_new(const struct network_set *networks);
void reader_free(struct reader *reader);

/*
 * What extractor_run gives (extract.h) for a page in UTF-8, or {"fault": "reader_died" | "reader_slow"}. Waits for the
 * child, at most three seconds. The caller owns the result.
 */
json_t *reader_extract(struct reader *reader, const struct network *network, const char *html, size_t length);
/* The same of a feed, which is XML (extractor_run_feed). */
json_t *reader_extract_feed(struct reader *reader, const struct network *network, const char *xml, size_t length);

#endif

/*
 * read.h: what came from a network becomes a reading, a JSON object:
 *
 * - state: present | missing | closed | blocked | withheld | throttled | challenged | not_community | unfamiliar |
 *   unreachable
 * - reason: a code that says more, or null
 * - facts: {name: {"value": ..., "origin": where it was read}}; a fact that is absent was not told
 * - posts: [{"at": ISO 8601, "own": bool, "pinned": bool, "comments": bool}]; absent: activity is not known
 * - posts_whole: true: there are no others; posts_part: true: only some are listed
 * - posts_reason: why posts, or some of them, are not known
 * - links: [{"network", "key"}] in one spelling, each once: the accounts and sites the page links to
 * - links_whole: false: there are more
 * - mentions: the same of addresses in scripts and attributes for scripts; absent: none
 * - short_links: true: some links are shortened, and where they lead is not known
 */
#ifndef VERIFY_READ_H
#define VERIFY_READ_H

#include "veha/network.h"
#include "veha/pool.h"

#include "confine.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One answer as it was fetched. */
struct answer {
    const char *fault; /* why nothing came ("timeout", "address_denied", ...); NULL: something did */
    long status;
    const char *url; /* after redirects */
    const char *content_type;
    long retry_after; /* seconds the server asked us to stay away, as Retry-After tells them or its date; 0: none */
    const char *bytes;
    size_t length;
    int64_t at; /* when it came; 0: not told, and dates that need it are not read */
    int zone;   /* seconds east of Greenwich: where dates that say no zone are written */
};

/* The caller owns readings. */
json_t *reading_new(const char *state, const char *reason);
void reading_fact(json_t *reading, const char *name, json_t *value,
                  const char *origin); /* steals value; NULL adds nothing */
const char *reading_state(const json_t *reading);
/* The value of a fact; NULL when it was not told. */
const json_t *reading_value(const json_t *reading, const char *fact);

/* Reads an HTML answer by the network's file. A fact of kind "feed" is the address of the site's own feed. */
json_t *read_page(struct reader *reader, const struct network_set *networks, const struct network *network,
                  const struct answer *answer);

/*
 * Reads a feed (RSS, Atom) in the confined child and adds its posts to the reading. It may hold a part of what is
 * published: "posts_part" is true, and nothing follows from what it lacks. A feed of another site adds nothing.
 */
void read_feed(struct reader *reader, const struct network *network, const struct answer *answer, json_t *reading);

/* Are both addresses of one site? www. and the scheme aside. */
bool read_same_site(struct pool *pool, const char *one, const char *two);
/* The link as a browser would follow it from the page at base; NULL when it leads nowhere. */
const char *read_resolved(struct pool *pool, const char *base, const char *href);
/* The posts of a page or a feed whose times can be read; rules: the network file's part. NULL: of none of them.
 * *unread: own posts are among the others. */
json_t *read_posts(struct pool *pool, const struct answer *answer, const json_t *rules, const json_t *raw,
                   bool *unread);

/* A text without surrounding blanks, line by line, without empty lines. */
json_t *read_prose(struct pool *pool, const char *text);
/* "2 805 members", "1.49K", "60K subscribers" → a number; NULL when there is none. */
json_t *read_count(const char *text);

#endif

/*
 * look.h: one visit to an account: what to ask next, what came, what it means.
 *
 * Brings no loop and no I/O but the confined reader: the owner asks look_next for a request, fetches it however it
 * likes, and gives the answer to look_answer, until look_next has no more. States: ASKING → DONE; the reading exists
 * from the first answer on.
 */
#ifndef VERIFY_LOOK_H
#define VERIFY_LOOK_H

#include "veha/network.h"
#include "veha/pool.h"
#include "veha/rubric.h"

#include "calendar.h"
#include "confine.h"
#include "evidence.h"
#include "read.h"

#include <jansson.h>
#include <stdbool.h>

/* One key of the configuration that an API needs. */
struct look_setting {
    const char *kind; /* of API, and the section: "vk" */
    const char *key;
    const char *value; /* may be a secret: never log it */
};

/* What all looks of a process share. */
struct look_tools {
    const struct network_set *networks;
    struct reader *reader;
    const struct calendar *calendar;     /* NULL: no pauses */
    const struct look_setting *settings; /* ended by {0}; without its secrets a network's pages are read as HTML */
    const struct rubric *rubric;         /* NULL: accounts are not rated */
    struct evidence_rules evidence;
};

/*
 * Parts an answer that many requests got together, ids being their `id`s: own[i] becomes the answer that the i-th would
 * have got by itself, in the pool, or NULL when it must be asked alone. False: the answer as it is stands for all.
 */
typedef bool look_split(struct pool *pool, const struct answer *answer, const char *const *ids, size_t count,
                        const char **own);
/* Does the network refuse the token that was asked with? */
typedef bool look_refuses(const struct answer *answer);

struct look_request {
    const char *name;   /* of the network file's list */
    const char *method; /* of an API; NULL: a page */
    const char *url;
    const char *form;          /* body of a POST, NULL: GET. May hold a token: never log it */
    const char *authorization; /* header of that name, a token; NULL: none */
    /* Whoever carries the request adds to its form "join=id", of several requests "join=id,id,...", and "token=...",
     * one of the network's tokens. join NULL: by itself only; token NULL: none is added. */
    const char *join, *id;
    const char *token;
    look_split *split;
    look_refuses *refuses;
};

struct look;

/* key is canonical (network.h). The look lives in the pool. */
struct look *look_new(struct pool *pool, const struct look_tools *tools, const struct network *network,
                      const char *key);

/* False: there is nothing more to ask. */
bool look_next(struct look *look, struct look_request *request);

/* exchange: what was asked and what came, as fetch.h tells it ({"url", "status", ...}); taken over. NULL: none. */
void look_answer(struct look *look, const struct answer *answer, json_t *exchange);

const json_t *look_reading(const struct look *look);

/* Seconds the network asked us to leave it alone; 0: none. And: is it our token that is at fault? */
int look_pause(const struct look *look);
bool look_alarm(const struct look *look);

/*
 * What a reading means, whoever made it: {"state", "reading", "network_version", "rules_version", "title", "audience",
 * "verdicts", "rating" (rating.h; null: none)}. Of the tools only networks, calendar and rubric are used. The caller
 * owns it.
 */
json_t *look_judged(const struct look_tools *tools, const struct network *network, json_t *reading,
                    const json_t *subject, const json_t *parameters, int64_t now);

/*
 * {"state", "reading", "requests", "body_hash", "bodies", "network_version", "rules_version", "title", "audience",
 * "verdicts", "rating" (rating.h; null: none)}: what the database keeps; requests and bodies as evidence.h tells them.
 * The caller owns it.
 */
json_t *look_result(const struct look *look, const json_t *subject, const json_t *parameters, int64_t now);

#endif

/* api.h: what the probes share: the tables of errors, states and facts of a network file, applied to JSON that came. */
#ifndef PROBE_API_H
#define PROBE_API_H

#include "probe.h"

/* "api" of the network's file. */
const json_t *api_of(const struct probe_look *look);

/* The body, in the look's pool; NULL when nothing came or it is no JSON. */
json_t *api_load(struct probe_look *look, const struct answer *answer);

/* Takes the reading over, as one the API told. */
void api_set_reading(struct probe_look *look, json_t *reading);

/*
 * An error may end the account (deleted), the look (throttled, our token), or only say that the posts are not to be
 * seen; asked for the posts, whatever is no fact of the account leaves what is known of it. With "page" the error
 * leaves the reading alone: the page may tell what the token cannot.
 */
void api_error(struct probe_look *look, json_int_t code, const char *message, bool posts);

/* Of an error that says nothing of the account only what it asks of us: a pause, the operator. */
void api_heed(struct probe_look *look, json_int_t code, const char *message);

/* Neither an answer we know nor an error: nothing came, or something else did. */
void api_strange(struct probe_look *look, const struct answer *answer, bool posts);

/* The first line of a table ({"pointer", "match", "state", "reason"}) that fits the object; NULL: none. */
const json_t *api_line(const struct probe_look *look, const char *table, const json_t *object);

/* The account's state by the table "states" (present when none fits), its facts by "facts". */
void api_object(struct probe_look *look, const json_t *object, const char *origin);

/* A number or digits as text, exactly: what lies beyond 2^53 is spoilt by programs that read numbers as such. */
const char *api_id(struct pool *pool, const json_t *value);

/* Milliseconds since 1970 as "2026-11-22T12:00:00Z"; NULL when they are none, or of no year people count in. */
const char *api_moment(struct pool *pool, const json_t *milliseconds);

/* The same of seconds. */
const char *api_second(struct pool *pool, const json_t *seconds);

/* As a part of a form or an address. */
const char *api_escape(struct pool *pool, const char *text);

#endif

/*
 * rate.h: how much one address and one caller may ask in a minute.
 *
 * Token buckets in the memory of one worker process: with N workers an address may get up to N times as much, for its
 * connections may lie with all of them. The table does not grow; whoever is pushed out of it is the one who has asked
 * least, and loses nothing. The limits are there for what runs away; signing in has its own (0010_session.sql).
 */
#ifndef VEHA_WEB_RATE_H
#define VEHA_WEB_RATE_H

#include "veha/caller.h"
#include "veha/pool.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rate_kind { RATE_ADDRESS, RATE_CALLER, RATE_KINDS };
enum { RATE_WINDOW = 60 /* seconds */ };

/* What the limits say after a request was charged. */
struct rate_told {
    struct {
        long quota; /* a window; 0: there is no such limit, or it was not asked */
        long left;
        long reset; /* seconds until the whole quota is there again */
    } kinds[RATE_KINDS];
    long wait; /* seconds until the next request may pass; 0: it did */
};

struct rate;

/* Requests a window; 0: no limit. Ends the process when there is no memory. */
struct rate *rate_new(long address_quota, long caller_quota);
void rate_free(struct rate *rate);

/* Charges one request; false: there was nothing left, and nothing was taken. */
bool rate_take_address(struct rate *rate, const struct in6_addr *address, struct rate_told *told);
bool rate_take_caller(struct rate *rate, const struct caller *caller, struct rate_told *told);
/* What both do; now is monotonic, in milliseconds. */
bool rate_charge(struct rate *rate, enum rate_kind kind, const void *key, size_t length, int64_t now,
                 struct rate_told *told);

/* The fields RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers, 10); NULL where nothing is limited.
 */
const char *rate_policy(struct pool *pool, const struct rate_told *told);
const char *rate_state(struct pool *pool, const struct rate_told *told);

#endif

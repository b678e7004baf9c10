/* rate.c: a table of token buckets, and how it is told in headers. */
#include "rate.h"

#include "veha/clock.h"
#include "veha/text.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Buckets sit in small sets chosen by a keyed hash, which nobody outside can aim at. */
enum { SETS = 4096, SET_SIZE = 4, KEY_MOST = 64 };

static const char *const names[RATE_KINDS] = {"address", "caller"};

struct bucket {
    uint64_t key; /* 0: empty */
    int64_t at;   /* when `left` was true */
    double left;
    long quota;
};

struct rate {
    long quotas[RATE_KINDS];
    unsigned char secret[crypto_shorthash_KEYBYTES];
    struct bucket buckets[SETS][SET_SIZE];
};

struct rate *rate_new(long address_quota, long caller_quota)
{
    struct rate *rate = calloc(1, sizeof *rate);

    if (rate == NULL)
        abort();
    rate->quotas[RATE_ADDRESS] = address_quota;
    rate->quotas[RATE_CALLER] = caller_quota;
    randombytes_buf(rate->secret, sizeof rate->secret);
    return rate;
}

void rate_free(struct rate *rate)
{
    free(rate);
}

static uint64_t hash_of(const struct rate *rate, enum rate_kind kind, const void *key, size_t length)
{
    unsigned char text[KEY_MOST + 1] = {(unsigned char)kind}, hash[crypto_shorthash_BYTES];
    uint64_t number;

    length = length < KEY_MOST ? length : KEY_MOST;
    memcpy(text + 1, key, length);
    crypto_shorthash(hash, text, length + 1, rate->secret);
    memcpy(&number, hash, sizeof number);
    return number == 0 ? 1 : number;
}

static double left_now(const struct bucket *bucket, int64_t now)
{
    double left = bucket->left + (double)(now - bucket->at) * (double)bucket->quota / (RATE_WINDOW * 1000.0);

    return left < (double)bucket->quota ? left : (double)bucket->quota;
}

/* An empty bucket is as full as can be: it goes first. */
static double fullness(const struct bucket *bucket, int64_t now)
{
    return bucket->key == 0 ? 2 : left_now(bucket, now) / (double)bucket->quota;
}

static struct bucket *bucket_of(struct rate *rate, uint64_t key, long quota, int64_t now)
{
    struct bucket *set = rate->buckets[key % SETS], *place = &set[0];

    for (size_t i = 0; i < SET_SIZE; i++) {
        if (set[i].key == key)
            return &set[i];
        if (fullness(&set[i], now) > fullness(place, now))
            place = &set[i];
    }
    *place = (struct bucket){.key = key, .at = now, .left = (double)quota, .quota = quota};
    return place;
}

static long seconds_until(double wanted, double left, long quota)
{
    double seconds = (wanted - left) * RATE_WINDOW / (double)quota;

    return seconds <= 0 ? 0 : (long)seconds + 1;
}

/* What is refused leaves the bucket as it was: many small steps would not add up to the whole. */
bool rate_charge(struct rate *rate, enum rate_kind kind, const void *key, size_t length, int64_t now,
                 struct rate_told *told)
{
    long quota = rate->quotas[kind];

    if (quota == 0)
        return true;
    struct bucket *bucket = bucket_of(rate, hash_of(rate, kind, key, length), quota, now);
    double left = left_now(bucket, now);
    bool enough = left >= 1;
    if (enough) {
        bucket->left = --left;
        bucket->at = now;
    }
    told->kinds[kind].quota = quota;
    told->kinds[kind].left = (long)left;
    told->kinds[kind].reset = seconds_until((double)quota, left, quota);
    told->wait = enough ? 0 : seconds_until(1, left, quota);
    return enough;
}

bool rate_take_address(struct rate *rate, const struct in6_addr *address, struct rate_told *told)
{
    return rate_charge(rate, RATE_ADDRESS, address, sizeof *address, clock_monotonic_ms(), told);
}

/* A person and a service may have the same number. */
bool rate_take_caller(struct rate *rate, const struct caller *caller, struct rate_told *told)
{
    char key[KEY_MOST];
    const char *id = caller->service != NULL ? caller->service : caller->person;
    int length = snprintf(key, sizeof key, "%c%s", caller->service != NULL ? 's' : 'p', id);

    return rate_charge(rate, RATE_CALLER, key, (size_t)length, clock_monotonic_ms(), told);
}

static const char *list(struct pool *pool, const struct rate_told *told,
                        void (*write)(struct buffer *out, const struct rate_told *told, enum rate_kind kind))
{
    struct buffer out = {0};

    for (enum rate_kind kind = 0; kind < RATE_KINDS; kind++) {
        if (told->kinds[kind].quota == 0)
            continue;
        buffer_print(&out, "%s\"%s\"", out.length > 0 ? ", " : "", names[kind]);
        write(&out, told, kind);
    }
    const char *text = out.length == 0 ? NULL : pool_copy(pool, out.bytes);
    buffer_free(&out);
    return text;
}

static void write_policy(struct buffer *out, const struct rate_told *told, enum rate_kind kind)
{
    buffer_print(out, ";q=%ld;w=%d", told->kinds[kind].quota, RATE_WINDOW);
}

static void write_state(struct buffer *out, const struct rate_told *told, enum rate_kind kind)
{
    buffer_print(out, ";r=%ld;t=%ld", told->kinds[kind].left, told->kinds[kind].reset);
}

const char *rate_policy(struct pool *pool, const struct rate_told *told)
{
    return list(pool, told, write_policy);
}

const char *rate_state(struct pool *pool, const struct rate_told *told)
{
    return list(pool, told, write_state);
}

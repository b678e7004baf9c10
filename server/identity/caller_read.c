/* caller_read.c: the caller behind an access token; checked tokens are kept, so that one ES256 check serves ten minutes
 * of requests. */
#include "veha/caller.h"
#include "veha/token.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/*
 * Kept callers sit in a fixed table of small sets chosen by the token's hash: the table cannot grow, and a flood of
 * tokens only pushes out others of the same set. An entry answers for the exact token (256-bit hash), and only while
 * the token lives.
 */
enum { SET_COUNT = 1024, SET_SIZE = 4, HASH_SIZE = 32 };

struct kept {
    unsigned char hash[HASH_SIZE];
    int64_t expires_at; /* 0: empty */
    /* id, session, name, locale, roles: each ended by NUL, in one block, "" where there is none; NULL: the session or
     * service has ended */
    char *texts;
    size_t length;
    size_t role_count;
    bool service; /* the id is a service's */
};

static struct kept table[SET_COUNT][SET_SIZE];

static void hash_token(unsigned char hash[HASH_SIZE], const char *token, size_t length)
{
    crypto_generichash(hash, HASH_SIZE, (const unsigned char *)token, length, NULL, 0);
}

static struct kept *set_of(const unsigned char hash[HASH_SIZE])
{
    return table[(hash[0] | (size_t)hash[1] << 8) % SET_COUNT];
}

static void drop(struct kept *kept)
{
    free(kept->texts);
    *kept = (struct kept){0};
}

/* The next text of the block; *rest moves behind it. */
static const char *next_text(const char **rest)
{
    const char *text = *rest;
    *rest += strlen(text) + 1;
    return text;
}

static const char *text_or_none(const char *text)
{
    return *text == '\0' ? NULL : text;
}

static void unpack(struct pool *pool, const struct kept *kept, struct caller *caller)
{
    const char *rest = pool_copy_length(pool, kept->texts, kept->length);
    const char **roles = pool_alloc(pool, (kept->role_count + 1) * sizeof *roles);
    *caller = (struct caller){.proof = CALLER_BEARER, .expires_at = kept->expires_at};
    *(kept->service ? &caller->service : &caller->person) = next_text(&rest);
    caller->session = text_or_none(next_text(&rest));
    caller->name = next_text(&rest);
    caller->locale = text_or_none(next_text(&rest));
    for (size_t i = 0; i < kept->role_count; i++)
        roles[i] = next_text(&rest);
    caller->roles = roles;
    caller->role_count = kept->role_count;
}

static void pack_text(char **end, const char *text)
{
    end[0] = stpcpy(end[0], text == NULL ? "" : text) + 1;
}

static size_t packed_length(const char *text)
{
    return (text == NULL ? 0 : strlen(text)) + 1;
}

static void pack(struct kept *kept, const struct caller *caller)
{
    const char *id = caller->service != NULL ? caller->service : caller->person;
    size_t length = packed_length(id) + packed_length(caller->session) + packed_length(caller->name) +
                    packed_length(caller->locale);
    for (size_t i = 0; i < caller->role_count; i++)
        length += strlen(caller->roles[i]) + 1;
    kept->texts = malloc(length);
    if (kept->texts == NULL)
        abort();
    char *end = kept->texts;
    pack_text(&end, id);
    pack_text(&end, caller->session);
    pack_text(&end, caller->name);
    pack_text(&end, caller->locale);
    for (size_t i = 0; i < caller->role_count; i++)
        pack_text(&end, caller->roles[i]);
    kept->length = length;
    kept->role_count = caller->role_count;
    kept->service = caller->service != NULL;
    kept->expires_at = caller->expires_at;
}

static void keep(const unsigned char hash[HASH_SIZE], const struct caller *caller)
{
    struct kept *set = set_of(hash), *place = &set[0];
    for (size_t i = 1; i < SET_SIZE; i++)
        if (set[i].expires_at < place->expires_at)
            place = &set[i];
    drop(place);
    memcpy(place->hash, hash, HASH_SIZE);
    pack(place, caller);
}

/* The live entry of this token, or NULL. */
static struct kept *recall(const unsigned char hash[HASH_SIZE], int64_t now)
{
    struct kept *set = set_of(hash);
    for (size_t i = 0; i < SET_SIZE; i++) {
        if (set[i].expires_at == 0 || memcmp(set[i].hash, hash, HASH_SIZE) != 0)
            continue;
        if (set[i].expires_at > now)
            return &set[i];
        drop(&set[i]);
    }
    return NULL;
}

static void describe(const struct token_claims *claims, struct caller *caller)
{
    *caller = (struct caller){.proof = CALLER_BEARER,
                              .person = claims->person,
                              .session = claims->session,
                              .service = claims->service,
                              .name = claims->name,
                              .locale = claims->locale,
                              .roles = claims->service != NULL ? claims->capabilities : claims->roles,
                              .expires_at = claims->expires_at};
    while (caller->roles[caller->role_count] != NULL)
        caller->role_count++;
}

struct fault *caller_read(struct pool *pool, const struct keyring *keys, const struct token_rules *rules,
                          const char *token, size_t length, int64_t now, struct caller *caller)
{
    unsigned char hash[HASH_SIZE];
    hash_token(hash, token, length);
    const struct kept *kept = recall(hash, now);
    if (kept != NULL && kept->texts == NULL)
        return fault_new(pool, FAULT_UNSIGNED, kept->service ? "service_ended" : "session_ended");
    if (kept != NULL) {
        unpack(pool, kept, caller);
        return NULL;
    }
    struct token_claims claims;
    struct fault *fault = token_read(pool, keys, rules, token, length, now, &claims);
    if (fault != NULL)
        return fault;
    describe(&claims, caller);
    keep(hash, caller);
    return NULL;
}

static bool is_of_session(const struct kept *kept, const char *session)
{
    return !kept->service && strcmp(kept->texts + strlen(kept->texts) + 1, session) == 0;
}

static bool is_of_service(const struct kept *kept, const char *service)
{
    return kept->service && strcmp(kept->texts, service) == 0;
}

/* The entries stay until their tokens expire, but without a caller: forgetting them would let the tokens in again. */
static void end_all(bool (*is_of)(const struct kept *kept, const char *id), const char *id)
{
    for (size_t i = 0; i < (size_t)SET_COUNT * SET_SIZE; i++) {
        struct kept *kept = &table[i / SET_SIZE][i % SET_SIZE];
        if (kept->texts != NULL && is_of(kept, id)) {
            free(kept->texts);
            kept->texts = NULL;
        }
    }
}

void caller_forget(void)
{
    for (size_t i = 0; i < (size_t)SET_COUNT * SET_SIZE; i++)
        drop(&table[i / SET_SIZE][i % SET_SIZE]);
}

void caller_end(const char *session)
{
    end_all(is_of_session, session);
}

void caller_end_service(const char *service)
{
    end_all(is_of_service, service);
}

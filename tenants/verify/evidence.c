/* evidence.c: hashes and compresses what came, and blots our secrets out of what is kept. */
#include "evidence.h"

#include "veha/text.h"

#include "tenants/probe/probe.h"

#include <curl/curl.h>
#include <sodium.h>
#include <string.h>
#include <zlib.h>

enum {
    SECRET_LEAST = 6, /* a shorter word stands in any page by chance */
    PACK_LEVEL = 4,
    HASH_TEXT = 2 * crypto_hash_sha256_BYTES + 1,
};

struct evidence {
    struct pool *pool;
    const struct evidence_rules *rules;
    crypto_hash_sha256_state all;
    size_t answers;
    json_t *bodies;
};

static void release_evidence(void *thing)
{
    json_decref(((struct evidence *)thing)->bodies);
}

struct evidence *evidence_new(struct pool *pool, const struct evidence_rules *rules)
{
    struct evidence *evidence = pool_adopt(pool, pool_alloc(pool, sizeof *evidence), release_evidence);
    *evidence = (struct evidence){.pool = pool, .rules = rules, .bodies = json_array()};
    crypto_hash_sha256_init(&evidence->all);
    return evidence;
}

/* ---- secrets ---- */

static size_t list_length(const char *const *list)
{
    size_t length = 0;
    while (list[length] != NULL)
        length++;
    return length;
}

/* As they are, and as they stand in an address. */
static size_t add_secrets(struct pool *pool, const char **secrets, size_t count, const char *const *list)
{
    for (; *list != NULL; list++) {
        const char *escaped = pool_adopt(pool, curl_easy_escape(NULL, *list, 0), curl_free);
        if (strlen(*list) < SECRET_LEAST)
            continue;
        secrets[count++] = *list;
        if (escaped != NULL && strcmp(escaped, *list) != 0)
            secrets[count++] = escaped;
    }
    return count;
}

const char *const *evidence_secrets(struct pool *pool, const struct config *config)
{
    const char *const *whole = config_secrets(config, pool);
    size_t room = 2 * list_length(whole) + 1;
    size_t count = 0;
    for (size_t i = 0; probes[i] != NULL; i++)
        room += 2 * list_length(probe_tokens(probes[i], config, pool));
    const char **secrets = pool_alloc(pool, room * sizeof *secrets);
    count = add_secrets(pool, secrets, count, whole);
    for (size_t i = 0; probes[i] != NULL; i++)
        count = add_secrets(pool, secrets, count, probe_tokens(probes[i], config, pool));
    return secrets;
}

static bool tells_secret(const struct evidence *evidence, const char *bytes, size_t length)
{
    for (const char *const *secret = evidence->rules->secrets; secret != NULL && *secret != NULL; secret++)
        if (memmem(bytes, length, *secret, strlen(*secret)) != NULL)
            return true;
    return false;
}

/* The text with each secret in it blotted out. */
static const char *blot(struct evidence *evidence, const char *text)
{
    for (const char *const *secret = evidence->rules->secrets; secret != NULL && *secret != NULL; secret++)
        for (const char *at; (at = strstr(text, *secret)) != NULL;)
            text = pool_print(evidence->pool, "%.*s***%s", (int)(at - text), text, at + strlen(*secret));
    return text;
}

static void blot_all(struct evidence *evidence, json_t *value)
{
    const char *name;
    json_t *member;
    size_t number;
    if (json_is_string(value))
        json_string_set(value, blot(evidence, json_string_value(value)));
    json_object_foreach(value, name, member) blot_all(evidence, member);
    json_array_foreach(value, number, member) blot_all(evidence, member);
}

/* ---- bodies ---- */

static void keep_body(struct evidence *evidence, const struct answer *answer, const char *hash)
{
    size_t number;
    json_t *body;
    json_array_foreach(evidence->bodies, number,
                       body) if (text_equal(json_string_value(json_object_get(body, "hash")), hash)) return;
    json_array_append_new(evidence->bodies,
                          json_pack("{s:s, s:I, s:s}", "hash", hash, "length", (json_int_t)answer->length, "packed",
                                    evidence_pack(evidence->pool, answer->bytes, answer->length)));
}

static void add_answer(struct evidence *evidence, const struct answer *answer, json_t *exchange, bool withheld)
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    char hash[HASH_TEXT];
    blot_all(evidence, exchange);
    if (answer->fault != NULL)
        return;
    const unsigned char *bytes = (const unsigned char *)answer->bytes;
    crypto_hash_sha256(digest, bytes, answer->length);
    crypto_hash_sha256_update(&evidence->all, bytes, answer->length);
    evidence->answers++;
    sodium_bin2hex(hash, sizeof hash, digest, sizeof digest);
    if (exchange != NULL)
        json_object_set_new(exchange, "hash", json_string(hash));
    if (withheld || tells_secret(evidence, answer->bytes, answer->length)) {
        if (exchange != NULL)
            json_object_set_new(exchange, "withheld", json_true());
    } else if (evidence->rules->bodies && answer->length > 0) {
        keep_body(evidence, answer, hash);
    }
}

void evidence_add(struct evidence *evidence, const struct answer *answer, json_t *exchange)
{
    add_answer(evidence, answer, exchange, false);
}

void evidence_add_private(struct evidence *evidence, const struct answer *answer, json_t *exchange)
{
    add_answer(evidence, answer, exchange, true);
}

const char *evidence_hash(struct evidence *evidence)
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state all = evidence->all; /* more answers may come */
    if (evidence->answers == 0)
        return NULL;
    crypto_hash_sha256_final(&all, digest);
    char *hash = pool_alloc(evidence->pool, HASH_TEXT);
    return sodium_bin2hex(hash, HASH_TEXT, digest, sizeof digest);
}

json_t *evidence_bodies(struct evidence *evidence)
{
    return evidence->bodies;
}

const char *evidence_pack(struct pool *pool, const char *bytes, size_t length)
{
    struct pool *work = pool_new();
    uLongf size = compressBound(length);
    unsigned char *packed = pool_alloc(work, size);
    compress2(packed, &size, (const unsigned char *)bytes, length, PACK_LEVEL);
    size_t room = sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL);
    char *text = pool_alloc(pool, room);
    sodium_bin2base64(text, room, packed, size, sodium_base64_VARIANT_ORIGINAL);
    pool_free(work);
    return text;
}

const char *evidence_unpack(struct pool *pool, const char *packed, size_t length)
{
    struct pool *work = pool_new();
    size_t room = strlen(packed);
    size_t size = 0;
    uLongf got = length;
    unsigned char *bytes = pool_alloc(work, room + 1);
    char *plain = pool_alloc(pool, length + 1);
    /* PostgreSQL breaks its base64 into lines. */
    bool sound = sodium_base642bin(bytes, room, packed, room, "\n", &size, NULL, sodium_base64_VARIANT_ORIGINAL) == 0 &&
                 uncompress((unsigned char *)plain, &got, bytes, size) == Z_OK && got == length;
    pool_free(work);
    return sound ? plain : NULL;
}

/* token_test.c: every forged, bent or stale token of a long list is refused with its exact code; tokens made here by
 * hand, not by the library. */
#include "veha/text.h"
#include "veha/token.h"

#include "scratch.h"

#include <jansson.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

/* cmocka.h needs those above. */
#include <cmocka.h>

enum { NOW = 1800000000, SIGNATURE_SIZE = 64 };

static struct pool *pool;
static struct keyring keys;
static EVP_PKEY *known_key, *foreign_key;
static const struct token_rules rules = {
    .issuer = "https://veha.example", .audience = "veha", .service_audience = "veha/service", .leeway = 30};

static EVP_PKEY *read_pair(const char *pem)
{
    BIO *source = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *pair = PEM_read_bio_PrivateKey(source, NULL, NULL, NULL);
    BIO_free(source);
    return pair;
}

static int set_up(void **state)
{
    (void)state;
    char *directory = scratch_new();
    pool = pool_new();
    bool ready = secret_create(pool, directory) == NULL && key_create(pool, directory, "2026-01") == NULL &&
                 keyring_load(pool, directory, &keys) == NULL;
    scratch_free(directory);
    if (!ready)
        return -1;
    known_key = read_pair(keys.keys[0].private_pem);
    foreign_key = EVP_EC_gen("P-256");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    EVP_PKEY_free(known_key);
    EVP_PKEY_free(foreign_key);
    pool_free(pool);
    return 0;
}

/* ------------------------------------------------------------------------------------------------------------------ */
/* Ways to sign. Each appends to "header.payload" the last segment. */

static const char *encode(const void *bytes, size_t length)
{
    size_t size = sodium_base64_ENCODED_LEN(length, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return sodium_bin2base64(pool_alloc(pool, size), size, bytes, length, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static const char *sign_with(EVP_PKEY *pair, const char *text)
{
    unsigned char der[128], raw[SIGNATURE_SIZE];
    size_t size = sizeof der;
    const unsigned char *cursor = der;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, pair), 1);
    assert_int_equal(EVP_DigestSign(context, der, &size, (const unsigned char *)text, strlen(text)), 1);
    EVP_MD_CTX_free(context);
    ECDSA_SIG *pair_of_numbers = d2i_ECDSA_SIG(NULL, &cursor, (long)size);
    BN_bn2binpad(ECDSA_SIG_get0_r(pair_of_numbers), raw, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair_of_numbers), raw + 32, 32);
    ECDSA_SIG_free(pair_of_numbers);
    return encode(raw, sizeof raw);
}

static const char *properly(const char *text)
{
    return sign_with(known_key, text);
}

static const char *by_a_stranger(const char *text)
{
    return sign_with(foreign_key, text);
}

static const char *not_at_all(const char *text)
{
    (void)text;
    return "";
}

static const char *with_zeros(const char *text)
{
    static const unsigned char zeros[SIGNATURE_SIZE];
    (void)text;
    return encode(zeros, sizeof zeros);
}

static const char *with_r_zero(const char *text)
{
    unsigned char raw[SIGNATURE_SIZE] = {0};
    (void)text;
    raw[SIGNATURE_SIZE - 1] = 1;
    return encode(raw, sizeof raw);
}

/* r = s = n, the order of the curve: zero by another name. */
static const char *with_the_order(const char *text)
{
    static const unsigned char order[32] = {0xff, 0xff, 0xff, 0xff, 0,    0,    0,    0,    0xff, 0xff, 0xff,
                                            0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
                                            0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
    unsigned char raw[SIGNATURE_SIZE];
    (void)text;
    memcpy(raw, order, 32);
    memcpy(raw + 32, order, 32);
    return encode(raw, sizeof raw);
}

static const char *hmac_with(const EVP_MD *digest, const void *key, size_t length, const char *text)
{
    unsigned char code[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(digest, key, (int)length, (const unsigned char *)text, strlen(text), code, &size);
    return encode(code, size);
}

static const char *as_hs256_with_the_public_key(const char *text)
{
    return hmac_with(EVP_sha256(), keys.keys[0].public_pem, keys.keys[0].public_length, text);
}

static const char *as_hs512_with_the_public_key(const char *text)
{
    return hmac_with(EVP_sha512(), keys.keys[0].public_pem, keys.keys[0].public_length, text);
}

static const char *as_hs256_with_an_empty_key(const char *text)
{
    return hmac_with(EVP_sha256(), "", 0, text);
}

static const char *with_a_short_one(const char *text)
{
    return pool_copy_length(pool, properly(text), 84);
}

static const char *with_a_long_one(const char *text)
{
    return pool_print(pool, "%sAAAA", properly(text));
}

static const char *with_der(const char *text)
{
    unsigned char der[128];
    size_t size = sizeof der;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, known_key);
    EVP_DigestSign(context, der, &size, (const unsigned char *)text, strlen(text));
    EVP_MD_CTX_free(context);
    return encode(der, size);
}

/* ------------------------------------------------------------------------------------------------------------------ */

#define HEADER "{\"alg\":\"ES256\",\"kid\":\"2026-01\",\"typ\":\"JWT\"}"
#define HEADER_WITH(more) "{\"alg\":\"ES256\",\"kid\":\"2026-01\",\"typ\":\"JWT\"," more "}"
#define HEADER_ALG(alg) "{\"alg\":" alg ",\"kid\":\"2026-01\",\"typ\":\"JWT\"}"
#define HEADER_KID(kid) "{\"alg\":\"ES256\",\"kid\":" kid ",\"typ\":\"JWT\"}"

#define ISSUER "\"iss\":\"https://veha.example\","
#define AUDIENCE "\"aud\":\"veha\","
#define PERSON "\"sub\":\"7\",\"sid\":\"41\",\"jti\":\"abc\",\"name\":\"Анна\",\"locale\":\"ru\","
#define ROLES "\"roles\":[\"curator\"],\"scope\":[\"curator:1\"],"
#define TIMES "\"iat\":1800000000,\"nbf\":1800000000,\"exp\":1800000600"
#define PAYLOAD "{" ISSUER AUDIENCE PERSON ROLES TIMES "}"
#define PAYLOAD_TIMES(times) "{" ISSUER AUDIENCE PERSON ROLES times "}"
#define PAYLOAD_PERSON(person) "{" ISSUER AUDIENCE person ROLES TIMES "}"
#define PAYLOAD_ROLES(roles) "{" ISSUER AUDIENCE PERSON roles TIMES "}"

#define SERVICE_AUDIENCE "\"aud\":\"veha/service\","
#define SERVICE "\"sub\":\"7\",\"jti\":\"abc\",\"name\":\"outside\","
#define CAPABILITIES "\"capabilities\":[\"job.take\"],"
#define PAYLOAD_SERVICE(audience, service, capabilities) "{" ISSUER audience service capabilities TIMES "}"

static const struct example {
    const char *name;
    const char *header, *payload;
    const char *(*sign)(const char *text);
    const char *code; /* NULL: accepted */
} examples[] = {
    {"a good one", HEADER, PAYLOAD, properly, NULL},
    {"members in another order", "{\"typ\":\"JWT\",\"kid\":\"2026-01\",\"alg\":\"ES256\"}", PAYLOAD, properly, NULL},
    {"iat and nbf within the leeway", HEADER, PAYLOAD_TIMES("\"iat\":1800000030,\"nbf\":1800000030,\"exp\":1800000600"),
     properly, NULL},
    {"no roles", HEADER, PAYLOAD_ROLES("\"roles\":[],\"scope\":[],"), properly, NULL},

    {"none with a key", HEADER_ALG("\"none\""), PAYLOAD, properly, "token_algorithm"},
    {"none without a signature", HEADER_ALG("\"none\""), PAYLOAD, not_at_all, "token_malformed"},
    {"nOnE", HEADER_ALG("\"nOnE\""), PAYLOAD, properly, "token_algorithm"},
    {"good header without a signature", HEADER, PAYLOAD, not_at_all, "token_malformed"},
    {"lower-case alg", HEADER_ALG("\"es256\""), PAYLOAD, properly, "token_algorithm"},
    {"HS256 with the public key", HEADER_ALG("\"HS256\""), PAYLOAD, as_hs256_with_the_public_key, "token_algorithm"},
    {"HS512 with the public key", HEADER_ALG("\"HS512\""), PAYLOAD, as_hs512_with_the_public_key, "token_algorithm"},
    {"HS256 with an empty key", HEADER_ALG("\"HS256\""), PAYLOAD, as_hs256_with_an_empty_key, "token_algorithm"},
    {"ES256 that is an HMAC with the public key", HEADER, PAYLOAD, as_hs256_with_the_public_key, "token_signature"},
    {"ES256 that is an HMAC as long as a signature", HEADER, PAYLOAD, as_hs512_with_the_public_key, "token_signature"},
    {"RS256", HEADER_ALG("\"RS256\""), PAYLOAD, properly, "token_algorithm"},
    {"ES384", HEADER_ALG("\"ES384\""), PAYLOAD, properly, "token_algorithm"},
    {"unknown alg", HEADER_ALG("\"XX999\""), PAYLOAD, properly, "token_algorithm"},
    {"alg with a NUL behind it", HEADER_ALG("\"ES256\\u0000\""), PAYLOAD, properly, "token_malformed"},
    {"alg null", HEADER_ALG("null"), PAYLOAD, properly, "token_algorithm"},
    {"alg a list", HEADER_ALG("[\"ES256\"]"), PAYLOAD, properly, "token_algorithm"},
    {"alg missing", "{\"kid\":\"2026-01\",\"typ\":\"JWT\"}", PAYLOAD, properly, "token_algorithm"},
    {"alg twice", "{\"alg\":\"none\",\"alg\":\"ES256\",\"kid\":\"2026-01\",\"typ\":\"JWT\"}", PAYLOAD, properly,
     "token_malformed"},

    {"kid missing", "{\"alg\":\"ES256\",\"typ\":\"JWT\"}", PAYLOAD, properly, "token_header"},
    {"kid missing, another in its place", "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"x5t\":\"a\"}", PAYLOAD, properly,
     "token_key"},
    {"kid unknown", HEADER_KID("\"2025-01\""), PAYLOAD, properly, "token_key"},
    {"kid empty", HEADER_KID("\"\""), PAYLOAD, properly, "token_key"},
    {"kid a number", HEADER_KID("0"), PAYLOAD, properly, "token_key"},
    {"kid traversal", HEADER_KID("\"../../2026-01\""), PAYLOAD, properly, "token_key"},
    {"kid a device", HEADER_KID("\"/dev/null\""), PAYLOAD, as_hs256_with_an_empty_key, "token_key"},
    {"kid SQL", HEADER_KID("\"2026-01' or '1'='1\""), PAYLOAD, properly, "token_key"},
    {"typ missing", "{\"alg\":\"ES256\",\"kid\":\"2026-01\"}", PAYLOAD, properly, "token_header"},
    {"typ another", "{\"alg\":\"ES256\",\"kid\":\"2026-01\",\"typ\":\"at+jwt\"}", PAYLOAD, properly, "token_header"},
    {"jwk embedded", HEADER_WITH("\"jwk\":{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}"), PAYLOAD,
     by_a_stranger, "token_header"},
    {"jku", HEADER_WITH("\"jku\":\"https://evil.example/jwks.json\""), PAYLOAD, by_a_stranger, "token_header"},
    {"x5u", HEADER_WITH("\"x5u\":\"https://evil.example/x.pem\""), PAYLOAD, by_a_stranger, "token_header"},
    {"x5c", HEADER_WITH("\"x5c\":[\"AAAA\"]"), PAYLOAD, by_a_stranger, "token_header"},
    {"unknown crit", HEADER_WITH("\"crit\":[\"exp2\"]"), PAYLOAD, properly, "token_header"},
    {"b64 false", HEADER_WITH("\"b64\":false"), PAYLOAD, properly, "token_header"},
    {"cty", HEADER_WITH("\"cty\":\"JWT\""), PAYLOAD, properly, "token_header"},
    {"header a list", "[\"ES256\"]", PAYLOAD, properly, "token_malformed"},
    {"header no JSON", "ES256", PAYLOAD, properly, "token_malformed"},
    {"header with a tail", HEADER "{}", PAYLOAD, properly, "token_malformed"},

    {"another key", HEADER, PAYLOAD, by_a_stranger, "token_signature"},
    {"r = s = 0", HEADER, PAYLOAD, with_zeros, "token_signature"},
    {"r = 0, s = 1", HEADER, PAYLOAD, with_r_zero, "token_signature"},
    {"r = s = n", HEADER, PAYLOAD, with_the_order, "token_signature"},
    {"signature cut", HEADER, PAYLOAD, with_a_short_one, "token_signature"},
    {"signature lengthened", HEADER, PAYLOAD, with_a_long_one, "token_signature"},
    {"signature in DER", HEADER, PAYLOAD, with_der, "token_signature"},

    {"expired a second ago", HEADER, PAYLOAD_TIMES("\"iat\":1799999399,\"nbf\":1799999399,\"exp\":1799999999"),
     properly, "token_expired"},
    {"expires now", HEADER, PAYLOAD_TIMES("\"iat\":1799999400,\"nbf\":1799999400,\"exp\":1800000000"), properly,
     "token_expired"},
    {"exp missing", HEADER, PAYLOAD_TIMES("\"iat\":1800000000,\"nbf\":1800000000"), properly, "token_times"},
    {"exp text", HEADER, PAYLOAD_TIMES("\"iat\":1800000000,\"nbf\":1800000000,\"exp\":\"1800000600\""), properly,
     "token_times"},
    {"exp fraction", HEADER, PAYLOAD_TIMES("\"iat\":1800000000,\"nbf\":1800000000,\"exp\":1800000600.5"), properly,
     "token_times"},
    {"exp exponent", HEADER, PAYLOAD_TIMES("\"iat\":1800000000,\"nbf\":1800000000,\"exp\":1e12"), properly,
     "token_times"},
    {"exp negative", HEADER, PAYLOAD_TIMES("\"iat\":1800000000,\"nbf\":1800000000,\"exp\":-1"), properly,
     "token_times"},
    {"exp zero", HEADER, PAYLOAD_TIMES("\"iat\":1800000000,\"nbf\":1800000000,\"exp\":0"), properly, "token_times"},
    {"exp true", HEADER, PAYLOAD_TIMES("\"iat\":1800000000,\"nbf\":1800000000,\"exp\":true"), properly, "token_times"},
    {"exp beyond 64 bits", HEADER, PAYLOAD_TIMES("\"iat\":1800000000,\"nbf\":1800000000,\"exp\":99999999999999999999"),
     properly, "token_signature"},
    {"exp twice", HEADER, PAYLOAD_TIMES("\"exp\":1," TIMES), properly, "token_malformed"},
    {"nbf missing", HEADER, PAYLOAD_TIMES("\"iat\":1800000000,\"exp\":1800000600"), properly, "token_times"},
    {"nbf text", HEADER, PAYLOAD_TIMES("\"iat\":1800000000,\"nbf\":\"0\",\"exp\":1800000600"), properly, "token_times"},
    {"nbf ahead", HEADER, PAYLOAD_TIMES("\"iat\":1800000000,\"nbf\":1800000031,\"exp\":1800000600"), properly,
     "token_early"},
    {"iat missing", HEADER, PAYLOAD_TIMES("\"nbf\":1800000000,\"exp\":1800000600"), properly, "token_times"},
    {"iat ahead", HEADER, PAYLOAD_TIMES("\"iat\":1800000031,\"nbf\":1800000000,\"exp\":1800000600"), properly,
     "token_early"},

    {"wrong iss", HEADER, "{\"iss\":\"https://evil.example\"," AUDIENCE PERSON ROLES TIMES "}", properly,
     "token_issuer"},
    {"iss missing", HEADER, "{" AUDIENCE PERSON ROLES TIMES "}", properly, "token_issuer"},
    {"iss twice", HEADER, "{\"iss\":\"https://evil.example\"," ISSUER AUDIENCE PERSON ROLES TIMES "}", properly,
     "token_malformed"},
    {"iss with a tail", HEADER, "{\"iss\":\"https://veha.example.evil.example\"," AUDIENCE PERSON ROLES TIMES "}",
     properly, "token_issuer"},
    {"wrong aud", HEADER, "{" ISSUER "\"aud\":\"other\"," PERSON ROLES TIMES "}", properly, "token_audience"},
    {"aud missing", HEADER, "{" ISSUER PERSON ROLES TIMES "}", properly, "token_audience"},
    {"aud a list", HEADER, "{" ISSUER "\"aud\":[\"veha\"]," PERSON ROLES TIMES "}", properly, "token_audience"},
    {"sub missing", HEADER, PAYLOAD_PERSON("\"sid\":\"41\",\"jti\":\"abc\",\"name\":\"Анна\",\"locale\":\"ru\","),
     properly, "token_person"},
    {"sub a number", HEADER,
     PAYLOAD_PERSON("\"sub\":7,\"sid\":\"41\",\"jti\":\"abc\",\"name\":\"Анна\",\"locale\":\"ru\","), properly,
     "token_person"},
    {"sub SQL", HEADER,
     PAYLOAD_PERSON("\"sub\":\"7 or 1=1\",\"sid\":\"41\",\"jti\":\"abc\",\"name\":\"Анна\",\"locale\":\"ru\","),
     properly, "token_person"},
    {"sub beyond bigint", HEADER,
     PAYLOAD_PERSON(
         "\"sub\":\"9223372036854775808\",\"sid\":\"41\",\"jti\":\"abc\",\"name\":\"Анна\",\"locale\":\"ru\","),
     properly, "token_person"},
    {"sub negative", HEADER,
     PAYLOAD_PERSON("\"sub\":\"-7\",\"sid\":\"41\",\"jti\":\"abc\",\"name\":\"Анна\",\"locale\":\"ru\","), properly,
     "token_person"},
    {"sub padded", HEADER,
     PAYLOAD_PERSON("\"sub\":\"07\",\"sid\":\"41\",\"jti\":\"abc\",\"name\":\"Анна\",\"locale\":\"ru\","), properly,
     "token_person"},
    {"sid missing", HEADER, PAYLOAD_PERSON("\"sub\":\"7\",\"jti\":\"abc\",\"name\":\"Анна\",\"locale\":\"ru\","),
     properly, "token_session"},
    {"jti missing", HEADER, PAYLOAD_PERSON("\"sub\":\"7\",\"sid\":\"41\",\"name\":\"Анна\",\"locale\":\"ru\","),
     properly, "token_id"},
    {"jti empty", HEADER,
     PAYLOAD_PERSON("\"sub\":\"7\",\"sid\":\"41\",\"jti\":\"\",\"name\":\"Анна\",\"locale\":\"ru\","), properly,
     "token_id"},
    {"name a number", HEADER,
     PAYLOAD_PERSON("\"sub\":\"7\",\"sid\":\"41\",\"jti\":\"abc\",\"name\":7,\"locale\":\"ru\","), properly,
     "token_name"},
    {"locale a list", HEADER,
     PAYLOAD_PERSON("\"sub\":\"7\",\"sid\":\"41\",\"jti\":\"abc\",\"name\":\"Анна\",\"locale\":[],"), properly,
     "token_locale"},
    {"roles missing", HEADER, PAYLOAD_ROLES("\"scope\":[],"), properly, "token_roles"},
    {"roles text", HEADER, PAYLOAD_ROLES("\"roles\":\"region_admin\",\"scope\":[],"), properly, "token_roles"},
    {"roles of lists", HEADER, PAYLOAD_ROLES("\"roles\":[[\"region_admin\"]],\"scope\":[],"), properly, "token_roles"},
    {"roles twice", HEADER, PAYLOAD_ROLES("\"roles\":[\"region_admin\"]," ROLES), properly, "token_malformed"},
    {"scope text", HEADER, PAYLOAD_ROLES("\"roles\":[],\"scope\":\"*\","), properly, "token_scope"},
    {"a service's", HEADER, PAYLOAD_SERVICE(SERVICE_AUDIENCE, SERVICE, CAPABILITIES), properly, NULL},
    {"a service's for people", HEADER, PAYLOAD_SERVICE(AUDIENCE, SERVICE, CAPABILITIES), properly, "token_session"},
    {"a service's for others", HEADER, PAYLOAD_SERVICE("\"aud\":\"veha/other\",", SERVICE, CAPABILITIES), properly,
     "token_audience"},
    {"a person's for services", HEADER, PAYLOAD_SERVICE(SERVICE_AUDIENCE, PERSON, ROLES), properly,
     "token_capabilities"},
    {"a service's for both", HEADER, PAYLOAD_SERVICE("\"aud\":[\"veha\",\"veha/service\"],", SERVICE, CAPABILITIES),
     properly, "token_audience"},
    {"a service's without a name", HEADER,
     PAYLOAD_SERVICE(SERVICE_AUDIENCE, "\"sub\":\"7\",\"jti\":\"abc\",", CAPABILITIES), properly, "token_name"},
    {"a service's without an id", HEADER,
     PAYLOAD_SERVICE(SERVICE_AUDIENCE, "\"sub\":\"7\",\"name\":\"outside\",", CAPABILITIES), properly, "token_id"},
    {"a service's with a padded number", HEADER,
     PAYLOAD_SERVICE(SERVICE_AUDIENCE, "\"sub\":\"07\",\"jti\":\"abc\",\"name\":\"outside\",", CAPABILITIES), properly,
     "token_service"},
    {"a service's with capabilities as text", HEADER,
     PAYLOAD_SERVICE(SERVICE_AUDIENCE, SERVICE, "\"capabilities\":\"job.take\","), properly, "token_capabilities"},
    {"a service's that expired", HEADER,
     "{" ISSUER SERVICE_AUDIENCE SERVICE CAPABILITIES "\"iat\":1799999400,\"nbf\":1799999400,\"exp\":1800000000}",
     properly, "token_expired"},
    {"a service's by another key", HEADER, PAYLOAD_SERVICE(SERVICE_AUDIENCE, SERVICE, CAPABILITIES), by_a_stranger,
     "token_signature"},
    {"payload a list", HEADER, "[" PAYLOAD "]", properly, "token_malformed"},
    {"payload a text", HEADER, "\"x\"", properly, "token_signature"},
    {"payload empty", HEADER, "", properly, "token_malformed"},
    {"payload no UTF-8", HEADER, "{" ISSUER AUDIENCE "\"name\":\"\xff\"}", properly, "token_signature"},
};

static const char *build(const struct example *example)
{
    const char *text = pool_print(pool, "%s.%s", encode(example->header, strlen(example->header)),
                                  encode(example->payload, strlen(example->payload)));
    return pool_print(pool, "%s.%s", text, example->sign(text));
}

static const char *outcome_length(const char *token, size_t length)
{
    struct token_claims claims;
    const struct fault *fault = token_read(pool, &keys, &rules, token, length, NOW, &claims);
    if (fault != NULL)
        assert_int_equal(fault->kind, FAULT_UNSIGNED);
    return fault == NULL ? "accepted" : fault->code;
}

static const char *outcome(const char *token)
{
    return outcome_length(token, strlen(token));
}

static void every_example_has_its_outcome(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        const char *expected = examples[i].code == NULL ? "accepted" : examples[i].code;
        const char *seen = outcome(build(&examples[i]));
        if (strcmp(seen, expected) != 0) {
            print_message("# %s: %s, not %s\n", examples[i].name, seen, expected);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static const char *good_token(void)
{
    return build(&examples[0]);
}

static void each_changed_character_is_refused(void **state)
{
    (void)state;
    char *token = pool_copy(pool, good_token());
    for (size_t i = 0; token[i] != '\0'; i++) {
        char kept = token[i];
        token[i] = kept == 'A' ? 'B' : 'A';
        assert_string_not_equal(outcome(token), "accepted");
        token[i] = kept;
    }
    assert_string_equal(outcome(token), "accepted");
}

/* The last character of a 64-byte signature carries 4 unused bits: their other values are other spellings of the same
 * bytes. */
static void each_flipped_bit_of_the_signature_is_refused(void **state)
{
    (void)state;
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *token = pool_copy(pool, good_token());
    for (char *cursor = strrchr(token, '.') + 1; *cursor != '\0'; cursor++) {
        char kept = *cursor;
        size_t value = (size_t)(strchr(alphabet, kept) - alphabet);
        for (size_t bit = 1; bit < 64; bit <<= 1) {
            *cursor = alphabet[value ^ bit];
            assert_string_not_equal(outcome(token), "accepted");
        }
        *cursor = kept;
    }
}

static void other_shapes_are_refused(void **state)
{
    (void)state;
    const char *good = good_token();
    const char *cut = pool_copy_length(pool, good, (size_t)(strrchr(good, '.') - good));
    const char *const bent[] = {
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        cut,
        pool_print(pool, "%s.", cut),
        pool_print(pool, "%s.x", good),
        pool_print(pool, "%s.", good),
        pool_print(pool, ".%s", good),
        pool_print(pool, "%s=", good),
        pool_print(pool, "%s==", good),
        pool_print(pool, "%s ", good),
        pool_print(pool, " %s", good),
        pool_print(pool, "%s\n", good),
        pool_print(pool, "%s\t", good),
        pool_print(pool, "%s+", cut),
        pool_print(pool, "Bearer %s", good),
        pool_print(pool, "\"%s\"", good),
        "{\"payload\":\"e30\",\"protected\":\"e30\",\"signature\":\"e30\"}",
    };
    for (size_t i = 0; i < sizeof bent / sizeof bent[0]; i++)
        assert_string_equal(outcome(bent[i]), "token_malformed");
    assert_string_equal(outcome_length(good, strlen(good) + 1), "token_malformed"); /* a NUL behind it */
}

static const char *token_with_payload(const char *payload)
{
    return build(&(struct example){.header = HEADER, .payload = payload, .sign = properly});
}

static void long_and_deep_ones_are_refused(void **state)
{
    (void)state;
    char *name = pool_alloc(pool, 9001), *deep = pool_alloc(pool, 6001);
    memset(name, 'a', 9000);
    memset(deep, '[', 3000);
    memset(deep + 3000, ']', 3000);
    const char *longer = token_with_payload(pool_print(pool, "{\"x\":\"%s\"}", name));
    assert_true(strlen(longer) > 8192);
    assert_string_equal(outcome(longer), "token_long");
    assert_string_equal(outcome(token_with_payload(pool_copy_length(pool, deep, 6000))), "token_signature");
    const char *header = pool_print(pool, "{\"alg\":%s}", deep);
    assert_string_equal(outcome(build(&(struct example){.header = header, .payload = "{}", .sign = not_at_all})),
                        "token_malformed");
    name[300] = '\0';
    assert_string_not_equal(outcome(token_with_payload(name)), "accepted");
}

/* `count` times "a", parted by commas, or one text of as many letters. */
static const char *repeated(size_t count, bool list)
{
    struct buffer out = {0};
    for (size_t i = 0; i < count; i++)
        buffer_text(&out, !list ? "a" : i == 0 ? "\"a\"" : ",\"a\"");
    return pool_adopt(pool, out.bytes, free);
}

static const char *outcome_of_lists(size_t roles, size_t scope)
{
    return outcome(
        token_with_payload(pool_print(pool, "{" ISSUER AUDIENCE PERSON "\"roles\":[%s],\"scope\":[%s]," TIMES "}",
                                      repeated(roles, true), repeated(scope, true))));
}

static const char *outcome_of_name(size_t letters)
{
    return outcome(token_with_payload(
        pool_print(pool,
                   "{" ISSUER AUDIENCE
                   "\"sub\":\"7\",\"sid\":\"41\",\"jti\":\"abc\",\"name\":\"%s\",\"locale\":\"ru\"," ROLES TIMES "}",
                   repeated(letters, false))));
}

static void lists_and_texts_have_an_end(void **state)
{
    (void)state;
    assert_string_equal(outcome_of_lists(64, 1024), "accepted");
    assert_string_equal(outcome_of_lists(65, 1), "token_roles");
    assert_string_equal(outcome_of_lists(1, 1025), "token_scope");
    assert_string_equal(outcome_of_name(1024), "accepted");
    assert_string_equal(outcome_of_name(1025), "token_name");
}

/* libjwt takes no key at all for "do not verify". */
static void key_without_a_public_half_verifies_nothing(void **state)
{
    (void)state;
    struct key bare = keys.keys[0];
    bare.public_length = 0;
    const struct keyring ring = {.keys = &bare, .count = 1};
    struct token_claims claims;
    const char *token = build(&(struct example){.header = HEADER, .payload = PAYLOAD, .sign = by_a_stranger});
    const struct fault *fault = token_read(pool, &ring, &rules, token, strlen(token), NOW, &claims);
    assert_non_null(fault);
    assert_string_equal(fault->code, "token_signature");
}

static void issued_tokens_read_back(void **state)
{
    (void)state;
    static const char *const roles[] = {"curator", "specialist", NULL}, *const scope[] = {"curator:1", "specialist:9",
                                                                                          NULL};
    const struct token_claims issued = {.person = "7",
                                        .session = "41",
                                        .name = "Анна «Ё» \"quoted\"",
                                        .locale = "ru",
                                        .roles = roles,
                                        .scope = scope,
                                        .issued_at = NOW,
                                        .expires_at = NOW + 600,
                                        .id = "abc"};
    struct token_claims seen;
    const char *token = token_issue(pool, &keys, &rules, &issued);
    assert_null(token_read(pool, &keys, &rules, token, strlen(token), NOW, &seen));
    assert_string_equal(seen.person, issued.person);
    assert_string_equal(seen.session, issued.session);
    assert_string_equal(seen.name, issued.name);
    assert_string_equal(seen.locale, issued.locale);
    assert_string_equal(seen.id, issued.id);
    assert_int_equal(seen.issued_at, NOW);
    assert_int_equal(seen.expires_at, NOW + 600);
    assert_string_equal(seen.roles[0], "curator");
    assert_string_equal(seen.roles[1], "specialist");
    assert_null(seen.roles[2]);
    assert_string_equal(seen.scope[1], "specialist:9");
    assert_null(seen.scope[2]);
}

static void tokens_of_an_older_key_still_read(void **state)
{
    (void)state;
    char *directory = scratch_new();
    struct keyring old = {0}, both = {0};
    struct token_claims seen;
    static const char *const none[] = {NULL};
    const struct token_claims issued = {.person = "7",
                                        .session = "41",
                                        .name = "A",
                                        .locale = "en",
                                        .roles = none,
                                        .scope = none,
                                        .issued_at = NOW,
                                        .expires_at = NOW + 600,
                                        .id = "x"};
    assert_null(secret_create(pool, directory));
    assert_null(key_create(pool, directory, "1"));
    assert_null(keyring_load(pool, directory, &old));
    const char *token = token_issue(pool, &old, &rules, &issued);
    assert_null(key_create(pool, directory, "2"));
    assert_null(keyring_load(pool, directory, &both));
    scratch_free(directory);
    assert_null(token_read(pool, &both, &rules, token, strlen(token), NOW, &seen));
    const struct fault *fault = token_read(pool, &keys, &rules, token, strlen(token), NOW, &seen);
    assert_string_equal(fault->code, "token_key");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_has_its_outcome),
        cmocka_unit_test(each_changed_character_is_refused),
        cmocka_unit_test(each_flipped_bit_of_the_signature_is_refused),
        cmocka_unit_test(other_shapes_are_refused),
        cmocka_unit_test(long_and_deep_ones_are_refused),
        cmocka_unit_test(lists_and_texts_have_an_end),
        cmocka_unit_test(key_without_a_public_half_verifies_nothing),
        cmocka_unit_test(issued_tokens_read_back),
        cmocka_unit_test(tokens_of_an_older_key_still_read),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

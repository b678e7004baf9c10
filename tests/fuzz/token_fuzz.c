/*
 * token_fuzz.c reads whatever comes as an access token, in two ways: as the token itself, and, where the bytes hold a
 * NUL, as header and payload that are then signed with the right key, so that the demands on their contents are met as
 * well.
 *
 * No text without our signature may be accepted, and what is accepted must be whole.
 */
#include "veha/token.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NOW = 1800000000, SIGNATURE_SIZE = 64 };

static const struct token_rules rules = {
    .issuer = "veha", .audience = "veha", .service_audience = "veha/service", .leeway = 5};
static struct keyring keys;
static EVP_PKEY *pair;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static struct pool *pool; /* static: it lives as long as the program */
    char directory[] = "/tmp/veha-token-fuzz-XXXXXX";
    (void)argc, (void)argv;

    pool = pool_new();
    if (mkdtemp(directory) == NULL || secret_create(pool, directory) != NULL ||
        key_create(pool, directory, "1") != NULL || keyring_load(pool, directory, &keys) != NULL)
        abort();
    unlink(pool_print(pool, "%s/secret.key", directory));
    unlink(pool_print(pool, "%s/1.pem", directory));
    rmdir(directory);
    BIO *source = BIO_new_mem_buf(keys.keys[0].private_pem, (int)keys.keys[0].private_length);
    pair = PEM_read_bio_PrivateKey(source, NULL, NULL, NULL);
    BIO_free(source);
    return pair == NULL ? -1 : 0;
}

static const char *encode(struct pool *pool, const void *bytes, size_t length)
{
    size_t room = sodium_base64_ENCODED_LEN(length, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return sodium_bin2base64(pool_alloc(pool, room), room, bytes, length, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static const char *sign(struct pool *pool, const char *text)
{
    unsigned char der[128], raw[SIGNATURE_SIZE];
    size_t length = sizeof der;
    const unsigned char *cursor = der;
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    if (EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, pair) != 1 ||
        EVP_DigestSign(context, der, &length, (const unsigned char *)text, strlen(text)) != 1)
        abort();
    EVP_MD_CTX_free(context);
    ECDSA_SIG *numbers = d2i_ECDSA_SIG(NULL, &cursor, (long)length);
    BN_bn2binpad(ECDSA_SIG_get0_r(numbers), raw, SIGNATURE_SIZE / 2);
    BN_bn2binpad(ECDSA_SIG_get0_s(numbers), raw + SIGNATURE_SIZE / 2, SIGNATURE_SIZE / 2);
    ECDSA_SIG_free(numbers);
    return encode(pool, raw, sizeof raw);
}

static void demand(bool whole)
{
    if (!whole)
        abort();
}

static void demand_id(const char *text)
{
    demand(text != NULL && *text != '\0' && strspn(text, "0123456789") == strlen(text));
}

static void demand_texts(const char *const *list)
{
    for (; *list != NULL; list++)
        demand(**list != '\0');
}

/* A token is a person's or a service's, never both. */
static void demand_whole(const struct token_claims *claims)
{
    demand(claims->expires_at > NOW && claims->issued_at > 0 && claims->issued_at <= NOW + rules.leeway);
    demand(claims->id != NULL && claims->name != NULL);
    if (claims->service != NULL) {
        demand_id(claims->service);
        demand_texts(claims->capabilities);
        demand(claims->person == NULL && claims->session == NULL && claims->roles == NULL);
        return;
    }
    demand_id(claims->person);
    demand_id(claims->session);
    demand(claims->locale != NULL && claims->capabilities == NULL);
    demand_texts(claims->roles);
}

static void read_signed(struct pool *pool, const uint8_t *header, size_t header_size, const uint8_t *payload,
                        size_t payload_size)
{
    const char *text =
        pool_print(pool, "%s.%s", encode(pool, header, header_size), encode(pool, payload, payload_size));
    const char *token = pool_print(pool, "%s.%s", text, sign(pool, text));
    struct token_claims claims;

    if (token_read(pool, &keys, &rules, token, strlen(token), NOW, &claims) == NULL)
        demand_whole(&claims);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct pool *pool = pool_new();
    const uint8_t *end = size == 0 ? NULL : memchr(bytes, '\0', size);
    struct token_claims claims;

    demand(token_read(pool, &keys, &rules, (const char *)bytes, size, NOW, &claims) != NULL);
    if (end != NULL)
        read_signed(pool, bytes, (size_t)(end - bytes), end + 1, size - (size_t)(end - bytes) - 1);
    pool_free(pool);
    return 0;
}

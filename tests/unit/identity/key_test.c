/* key_test.c: keys are made private, weak or exposed ones stop the start, and the published set tells nothing secret.
 */
#include "veha/key.h"

#include "scratch.h"

#include <jansson.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* cmocka.h needs those above. */
#include <cmocka.h>

struct bench {
    struct pool *pool;
    char *directory;
};

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    bench->pool = pool_new();
    bench->directory = scratch_new();
    *state = bench;
    return secret_create(bench->pool, bench->directory) == NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    pool_free(bench->pool);
    scratch_free(bench->directory);
    free(bench);
    return 0;
}

static const char *path_of(const struct bench *bench, const char *name)
{
    return pool_print(bench->pool, "%s/%s", bench->directory, name);
}

static void assert_fault(const struct fault *fault, const char *code)
{
    assert_non_null(fault);
    assert_string_equal(fault->code, code);
}

static void write_key(const struct bench *bench, const char *name, EVP_PKEY *pair, mode_t mode)
{
    FILE *file = fopen(path_of(bench, name), "w");
    assert_int_equal(PEM_write_PKCS8PrivateKey(file, pair, NULL, NULL, 0, NULL, NULL), 1);
    fclose(file);
    chmod(path_of(bench, name), mode);
    EVP_PKEY_free(pair);
}

static void write_text(const struct bench *bench, const char *name, const char *text)
{
    FILE *file = fopen(path_of(bench, name), "w");
    fputs(text, file);
    fclose(file);
    chmod(path_of(bench, name), 0600);
}

static void created_key_is_private_and_loads(void **state)
{
    struct bench *bench = *state;
    struct keyring keys = {0};
    struct stat status;
    assert_null(key_create(bench->pool, bench->directory, "2026-01"));
    assert_int_equal(stat(path_of(bench, "2026-01.pem"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_null(keyring_load(bench->pool, bench->directory, &keys));
    assert_int_equal(keys.count, 1);
    assert_string_equal(keys.keys[0].id, "2026-01");
    assert_int_equal(strlen(keys.keys[0].x), 43);
    assert_int_equal(strlen(keys.keys[0].y), 43);
    assert_non_null(strstr(keys.keys[0].public_pem, "BEGIN PUBLIC KEY"));
}

static void newest_by_name_signs_and_the_secret_stays(void **state)
{
    struct bench *bench = *state;
    struct keyring old = {0}, both = {0}, again = {0};
    assert_null(key_create(bench->pool, bench->directory, "2026-01"));
    assert_null(keyring_load(bench->pool, bench->directory, &old));
    assert_null(key_create(bench->pool, bench->directory, "2026-02"));
    assert_null(keyring_load(bench->pool, bench->directory, &both));
    assert_int_equal(both.count, 2);
    assert_string_equal(both.keys[1].id, "2026-02");
    assert_ptr_equal(both.signer, &both.keys[1]);
    assert_memory_equal(old.secret, both.secret, sizeof old.secret);
    assert_memory_equal(old.sealing, both.sealing, sizeof old.sealing);
    assert_memory_not_equal(old.secret, old.sealing, sizeof old.secret);
    assert_null(keyring_load(bench->pool, bench->directory, &again));
    assert_memory_equal(both.secret, again.secret, sizeof both.secret);
}

static void secret_that_is_missing_exposed_or_weak_stops_the_start(void **state)
{
    struct bench *bench = *state;
    struct keyring keys = {0};
    static const char *const texts[] = {"", "abc", "zz", "00112233445566778899aabbccddeeff"};
    assert_null(key_create(bench->pool, bench->directory, "2026-01"));
    assert_fault(secret_create(bench->pool, bench->directory), "key_exists");
    chmod(path_of(bench, "secret.key"), 0640);
    assert_fault(keyring_load(bench->pool, bench->directory, &keys), "key_exposed");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        write_text(bench, "secret.key", texts[i]);
        assert_fault(keyring_load(bench->pool, bench->directory, &keys), i == 0 ? "key_unreadable" : "key_weak");
    }
    remove(path_of(bench, "secret.key"));
    assert_fault(keyring_load(bench->pool, bench->directory, &keys), "keys_missing");
}

/* Which keys are published and which signs, at seconds after the second of two keys was made; a token lives 600 s. */
static void keys_take_turns_by_the_time(void **state)
{
    struct bench *bench = *state;
    static const struct {
        int64_t seconds;
        const char *signer;
        size_t count;
    } turns[] = {{-1, "20260301T090000Z", 2},
                 {0, "20260301T090000Z", 2},
                 {KEY_LEAD_SECONDS - 1, "20260301T090000Z", 2},
                 {KEY_LEAD_SECONDS, "20260302T090000Z", 2},
                 {KEY_LEAD_SECONDS + KEY_GRACE_SECONDS + 599, "20260302T090000Z", 2},
                 {KEY_LEAD_SECONDS + KEY_GRACE_SECONDS + 600, "20260302T090000Z", 1}};
    struct keyring all = {0};
    assert_null(key_create(bench->pool, bench->directory, "20260301T090000Z"));
    assert_null(key_create(bench->pool, bench->directory, "20260302T090000Z"));
    assert_null(keyring_load(bench->pool, bench->directory, &all));
    for (size_t i = 0; i < sizeof turns / sizeof turns[0]; i++) {
        struct keyring keys = all;
        keyring_turn(&keys, INT64_C(1772442000) + turns[i].seconds, 600);
        assert_string_equal(keys.signer->id, turns[i].signer);
        assert_int_equal(keys.count, turns[i].count);
    }
}

/* A first key signs at once; of keys with other names nobody knows when they began, so none is ever dropped. */
static void keys_without_a_time_are_kept(void **state)
{
    struct bench *bench = *state;
    struct keyring keys = {0};
    assert_null(key_create(bench->pool, bench->directory, "main-1"));
    assert_null(key_create(bench->pool, bench->directory, "main-2"));
    assert_null(keyring_load(bench->pool, bench->directory, &keys));
    keyring_turn(&keys, INT64_C(1772442000), 600);
    assert_int_equal(keys.count, 2);
    assert_string_equal(keys.signer->id, "main-2");
}

static void key_is_found_by_its_whole_name(void **state)
{
    struct bench *bench = *state;
    struct keyring keys = {0};
    assert_null(key_create(bench->pool, bench->directory, "2026-01"));
    assert_null(keyring_load(bench->pool, bench->directory, &keys));
    assert_ptr_equal(keyring_find(&keys, "2026-01", 7), &keys.keys[0]);
    assert_null(keyring_find(&keys, "2026-02", 7));
    assert_null(keyring_find(&keys, "2026-01", 6));
    assert_null(keyring_find(&keys, "2026-01\0x", 9));
    assert_null(keyring_find(&keys, "", 0));
}

static void existing_key_is_not_overwritten(void **state)
{
    struct bench *bench = *state;
    assert_null(key_create(bench->pool, bench->directory, "2026-01"));
    assert_fault(key_create(bench->pool, bench->directory, "2026-01"), "key_exists");
}

static void names_that_could_leave_the_folder_are_refused(void **state)
{
    struct bench *bench = *state;
    static const char *const names[] = {"", "../up", "a/b", "a.b", "a b", "ключ", "a\n"};
    char longer[66] = "";
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_fault(key_create(bench->pool, bench->directory, names[i]), "key_name");
    memset(longer, 'a', sizeof longer - 1);
    assert_fault(key_create(bench->pool, bench->directory, longer), "key_name");

    struct keyring keys = {0};
    write_key(bench, "a b.pem", EVP_EC_gen("P-256"), 0600);
    assert_fault(keyring_load(bench->pool, bench->directory, &keys), "key_name");
}

static void empty_or_missing_folder_stops_the_start(void **state)
{
    struct bench *bench = *state;
    struct keyring keys = {0};
    assert_fault(keyring_load(bench->pool, bench->directory, &keys), "keys_missing");
    assert_fault(keyring_load(bench->pool, path_of(bench, "nowhere"), &keys), "keys_unreadable");
}

static void key_others_may_read_stops_the_start(void **state)
{
    struct bench *bench = *state;
    struct keyring keys = {0};
    static const mode_t modes[] = {0604, 0640, 0602, 0620};
    assert_null(key_create(bench->pool, bench->directory, "2026-01"));
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        chmod(path_of(bench, "2026-01.pem"), modes[i]);
        assert_fault(keyring_load(bench->pool, bench->directory, &keys), "key_exposed");
    }
}

static void weak_keys_stop_the_start(void **state)
{
    struct bench *bench = *state;
    struct keyring keys = {0};
    EVP_PKEY *const weak[] = {EVP_EC_gen("P-192"),
                              EVP_EC_gen("P-224"),
                              EVP_EC_gen("secp256k1"),
                              EVP_EC_gen("P-384"),
                              EVP_RSA_gen(1024),
                              EVP_RSA_gen(2048),
                              EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")};
    assert_null(key_create(bench->pool, bench->directory, "2026-02"));
    for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++) {
        write_key(bench, "2026-01.pem", weak[i], 0600);
        assert_fault(keyring_load(bench->pool, bench->directory, &keys), "key_weak");
    }
}

/* The private number of one pair with the point of another, as a file cut together by hand or by a fault has it. */
static EVP_PKEY *mismatched_pair(void)
{
    EVP_PKEY *one = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256"), *made = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    BIGNUM *number = NULL;
    unsigned char point[65];
    size_t size = 0;
    EVP_PKEY_get_bn_param(one, OSSL_PKEY_PARAM_PRIV_KEY, &number);
    EVP_PKEY_get_octet_string_param(other, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &size);
    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, size);
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, number);
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_fromdata_init(context);
    assert_int_equal(EVP_PKEY_fromdata(context, &made, EVP_PKEY_KEYPAIR, parameters), 1);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(build);
    BN_clear_free(number);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(one);
    EVP_PKEY_free(other);
    return made;
}

static void key_whose_halves_differ_stops_the_start(void **state)
{
    struct bench *bench = *state;
    struct keyring keys = {0};
    write_key(bench, "2026-01.pem", mismatched_pair(), 0600);
    assert_fault(keyring_load(bench->pool, bench->directory, &keys), "key_weak");
}

static void folder_in_place_of_a_key_is_named_so(void **state)
{
    struct bench *bench = *state;
    struct keyring keys = {0};
    mkdir(path_of(bench, "2026-01.pem"), 0700);
    const struct fault *fault = keyring_load(bench->pool, bench->directory, &keys);
    rmdir(path_of(bench, "2026-01.pem"));
    assert_fault(fault, "key_unreadable");
    assert_non_null(strstr(fault->detail, "not a regular file"));
}

static void files_that_are_no_keys_stop_the_start(void **state)
{
    struct bench *bench = *state;
    struct keyring keys = {0};
    static const char *const texts[] = {"", "no key at all",
                                        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        write_text(bench, "2026-01.pem", texts[i]);
        assert_fault(keyring_load(bench->pool, bench->directory, &keys), "key_unreadable");
    }
}

static void key_with_a_pass_phrase_is_refused_without_asking(void **state)
{
    struct bench *bench = *state;
    struct keyring keys = {0};
    EVP_PKEY *pair = EVP_EC_gen("P-256");
    FILE *file = fopen(path_of(bench, "2026-01.pem"), "w");
    char phrase[] = "phrase";
    PEM_write_PKCS8PrivateKey(file, pair, EVP_aes_256_cbc(), phrase, 6, NULL, NULL);
    fclose(file);
    EVP_PKEY_free(pair);
    chmod(path_of(bench, "2026-01.pem"), 0600);
    assert_fault(keyring_load(bench->pool, bench->directory, &keys), "key_unreadable");
}

static void published_set_holds_public_parts_only(void **state)
{
    struct bench *bench = *state;
    struct keyring keys = {0};
    assert_null(key_create(bench->pool, bench->directory, "2026-01"));
    assert_null(key_create(bench->pool, bench->directory, "2026-02"));
    assert_null(keyring_load(bench->pool, bench->directory, &keys));
    json_t *set = json_loads(keyring_jwks(bench->pool, &keys), JSON_REJECT_DUPLICATES, NULL);
    json_t *list = json_object_get(set, "keys");
    assert_int_equal(json_object_size(set), 1);
    assert_int_equal(json_array_size(list), 2);
    for (size_t i = 0; i < 2; i++) {
        const json_t *key = json_array_get(list, i);
        assert_int_equal(json_object_size(key), 7);
        assert_string_equal(json_string_value(json_object_get(key, "kty")), "EC");
        assert_string_equal(json_string_value(json_object_get(key, "crv")), "P-256");
        assert_string_equal(json_string_value(json_object_get(key, "alg")), "ES256");
        assert_string_equal(json_string_value(json_object_get(key, "use")), "sig");
        assert_string_equal(json_string_value(json_object_get(key, "kid")), keys.keys[i].id);
        assert_string_equal(json_string_value(json_object_get(key, "x")), keys.keys[i].x);
        assert_string_equal(json_string_value(json_object_get(key, "y")), keys.keys[i].y);
    }
    json_decref(set);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(created_key_is_private_and_loads),
        TEST(newest_by_name_signs_and_the_secret_stays),
        TEST(secret_that_is_missing_exposed_or_weak_stops_the_start),
        TEST(keys_take_turns_by_the_time),
        TEST(keys_without_a_time_are_kept),
        TEST(key_is_found_by_its_whole_name),
        TEST(existing_key_is_not_overwritten),
        TEST(names_that_could_leave_the_folder_are_refused),
        TEST(empty_or_missing_folder_stops_the_start),
        TEST(key_others_may_read_stops_the_start),
        TEST(weak_keys_stop_the_start),
        TEST(key_whose_halves_differ_stops_the_start),
        TEST(folder_in_place_of_a_key_is_named_so),
        TEST(files_that_are_no_keys_stop_the_start),
        TEST(key_with_a_pass_phrase_is_refused_without_asking),
        TEST(published_set_holds_public_parts_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

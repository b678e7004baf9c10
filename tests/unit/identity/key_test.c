/* key_test.c: keys are made private, weak or exposed ones stop the start, and the published set tells nothing secret.
 */
#include "veha/key.h"

#include "scratch.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

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
    return 0;
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

static void newest_by_name_signs_and_makes_the_secret(void **state)
{
    struct bench *bench = *state;
    struct keyring old = {0}, both = {0}, again = {0};
    assert_null(key_create(bench->pool, bench->directory, "2026-01"));
    assert_null(keyring_load(bench->pool, bench->directory, &old));
    assert_null(key_create(bench->pool, bench->directory, "2026-02"));
    assert_null(keyring_load(bench->pool, bench->directory, &both));
    assert_null(keyring_load(bench->pool, bench->directory, &again));
    assert_int_equal(both.count, 2);
    assert_string_equal(both.keys[1].id, "2026-02");
    assert_memory_not_equal(old.secret, both.secret, sizeof old.secret);
    assert_memory_equal(both.secret, again.secret, sizeof both.secret);
}

static void key_is_found_by_its_whole_name(void **state)
{
    struct bench *bench = *state;
    struct keyring keys = {0};
    assert_null(key_create(bench->pool, bench->directory, "2026-01"));
    assert_null(keyring_load(bench->pool, bench->directory, &keys));
    assert_ptr_equal(keyring_find(&keys, "2026-01", 7), &keys.keys[0]);
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
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_fault(key_create(bench->pool, bench->directory, names[i]), "key_name");
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
        TEST(newest_by_name_signs_and_makes_the_secret),
        TEST(key_is_found_by_its_whole_name),
        TEST(existing_key_is_not_overwritten),
        TEST(names_that_could_leave_the_folder_are_refused),
        TEST(empty_or_missing_folder_stops_the_start),
        TEST(key_others_may_read_stops_the_start),
        TEST(weak_keys_stop_the_start),
        TEST(files_that_are_no_keys_stop_the_start),
        TEST(key_with_a_pass_phrase_is_refused_without_asking),
        TEST(published_set_holds_public_parts_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

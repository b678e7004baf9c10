/* evidence_test.c: hashes are those of the bytes, what is packed comes back whole, and no secret stays. */
#include "veha/text.h"

#include "tenants/verify/evidence.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cmocka.h needs the headers above */
#include <cmocka.h>

static const char *const secrets[] = {"s3cret/token", "s3cret%2Ftoken", NULL};
static const struct evidence_rules keeping = {.bodies = true, .secrets = secrets};
static const char hash_of_abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

static struct answer answer_of(const char *bytes)
{
    return (struct answer){.status = 200, .bytes = bytes, .length = strlen(bytes)};
}

static void hashes_each_body_and_all_together(void **state)
{
    struct pool *pool = pool_new();
    struct evidence *evidence = evidence_new(pool, &keeping);
    const struct answer a = answer_of("a"), bc = answer_of("bc"), failed = {.fault = "timeout", .bytes = ""};
    json_t *exchange = json_object();
    (void)state;
    assert_null(evidence_hash(evidence));
    evidence_add(evidence, &failed, NULL);
    assert_null(evidence_hash(evidence));
    evidence_add(evidence, &a, NULL);
    evidence_add(evidence, &bc, NULL);
    assert_string_equal(evidence_hash(evidence), hash_of_abc);
    const struct answer abc = answer_of("abc");
    evidence_add(evidence_new(pool, &keeping), &abc, exchange);
    assert_string_equal(json_string_value(json_object_get(exchange, "hash")), hash_of_abc);
    json_decref(exchange);
    pool_free(pool);
}

static void keeps_a_body_once_and_whole(void **state)
{
    struct pool *pool = pool_new();
    struct evidence *evidence = evidence_new(pool, &keeping);
    const struct answer page = {.status = 200, .bytes = "<p>\0&\xff</p>", .length = 11}, none = answer_of("");
    (void)state;
    evidence_add(evidence, &page, NULL);
    evidence_add(evidence, &page, NULL);
    evidence_add(evidence, &none, NULL);
    assert_int_equal(json_array_size(evidence_bodies(evidence)), 1);
    const json_t *body = json_array_get(evidence_bodies(evidence), 0);
    const char *packed = json_string_value(json_object_get(body, "packed"));
    const char *plain = evidence_unpack(pool, packed, page.length);
    assert_non_null(plain);
    assert_memory_equal(plain, page.bytes, page.length);
    assert_null(evidence_unpack(pool, packed, page.length - 1));
    assert_null(evidence_unpack(pool, packed, page.length + 1));
    assert_null(evidence_unpack(pool, "no base64!", 5));
    pool_free(pool);
}

static void keeps_nothing_where_nothing_is_wanted(void **state)
{
    static const struct evidence_rules rules = {0};
    struct pool *pool = pool_new();
    struct evidence *evidence = evidence_new(pool, &rules);
    const struct answer abc = answer_of("abc");
    (void)state;
    evidence_add(evidence, &abc, NULL);
    assert_int_equal(json_array_size(evidence_bodies(evidence)), 0);
    assert_string_equal(evidence_hash(evidence), hash_of_abc);
    pool_free(pool);
}

static void blots_secrets_out(void **state)
{
    struct pool *pool = pool_new();
    struct evidence *evidence = evidence_new(pool, &keeping);
    const struct answer repeated = answer_of("{\"key\":\"s3cret/token\"}");
    json_t *exchange =
        json_pack("{s:s, s:[{s:s, s:{s:s}}]}", "url", "https://a.example/?t=s3cret%2Ftoken&u=s3cret/token", "redirects",
                  "url", "https://a.example/s3cret/token", "headers", "location", "/?s3cret/token");
    (void)state;
    evidence_add(evidence, &repeated, exchange);
    char *told = json_dumps(exchange, JSON_COMPACT);
    assert_null(strstr(told, "s3cret"));
    assert_string_equal(json_string_value(json_object_get(exchange, "url")), "https://a.example/?t=***&u=***");
    assert_true(json_is_true(json_object_get(exchange, "withheld")));
    assert_int_equal(json_array_size(evidence_bodies(evidence)), 0);
    free(told);
    json_decref(exchange);
    pool_free(pool);
}

static void keeps_no_words_of_citizens(void **state)
{
    struct pool *pool = pool_new();
    struct evidence *evidence = evidence_new(pool, &keeping);
    const struct answer abc = answer_of("abc");
    json_t *exchange = json_object();
    (void)state;
    evidence_add_private(evidence, &abc, exchange);
    assert_true(json_is_true(json_object_get(exchange, "withheld")));
    assert_int_equal(json_array_size(evidence_bodies(evidence)), 0);
    assert_string_equal(evidence_hash(evidence), hash_of_abc);
    json_decref(exchange);
    pool_free(pool);
}

/* ---- what real pages cost ---- */

/* The bytes of a file; the buffer is the caller's. */
static void read_file(const char *path, struct buffer *bytes)
{
    char piece[8192];
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    for (size_t got; (got = fread(piece, 1, sizeof piece, file)) > 0;)
        buffer_add(bytes, piece, got);
    fclose(file);
}

/* A figure, not a limit: what keeping the saved pages takes. */
static void tells_what_saved_pages_take(void **state)
{
    static const char *const kinds[] = {"vk_html/*.html", "telegram/*.html", "site/*.html", "vk_api/*.json"};
    const char *corpus = getenv("VEHA_CORPUS");
    (void)state;
    for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
        struct pool *pool = pool_new();
        glob_t found = {0};
        size_t plain = 0, packed = 0;
        glob(pool_print(pool, "%s/%s", corpus == NULL ? "../shared/data" : corpus, kinds[kind]), 0, NULL, &found);
        for (size_t i = 0; i < found.gl_pathc; i++) {
            struct buffer bytes = {0};
            read_file(found.gl_pathv[i], &bytes);
            const char *kept = evidence_pack(pool, bytes.bytes, bytes.length);
            plain += bytes.length;
            packed += strlen(kept) / 4 * 3;
            assert_memory_equal(evidence_unpack(pool, kept, bytes.length), bytes.bytes, bytes.length);
            buffer_free(&bytes);
        }
        if (found.gl_pathc > 0)
            print_message("# %s: %zu pages of %zu bytes take %zu each\n", kinds[kind], found.gl_pathc,
                          plain / found.gl_pathc, packed / found.gl_pathc);
        globfree(&found);
        pool_free(pool);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_each_body_and_all_together),
        cmocka_unit_test(keeps_a_body_once_and_whole),
        cmocka_unit_test(keeps_nothing_where_nothing_is_wanted),
        cmocka_unit_test(blots_secrets_out),
        cmocka_unit_test(keeps_no_words_of_citizens),
        cmocka_unit_test(tells_what_saved_pages_take),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

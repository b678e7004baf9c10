/* caller_test.c: roles and capabilities, and what a worker remembers of tokens it has checked. */
#include "veha/caller.h"
#include "veha/token.h"

#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

/* cmocka.h needs those above. */
#include <cmocka.h>

enum { NOW = 1800000000, LIFE = 600 };

static struct pool *pool;
static struct keyring keys;
static const struct token_rules rules = {
    .issuer = "https://veha.example", .audience = "veha", .service_audience = "veha/service", .leeway = 30};
/* With no keys at all nothing can be checked: what still reads was remembered. */
static const struct keyring no_keys = {0};

static int set_up(void **state)
{
    (void)state;
    char *directory = scratch_new();
    pool = pool_new();
    bool ready = secret_create(pool, directory) == NULL && key_create(pool, directory, "1") == NULL &&
                 keyring_load(pool, directory, &keys) == NULL;
    scratch_free(directory);
    return ready ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    pool_free(pool);
    return 0;
}

static const char *token_of(const char *session, const char *id)
{
    static const char *const roles[] = {"curator", "specialist", NULL}, *const scope[] = {NULL};
    return token_issue(pool, &keys, &rules,
                       &(struct token_claims){.person = "7",
                                              .session = session,
                                              .name = "Анна",
                                              .locale = "ru",
                                              .roles = roles,
                                              .scope = scope,
                                              .issued_at = NOW,
                                              .expires_at = NOW + LIFE,
                                              .id = id});
}

static const char *service_token_of(const char *service, const char *id)
{
    static const char *const capabilities[] = {"job.take", "tenant.read", NULL};
    return token_issue(pool, &keys, &rules,
                       &(struct token_claims){.service = service,
                                              .name = "outside",
                                              .capabilities = capabilities,
                                              .issued_at = NOW,
                                              .expires_at = NOW + LIFE,
                                              .id = id});
}

static const char *outcome(const struct keyring *ring, const char *token, int64_t now, struct caller *caller)
{
    const struct fault *fault = caller_read(pool, ring, &rules, token, strlen(token), now, caller);
    return fault == NULL ? "read" : fault->code;
}

static void checked_token_is_remembered_whole(void **state)
{
    (void)state;
    struct caller caller;
    const char *token = token_of("41", "whole");
    assert_string_equal(outcome(&no_keys, token, NOW, &caller), "token_key");
    assert_string_equal(outcome(&keys, token, NOW, &caller), "read");
    assert_string_equal(outcome(&no_keys, token, NOW, &caller), "read");
    assert_int_equal(caller.proof, CALLER_BEARER);
    assert_string_equal(caller.person, "7");
    assert_string_equal(caller.session, "41");
    assert_string_equal(caller.name, "Анна");
    assert_string_equal(caller.locale, "ru");
    assert_int_equal(caller.role_count, 2);
    assert_string_equal(caller.roles[0], "curator");
    assert_string_equal(caller.roles[1], "specialist");
    assert_null(caller.roles[2]);
    assert_int_equal(caller.expires_at, NOW + LIFE);
}

static void memory_does_not_outlive_the_token(void **state)
{
    (void)state;
    struct caller caller;
    const char *token = token_of("42", "outlive");
    assert_string_equal(outcome(&keys, token, NOW, &caller), "read");
    assert_string_equal(outcome(&keys, token, NOW + LIFE - 1, &caller), "read");
    assert_string_equal(outcome(&keys, token, NOW + LIFE, &caller), "token_expired");
    /* It is gone for good, even for a clock set back. */
    assert_string_equal(outcome(&no_keys, token, NOW, &caller), "token_key");
}

static void tokens_of_an_ended_session_are_refused(void **state)
{
    (void)state;
    struct caller caller;
    const char *one = token_of("50", "one"), *two = token_of("50", "two"), *other = token_of("5", "other");
    assert_string_equal(outcome(&keys, one, NOW, &caller), "read");
    assert_string_equal(outcome(&keys, two, NOW, &caller), "read");
    assert_string_equal(outcome(&keys, other, NOW, &caller), "read");
    caller_end("50");
    assert_string_equal(outcome(&keys, one, NOW, &caller), "session_ended");
    assert_string_equal(outcome(&keys, two, NOW, &caller), "session_ended");
    assert_string_equal(outcome(&keys, other, NOW, &caller), "read");
}

static void checked_token_of_a_service_is_remembered_whole(void **state)
{
    (void)state;
    const char *token = service_token_of("7", "service");
    const struct keyring *const rings[] = {&keys, &no_keys};
    for (size_t i = 0; i < 2; i++) {
        struct caller caller;
        assert_string_equal(outcome(rings[i], token, NOW, &caller), "read");
        assert_string_equal(caller.service, "7");
        assert_null(caller.person);
        assert_null(caller.session);
        assert_null(caller.locale);
        assert_string_equal(caller.name, "outside");
        assert_int_equal(caller.role_count, 2);
        assert_string_equal(caller.roles[1], "tenant.read");
    }
}

static void tokens_of_an_ended_service_are_refused(void **state)
{
    (void)state;
    struct caller caller;
    const char *one = service_token_of("80", "one"), *other = service_token_of("81", "other"),
               *person = token_of("80", "person");
    assert_string_equal(outcome(&keys, one, NOW, &caller), "read");
    assert_string_equal(outcome(&keys, other, NOW, &caller), "read");
    assert_string_equal(outcome(&keys, person, NOW, &caller), "read");
    caller_end_service("80");
    assert_string_equal(outcome(&keys, one, NOW, &caller), "service_ended");
    assert_string_equal(outcome(&keys, other, NOW, &caller), "read");
    assert_string_equal(outcome(&keys, person, NOW, &caller), "read");
    caller_end("81");
    caller_end("");
    assert_string_equal(outcome(&keys, other, NOW, &caller), "read");
    caller_end_service("7"); /* the number of that person, too */
    assert_string_equal(outcome(&keys, person, NOW, &caller), "read");
}

static void services_may_what_they_have_and_services_may(void **state)
{
    (void)state;
    static const char *const names[] = {"job.take", "step.decide", "service", "curator", NULL};
    const struct caller service = {.proof = CALLER_BEARER, .service = "7", .roles = names, .role_count = 4};
    const struct caller person = {.proof = CALLER_BEARER, .person = "7", .roles = names, .role_count = 2};
    assert_true(
        caller_rules_load("[[\"service\",\"job.take\"],[\"service\",\"tenant.read\"],[\"curator\",\"step.decide\"]]"));
    assert_true(caller_may(&service, "job.take"));
    assert_false(caller_may(&service, "tenant.read"));
    assert_false(caller_may(&service, "step.decide"));
    assert_false(caller_may(&person, "job.take"));
}

static void changed_token_is_another_token(void **state)
{
    (void)state;
    struct caller caller;
    char *token = pool_copy(pool, token_of("60", "changed"));
    assert_string_equal(outcome(&keys, token, NOW, &caller), "read");
    token[strlen(token) - 20] ^= 1;
    assert_string_not_equal(outcome(&keys, token, NOW, &caller), "read");
}

static void flood_of_tokens_only_forgets(void **state)
{
    (void)state;
    enum { FLOOD = 1500 };
    struct caller caller;
    const char *tokens[FLOOD];
    size_t remembered = 0;
    for (size_t i = 0; i < FLOOD; i++) {
        tokens[i] = token_of("70", pool_print(pool, "flood%zu", i));
        assert_string_equal(outcome(&keys, tokens[i], NOW, &caller), "read");
    }
    for (size_t i = 0; i < FLOOD; i++)
        remembered += strcmp(outcome(&no_keys, tokens[i], NOW, &caller), "read") == 0;
    assert_in_range(remembered, FLOOD / 2, FLOOD - 1);
}

static void roles_may_what_the_table_says(void **state)
{
    (void)state;
    static const char *const roles[] = {"observer", "specialist", NULL};
    const struct caller caller = {.proof = CALLER_BEARER, .roles = roles, .role_count = 2};
    const struct caller nobody = {0};
    assert_true(caller_rules_load("[[\"specialist\",\"step.claim\"],[\"curator\",\"step.decide\"]]"));
    assert_true(caller_may(&caller, "step.claim"));
    assert_false(caller_may(&caller, "step.decide"));
    assert_false(caller_may(&caller, "step"));
    assert_false(caller_may(&nobody, "step.claim"));
    assert_true(caller_capability_exists("step.decide"));
    assert_false(caller_capability_exists("step.undo"));
}

static void malformed_rules_change_nothing(void **state)
{
    (void)state;
    static const char *const bent[] = {
        NULL, "", "{}", "[", "[[\"a\"]]", "[[\"a\",1]]", "[[\"a\",\"b\",\"c\"]]", "[\"ab\"]", "null"};
    assert_true(caller_rules_load("[[\"curator\",\"step.decide\"]]"));
    for (size_t i = 0; i < sizeof bent / sizeof bent[0]; i++)
        assert_false(caller_rules_load(bent[i]));
    assert_true(caller_capability_exists("step.decide"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checked_token_is_remembered_whole),
        cmocka_unit_test(memory_does_not_outlive_the_token),
        cmocka_unit_test(tokens_of_an_ended_session_are_refused),
        cmocka_unit_test(changed_token_is_another_token),
        cmocka_unit_test(flood_of_tokens_only_forgets),
        cmocka_unit_test(roles_may_what_the_table_says),
        cmocka_unit_test(malformed_rules_change_nothing),
        cmocka_unit_test(checked_token_of_a_service_is_remembered_whole),
        cmocka_unit_test(tokens_of_an_ended_service_are_refused),
        cmocka_unit_test(services_may_what_they_have_and_services_may),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

/*
 * token_cost.c: what finding the caller behind an access token costs, when the token is new and when it is kept.
 *
 *   token_cost TIMES
 *
 * Prints "NEW KEPT": microseconds of processor time a token, mean of TIMES rounds over a few hundred tokens.
 */
#include "veha/caller.h"
#include "veha/key.h"
#include "veha/token.h"

#include "tests/unit/identity/scratch.h"

#include <sys/resource.h>

enum { NOW = 1800000000, LIFE = 600, TOKENS = 256 }; /* few enough that none pushes another out of what is kept */

static const struct token_rules rules = {.issuer = "https://veha.example", .audience = "veha", .leeway = 30};
static struct keyring keys;
static const char *tokens[TOKENS];

static struct fault *make_keys(struct pool *pool)
{
    char *directory = scratch_new();
    struct fault *fault = secret_create(pool, directory);
    if (fault == NULL)
        fault = key_create(pool, directory, "1");
    if (fault == NULL)
        fault = keyring_load(pool, directory, &keys);
    scratch_free(directory);
    return fault;
}

static void make_tokens(struct pool *pool)
{
    static const char *const roles[] = {"specialist", NULL}, *const scope[] = {"specialist:11", "specialist:12",
                                                                               "specialist:13", NULL};
    for (int i = 0; i < TOKENS; i++)
        tokens[i] = token_issue(pool, &keys, &rules,
                                &(struct token_claims){.person = "7",
                                                       .session = "8",
                                                       .name = "Анна Петрова",
                                                       .locale = "ru",
                                                       .roles = roles,
                                                       .scope = scope,
                                                       .issued_at = NOW,
                                                       .expires_at = NOW + LIFE,
                                                       .id = pool_print(pool, "%d", i)});
}

/* Microseconds of processor time. */
static double spent(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* What reading each token once costs, with a pool of its own as a request has. */
static double cost_of_all(void)
{
    double before = spent();
    for (int i = 0; i < TOKENS; i++) {
        struct pool *pool = pool_new();
        struct caller caller;
        if (caller_read(pool, &keys, &rules, tokens[i], strlen(tokens[i]), NOW, &caller) != NULL)
            abort();
        pool_free(pool);
    }
    return spent() - before;
}

int main(int argc, char **argv)
{
    long times = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
    struct pool *pool = pool_new();
    if (times < 1 || make_keys(pool) != NULL)
        return EXIT_FAILURE;
    make_tokens(pool);
    double fresh = 0, kept = 0;
    for (long i = 0; i < times; i++) {
        caller_forget();
        fresh += cost_of_all();
        kept += cost_of_all();
    }
    printf("%.2f %.2f\n", fresh / (double)(times * TOKENS), kept / (double)(times * TOKENS));
    pool_free(pool);
    return EXIT_SUCCESS;
}

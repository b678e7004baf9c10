/* probe.c: `veha probe`: one look at one address, without a database. */
#include "veha/clock.h"
#include "veha/text.h"

#include "command.h"
#include "tenants/verify/verifier.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* Exit status by what is known of the account. */
enum { EXIT_PRESENT = 0, EXIT_MISSING = 3, EXIT_UNKNOWN = 4 };

struct arguments {
    const char *address;
    const char *name;
    bool json;
};

static bool read_arguments(int argc, char **argv, struct arguments *arguments)
{
    *arguments = (struct arguments){0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            arguments->json = true;
        else if (strcmp(argv[i], "--name") == 0 && i + 1 < argc)
            arguments->name = argv[++i];
        else if (argv[i][0] != '-' && arguments->address == NULL)
            arguments->address = argv[i];
        else
            return false;
    }
    return arguments->address != NULL;
}

static void on_done(void *data, long held)
{
    (void)held; /* somebody waits: it is answered all the same */
    *(bool *)data = true;
}

static int status_of(const char *state)
{
    if (strcmp(state, "present") == 0 || strcmp(state, "withheld") == 0)
        return EXIT_PRESENT;
    static const char *const gone[] = {"missing", "closed", "blocked", "not_community"};
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
        if (strcmp(state, gone[i]) == 0)
            return EXIT_MISSING;
    return EXIT_UNKNOWN;
}

static void print_value(const char *name, const json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    printf("  %-14s %s\n", name, text == NULL ? "" : text);
    free(text);
}

static void print_look(const struct network_address *address, const json_t *result)
{
    json_t *reading = json_object_get(result, "reading");
    const char *reason = json_string_value(json_object_get(reading, "reason"));
    const char *name;
    json_t *fact;
    json_t *verdict;
    size_t i;
    printf("%s: %s%s%s\n", address->url, reading_state(reading), reason == NULL ? "" : ", ",
           reason == NULL ? "" : reason);
    json_object_foreach(json_object_get(reading, "facts"), name, fact)
        print_value(name, json_object_get(fact, "value"));
    if (json_object_get(reading, "posts") != NULL)
        printf("  %-14s %zu\n", "posts", json_array_size(json_object_get(reading, "posts")));
    const json_t *rating = json_object_get(result, "rating");
    if (json_is_object(rating))
        printf("  %-14s %lld of %lld, %s\n", "mark", (long long)json_integer_value(json_object_get(rating, "points")),
               (long long)json_integer_value(json_object_get(rating, "possible")),
               json_string_value(json_object_get(rating, "zone")));
    json_array_foreach(json_object_get(result, "verdicts"), i, verdict)
    {
        printf("%-6s %-8s %s\n", json_string_value(json_object_get(verdict, "check")),
               json_string_value(json_object_get(verdict, "result")),
               json_string_value(json_object_get(verdict, "reason")));
    }
}

static int look_at(struct pool *pool, struct verifier *verifier, const struct network_address *address,
                   const struct arguments *arguments)
{
    bool done = false;
    struct look *look = look_new(pool, &verifier->tools, address->network, address->key);
    const struct verifier_errand errand = {.network = address->network, .look = look, .urgent = true, .done = on_done, .data = &done};
    verifier_drive(pool, verifier, &errand);
    while (!done)
        verifier_turn(verifier, NULL, 0, 1000);
    json_t *subject = json_pack("{s:s?}", "name", arguments->name);
    json_t *result = look_result(look, subject, NULL, clock_now());
    if (arguments->json) {
        json_dumpf(result, stdout, JSON_INDENT(2));
        putchar('\n');
    } else {
        print_look(address, result);
    }
    int status = status_of(reading_state(look_reading(look)));
    json_decref(result);
    json_decref(subject);
    return status;
}

int command_probe(int argc, char **argv)
{
    struct pool *pool = pool_new();
    struct arguments arguments;
    struct network_address address;
    int status = EX_CONFIG;
    const struct config *config = command_config(pool, &argc, argv);
    struct verifier *verifier = NULL;
    if (!read_arguments(argc, argv, &arguments))
        status = command_usage("probe", "[--config FILE] [--json] [--name NAME] ADDRESS");
    else if (config != NULL)
        verifier = verifier_open(pool, config, NULL);
    if (verifier != NULL) {
        const char *code = network_address_read(verifier->networks, NULL, pool, arguments.address, &address);
        if (code != NULL)
            fprintf(stderr, "veha probe: %s: %s\n", arguments.address, code);
        status = code != NULL ? EX_DATAERR : look_at(pool, verifier, &address, &arguments);
    }
    pool_free(pool);
    return status;
}

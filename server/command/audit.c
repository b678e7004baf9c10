/* audit.c: veha audit proves the chain of events, batch by batch, and prints its head. */
#include "veha/text.h"

#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH "1000"

enum { HASH_DIGITS = 64, NUMBER_DIGITS = 18 };

static const char usage[] = "head | verify [--from NUMBER:HASH]   [--config FILE]";

/* What does not fit, in words. */
static const struct {
    const char *why;
    const char *sentence;
} sentences[] = {
    {"link_missing", "it is not there"},
    {"event_missing", "its event is not there"},
    {"event_changed", "its event is not what was sealed"},
    {"hash_changed", "its hash is not what follows from its event and the link before"},
    {"address_changed", "the address of its event is not what was sealed"},
    {"address_removed", "the address of its event is gone, though nobody erased the person"},
    {"event_inserted", "it is in no link, and does not wait for one"},
};

/* One link, as `veha audit head` prints it and --from takes it. */
struct head {
    const char *number;
    const char *hash;
};

struct proof {
    struct db *db;
    const struct fault *fault; /* it could not be found out, or something is broken */
};

static bool head_read(struct pool *pool, const char *text, struct head *head)
{
    const char *colon = strchr(text, ':');

    if (colon == NULL || colon == text || colon - text > NUMBER_DIGITS)
        return false;
    head->number = pool_copy_length(pool, text, (size_t)(colon - text));
    head->hash = colon + 1;
    return text_is_digits(head->number) && strlen(head->hash) == HASH_DIGITS &&
           strspn(head->hash, "0123456789abcdef") == HASH_DIGITS;
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static long long number_of(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static const json_t *ask_head(struct proof *proof, struct pool *pool, const char *number)
{
    return command_ask(proof->db, pool, "seal_show", &number, &proof->fault);
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* The first thing that does not fit: "link 17 (event 23) is broken: ...". */
static const struct fault *broken_fault(struct pool *pool, const json_t *broken)
{
    const json_t *number = json_object_get(broken, "number"), *event = json_object_get(broken, "event");
    const char *why = text_of(broken, "why"), *sentence = why;

    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
        if (text_equal(why, sentences[i].why))
            sentence = sentences[i].sentence;
    if (json_is_null(number))
        return fault_detail(pool, FAULT_CONFLICT, why, "event %" JSON_INTEGER_FORMAT " is broken: %s",
                            json_integer_value(event), sentence);
    if (json_is_null(event))
        return fault_detail(pool, FAULT_CONFLICT, why, "link %" JSON_INTEGER_FORMAT " is broken: %s",
                            json_integer_value(number), sentence);
    return fault_detail(pool, FAULT_CONFLICT, why,
                        "link %" JSON_INTEGER_FORMAT " (event %" JSON_INTEGER_FORMAT ") is broken: %s",
                        json_integer_value(number), json_integer_value(event), sentence);
}

/* Asks the query for batch after batch, each in memory of its own. → how many rows there were. */
static long long prove_all(struct proof *proof, struct pool *pool, const char *query, const char *after)
{
    char from[NUMBER_DIGITS + 2];
    long long count = 0;
    bool more = true;

    snprintf(from, sizeof from, "%s", after);
    while (more && proof->fault == NULL) {
        struct pool *batch = pool_new();
        const char *const values[] = {from, BATCH};
        const struct fault *fault = NULL;
        const json_t *told = command_ask(proof->db, batch, query, values, &fault);
        const json_t *broken = json_object_get(told, "broken");
        if (fault != NULL)
            proof->fault = fault_copy(pool, fault);
        else if (json_is_object(broken))
            proof->fault = broken_fault(pool, broken);
        count += number_of(told, "checked");
        more = number_of(told, "checked") == atoll(BATCH);
        snprintf(from, sizeof from, "%lld", number_of(told, "last"));
        pool_free(batch);
    }
    return count;
}

/* The link somebody kept outside must still be there. */
static void prove_known(struct proof *proof, struct pool *pool, const struct head *known)
{
    const json_t *link = ask_head(proof, pool, known->number);

    if (proof->fault == NULL && link == NULL)
        proof->fault =
            fault_detail(pool, FAULT_CONFLICT, "link_missing", "link %s is broken: it is not there", known->number);
    else if (proof->fault == NULL && !text_equal(text_of(link, "hash"), known->hash))
        proof->fault = fault_detail(pool, FAULT_CONFLICT, "hash_changed",
                                    "link %s is broken: its hash is not the one you know", known->number);
}

static void print_window(const json_t *window)
{
    if (number_of(window, "waiting") > 0)
        printf("%lld events wait to be sealed, the oldest for %lld ms.\n", number_of(window, "waiting"),
               number_of(window, "oldest_ms"));
    if (json_is_integer(json_object_get(window, "most_ms")))
        printf("Of the last thousand half waited at most %lld ms, and none longer than %lld ms.\n",
               number_of(window, "half_ms"), number_of(window, "most_ms"));
}

static const struct fault *verify(struct pool *pool, struct proof *proof, const struct head *known)
{
    if (known->number != NULL)
        prove_known(proof, pool, known);
    long long links = prove_all(proof, pool, "seal_check", known->number != NULL ? known->number : "0");
    prove_all(proof, pool, "event_check", "0");
    const json_t *window =
        proof->fault == NULL ? command_ask(proof->db, pool, "window_show", NULL, &proof->fault) : NULL;
    if (json_is_object(json_object_get(window, "broken")))
        proof->fault = broken_fault(pool, json_object_get(window, "broken"));
    if (proof->fault != NULL)
        return proof->fault;
    printf("%lld links fit.\n", links);
    print_window(window);
    return NULL;
}

static const struct fault *print_head(struct pool *pool, struct proof *proof)
{
    const json_t *head = ask_head(proof, pool, NULL);

    if (proof->fault != NULL)
        return proof->fault;
    if (head == NULL)
        return fault_detail(pool, FAULT_NOT_FOUND, "head", "nothing is sealed yet; veha verify does that");
    printf("%lld:%s %s\n", number_of(head, "number"), text_of(head, "hash"), text_of(head, "at"));
    return NULL;
}

int command_audit(int argc, char **argv)
{
    struct pool *pool = pool_new();
    const struct config *config = command_config(pool, &argc, argv);
    struct proof proof = {.db = config == NULL ? NULL : command_db(pool, config, "veha audit")};
    struct head known = {0};
    int status = EXIT_FAILURE;

    if (config != NULL && argc == 2 && text_equal(argv[1], "head"))
        status = command_end(argv[0], print_head(pool, &proof));
    else if (config != NULL && argc > 1 && text_equal(argv[1], "verify") &&
             (argc == 2 || (argc == 4 && text_equal(argv[2], "--from") && head_read(pool, argv[3], &known))))
        status = command_end(argv[0], verify(pool, &proof, &known));
    else if (config != NULL)
        status = command_usage(argv[0], usage);
    pool_free(pool);
    return status;
}

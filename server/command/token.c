/* token.c: veha token looks after the keys that sign access tokens, and the programs that get some. */
#include "veha/clock.h"
#include "veha/key.h"
#include "veha/text.h"

#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* A name that sorts by the time it was made: the newest key signs. */
static const char *name_key(struct pool *pool)
{
    char *name = clock_print(pool, clock_now());
    char *end = name;
    for (const char *at = name; *at != '\0'; at++)
        if (*at != ':' && *at != '-')
            *end++ = *at;
    *end = '\0';
    return name;
}

static int64_t token_seconds(const struct config *config)
{
    return config_number(config, "tokens", "access_minutes") * INT64_C(60);
}

/* What the folder lacks: the first key, the secret beside it. Another key would take over without those who verify
 * tokens knowing it. */
static const struct fault *create_key(struct pool *pool, const struct config *config)
{
    const char *directory = config_text(config, "tokens", "keys");
    const char *id = name_key(pool);
    struct keyring keys;

    mkdir(directory, 0700); /* whatever is wrong with it shows when the key is written */
    struct fault *fault = keyring_load(pool, directory, &keys);
    if (fault == NULL)
        return fault_detail(pool, FAULT_CONFLICT, "key_exists",
                            "%s holds a signing key already; veha token rotate-key makes the next", directory);
    if (!text_equal(fault->code, "keys_missing"))
        return fault;
    fault = secret_create(pool, directory);
    if (fault == NULL)
        printf("%s/secret.key seals second factors from now on: keep a copy, for nothing can replace it.\n", directory);
    else if (!text_equal(fault->code, "key_exists"))
        return fault;
    fault = keyring_load(pool, directory, &keys);
    if (fault == NULL || !text_equal(fault->code, "keys_missing"))
        return fault;
    fault = key_create(pool, directory, id);
    if (fault == NULL)
        printf("%s/%s.pem signs access tokens from now on.\n", directory, id);
    return fault;
}

/* Keys whose last token has expired; the programs that run no longer publish them. */
static const struct fault *remove_retired(struct pool *pool, const char *directory, const struct keyring *all,
                                          const struct keyring *good)
{
    struct fault *fault = NULL;

    for (const struct key *key = all->keys; fault == NULL && key != good->keys; key++) {
        fault = key_remove(pool, directory, key->id);
        if (fault == NULL)
            printf("%s/%s.pem had its time and is removed.\n", directory, key->id);
    }
    return fault;
}

static const struct fault *rotate_key(struct pool *pool, const struct config *config)
{
    const char *directory = config_text(config, "tokens", "keys");
    const char *id = name_key(pool);
    int64_t now = clock_now(), signs_at = now + KEY_LEAD_SECONDS;
    struct keyring all;

    const struct fault *fault = keyring_load(pool, directory, &all);
    if (fault != NULL)
        return fault;
    struct keyring good = all;
    keyring_turn(&good, now, token_seconds(config));
    fault = remove_retired(pool, directory, &all, &good);
    if (fault == NULL)
        fault = key_create(pool, directory, id);
    if (fault == NULL)
        printf("%s/%s.pem is published from now on and signs access tokens from %s: until then copy it to every host.\n"
               "%s.pem is good until %s; the next rotation removes it.\n",
               directory, id, clock_print(pool, signs_at), all.keys[all.count - 1].id,
               clock_print(pool, signs_at + KEY_GRACE_SECONDS + token_seconds(config)));
    return fault;
}

static const struct {
    const char *word;
    const struct fault *(*run)(struct pool *pool, const struct config *config);
} actions[] = {{"create-key", create_key}, {"rotate-key", rotate_key}};

static const char usage[] =
    "create-key | rotate-key | issue --service NAME --capability CODE... --days N [--tenant ID | --tenant-ogrn OGRN] | "
    "list | revoke --service NAME   [--config FILE]";

int command_token(int argc, char **argv)
{
    struct pool *pool = pool_new();
    const struct config *config = command_config(pool, &argc, argv);
    const struct fault *fault = NULL;
    int status = EXIT_FAILURE;
    size_t action = 0;

    while (action < sizeof actions / sizeof *actions && (argc != 2 || !text_equal(argv[1], actions[action].word)))
        action++;
    if (config != NULL && action < sizeof actions / sizeof *actions)
        status = command_end(argv[0], actions[action].run(pool, config));
    else if (config != NULL && command_service(pool, config, argc, argv, &fault))
        status = command_end(argv[0], fault);
    else if (config != NULL)
        status = command_usage(argv[0], usage);
    pool_free(pool);
    return status;
}

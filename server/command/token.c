/* token.c: veha token looks after the keys that sign access tokens. */
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

/* The first key only: another one would take over from the first without those who verify tokens knowing it. */
static const struct fault *create_key(struct pool *pool, const struct config *config)
{
    const char *directory = config_text(config, "tokens", "keys");
    const char *id = name_key(pool);
    struct keyring keys;

    mkdir(directory, 0700); /* whatever is wrong with it shows when the key is written */
    struct fault *fault = keyring_load(pool, directory, &keys);
    if (fault == NULL)
        return fault_detail(pool, FAULT_CONFLICT, "key_exists", "%s holds a signing key already", directory);
    if (!text_equal(fault->code, "keys_missing"))
        return fault;
    fault = key_create(pool, directory, id);
    if (fault == NULL)
        printf("%s/%s.pem signs access tokens from now on.\n", directory, id);
    return fault;
}

int command_token(int argc, char **argv)
{
    struct pool *pool = pool_new();
    const struct config *config = command_config(pool, &argc, argv);
    int status = EXIT_FAILURE;

    if (config != NULL && (argc != 2 || !text_equal(argv[1], "create-key")))
        status = command_usage(argv[0], "create-key [--config FILE]");
    else if (config != NULL)
        status = command_end(argv[0], create_key(pool, config));
    pool_free(pool);
    return status;
}
